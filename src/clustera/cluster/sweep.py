"""K-Means for every k of a sweep at once: sample, solve, polish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.blocks import Points, shape
from clustera.cluster.exchange import Effort, exchange
from clustera.cluster.finish import lloyd, settle
from clustera.cluster.layout import Columns
from clustera.cluster.search import (
    Candidates,
    Halvings,
    Sets,
    Starts,
    best_few,
    best_of_each,
    descend,
    fit,
    plus_plus,
    starts_of,
)
from clustera.cluster.solution import Solution
from clustera.cluster.survey import sample_of
from clustera.cluster.table import DIRECT, Table, tabulate
from clustera.cluster.threads import allowed, in_order
from clustera.errors import InputError

# rows; how many candidates come, how good at least; what is tried by exchange
STAGES = (
    (4_000, 0, 0.0, Effort(4)),
    (20_000, 6, 1.03, Effort(4, additions=3, moves=2)),
    (100_000, 4, 1.01, Effort(2, additions=3, moves=2)),
)
# Few rows have many poor optima, and trying costs little: up to so many rows there are more restarts and exchanges, and
# at the end, up to `FEW` throughout, rows change their segment one by one.
TINY, FEW = 2_000, 300
THOROUGH = Effort(8, additions=3, moves=2)
FINISH = 20  # iterations in float64 at most, on few rows
POLISH = 12  # passes over all rows at most, after the samples have done the search
HALVINGS = ((2, 12), (5, 6), (12, 3))  # after so many iterations only so many of the best of each k go on
RETRIES = ((1, 4), (3, 1))
PICKED = 2  # starts of each k that a few iterations on fewer rows leave
LARGEST_K = 250

Progress = Callable[[str, float], None]


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
    ks = sorted({int(k) for k in ks})
    workers = allowed(threads)
    tell = progress or (lambda _, __: None)
    tell("survey", 0.0)
    _check(ks, shape(points)[0] if weights is None else int(np.count_nonzero(weights)))
    table, look = tabulate(points, weights, seed=seed, threads=workers)
    if look is None:
        sample = sample_of(table.placed[0])
        found = _search(sample.first, sample.n, ks, restarts=restarts, seed=seed, threads=workers)
        tell("inertia", 0.9)
        solutions = {}
        for k, some in found.items():
            start = table.grid.back(some[0].centres)
            solutions[k] = lloyd(table.in_hand, start, weights=table.weights, max_iter=FINISH)
    else:
        sample = table.take(look, STAGES[-1][0], workers)
        tell("search", 0.2)
        found = _search(sample.first, sample.n, ks, restarts=restarts, seed=seed, threads=workers)
        tell("polish", 0.5)
        polished = _polish(table, found, workers, lambda share: tell("polish", 0.5 + 0.4 * share))
        tell("inertia", 0.9)
        solutions = settle(table, polished, workers)
    tell("done", 1.0)
    return solutions


def _check(ks: Sequence[int], n: int) -> None:
    """Refuse a k that no fit can have."""
    if not ks or ks[0] < 1:
        raise InputError(f"k is {ks[0] if ks else 'missing'}; it must be at least 1.")
    if ks[-1] > n:
        raise InputError(f"k is {ks[-1]}, but there are only {n} points; ask for k <= {n}.")
    if ks[-1] > LARGEST_K:
        raise InputError(f"k is {ks[-1]}; a sweep goes up to k = {LARGEST_K}.")


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
    # Neighbouring ks help each other out of poor optima; a k that was asked for alone gets some.
    alone = [k for k in ks if k - 1 not in ks and k + 1 not in ks]
    along = sorted({*ks, *(near for k in alone for near in (k - 1, k + 1) if 1 <= near <= n)})
    rows = None
    for size, most, within, effort in STAGES:
        fewer, rows = rows, sample(size)
        last = size >= n
        tolerance = 0.0 if last and n <= DIRECT else 1e-5 if found else 1e-4
        solve = partial(_solve, rows, single=n <= TINY, threads=threads if rows.n > TINY else 1)
        starts = starts_of(best_few(found, most=most, within=within))
        starts = starts or plus_plus(rows, along, restarts=restarts, seed=seed)
        found = solve(starts, tolerance=tolerance, halvings=HALVINGS)
        retry = partial(_retry, fewer, threads, partial(solve, tolerance=tolerance and 1e-4, halvings=RETRIES))
        found = exchange(rows, found, retry, effort=THOROUGH if n <= TINY else effort, seed=seed + size)
        if last:
            break
    return best_few({k: found[k] for k in ks}, most=2, within=1.002)


def _solve(
    rows: Columns, starts: Starts, *, single: bool, threads: int, tolerance: float, halvings: Halvings
) -> Candidates:
    """Lloyd's iterations from every start; `single` lets the best of them, or few rows at once, go on row by row."""
    if single and rows.n <= FEW:
        return descend(rows, starts)
    found = _fit_in_threads(rows, starts, threads, tolerance, halvings)
    if not single:
        return found
    _, survivors = halvings[-1]
    return descend(rows, starts_of({k: some[:survivors] for k, some in found.items()}))


