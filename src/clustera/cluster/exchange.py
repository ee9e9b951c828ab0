"""Better optima from the neighbours: merge two of k + 1 segments, add one to k - 1, move one centre elsewhere.

Restarts find the same few optima again and again; most of what they miss is one centre that stands in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.search import Candidate, Candidates, Starts

_LOOK = 2_000  # rows among which a place for a centre is drawn


@dataclass(frozen=True, slots=True)
class Effort:
    """Rounds at most, and in each round for each k: pairs that are merged, places where one is added, and moves."""

    rounds: int
    merges: int = 2
    additions: int = 2
    moves: int = 1


def exchange(
    rows: Columns, candidates: Candidates, solve: Callable[[Starts], Candidates], *, effort: Effort, seed: int
) -> Candidates:
    """Try neighbouring solutions of every k and keep what is better.

    Args:
        rows: What is fitted.
        candidates: For each k, best first.
        solve: Runs Lloyd's iterations from starts.
        effort: How much is tried; a round that finds nothing better is the last.
        seed: Of the places that are drawn.

    Source: Fritzke (2017), The k-means-u* algorithm: non-local jumps and greedy retries improve k-means++ clustering.
    """
    places = _Places(rows, np.random.default_rng(seed))
    for _ in range(effort.rounds):
        neighbours = _neighbours(candidates, places, effort)
        if not neighbours:
            break
        found = solve(neighbours)
        better = [k for k in found if found[k][0].inertia < candidates[k][0].inertia * (1 - 1e-6)]
        candidates = {k: sorted(candidates[k] + found.get(k, []), key=lambda some: some.inertia) for k in candidates}
        if not better:
            break
    return candidates


def _neighbours(candidates: Candidates, places: _Places, effort: Effort) -> Starts:
    """Starts for every k from the best solutions of k - 1, k and k + 1."""
    starts: Starts = {k: [] for k in candidates}
    for k, (best, *_) in candidates.items():
        merged = _merged(best, effort.merges)
        if k - 1 in starts:
            starts[k - 1] += merged
        if k + 1 in starts:
            starts[k + 1] += places.one_more(best.centres, effort.additions)
        for fewer in merged[: effort.moves]:
            starts[k] += places.one_more(fewer, 1)
    return {k: some for k, some in starts.items() if some}


def _merged(best: Candidate, most: int) -> list[NDArray[np.float64]]:
    """The centres with two of them made one, for the pairs that cost the least inertia (Ward's criterion)."""
    k = len(best.centres)
    weight = np.maximum(best.weights, np.finfo(np.float64).tiny)
    apart = np.square(best.centres[:, None] - best.centres[None]).sum(axis=2)
    cost = apart * (weight[:, None] * weight[None] / (weight[:, None] + weight[None]))
    a, b = np.triu_indices(k, 1)
    out = []
    for pair in np.argsort(cost[a, b], kind="stable")[:most]:
        i, j = a[pair], b[pair]
        centres = np.delete(best.centres, j, axis=0)
        centres[i] = (best.centres[i] * weight[i] + best.centres[j] * weight[j]) / (weight[i] + weight[j])
        out.append(centres)
    return out


class _Places:
    """Rows at which one more centre may stand, drawn by their squared distance from those there are."""

    def __init__(self, rows: Columns, random: np.random.Generator) -> None:
        n = min(rows.n, _LOOK)
        self._X, self._w, self._random = rows.X[:, :n].astype(np.float64), rows.w[:n], random
        self._square = np.square(self._X).sum(axis=0)

    def one_more(self, centres: NDArray[np.float64], times: int) -> list[NDArray[np.float64]]:
        """The centres and one row more, so many times."""
        away = (np.square(centres).sum(axis=1)[:, None] - 2 * (centres @ self._X)).min(axis=0) + self._square
        mass = np.cumsum(np.maximum(away, 0) * self._w)
        places = np.searchsorted(mass, self._random.random(times) * mass[-1], side="right")
        return [np.vstack([centres, self._X[:, row]]) for row in np.minimum(places, len(mass) - 1)]
