"""Starts of Lloyd's iterations that are given, or drawn among the rows, as scikit-learn's K-Means has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

from clustera.cluster.finish import lloyd_in_float64
from clustera.cluster.layout import reach_of_squares
from clustera.cluster.solution import Solution
from clustera.errors import InputError


def best_of_starts(
    points: NDArray[Any],
    weights: NDArray[np.float64] | None,
    next_start: Callable[[], NDArray[np.float64]],
    *,
    restarts: int,
    tol: float,
    max_iter: int,
) -> Solution:
    """The best of so many fits, each by Lloyd's iterations from the next start.

    Args:
        points: float32 or float64 (n_rows, n_features).
        weights: (n_rows,), or None: each row counts once.
        next_start: Makes centers (k, n_features).
        restarts: Number of starts, at least 1.
        tol: Stop when the squared steps of the centers sum to no more than this share of the mean variance.
        max_iter: Iterations per start.

    Raises:
        InputError: the values are so far apart that their squared distances overflow.
    """
    values = np.asarray(points, np.float64)
    with np.errstate(over="ignore"):
        reach_of_squares(values.min(axis=0), values.max(axis=0), np.median(values, axis=0), len(values))
    middle = points.mean(axis=0, dtype=np.float64)
    moved = points - middle
    tolerance = tol * float(np.var(moved, axis=0).mean())
    best: Solution | None = None
    for _ in range(restarts):
        found = lloyd_in_float64(moved, next_start() - middle, weights=weights, tolerance=tolerance, max_iter=max_iter)
        if best is None or found.inertia < best.inertia:
            best = found
    assert best is not None
    return Solution(best.k, best.centers + middle, best.inertia, best.iterations)


def drawn_start(
    points: Any,  # noqa: ANN401 - array or sparse matrix
    weights: NDArray[np.float64] | None,
    k: int,
    random: np.random.RandomState,
) -> NDArray[np.float64]:
    """So many rows, drawn by their weight: float64 (k, n_features)."""
    chance = None if weights is None else weights / weights.sum()
    enough = chance is None or np.count_nonzero(chance) >= k  # a share may be too small to be a number
    return np.asarray(points[random.choice(len(points), k, replace=not enough, p=chance)], np.float64)


def given_start(given: Any, points: Any, k: int) -> NDArray[np.float64]:  # noqa: ANN401
    """What a user gave as centers: float64 (k, n_features).

    Raises:
        InputError: it is no such array.
    """
    try:
        start = np.asarray(check_array(given, dtype=np.float64, input_name="init"))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"init can't be used as centers: {error}") from error
    for have, need, what in (
        (start.shape[0], k, "number of clusters"),
        (start.shape[1], points.shape[1], "number of features of the data"),
    ):
        if have != need:
            raise InputError(f"The shape of the initial centers {start.shape} does not match the {what} {need}.")
    return start
