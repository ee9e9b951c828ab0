"""What speaks for and against every number of segments, measured on a sample: its cost does not grow with the table.

Separation (silhouette, Calinski-Harabasz), gap over random data, reproducibility (prediction strength, bootstrap
Jaccard) and the valley between neighboring segments. What they decide is written in `choose`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.borrowed import plain_products
from clustera.cluster.assign import assign
from clustera.cluster.halves import Halves, judge_halves, mean_ratio
from clustera.cluster.judgments import FADED_ADMITTED, OUTWARD, PATH_ADMITTED, evidence_at_best, has_gaps
from clustera.cluster.paths import path_neighbors, path_ratio
from clustera.cluster.scores import gap_statistic
from clustera.cluster.silhouette import mean_silhouettes
from clustera.cluster.solution import Solution
from clustera.cluster.stability import bootstrap_jaccard
from clustera.records import KEvidence

GAP_ROWS = 1_500
SPLITS = 8
BOOTSTRAPS, BOOTSTRAP_ROWS = 16, 1_500
MOST_REPEATS = 6
REFERENCES = 4
FEW = 8  # numbers that are judged again at a time, at most
GAP = 0.8  # on no straight line a gap: then there is none along a path
FADED_DRAWS = 3  # of the halves that look for a path where no window ends
GAP_STARTS = 3  # the gap only orders the alternatives


@dataclass(frozen=True, slots=True)
class SegmentEvidence:
    """How sure one segment is; `neighbor` is its position among the centers."""

    jaccard: float
    valley: float
    neighbor: int


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Evidence for every k, and for every segment of every k."""

    table: tuple[KEvidence, ...]
    jaccard: Mapping[int, NDArray[np.float64]]
    halves: Mapping[int, Halves]
    along: Mapping[int, NDArray[np.float64]]
    faded: Mapping[int, NDArray[np.float64]]

    def renewed(self, other: Evidence) -> Evidence:
        """The evidence of another measurement, for the ks that it looked at."""
        new = {e.k: e for e in other.table}
        table = tuple(new.get(e.k, e) for e in self.table)
        return Evidence(
            table,
            {**self.jaccard, **other.jaccard},
            {**self.halves, **other.halves},
            {**self.along, **other.along},
            {**self.faded, **other.faded},
        )

    def averaged(self, others: Sequence[Evidence]) -> Evidence:
        """The mean of this measurement and others of the same segments, for the ks that the others looked at."""
        table = tuple(_mean_of(e, [o for other in others for o in other.table if o.k == e.k]) for e in self.table)
        jaccard, halves = dict(self.jaccard), dict(self.halves)
        for e in table:
            again = [other for other in others if e.k in other.jaccard]
            if again:
                jaccard[e.k] = np.mean([one.jaccard[e.k] for one in (self, *again)], axis=0)
                valleys = mean_ratio(np.array([one.halves[e.k].valleys for one in (self, *again)]))
                halves[e.k] = replace(self.halves[e.k], valleys=valleys)
        # The weakest segment is that of the means: what is said of k is what is said of its segments.
        table = tuple(replace(e, jaccard=float(jaccard[e.k].min())) if e.k in jaccard else e for e in table)
        return replace(self, table=table, jaccard=jaccard, halves=halves)

    def trust(self, k: int, order: Sequence[int]) -> tuple[SegmentEvidence, ...]:
        """The segments of one k; `order` names the center that comes first, second, ..."""
        place = {old: new for new, old in enumerate(order)}
        halves, jaccard = self.halves[k], self.jaccard[k]
        valleys, faded = halves.valleys, float(np.max(self.faded.get(k, 0.0)))
        if faded > FADED_ADMITTED:  # a gap that the edge of a window makes is none
            valleys = np.maximum(valleys, faded)
        return tuple(
            SegmentEvidence(float(jaccard[old]), float(valleys[old]), place[int(halves.neighbor[old])]) for old in order
        )


