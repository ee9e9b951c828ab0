"""Which center is nearest to each point, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.distances import two_nearest

BATCH = 65_536
CLOSER = 2.0**-600  # times any number: squares of them, and sums of many, stay within float64


def assign(
    points: NDArray[Any], centers: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """The nearest and the second nearest center of every point.

    Args:
        points: float32 or float64 (n_points, n_features), finite.
        centers: float64 (k, n_features).

    Returns:
        label: int32 (n_points,), the nearest center, the lower index on a tie.
        distance: float64 (n_points,), Euclidean, to the nearest center.
        second: int32 (n_points,), the second nearest center, -1 when there is one center only.
        distance2: float64 (n_points,), to the second nearest center, inf when there is one center only.

    >>> label, distance, second, distance2 = assign(np.array([[0.0], [4.0]]), np.array([[0.0], [3.0]]))
    >>> label.tolist(), distance.tolist(), second.tolist(), distance2.tolist()
    ([0, 1], [0.0, 1.0], [1, 0], [3.0, 4.0])
    """
    centers = np.ascontiguousarray(centers, np.float64)
    label, distance, second, distance2 = _by_squares(points, centers)
    far = np.flatnonzero(np.isinf(distance))
    if far.size:  # their squares are beyond float64
        label[far], near, second[far], near2 = _by_squares(
            np.asarray(points[far], np.float64) * CLOSER, centers * CLOSER
        )
        with np.errstate(over="ignore"):
            distance[far], distance2[far] = near / CLOSER, near2 / CLOSER
    return label, distance, second, distance2


def _by_squares(
    points: NDArray[Any], centers: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """`assign`, where no squared distance is beyond float64; else -1 and inf."""
    n = len(points)
    label, second = np.empty(n, np.int32), np.empty(n, np.int32)
    distance, distance2 = np.empty(n), np.empty(n)
    for start in range(0, n, BATCH):
        rows = slice(start, min(start + BATCH, n))
        columns = np.ascontiguousarray(np.asarray(points[rows], np.float64).T)
        two_nearest(columns, centers, label[rows], distance[rows], second[rows], distance2[rows])
    return label, np.sqrt(distance), second, np.sqrt(distance2)


def center_distances(points: NDArray[Any], centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of every point to every center, float64 (n_points, k); the arguments are those of `assign`.

    By the differences themselves: norms and products of values far from 0 lose them.
    """
    from scipy.spatial.distance import cdist

    distance = np.asarray(cdist(points, centers), np.float64)
    far = np.flatnonzero(np.isinf(distance).any(axis=1))
    if far.size:  # their squares are beyond float64
        with np.errstate(over="ignore"):
            distance[far] = cdist(np.asarray(points[far], np.float64) * CLOSER, centers * CLOSER) / CLOSER
    return distance
