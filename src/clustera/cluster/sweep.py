"""K-Means for every k of a sweep at once: sample, solve, polish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.assign import assign
from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import canonical_order
from clustera.cluster.search import Candidates, best_few, lloyd_many, plus_plus, starts_of
from clustera.cluster.solution import Solution
from clustera.errors import InputError

DIRECT = 20_000  # up to here every row takes part in every restart
POLISH = 12  # passes over all rows at most, after the samples have done the search


def solve_sweep(
    points: NDArray[Any],
    ks: Sequence[int],
    *,
    weights: NDArray[Any] | None = None,
    seed: int = 0,
    restarts: int = 10,
    threads: int | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[int, Solution]:
    """The best centres for every k.

    Args:
        points: float32 or float64 (n_points, n_features), finite.
        ks: Numbers of segments.
        weights: Of the points, (n_points,), at least 0; all 1 by default.
        seed: Of the starts and samples. The order of the rows does not matter.
        restarts: k-means++ starts per k.
        threads: Not more than this many; by default one per processor.
        progress: Called with what is being done and the share that is done.

    Returns:
        For each k its centres and their inertia on `points`, in float64.

    Raises:
        InputError: a k is less than 1 or more than the number of points.

    Source: Lloyd (1982), Least squares quantization in PCM; Bachem, Lucic & Krause (2018), Scalable k-means clustering
        via lightweight coresets.
    """
    ks = sorted({int(k) for k in ks})
    _check(points, ks)
    keep = np.flatnonzero(weights > 0) if weights is not None else None
    if keep is not None and weights is not None:
        points, weights = points[keep], weights[keep]
    order, _ = canonical_order(points, seed=seed)
    if weights is not None:
        weights = np.asarray(weights, np.float64)[order]
    points = points[order]
    grid = Grid.over(points[:DIRECT], largest=float(np.abs(points).max(initial=0)), n=len(points))
    rows = Columns.of(grid.place(points), None if weights is None else weights / weights.mean())
    candidates = _search(rows, ks, restarts=restarts, seed=seed)
    if progress:
        progress("polish", 0.5)
    best = _polish(rows, candidates)
    return {k: _settle(points, weights, grid.back(centres)) for k, centres in best.items()}


def _settle(points: NDArray[Any], weights: NDArray[np.float64] | None, centres: NDArray[np.float64]) -> Solution:
    """The last steps in float64, on the values as they are; on many rows they could not move anything."""
    k = len(centres)
    label, distance, _, _ = assign(points, centres)
    for _ in range(20 if len(points) <= DIRECT else 0):
        size = np.bincount(label, weights, minlength=k)
        totals = [np.bincount(label, x if weights is None else x * weights, minlength=k) for x in points.T]
        means = np.stack(totals, axis=1) / np.maximum(size, np.finfo(np.float64).tiny)[:, None]
        centres = np.where(size[:, None] > 0, means, centres)
        before = label
        label, distance, _, _ = assign(points, centres)
        if np.array_equal(before, label):
            break
    squared = np.square(distance)
    return Solution(k, centres, float((squared if weights is None else squared * weights).sum()))


def _check(points: NDArray[Any], ks: Sequence[int]) -> None:
    """Refuse a k that no fit can have."""
    if not ks or ks[0] < 1:
        raise InputError(f"k is {ks[0] if ks else 'missing'}; it must be at least 1.")
    if ks[-1] > len(points):
        raise InputError(f"k is {ks[-1]}, but there are only {len(points)} points; ask for k <= {len(points)}.")


def _search(rows: Columns, ks: Sequence[int], *, restarts: int, seed: int) -> Candidates:
    """Restarts on a small sample; the best few of each k go on to larger ones."""
    if rows.n <= DIRECT:
        # Few rows have many poor optima and cost nothing to try again.
        restarts *= 5 if rows.n <= 2_000 else 2
        found = lloyd_many(rows, plus_plus(rows, ks, restarts=restarts, seed=seed), tolerance=0)
        return best_few(found, most=1, within=1)
    stages = ((5_000, 1e-4, 6, 1.05), (25_000, 1e-5, 3, 1.01), (100_000, 1e-5, 2, 1.002))
    candidates: Candidates = {}
    for number, (size, tolerance, most, within) in enumerate(stages):
        sample = coreset(rows, size, seed=seed + number)
        first = not candidates
        starts = plus_plus(sample, ks, restarts=3 * restarts, seed=seed) if first else starts_of(candidates)
        candidates = best_few(lloyd_many(sample, starts, tolerance=tolerance), most=most, within=within)
        if size >= rows.n:
            break
    return candidates


def coreset(rows: Columns, size: int, *, seed: int) -> Columns:
    """A weighted sample that keeps the inertia of any centres nearly right, far rows included.

    Half of the chance of a row goes by its weight, half by its squared distance from the centre of all rows.

    Source: Bachem, Lucic & Krause (2018), algorithm 1.
    """
    if rows.n <= size:
        return rows
    w = rows.w[: rows.n].astype(np.float64)
    total = w.sum()
    centre = rows.X[:, : rows.n] @ w / total
    away = np.zeros(rows.n)
    for x, c in zip(rows.X, centre, strict=True):
        away += np.square(x[: rows.n] - c)
    away *= w
    chance = size * (0.5 * w / total + 0.5 * away / max(away.sum(), np.finfo(float).tiny))
    draw = np.random.default_rng(seed).random(rows.n)
    taken = np.flatnonzero(draw < chance)
    return Columns.of(rows.X[:, taken], w[taken] / np.minimum(chance[taken], 1.0))


def _polish(rows: Columns, candidates: Candidates) -> dict[int, NDArray[np.float64]]:
    """Lloyd's iterations on all rows for all candidates in common scans; a k stops when it gains less than 1e-5."""
    from clustera.cluster.kernels.lloyd import UNASSIGNED, fill_empty, scan, update

    live = [(k, candidate.centres.copy()) for k, some in candidates.items() for candidate in some]
    labels = np.full((len(live), rows.X.shape[1]), UNASSIGNED, np.uint8)
    sums = [np.zeros((k, len(rows.X) + 1)) for k, _ in live]
    score = [np.inf] * len(live)
    active = list(range(len(live)))
    for _ in range(POLISH if rows.n > DIRECT else 300):
        offsets = np.cumsum([0, *(live[j][0] for j in active)])
        stacked = np.concatenate([live[j][1] for j in active])
        totals = np.concatenate([sums[j] for j in active])
        part = labels[active]
        changed = scan(rows.X, rows.w, stacked, offsets, part, totals, 0, rows.X.shape[1])
        labels[active] = part
        going = []
        for place, j in enumerate(active):
            k, centres = live[j]
            sums[j] = totals[offsets[place] : offsets[place + 1]].copy()
            moved = fill_empty(rows.X, rows.w, centres, labels[j], sums[j])
            update(centres, sums[j])
            inertia = rows.square - float(
                (np.square(sums[j][:, :-1]).sum(1) / np.maximum(sums[j][:, -1], 1e-300)).sum()
            )
            still = changed[place] > 0 or moved
            if rows.n > DIRECT:
                still = still and score[j] - inertia > 1e-5 * inertia
            score[j] = inertia
            if still:
                going.append(j)
        active = going
        if not active:
            break
    best: dict[int, tuple[float, NDArray[np.float64]]] = {}
    for (k, centres), inertia in zip(live, score, strict=True):
        if k not in best or inertia < best[k][0]:
            best[k] = (inertia, centres)
    return {k: centres for k, (_, centres) in best.items()}
