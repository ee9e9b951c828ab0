"""The rows of one fit in the form in which they are cheapest, to be gone through again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.blocks import CHUNK, Points, block_shape, row_chunks
from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import canonical_order, sampled_columns
from clustera.cluster.survey import COMPRESS, LOOK, Drawn, Sample, Sampler, Survey, distinct_rows, survey_rows
from clustera.cluster.threads import answers_in_order
from clustera.errors import InputError
from clustera.kernels.rows import hash_columns

DIRECT = 20_000  # up to here every row takes part in every restart
KEPT = 128 * 2**20  # bytes that placed rows may take; placing the others again costs a third of a pass


@dataclass(slots=True, eq=False)
class FitTable:
    """The rows of one fit, to be gone through again and again.

    Attributes:
        points: As given, or in canonical order, or the distinct rows.
        weights: Of the points, in `unit`, or None when all are 1.
        unit: What the weights are counted in: a power of two near their mean, or the weight of every row where all have the
            same, so that only their proportions matter (the kernels hold them as float32).
        grid: On which they are placed.
        placed: The first pieces in steps, as far as they take no more than `KEPT`; the others are placed in every pass.
        square: Weighted sum of the squared norms in steps.
    """

    points: Points
    weights: NDArray[np.float64] | None
    grid: Grid
    unit: float = 1.0
    placed: list[Columns] = field(default_factory=list)
    square: float = 0.0

    @property
    def n(self) -> int:
        """Number of rows."""
        return block_shape(self.points)[0]

    @property
    def in_memory(self) -> bool:
        """Whether every pass brings the same pieces in the same order."""
        return isinstance(self.points, np.ndarray)

    @property
    def weight(self) -> float:
        """Total weight of the rows."""
        return float(self.n) if self.weights is None else float(self.weights.sum())

    @property
    def in_hand(self) -> NDArray[Any]:
        """The rows as an array; only where they are one."""
        assert isinstance(self.points, np.ndarray)
        return self.points

    def parts(self) -> Iterator[tuple[NDArray[Any], NDArray[np.float64] | None]]:
        """Rows as they are, with their weights, in pieces."""
        for number, chunk in enumerate(row_chunks(self.points)):
            start = number * CHUNK
            yield chunk, None if self.weights is None else self.weights[start : start + len(chunk)]

    def place(self, part: tuple[NDArray[Any], NDArray[np.float64] | None]) -> Columns:
        """A piece in steps."""
        chunk, weights = part
        return Columns.of(self.grid.place(sampled_columns(chunk)), weights)

    def take(self, look: Survey, rows: int, threads: int) -> Sample:
        """Place all rows once, add up their squares, and draw a sample."""
        sampler = Sampler(look, rows)
        taken = 0

        def work(part: tuple[NDArray[Any], NDArray[np.float64] | None]) -> tuple[Columns, float, Drawn]:
            values = sampled_columns(part[0])
            placed = Columns.of(self.grid.place(values), part[1])
            return (
                placed,
                placed.square,
                sampler.weigh(placed.X[:, : placed.n], hash_columns(values, seed=look.seed), part[1]),
            )

        for placed, square, drawn in answers_in_order(work, self.parts(), threads=threads):
            sampler.add(drawn)
            self.square += square
            taken += placed.nbytes
            if self.in_memory and taken <= KEPT:
                self.placed.append(placed)
        return sampler.sample()

    def rows(self) -> Iterator[tuple[int, Columns | tuple[NDArray[Any], NDArray[np.float64] | None]]]:
        """Numbered pieces, placed where they are kept."""
        for number, part in enumerate(self.parts()):
            yield number, self.placed[number] if number < len(self.placed) else part


def tabulate_matrix(
    points: Points, weights: NDArray[Any] | None, *, seed: int, threads: int
) -> tuple[FitTable, Survey | None]:
    """The rows in the form in which they are cheapest, and a survey where a sample will be needed."""
    if weights is not None:
        if not isinstance(points, np.ndarray):
            raise InputError("Weights need points in memory; these come in blocks.")
        keep = np.flatnonzero(np.asarray(weights) > 0)
        points, weights = points[keep], np.asarray(weights, np.float64)[keep]
    weights, unit = _in_units(weights)
    n = block_shape(points)[0]
    if n <= DIRECT:
        rows = points if isinstance(points, np.ndarray) else np.concatenate(list(points))
        if not np.isfinite(rows).all():
            raise InputError("The points hold a value that is not a finite number.")
        rows, weights = _in_order(rows, weights, seed=seed)
        table = FitTable(rows, weights, Grid.over(rows, n=n), unit)
        table.placed = [Columns.of(table.grid.place(sampled_columns(rows)), weights)]
        return table, None
    look = survey_rows(points, seed=seed, threads=threads)
    if weights is not None and isinstance(points, np.ndarray):
        # Sums of odd weights are not exact, so the rows take an order of their own.
        points, weights = _in_order(points, weights, seed=seed)
        return FitTable(points, weights, look.grid, unit), look
    if look.distinct < LOOK or look.distinct <= min(0.8 * COMPRESS, n / 3):
        counted = distinct_rows(points, seed=seed)
        if counted is not None:
            rows, counts = counted
            if len(rows) <= DIRECT:
                table = FitTable(rows, counts, look.grid, unit)
                table.placed = [Columns.of(table.grid.place(sampled_columns(rows)), counts)]
                return table, None
            return FitTable(rows, counts, look.grid, unit), look
    return FitTable(points, None, look.grid, unit), look


def _in_units(weights: NDArray[np.float64] | None) -> tuple[NDArray[np.float64] | None, float]:
    """Weights in a power of two near their mean, and that power; dividing by it rounds nothing. Equal weights are none of that unit."""
    if weights is None or not len(weights):
        return weights, 1.0
    if (weights == weights[0]).all():
        return None, float(weights[0])
    largest = float(weights.max())
    unit = float(2.0 ** np.floor(np.log2(largest) + np.log2(np.mean(weights / largest))))
    return weights / unit, unit


def _in_order(
    points: NDArray[Any], weights: NDArray[np.float64] | None, *, seed: int
) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
    """Rows and weights in canonical order; equal rows by their weight."""
    if weights is None:
        return points[canonical_order(points, seed=seed)], None
    light_first = np.argsort(weights, kind="stable")
    order = light_first[canonical_order(points[light_first], seed=seed)]
    return points[order], weights[order]
