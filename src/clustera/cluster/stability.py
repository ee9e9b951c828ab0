"""Would the same segments be found again? Bootstrap samples, segment by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import sample_rows, sampled_columns
from clustera.cluster.search import best_few, greedy_starts, label_all, lloyd_from_starts, next_starts
from clustera.cluster.solution import Solution
from clustera.samples import PAIRED

RESTARTS = 10  # one restart alone finds worse optima and would be blamed on the segments


def bootstrap_jaccard(
    points: NDArray[Any],
    solutions: Mapping[int, Solution],
    *,
    replicates: int = 50,
    rows: int = 10_000,
    seed: int = 0,
) -> dict[int, NDArray[np.float64]]:
    """How well each segment is found again in bootstrap samples.

    Args:
        points: (n_points, n_features), finite.
        solutions: For each k the segments that are judged.
        replicates: Bootstrap samples.
        rows: Points taken part at most; the cost does not depend on how many more there are.
        seed: Of the samples.

    Returns:
        For each k (k,): the mean over the replicates of the largest Jaccard overlap of the segment with a segment
        of the replicate, measured on the rows drawn for the replicate.

    Source: Hennig (2007), Cluster-wise assessment of cluster stability.
    """
    some = np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
    grid = Grid.over(some, n=len(some))
    X = grid.place(sampled_columns(some))
    ks = sorted(solutions)
    named = label_all(Columns.of(X), {k: grid.onto(solutions[k].centers) for k in ks})
    reference = np.stack([named[k] for k in ks])
    random = np.random.default_rng(seed)
    overlap = np.zeros((len(ks), max(ks)))
    for replicate in range(replicates):
        weights = np.bincount(random.integers(0, len(some), len(some)), minlength=len(some))
        drawn = np.flatnonzero(weights)
        sample = Columns.of(X[:, drawn], weights[drawn])
        centers = _fit_replicate(sample, ks, seed=seed + replicate)
        again = label_all(sample, centers)
        overlap += _best_overlap(reference[:, drawn], np.stack([again[k] for k in ks]), max(ks))
    return {k: overlap[i, :k] / replicates for i, k in enumerate(ks)}


def _fit_replicate(rows: Columns, ks: Sequence[int], *, seed: int) -> dict[int, NDArray[np.float64]]:
    """Best of several starts for each k; the starts are tried on some rows only."""
    few = rows if rows.n <= PAIRED else Columns.of(rows.X[:, :PAIRED], rows.w[:PAIRED])
    starts = greedy_starts(few, ks, restarts=RESTARTS, seed=seed)
    if few is not rows:
        starts = next_starts(best_few(lloyd_from_starts(few, starts, tolerance=1e-4), most=2, within=1.02))
    found = lloyd_from_starts(rows, starts, tolerance=1e-4, most=1)
    return {k: some[0].centers for k, some in found.items()}


def crossed_labels(a: NDArray[np.uint8], b: NDArray[np.uint8], k: int) -> NDArray[np.int64]:
    """How many rows carry label i in `a` and label j in `b`, for each pair of labellings: int64 (pairs, k, k).

    Args:
        a: (pairs, n_rows), labels below k; and so is b.
        b: As a.
        k: Labels that there may be.
    """
    first = k * k * np.arange(len(a))[:, None]
    return np.bincount((first + a.astype(np.int64) * k + b).ravel(), minlength=len(a) * k * k).reshape(-1, k, k)


def _best_overlap(reference: NDArray[np.uint8], again: NDArray[np.uint8], k: int) -> NDArray[np.float64]:
    """For each reference segment its largest Jaccard overlap with any other labelling's segment, (labellings, k).

    Args:
        reference: (labellings, n_rows), labels below k.
        again: The other labellings, one for each.
        k: Labels that there may be.
    """
    both = crossed_labels(reference, again, k)
    either = both.sum(axis=2)[:, :, None] + both.sum(axis=1)[:, None, :] - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=2))
