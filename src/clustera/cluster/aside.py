"""Isolated rows of a matrix: left out while the number of segments is chosen and centers are fitted, assigned afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.sampling import weighted_sample
from clustera.cluster.steps import spread_steps
from clustera.isolation import FEWEST, is_isolated, learn_fence, learn_isolation

Scale = tuple[NDArray[np.float64], NDArray[np.float64]]


def isolated_rows(
    points: NDArray[Any], *, weights: NDArray[np.float64] | None = None, seed: int = 0
) -> NDArray[np.bool_]:
    """Which points are isolated, by the rule of `clustera.segment` (docs/methods/outliers.md): bool (n_points,).

    Args:
        points: (n_points, n_features), finite.
        weights: Of the points, (n_points,), at least 0: a point of weight 2 counts like two that are equal.
        seed: Of the sample that the rule is learned from.

    >>> crowd = np.random.default_rng(0).uniform(size=(300, 2))
    >>> np.flatnonzero(isolated_rows(np.vstack([crowd, [(40.0, 40.0)]])))
    array([300])
    """
    if len(points) < FEWEST:
        return np.zeros(len(points), np.bool_)
    drawn = weighted_sample(points, weights, seed)
    sample = np.asarray(points[drawn], np.float64)
    judged = spread_steps(sample, sample, seed=seed)
    scale = _scale(judged)
    keys = np.arange(len(drawn), dtype=np.uint64)
    # Two rounds: the far ones would else set the scale by which they are judged.
    for _ in range(2):
        z = _standardized(judged, scale)
        scale = _scale(judged[~is_isolated(z, keys, learn_fence(z, keys))])
    rule = learn_isolation(_standardized(judged, scale), keys)
    # A row of the sample finds itself among those that the rule was learned from.
    own = np.arange(len(drawn), len(drawn) + len(points), dtype=np.uint64)
    own[drawn[::-1]] = keys[::-1]
    return is_isolated(_standardized(np.asarray(points, np.float64), scale), own, rule)


def _scale(points: NDArray[np.float64]) -> Scale:
    spread = points.std(axis=0)
    return points.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _standardized(points: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    return (points - scale[0]) / scale[1]
