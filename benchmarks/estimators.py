"""`clustera.KMeans` and `clustera.KMeansSweep` beside what a user of scikit-learn writes. CPU seconds, one thread.

    OMP_NUM_THREADS=1 python benchmarks/estimators.py
    OMP_NUM_THREADS=1 python benchmarks/estimators.py 10000 100000 1000000

One fit: k = 8, ten restarts each; inertia is held against scikit-learn's. The sweep: k = 2 .. 12 with labels, silhouette,
Calinski-Harabasz and Davies-Bouldin for each, against a loop that computes the same (up to 10,000 rows, for
`silhouette_score` takes time with the square of the rows). Above 200,000 rows scikit-learn runs one restart, counted ten times.
"""

from __future__ import annotations

import sys

from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

import clustera
from engine import clocked
from tables import TABLES

KS = range(2, 13)
PAIRS, LARGE = 10_000, 200_000
CASES = (("groups", 3), ("spenders", 8))


def loop(points):
    """Every k, as tutorials do it."""
    for k in KS:
        labels = KMeans(k, n_init=10, random_state=0).fit_predict(points)
        for score in (silhouette_score, calinski_harabasz_score, davies_bouldin_score):
            score(points, labels)


def compare(name: str, n_features: int, n: int) -> None:
    """One fit, and the sweep where pairs can be afforded."""
    points = TABLES[name](n, n_features=n_features)
    restarts = 1 if n > LARGE else 10
    clustera.KMeans(8, random_state=0).fit(points[:200])  # what loads, loads before
    ours, _, fitted = clocked(lambda: clustera.KMeans(8, random_state=0).fit(points))
    theirs, _, other = clocked(lambda: KMeans(8, n_init=restarts, random_state=0).fit(points))
    inertia = f"  inertia {fitted.inertia_ / other.inertia_:.4f}"
    lines = [("KMeans(8)", ours, theirs * 10 / restarts, inertia)]
    if n <= PAIRS:
        ours, _, _ = clocked(lambda: clustera.KMeansSweep(KS, random_state=0).fit(points))
        theirs, _, _ = clocked(lambda: loop(points))
        lines.append(("KMeansSweep", ours, theirs, ""))
    for what, ours, theirs, more in lines:
        print(
            f"{name:9} D={n_features} N={n:<8} {what:12} ours {ours:8.3f}  scikit-learn {theirs:8.3f}"
            f"  {theirs / ours:6.1f}x{more}",
            flush=True,
        )


def main() -> None:
    """Print a line or two per table and size."""
    for n in [int(word) for word in sys.argv[1:]] or [200, 10_000, 100_000]:
        for name, n_features in CASES:
            compare(name, n_features, n)


if __name__ == "__main__":
    main()
