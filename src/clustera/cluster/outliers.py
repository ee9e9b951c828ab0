"""What those who were left out would have done to the choice of k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera import texts
from clustera.cluster.assign import assign
from clustera.cluster.candidates import ClusterOptions, candidates
from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.records import KSelection, OutlierEffect
from clustera.texts import translate

ALIKE = 0.9  # agreement from which the others count as grouped alike


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
    ks = candidates(len(points), len(np.unique(points[:10_000], axis=0)), options)
    sweep = solve_sweep(points, sorted({1, *ks, solution.k}), seed=seed)
    with_them = choose(gather_evidence(judged, points, sweep, seed=seed).table, options=options)
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
        sentence=_sentence_on_outliers(selection, with_them, agreement),
    )


def _sentence_on_outliers(without: KSelection, with_them: KSelection, agreement: float) -> str:
    values = {"k": with_them.k, "agreement": texts.format_number(agreement, 2)}
    if (without.k, without.verdict) != (with_them.k, with_them.verdict):
        return translate(
            "Included in the fit, they would make it {k} segments ({verdict}) instead of {used} ({used_verdict}): look at them before you act.",
            verdict=translate(with_them.verdict),
            used=without.k,
            used_verdict=translate(without.verdict),
            **values,
        )
    if agreement >= ALIKE:
        return translate(
            "Leaving them out changed little: with them it would be {k} segments as well, and the others would be grouped alike (agreement {agreement}).",
            **values,
        )
    return translate(
        "With them it would be {k} segments as well, but with other borders (agreement {agreement} on the others).",
        **values,
    )
