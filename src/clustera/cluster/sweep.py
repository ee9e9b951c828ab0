"""K-Means for every k of a sweep at once: sample, solve, polish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.borrowed import plain_products
from clustera.cluster.blocks import Points, shape
from clustera.cluster.exchange import Effort, exchange
from clustera.cluster.finish import lloyd, settle
from clustera.cluster.layout import Columns
from clustera.cluster.polish import Polish
from clustera.cluster.search import (
    Candidates,
    Halvings,
    Starts,
    best_few,
    descend,
    fit,
    plus_plus,
    starts_of,
)
from clustera.cluster.solution import Solution
from clustera.cluster.survey import sample_of
from clustera.cluster.table import DIRECT, tabulate
from clustera.cluster.threads import allowed
from clustera.errors import InputError

# rows; how good candidates must be to come; what is tried by exchange
STAGES = (
    (4_000, 0.0, Effort(4)),
    (20_000, 1.03, Effort(4, additions=3, moves=2)),
    (100_000, 1.01, Effort(2, additions=3, moves=2)),
)
# Up to so many rows there are many poor optima, and trying costs little: rows also change their segment one by one; up to
# `FEW` from every start.
TINY, FEW = 4_000, 600
ALONE = 2_000  # rows up to which one thread is enough
FINISH = 20  # iterations in float64 at most, on few rows


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of what was begun is carried on.

    Attributes:
        candidates: Of each k that come to a later stage at most.
        halvings: After so many iterations only so many of the best of each k go on; and the same for what is exchanged.
        picked: Starts of each k that a few iterations on fewer rows leave, of what is exchanged.
        last: What is tried by exchange where no more rows come.
    """

    candidates: int
    halvings: Halvings
    retries: Halvings
    picked: int
    last: Effort


# Many optima lie close together where all rows are few; on samples of many the difference drowns in the sampling.
PATIENT = Pace(12, ((2, 20), (5, 15)), ((1, 6),), 4, Effort(8, merges=3, additions=1, moves=1, aimed=2))
THOROUGH = Pace(10, ((2, 12), (5, 8), (12, 5)), ((1, 6), (3, 2)), 4, Effort(6, merges=2, additions=1, moves=1, aimed=2))
BRISK = Pace(6, ((2, 12), (5, 6), (12, 3)), ((1, 4), (3, 1)), 2, STAGES[-1][-1])
LARGEST_K = 250

Progress = Callable[[str, float], None]


@dataclass(slots=True, eq=False)
class Drafts:
    """Every k solved on samples and shown all rows once or twice: enough to choose k by.

    Attributes:
        solutions: For each k its centres, within a hair of where they will end, and their inertia on all rows. Up to
            20,000 different rows these are final.
    """

    solutions: Mapping[int, Solution]
    _polish: Polish | None = field(default=None, repr=False)

    def finish(self, ks: Iterable[int]) -> dict[int, Solution]:
        """The solutions of some ks as `solve_sweep` has them, to the last bit; each centre keeps its place."""
        if self._polish is None:
            return {k: self.solutions[k] for k in ks}
        polish = self._polish
        return settle(polish.table, polish.finish(ks), polish.threads)


