"""What those who were left out would have done to the choice of k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.assign import assign
from clustera.cluster.candidates import candidate_numbers
from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.options import ClusterOptions
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.records import KSelection, OutlierEffect


def outlier_effect(
    points: NDArray[np.floating],
    outlier: NDArray[np.bool_],
    judged: NDArray[np.float64],
    selection: KSelection,
    solution: Solution,
    *,
    options: ClusterOptions | None = None,
    seed: int = 0,
) -> OutlierEffect:
    """Choose k once more with everybody included in the fit.

    Args:
        points: (n_points, n_features), all customers.
        outlier: (n_points,), who was left out.
        judged: float64 (n_judged, n_features), a random sample of all points, discrete values jittered.
        selection: What was chosen with the outliers left out.
        solution: The segments in use.
        options: What was asked for.
        seed: Of the search.
    """
    from sklearn.metrics import adjusted_rand_score

    options = options or ClusterOptions()
    ks = candidate_numbers(len(points), len(np.unique(points[:10_000], axis=0)), options)
    sweep = solve_sweep(points, sorted({1, *ks, solution.k}), seed=seed)
    with_them = choose(gather_evidence(judged, points, sweep, seed=0).table, options=options)
    kept = points[~outlier]
    agreement = float(
        adjusted_rand_score(assign(kept, solution.centers)[0], assign(kept, sweep[solution.k].centers)[0])
    )
    return OutlierEffect(
        k_without=selection.k,
        k_with=with_them.k,
        verdict_without=selection.verdict,
        verdict_with=with_them.verdict,
        agreement=agreement,
    )
