"""The end of a fit in float64, on the values as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.assign import assign
from clustera.cluster.sampling import sampled_columns
from clustera.cluster.solution import Solution
from clustera.cluster.table import FitTable
from clustera.cluster.threads import answers_in_order
from clustera.kernels.distances import nearest_centers

_LEAST_POWER = -1_000  # of two, of the unit of squared distances


def settle_centers(table: FitTable, polished: dict[int, Solution], threads: int) -> dict[int, Solution]:
    """Centers in the units of the points, and their inertia in float64, from those in steps.

    Squared distances are rounded to whole multiples of a tiny unit, which add up to the same in any order.
    """
    centers = {k: table.grid.back(some.centers) for k, some in polished.items()}
    # Sums stay below 2**62; a row is up to half a step away from where it was placed.
    blur = table.weight * len(table.grid.origin)
    units = {
        k: 2.0 ** max(np.ceil(np.log2(2 * some.inertia + blur) + 2 * np.log2(table.grid.step)) - 61, _LEAST_POWER)
        for k, some in polished.items()
    }

    shifted = {k: some - table.grid.origin for k, some in centers.items()}

    def work(part: tuple[NDArray[Any], NDArray[np.float64] | None]) -> dict[int, int]:
        chunk, weights = part
        out = {}
        for k, squared in _squared_distances(chunk, shifted, table.grid.origin):
            out[k] = int(np.rint((squared if weights is None else squared * weights) / units[k]).astype(np.int64).sum())
        return out

    totals = dict.fromkeys(centers, 0)
    for part in answers_in_order(work, table.parts(), threads=threads):
        for k, total in part.items():
            totals[k] += total
    return {k: Solution(k, centers[k], totals[k] * units[k] * table.unit, polished[k].iterations) for k in centers}


def _squared_distances(
    chunk: NDArray[Any], shifted: dict[int, NDArray[np.float64]], origin: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Squared distance of every row to its nearest center, for each k."""
    values = sampled_columns(chunk)
    values -= origin[:, None]
    for k, some in shifted.items():
        yield k, nearest_centers(values, some)


def lloyd_in_float64(
    points: NDArray[Any],
    start: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None = None,
    tolerance: float = 0.0,
    max_iter: int = 300,
) -> Solution:
    """Lloyd's iterations from one start, in float64.

    Args:
        points: (n_points, n_features), finite.
        start: (k, n_features).
        weights: Of the points, (n_points,); all 1 by default.
        tolerance: Stop when the squared steps of the centers sum to no more than this.
        max_iter: Iterations at most.

    Returns:
        The centers and the inertia of the points around them. An empty center takes the point farthest from its own
        center.

    >>> lloyd_in_float64(np.array([[0.0], [1.0], [9.0]]), np.array([[0.0], [1.0]])).centers.tolist()
    [[0.5], [9.0]]
    """
    k = len(start)
    centers = np.array(start, np.float64)
    label, distance, _, _ = assign(points, centers)
    taken = 0
    while taken < max_iter:
        taken += 1
        means = _segment_means(points, weights, label, distance, centers)
        with np.errstate(over="ignore"):  # from a start that is far away
            step = float(np.square(means - centers).sum())
        centers, before = means, label
        label, distance, _, _ = assign(points, centers)
        if step <= tolerance:
            break
        if np.array_equal(before, label):
            taken = min(taken + 1, max_iter)  # the next iteration would be the one that finds nothing to change
            break
    squared = np.square(distance)
    return Solution(k, centers, math.fsum(squared if weights is None else squared * weights), taken)


def _segment_means(
    points: NDArray[Any],
    weights: NDArray[np.float64] | None,
    label: NDArray[np.int32],
    distance: NDArray[np.float64],
    centers: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Mean of the points of each segment."""
    k = len(centers)
    size = np.bincount(label, weights, minlength=k).astype(np.float64)
    columns_ = (x if weights is None else x * weights for x in points.T)
    totals = np.stack([np.bincount(label, x, minlength=k) for x in columns_], axis=1)
    empty = np.flatnonzero(size == 0)
    if empty.size:
        away = distance if weights is None else np.where(weights > 0, distance, 0.0)
        for c, row in zip(empty, np.argsort(-away, kind="stable"), strict=False):
            by = 1.0 if weights is None else weights[row]
            if away[row] == 0 or size[label[row]] <= by:
                continue
            totals[label[row]] -= by * points[row]
            size[label[row]] -= by
            totals[c], size[c] = by * points[row], by
    return np.where(size[:, None] > 0, totals / np.where(size > 0, size, 1.0)[:, None], centers)
