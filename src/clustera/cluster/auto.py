"""The number of segments of a matrix that is prepared already: the evidence and the choice in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.candidates import LEAST_CUSTOMERS, ClusterOptions, candidate_numbers
from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.growing import look_at
from clustera.cluster.sampling import sample_rows
from clustera.cluster.steps import spread_steps
from clustera.cluster.sweep import draft_sweep
from clustera.errors import InputError
from clustera.records import KSelection
from clustera.samples import PAIRED, SAMPLED


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
        seed: Of starts and samples.
        options: What is asked for.

    Raises:
        InputError: fewer than 10 points, or fewer different ones than segments asked for.
    """
    options = options or ClusterOptions()
    if weights is not None:
        points, weights = points[weights > 0], weights[weights > 0]
    sample = np.asarray(_draw_sample(points, weights, seed), np.float64)
    distinct = len(np.unique(sample, axis=0))
    if len(points) < LEAST_CUSTOMERS or distinct < 2:
        raise InputError(
            f'n_clusters="auto" needs at least {LEAST_CUSTOMERS} samples{" with a weight above 0" if weights is not None else ""}, '
            f"not all equal; here are {len(points)}{', all equal' if distinct == 1 else ''}.",
            hint="Give n_clusters as a number.",
        )
    judged = spread_steps(sample[:PAIRED], sample, seed=seed)
    looked = look_at(
        candidate_numbers(len(points), distinct, options),
        sweep=lambda ks: draft_sweep(points, ks, weights=weights, seed=seed),
        judge=lambda solutions, draw: gather_evidence(judged, sample, solutions, seed=seed + 1_000 * draw),
        customers=len(points),
        distinct=distinct,
        options=options,
    )
    return choose(looked.evidence.table, options=options, sample=len(judged))


def _draw_sample(points: NDArray[Any], weights: NDArray[np.float64] | None, seed: int) -> NDArray[Any]:
    """A random sample in random order, which does not depend on the order of the points; each as often as its weight says."""
    if weights is None:
        return points[sample_rows(points, SAMPLED, seed=seed)]
    light_first = np.argsort(weights, kind="stable")
    order = light_first[sample_rows(points[light_first], len(points), seed=seed)]
    size = min(SAMPLED, len(points))
    # At even steps along the running weight: a point of n times the mean weight comes n times, give or take one.
    running = np.cumsum(weights[order])
    steps = (np.arange(size) + 0.5) * (running[-1] / size)
    drawn = order[np.minimum(np.searchsorted(running, steps, side="right"), len(order) - 1)]
    return points[np.random.default_rng(seed).permutation(drawn)]