def _retry(fewer: Columns | None, threads: int, solve: Callable[[Starts], Candidates], starts: Starts) -> Candidates:
    """`solve`, for which a few iterations on fewer rows pick the best starts of each k."""
    if fewer is None:
        return solve(starts)
    picked = _fit_in_threads(fewer, starts, threads, 0.0, RETRIES, max_iter=RETRIES[-1][0] + 1)
    return solve(starts_of({k: some[:PICKED] for k, some in picked.items()}))


def _fit_in_threads(
    rows: Columns, starts: Starts, threads: int, tolerance: float, halvings: Halvings, *, max_iter: int = 300
) -> Candidates:
    """`fit`, with the ks dealt out among threads."""
    ks = sorted(starts, reverse=True)
    hands = [{k: starts[k] for k in ks[hand::threads]} for hand in range(min(threads, len(ks)))]

    def work(hand: Starts) -> Candidates:
        return fit(rows, hand, tolerance=tolerance, max_iter=max_iter, halvings=halvings)

    answers = in_order(work, hands, threads=threads)
    found = {k: some for answer in answers for k, some in answer.items()}
    return {k: found[k] for k in starts}


def _polish(table: Table, candidates: Candidates, threads: int, tell: Callable[[float], None]) -> dict[int, Solution]:
    """Lloyd's iterations on all rows, for all candidates in common passes.

    A set stops when a pass lowers its inertia by less than one part in 100,000; from the third pass on only the best
    of each k goes on.
    """
    from clustera.cluster.kernels.lloyd import UNASSIGNED, scan

    sets = Sets(starts_of(candidates))
    kept = [np.full((len(sets.ks), part.X.shape[1]), UNASSIGNED, np.uint8) for part in table.placed]
    inertia, passes = np.full(len(sets.ks), np.inf), np.zeros(len(sets.ks), np.int64)

    def work(numbered: tuple[int, Any]) -> NDArray[np.float64]:
        number, part = numbered
        rows = part if table.in_memory else table.place(part)
        blank = (len(sets.ks), rows.X.shape[1])
        labels = kept[number] if table.in_memory else np.full(blank, UNASSIGNED, np.uint8)
        sums = np.zeros_like(sets.sums)
        scan(rows.X, rows.w, sets.centres, sets.offsets, sets.live, labels, sums)
        return sums

    for turn in range(POLISH):
        if not table.in_memory:
            for j in sets.live:
                sets.sums[sets.rows(j)] = 0
        for sums in in_order(work, table.rows(), threads=threads):
            sets.sums += sums
        passes[sets.live] += 1
        before, inertia = inertia, table.square - sets.explained()
        sets.move()
        going = before - inertia > 1e-5 * inertia
        sets.live = sets.live[going[sets.live]]
        if turn == 1:
            sets.live = np.intersect1d(sets.live, best_of_each(sets.ks, inertia, 1))
        tell((turn + 1) / POLISH)
        if not sets.live.size:
            break
    best = {int(sets.ks[j]): j for j in best_of_each(sets.ks, inertia, 1)}
    return {k: Solution(k, sets.centres[sets.rows(j)], float(inertia[j]), int(passes[j])) for k, j in best.items()}


def __getattr__(name: str) -> object:
    """`KMeansSweep`, loaded when asked for: it needs scikit-learn, and a sweep does not."""
    if name == "KMeansSweep":
        from clustera.cluster.estimator import KMeansSweep

        return KMeansSweep
    raise AttributeError(name)
