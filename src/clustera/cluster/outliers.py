"""What those who were left out would have done to the choice of k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.assign import assign
from clustera.cluster.choose import choose
from clustera.cluster.growing import judge_on_customers, search_more_k
from clustera.cluster.options import ClusterOptions
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import draft_sweep
from clustera.errors import InputError
from clustera.records import KSelection, OutlierEffect


def outlier_effect(
    points: NDArray[np.floating],
    outlier: NDArray[np.bool_],
    judged: NDArray[np.float64],
    selection: KSelection,
    solution: Solution,
    *,
    weights: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> OutlierEffect:
    """Choose k once more with everybody included: in the scale of the features and in the fit, as with `outliers=False`.

    The wish of the earlier choice holds again. A number that was asked for, or chosen by later spending, is kept.

    Args:
        points: (n_points, n_features), all customers.
        outlier: (n_points,), who was left out.
        judged: float64 (n_judged, n_features), a random sample of all points, discrete values jittered.
        selection: What was chosen with the outliers left out.
        solution: The segments in use.
        weights: Of the features, (n_features,); None: all 1.
        seed: Of the search.
    """
    from sklearn.metrics import adjusted_rand_score

    spread = points.std(axis=0, dtype=np.float64)
    scale = np.where(spread > 0, np.ones_like(spread) if weights is None else weights, 1.0) / np.where(
        spread > 0, spread, 1.0
    )
    everybody = (points * scale).astype(np.float32)  # as all points are held
    distinct = len(np.unique(points, axis=0))
    wish = _wish_of(selection)
    looked = search_more_k(
        [e.k for e in selection.evidence if 1 < e.k <= distinct],
        sweep=lambda ks: draft_sweep(everybody, ks, seed=seed),
        judge=judge_on_customers(judged * scale, everybody),
        customers=len(points),
        distinct=distinct,
        options=wish,
    )
    same = ClusterOptions(k=(selection.k, selection.k))
    try:
        found = choose(looked.evidence.table, options=wish)
    except InputError:  # with them, no number of segments meets the wish
        wish, found = same, choose(looked.evidence.table, options=same)
    drawn = looked.draft_of(selection.k).finish({selection.k})[selection.k]
    kept = ~outlier
    agreement = float(
        adjusted_rand_score(assign(points[kept], solution.centers)[0], assign(everybody[kept], drawn.centers)[0])
    )
    return OutlierEffect(
        k_without=selection.k,
        k_with=found.k,
        verdict_without=selection.verdict,
        verdict_with=found.verdict,
        agreement=agreement,
        k_kept=wish == same,
    )


def _wish_of(selection: KSelection) -> ClusterOptions:
    """What was asked for when k was chosen; k itself where it was asked for, or later spending chose it."""
    asked = {reason.code: reason.values for reason in selection.asked}
    if "k" in asked or selection.because[0].code == "later-spending":
        return ClusterOptions(k=(selection.k, selection.k))
    wish: dict[str, object] = {}
    if between := asked.get("range-of-k"):
        wish["k"] = (between["low"], between["high"])
    if smallest := asked.get("min-size"):
        wish["min_size"] = smallest["size"]
    return ClusterOptions.model_validate(wish)
