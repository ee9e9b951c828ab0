"""A first look at all rows, and samples of them, whatever their order and however they are cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.blocks import Points, block_shape, row_chunks
from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import BUCKETS, heavy_from, sampled_columns
from clustera.cluster.threads import answers_in_order
from clustera.errors import InputError
from clustera.kernels.rows import hash_columns, tally_hashes

LOOK = 16_384  # distinct rows that a survey keeps
COMPRESS = 500_000  # distinct rows up to which a table is worth counting out


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What one pass over the rows shows.

    Attributes:
        n: Number of rows.
        grid: Whole-number grid for the rows.
        distinct: Estimated number of distinct rows; exact up to 16,384.
        full: bool (65536,), the buckets of hashes that are so full that one value must hold many rows.
        center: float64 (features,), in steps, and `spread`, mean squared distance from it, of a sample.
        seed: Of the hashes.
    """

    n: int
    grid: Grid
    distinct: float
    full: NDArray[np.bool_]
    center: NDArray[np.float64]
    spread: float
    seed: int


def survey_rows(points: Points, *, seed: int, threads: int) -> Survey:
    """Go through all rows once.

    Raises:
        InputError: a value is not finite, or the rows are not as many as `points` says.
    """
    filled = np.zeros(BUCKETS, np.int64)
    lowest = _Lowest(block_shape(points)[1])
    low, high, n = np.full(block_shape(points)[1], np.inf), np.full(block_shape(points)[1], -np.inf), 0

    def look(chunk: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64], Counted]:
        values = sampled_columns(chunk)
        hashes = hash_columns(values, seed=seed)
        buckets = np.bincount((hashes >> np.uint64(48)).astype(np.intp), minlength=BUCKETS)
        # The bound may fall meanwhile: then some rows too many go on, and are left out later.
        few = np.flatnonzero(hashes <= lowest.below)
        first = _distinct_hashes(hashes[few], values[:, few], np.ones(len(few), np.int64))
        lowest.bound(first)
        return np.stack([values.min(axis=1), values.max(axis=1)]), buckets, first

    for (least, most), buckets, first in answers_in_order(look, row_chunks(points), threads=threads):
        if not np.isfinite([least, most]).all():
            raise InputError("The points hold a value that is not a finite number.")
        low, high = np.minimum(low, least), np.maximum(high, most)
        n += int(buckets.sum())
        filled += buckets
        lowest.add(first)
    if n != block_shape(points)[0]:
        raise InputError(f"The blocks hold {n} rows, but said {block_shape(points)[0]}.")
    kept_hashes, kept_rows, kept_counts = lowest.merged()
    distinct = float(len(kept_hashes))
    if len(kept_hashes) == LOOK:
        distinct = (LOOK - 1) / (float(kept_hashes[-1]) / 2.0**64)
    grid = Grid.over(kept_rows.T, n=n, low=low, high=high)
    placed = grid.place(kept_rows).astype(np.float64)
    center = np.average(placed, axis=1, weights=kept_counts)
    spread = float(np.average(np.square(placed - center[:, None]).sum(axis=0), weights=kept_counts))
    return Survey(n, grid, distinct, filled > heavy_from(n), center, spread or 1.0, seed)


Counted = tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.int64]]


def _distinct_hashes(hashes: NDArray[np.uint64], rows: NDArray[np.float64], counts: NDArray[np.int64]) -> Counted:
    """Distinct hashes in rising order, at most `LOOK`, their rows (features, n) and how often they occur."""
    hashes, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    together = np.bincount(inverse, counts, minlength=len(hashes)).astype(np.int64)
    return hashes[:LOOK], rows[:, first[:LOOK]], together[:LOOK]


class _Lowest:
    """The distinct rows of the lowest hashes, and how often they occur.

    Attributes:
        below: No higher hash can be among them.
    """

    def __init__(self, n_features: int) -> None:
        self.below = ~np.uint64(0)
        self._parts: list[Counted] = [(np.empty(0, np.uint64), np.empty((n_features, 0)), np.empty(0, np.int64))]

    def bound(self, some: Counted) -> None:
        """Take notice of how low the hashes of some rows are; any thread may."""
        if len(some[0]) == LOOK:
            self.below = min(self.below, some[0][-1])

    def add(self, some: Counted) -> None:
        """Take the lowest of some more rows."""
        self._parts.append(some)
        if sum(len(part[0]) for part in self._parts) > 2 * LOOK:
            self._parts = [self.merged()]

    def merged(self) -> Counted:
        """The lowest of all so far."""
        hashes, rows, counts = (np.concatenate(some, axis=-1) for some in zip(*self._parts, strict=True))
        low = _distinct_hashes(hashes, rows, counts)
        self.bound(low)
        return low


