"""Order and samples that depend on the values of the rows and not on where the rows stand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BATCH = 131_072


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014), in place."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def hash_rows(points: NDArray[Any], *, seed: int = 0) -> NDArray[np.uint64]:
    """A number in [0, 2**64) for every row, evenly spread, equal for equal rows.

    Args:
        points: Numbers (n_points, n_features), finite.
        seed: Another seed, another spread.

    >>> rows = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    >>> first, second, third = hash_rows(rows)
    >>> bool(first == third), bool(first == second)
    (True, False)
    """
    n, n_features = points.shape
    out = np.empty(n, np.uint64)
    for start in range(0, n, _BATCH):
        rows = np.asarray(points[start : start + _BATCH], np.float64)
        state = np.full(len(rows), np.uint64(seed) ^ np.uint64(0x9E3779B97F4A7C15))
        for d in range(n_features):
            # adding 0.0 makes -0.0 the same value as 0.0
            state ^= (rows[:, d] + 0.0).view(np.uint64)
            state = _mix(state) + np.uint64(0x9E3779B97F4A7C15)
        out[start : start + _BATCH] = _mix(state)
    return out


def canonical_order(points: NDArray[Any], *, seed: int = 0) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Row numbers in an order that is random but the same however the rows are shuffled.

    Equal rows are told apart by a running number, so that a value held by many rows is spread over the order, and a
    prefix of it is a simple random sample.

    Returns:
        Row numbers intp (n_points,), and the sort key of each, uint64, ascending.
    """
    keys = hash_rows(points, seed=seed)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    same = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    if same.size:
        first = np.ones(len(keys), bool)
        first[same] = False
        begins = np.flatnonzero(first)
        repeat = np.arange(len(keys)) - np.repeat(begins, np.diff(np.append(begins, len(keys))))
        later = repeat > 0
        keys[later] = _mix(keys[later] + repeat[later].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        again = np.argsort(keys, kind="stable")
        order, keys = order[again], keys[again]
    return order, keys


def random_states(seed: int, n: int) -> NDArray[np.uint64]:
    """Independent starting states for the kernels' generator."""
    return np.random.SeedSequence(seed).generate_state(n, np.uint64).astype(np.uint64)
