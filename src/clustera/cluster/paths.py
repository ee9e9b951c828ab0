"""Is there a path of customers from one segment to its neighbor, or do they leave a gap wherever one walks?

Between the centers of two parts of a ring lies its hole, so a straight line shows a gap that isn't one. Here the line
follows the customers: along a curve through the densest way from one segment to the other, the customers who did not
draw the curve are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustera.borrowed import plain_products
from clustera.cluster.sampling import sample_rows
from clustera.cluster.windows import REACH, STEPS, TOTAL, Counts, count_windows, emptiest_windows, gap_ratios

SPLITS = 2  # random halves, each used in both directions
GUIDES = 120  # customers of each segment through whom the path is looked for, at most
KNOTS = 6
NEAREST = 10  # of every customer; where two segments meet, those of one are among the nearest of the other
SMOOTHINGS = 2
SIDEWAYS = 2  # directions beside the line between both centers in which a path may turn

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two neighboring segments: their customers (n, few features), which are of the second, and both centers."""

    points: Floats
    second: NDArray[np.bool_]
    centers: Floats


@plain_products
def path_neighbors(points: Floats, count: int = NEAREST) -> NDArray[np.int64]:
    """The nearest others of every customer: int64 (n_points, count), in no order.

    Args:
        points: (n_points, n_features), a few thousand at most.
        count: How many, fewer than there are points.

    >>> path_neighbors(np.array([[0.0], [1.0], [5.0]]), 1).ravel().tolist()
    [1, 0, 1]
    """
    count = min(count, len(points) - 1)
    square = np.square(points).sum(axis=1)
    found = np.empty((len(points), count), np.int64)
    for begin in range(0, len(points), 500):
        some = slice(begin, begin + 500)
        apart = square - 2 * (points[some] @ points.T)  # the square of the customer's own length changes no order
        apart[np.arange(len(apart)), begin + np.arange(len(apart))] = np.inf
        found[some] = np.argpartition(apart, count - 1, axis=1)[:, :count]
    return found


def path_ratio(
    points: Floats, labels: NDArray[np.integer], centers: Floats, nearest: NDArray[np.int64], *, seed: int = 0
) -> Floats:
    """How dense the densest path from each segment to its neighbors is, measured on held-out customers.

    The neighbors of a segment are that of the nearest center and that with whose customers its own mix most.

    One half of the customers of both segments draws the path: the cheapest walk from the middle of one to the middle
    of the other where long steps cost most, smoothed to a curve. It also says where on the curve the fewest
    customers stand, and where on either side the most. The other half is counted there.

    Args:
        points: (n_points, n_features), finite.
        labels: (n_points,), the segment of each.
        centers: (k, n_features).
        nearest: Of `path_neighbors`.
        seed: Of the halves.

    Returns:
        (k,): customers at the emptiest place of the path for one at the lower of both peaks; 0 = empty, 1 = no gap.

    Source: principal curves, Hastie & Stuetzle (1989); distances along paths that avoid long steps, Bijral, Ratliff &
        Srebro (2011), Semi-supervised learning with density based distances.
    """
    order = sample_rows(points, len(points), seed=seed)
    pairs = _neighboring_pairs(centers, labels, nearest)
    points, labels = points[order], labels[order]
    random = np.random.default_rng(seed)
    ratio = np.zeros(len(centers))
    for a, b in pairs:
        both = np.flatnonzero((labels == a) | (labels == b))
        pair = _flattened(points[both], labels[both] == b, centers[[a, b]])
        share = float(np.mean(list(_emptiest_shares(pair, random))))
        ratio[[a, b]] = np.maximum(ratio[[a, b]], share / (1 - share))
    return ratio


