"""Which features do not tell the segments apart: judged on customers who did not draw them, against chance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.borrowed import plain_products
from clustera.cluster.assign import assign
from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import sampled_columns
from clustera.cluster.search import greedy_starts, lloyd_from_starts
from clustera.cluster.solution import Solution

HARDLY = 0.10  # share of a feature's variance between the segments, up to which it may be noise
SPLITS = 4  # random halves, each used in both directions
CHANCE = 199  # permutations; what only 1 in 100 of them reaches is no chance
SURE = 0.99
SEEN = (
    0.05  # share of the variance that must be beyond chance; else there are too few customers to call a feature noise
)
RESTARTS = 10

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@plain_products
def noise_features(points: NDArray[Any], solution: Solution, *, seed: int = 0) -> Mask:
    """Which features do not tell the segments apart.

    Segments are drawn on one half of the customers by the features that clearly tell them apart, and the other half is
    held against them: how much of the variance of each other feature do the segments explain there, and how much of
    that of its distance to the median? A feature is noise where neither is more than chance gives, by permutation of
    the customers, and where a share of 5 % would be more.

    Args:
        points: (n_points, n_features), finite, a random sample of the customers.
        solution: The segments in use, drawn by all features.
        seed: Of the halves, the starts and the permutations.

    Returns:
        bool (n_features,); nobody is called noise where every feature would be.

    >>> random = np.random.default_rng(0)
    >>> groups = np.repeat([[0.0], [9.0]], 100, axis=0)
    >>> rows = np.concatenate([groups, np.zeros((200, 1))], axis=1) + random.normal(size=(200, 2))
    >>> noise_features(rows, Solution(2, np.array([[0.0, 0.0], [9.0, 0.0]]), 0.0)).tolist()
    [False, True]
    """
    points = np.asarray(points, np.float64)
    doubtful = _explained_shares(points, assign(points, solution.centers)[0], solution.k) <= HARDLY
    if not doubtful.any() or doubtful.all():
        return np.zeros(len(doubtful), np.bool_)
    told, others = points[:, ~doubtful], points[:, doubtful]
    random = np.random.default_rng(seed)
    splits = [np.array_split(random.permutation(len(points)), 2) for _ in range(SPLITS)]
    labels = [_draw(told, half, solution.k, seed=seed + i) for i, halves in enumerate(splits) for half in halves]
    pairs = [pair for one, two in splits for pair in ((one, two), (two, one))]
    orders = np.stack([np.arange(len(points)), *(random.permutation(len(points)) for _ in range(CHANCE))], axis=1)
    noise = np.zeros(len(doubtful), np.bool_)
    noise[doubtful] = [
        all(
            _is_chance(values[orders], labels, pairs, solution.k)
            for values in (feature, np.abs(feature - np.median(feature)))
        )
        for feature in others.T
    ]
    return noise


def _explained_shares(points: Floats, labels: NDArray[np.int32], k: int) -> Floats:
    """Share of the variance of each feature that lies between the segments."""
    size = np.maximum(np.bincount(labels, minlength=k), 1)[:, None]
    means = np.stack([np.bincount(labels, x, minlength=k) for x in points.T], axis=1) / size
    total = np.square(points - points.mean(axis=0)).sum(axis=0)
    within = np.square(points - means[labels]).sum(axis=0)
    return np.asarray(1 - within / np.where(total > 0, total, 1.0))


def _draw(points: Floats, half: NDArray[np.intp], k: int, *, seed: int) -> NDArray[np.int32]:
    """The segments of all points, drawn on a half of them."""
    grid = Grid.over(points, n=len(points))
    rows = Columns.of(grid.place(sampled_columns(points[half])))
    found = lloyd_from_starts(rows, greedy_starts(rows, [k], restarts=RESTARTS, seed=seed), tolerance=1e-4, most=1)[k][
        0
    ]
    return assign(points, grid.back(found.centers))[0]


def _is_chance(
    values: Floats,
    labels: list[NDArray[np.int32]],
    pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
    k: int,
) -> bool:
    """Whether the segments explain no more of a feature than of its permutations.

    Args:
        values: (n_points, 1 + permutations), the feature as it is first.
        labels: The segments, drawn on the first half of each pair.
        pairs: The half that draws, and the other.
        k: How many segments.
    """
    shares = np.zeros(values.shape[1])
    for own, (drew, held_out) in zip(labels, pairs, strict=True):
        belongs = np.equal.outer(own, np.arange(k)).astype(np.float64)
        size = np.maximum(belongs[drew].sum(axis=0), 1)[:, None]
        middle = values[drew].mean(axis=0)
        means = belongs[drew].T @ values[drew] / size
        total = np.square(values[held_out] - middle).sum(axis=0)
        within = np.square(values[held_out] - means[own[held_out]]).sum(axis=0)
        shares += 1 - within / np.where(total > 0, total, 1.0)
    shares /= len(labels)
    chance = float(np.quantile(shares[1:], SURE))
    return bool(shares[0] <= chance <= SEEN)
