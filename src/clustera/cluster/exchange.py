"""Better optima from the neighbors: merge two of k + 1 segments, add one to k - 1, move one center elsewhere.

Restarts find the same few optima again and again; most of what they miss is one center that stands in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.search import Candidates, FittedCenters, Starts

_LOOK = 2_000  # rows among which a place for a center is drawn
_COMPARED = 1_000  # rows on which places are compared
_DRAWN = 8  # places that are drawn among them
_TRIED = 8  # places of which each is tried instead of each center
_LEAST = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Effort:
    """Rounds at most, and in each round for each k: pairs that are merged, places where one is added, and moves.

    Places are drawn; `aimed` more of either are those that save most.
    """

    rounds: int
    merges: int = 2
    additions: int = 2
    moves: int = 1
    aimed: int = 0


def exchange(
    rows: Columns, candidates: Candidates, solve: Callable[[Starts], Candidates], *, effort: Effort, seed: int
) -> Candidates:
    """Try neighboring solutions of every k and keep what is better.

    After as many rounds a k depends on those no further from it than that, and on no others.

    Args:
        rows: What is fitted.
        candidates: For each k, best first.
        solve: Runs Lloyd's iterations from starts.
        effort: How much is tried; a round that finds nothing better is the last.
        seed: Of the places that are drawn.

    Source: Fritzke (2017), The k-means-u* algorithm: non-local jumps and greedy retries improve k-means++ clustering.
    """
    places = _Places(rows, seed)
    better = list(candidates)
    for _ in range(effort.rounds):
        neighbors = _starts_from_neighbors(candidates, better, places, effort)
        if not neighbors:
            break
        found = solve(neighbors)
        better = [k for k in found if found[k][0].inertia < candidates[k][0].inertia * (1 - 1e-6)]
        candidates = {k: sorted(candidates[k] + found.get(k, []), key=lambda some: some.inertia) for k in candidates}
        if not better:
            break
    return candidates


def _starts_from_neighbors(candidates: Candidates, better: Sequence[int], places: _Places, effort: Effort) -> Starts:
    """Starts for every k from the best solutions of k - 1, k and k + 1, as far as these are new."""
    starts: Starts = {k: [] for k in candidates}
    if effort.aimed:
        places.look({k: best.centers for k, (best, *_) in candidates.items()})
    for k in better:
        best = candidates[k][0]
        merged = _with_two_merged(best, effort.merges)
        draws = places.draws(k, effort.additions + effort.moves)
        one_more, moved = places.aimed(k, effort.aimed) if effort.aimed else ([], [])
        if k - 1 in starts:
            starts[k - 1] += merged
        if k + 1 in starts:
            starts[k + 1] += one_more + places.one_more(best.centers, draws[: effort.additions])
        starts[k] += moved
        for fewer, draw in zip(merged, draws[effort.additions :], strict=False):
            starts[k] += places.one_more(fewer, [draw])
    return {k: some for k, some in starts.items() if some}


def _with_two_merged(best: FittedCenters, most: int) -> list[NDArray[np.float64]]:
    """The centers with two of them made one, for the pairs that cost the least inertia (Ward's criterion)."""
    a, b = _pairs(len(best.centers))
    weight = np.maximum(best.weights, _LEAST)
    apart = np.square(best.centers[a] - best.centers[b]).sum(axis=1)
    out = []
    for pair in np.argsort(apart * (weight[a] * weight[b] / (weight[a] + weight[b])), kind="stable")[:most]:
        i, j = a[pair], b[pair]
        centers = np.concatenate([best.centers[:j], best.centers[j + 1 :]])
        centers[i] = (best.centers[i] * weight[i] + best.centers[j] * weight[j]) / (weight[i] + weight[j])
        out.append(centers)
    return out


@lru_cache(maxsize=256)
def _pairs(k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of k centers."""
    return np.triu_indices(k, 1)


class _Places:
    """Where one more center may stand: at the centers of all other ks, or at rows far from all of them.

    How much a place saves is measured on a few rows, for centers that do not move.
    """

    def __init__(self, rows: Columns, seed: int) -> None:
        n = min(rows.n, _LOOK)
        self._X, self._w = rows.X[:, :n].astype(np.float64), rows.w[:n].astype(np.float64)
        self._seed, self._random = seed, dict[int, np.random.Generator]()
        self._square = np.square(self._X).sum(axis=0)

    def look(self, centers: dict[int, NDArray[np.float64]]) -> None:
        """Measure all centers, and some rows that are far from most of them, from all rows."""
        of_all = np.concatenate(list(centers.values()))
        apart = self._apart(of_all)[:, :_COMPARED]
        ends = np.cumsum([len(some) for some in centers.values()])
        self._own = {k: np.arange(end - len(centers[k]), end) for k, end in zip(centers, ends, strict=True)}
        last = max(centers)
        far = np.stack([some[-1] for some in self.one_more(centers[last], self.draws(last, _DRAWN))])
        self._places, self._away = (
            np.concatenate([of_all, far]),
            np.concatenate([apart, self._apart(far)[:, :_COMPARED]]),
        )
        self._far = np.arange(len(of_all), len(self._places))

    def _apart(self, centers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Squared distances of the rows from some centers."""
        apart = centers @ self._X
        apart *= -2
        apart += np.square(centers).sum(axis=1)[:, None]
        apart += self._square
        return np.maximum(apart, 0, out=apart)

    def draws(self, k: int, times: int) -> NDArray[np.float64]:
        """Random numbers in [0, 1) for one k, the same whichever others there are."""
        random = self._random.setdefault(k, np.random.default_rng([self._seed, k]))
        return random.random(times)

    def one_more(
        self, centers: NDArray[np.float64], draws: NDArray[np.float64] | Sequence[float]
    ) -> list[NDArray[np.float64]]:
        """The centers and one row more, drawn by its squared distance from them, for each random number in [0, 1)."""
        mass = np.cumsum(self._apart(centers).min(axis=0) * self._w)
        drawn = np.searchsorted(mass, np.asarray(draws) * mass[-1], side="right")
        return [np.vstack([centers, self._X[:, row]]) for row in np.minimum(drawn, len(mass) - 1)]

    def aimed(self, k: int, times: int) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
        """The best solution of k with one center more, and with one of its centers elsewhere, where that saves most."""
        own = self._own[k]
        other = np.concatenate([*(self._own[near] for near in (k - 1, k + 1) if near in self._own), self._far])
        centers, places = self._places[own], self._places[other]
        here, away = self._away[own], self._away[other]
        label = here.argmin(axis=0)
        near, second = np.partition(here, min(1, k - 1), axis=0)[[0, min(1, k - 1)]]
        saved = self._saved(away, near)
        one_more, after = [], near
        for more in range(times):
            place = int((self._saved(away, after) if more else saved).argmax())
            after = np.minimum(after, away[place])
            one_more.append(np.vstack([centers, places[place]]))
        moved = []
        if k > 1:
            best = np.argsort(-saved, kind="stable")[:_TRIED]
            by_label = np.argsort(label, kind="stable")
            starts = np.searchsorted(label[by_label], np.arange(k))
            # What the rows of a center lose when it leaves, given that the new one is there.
            lost = np.minimum(away[best], second) - np.minimum(away[best], near)
            lost = np.add.reduceat(
                (lost * self._w[:_COMPARED])[:, by_label], np.minimum(starts, len(label) - 1), axis=1
            )
            change = lost - saved[best, None]
            for leaving in np.argsort(change.min(axis=0), kind="stable")[:times]:
                start = centers.copy()
                start[leaving] = places[best[change[:, leaving].argmin()]]
                moved.append(start)
        return one_more, moved

    def _saved(self, away: NDArray[np.float64], near: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a center at each place would save."""
        return np.asarray(np.einsum("pn,n->p", np.maximum(near - away, 0), self._w[:_COMPARED]))
