"""Order, hashes and samples that depend on the values of the rows and not on where the rows stand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.blocks import CHUNK, row_chunks
from clustera.kernels.rows import hash_columns
from clustera.samples import SAMPLED

_STEP = np.uint64(0x9E3779B97F4A7C15)
BUCKETS = 65_536  # by the upper 16 bits of the hash


def sampled_columns(points: NDArray[Any]) -> NDArray[np.float64]:
    """Rows as float64 columns (n_features, n_points); -0.0 becomes the 0.0 it equals."""
    out = np.array(points.T, np.float64, order="C")
    out += 0.0
    return out


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
    out = np.empty(len(points), np.uint64)
    for number, chunk in enumerate(row_chunks(points)):
        out[number * CHUNK : number * CHUNK + len(chunk)] = hash_columns(sampled_columns(chunk), seed=seed)
    return out


def canonical_order(points: NDArray[Any], *, seed: int = 0) -> NDArray[np.intp]:
    """Row numbers in an order that is random, but the same however the rows are shuffled.

    Equal rows are told apart by a running number, so that a value held by many rows is spread over the order, and a
    prefix of it is a simple random sample.
    """
    return _ordered(hash_rows(points, seed=seed))


def _ordered(keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The order of the keys after equal ones were made different."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.ones(len(keys), bool)
    first[1:] = keys[1:] != keys[:-1]
    if first.all():
        return order
    begins = np.flatnonzero(first)
    repeat = np.arange(len(keys)) - np.repeat(begins, np.diff(np.append(begins, len(keys))))
    keys = keys + repeat.astype(np.uint64) * _STEP
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return order[np.argsort(keys, kind="stable")]


def sample_rows(points: NDArray[Any], size: int, *, seed: int = 0) -> NDArray[np.intp]:
    """Row numbers of a simple random sample that does not depend on the order of the rows.

    Args:
        points: (n_points, n_features), finite.
        size: Rows wanted; all rows, in canonical order, when there are no more.
        seed: Of the sample.
    """
    n = len(points)
    if n <= 4 * size:
        return canonical_order(points, seed=seed)[:size]
    keys = hash_rows(points, seed=seed)
    few = np.flatnonzero(keys < np.uint64(min(1.0, 1.2 * (size + 100) / n) * (2.0**64 - 2048)))
    order = np.argsort(keys[few], kind="stable")
    few = few[order]
    found = keys[few]
    counts = np.bincount((keys >> np.uint64(48)).astype(np.intp), minlength=BUCKETS)
    # A value that many rows share stands or falls as one when rows are chosen by value: then all must be ordered.
    if len(few) < size or (found[1:] == found[:-1]).mean() > 0.01 or counts.max() > heavy_from(n):
        return _ordered(keys)[:size]
    return few[:size]


def heavy_from(n: int) -> float:
    """From how many rows a bucket of hashes is so full that one value must hold many of them."""
    return 3 * n / BUCKETS + 64


def random_states(seed: int, n: int) -> NDArray[np.uint64]:
    """Independent starting states for the kernels' generator."""
    return np.random.SeedSequence(seed).generate_state(n, np.uint64).astype(np.uint64)


def weighted_sample(points: NDArray[Any], weights: NDArray[np.float64] | None, seed: int) -> NDArray[np.intp]:
    """A random sample in random order, whatever the order of the points: their numbers, each as often as its weight says.

    Equal weights are none.
    """
    if weights is None or (weights == weights[:1]).all():
        return sample_rows(points, SAMPLED, seed=seed)
    light_first = np.argsort(weights, kind="stable")
    order = light_first[sample_rows(points[light_first], len(points), seed=seed)]
    size = min(SAMPLED, len(points))
    # At even steps along the running weight: a point of n times the mean weight comes n times, give or take one.
    running = np.cumsum(weights[order])
    steps = (np.arange(size) + 0.5) * (running[-1] / size)
    drawn = order[np.minimum(np.searchsorted(running, steps, side="right"), len(order) - 1)]
    return np.random.default_rng(seed).permutation(drawn)
