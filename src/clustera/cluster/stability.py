"""Would the same segments be found again? Bootstrap samples, segment by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import columns, sample_rows
from clustera.cluster.search import best_few, fit, label_all, plus_plus, starts_of
from clustera.cluster.solution import Solution

RESTARTS = 10  # one restart alone finds worse optima and would be blamed on the segments
SEARCH = 2_500  # rows on which the restarts of a replicate run


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
    grid = Grid.over(some, largest=float(np.abs(some).max(initial=0)), n=len(some))
    X = grid.place(columns(some))
    ks = sorted(solutions)
    reference = label_all(Columns.of(X), {k: grid.onto(solutions[k].centres) for k in ks})
    random = np.random.default_rng(seed)
    overlap = {k: np.zeros(k) for k in ks}
    for replicate in range(replicates):
        weights = np.bincount(random.integers(0, len(some), len(some)), minlength=len(some))
        drawn = np.flatnonzero(weights)
        sample = Columns.of(X[:, drawn], weights[drawn])
        centres = _fit(sample, ks, seed=seed + replicate)
        again = label_all(sample, centres)
        for k in ks:
            overlap[k] += _best_overlap(reference[k][drawn], again[k], k)
    return {k: total / replicates for k, total in overlap.items()}


def _fit(rows: Columns, ks: Sequence[int], *, seed: int) -> dict[int, NDArray[np.float64]]:
    """Best of several starts for each k; the starts are tried on some rows only."""
    few = rows
    if rows.n > SEARCH:
        few = Columns.of(rows.X[:, :SEARCH], rows.w[:SEARCH])
    found = fit(few, plus_plus(few, ks, restarts=RESTARTS, seed=seed), tolerance=1e-4)
    if few is not rows:
        found = fit(rows, starts_of(best_few(found, most=2, within=1.02)), tolerance=1e-4)
    return {k: some[0].centres for k, some in found.items()}


def _crossed(a: NDArray[Any], b: NDArray[Any], k: int) -> NDArray[np.int64]:
    """How many rows carry label i in `a` and label j in `b`: int64 (k, k)."""
    return np.bincount(a.astype(np.int64) * k + b, minlength=k * k).reshape(k, k)


def _best_overlap(reference: NDArray[np.uint8], again: NDArray[np.uint8], k: int) -> NDArray[np.float64]:
    """For each reference segment its largest Jaccard overlap with any other labelling's segment."""
    both = _crossed(reference, again, k)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))
