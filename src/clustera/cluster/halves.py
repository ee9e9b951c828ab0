"""Segments drawn on one half of the customers, judged on the other: do they agree, and are there gaps between them?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import sample_rows, sampled_columns
from clustera.cluster.search import greedy_starts, label_all, lloyd_from_starts
from clustera.cluster.solution import Solution
from clustera.cluster.stability import crossed_labels
from clustera.cluster.windows import REACH, STEPS, TOTAL, Counts, count_windows, emptiest_windows, gap_ratios
from clustera.kernels.matching import match_pairs

RESTARTS = 10  # one restart alone finds worse optima and would be blamed on the segments
ROWS = 1_500


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """What half-splits say about one k.

    Attributes:
        prediction_strength: Of the weakest segment, mean over the splits and both directions.
        standard_error: Of that mean, over the splits.
        valley: Between the two neighboring segments that are least apart: how many customers stand in the emptiest
            place between them for one at the lower of both peaks. 0 = empty between, 1 = no gap.
        neighbor: int64 (k,), the segment with the nearest center.
        valleys: float64 (k,), the same ratio between each segment and its neighbor.
        valley_whole: As `valley`, for the segments as all customers draw them: one half says where the places are, the
            other is counted. A group too small to be drawn from every half is seen here.
    """

    prediction_strength: float
    standard_error: float
    valley: float
    neighbor: NDArray[np.int64]
    valleys: NDArray[np.float64]
    valley_whole: float


def judge_halves(
    points: NDArray[Any],
    solutions: Mapping[int, Solution],
    *,
    splits: int = 8,
    rows: int = ROWS,
    seed: int = 0,
) -> dict[int, Halves]:
    """Prediction strength and the valleys between neighboring segments, for every k.

    For each pair of neighbors the customers of both are projected on the line through their centers. The half that
    draws the segments says where the emptiest place between the centers is and where on either side of it most
    customers stand; the other half is counted there. Were the customers one crowd along that line, with a single
    peak, no place between two others could be emptier than both: on average the ratio is 1 or more, wherever the
    places are. So a ratio well below 1 speaks for two groups, of whatever sizes.

    Args:
        points: (n_points, n_features), finite.
        solutions: Segments for each k; ks of more than half as many segments as rows are left out.
        splits: Random halves, each used in both directions.
        rows: Points that take part at most; the cost does not depend on how many more there are.
        seed: Of rows, splits and starts.

    Source of prediction strength: Tibshirani & Walther (2005), Cluster validation by prediction strength.
    """
    some = np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
    ks = sorted(k for k in solutions if 2 <= k <= len(some) // 2)
    if not ks:
        return {}
    grid = Grid.over(some, n=len(some))
    X = grid.place(sampled_columns(some))
    named = {k: grid.onto(solutions[k].centers) for k in ks}
    named_labels, named_lines = label_all(Columns.of(X), named), _lines_between_centers(named)
    random = np.random.default_rng(seed)
    strength = {k: np.zeros((splits, 2)) for k in ks}
    shares = defaultdict[int, list[NDArray[np.float64]]](list)
    worst, whole = defaultdict[int, list[float]](list), defaultdict[int, list[float]](list)
    for split in range(splits):
        parts = np.array_split(random.permutation(len(some)), 2)
        halves = [Columns.of(X[:, part]) for part in parts]
        centers = [_draw_half(half, ks, seed=seed + split) for half in halves]
        own = [label_all(half, drawn) for half, drawn in zip(halves, centers, strict=True)]
        for direction in (0, 1):
            drew, held_out = halves[direction], halves[1 - direction]
            predicted = label_all(held_out, centers[direction])
            found = _emptiest_between(
                _lines_between_centers(centers[direction]), (drew, own[direction]), (held_out, predicted)
            )
            looked, counted = (_labels_of(parts[side], named_labels) for side in (direction, 1 - direction))
            as_they_are = _emptiest_between(named_lines, (drew, looked), (held_out, counted))
            for k, weakest in zip(ks, _weakest(own[1 - direction], predicted, ks), strict=True):
                strength[k][split, direction] = weakest
                towards, widest = found[k]
                shares[k].append(towards[_matched(named[k], centers[direction][k])])
                worst[k].append(widest)
                whole[k].append(as_they_are[k][1])
    return {k: _summarize_halves(strength[k], worst[k], whole[k], shares[k], named[k]) for k in ks}


def _labels_of(rows: NDArray[np.int64], labels: Mapping[int, NDArray[np.uint8]]) -> dict[int, NDArray[np.uint8]]:
    return {k: own[rows] for k, own in labels.items()}


def _draw_half(rows: Columns, ks: Sequence[int], *, seed: int) -> dict[int, NDArray[np.float64]]:
    """The best of several starts for each k."""
    found = lloyd_from_starts(rows, greedy_starts(rows, ks, restarts=RESTARTS, seed=seed), tolerance=1e-4, most=1)
    return {k: some[0].centers for k, some in found.items()}


def _weakest(
    own: Mapping[int, NDArray[np.uint8]], predicted: Mapping[int, NDArray[np.uint8]], ks: Sequence[int]
) -> NDArray[np.float64]:
    """Share of the pairs of a segment that the other half keeps together, of the segment where it is least; (ks,)."""
    ours, theirs = (np.stack([labels[k] for k in ks]) for labels in (own, predicted))
    both = crossed_labels(ours, theirs, max(ks)).astype(np.float64)
    size = both.sum(axis=2)
    together = (both * (both - 1)).sum(axis=2)
    share = np.where(size > 1, together / np.maximum(size * (size - 1), 1), 0.0)
    return np.asarray(np.where(np.arange(max(ks)) < np.array(ks)[:, None], share, np.inf).min(axis=1))


def _nearest_centers(centers: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest other center of each center."""
    apart = np.square(centers[:, None] - centers[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.argmin(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The lines between neighboring centers, of all ks one after the other.

    Attributes:
        k: Place of its number of segments among the ks, for each line.
        a, b: int64 (lines,), the labels of the two centers, and `start`, `end`: float64 (lines, n_features), where they
            stand.
        towards: For each number of segments int64 (k,), the line from each center to its neighbor, counted from its
            first.
    """

    k: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    towards: Mapping[int, NDArray[np.int64]]


def _lines_between_centers(centers: Mapping[int, NDArray[np.float64]]) -> _Lines:
    every = np.concatenate(list(centers.values()))
    which = np.repeat(np.arange(len(centers)), list(centers))
    first = np.repeat(np.cumsum([0, *centers])[:-1], list(centers))
    one = np.arange(len(every))
    other = first + np.concatenate([_nearest_centers(some) for some in centers.values()])
    # As one number a pair, so that each is there once.
    pairs, towards = np.unique(np.minimum(one, other) * len(every) + np.maximum(one, other), return_inverse=True)
    a, b = np.divmod(pairs, len(every))
    begin = np.searchsorted(which[a], which)
    ends = np.cumsum(list(centers))[:-1]
    return _Lines(
        which[a],
        a - first[a],
        b - first[b],
        every[a],
        every[b],
        dict(zip(centers, np.split(towards - begin, ends), strict=True)),
    )


def _emptiest_between(
    lines: _Lines,
    drew: tuple[Columns, Mapping[int, NDArray[np.uint8]]],
    held_out: tuple[Columns, Mapping[int, NDArray[np.uint8]]],
) -> dict[int, tuple[NDArray[np.float64], float]]:
    """Share of the emptiest place among it and the lower peak, on the held-out half.

    Returns:
        For each k: for each center (k,) the share towards its neighbor, and that of the pair which looked least apart
        to the half that drew it: chosen there, so that chance on the held-out half can't choose it.
    """
    ks = list(lines.towards)
    first, second = (
        _windows_of_lines(rows, np.stack([labels[k] for k in ks]), lines) for rows, labels in (drew, held_out)
    )
    emptiest = emptiest_windows(first)
    cuts = np.searchsorted(lines.k, np.arange(1, len(ks)))
    looked, counted = (np.split(gap_ratios(windows, *emptiest), cuts) for windows in (first, second))
    return {k: (counted[i][lines.towards[k]], float(counted[i][looked[i].argmax()])) for i, k in enumerate(ks)}


def _windows_of_lines(rows: Columns, labels: NDArray[np.uint8], lines: _Lines) -> Counts:
    """Customers in every window along every line: int64 (lines, 51), centered at -1.25 to 1.25.

    Args:
        rows: The customers.
        labels: Of each number of segments (ks, n_rows).
        lines: Of each pair of neighbors.
    """
    line = lines.end - lines.start
    length = np.square(line).sum(axis=1)
    halfway = ((lines.start + lines.end) / 2 * line).sum(axis=1)
    # Two centers may coincide when customers do; such a pair counts nobody.
    scale = 2 / np.where(length > 0, length, np.inf)
    own = labels[lines.k]
    theirs = ((own == lines.a[:, None]) | (own == lines.b[:, None])) & (length > 0)[:, None]
    at = np.flatnonzero(theirs)
    number = at // rows.n
    along = ((line @ rows.X[:, : rows.n]).ravel()[at] - halfway[number]) * scale[number]
    step = np.floor((along + REACH) * STEPS)
    inside = (step >= 0) & (step < TOTAL)
    place = (step + TOTAL * number)[inside].astype(np.int64)
    return count_windows(place, len(line))


def _matched(named: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each named center the drawn one that stands for it."""
    apart = np.square(named[:, None] - drawn[None]).sum(axis=2)
    return match_pairs(apart)


def _summarize_halves(
    strength: NDArray[np.float64],
    worst: Sequence[float],
    whole: Sequence[float],
    shares: Sequence[NDArray[np.float64]],
    named: NDArray[np.float64],
) -> Halves:
    per_split = strength.mean(axis=1)
    error = float(per_split.std(ddof=1) / np.sqrt(len(per_split))) if len(per_split) > 1 else np.nan
    return Halves(
        prediction_strength=float(per_split.mean()),
        standard_error=error,
        valley=float(_ratio(np.array(np.mean(worst)))),
        neighbor=_nearest_centers(named),
        valleys=_ratio(np.mean(shares, axis=0)),
        valley_whole=float(_ratio(np.array(np.mean(whole)))),
    )


def _ratio(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """A share of two as the ratio of the one to the other."""
    return np.asarray(share / (1 - share))


def mean_ratio(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the first axis of ratios of two counts, taken as shares of both.

    >>> float(mean_ratio(np.array([0.0, 1.0])).round(3))
    0.333
    """
    return _ratio((ratios / (1 + ratios)).mean(axis=0))
