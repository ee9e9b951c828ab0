"""Indices of a clustering that need no truth: from centers, labels and distances already at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import sample_rows, sampled_columns
from clustera.cluster.search import greedy_starts, lloyd_from_starts


def calinski_harabasz(inertia: float, total: float, n: int, k: int) -> float:
    """Variance between segments over variance within, each by its degrees of freedom.

    Args:
        inertia: Sum of squared distances to the own center.
        total: Sum of squared distances to the mean of all.
        n: Points.
        k: Segments, at least 2.

    Source: Calinski & Harabasz (1974), A dendrite method for cluster analysis.
    """
    if k < 2 or n <= k:
        return float("nan")
    return float("inf") if inertia == 0 else (total - inertia) / (k - 1) / (inertia / (n - k))


def davies_bouldin(centers: NDArray[np.float64], label: NDArray[np.int32], distance: NDArray[np.float64]) -> float:
    """Mean over the segments of the worst ratio of spread to separation; 0 is best.

    Args:
        centers: (k, n_features), the means of the segments.
        label: (n_points,).
        distance: (n_points,), Euclidean, to the own center.

    Source: Davies & Bouldin (1979), A cluster separation measure.
    """
    from scipy.spatial.distance import cdist

    k = len(centers)
    if k < 2:
        return float("nan")
    spread = np.bincount(label, distance, minlength=k) / np.maximum(np.bincount(label, minlength=k), 1)
    apart = cdist(centers, centers)
    np.fill_diagonal(apart, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(apart > 0, (spread[:, None] + spread[None]) / apart, 0.0)
    return float(ratio.max(axis=1).mean())


def gap_statistic(
    points: NDArray[Any], ks: Sequence[int], *, references: int = 6, rows: int = 1_500, restarts: int = 5, seed: int = 0
) -> dict[int, float]:
    """How much lower log inertia is than on structureless rows in the same box.

    Args:
        points: (n_points, n_features), finite.
        ks: Numbers of segments.
        references: Sets of rows drawn evenly from the box around the points' principal axes.
        rows: Points that take part at most; the cost does not depend on how many more there are.
        restarts: Starts per k, the same for points and references.
        seed: Of rows, references and starts.

    Source: Tibshirani, Walther & Hastie (2001), Estimating the number of clusters in a data set via the gap statistic.
    """
    some = np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
    ks = [k for k in sorted(set(ks)) if k <= len(some)]
    random = np.random.default_rng(seed)
    middle = some.mean(axis=0)
    axes = np.linalg.svd(some - middle, full_matrices=False)[2]
    turned = (some - middle) @ axes.T
    boxes = [random.uniform(turned.min(axis=0), turned.max(axis=0), turned.shape) for _ in range(references)]
    own = _log_inertia(some, ks, restarts=restarts, seed=seed)
    even = [_log_inertia(box, ks, restarts=restarts, seed=seed) for box in boxes]
    return {k: float(np.mean([log[k] for log in even]) - own[k]) for k in ks}


def _log_inertia(points: NDArray[np.float64], ks: Sequence[int], *, restarts: int, seed: int) -> dict[int, float]:
    """Log of the least inertia found for each k."""
    grid = Grid.over(points, n=len(points))
    rows = Columns.of(grid.place(sampled_columns(points)))
    found = lloyd_from_starts(
        rows, greedy_starts(rows, ks, restarts=restarts, seed=seed), tolerance=1e-4, halvings=((5, 2),), most=1
    )
    tiny = np.finfo(np.float64).tiny
    return {k: float(np.log(max(some[0].inertia, tiny)) + 2 * np.log(grid.step)) for k, some in found.items()}
