"""Figures of customers: by two features, density where there are many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from clustera import display, palette
from clustera.plots import look
from clustera.records import FeaturePreparation, Outcome

Floats = npt.NDArray[np.float64]

POINTS = 4_000  # more customers are drawn as density
_CELLS = 60


def scatter(
    sample: pd.DataFrame, outcome: Outcome, *, x: str | None = None, y: str | None = None, ax: Axes | None = None
) -> Axes:
    """Customers by two features, coloured by segment, with the centres' numbers.

    Args:
        sample: Up to 20,000 customers: features in original units, `segment`, `outlier`.
        outcome: What was found.
        x: Feature across; by default the pair that tells the segments apart best.
        y: Feature up.
        ax: Where to draw.
    """
    across, up = _chosen(sample, outcome, x, y)
    ax = look.axes(ax, width=9.0, height=5.6)
    look.dress(ax)
    outlier = sample["outlier"].to_numpy(dtype=bool)
    for which, feature in (("x", across), ("y", up)):
        look.feature_axis(ax, which, feature, display.frame_of(sample[feature.name].to_numpy(), outlier, feature.power))
    places = np.column_stack(
        [_inside(ax.get_xlim(), sample[across.name], across), _inside(ax.get_ylim(), sample[up.name], up)]
    )
    own = sample["segment"].to_numpy()
    inner = ~outlier
    if inner.sum() <= POINTS:
        _points(ax, outcome, places[inner], own[inner])
    else:
        edges = [_edges(ax.get_xlim(), across), _edges(ax.get_ylim(), up)]
        _density(ax, outcome, edges, places[inner], own[inner])
    shades = {s.segment: palette.colour(s.colour) for s in outcome.segments}
    if outlier.any():
        rings = [shades[s] for s in own[outlier]]
        ax.scatter(
            x=places[outlier, 0],
            y=places[outlier, 1],
            s=22,
            facecolors="none",
            edgecolors=rings,
            linewidths=1.1,
            label="outlier",
        )
    centres = [({p.feature: p.centre for p in s.features}) for s in outcome.segments]
    look.badges(ax, [(c[across.name], c[up.name]) for c in centres], outcome.segments)
    for segment in outcome.segments:
        ax.scatter(
            [],
            [],
            s=42,
            color=palette.colour(segment.colour),
            marker=palette.marker(segment.colour),
            label=look.label(segment),
        )
    look.legend(ax)
    return ax


def _chosen(
    sample: pd.DataFrame, outcome: Outcome, x: str | None, y: str | None
) -> tuple[FeaturePreparation, FeaturePreparation]:
    features = {feature.name: feature for feature in outcome.preparation.features}
    values = {name: sample[name].to_numpy() for name in features}
    pairs = display.telling_pairs(values, sample["segment"].to_numpy(), outcome.preparation, outcome.segments)
    pairs = pairs or [(next(iter(features)),) * 2]
    wanted = {name for name in (x, y) if name}
    first, second = next((pair for pair in pairs if wanted <= set(pair)), pairs[0])
    if x or y:
        x = x or (second if y == first else first)
        y = y or (second if x == first else first)
        return features[x], features[y]
    return features[first], features[second]


def _inside(limits: tuple[float, float], values: pd.Series, feature: FeaturePreparation) -> Floats:
    known = values.to_numpy(dtype=np.float64)
    return np.clip(np.where(np.isfinite(known), known, feature.fill), *limits)


def _points(ax: Axes, outcome: Outcome, places: Floats, own: npt.NDArray[np.int64]) -> None:
    size, strength = (34, 0.8) if len(places) <= 600 else (12, 0.6)
    for segment in outcome.segments:
        mine = own == segment.segment
        ax.scatter(
            x=places[mine, 0],
            y=places[mine, 1],
            s=size,
            alpha=strength,
            color=palette.colour(segment.colour),
            marker=palette.marker(segment.colour),
            linewidths=0,
        )


def _density(ax: Axes, outcome: Outcome, edges: Sequence[Floats], places: Floats, own: npt.NDArray[np.int64]) -> None:
    """Cells in the colour of the segment that has most customers there; the fuller, the stronger."""
    counts = np.stack([np.histogramdd(places[own == s.segment], bins=list(edges))[0].T for s in outcome.segments])
    total = counts.sum(axis=0)
    shades = np.array([to_rgba(palette.colour(s.colour)) for s in outcome.segments])
    cells = shades[counts.argmax(axis=0)]
    cells[..., 3] = np.where(total > 0, 0.15 + 0.8 * np.log1p(total) / np.log1p(total.max()), 0)
    ax.pcolormesh(edges[0], edges[1], cells, shading="flat", rasterized=True, zorder=1)


def _edges(limits: tuple[float, float], feature: FeaturePreparation) -> Floats:
    low, high = display.straighten(limits, feature.power)
    return display.bend(np.linspace(low, high, _CELLS + 1), feature.power)
