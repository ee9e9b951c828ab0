"""K-Means for every k of a sweep at once: sample, solve, polish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.blocks import Points, block_shape
from clustera.cluster.finish import lloyd_in_float64, settle_centers
from clustera.cluster.polish import Polish
from clustera.cluster.sampling import random_states
from clustera.cluster.search import FittedCenters, best_few
from clustera.cluster.solution import Solution
from clustera.cluster.stages import REACH, STAGES, Found, Search
from clustera.cluster.survey import sample_of_rows
from clustera.cluster.table import FitTable, tabulate_matrix
from clustera.cluster.threads import allowed_threads
from clustera.errors import InputError
from clustera.progress import Progress

FINISH = 20  # iterations in float64 at most, on few rows
LARGEST_K = 250
SEARCHES = 6  # for a k that was asked for alone, where rows are few
CHEAP = 500_000  # rows times features times centers that such searches come to, together
SAME = 1e-6  # two searches that agree so closely have found the same


@dataclass(slots=True, eq=False)
class SweepDrafts:
    """Every k solved on a sample and shown all rows once: enough to choose k by.

    Attributes:
        solutions: For each k its centers and their inertia on all rows.
    """

    solutions: Mapping[int, Solution]
    _ahead: _Ahead | None = field(default=None, repr=False)

    @property
    def final(self) -> bool:
        """Whether the solutions are what `solve_sweep` finds, as they are up to 20,000 different rows."""
        return self._ahead is None

    def finish(self, ks: Iterable[int]) -> dict[int, Solution]:
        """The solutions of some ks as `solve_sweep` has them, to the last bit."""
        if self._ahead is None:
            return {k: self.solutions[k] for k in ks}
        ahead = self._ahead
        polish = Polish(ahead.table, ahead.search.ended(ahead.seen, ks), ahead.search.threads)
        return settle_centers(ahead.table, polish.finish(), polish.threads)


def solve_sweep(
    points: Points,
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None = None,
    seed: int = 0,
    restarts: int = 10,
    searches: int = SEARCHES,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[int, Solution]:
    """The best centers for every k.

    The answer depends on the rows, the weights and the seed alone: not on the order of the rows, the number of
    threads, nor on how the rows are cut into blocks.

    Args:
        points: float32 or float64 (n_points, n_features), finite; or `Blocks` of such rows, for more than memory holds.
        ks: Numbers of segments.
        weights: Of the points, (n_points,), at least 0; all 1 by default. Only with points in memory.
        seed: Of the starts and samples.
        restarts: k-means++ starts per k.
        searches: Where rows are few, a k without neighbors among `ks` is searched for at most so often, until two
            searches agree.
        threads: Not more than this many; by default one per processor.
        progress: Called with what is being done and the share that is done.

    Returns:
        For each k its centers and their inertia on `points`, in float64.

    Raises:
        InputError: a k is less than 1, more than 250 or more than the number of points.

    Source: Lloyd (1982), Least squares quantization in PCM; Bachem, Lucic & Krause (2018), Scalable k-means clustering
        via lightweight coresets.
    """
    tell = progress or (lambda _, __: None)
    found = _begin(
        points, ks, weights=weights, seed=seed, restarts=restarts, searches=searches, threads=threads, tell=tell
    )
    if isinstance(found, _Ahead):
        candidates = found.search.ended(found.seen, found.search.ks)
        tell("polish", 0.5)
        polish = Polish(found.table, candidates, found.search.threads)
        polished = polish.finish(lambda share: tell("polish", 0.5 + 0.4 * share))
        tell("inertia", 0.9)
        found = settle_centers(found.table, polished, polish.threads)
    tell("done", 1.0)
    return found


def draft_sweep(
    points: Points,
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> SweepDrafts:
    """`solve_sweep` as far as a choice of k needs it; the chosen one is then finished.

    Args:
        points: As for `solve_sweep`.
        ks: Numbers of segments.
        weights: As for `solve_sweep`.
        seed: Of the starts and samples.
        threads: Not more than this many; by default one per processor.

    Raises:
        InputError: as `solve_sweep`.
    """
    found = _begin(
        points, ks, weights=weights, seed=seed, restarts=10, searches=SEARCHES, threads=threads, tell=lambda _, __: None
    )
    if not isinstance(found, _Ahead):
        return SweepDrafts(found)
    best = best_few({k: found.seen.candidates[k] for k in found.search.ks}, most=1, within=1.0)
    shown = Polish(found.table, best, found.search.threads).finish(passes=1)
    grid = found.table.grid
    unit = grid.step**2 * found.table.unit
    some = {k: Solution(k, grid.back(s.centers), s.inertia * unit, s.iterations) for k, s in shown.items()}
    return SweepDrafts(some, found)


def solve_among(points: Points, ks: Sequence[int], k: int, *, seed: int = 0, threads: int | None = None) -> Solution:
    """What `solve_sweep` of all ks makes of one of them, to the last bit, without those too far below it to matter.

    Starts are drawn for the largest k, and places are looked for from it: those above stay.
    """
    near = [one for one in ks if one >= k - REACH]
    return draft_sweep(points, near, seed=seed, threads=threads).finish({k})[k]


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """A sweep whose last sample and all rows lie ahead."""

    table: FitTable
    search: Search
    seen: Found


def _begin(
    points: Points,
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None,
    seed: int,
    restarts: int,
    searches: int,
    threads: int | None,
    tell: Progress,
) -> dict[int, Solution] | _Ahead:
    """The solutions where rows are few; otherwise what the smaller samples show."""
    ks = sorted({int(k) for k in ks})
    workers = allowed_threads(threads)
    tell("survey", 0.0)
    _refuse_impossible_k(ks, block_shape(points)[0] if weights is None else int(np.count_nonzero(weights)))
    table, look = tabulate_matrix(points, weights, seed=seed, threads=workers)
    if look is None:
        search = Search(sample_of_rows(table.placed[0]), ks, restarts, seed, workers)
        found = search.ended(search.begun(), ks)
        for k in ks:
            if k - 1 not in ks and k + 1 not in ks:
                found[k] = _search_again(search, k, found[k], searches)
        tell("inertia", 0.9)
        return {k: _finished(table, table.grid.back(some[0].centers)) for k, some in found.items()}
    sample = table.take(look, STAGES[-1].rows, workers)
    tell("search", 0.2)
    search = Search(sample, ks, restarts, seed, workers)
    return _Ahead(table, search, search.begun())


def _search_again(search: Search, k: int, found: list[FittedCenters], searches: int) -> list[FittedCenters]:
    """What was found for one k, or better, by whole searches from other seeds; until two agree, or they would take long.

    Of many poor optima, as values of few digits have them, each search finds another.
    """
    cost = search.sample.X.size * 3 * k
    for seed in random_states(search.seed, min(searches, CHEAP // cost))[1:]:
        other = replace(search, ks=[k], seed=int(seed % 2**31))
        again = other.ended(other.begun(), [k])[k]
        agree = abs(again[0].inertia - found[0].inertia) <= SAME * found[0].inertia
        found = min(found, again, key=lambda some: some[0].inertia)
        if agree:
            break
    return found


def _finished(table: FitTable, start: NDArray[np.float64]) -> Solution:
    """Lloyd's iterations in float64 around the origin, where values far from 0 lose no digits."""
    origin = table.grid.origin
    found = lloyd_in_float64(table.in_hand - origin, start - origin, weights=table.weights, max_iter=FINISH)
    return replace(found, centers=found.centers + origin, inertia=found.inertia * table.unit)


def _refuse_impossible_k(ks: Sequence[int], n: int) -> None:
    """Refuse a k that no fit can have."""
    if not ks or ks[0] < 1:
        raise InputError(f"k is {ks[0] if ks else 'missing'}; it must be at least 1.")
    if ks[-1] > n:
        raise InputError(f"k is {ks[-1]}, but there are only {n} points; ask for k <= {n}.")
    if ks[-1] > LARGEST_K:
        raise InputError(f"k is {ks[-1]}; a sweep goes up to k = {LARGEST_K}.")
