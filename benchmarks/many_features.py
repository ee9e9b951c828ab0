"""What `clustera.KMeans` costs beside scikit-learn's on more features than its own search takes.

    python benchmarks/many_features.py --rows 5000 --features 1024 --draws 3

Both make the best of ten starts on the same rows. Seconds are of the clock and of the processor, medians over the draws;
the inertia is Clustera's for 1 of scikit-learn's, the worst of the draws.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.cluster import KMeans as ScikitKMeans
from sklearn.datasets import make_blobs

import clustera

K = 8


def clocked(estimator, points):
    """Clock and processor seconds of a fit, and its inertia."""
    clock, processor = time.perf_counter(), time.process_time()
    inertia = estimator.fit(points).inertia_
    return time.perf_counter() - clock, time.process_time() - processor, inertia


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--features", type=int, default=1_024)
    parser.add_argument("--draws", type=int, default=3)
    asked = parser.parse_args()
    ours, theirs = [], []
    for seed in range(asked.draws):
        points = make_blobs(asked.rows, asked.features, centers=K, cluster_std=8.0, random_state=seed)[0]
        theirs.append(clocked(ScikitKMeans(K, n_init=10, random_state=seed), points))
        ours.append(clocked(clustera.KMeans(K, random_state=seed), points))
    for name, found in (("clustera.KMeans", ours), ("scikit-learn, ten starts", theirs)):
        clock, processor, _ = np.median(found, axis=0)
        print(f"{name}: {clock:.2f} s of the clock, {processor:.2f} s of the processor")
    print(f"inertia: {max(one[2] / other[2] for one, other in zip(ours, theirs, strict=True)):.4f}")


if __name__ == "__main__":
    main()
