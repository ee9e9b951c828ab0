"""Figures of the table before anything is clustered."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clustera import palette, texts
from clustera.errors import InputError
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import CategoryCounts, Distribution, Patterns

_ACROSS = 3
_MOST_VALUES = 8
_MOST_PANELS = 120


@checked
def distributions(patterns: Patterns, *, ax: Axes | None = None) -> Figure | Axes:
    """Histograms of the numbers and bars of the descriptors: of the first 120 columns where there are more.

    Args:
        patterns: What the table shows: `seg.outcome.patterns`.
        ax: Draw the first column alone, on these Axes.

    Returns:
        A figure with one panel per column, or the Axes given.

    Raises:
        InputError: there is no column to draw.

    >>> from clustera import plots
    >>> figure = plots.distributions(seg.outcome.patterns)
    >>> [ax.get_xlabel() for ax in figure.axes[:5]]
    ['Days since last order', 'Purchase days, last 358 days', 'Spend, last 358 days', 'Spend, last 3 months', 'city: customers']
    """
    drawn: list[Distribution | CategoryCounts] = [*patterns.distributions, *patterns.categories]
    if not drawn:
        raise InputError("There is no column whose distribution could be drawn.")
    if ax is not None:
        return _draw_column(ax, drawn[0])
    there, drawn = len(drawn), drawn[:_MOST_PANELS]
    rows = math.ceil(len(drawn) / _ACROSS)
    across = min(len(drawn), _ACROSS)
    figure, grid = look.figure(rows, across, width=3.9 * across, height=0.4 + 2.6 * rows)
    for place, column in zip(grid.flat, drawn, strict=False):
        _draw_column(place, column)
    for place in grid.flat[len(drawn) :]:
        place.set_axis_off()
    if len(drawn) < there:
        figure.supxlabel(f"The first {len(drawn)} of {there} columns", color=look.ink(grid[0, 0]))
    return figure


@checked
def correlations(patterns: Patterns, *, ax: Axes | None = None) -> Axes:
    """Spearman's correlation of each pair of columns; of more than 40 columns those that go most closely with another.

    Args:
        patterns: What the table shows: `seg.outcome.patterns`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is one column only.

    Source: Spearman (1904), The Proof and Measurement of Association between Two Things.

    >>> from clustera import plots
    >>> ax = plots.correlations(seg.outcome.patterns)
    >>> [text.get_text() for text in ax.texts][:3]
    ['−0.70', '−0.48', '0.71']
    """
    there = len(patterns.distributions)
    if there < 2:
        raise InputError("A correlation needs two columns of numbers.")
    values = np.array(patterns.correlation, dtype=np.float64)
    among = _most_correlated(values)
    n = len(among)
    ax = look.axes(ax, width=3.4 + 0.95 * n, height=1.8 + 0.7 * n)
    look.dress(ax, grid="")
    values = values[np.ix_(among, among)]
    values[np.triu_indices(n)] = math.nan  # the other half says the same
    shown = values[1:, :-1]
    drawn = ax.imshow(shown, cmap=look.diverging(ax), vmin=-1, vmax=1, aspect="auto")
    for i, j in zip(*np.nonzero(np.isfinite(shown)), strict=True):
        shade = palette.ink_on(look.shade_of(drawn, float(shown[i, j])))
        ax.text(j, i, texts.format_number(float(shown[i, j]), 2), ha="center", va="center", color=shade, fontsize=9)
    labels = [look.wrapped(patterns.distributions[i].label, 16) for i in among]
    ax.set_xticks(range(n - 1), labels[:-1], rotation=0 if n <= 6 else 90)
    ax.set_yticks(range(n - 1), labels[1:])
    if n < there:
        ax.set_xlabel(f"{n} of {there} columns: those that go most closely with another")
    ax.tick_params(labelcolor=look.ink(ax))
    look.tiles(ax, n - 1, n - 1)
    look.color_bar(ax, drawn, "Spearman's correlation", (-1, -0.5, 0, 0.5, 1))
    return ax


def _most_correlated(correlation: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The columns that are drawn: all, or those whose strongest correlation with another is largest, in their order."""
    others = np.nan_to_num(np.abs(correlation))
    np.fill_diagonal(others, 0.0)
    return np.sort(np.argsort(-others.max(axis=0), kind="stable")[: look.MOST_ACROSS])


def _draw_column(ax: Axes, column: Distribution | CategoryCounts) -> Axes:
    if isinstance(column, CategoryCounts):
        return _draw_category_bars(ax, column)
    look.dress(ax, grid="y")
    edges, counts = np.array(column.edges), np.array(column.counts)
    if len(counts):
        ax.bar(edges[:-1], counts, np.diff(edges) * 0.96, align="edge", color=look.muted(ax, 0.4))
        ax.xaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
        ax.yaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    if len(column.quantiles) == 9:
        ax.axvline(column.quantiles[4], color=look.ink(ax), linewidth=1.4)
        ax.set_title("line: median", loc="right", fontsize="small", color=look.muted(ax, 0.8))
    ax.set_xlabel(look.wrapped(column.label, 36))
    ax.set_ylabel("Customers")
    return ax


def _draw_category_bars(ax: Axes, column: CategoryCounts) -> Axes:
    look.dress(ax, grid="")
    rows = sorted(zip(column.values, column.counts, strict=True), key=lambda row: (-row[1], row[0]))
    rest = sum(n for _, n in rows[_MOST_VALUES:]) + column.other
    rows = rows[:_MOST_VALUES] + ([("other", rest)] if rest else [])
    rows += [("missing", column.missing)] if column.missing else []
    total = sum(n for _, n in rows) or 1
    bars = ax.barh(range(len(rows)), [n for _, n in rows], color=look.muted(ax, 0.4), height=0.7)
    ax.bar_label(bars, [texts.format_share(n / total) for _, n in rows], padding=4, color=look.ink(ax), fontsize=9)
    ax.set_yticks(range(len(rows)), [look.wrapped(value, 20, lines=2) for value, _ in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.2)
    ax.xaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    ax.set_xlabel(look.wrapped(f"{column.name}: customers", 36))
    return ax
