"""Good centres for many k at once: k-means++ starts, Lloyd's iterations, and the best few of each k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.sampling import random_states

Starts = dict[int, list[NDArray[np.float64]]]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Centres that may turn out best: in steps of the grid, with their inertia on the rows they were fitted to."""

    inertia: float
    centres: NDArray[np.float64]


Candidates = dict[int, list[Candidate]]


def lloyd_many(rows: Columns, starts: Starts, *, tolerance: float, max_iter: int = 300) -> Candidates:
    """Lloyd's iterations from every start, all in one call of the kernel.

    Args:
        rows: What is fitted.
        starts: For each k, starting centres (k, features).
        tolerance: Stop when the squared steps of the centres sum to less than this share of the mean variance.
        max_iter: Iterations at most.

    Returns:
        For each k one candidate per start, best first.
    """
    from clustera.cluster.kernels.lloyd import lloyd

    jobs = [(k, start) for k, some in starts.items() for start in some]
    offsets = np.cumsum([0, *(k for k, _ in jobs)])
    centres = np.concatenate([start for _, start in jobs])
    inertia, iterations = np.empty(len(jobs)), np.empty(len(jobs), np.int64)
    lloyd(
        rows.X,
        rows.w,
        centres,
        offsets,
        tolerance * mean_variance(rows),
        max_iter,
        inertia,
        iterations,
    )
    found: Candidates = {k: [] for k in starts}
    for (k, _), value, first in zip(jobs, inertia, offsets, strict=False):
        found[k].append(Candidate(float(value), centres[first : first + k]))
    return {k: sorted(some, key=lambda candidate: candidate.inertia) for k, some in found.items()}


def mean_variance(rows: Columns) -> float:
    """Variance of the rows, mean over the features, in squared steps."""
    weight = float(rows.w.sum(dtype=np.float64))
    centre = rows.X @ rows.w.astype(np.float64) / weight
    return max(rows.square / weight - float(centre @ centre), 0.0) / len(rows.X)


def plus_plus(rows: Columns, ks: Sequence[int], *, restarts: int, seed: int) -> Starts:
    """Greedy k-means++ starts, `restarts` for each k; a draw for the largest k serves the smaller ones."""
    from clustera.cluster.kernels.lloyd import seed as seed_kernel

    largest = max(ks)
    rows_drawn = np.empty((restarts, largest), np.int64)
    seed_kernel(rows.X, rows.w, 2 + int(np.log(largest)), random_states(seed, restarts), rows_drawn)
    return {k: [rows.X[:, drawn[:k]].T.astype(np.float64) for drawn in rows_drawn] for k in ks}


def best_few(candidates: Candidates, *, most: int, within: float) -> Candidates:
    """The best and those within a factor of it, without doubles.

    Two candidates whose inertia agrees to one part in 10,000 are taken for the same.
    """
    kept: Candidates = {}
    for k, some in candidates.items():
        few = [some[0]]
        for candidate in some[1:]:
            if len(few) == most or candidate.inertia > some[0].inertia * within:
                break
            if candidate.inertia > few[-1].inertia * 1.0001:
                few.append(candidate)
        kept[k] = few
    return kept


def starts_of(candidates: Candidates) -> Starts:
    """The candidates' centres as starts of the next stage."""
    return {k: [candidate.centres for candidate in some] for k, some in candidates.items()}