def solve_sweep(
    points: Points,
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None = None,
    seed: int = 0,
    restarts: int = 10,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[int, Solution]:
    """The best centres for every k.

    The answer depends on the rows, the weights and the seed alone: not on the order of the rows, the number of
    threads, nor on how the rows are cut into blocks.

    Args:
        points: float32 or float64 (n_points, n_features), finite; or `Blocks` of such rows, for more than memory holds.
        ks: Numbers of segments.
        weights: Of the points, (n_points,), at least 0; all 1 by default. Only with points in memory.
        seed: Of the starts and samples.
        restarts: k-means++ starts per k.
        threads: Not more than this many; by default one per processor.
        progress: Called with what is being done and the share that is done.

    Returns:
        For each k its centres and their inertia on `points`, in float64.

    Raises:
        InputError: a k is less than 1, more than 250 or more than the number of points.

    Source: Lloyd (1982), Least squares quantization in PCM; Bachem, Lucic & Krause (2018), Scalable k-means clustering
        via lightweight coresets.
    """
    tell = progress or (lambda _, __: None)
    found = _begin(points, ks, weights=weights, seed=seed, restarts=restarts, threads=threads, tell=tell)
    if isinstance(found, Polish):
        polished = found.finish(found.ks, lambda share: tell("polish", 0.5 + 0.4 * share))
        tell("inertia", 0.9)
        found = settle(found.table, polished, found.threads)
    tell("done", 1.0)
    return found


def draft_sweep(points: Points, ks: Sequence[int], *, seed: int = 0, threads: int | None = None) -> Drafts:
    """`solve_sweep` as far as a choice of k needs it; the chosen one is then finished.

    Args:
        points: As for `solve_sweep`.
        ks: Numbers of segments.
        seed: Of the starts and samples.
        threads: Not more than this many; by default one per processor.

    Raises:
        InputError: as `solve_sweep`.
    """
    found = _begin(points, ks, weights=None, seed=seed, restarts=10, threads=threads, tell=lambda _, __: None)
    return Drafts(found.draft(), found) if isinstance(found, Polish) else Drafts(found)


def _begin(
    points: Points,
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None,
    seed: int,
    restarts: int,
    threads: int | None,
    tell: Progress,
) -> dict[int, Solution] | Polish:
    """The solutions where rows are few; otherwise what samples found, for all rows to polish."""
    ks = sorted({int(k) for k in ks})
    workers = allowed(threads)
    tell("survey", 0.0)
    _check(ks, shape(points)[0] if weights is None else int(np.count_nonzero(weights)))
    table, look = tabulate(points, weights, seed=seed, threads=workers)
    if look is None:
        sample = sample_of(table.placed[0])
        found = _search(sample.first, sample.n, ks, restarts=restarts, seed=seed, threads=workers)
        tell("inertia", 0.9)
        starts = {k: table.grid.back(some[0].centres) for k, some in found.items()}
        return {k: lloyd(table.in_hand, s, weights=table.weights, max_iter=FINISH) for k, s in starts.items()}
    sample = table.take(look, STAGES[-1][0], workers)
    tell("search", 0.2)
    found = _search(sample.first, sample.n, ks, restarts=restarts, seed=seed, threads=workers)
    tell("polish", 0.5)
    return Polish(table, found, workers)


def _check(ks: Sequence[int], n: int) -> None:
    """Refuse a k that no fit can have."""
    if not ks or ks[0] < 1:
        raise InputError(f"k is {ks[0] if ks else 'missing'}; it must be at least 1.")
    if ks[-1] > n:
        raise InputError(f"k is {ks[-1]}, but there are only {n} points; ask for k <= {n}.")
    if ks[-1] > LARGEST_K:
        raise InputError(f"k is {ks[-1]}; a sweep goes up to k = {LARGEST_K}.")


@plain_products
def _search(
    sample: Callable[[int], Columns], n: float, ks: Sequence[int], *, restarts: int, seed: int, threads: int
) -> Candidates:
    """Restarts on a few rows; the best few of each k go on to more rows, and are exchanged with their neighbours.

    Args:
        sample: Gives a sample of so many rows.
        n: Rows that there are to draw from.
        ks: Numbers of segments.
        restarts: Starts per k, before the exchange.
        seed: Of starts and exchange.
        threads: Not more than this many.
    """
    found: Candidates = {}
    restarts *= 2 if n <= FEW else 3
    pace = PATIENT if n <= TINY else THOROUGH if n <= DIRECT else BRISK
    # Neighbouring ks help each other out of poor optima; a k that was asked for alone gets some.
    alone = [k for k in ks if k - 1 not in ks and k + 1 not in ks]
    along = sorted({*ks, *(near for k in alone for near in (k - 1, k + 1) if 1 <= near <= n)})
    rows = None
    for size, within, effort in STAGES:
        fewer, rows = rows, sample(size)
        last = size >= n
        tolerance = 0.0 if last and n <= DIRECT else 1e-5 if found else 1e-4
        hands = threads if rows.n > ALONE else 1
        solve = partial(_solve, rows, single=n <= TINY, threads=hands, tolerance=tolerance)
        starts = starts_of(best_few(found, most=pace.candidates, within=within))
        starts = starts or plus_plus(rows, along, restarts=restarts, seed=seed, threads=hands)
        found = solve(starts, halvings=pace.halvings)
        solve = partial(solve, tolerance=tolerance and 1e-4, halvings=pace.retries)
        retry = partial(_retry, fewer, threads, solve, pace) if fewer else solve
        found = exchange(rows, found, retry, effort=pace.last if last else effort, seed=seed + size)
        if last:
            break
    return best_few({k: found[k] for k in ks}, most=2, within=1.002)


def _solve(
    rows: Columns, starts: Starts, *, single: bool, threads: int, tolerance: float, halvings: Halvings
) -> Candidates:
    """Lloyd's iterations from every start; `single` lets the best of them, or few rows at once, go on row by row."""
    if single and rows.n <= FEW:
        return descend(rows, starts)
    found = fit(rows, starts, tolerance=tolerance, halvings=halvings, threads=threads)
    if not single:
        return found
    _, survivors = halvings[-1]
    return descend(rows, starts_of({k: some[:survivors] for k, some in found.items()}))


def _retry(
    fewer: Columns, threads: int, solve: Callable[[Starts], Candidates], pace: Pace, starts: Starts
) -> Candidates:
    """`solve`, for which a few iterations on fewer rows pick the best starts of each k."""
    few = pace.retries[-1][0] + 1
    picked = fit(fewer, starts, max_iter=few, halvings=pace.retries, threads=threads)
    return solve(starts_of({k: some[: pace.picked] for k, some in picked.items()}))


def __getattr__(name: str) -> object:
    """`KMeansSweep`, loaded when asked for: it needs scikit-learn, and a sweep does not."""
    if name == "KMeansSweep":
        from clustera.cluster.estimator import KMeansSweep

        return KMeansSweep
    raise AttributeError(name)
