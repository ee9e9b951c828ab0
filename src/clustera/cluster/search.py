"""Lloyd's iterations for many sets of centers at once: every pass over the rows serves all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.sampling import random_states
from clustera.cluster.threads import WorkerPool
from clustera.kernels.lloyd import UNASSIGNED, lloyd_iteration, sums_width
from clustera.kernels.moves import single_moves
from clustera.kernels.seeding import greedy_seeds as kernels_seed

Starts = dict[int, list[NDArray[np.float64]]]
Halvings = Sequence[tuple[int, int]]

PASSES = 100  # over few rows at most, row by row; about ten are usual
ENOUGH = 250_000  # rows times centers that are worth another thread
BREATH = 3_000_000_000  # rows times centers times features that are looked at in a quarter of a second


@dataclass(frozen=True, slots=True, eq=False)
class FittedCenters:
    """Centers that may turn out best, in steps of the grid, with their inertia on the rows they were fitted to."""

    inertia: float
    centers: NDArray[np.float64]
    weights: NDArray[np.float64]  # of the rows of each center


Candidates = dict[int, list[FittedCenters]]


class Sets:
    """Sets of centers that are moved together, each until it has converged.

    Attributes:
        ks: Of each set.
        offsets: int64 (sets + 1,), where each set begins in `centers` and `sums`.
        centers: float64 (total, features), in steps.
        sums: float64 (total, features, zeros to whole fours, 1), weighted sums of the rows and, last, their weights.
        live: The sets that still move.
    """

    def __init__(self, starts: Starts) -> None:
        self.ks = np.repeat(list(starts), [len(some) for some in starts.values()])
        self.offsets = np.concatenate([[0], np.cumsum(self.ks)])
        self.centers = np.concatenate(list(chain.from_iterable(starts.values())), dtype=np.float64)
        total, n_features = self.centers.shape
        self.sums = np.zeros((total, sums_width(n_features)))
        self.live = np.arange(len(self.ks))
        # As the scan takes them; whoever moves a center brings them up to date.
        self._minus = -self.centers.astype(np.float32)
        self._half = (np.square(self._minus, dtype=np.float64).sum(axis=1) / 2).astype(np.float32)

    def rows(self, j: int | np.integer[Any]) -> slice:
        """Where set j stands in `centers` and `sums`."""
        return slice(int(self.offsets[j]), int(self.offsets[j + 1]))

    @property
    def totals(self) -> NDArray[np.float64]:
        """Weighted sums of the rows of every center, without the padding of `sums`: a view (total, features)."""
        return self.sums[:, : self.centers.shape[1]]

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of the rows of every center: a view (total,)."""
        return self.sums[:, -1]

    def explained(self) -> NDArray[np.float64]:
        """Part of the sum of squared norms that each set's means account for: float64 (sets,)."""
        squares = np.square(self.totals).sum(axis=1) / np.where(self.weights > 0, self.weights, 1.0)
        return np.add.reduceat(np.where(self.weights > 0, squares, 0.0), self.offsets[:-1])

    def hand_over(self, row: NDArray[np.float32], weight: float, *, giver: int, taker: int) -> None:
        """Take one row (features,) from the sums of a center and add it to those of another; both counted over all sets."""
        moved = row.astype(np.float64) * weight
        self.totals[giver] -= moved
        self.weights[giver] -= weight
        self.totals[taker] += moved
        self.weights[taker] += weight

    def hands(self, threads: int, n_rows: int) -> list[NDArray[np.intp]]:
        """The live sets in hands of about as many centers, a few for every thread; in one hand where they are few.

        Some sets need many more rounds than others: a thread that is done early takes another hand.
        """
        worth = int(self.ks[self.live].sum()) * n_rows // ENOUGH
        if threads == 1 or worth < 2:
            return [self.live]
        return [self.live[some] for some in deal_jobs(self.ks[self.live], min(2 * threads, worth))]

    def scan(self, rows: Columns, labels: NDArray[np.uint8], sums: NDArray[np.float64]) -> None:
        """Assign rows to all live sets; `labels` (sets, rows) and `sums` are brought up to date."""
        self._iterate(rows, labels, sums, self.live)

    def go_on(
        self, rows: Columns, labels: NDArray[np.uint8], which: NDArray[np.intp], enough: float, rounds: int
    ) -> tuple[int, NDArray[np.intp]]:
        """Scan and move some sets until none moves by more than `enough`, or one has an empty center.

        Returns:
            Rounds done, and the sets that go on.
        """
        which = which.copy()
        # Not so many in one breath that Ctrl-C would wait.
        rounds = min(rounds, max(1, BREATH // (rows.X.size * int(self.ks[which].sum()))))
        done, live = self._iterate(rows, labels, self.sums, which, enough=enough, rounds=rounds)
        return done, which[:live]

    def _iterate(
        self,
        rows: Columns,
        labels: NDArray[np.uint8],
        sums: NDArray[np.float64],
        which: NDArray[np.intp],
        *,
        enough: float = 0.0,
        rounds: int = 0,
    ) -> tuple[int, int]:
        state = self.centers, self._minus, self._half, self.offsets, which, labels, sums
        return lloyd_iteration(rows.X, rows.w, *state, enough=enough, rounds=rounds)

    def move(self, which: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """Move the centers of some sets, by default all live ones, to the means of their rows; one without rows stays.

        Returns:
            The sum of the squared steps of each set: float64 (which,).
        """
        which = self.live if which is None else which
        own = np.concatenate([np.arange(self.offsets[j], self.offsets[j + 1]) for j in which])
        weight = self.weights[own, None]
        before = self.centers[own]
        means = np.where(weight > 0, self.totals[own] / np.where(weight > 0, weight, 1.0), before)
        self.centers[own] = means
        self._minus[own] = -means
        self._half[own] = np.square(self._minus[own], dtype=np.float64).sum(axis=1) / 2
        begins = np.cumsum(self.ks[which]) - self.ks[which]
        return np.asarray(np.add.reduceat(np.square(means - before).sum(axis=1), begins))

    def empty(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of some sets that have a center without rows."""
        hollow = self.weights <= 0
        if not hollow.any():
            return which[:0]
        return which[np.logical_or.reduceat(hollow, self.offsets[:-1])[which]]


def deal_jobs(costs: NDArray[Any], hands: int) -> list[NDArray[np.intp]]:
    """Jobs dealt out so that all hands cost about the same: the dearest first, each to the cheapest hand.

    >>> [hand.tolist() for hand in deal_jobs(np.array([2, 5, 4]), 2)]
    [[1], [0, 2]]
    """
    whose, load = np.empty(len(costs), np.intp), np.zeros(hands)
    for job in np.argsort(-costs, kind="stable"):
        whose[job] = load.argmin()
        load[whose[job]] += costs[job]
    return [np.flatnonzero(whose == hand) for hand in range(hands)]


def lloyd_from_starts(
    rows: Columns,
    starts: Starts,
    *,
    tolerance: float = 0.0,
    max_iter: int = 300,
    halvings: Halvings = (),
    threads: int = 1,
    most: int | None = None,
) -> Candidates:
    """Lloyd's iterations on the same rows from every start.

    Args:
        rows: What is fitted.
        starts: For each k, starting centers (k, features), in steps.
        tolerance: A set stops when its squared steps sum to no more than this share of the rows' mean variance.
        max_iter: Iterations at most.
        halvings: (iteration, candidates) pairs: from that iteration on only so many of the best of each k go on.
        threads: Not more than this many; what becomes of a set does not depend on which others go along.
        most: Candidates of each k that are returned, by default all.

    Returns:
        For each k one candidate per start, or the best of them, best first.
    """
    sets = Sets(starts)
    labels = np.full((len(sets.ks), rows.X.shape[1]), UNASSIGNED, np.uint8)
    enough = tolerance * mean_variance(rows)
    begin = 0
    with WorkerPool(threads) as pool:
        # Sets know nothing of each other but where they are compared: until then every thread goes on with its own.
        for iteration, survivors in (*halvings, (max_iter - 1, 0)):
            rounds = min(iteration + 1, max_iter) - begin
            work = partial(_go_on, rows, sets, labels, enough=enough, rounds=rounds)
            sets.live = np.sort(np.concatenate(pool.each(work, sets.hands(threads, rows.n))))
            begin += rounds
            if not sets.live.size or begin == max_iter:
                break
            sets.live = np.intersect1d(sets.live, best_of_each(sets.ks, -sets.explained(), survivors))
    return _ranked(rows, sets, labels, most)


def _go_on(
    rows: Columns, sets: Sets, labels: NDArray[np.uint8], live: NDArray[np.intp], *, enough: float, rounds: int
) -> NDArray[np.intp]:
    """So many iterations of some sets; those of them that still move.

    Centers are filled as long as that lowers the inertia: a row that rounding gives back at once would be filled in forever.
    """
    before: dict[int, float] = {}  # what each set explained when it last had an empty center
    while rounds and live.size:
        done, live = sets.go_on(rows, labels, live, enough, rounds)
        rounds -= done
        if rounds and live.size and (hollow := sets.empty(live)).size:
            explained = sets.explained()
            better = [j for j in hollow if explained[j] > before.get(j, -np.inf)]
            before.update((j, explained[j]) for j in better)
            filled = [j for j in better if _fill(rows, sets, labels[j], j)]
            live = live[(sets.move(live) > enough) | np.isin(live, filled)]
            rounds -= 1
    return live


def descend_by_moves(rows: Columns, starts: Starts) -> Candidates:
    """From every start to where no row can lower the inertia by changing its segment; for few rows.

    Every such place is one where Lloyd's iterations would stop too, but not the other way round.
    """
    sets = Sets(starts)
    labels = np.full((len(sets.ks), rows.X.shape[1]), UNASSIGNED, np.uint8)
    sets.scan(rows, labels, sets.sums)
    values = np.ascontiguousarray(rows.X[:, : rows.n].T, np.float64)
    single_moves(values, rows.w[: rows.n], sets.offsets, labels, sets.sums, PASSES)
    sets.move()
    return _ranked(rows, sets, labels)


def _ranked(rows: Columns, sets: Sets, labels: NDArray[np.uint8], most: int | None = None) -> Candidates:
    """The sets as candidates, for each k the best first; not more than so many of each."""
    inertia = _inertia(rows, sets, labels)
    found: Candidates = {k: [] for k in sets.ks.tolist()}
    for j in best_of_each(sets.ks, inertia, most).tolist():
        own = sets.rows(j)
        found[int(sets.ks[j])].append(FittedCenters(float(inertia[j]), sets.centers[own], sets.weights[own]))
    return found


def best_of_each(ks: NDArray[Any], inertia: NDArray[np.float64], most: int | None) -> NDArray[np.intp]:
    """The sets of least inertia, so many of each k or all; the first on a tie."""
    order = np.lexsort((inertia, ks))
    if most is None:
        return order
    of = ks[order]
    return order[np.arange(len(of)) - np.searchsorted(of, of) < most]


def _fill(rows: Columns, sets: Sets, labels: NDArray[np.uint8], j: int) -> bool:
    """Give every empty center of a set the row farthest from its own center; whether there was one to give.

    The first such row in the given order on a tie. When no row lies off its center there are fewer distinct rows than
    centers, and the center stays where it is.
    """
    first, own = int(sets.offsets[j]), sets.rows(j)
    centers, weights = sets.centers[own], sets.weights[own]
    away = np.square(rows.X.T - centers[labels]).sum(axis=1)
    away[rows.w <= 0] = 0
    moved = False
    for c in np.flatnonzero(weights <= 0):
        # The last row of a segment stays: taking it would empty the next one.
        row = int(np.where(weights[labels] > rows.w, away, 0).argmax())
        if away[row] == 0:
            break
        sets.hand_over(rows.X[:, row], float(rows.w[row]), giver=first + int(labels[row]), taker=first + int(c))
        labels[row] = c
        away[row] = 0
        moved = True
    return moved


def _inertia(rows: Columns, sets: Sets, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Inertia of every set around the means of its rows."""
    inertia = rows.square - sets.explained()
    for j in np.flatnonzero(inertia < 1e-6 * rows.square):
        # A few far rows make up nearly all of `square`, and the difference has lost its digits: measure.
        away = np.square(rows.X.T - sets.centers[sets.rows(j)][labels[j]]).sum(axis=1)
        inertia[j] = away @ rows.w
    return inertia


def mean_variance(rows: Columns) -> float:
    """Variance of the rows, mean over the features, in squared steps."""
    weight = float(rows.w.sum(dtype=np.float64))
    center = rows.X @ rows.w.astype(np.float64) / weight
    return max(rows.square / weight - float(center @ center), 0.0) / len(rows.X)


def greedy_starts(rows: Columns, ks: Sequence[int], *, restarts: int, seed: int, threads: int = 1) -> Starts:
    """Greedy k-means++ starts, `restarts` for each k; a draw for the largest k serves the smaller ones."""
    largest = max(ks)
    trials = 2 + int(np.log(largest))
    shares = np.array_split(random_states(seed, restarts), min(threads, restarts))
    with WorkerPool(threads) as pool:
        drawn = np.concatenate(pool.each(partial(kernels_seed, rows.X, rows.w, largest, trials), shares))
    seeds = [rows.X[:, some].T.astype(np.float64) for some in drawn]
    return {k: [some[:k] for some in seeds] for k in ks}


def best_few(candidates: Candidates, *, most: int, within: float) -> Candidates:
    """The best and those within a factor of it, without doubles.

    Two candidates whose inertia agrees to one part in 10,000 are read as the same.
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


def next_starts(candidates: Candidates) -> Starts:
    """The candidates' centers as starts of the next stage."""
    return {k: [candidate.centers for candidate in some] for k, some in candidates.items()}


def label_all(rows: Columns, centers: dict[int, NDArray[np.float64]]) -> dict[int, NDArray[np.uint8]]:
    """Nearest center of every row, for each k."""
    sets = Sets({k: [some] for k, some in centers.items()})
    labels = np.full((len(sets.ks), rows.X.shape[1]), UNASSIGNED, np.uint8)
    sets.scan(rows, labels, sets.sums)
    return {k: labels[j, : rows.n] for j, k in enumerate(centers)}
