"""The end of a sweep over many rows: Lloyd's iterations on all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.search import Candidates, Sets, best_of_each, next_starts
from clustera.cluster.solution import Solution
from clustera.cluster.table import FitTable
from clustera.cluster.threads import answers_in_order
from clustera.kernels.lloyd import UNASSIGNED

PASSES = 12  # over all rows at most, after the samples have done the search
ENOUGH = 1e-5  # part of its inertia that a pass must save, or a set has converged


class Polish:
    """Candidates for every k, moved on in common passes over all rows.

    What becomes of a set does not depend on which others go along: sums of rows on the grid are exact.

    Attributes:
        table: All rows.
        threads: Not more than this many.
    """

    def __init__(self, table: FitTable, candidates: Candidates, threads: int) -> None:
        self.table, self.threads = table, threads
        self._sets = Sets(next_starts(candidates))
        n = len(self._sets.ks)
        self._labels: dict[int, NDArray[np.uint8]] = {}  # of each piece, where it is the same in every pass
        self._inertia, self._passes = np.full(n, np.inf), np.zeros(n, np.int64)
        self._going = np.ones(n, np.bool_)

    def finish(self, tell: Callable[[float], None] | None = None, *, passes: int = PASSES) -> dict[int, Solution]:
        """Go through all rows until that saves less than one part in 100,000.

        From the third pass on only the best of each k goes on.

        Returns:
            For each k the best, in steps of the table's grid.
        """
        for turn in range(passes):
            if not self._going.any():
                break
            self._go(np.flatnonzero(self._going))
            if tell:
                tell((turn + 1) / passes)
        return self._best()

    def _best(self) -> dict[int, Solution]:
        sets = self._sets
        best = {int(sets.ks[j]): j for j in best_of_each(sets.ks, self._inertia, 1)}
        return {
            k: Solution(k, sets.centers[sets.rows(j)], float(self._inertia[j]), int(self._passes[j]))
            for k, j in best.items()
        }

    def _go(self, live: NDArray[np.intp]) -> None:
        """One pass over all rows."""
        sets, table = self._sets, self.table
        sets.live = live
        if not table.in_memory:
            for j in live:
                sets.sums[sets.rows(j)] = 0
        for sums in answers_in_order(self._scan, table.rows(), threads=self.threads):
            sets.sums += sums
        before, self._inertia = self._inertia, self._inertia.copy()
        self._inertia[live] = table.square - sets.explained()[live]
        sets.move()
        self._passes[live] += 1
        self._going[live] = before[live] - self._inertia[live] > ENOUGH * self._inertia[live]
        beaten = np.ones(len(self._going), np.bool_)
        beaten[best_of_each(sets.ks, self._inertia, 1)] = False
        self._going &= ~(beaten & (self._passes > 1))

    def _scan(self, numbered: tuple[int, Any]) -> NDArray[np.float64]:
        """What one piece of the rows adds to the sums."""
        number, part = numbered
        sets, table = self._sets, self.table
        rows = part if isinstance(part, Columns) else table.place(part)
        labels = self._labels.get(number)
        if labels is None:
            labels = np.full((len(sets.ks), rows.X.shape[1]), UNASSIGNED, np.uint8)
            if table.in_memory:
                self._labels[number] = labels
        sums = np.zeros_like(sets.sums)
        sets.scan(rows, labels, sums)
        return sums
