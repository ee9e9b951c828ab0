"""The end of a sweep over many rows: Lloyd's iterations on all of them, for every k or only for those that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns
from clustera.cluster.search import Candidates, Sets, best_of_each, starts_of
from clustera.cluster.solution import Solution
from clustera.cluster.table import Table
from clustera.cluster.threads import in_order
from clustera.kernels.lloyd import UNASSIGNED

PASSES = 12  # over all rows at most, after the samples have done the search
ENOUGH = 1e-5  # part of its inertia that a pass must save, or a set has converged


class Polish:
    """Candidates for every k, moved on in common passes over all rows.

    What becomes of a set does not depend on which others go along: sums of rows on the grid are exact.

    Attributes:
        table: All rows.
        ks: For which there are candidates.
        threads: Not more than this many.
    """

    def __init__(self, table: Table, candidates: Candidates, threads: int) -> None:
        self.table, self.ks, self.threads = table, list(candidates), threads
        self._sets = Sets(starts_of(candidates))
        n = len(self._sets.ks)
        self._labels: dict[int, NDArray[np.uint8]] = {}  # of each piece, where it is the same in every pass
        self._inertia, self._passes = np.full(n, np.inf), np.zeros(n, np.int64)
        self._going = np.ones(n, np.bool_)

    def draft(self) -> dict[int, Solution]:
        """Show every candidate all rows once, and those that have a rival twice, which leaves the better of them.

        Returns:
            For each k the best so far, in the units of the points.
        """
        self._go(self._of(self.ks))
        rivals = [k for k in self.ks if np.count_nonzero(self._sets.ks == k) > 1]
        self._go(self._of(rivals))
        grid = self.table.grid
        best = self._best(self.ks)
        return {k: Solution(k, grid.back(s.centres), s.inertia * grid.step**2, s.iterations) for k, s in best.items()}

    def finish(self, ks: Iterable[int], tell: Callable[[float], None] | None = None) -> dict[int, Solution]:
        """Go on with some ks until a pass saves less than one part in 100,000.

        From the third pass on only the best of each k goes on.

        Returns:
            For each of them the best, in steps of the table's grid.
        """
        ks = list(ks)
        for turn in range(PASSES):
            live = self._of(ks)
            if not live.size:
                break
            self._go(live)
            if tell:
                tell((turn + 1) / PASSES)
        return self._best(ks)

    def _of(self, ks: Iterable[int]) -> NDArray[np.intp]:
        """The sets of some ks that have not converged."""
        return np.flatnonzero(self._going & np.isin(self._sets.ks, list(ks)))

    def _best(self, ks: Iterable[int]) -> dict[int, Solution]:
        sets = self._sets
        best = {int(sets.ks[j]): j for j in best_of_each(sets.ks, self._inertia, 1)}
        return {
            k: Solution(k, sets.centres[sets.rows(best[k])], float(self._inertia[best[k]]), int(self._passes[best[k]]))
            for k in ks
        }

    def _go(self, live: NDArray[np.intp]) -> None:
        """One pass over all rows."""
        if not live.size:
            return
        sets, table = self._sets, self.table
        sets.live = live
        if not table.in_memory:
            for j in live:
                sets.sums[sets.rows(j)] = 0
        for sums in in_order(self._scan, table.rows(), threads=self.threads):
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
