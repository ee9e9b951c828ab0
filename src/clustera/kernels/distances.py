"""Distances in full: to the nearest centers in float64, and sums of Euclidean distances for the silhouette."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

LANES = 16  # anchors that `distance_sums` takes at a time
_f4, _f8, _i4, _i8 = np.float32, np.float64, np.int32, np.int64
TWO_NEAREST = Kernel("two_nearest", int, int, _f8, int, _f8, _i4, _f8, _i4, _f8)
NEAREST = Kernel("nearest", int, int, _f8, int, _f8, _f8)
DISTANCE_SUMS = Kernel("distance_sums", int, int, _f4, int, _f4, int, _i8, int, _i8, _f8)


def two_nearest(
    X: NDArray[np.float64],
    C: NDArray[np.float64],
    label: NDArray[np.int32],
    distance: NDArray[np.float64],
    second: NDArray[np.int32],
    distance2: NDArray[np.float64],
) -> None:
    """The nearest and the second nearest of k centers for every row, by direct differences.

    Args:
        X: (n_features, n_rows).
        C: (k, n_features).
        label, second: (n_rows,), receive the centers; the lower index on a tie; `second` is -1 when k is 1.
        distance, distance2: (n_rows,), receive the squared distances, inf without a second.

    Cost: O(n_rows k n_features).
    """
    TWO_NEAREST(*X.shape, X, len(C), C, label, distance, second, distance2)


def nearest_centers(X: NDArray[np.float64], C: NDArray[np.float64]) -> NDArray[np.float64]:
    """The squared distance of every row to the nearest of k centers: `two_nearest` has the same to the last bit.

    Args:
        X: (n_features, n_rows).
        C: (k, n_features).

    Cost: O(n_rows k n_features), half of what the second nearest and their names would cost.
    """
    squared = np.empty(X.shape[1])
    NEAREST(*X.shape, X, len(C), C, squared)
    return squared


def distance_sums(
    A: NDArray[np.float32],
    X: NDArray[np.float32],
    starts: NDArray[np.int64],
    owner: NDArray[np.int64],
    sums: NDArray[np.float64],
) -> None:
    """Sum of the Euclidean distances from every anchor to the rows of every segment of every clustering.

    Rows of X are ordered so that those that share their segment in all clusterings stand together: each distance is
    computed once and each such group is added once per clustering.

    Args:
        A: (n_features, n_anchors), anchors a multiple of 16.
        X: (n_features, n_rows).
        starts: (groups + 1,), where each group begins in X.
        owner: (clusterings, groups), the row of `sums` a group belongs to.
        sums: (segments, n_anchors), added to.

    Cost: O(n_anchors (n_rows n_features + groups clusterings)).
    """
    DISTANCE_SUMS(*A.shape, A, X.shape[1], X, owner.shape[1], starts, owner.shape[0], owner, sums)
