"""Where things stand in a picture: ticks of an axis, what part of it is shown, and which view shows most.

Report and plots draw from here, so that a customer's place is the same in both.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from clustera.records import FeaturePreparation, Outcome, Preparation, SegmentProfile
from clustera.samples import PAIRED
from clustera.transform import inverse_yeo_johnson, yeo_johnson

Floats = npt.NDArray[np.float64]

_NEIGHBOR_ROWS, _NEIGHBORS, _PAIRS_LOOKED_AT = 800, 15, 12
_FEW_LEVELS = 40
_EVENLY = (0.7548776662466927, 0.5698402909980532)  # 1 / p and 1 / p**2 of the plastic number p


def round_ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round values between `low` and `high`, about `wanted` of them.

    >>> round_ticks(3, 97)
    (20.0, 40.0, 60.0, 80.0)
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return ()
    step = round_step((high - low) / max(wanted, 1))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(round(i * step, 12)) for i in range(first, last + 1))


def round_step(least: float) -> float:
    """The smallest round number that is not below another one (both above 0).

    >>> round_step(19_591), round_step(0.3)
    (20000.0, 0.5)
    """
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= least * 0.999)


def axis_ticks(low: float, high: float, power: float | None = None, wanted: int = 5) -> tuple[float, ...]:
    """Round values for an axis that runs evenly in the transformed feature.

    Where the axis is bent, even steps would crowd at one end; there the values 1, 2, 5, 10, ... are taken as long as
    they keep apart.

    >>> axis_ticks(0, 10_000, 0.0)
    (0.0, 10.0, 100.0, 1000.0, 10000.0)
    """
    if power is None or not high > low:
        return round_ticks(low, high, wanted)
    top = max(abs(low), abs(high))
    last = math.floor(math.log10(top)) if top > 0 else 0
    sizes = [m * 10.0**e for e in range(last - 6, last + 1) for m in (1, 2, 5)]
    candidates = sorted({0.0, *sizes, *(-size for size in sizes)})
    # Powers of ten win a place before twos and fives do.
    candidates.sort(key=lambda v: (v != 0, not _is_power_of_ten(v), -abs(v)))
    ends = yeo_johnson([low, high], power)
    gap = 0.75 * (ends[1] - ends[0]) / wanted
    chosen: list[float] = []
    for value in candidates:
        if not low <= value <= high:
            continue
        place = float(yeo_johnson(value, power))
        if all(abs(place - float(yeo_johnson(other, power))) >= gap for other in chosen):
            chosen.append(float(value))
    return tuple(sorted(chosen))


def picture_coordinates(values: Mapping[str, npt.ArrayLike], preparation: Preparation) -> Floats:
    """Where customers stand in prepared units: (n, n_features), without weights; missing values filled.

    Args:
        values: Original units, by feature name, n each.
        preparation: How the segments were drawn.
    """
    columns = []
    for feature in preparation.features:
        column = np.asarray(values[feature.name], dtype=np.float64)
        column = np.where(np.isfinite(column), column, feature.fill)
        columns.append((yeo_johnson(column, feature.power) - feature.mean) / (feature.scale or 1.0))
    return np.column_stack(columns) if columns else np.empty((0, 0))


def picture_centers(segments: Sequence[SegmentProfile], features: Sequence[FeaturePreparation]) -> Floats:
    """The segments' centers on the scale of `picture_coordinates`: (k, n_features)."""
    weights = np.array([feature.weight or 1.0 for feature in features])
    return np.asarray(np.array([segment.center for segment in segments], dtype=np.float64) / weights)


def distinguishing_features(outcome: Outcome, most: int) -> tuple[FeaturePreparation, ...]:
    """The features by which segments differ most, in the table's order: at most `most`, all where there are no more.

    >>> [feature.name for feature in distinguishing_features(seg.outcome, 2)]
    ['order_days', 'spend']
    """
    kept = set(rank_features(outcome)[:most])
    return tuple(feature for feature in outcome.preparation.features if feature.name in kept)


def rank_features(outcome: Outcome) -> list[str]:
    """Names of the features, the one by which segments differ most first.

    A feature tells segments apart by the customers' squared distance, in standard deviations, from those of other segments.

    >>> rank_features(seg.outcome)
    ['order_days', 'spend', 'recent_spend', 'days_since_last_order']
    """
    features = outcome.preparation.features
    apart = dict.fromkeys((feature.name for feature in features), 0.0)
    for segment in outcome.segments:
        for entry in segment.features:
            if entry.feature in apart and math.isfinite(entry.effect):
                apart[entry.feature] += segment.size * entry.effect**2
    return sorted(apart, key=lambda name: -apart[name])


