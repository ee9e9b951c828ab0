"""Figures of how customers order: recency and frequency, named groups, and who comes back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.image import AxesImage

from clustera import days, palette, texts
from clustera.errors import InputError
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import Behavior, Cohort, RfmGrid, SegmentProfile

_MOST_COHORTS, _MOST_MONTHS = 18, 15

Floats = npt.NDArray[np.float64]


@checked
def rfm(grid: RfmGrid, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Customers and their spend by how recently (up) and how often (across) they ordered; shaded by the spend.

    Args:
        grid: The scores, `seg.outcome.behavior.rfm`; equal customers have equal scores, so a cell can be empty.
        currency: Of the spend.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Source: Hughes (1994), Strategic Database Marketing.

    >>> from clustera import plots
    >>> ax = plots.rfm(seg.outcome.behavior.rfm)
    >>> ax.get_title(loc="right")
    'Customers, and their spend below'
    >>> ax.texts[0].get_text().split()
    ['18', '752']
    """
    ax = look.axes(ax, width=2.6 + 1.15 * grid.bins, height=1.6 + 0.72 * grid.bins)
    look.dress(ax, grid="")
    cells = {(cell.r, cell.f): cell for cell in grid.cells}
    scores = range(1, grid.bins + 1)
    spend = np.array([[cells[r, f].spend if (r, f) in cells else math.nan for f in scores] for r in scores])
    top = math.sqrt(max(float(np.nanmax(spend)), 1e-9)) if grid.cells else 1.0
    # By the root: one corner holds most of the money, and the others must still be told apart.
    drawn = _shaded(ax, np.sqrt(np.maximum(spend, 0.0)), top)
    ax.invert_yaxis()
    for (r, f), cell in cells.items():
        said = f"{texts.format_count(cell.customers)}\n{texts.format_count(cell.spend)}"
        _write_value(ax, drawn, (f - 1, r - 1), said, math.sqrt(max(cell.spend, 0.0)))
    ends = {1: "1\nseldom", grid.bins: f"{grid.bins}\noften"}
    ax.set_xticks(range(grid.bins), [ends.get(f, str(f)) for f in scores])
    ends = {1: "long ago  1", grid.bins: f"lately  {grid.bins}"}
    ax.set_yticks(range(grid.bins), [ends.get(r, str(r)) for r in scores])
    ax.tick_params(labelcolor=look.ink(ax))
    look.tiles(ax, grid.bins, grid.bins)
    ax.set_xlabel("Frequency score")
    ax.set_ylabel("Recency score")
    unit = f" ({currency})" if currency else ""
    ax.set_title(f"Customers, and their spend{unit} below", loc="right", fontsize="small", color=look.muted(ax, 0.8))
    return ax


