"""Further questions to segments that were drawn, on request: seeds, features, leaks, other methods, outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustera import prepare
from clustera.cluster.agreement import compare_methods, find_leaks, seed_agreement, without_each_feature
from clustera.cluster.outliers import outlier_effect
from clustera.cluster.solution import Solution
from clustera.records import (
    FeatureEffect,
    FeatureLeak,
    MethodAgreement,
    Outcome,
    OutlierEffect,
    OutlierProfile,
    Rows,
    SeedAgreement,
)

ROWS = 20_000
JUDGED = 2_500


@dataclass(frozen=True, slots=True)
class Examination:
    """What the further questions were answered; `outlier_effect` is None when nobody was set aside."""

    seeds: SeedAgreement
    features: tuple[FeatureEffect, ...]
    leaks: tuple[FeatureLeak, ...]
    methods: tuple[MethodAgreement, ...]
    outliers: OutlierProfile
    outlier_effect: OutlierEffect | None


def examine(prepared: Rows, outcome: Outcome) -> Examination:
    """Ask the further questions, on at most 20,000 customers.

    Args:
        prepared: Of `prepare.tabulate`.
        outcome: What was found.
    """
    preparation, seed = outcome.preparation, outcome.seed
    names = [feature.name for feature in preparation.features]
    centres = np.array(outcome.model.centres)
    inertia = next(e.inertia for e in outcome.selection.evidence if e.k == outcome.selection.k)
    solution = Solution(len(centres), centres, inertia)
    points, _ = prepare.sample(prepare.drawing(prepared), len(names), size=ROWS)
    everybody = prepared.query(f"select * from {{rows}} order by _key, _row limit {ROWS}")
    all_points, outlier = prepare.points_of(everybody, len(names)), everybody["outlier"].to_numpy()
    judged = prepare.jittered(all_points[:JUDGED], everybody["_key"].to_numpy()[:JUDGED], preparation)
    effect = None
    if outlier.any():
        effect = outlier_effect(all_points, outlier, judged, outcome.selection, solution, seed=seed)
    return Examination(
        seeds=seed_agreement(points, solution, seed=seed),
        features=without_each_feature(points, solution, names, seed=seed) if len(names) > 1 else (),
        leaks=find_leaks(points, names, seed=seed) if len(names) > 1 else (),
        methods=compare_methods(points, solution, seed=seed),
        outliers=prepare.describe_outliers(
            prepare.original_units(all_points, preparation), outlier, preparation.features
        ),
        outlier_effect=effect,
    )