def rank_pairs(
    values: Mapping[str, npt.ArrayLike],
    segment: npt.ArrayLike,
    preparation: Preparation,
    segments: Sequence[SegmentProfile],
) -> list[tuple[str, str]]:
    """Pairs of features, the one first in whose picture most customers stand among their own segment.

    A customer does where most of the 15 nearest others belong to the same segment. That is measured for the pairs in
    which customers are nearest to their own center most often, and these stand before all others.

    Args:
        values: Original units, by feature name, n each.
        segment: The customers' segments (identities), n.
        preparation: How the segments were drawn.
        segments: The segments.
    """
    features = preparation.features
    if len(features) < 2 or not segments:
        return []
    points = picture_coordinates(values, preparation)[:PAIRED]
    own = np.asarray(segment)[:PAIRED]
    middle = picture_centers(segments, features)
    identities = np.array([profile.segment for profile in segments])
    squared = [(points[:, j, None] - middle[None, :, j]) ** 2 for j in range(len(features))]
    scores = []
    for i, j in itertools.combinations(range(len(features)), 2):
        nearest = identities[np.argmin(squared[i] + squared[j], axis=1)]
        scores.append((-float(np.mean(nearest == own)) if len(own) else 0.0, i, j))
    scores.sort()
    first = [
        (-_among_own(points[:_NEIGHBOR_ROWS, [i, j]], own[:_NEIGHBOR_ROWS]), i, j)
        for _, i, j in scores[:_PAIRS_LOOKED_AT]
    ]
    return [(features[i].name, features[j].name) for _, i, j in (*sorted(first), *scores[_PAIRS_LOOKED_AT:])]


def _among_own(points: Floats, own: npt.NDArray[np.generic]) -> float:
    """Share of the points (n, 2) most of whose nearest neighbors are of their own segment."""
    near = min(_NEIGHBORS, len(points) - 1)
    if near < 1:
        return 0.0
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    # Customers at the same place count alike: all who are no further away than the n-th are neighbors.
    reach = np.partition(apart, near - 1, axis=1)[:, near - 1 : near]
    neighbor = apart <= reach
    alike = (neighbor & (own[:, None] == own[None])).sum(axis=1)
    return float(np.mean(2 * alike > neighbor.sum(axis=1)))


def shares_values(values: npt.ArrayLike) -> bool:
    """Whether a few values, at least two, are shared by many customers: brackets, counts.

    >>> shares_values([0, 1, 1, 2, 2, 2, 0, 1]), shares_values([1.25, 2.5, 3.75, 4.1])
    (True, False)
    """
    x = np.asarray(values, dtype=np.float64)
    known = x[np.isfinite(x)]
    return 2 <= len(np.unique(known)) <= min(_FEW_LEVELS, len(known) / 2)


def spread_ties(values: npt.ArrayLike, axis: int) -> Floats:
    """Values for a picture: where a few values are shared by many customers, spread over the room between them.

    Brackets and counts would otherwise lie on top of each other. Values that nearly everybody has alone stay as they
    are. The same customers are spread alike each time.

    Args:
        values: n, original units; missing ones stay missing.
        axis: 0 or 1: two axes of one picture are spread independently of each other.

    >>> spread_ties([1, 1, 2, 2], 0).round(2).tolist()
    [1.2, 1.01, 1.81, 1.62]
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    if not shares_values(x):
        return x
    levels, level = np.unique(x[known], return_inverse=True)
    gaps = np.diff(levels)
    below, above = np.concatenate([gaps[:1], gaps]) / 2, np.concatenate([gaps, gaps[-1:]]) / 2
    # A sequence that fills the plane evenly, whichever points are left out (Roberts 2018).
    place = 2 * ((np.flatnonzero(known) + 1) * _EVENLY[axis] % 1.0) - 1
    spread = x.copy()
    spread[known] = levels[level] + 0.8 * place * np.where(place < 0, below[level], above[level])
    return spread


def axis_frame(values: npt.ArrayLike, outlier: npt.ArrayLike, power: float | None = None) -> tuple[float, float]:
    """The stretch of an axis that shows the customers who are no outliers, with a little air (original units).

    An outlier is let in where it widens the axis by no more than a quarter to its side.

    >>> axis_frame(np.arange(100.0), np.zeros(100, bool))
    (-2.9699999999999998, 101.97)
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    inside = x[known & ~np.asarray(outlier, dtype=bool)]
    x = x[known]
    if not len(x):
        return 0.0, 1.0
    inside = inside if len(inside) else x
    low, high = yeo_johnson([inside.min(), inside.max()], power)
    places, quarter = yeo_johnson(x, power), 0.25 * (high - low)
    near = places[(places >= low - quarter) & (places <= high + quarter)]
    low, high = near.min(), near.max()
    if high <= low:
        low, high = low - 0.5, high + 0.5
    air = 0.03 * (high - low)
    bottom, top = inverse_yeo_johnson([low, high], power)
    # Where the axis is bent hard, a little air reaches far beyond what anybody has.
    furthest = 0.5 * (top - bottom)
    return float(max(inverse_yeo_johnson(low - air, power), bottom - furthest)), float(
        min(inverse_yeo_johnson(high + air, power), top + furthest)
    )


def _is_power_of_ten(value: float) -> bool:
    return value != 0 and abs(math.log10(abs(value)) % 1) < 1e-9
