"""Figures of customers by two features at a time; density where there are many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from clustera import palette, scales, transform
from clustera.errors import InputError, closest
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import FeaturePreparation, Outcome, columns_told

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

POINTS = 4_000  # more customers are drawn as density
_CELLS = 60
_MOST_PAIRED = 5


@checked
def scatter(
    sample: pd.DataFrame, outcome: Outcome, *, x: str | None = None, y: str | None = None, ax: Axes | None = None
) -> Axes:
    """Customers by two features, colored by segment, with the centers' numbers.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        x: Feature across; by default the pair that tells the segments apart best.
        y: Feature up.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such feature, or only one.

    >>> from clustera import plots
    >>> ax = plots.scatter(seg.sample, seg.outcome)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Purchase days, last 358 days', 'Spend, last 358 days')
    >>> [text.get_text() for text in ax.texts]  # the centers
    ['1', '2', '3']
    """
    across, up = _chosen(sample, outcome, x, y)
    ax = look.axes(ax, width=9.0, height=look.beside_legend(5.6, outcome.segments))
    _map(ax, sample, outcome, across, up)
    centers = [{p.feature: p.center for p in s.features} for s in outcome.segments]
    look.draw_badges(ax, [(c[across.name], c[up.name]) for c in centers], outcome.segments)
    look.segment_legend(ax, outcome.segments, rings=bool(sample["outlier"].any()))
    return ax


@checked
def pairs(sample: pd.DataFrame, outcome: Outcome, *, features: Sequence[str] = ()) -> Figure:
    """Every pair of features, and each feature's distribution by segment on the diagonal.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        features: Which ones; by default the five that set segments apart most.

    Returns:
        The figure.

    Raises:
        InputError: there is no such feature.

    >>> from clustera import plots
    >>> figure = plots.pairs(seg.sample, seg.outcome, features=["spend", "order_days"])
    >>> len(figure.axes)  # 2 x 2, the corner above the diagonal stays empty
    4
    """
    chosen = features_drawn(outcome, features, most=_MOST_PAIRED)
    n = len(chosen)
    figure, grid = look.figure(n, n, width=1.4 + 2.5 * n, height=look.beside_legend(0.6 + 2.3 * n, outcome.segments))
    for i, up in enumerate(chosen):
        for j, across in enumerate(chosen):
            ax = grid[i, j]
            if i == j:
                _by_segment(ax, sample, outcome, across)
            elif i > j:
                _map(ax, sample, outcome, across, up, size=0.4)
            else:
                ax.set_axis_off()
                continue
            ax.tick_params(labelbottom=i == n - 1, labelleft=j == 0 and i > 0)
            ax.set_xlabel(look.wrapped(across.label, 22) if i == n - 1 else "")
            ax.set_ylabel(look.wrapped(up.label, 22) if j == 0 and i > 0 else "")
    grid[0, 0].set_ylabel("Customers")
    look.segment_legend(grid[0, 0], outcome.segments, where="corner" if n > 2 else "margin")
    return figure


def feature_of(outcome: Outcome, name: str) -> FeaturePreparation:
    """The feature of that name.

    Raises:
        InputError: there is none.
    """
    told = columns_told(outcome.columns)
    features = {told.get(feature.name, feature.name): feature for feature in outcome.preparation.features}
    found = features.get(name) or next((feature for feature in features.values() if feature.name == name), None)
    if found is not None:
        return found
    if any(column.name == name and column.role == "descriptor" for column in outcome.columns):
        raise InputError(
            f"{name!r} only describes these segments; they were formed from: {', '.join(features)}.",
            hint=f"See it by segment: descriptors({name!r}).",
        )
    near = closest(name, features)
    raise InputError(
        f"{name!r} is no feature; the features are: {', '.join(features)}.",
        hint=f"Did you mean {near!r}?" if near else "",
    )


def _chosen(
    sample: pd.DataFrame, outcome: Outcome, x: str | None, y: str | None
) -> tuple[FeaturePreparation, FeaturePreparation]:
    names = [feature.name for feature in outcome.preparation.features]
    wanted = [feature_of(outcome, name) for name in (x, y) if name]
    if len(names) < 2:
        raise InputError(
            f"A scatter plot needs two features; these segments were drawn from one: {names[0]}.",
            hint=f"boxes({names[0]!r}) shows one feature by segment.",
        )
    if len(wanted) == 2:
        return wanted[0], wanted[1]
    values = {name: sample[name].to_numpy() for name in names}
    ranked = scales.rank_pairs(values, sample["segment"].to_numpy(), outcome.preparation, outcome.segments)
    if not wanted:
        return feature_of(outcome, ranked[0][0]), feature_of(outcome, ranked[0][1])
    first = next(pair for pair in ranked if wanted[0].name in pair)
    other = feature_of(outcome, next(name for name in first if name != wanted[0].name))
    return (wanted[0], other) if x else (other, wanted[0])


def features_drawn(outcome: Outcome, names: Sequence[str], *, most: int) -> list[FeaturePreparation]:
    """The features of these names; without names those by which segments differ most, at most so many.

    Raises:
        InputError: there is no such feature.
    """
    return [feature_of(outcome, name) for name in names] or list(scales.distinguishing_features(outcome, most))


def _map(
    ax: Axes,
    sample: pd.DataFrame,
    outcome: Outcome,
    across: FeaturePreparation,
    up: FeaturePreparation,
    *,
    size: float = 1.0,
) -> None:
    look.dress(ax)
    outlier = sample["outlier"].to_numpy(dtype=bool)
    for which, feature in (("x", across), ("y", up)):
        spread = scales.spread_ties(sample[feature.name].to_numpy(dtype=np.float64), "xy".index(which))
        sample = sample.assign(**{feature.name: spread})
        ends = scales.axis_frame(spread, outlier, feature.power)
        look.feature_axis(ax, which, feature, ends, wanted=6 if size == 1 else 3)
    places = np.column_stack([_inside(ax.get_xlim(), sample, across), _inside(ax.get_ylim(), sample, up)])
    own = sample["segment"].to_numpy()
    if (~outlier).sum() * (1 if size == 1 else 3) <= POINTS:
        _draw_points(ax, outcome, places[~outlier], own[~outlier], size)
    else:
        edges = [_edges(ax.get_xlim(), across), _edges(ax.get_ylim(), up)]
        _density(ax, outcome, edges, places[~outlier], own[~outlier])
    shades = {segment.segment: palette.color(segment.color) for segment in outcome.segments}
    rings = [shades[segment] for segment in own[outlier]]
    apart = places[outlier]
    ax.scatter(
        apart[:, 0], apart[:, 1], s=22 * size, facecolors="none", edgecolors=rings, linewidths=1.1, clip_on=False
    )


def _inside(limits: tuple[float, float], sample: pd.DataFrame, feature: FeaturePreparation) -> Floats:
    """Where customers are drawn; who lies beyond the frame is drawn at its edge."""
    known = sample[feature.name].to_numpy(dtype=np.float64)
    return np.clip(np.where(np.isfinite(known), known, feature.fill), *limits)


def _draw_points(ax: Axes, outcome: Outcome, places: Floats, own: Labels, size: float) -> None:
    area, strength = (34, 0.8) if len(places) <= 600 else (12, 0.6)
    for segment in outcome.segments:
        mine = places[own == segment.segment]
        ax.scatter(
            mine[:, 0],
            mine[:, 1],
            s=area * size,
            alpha=strength,
            color=palette.color(segment.color),
            marker=palette.marker(segment.color),
            linewidths=0,
        )


def _density(ax: Axes, outcome: Outcome, edges: Sequence[Floats], places: Floats, own: Labels) -> None:
    """Cells in the color of the segment that has most customers there; the fuller, the stronger."""
    counts = np.stack([np.histogramdd(places[own == s.segment], bins=list(edges))[0].T for s in outcome.segments])
    total = counts.sum(axis=0)
    shades = np.array([to_rgba(palette.color(s.color)) for s in outcome.segments])
    cells = shades[counts.argmax(axis=0)]
    cells[..., 3] = np.where(total > 0, 0.15 + 0.8 * np.log1p(total) / np.log1p(total.max()), 0)
    ax.pcolormesh(edges[0], edges[1], cells, shading="flat", rasterized=True, zorder=1)


def _by_segment(ax: Axes, sample: pd.DataFrame, outcome: Outcome, feature: FeaturePreparation) -> None:
    """One feature's histogram, the segments stacked."""
    look.dress(ax, grid="x")
    outlier = sample["outlier"].to_numpy(dtype=bool)
    ends = scales.axis_frame(sample[feature.name].to_numpy(), outlier, feature.power)
    look.feature_axis(ax, "x", feature, ends, wanted=3)
    own, values = sample["segment"].to_numpy(), _inside(ends, sample, feature)
    ax.hist(
        [values[own == segment.segment] for segment in outcome.segments],
        bins=list(_edges(ends, feature)[::2]),
        stacked=True,
        color=[palette.color(segment.color) for segment in outcome.segments],
    )


def _edges(limits: tuple[float, float], feature: FeaturePreparation) -> Floats:
    low, high = transform.yeo_johnson(limits, feature.power)
    return transform.inverse_yeo_johnson(np.linspace(low, high, _CELLS + 1), feature.power)
