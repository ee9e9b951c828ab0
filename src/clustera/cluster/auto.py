"""The number of segments of a matrix that is prepared already: the evidence and the choice in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.choose import ClusterOptions, candidates, choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.growing import look_at
from clustera.cluster.sampling import sample_rows
from clustera.cluster.steps import spread_steps
from clustera.cluster.sweep import draft_sweep
from clustera.records import KSelection

JUDGED = 2_500
SAMPLE = 20_000


def select_k(
    points: NDArray[Any],
    *,
    weights: NDArray[np.float64] | None = None,
    seed: int = 0,
    options: ClusterOptions | None = None,
) -> KSelection:
    """How many segments the points form, and why (see `choose`).

    Values that come in steps (counts, rounded answers) are judged spread over their step, as `clustera.segment` does:
    the borders between them are no gaps between customers.

    Args:
        points: (n_points, n_features), finite, each feature on a scale on which it should count.
        weights: (n_points,), at least 0; a point takes part as often as its weight says, none with weight 0.
        seed: Of starts and samples.
        options: What is asked for.

    Raises:
        InputError: fewer than 10 points, or fewer different ones than segments asked for.
    """
    options = options or ClusterOptions()
    if weights is not None:
        points = _drawn_by_weight(points, weights, seed)
    sample = np.asarray(points[sample_rows(points, SAMPLE, seed=seed)], np.float64)
    judged = spread_steps(sample[:JUDGED], sample, seed=seed)
    distinct = len(np.unique(sample, axis=0))
    looked = look_at(
        candidates(len(points), distinct, options),
        sweep=lambda ks: draft_sweep(points, ks, seed=seed),
        judge=lambda drafts: gather_evidence(judged, sample, drafts.solutions, seed=seed),
        customers=len(points),
        distinct=distinct,
        options=options,
    )
    return choose(looked.evidence.table, options=options, sample=len(judged))


def _drawn_by_weight(points: NDArray[Any], weights: NDArray[np.float64], seed: int) -> NDArray[Any]:
    """Points drawn by their weight, as many as equal weights would need to say as much; all where they are equal.

    Source: Kish (1965), Survey Sampling, for the number; Efraimidis & Spirakis (2006), Weighted random sampling with a
        reservoir, for the draw.
    """
    points, weights = points[weights > 0], weights[weights > 0]
    enough = int(np.ceil(weights.sum() ** 2 / np.square(weights).sum()))
    if enough >= len(points):
        return points
    order = sample_rows(points, len(points), seed=seed)
    late = np.random.default_rng(seed).exponential(size=len(points)) / weights[order]
    return np.asarray(points[order[np.argsort(late, kind="stable")[:enough]]])
