"""Figures of how customers spread: within a segment, and between segments in all features at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from clustera import palette, scales, texts, transform
from clustera.errors import InputError
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.plots.people import feature_of
from clustera.records import FeaturePreparation, Outcome
from clustera.samples import PAIRED

_MOST_DRAWN = 4_000


@checked
def boxes(sample: pd.DataFrame, outcome: Outcome, feature: str, *, ax: Axes | None = None) -> Axes:
    """One feature by segment: box for the middle half, line at the median, whiskers from the 5th to the 95th percentile.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        feature: Name of the feature.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such feature.

    >>> from clustera import plots
    >>> ax = plots.boxes(seg.sample, seg.outcome, "spend")
    >>> ax.get_xlabel(), ax.get_title(loc="right")
    ('Spend, last 358 days', 'Dashed: the median of all customers')
    """
    shown = feature_of(outcome, feature)
    segments = outcome.segments
    ax = look.axes(ax, width=8.0, height=1.3 + 0.45 * len(segments))
    look.dress(ax, grid="x")
    values = sample[shown.name].to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    own = sample["segment"].to_numpy()
    ends = scales.axis_frame(values, sample["outlier"].to_numpy(dtype=bool), shown.power)
    look.feature_axis(ax, "x", shown, ends)
    drawn = ax.boxplot(
        [values[known & (own == segment.segment)] for segment in segments],
        positions=range(len(segments)),
        orientation="horizontal",
        whis=(5, 95),
        showfliers=False,
        widths=0.6,
        patch_artist=True,
        manage_ticks=False,
    )
    for box, segment in zip(drawn["boxes"], segments, strict=True):
        box.set(facecolor=palette.color(segment.color), edgecolor="none")
    for line, segment in zip(drawn["medians"], segments, strict=True):
        line.set(color=palette.ink_on(palette.color(segment.color)), linewidth=2)
    for line in [*drawn["whiskers"], *drawn["caps"]]:
        line.set(color=look.muted(ax, 0.7), linewidth=1.2)
    middle = float(np.median(values[known])) if known.any() else math.nan
    ax.axvline(middle, color=look.muted(ax, 0.7), linestyle=(0, (4, 4)), linewidth=1, zorder=0)
    ax.set_title("Dashed: the median of all customers", loc="right", fontsize="small", color=look.muted(ax, 0.8))
    look.segment_ticks(ax, segments)
    return ax


@checked
def violins(sample: pd.DataFrame, outcome: Outcome, feature: str, *, ax: Axes | None = None) -> Axes:
    """One feature by segment: the density of its values, with lines at the quartiles.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        feature: Name of the feature.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such feature.

    >>> from clustera import plots
    >>> ax = plots.violins(seg.sample, seg.outcome, "spend")
    >>> ax.get_xlabel(), ax.get_title(loc="right")
    ('Spend, last 358 days', 'Lines: quartiles; outliers left out')
    """
    import seaborn as sns

    shown = feature_of(outcome, feature)
    segments = outcome.segments
    ax = look.axes(ax, width=8.0, height=1.3 + 0.6 * len(segments))
    look.dress(ax, grid="x")
    order = [str(segment.segment) for segment in segments]
    inside = sample[
        ~sample["outlier"].to_numpy(dtype=bool) & np.isfinite(sample[shown.name].to_numpy(dtype=np.float64))
    ]
    frame = pd.DataFrame({"value": inside[shown.name].astype(float), "segment": inside["segment"].astype(str)})
    sns.violinplot(
        data=frame,
        x="value",
        y="segment",
        order=order,
        hue="segment",
        palette={str(segment.segment): palette.color(segment.color) for segment in segments},
        inner="quart",
        cut=0,
        density_norm="width",
        linewidth=0.9,
        legend=False,
        orient="h",
        ax=ax,
    )
    ax.set_ylabel("")
    ax.set_xlabel(look.wrapped(shown.label, 44, lines=2))
    ax.set_title("Lines: quartiles; outliers left out", loc="right", fontsize="small", color=look.muted(ax, 0.8))
    look.segment_ticks(ax, segments)
    return ax


@checked
def silhouette(sample: pd.DataFrame, outcome: Outcome, *, ax: Axes | None = None) -> Axes:
    """How much nearer each customer is to the own segment than to the next: one bar per customer, sorted by segment.

    Measured in prepared units on at most 2,500 customers of the sample, outliers left out.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: the sample has customers of one segment only.

    Source: Rousseeuw (1987), Journal of Computational and Applied Mathematics 20.

    >>> from clustera import plots
    >>> ax = plots.silhouette(seg.sample, seg.outcome)
    >>> ax.get_title(loc="right")
    'Dashed: average of all, 0.57'
    """
    from sklearn.metrics import silhouette_samples

    inside = sample[~sample["outlier"].to_numpy(dtype=bool)].head(PAIRED)
    own = inside["segment"].to_numpy()
    if len(np.unique(own)) < 2 or len(inside) <= len(np.unique(own)):
        raise InputError("A silhouette compares segments; the sample has customers of one only.")
    values = silhouette_samples(_weighted(inside, outcome), own)
    ax = look.axes(ax, width=8.0, height=1.6 + 0.45 * len(outcome.segments))
    look.dress(ax, grid="x")
    gap, least = len(inside) / 60, len(inside) / (1.6 * len(outcome.segments))
    place, middles = 0.0, []
    for segment in outcome.segments:
        mine = np.sort(values[own == segment.segment])[::-1]
        tall = max(float(len(mine)), least)  # a small segment still gets room for its name
        if len(mine):
            rows = place + tall * (np.arange(len(mine)) + 0.5) / len(mine)
            ax.fill_betweenx(rows, 0, mine, color=palette.color(segment.color), linewidth=0, step="mid")
        middles.append(place + tall / 2)
        place += tall + gap
    ax.axvline(float(values.mean()), color=look.ink(ax), linestyle=(0, (4, 4)), linewidth=1.2)
    ax.set_title(
        f"Dashed: average of all, {texts.format_number(float(values.mean()), 2)}",
        loc="right",
        fontsize="small",
        color=look.muted(ax, 0.8),
    )
    look.segment_ticks(ax, outcome.segments, middles)
    ax.set_ylim(place, -gap)
    ax.set_xlabel("Silhouette: 1 well inside, 0 on a border,\nbelow 0 nearer to another segment")
    return ax


@checked
def components(sample: pd.DataFrame, outcome: Outcome, *, ax: Axes | None = None) -> Axes:
    """Customers on the two directions in which they differ most, with each feature's loading as an arrow.

    Principal components of the prepared features (weights included) over the sample without outliers.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: the segments were drawn from one feature.

    Source: Hotelling (1933), Analysis of a complex of statistical variables into principal components.

    >>> from clustera import plots
    >>> ax = plots.components(seg.sample, seg.outcome)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('First component (80% of the variance)', 'Second component (12% of the variance)')
    """
    points = _weighted(sample, outcome)
    inner = ~sample["outlier"].to_numpy(dtype=bool)
    if points.shape[1] < 2:
        raise InputError("Principal components need two features; these segments were drawn from one.")
    mean = points[inner].mean(axis=0)
    _, singular, axes = np.linalg.svd(points[inner] - mean, full_matrices=False)
    # A direction and its opposite are the same component; the largest loading is made positive.
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    places = (points - mean) @ axes[:2].T
    share = singular**2 / (singular**2).sum()
    ax = look.axes(ax, width=9.0, height=look.beside_legend(5.8, outcome.segments))
    look.dress(ax)
    own = sample["segment"].to_numpy()
    drawn = np.flatnonzero(inner)[:_MOST_DRAWN]
    area, strength = (30, 0.75) if len(drawn) <= 600 else (9, 0.45)
    for segment in outcome.segments:
        mine = places[drawn][own[drawn] == segment.segment]
        shade, shape = palette.color(segment.color), palette.marker(segment.color)
        ax.scatter(mine[:, 0], mine[:, 1], s=area, alpha=strength, color=shade, marker=shape, linewidths=0)
    weights = np.array([feature.weight for feature in outcome.preparation.features])
    middles = (scales.picture_centers(outcome.segments, outcome.preparation.features) * weights - mean) @ axes[:2].T
    _loadings(ax, axes[:2].T, places[drawn], [feature.title for feature in outcome.preparation.features])
    look.draw_badges(ax, [(float(x), float(y)) for x, y in middles], outcome.segments)
    ax.set_xlabel(f"First component ({texts.format_share(float(share[0]))} of the variance)")
    ax.set_ylabel(f"Second component ({texts.format_share(float(share[1]))} of the variance)")
    look.segment_legend(ax, outcome.segments)
    return ax


@checked
def three_d(sample: pd.DataFrame, outcome: Outcome, *, features: Sequence[str] = (), ax: Any = None) -> Any:  # noqa: ANN401 - Axes3D
    """Customers by three features; for a first impression, as depth can't be read off a flat picture.

    Args:
        sample: Up to 20,000 customers, `seg.sample`: features in original units, `segment`, `outlier`.
        outcome: What was found: `seg.outcome`.
        features: Three names; by default the first three.
        ax: Axes with projection "3d".

    Returns:
        Axes with projection "3d".

    Raises:
        InputError: there are not three features, or the Axes are flat.

    >>> from clustera import plots
    >>> ax = plots.three_d(seg.sample, seg.outcome, features=["spend", "order_days", "recent_spend"])
    >>> ax.name, ax.get_zlabel()
    ('3d', 'Spend, last 3 months')
    """
    chosen = _three_features(outcome, features)
    if ax is not None and ax.name != "3d":
        raise InputError("These Axes are flat.", hint="Make them with plt.subplots(subplot_kw={'projection': '3d'}).")
    alone = ax is None
    ax = look.axes_3d(width=9.0, height=look.beside_legend(6.4, outcome.segments)) if alone else ax
    inside = sample[~sample["outlier"].to_numpy(dtype=bool)].head(_MOST_DRAWN)
    values = [transform.yeo_johnson(inside[f.name].fillna(f.fill).to_numpy(), f.power) for f in chosen]
    own = inside["segment"].to_numpy()
    ground, ink = look.ground(ax), look.ink(ax)
    area = 22 if len(inside) <= 600 else 6
    for segment in outcome.segments:
        mine = own == segment.segment
        shade, shape = palette.color(segment.color), palette.marker(segment.color)
        ax.scatter(*(v[mine] for v in values), s=area, alpha=0.75, color=shade, marker=shape, linewidths=0)
    for axis, feature, along in zip((ax.xaxis, ax.yaxis, ax.zaxis), chosen, values, strict=True):
        low, high = (float(v) for v in transform.inverse_yeo_johnson([along.min(), along.max()], feature.power))
        ticks = scales.axis_ticks(low, high, feature.power, 4)
        axis.set_ticks(list(transform.yeo_johnson(ticks, feature.power)), [texts.format_tick(tick) for tick in ticks])
        axis.set_label_text(look.wrapped(feature.label, 20))
        axis.label.set_color(ink)
        axis.set_tick_params(labelcolor=look.muted(ax, 0.8))
        axis.set_pane_color((*ground, 0.0))
        axis.labelpad = 10
    ax.set_box_aspect(None, zoom=0.86)  # room for the labels, which no layout reckons with
    look.segment_legend(ax, outcome.segments, where="margin" if alone else "beside")
    return ax


def _weighted(sample: pd.DataFrame, outcome: Outcome) -> npt.NDArray[np.float64]:
    """The sample as it was clustered: prepared units with weights."""
    features = outcome.preparation.features
    values = {feature.name: sample[feature.name].to_numpy(dtype=np.float64) for feature in features}
    weights = np.array([feature.weight for feature in features])
    return np.asarray(scales.picture_coordinates(values, outcome.preparation) * weights)


def _loadings(
    ax: Axes, loadings: npt.NDArray[np.float64], places: npt.NDArray[np.float64], names: Sequence[str]
) -> None:
    reach = 0.8 * np.quantile(np.abs(places), 0.98) / max(float(np.abs(loadings).max()), 1e-9)
    halo = {"boxstyle": "round,pad=0.2", "facecolor": look.ground(ax), "edgecolor": "none", "alpha": 0.75}
    tips = loadings * reach
    least = 0.055 * float(np.ptp(places[:, 1]))
    heights = np.zeros(len(tips))
    for side in (tips[:, 0] >= 0, tips[:, 0] < 0):
        heights[side] = look.set_apart(tips[side, 1].tolist(), least)
    for (x, y), height, name in zip(tips, heights, names, strict=True):
        arrow = {"arrowstyle": "-|>", "color": look.ink(ax), "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, y), (0, 0), arrowprops=arrow, zorder=4)
        ax.annotate(
            look.wrapped(name, 18),
            (x, height),
            (6 if x >= 0 else -6, 0),
            textcoords="offset points",
            ha="left" if x >= 0 else "right",
            va="center",
            fontsize="small",
            color=look.ink(ax),
            bbox=halo,
            zorder=4,
        )


def _three_features(outcome: Outcome, names: Sequence[str]) -> list[FeaturePreparation]:
    """The features asked for, else the first three."""
    names = list(names) or [feature.name for feature in outcome.preparation.features][:3]
    if len(names) != 3:
        raise InputError(f"Three features are drawn in three dimensions; got {len(names)}: {', '.join(names)}.")
    return [feature_of(outcome, name) for name in names]
