"""Do far outliers change the segments of the others, and are small real groups read as outliers?

    python benchmarks/outliers.py

K-Means at the true k, on generated customers with 3-5 % far outliers, against the fit without them; and how many
members of the smallest group are left out where groups are of very different sizes, or where there is no structure.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from choose_k import prepared
from choose_k_sets import Floats, sets
from clustera.cluster.assign import assign
from clustera.cluster.sweep import solve_sweep
from gathered import drawing

FIRST = 900_200  # other draws than those that choosing k is tuned or judged on
WATCHED = {"far outliers", "sizes 1:20", "sizes 1:50", "small beside big", "heavy tails"}


def segmented(points: Floats, k: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Segment and whether left out, in the order of `points`."""
    block, _ = prepared(points)
    centers = solve_sweep(block.points[drawing(block)], [k], seed=0, threads=1)[k].centers
    label, outlier = np.empty(len(points), np.int32), np.empty(len(points), bool)
    label[block.row], outlier[block.row] = assign(block.points, centers)[0], block.outlier
    return label, outlier


def main() -> None:
    """Run and print."""
    lines = []
    for case in sets(FIRST, structured=12, null=2):
        if case.family not in WATCHED and case.k > 1:
            continue
        inlier = case.labels >= 0
        label, outlier = segmented(case.points, case.k)
        groups, sizes = np.unique(case.labels[inlier], return_counts=True)
        line = {
            "family": case.family if case.k > 1 else "no structure",
            "left out": outlier.mean(),
            "of the smallest group": outlier[case.labels == groups[sizes.argmin()]].mean(),
        }
        if not inlier.all():
            alone, _ = segmented(case.points[inlier], case.k)
            line["of the far ones"] = outlier[~inlier].mean()
            line["agreement"] = adjusted_rand_score(alone, label[inlier])
            line["agreement >= .99"] = float(line["agreement"] >= 0.99)
        lines.append(line)
    found = pd.DataFrame(lines).groupby("family")
    print(found.mean().assign(sets=found.size(), least=found["agreement"].min()).round(3).to_string())


if __name__ == "__main__":
    main()
