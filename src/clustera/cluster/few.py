"""The same answers as the compiled kernels, bit for bit, for so few rows that a first call would wait for a compiler."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FEW = 1_000  # rows up to which NumPy does it


def two_nearest(
    X: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """As `kernels.distances.two_nearest`: label, squared distance, second label, its squared distance.

    Args:
        X: (n_features, n_rows).
        centres: (k, n_features).
    """
    n = X.shape[1]
    label, second = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    near, near2 = np.full(n, np.inf), np.full(n, np.inf)
    for c, centre in enumerate(centres):
        squared = np.zeros(n)
        for x, middle in zip(X, centre, strict=True):
            squared += np.square(x - middle)
        closer = squared < near
        loser, lost = np.where(closer, near, squared), np.where(closer, label, np.int32(c))
        near, label = np.where(closer, squared, near), np.where(closer, np.int32(c), label)
        between = loser < near2
        near2, second = np.where(between, loser, near2), np.where(between, lost, second)
    return label, near, second, near2


def distance_sums(
    A: NDArray[np.float32],
    X: NDArray[np.float32],
    starts: NDArray[np.int64],
    owner: NDArray[np.int64],
    sums: NDArray[np.float64],
) -> None:
    """As `kernels.distances.distance_sums`: `sums` (segments, n_anchors) is added to."""
    squared = np.zeros((X.shape[1], A.shape[1]), np.float32)
    for a, x in zip(A, X, strict=True):
        squared += np.square(a[None] - x[:, None])
    apart = np.sqrt(squared)
    for g, (start, end) in enumerate(pairwise(starts)):
        whole = np.zeros(A.shape[1])
        for s in range(start, end, 64):
            part = np.zeros(A.shape[1], np.float32)
            for row in apart[s : min(s + 64, end)]:
                part += row
            whole += part
        for row in owner[:, g]:
            sums[row] += whole
