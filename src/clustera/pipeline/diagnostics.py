"""Sensitivity analysis to segments that were drawn, on request: seeds, features, leaks, other methods, outliers."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from clustera import prepare
from clustera.cluster.agreement import compare_methods, find_leaks, seed_agreement, without_each_feature
from clustera.cluster.outliers import outlier_effect
from clustera.cluster.solution import Solution
from clustera.engines import Rows
from clustera.records import Examination, Outcome, OutlierEffect, OutlierProfile, Preparation
from clustera.samples import PAIRED, SAMPLED


def outliers_apart(
    prepared: Rows, preparation: Preparation, customers: int, *, additive: Collection[str] = ()
) -> OutlierProfile | None:
    """Who the outliers are, held against the others; on at most 20,000 of each. None where there are none.

    Args:
        prepared: Of `prepare.tabulate`.
        preparation: How customers became points.
        customers: How many there are.
        additive: Names of the features whose total means something.
    """
    if not preparation.outliers:
        return None
    some = [
        prepared.select(f"select * from {{rows}} where {which}").lowest(list(prepared.columns), SAMPLED, ties=["_row"])
        for which in ("outlier", "not outlier")
    ]
    n_features = len(preparation.features)
    points = np.vstack([prepare.points_of_table(rows, n_features) for rows in some])
    return prepare.describe_outliers(
        prepare.original_units(points, preparation),
        np.repeat([True, False], [rows.num_rows for rows in some]),
        preparation.features,
        additive=additive,
        count=preparation.outliers,
        customers=customers,
    )


def diagnostics(prepared: Rows, outcome: Outcome) -> Examination:
    """Ask the Sensitivity analysis, on at most 20,000 customers.

    Args:
        prepared: Of `prepare.tabulate`.
        outcome: What was found.
    """
    preparation, seed = outcome.preparation, outcome.seed
    names = [feature.name for feature in preparation.features]
    centers = np.array(outcome.model.centers)
    inertia = next(e.inertia for e in outcome.selection.evidence if e.k == outcome.selection.k)
    solution = Solution(len(centers), centers, inertia)
    points, _ = prepare.prepared_sample(prepare.drawing_sample(prepared), len(names), size=SAMPLED)
    return Examination(
        seeds=seed_agreement(points, solution, seed=seed),
        features=without_each_feature(points, solution, names, seed=seed) if len(names) > 1 else (),
        leaks=find_leaks(points, names, seed=seed) if len(names) > 1 else (),
        methods=compare_methods(points, solution, seed=seed) if len(points) > solution.k else (),
        outliers=outcome.apart or OutlierProfile(0, 0.0, (), many=False),
        outlier_effect=_with_outliers(prepared, outcome, solution),
    )


def _with_outliers(prepared: Rows, outcome: Outcome, solution: Solution) -> OutlierEffect | None:
    """What would be chosen with the outliers, by the measurements that a run makes which leaves nobody out; None where there are none."""
    order = prepare.order_by_values(outcome.preparation.features)
    drawing = prepare.drawing_sample(prepared, outliers=True)
    drawing, preparation, _ = prepare.sorted_by_values(drawing, outcome.preparation)
    everybody = drawing.lowest(list(drawing.columns), SAMPLED, ties=["_row"])
    points, outlier = prepare.points_of_table(everybody, len(order)), everybody["outlier"].to_numpy()
    if not outlier.any():
        return None
    return outlier_effect(
        points,
        outlier,
        prepare.jittered_points(points[:PAIRED], everybody["_key"].to_numpy()[:PAIRED], preparation),
        outcome.selection,
        solution.with_features(order),
        weights=np.array([feature.weight for feature in preparation.features]),
        seed=outcome.seed,
    )