def distinct_rows(points: Points, *, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The distinct rows in an order of their own and how often each occurs; None when there are too many."""
    keys = np.zeros(4 * 2 ** int(np.log2(COMPRESS)), np.uint64)
    places = np.full(len(keys), -1, np.int64)
    counts = np.zeros(COMPRESS, np.int64)
    found: list[NDArray[np.float64]] = []
    hashes: list[NDArray[np.uint64]] = []
    distinct = 0
    for chunk in row_chunks(points):
        values = sampled_columns(chunk)
        here = hash_columns(values, seed=seed)
        fresh = np.empty(len(here), np.int64)
        now = tally_hashes(here, keys, places, counts, distinct, fresh)
        if now < 0:
            return None
        new = fresh[: now - distinct]
        found.append(values[:, new])
        hashes.append(here[new])
        distinct = now
    order = np.argsort(np.concatenate(hashes))
    rows = np.ascontiguousarray(np.concatenate(found, axis=1)[:, order].T)
    return rows, counts[:distinct][order].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows drawn by priority: any first part of them is a weighted sample of all rows.

    Attributes:
        always: float32 (features, n_always), rows whose value many rows share, with how many.
        X: float32 (features, n_drawn), in falling order of `priority`.
        size: float64 (n_drawn,), by which a row was more or less likely to be drawn, and `weight`, its own.

    Source: Duffield, Lund & Thorup (2007), Priority sampling for estimation of arbitrary subset sums.
    """

    always: NDArray[np.float32]
    always_weight: NDArray[np.float64]
    X: NDArray[np.float32]
    weight: NDArray[np.float64]
    size: NDArray[np.float64]
    priority: NDArray[np.float64]
    complete: bool

    @property
    def n(self) -> float:
        """Rows that there are to draw from."""
        return self.X.shape[1] if self.complete else np.inf

    def first(self, rows: int) -> Columns:
        """A weighted sample of about so many rows."""
        if rows >= self.X.shape[1] and self.complete:
            w = self.weight
        else:
            rows = min(rows, self.X.shape[1] - 1)
            w = self.weight[:rows] * np.maximum(self.priority[rows] / self.size[:rows], 1.0)
        X = np.concatenate([self.always, self.X[:, : len(w)]], axis=1)
        return Columns.of(X, np.concatenate([self.always_weight, w]))


Drawn = tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], NDArray[Any]] | None]


class Sampler:
    """Draws a sample while the rows pass by.

    Half of the chance of a row goes by its weight, half by its squared distance from the center of all rows, so that
    the inertia of any centers stays nearly right on the sample, far rows included.

    Source: Bachem, Lucic & Krause (2018), Scalable k-means clustering via lightweight coresets.
    """

    def __init__(self, look: Survey, rows: int) -> None:
        self._look, self._rows, self._threshold = look, rows + 1, 0.0
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._shared: list[tuple[NDArray[Any], ...]] = []

    def weigh(self, X: NDArray[np.float32], hashes: NDArray[np.uint64], weights: NDArray[Any] | None) -> Drawn:
        """What may be drawn of some rows in steps (features, n) with their hashes and weights; changes nothing."""
        shared = None
        if weights is None and self._look.full.any():
            common = self._look.full[(hashes >> np.uint64(48)).astype(np.intp)]
            if common.any():
                shared = hashes[common], X[:, common]
                X, hashes = X[:, ~common], hashes[~common]
        drawn = self._draw(X, _between_0_and_1(hashes), np.ones(len(hashes)) if weights is None else weights)
        return drawn, shared

    def add(self, some: Drawn) -> None:
        """Take what `weigh` found."""
        drawn, shared = some
        if shared is not None:
            self._shared.append(shared)
        self._parts.append(drawn)
        if sum(len(part[3]) for part in self._parts) > 2 * self._rows:
            self._thin()

    def _draw(
        self, X: NDArray[np.float32], random: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> tuple[NDArray[Any], ...]:
        """Rows in steps (features, n), each with a random number in (0, 1), as far as they may be among the drawn."""
        away = np.zeros(X.shape[1])
        for x, c in zip(X, self._look.center, strict=True):
            away += np.square(x - c)
        size = weight * (1.0 + away / self._look.spread)
        priority = size / random
        taken = np.flatnonzero(priority >= self._threshold)
        return X[:, taken], weight[taken], size[taken], priority[taken]

    def _drawn(self) -> tuple[NDArray[Any], ...]:
        """What was drawn so far."""
        X, weight, size, priority = (np.concatenate(some, axis=-1) for some in zip(*self._parts, strict=True))
        return X, weight, size, priority

    def _thin(self) -> None:
        """Keep the rows of the highest priority."""
        if sum(len(part[3]) for part in self._parts) <= self._rows:
            return
        X, weight, size, priority = self._drawn()
        self._threshold = float(np.partition(priority, -self._rows)[-self._rows])
        kept = np.flatnonzero(priority >= self._threshold)
        self._parts = [(X[:, kept], weight[kept], size[kept], priority[kept])]

    def sample(self) -> Sample:
        """What was drawn."""
        always, always_weight = np.empty((len(self._look.center), 0), np.float32), np.empty(0)
        if self._shared:
            hashes, X = (np.concatenate(some, axis=-1) for some in zip(*self._shared, strict=True))
            hashes, first, counts = np.unique(hashes, return_index=True, return_counts=True)
            many = counts > heavy_from(self._look.n) / 4
            always, always_weight = X[:, first[many]], counts[many].astype(np.float64)
            few = _between_0_and_1(hashes[~many])
            self.add((self._draw(X[:, first[~many]], few, counts[~many].astype(np.float64)), None))
        self._thin()
        X, weight, size, priority = self._drawn()
        order = np.argsort(-priority)[: self._rows]  # rows of one priority are the same
        complete = len(order) < self._rows
        return Sample(always, always_weight, X[:, order], weight[order], size[order], priority[order], complete)


def _between_0_and_1(hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Hashes as random numbers, never 0."""
    return ((hashes >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def sample_of_rows(rows: Columns) -> Sample:
    """All rows, which stand in random order, as a sample of which any first part is one."""
    X, w = rows.X[:, : rows.n], rows.w[: rows.n].astype(np.float64)
    center = X @ w / w.sum()
    away = np.zeros(rows.n)
    for x, c in zip(X, center, strict=True):
        away += np.square(x - c)
    total = float(away @ w)
    size = w * (1.0 + away * (w.sum() / total)) if total > 0 else w  # 0 where all rows are equal
    priority = size / ((np.arange(rows.n) + 0.5) / rows.n)
    order = np.argsort(-priority, kind="stable")
    none = np.empty((len(X), 0), np.float32)
    return Sample(none, np.empty(0), X[:, order], w[order], size[order], priority[order], complete=True)
