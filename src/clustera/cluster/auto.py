"""The number of segments of a matrix that is prepared already: the evidence and the choice in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.candidates import LEAST_CUSTOMERS, candidate_numbers
from clustera.cluster.choose import choose
from clustera.cluster.growing import judge_on_customers, search_more_k
from clustera.cluster.options import ClusterOptions
from clustera.cluster.sampling import weighted_sample
from clustera.cluster.steps import spread_steps
from clustera.cluster.sweep import draft_sweep
from clustera.errors import InputError
from clustera.records import KSelection
from clustera.samples import PAIRED

SAMPLE_SEED = 0  # the same points are judged whatever the seed of the search is


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
        weights: Of the points, (n_points,), at least 0: a point of weight 2 counts like two that are equal.
        seed: Of the search for the segments; the points and draws that judge them are the same for every seed.
        options: What is asked for.

    Raises:
        InputError: fewer than 10 points, or fewer different ones than segments asked for.
    """
    options = options or ClusterOptions()
    if weights is not None:
        points, weights = points[weights > 0], weights[weights > 0]
    sample = np.asarray(points[weighted_sample(points, weights, SAMPLE_SEED)], np.float64)
    distinct = len(np.unique(sample, axis=0))
    if len(points) < LEAST_CUSTOMERS or distinct < 2:
        raise InputError(
            f'n_clusters="auto" needs at least {LEAST_CUSTOMERS} samples{" with a weight above 0" if weights is not None else ""}, '
            f"not all equal; here are {len(points)}{', all equal' if distinct == 1 else ''}.",
            hint="Give n_clusters as a number.",
        )
    judged = spread_steps(sample[:PAIRED], sample, seed=SAMPLE_SEED)
    looked = search_more_k(
        candidate_numbers(len(points), distinct, options),
        sweep=lambda ks: draft_sweep(points, ks, weights=weights, seed=seed),
        judge=judge_on_customers(judged, sample),
        customers=len(points),
        distinct=distinct,
        options=options,
    )
    return choose(looked.evidence.table, options=options, sample=len(judged))