@checked
def rfm_groups(behavior: Behavior, segments: Sequence[SegmentProfile], *, ax: Axes | None = None) -> Axes:
    """Which named RFM groups each segment is made of; a row adds up to 100 %.

    Args:
        behavior: What the log says: `seg.outcome.behavior`.
        segments: The segments drawn from it: `seg.outcome.segments`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    >>> from clustera import plots
    >>> ax = plots.rfm_groups(seg.outcome.behavior, seg.outcome.segments)
    >>> [" ".join(label.get_text().split()) for label in ax.get_xticklabels()][:4]
    ['Champions 29%', 'Loyal 6.2%', "Can't lose 0.5%", 'At risk 12%']
    """
    names = [name for name, _, _ in behavior.rfm.groups]
    counts = {(name, segment): n for name, segment, n in behavior.rfm_by_segment}
    table = np.array([[counts.get((name, s.segment), 0) for name in names] for s in segments], dtype=np.float64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    ax = look.axes(ax, width=3.4 + 0.78 * len(names), height=1.7 + 0.45 * len(segments))
    look.dress(ax, grid="")
    drawn = _shaded(ax, shares, float(shares.max()) or 1.0)
    for i, j in zip(*np.nonzero(table), strict=True):
        _write_value(ax, drawn, (float(j), float(i)), texts.format_share(shares[i, j]), float(shares[i, j]))
    everybody = sum(n for _, n, _ in behavior.rfm.groups) or 1
    heads = [f"{look.wrapped(name, 11)}\n{texts.format_share(n / everybody)}" for name, n, _ in behavior.rfm.groups]
    ax.set_xticks(range(len(names)), heads, fontsize=8.5)
    look.segment_ticks(ax, segments)
    ax.tick_params(labelcolor=look.ink(ax), top=True, labeltop=True, bottom=False, labelbottom=False)
    look.tiles(ax, len(names), len(segments))
    ax.set_xlabel("Share of the segment's customers in each RFM group\n(below the group's name: of all customers)")
    return ax


@checked
def cohorts(behavior: Behavior, *, ax: Axes | None = None) -> Axes:
    """Of the customers whose first order fell into a month, the share who ordered in the months after it.

    Args:
        behavior: What the log says. The latest cohorts are drawn; the last row is of all of them.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: the orders lie within one month.

    >>> from clustera import plots
    >>> ax = plots.cohorts(seg.outcome.behavior)
    >>> [label.get_text() for label in ax.get_yticklabels()][:2]  # month of the first order, and customers
    ['Jan 2024   107', 'Feb 2024   32']
    """
    if len(behavior.cohorts) < 2:
        raise InputError("The orders lie within one month, so nobody can have come back in a later one.")
    open_month = bool(days.unfinished_month(behavior.as_of))
    shown = behavior.cohorts[-_MOST_COHORTS:]
    most = min(_MOST_MONTHS, max(len(cohort.active) for cohort in behavior.cohorts) - 1)
    shares = np.full((len(shown) + 1, most), math.nan)
    for i, cohort in enumerate(shown):
        for age in range(1, min(most, len(cohort.active) - 1) + 1):
            shares[i, age - 1] = cohort.active[age] / max(cohort.size, 1)
    shares[-1] = [_overall_retention(behavior.cohorts, age, finished_only=open_month) for age in range(1, most + 1)]
    ax = look.axes(ax, width=2.6 + 0.62 * most, height=1.5 + 0.36 * len(shares))
    look.dress(ax, grid="")
    drawn = _shaded(ax, shares, float(np.nanmax(shares)) if np.isfinite(shares).any() else 1.0)
    for i, j in zip(*np.nonzero(np.isfinite(shares)), strict=True):
        running = open_month and i < len(shown) and j == len(shown[i].active) - 2
        said = texts.format_share(shares[i, j]) + ("*" if running else "")
        _write_value(ax, drawn, (float(j), float(i)), said, float(shares[i, j]), bold=i == len(shown))
    ax.set_xticks(range(most), [f"+{age}" for age in range(1, most + 1)])
    rows = [f"{texts.format_month(cohort.month)}   {texts.format_count(cohort.size)}" for cohort in shown]
    rows.append(f"All months   {texts.format_count(sum(cohort.size for cohort in behavior.cohorts))}")
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(labelcolor=look.ink(ax), top=True, labeltop=True, bottom=False, labelbottom=False)
    look.tiles(ax, most, len(rows))
    ax.set_ylabel("Month of the first order, and customers")
    hint = "   * not over, left out of the last row" if open_month else ""
    ax.set_xlabel(f"Months since the first order: share who ordered{hint}")
    return ax


def _overall_retention(cohorts: Sequence[Cohort], age: int, *, finished_only: bool) -> float:
    seen = [cohort for cohort in cohorts if age < len(cohort.active) - finished_only]
    size = sum(cohort.size for cohort in seen)
    return sum(cohort.active[age] for cohort in seen) / size if size else math.nan


def _shaded(ax: Axes, values: Floats, top: float) -> AxesImage:
    """A heat map from the ground (0) to blue (`top`)."""
    shades = LinearSegmentedColormap.from_list("clustera-amount", [to_hex(look.muted(ax, 0.04)), palette.COLORS[0]])
    return ax.imshow(np.ma.masked_invalid(values), cmap=shades, vmin=0.0, vmax=top, aspect="auto")


def _write_value(
    ax: Axes, drawn: AxesImage, at: tuple[float, float], said: str, value: float, *, bold: bool = False
) -> None:
    shade = palette.ink_on(look.shade_of(drawn, value))
    weight = "bold" if bold else "normal"
    ax.text(*at, said, ha="center", va="center", fontsize=8.5, color=shade, fontweight=weight)