def _neighboring_pairs(
    centers: Floats, labels: NDArray[np.integer], nearest: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Each segment with that of the nearest center and with that of the most nearest customers, every pair once."""
    k = len(centers)
    apart = np.square(centers[:, None] - centers[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    mixed = np.bincount((k * labels.astype(np.int64)[:, None] + labels[nearest]).ravel(), minlength=k * k).reshape(k, k)
    mixed = mixed + mixed.T
    np.fill_diagonal(mixed, 0)
    pairs = set(enumerate(apart.argmin(axis=1).tolist()))
    pairs |= {(a, b) for a, b in enumerate(mixed.argmax(axis=1).tolist()) if mixed[a, b]}
    return sorted({(min(pair), max(pair)) for pair in pairs})


def _flattened(points: Floats, second: NDArray[np.bool_], centers: Floats) -> _Pair:
    """The pair along the line of its centers and in the few directions beside it in which its customers vary most."""
    if points.shape[1] <= SIDEWAYS + 1:
        return _Pair(points, second, centers)
    line = centers[1] - centers[0]
    line = line / max(float(np.linalg.norm(line)), np.finfo(np.float64).tiny)
    beside = points - np.outer(points @ line, line)
    beside = beside - beside.mean(axis=0)
    axes = np.linalg.eigh(beside.T @ beside)[1][:, : -SIDEWAYS - 1 : -1]
    axes = np.column_stack([line, axes - np.outer(line, line @ axes)])
    return _Pair(points @ axes, second, centers @ axes)


def _emptiest_shares(pair: _Pair, random: np.random.Generator) -> Iterator[float]:
    """Share of the emptiest place among it and the lower peak, once for every half that draws."""
    n = len(pair.points)
    for _ in range(SPLITS):
        drew = np.zeros(n, np.bool_)
        drew[random.permutation(n)[: n // 2]] = True
        for half in (drew, ~drew):
            ends = [np.flatnonzero(half & side)[:GUIDES] for side in (~pair.second, pair.second)]
            if min(map(len, ends)) < 2:
                yield 0.5  # too few to say
                continue
            curve = _curve(pair, *ends)
            emptiest = emptiest_windows(_windows_along(_along(curve, pair.points[half])))
            counted = _windows_along(_along(curve, pair.points[~half]))
            yield float(gap_ratios(counted, *emptiest)[0])


def _curve(pair: _Pair, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """The smoothed path (KNOTS, features) from the middle of one segment to the middle of the other."""
    guides = pair.points[np.concatenate([first, second])]
    start, end = (
        offset + int(np.square(pair.points[own] - center).sum(axis=1).argmin())
        for offset, own, center in zip((0, len(first)), (first, second), pair.centers, strict=True)
    )
    curve = _evenly(guides[_walk(guides, start, end)])
    for _ in range(SMOOTHINGS):
        own = _squares(guides, curve).argmin(axis=1)
        size = np.bincount(own, minlength=KNOTS)[:, None]
        means = np.stack([np.bincount(own, x, minlength=KNOTS) for x in guides.T], axis=1) / np.maximum(size, 1)
        means = np.where(size > 0, means, curve)
        means[[0, -1]] = curve[[0, -1]]
        means[1:-1] = (means[:-2] + 2 * means[1:-1] + means[2:]) / 4
        curve = _evenly(means)
    return curve


def _walk(points: Floats, start: int, end: int) -> list[int]:
    """The cheapest walk from one point to another by way of the others.

    A step costs its length to the third power: one long step costs more than many short ones. Source: Dijkstra (1959).
    """
    square = _squares(points, points)
    step = square * np.sqrt(square)  # the length to the third power
    cost = np.full(len(points), np.inf)  # of those who are not reached yet
    before = np.full(len(points), start)
    here, far = start, 0.0
    while here != end:
        step[:, here] = np.inf  # nobody goes there again
        total = step[here] + far
        better = total < cost
        before[better] = here
        cost[here] = np.inf
        np.minimum(cost, total, out=cost)
        here = int(cost.argmin())
        far = cost[here]
        if far == np.inf:
            break
    walk = [end]
    while walk[-1] != start:
        walk.append(int(before[walk[-1]]))
    return walk[::-1]


def _squares(a: Floats, b: Floats) -> Floats:
    """Squared distances (a, b); feature by feature, as a sum over a short last axis takes three times as long."""
    square = np.zeros((len(a), len(b)))
    for x, y in zip(a.T, b.T, strict=True):
        square += np.square(x[:, None] - y)
    return square


def _lengths(curve: Floats) -> Floats:
    """How far along the curve each of its corners lies."""
    return np.concatenate([[0.0], np.sqrt(np.square(np.diff(curve, axis=0)).sum(axis=1)).cumsum()])


def _evenly(curve: Floats) -> Floats:
    """The same curve with its corners at equal distances: (KNOTS, features)."""
    far = _lengths(curve)
    places = np.linspace(0, far[-1], KNOTS)
    return np.column_stack([np.interp(places, far, x) for x in curve.T])


def _along(curve: Floats, points: Floats) -> Floats:
    """Where on the curve each point is nearest to it: -1 at its start, +1 at its end, beyond where it goes on straight."""
    line = np.diff(curve, axis=0)
    square = np.maximum(np.square(line).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.zeros((len(points), len(line)))
    for x, begin, towards in zip(points.T, curve[:-1].T, line.T, strict=True):
        share += (x[:, None] - begin) * towards
    share /= square
    lowest, highest = np.zeros(len(line)), np.ones(len(line))
    lowest[0], highest[-1] = -np.inf, np.inf
    share = np.clip(share, lowest, highest)
    away = np.zeros_like(share)
    for x, begin, towards in zip(points.T, curve[:-1].T, line.T, strict=True):
        away += np.square(x[:, None] - begin - share * towards)
    nearest = away.argmin(axis=1)
    far = _lengths(curve)
    place = far[nearest] + share[np.arange(len(points)), nearest] * np.sqrt(square[nearest])
    return np.asarray(place / max(far[-1], np.finfo(np.float64).tiny) * 2 - 1)


def _windows_along(along: Floats) -> Counts:
    """Customers in every window: (1, 51), centered at -1.25 to 1.25."""
    step = np.floor((along + REACH) * STEPS)
    return count_windows(step[(step >= 0) & (step < TOTAL)].astype(np.int64), 1)
