"""The number of segments of a matrix that is prepared already: the evidence and the choice in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.choose import ClusterOptions, candidates, choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.sampling import sample_rows
from clustera.cluster.steps import spread_steps
from clustera.cluster.sweep import draft_sweep
from clustera.records import KSelection

JUDGED = 2_500
SAMPLE = 20_000


def select_k(points: NDArray[Any], *, seed: int = 0, options: ClusterOptions | None = None) -> KSelection:
    """How many segments the points form, and why (see `choose`).

    Values that come in steps (counts, rounded answers) are judged spread over their step, as `clustera.segment` does:
    the borders between them are no gaps between customers.

    Args:
        points: (n_points, n_features), finite, each feature on a scale on which it should count.
        seed: Of starts and samples.
        options: What is asked for.

    Raises:
        InputError: fewer than 10 points, or fewer different ones than segments asked for.
    """
    options = options or ClusterOptions()
    sample = np.asarray(points[sample_rows(points, SAMPLE, seed=seed)], np.float64)
    ks = candidates(len(points), len(np.unique(sample, axis=0)), options)
    sweep = draft_sweep(points, [1, *ks], seed=seed).solutions
    judged = spread_steps(sample[:JUDGED], sample, seed=seed)
    return choose(gather_evidence(judged, sample, sweep, seed=seed).table, options=options, sample=len(judged))
