"""What goes with a sweep: silhouettes, bootstrap and gap for every k at once. CPU seconds beside scikit-learn's.

    OMP_NUM_THREADS=1 python benchmarks/engine_side.py
    OMP_NUM_THREADS=1 python benchmarks/engine_side.py --large      (40,000 rows against silhouette_score, and a million)

scikit-learn's silhouettes are computed for `--checked` of the eleven ks, and its time is scaled to all of them, since it
does not depend on k; the difference from ours is over the same ks.
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.metrics import silhouette_score

from clustera.cluster.assign import assign
from clustera.cluster.scores import gap_statistic
from clustera.cluster.silhouette import mean_silhouettes
from clustera.cluster.stability import bootstrap_jaccard
from clustera.cluster.sweep import solve_sweep
from engine import clocked
from tables import TABLES

KS = range(2, 13)


def silhouettes(points, labels, checked):
    """Ours for all ks, theirs for some."""
    ours_cpu, _, ours = clocked(lambda: mean_silhouettes(points, labels))
    some = list(labels)[-checked:]
    cpu, _, theirs = clocked(lambda: {k: silhouette_score(points, labels[k]) for k in some})
    scaled = cpu * len(labels) / len(some)
    apart = max(abs(ours[k][0] - theirs[k]) for k in some)
    print(
        f"silhouette, 11 ks       ours {ours_cpu:8.3f}  scikit-learn {scaled:8.1f}  {scaled / ours_cpu:6.0f}x"
        f"  largest difference {apart:.1e}  (k = {some})",
        flush=True,
    )


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--large", action="store_true")
    asked.add_argument("--checked", type=int, default=1)
    given = asked.parse_args()
    warm = TABLES["groups"](2_000)
    solved = solve_sweep(warm, KS, threads=1)
    mean_silhouettes(warm, {k: assign(warm, some.centers)[0] for k, some in solved.items()})
    few, many = (40_000, 1_000_000) if given.large else (10_000, 200_000)
    for table, n_features in (("groups", 3), ("spenders", 8)):
        print(f"\n{table}, {n_features} features", flush=True)
        for n in (few, many):
            points = TABLES[table](n, n_features=n_features)
            solutions = solve_sweep(points, KS, threads=1)
            labels = {k: assign(points, some.centers)[0] for k, some in solutions.items()}
            print(f"{n:,} rows", flush=True)
            if n == few:
                silhouettes(points, labels, given.checked)
                continue
            cpu, _, values = clocked(lambda p=points, some=labels: mean_silhouettes(p, some))
            error = max(error for _, error in values.values())
            print(f"silhouette, sampled     ours {cpu:8.3f}  standard error up to {error:.4f}", flush=True)
            cpu, _, jaccard = clocked(lambda p=points, some=solutions: bootstrap_jaccard(p, some))
            weakest = min(float(np.min(some)) for some in jaccard.values())
            print(f"bootstrap, 50 draws     ours {cpu:8.3f}  weakest segment {weakest:.2f}", flush=True)
            cpu, _, gaps = clocked(lambda p=points: gap_statistic(p, range(2, 21)))
            print(f"gap, k = 2 .. 20        ours {cpu:8.3f}  largest at k = {max(gaps, key=gaps.get)}", flush=True)


if __name__ == "__main__":
    main()
