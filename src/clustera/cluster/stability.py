"""Would the same segments be found again? Bootstrap for single segments, half-splits for the number of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import columns, sample_rows
from clustera.cluster.search import best_few, fit, label_all, plus_plus, starts_of
from clustera.cluster.solution import Solution

RESTARTS = 10  # one restart alone finds worse optima and would be blamed on the segments
SEARCH = 2_500  # rows on which the restarts of a replicate run


def bootstrap_jaccard(
    points: NDArray[Any],
    solutions: Mapping[int, Solution],
    *,
    replicates: int = 50,
    rows: int = 10_000,
    seed: int = 0,
) -> dict[int, NDArray[np.float64]]:
    """How well each segment is found again in bootstrap samples.

    Args:
        points: (n_points, n_features), finite.
        solutions: For each k the segments that are judged.
        replicates: Bootstrap samples.
        rows: Points taken part at most; the cost does not depend on how many more there are.
        seed: Of the samples.

    Returns:
        For each k (k,): the mean over the replicates of the largest Jaccard overlap of the segment with a segment
        of the replicate, measured on the rows drawn for the replicate.

    Source: Hennig (2007), Cluster-wise assessment of cluster stability.
    """
    some = np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
    grid = Grid.over(some, largest=float(np.abs(some).max(initial=0)), n=len(some))
    X = grid.place(columns(some))
    ks = sorted(solutions)
    reference = label_all(Columns.of(X), {k: grid.onto(solutions[k].centres) for k in ks})
    random = np.random.default_rng(seed)
    overlap = {k: np.zeros(k) for k in ks}
    for replicate in range(replicates):
        weights = np.bincount(random.integers(0, len(some), len(some)), minlength=len(some))
        drawn = np.flatnonzero(weights)
        sample = Columns.of(X[:, drawn], weights[drawn])
        centres = _fit(sample, ks, seed=seed + replicate)
        again = label_all(sample, centres)
        for k in ks:
            overlap[k] += _best_overlap(reference[k][drawn], again[k], k)
    return {k: total / replicates for k, total in overlap.items()}


def _fit(rows: Columns, ks: Sequence[int], *, seed: int) -> dict[int, NDArray[np.float64]]:
    """Best of several starts for each k; the starts are tried on some rows only."""
    few = rows
    if rows.n > SEARCH:
        few = Columns.of(rows.X[:, :SEARCH], rows.w[:SEARCH])
    found = fit(few, plus_plus(few, ks, restarts=RESTARTS, seed=seed), tolerance=1e-4)
    if few is not rows:
        found = fit(rows, starts_of(best_few(found, most=2, within=1.02)), tolerance=1e-4)
    return {k: some[0].centres for k, some in found.items()}


def _crossed(a: NDArray[Any], b: NDArray[Any], k: int) -> NDArray[np.int64]:
    """How many rows carry label i in `a` and label j in `b`: int64 (k, k)."""
    return np.bincount(a.astype(np.int64) * k + b, minlength=k * k).reshape(k, k)


def _best_overlap(reference: NDArray[np.uint8], again: NDArray[np.uint8], k: int) -> NDArray[np.float64]:
    """For each reference segment its largest Jaccard overlap with any other labelling's segment."""
    both = _crossed(reference, again, k)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class HalfSplits:
    """What half-splits say about one k.

    Attributes:
        prediction_strength: Of the weakest segment, mean over the splits and both directions.
        standard_error: Of that mean, over the splits.
        middle, side: Customers halfway between two neighbouring centres, and those at the emptier of both centres;
            summed over neighbours and splits, always on the half that did not draw the centres.
        valley: (middle + .5) / (side + .5): 0 = empty between neighbours, 1 = no gap.
        neighbour: int64 (k,), the segment with the nearest centre.
        valleys: float64 (k,), the same ratio between each segment and its neighbour, for the segments of `solutions`
            on all rows that take part; nan for k = 1.
    """

    prediction_strength: float
    standard_error: float
    middle: int
    side: int
    valley: float
    neighbour: NDArray[np.int64]
    valleys: NDArray[np.float64]


