"""Figures of how many segments there are and how far they can be trusted."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from clustera import palette, texts
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import KEvidence, KSelection, Outcome

_ACCENT = "#2f7de0"


@dataclass(frozen=True, slots=True)
class _Criterion:
    title: str
    about: str
    value: Callable[[KSelection, KEvidence], float]
    write: Callable[[float], str] = lambda value: texts.format_number(value, 2)
    error: Callable[[KEvidence], float] = lambda entry: math.nan
    limit: float | None = None


_CRITERIA = (
    _Criterion("Separation (silhouette)", "higher is better", lambda _, e: e.silhouette),
    _Criterion("Customers between segments", "lower is better", lambda _, e: e.valley, limit=0.65),
    _Criterion(
        "Comes back (prediction strength)",
        "higher is better",
        lambda _, e: e.prediction_strength,
        error=lambda e: e.prediction_strength_se,
        limit=0.8,
    ),
    _Criterion("Weakest segment on other customers", "overlap; higher is better", lambda _, e: e.jaccard),
    _Criterion(
        "What one more segment adds", "share of the differences explained", lambda s, e: s.adds[e.k], texts.format_share
    ),
    _Criterion("Smallest segment", "share of customers", lambda _, e: e.smallest, texts.format_share),
)
_LATER = _Criterion(
    "Predicts later spending",
    "share of the differences explained; higher is better",
    lambda _, e: math.nan if e.explains_future_spend is None else e.explains_future_spend,
    texts.format_share,
)


@checked
def k_selection(selection: KSelection, *, ax: Axes | None = None) -> Axes | Figure:
    """What speaks for and against each number of segments.

    Args:
        selection: The evidence: `seg.outcome.selection`.
        ax: Draw the separation alone, on these Axes.

    Returns:
        A figure of six panels, with orders the prediction of later spending first; under the title what was asked for, and what that costs. Or the Axes given.

    >>> from clustera import plots
    >>> figure = plots.k_selection(seg.outcome.selection)
    >>> figure.get_suptitle(), len(figure.axes)
    ('3 segments (clear)', 6)
    """
    if ax is not None:
        return _evidence_panel(ax, selection, _CRITERIA[0])
    figure, grid = look.figure(2, 3, width=13.5, height=6.8)
    criteria: tuple[_Criterion, ...] = _CRITERIA
    if any(entry.explains_future_spend is not None for entry in selection.evidence):
        criteria = (_LATER, *(criterion for criterion in _CRITERIA if criterion.title != "What one more segment adds"))
    for place, criterion in zip(grid.flat, criteria, strict=True):
        _evidence_panel(place, selection, criterion)
    title = f"{selection.k} segments ({selection.verdict})"
    figure.suptitle(title, x=0.02, ha="left", fontweight="bold", color=look.ink(grid[0, 0]))
    if selection.asked:
        said = "\n".join(
            textwrap.wrap(
                f"Asked for: {texts.explain_asked_k(selection.asked)}. {texts.explain_cost_of_k(selection)}", 170
            )
        )
        figure.supxlabel(said, x=0.01, ha="left", fontsize=9, color=look.ink(grid[0, 0]))
    return figure


@checked
def stability(outcome: Outcome, *, ax: Axes | None = None) -> Axes:
    """How well each segment is found again on other customers: the mean overlap (Jaccard) over bootstraps.

    Args:
        outcome: What was found: `seg.outcome`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Source: Hennig (2007), Computational Statistics & Data Analysis 52(1).

    >>> from clustera import plots
    >>> ax = plots.stability(seg.outcome)
    >>> [text.get_text() for text in ax.texts[:3]]
    ['0.99  distinct', '1.00  distinct', '0.99  distinct']
    """
    segments = outcome.segments
    ax = look.axes(ax, width=8.6, height=1.7 + 0.42 * len(segments))
    look.dress(ax, grid="")
    places, values = range(len(segments)), [segment.trust.jaccard for segment in segments]
    ax.hlines(places, 0, values, colors=[palette.color(segment.color) for segment in segments], linewidth=2.5)
    for i, segment in enumerate(segments):
        shade, form = palette.color(segment.color), palette.marker(segment.color)
        ax.scatter([values[i]], [i], s=85, color=shade, marker=form, zorder=3)
        said = f"{texts.format_number(values[i], 2)}  {segment.trust.statement}"
        ax.annotate(
            said,
            (values[i], i),
            (9, 0),
            textcoords="offset points",
            va="center",
            color=look.ink(ax),
            fontsize=9,
            bbox={"facecolor": look.ground(ax), "edgecolor": "none", "pad": 1},
        )
    for limit, name in ((0.6, "unreliable\nbelow 0.6"), (0.75, "stable\nfrom 0.75")):
        ax.axvline(limit, color=look.muted(ax, 0.5), linestyle=(0, (4, 4)), linewidth=1, zorder=0)
        side = "right" if limit < 0.7 else "left"
        ax.annotate(
            name,
            (limit, 1),
            (-5 if side == "right" else 5, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=8,
            color=look.muted(ax, 0.75),
        )
    look.segment_ticks(ax, segments)
    ax.set_xlim(0, 1.28)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    ax.set_xlabel("Overlap on other customers (Jaccard; 1 = the same customers)")
    return ax


def _evidence_panel(ax: Axes, selection: KSelection, criterion: _Criterion) -> Axes:
    look.dress(ax, grid="y")
    ax.set_title(criterion.title, loc="left", fontsize="medium", fontweight="bold", color=look.ink(ax), pad=26)
    ax.annotate(
        criterion.about,
        (0, 1),
        (0, 12),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize="small",
        color=look.muted(ax, 0.75),
    )
    ax.set_xlabel("Number of segments")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    known = [(entry, criterion.value(selection, entry)) for entry in selection.evidence]
    known = [(entry, value) for entry, value in known if math.isfinite(value)]
    if not known:
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color=look.muted(ax))
        return ax
    if criterion.limit is not None:
        ax.axhline(criterion.limit, color=look.muted(ax, 0.5), linestyle=(0, (4, 4)), linewidth=1)
    ks, values = [entry.k for entry, _ in known], [value for _, value in known]
    errors = [criterion.error(entry) for entry, _ in known]
    ax.errorbar(ks, values, yerr=errors, fmt="none", ecolor=look.muted(ax, 0.4), elinewidth=1.2)
    ax.plot(ks, values, color=look.muted(ax, 0.4), linewidth=1.4, zorder=2)
    for entry, value in known:
        _mark_k(ax, entry, value, "" if entry.k != selection.k else criterion.write(value))
    ax.margins(y=0.22)
    if min(values) >= 0:
        ax.set_ylim(bottom=0)
    if criterion.write is texts.format_share:
        ax.yaxis.set_major_formatter(lambda value, _: texts.format_share(value))
    return ax


def _mark_k(ax: Axes, entry: KEvidence, value: float, written: str) -> None:
    """A point for a number of segments; with its value where it was chosen."""
    shade = _ACCENT if written else look.muted(ax, 0.7)
    face = shade if written or entry.admissible else look.ground(ax)
    size = 75 if written else 30
    ax.scatter([entry.k], [value], s=size, facecolors=[face], edgecolors=[shade], linewidths=1.4, zorder=3)
    if written:
        ax.axvline(entry.k, color=_ACCENT, linewidth=1, alpha=0.5, zorder=1)
        ax.annotate(
            written,
            (entry.k, 1),
            (5, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            color=_ACCENT,
            fontweight="bold",
        )