@plain_products
def gather_evidence(
    judged: NDArray[np.float64],
    sample: NDArray[Any],
    sweep: Mapping[int, Solution],
    *,
    seed: int,
    nearest: NDArray[np.int64] | None = None,
    faded: Callable[[], NDArray[np.float64] | None] | None = None,
) -> Evidence:
    """Measure every k of a sweep.

    Args:
        judged: float64 (n_judged, n_features), a random sample of the points, discrete values jittered.
        sample: (n_sample, n_features), a larger random sample as it is, for the sizes of the segments.
        sweep: The solution, or its draft, for each k; that for k = 1 says what there is to explain.
        seed: Of half-splits, bootstraps and random references.
        nearest: `path_neighbors` of `judged`, where they are known.
        faded: Where features look back over a window, the customers of `judged` as they are when windows fade out instead
            of ending: (n_judged, n_features). A gap that is gone there is one of the windows' edges. Asked for only where
            there is a gap. It gives None where nothing looks back.
    """
    ks = sorted(k for k in sweep if k > 1)
    solutions = {k: sweep[k] for k in ks}
    labels = {k: assign(judged, sweep[k].centers)[0] for k in ks}
    separation = mean_silhouettes(judged, labels)
    # Few customers are drawn more often: each draw costs less, and says less.
    more = int(np.clip(BOOTSTRAP_ROWS // len(judged), 1, MOST_REPEATS))
    halves = judge_halves(judged, solutions, splits=SPLITS * more, seed=seed)
    jaccard = bootstrap_jaccard(judged, solutions, replicates=BOOTSTRAPS * more, rows=BOOTSTRAP_ROWS, seed=seed)
    gaps = gap_statistic(judged, ks, references=REFERENCES, rows=GAP_ROWS, restarts=GAP_STARTS, seed=seed)
    total = max(sweep[1].inertia, np.finfo(np.float64).tiny)
    lines = [
        KEvidence(
            k=k,
            inertia=sweep[k].inertia,
            explained=1 - sweep[k].inertia / total,
            silhouette=separation[k][0],
            calinski_harabasz=_calinski_harabasz(judged, labels[k], k),
            gap=gaps[k],
            prediction_strength=halves[k].prediction_strength,
            prediction_strength_se=halves[k].standard_error,
            valley=halves[k].valley,
            jaccard=float(jaccard[k].min()),
            smallest=_smallest(sample, sweep[k]),
            rank=0.0,
            admissible=False,
            valley_whole=halves[k].valley_whole,
        )
        for k in ks
        if k in halves
    ]
    nearest = path_neighbors(judged) if nearest is None else nearest
    along = {
        e.k: path_ratio(judged, labels[e.k], sweep[e.k].centers, nearest, seed=seed)
        if _asks_for_paths(e, ks)
        else np.ones(e.k)
        for e in lines
    }
    apart = {k: labels[k] for k, ratio in along.items() if ratio.max() <= PATH_ADMITTED}
    points = faded() if faded is not None and apart else None
    fading = _paths_when_faded(points, apart, seed=seed) if points is not None else {}
    table = tuple(
        replace(
            e,
            path_ratio=float(along[e.k].max()),
            path_faded=float(fading[e.k].max()) if e.k in fading else 0.0,
        )
        for e in lines
    )
    return Evidence(table, jaccard, halves, along, fading)


def _asks_for_paths(e: KEvidence, ks: Sequence[int]) -> bool:
    """Whether a gap along paths may matter: for a clear verdict, or for the search to go on.

    Where few numbers are judged, it is again, and every measurement counts.
    """
    if min(e.valley, e.valley_whole) > GAP:
        return False
    return len(ks) <= FEW or e.k > max(ks) - OUTWARD or has_gaps(evidence_at_best(e))


def _paths_when_faded(
    points: NDArray[np.float64], labels: Mapping[int, NDArray[np.int32]], *, seed: int
) -> dict[int, NDArray[np.float64]]:
    """The path ratio of the same segments, where no window ends: (k,) for each k."""
    nearest = path_neighbors(points)
    found = {}
    for k, label in labels.items():
        size = np.maximum(np.bincount(label, minlength=k), 1)[:, None]
        means = np.stack([np.bincount(label, column, minlength=k) for column in points.T], axis=1) / size
        drawn = [path_ratio(points, label, means, nearest, seed=seed + draw) for draw in range(FADED_DRAWS)]
        found[k] = np.mean(drawn, axis=0)
    return found


def _mean_of(e: KEvidence, others: Sequence[KEvidence]) -> KEvidence:
    """What was measured of one number several times."""
    every = (e, *others)
    if not others:
        return e
    return replace(
        e,
        gap=float(np.mean([one.gap for one in every])),
        prediction_strength=float(np.mean([one.prediction_strength for one in every])),
        prediction_strength_se=float(np.linalg.norm([one.prediction_strength_se for one in every]) / len(every)),
        jaccard=float(np.mean([one.jaccard for one in every])),
        valley=float(mean_ratio(np.array([one.valley for one in every]))),
        valley_whole=float(mean_ratio(np.array([one.valley_whole for one in every]))),
        path_ratio=float(mean_ratio(np.array([one.path_ratio for one in every]))),
        path_faded=float(mean_ratio(np.array([one.path_faded for one in every]))),
        draws=len(every),
    )


def _calinski_harabasz(points: NDArray[np.float64], labels: NDArray[np.int32], k: int) -> float:
    """Variance between over variance within, per degree of freedom. Source: Calinski & Harabasz (1974)."""
    size = np.bincount(labels, minlength=k)
    means = np.stack([np.bincount(labels, x, minlength=k) for x in points.T], axis=1) / np.maximum(size, 1)[:, None]
    between = float((size * np.square(means - points.mean(axis=0)).sum(axis=1)).sum())
    within = float(np.square(points - means[labels]).sum())
    # Where segments are single values nothing varies within: a very large index, and still a number.
    numbers = np.finfo(np.float64)
    return between / (k - 1) / max(within / max(len(points) - k, 1), numbers.eps**2 * between, numbers.tiny)


def _smallest(points: NDArray[Any], solution: Solution) -> float:
    sizes = np.bincount(assign(points, solution.centers)[0], minlength=solution.k)
    return float(sizes.min() / len(points))