def half_splits(
    points: NDArray[Any],
    ks: Sequence[int],
    *,
    splits: int = 8,
    rows: int = 1_500,
    solutions: Mapping[int, Solution] | None = None,
    seed: int = 0,
) -> dict[int, HalfSplits]:
    """Prediction strength and the valley between neighbouring segments, on rows that did not draw the segments.

    Args:
        points: (n_points, n_features), finite.
        ks: Numbers of segments.
        splits: Random halves, each used in both directions.
        rows: Points that take part at most; the cost does not depend on how many more there are.
        solutions: Segments whose own valleys are wanted; by default those found on the rows that take part.
        seed: Of rows, splits and starts.

    Source: Tibshirani & Walther (2005), Cluster validation by prediction strength.
    """
    some = np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
    ks = sorted(k for k in set(ks) if k <= len(some) // 2)
    grid = Grid.over(some, largest=float(np.abs(some).max(initial=0)), n=len(some))
    X = grid.place(columns(some))
    if solutions is None:
        named = _fit(Columns.of(X), ks, seed=seed)
    else:
        named = {k: grid.onto(solutions[k].centres) for k in ks}
    random = np.random.default_rng(seed)
    strength = {k: np.zeros((splits, 2)) for k in ks}
    between = {k: np.zeros(2, np.int64) for k in ks}
    for split in range(splits):
        shuffled = random.permutation(len(some))
        halves = [Columns.of(X[:, half]) for half in np.array_split(shuffled, 2)]
        centres = [_fit(half, ks, seed=seed + split) for half in halves]
        for direction in (0, 1):
            held_out = halves[1 - direction]
            predicted = label_all(held_out, centres[direction])
            own = label_all(held_out, centres[1 - direction])
            for k in ks:
                strength[k][split, direction] = _weakest(own[k], predicted[k], k)
                between[k] += sum(_between(held_out, centres[direction][k], predicted[k]).values())
    everyone = Columns.of(X)
    labels = label_all(everyone, named)
    return {k: _summary(strength[k], between[k], _between(everyone, named[k], labels[k]), named[k]) for k in ks}


def _weakest(own: NDArray[np.uint8], predicted: NDArray[np.uint8], k: int) -> float:
    """Share of the pairs of a segment that the other half keeps together, of the segment where it is least."""
    both = _crossed(own, predicted, k).astype(np.float64)
    size = both.sum(axis=1)
    together = (both * (both - 1)).sum(axis=1)
    return float(np.where(size > 1, together / np.maximum(size * (size - 1), 1), 0.0).min())


def _neighbours(centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest other centre of each centre."""
    apart = np.square(centres[:, None] - centres[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.argmin(axis=1))


def _between(
    rows: Columns, centres: NDArray[np.float64], labels: NDArray[np.uint8]
) -> dict[tuple[int, int], NDArray[np.int64]]:
    """For each pair of neighbours, the rows halfway between both centres and those at the emptier end.

    Rows of both segments are projected on the line through the centres, which stand at -1 and +1; a row counts where
    it is less than a quarter away from 0, -1 or +1.
    """
    counts = {}
    if len(centres) > 1:
        for j, q in enumerate(_neighbours(centres)):
            a, b = min(j, int(q)), max(j, int(q))
            line = centres[b] - centres[a]
            length = float(line @ line)
            if (a, b) in counts or length == 0:
                continue
            here = rows.X[:, : rows.n][:, (labels == a) | (labels == b)]
            along = (line @ here - line @ (centres[a] + centres[b]) / 2) * (2 / length)
            middle, low, high = (np.count_nonzero(np.abs(along - spot) < 0.25) for spot in (0, -1, 1))
            counts[a, b] = np.array([middle, min(low, high)])
    return counts


def _summary(
    strength: NDArray[np.float64],
    between: NDArray[np.int64],
    pairs: Mapping[tuple[int, int], NDArray[np.int64]],
    named: NDArray[np.float64],
) -> HalfSplits:
    """Means over the splits, and the valleys of the named segments."""
    per_split = strength.mean(axis=1)
    error = float(per_split.std(ddof=1) / np.sqrt(len(per_split))) if len(per_split) > 1 else np.nan
    neighbour = _neighbours(named)
    valleys = np.full(len(named), np.nan)
    for j, q in enumerate(neighbour):
        pair = pairs.get((min(j, int(q)), max(j, int(q))))
        if pair is not None:
            valleys[j] = _ratio(pair)
    valley = _ratio(between) if len(named) > 1 else np.nan
    return HalfSplits(float(per_split.mean()), error, int(between[0]), int(between[1]), valley, neighbour, valleys)


def _ratio(counts: NDArray[np.int64]) -> float:
    """Middle to side, kept finite where nobody stands."""
    return float((counts[0] + 0.5) / (counts[1] + 0.5))
