"""The sweep k = 2 .. 12 with ten restarts, ours and others', in one process: CPU seconds beside inertia.

    OMP_NUM_THREADS=1 python benchmarks/engine.py benchmarks/results/engine.jsonl \
        --tables groups:3 spenders:8 --rows 200 10000 100000

`--methods` names those that run; `scikit-learn lloyd` does wherever the result has no line of it yet. Each line of the
result is one method on one table. The quality of a method is its worst inertia over the ks, divided by scikit-learn's
best of ten restarts on the same table. Where a method would take too long it runs one restart per k, its time counts
ten times, and the line says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import time
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans as ScikitKMeans
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import silhouette_score

from clustera.cluster.assign import assign
from clustera.cluster.sweep import solve_sweep
from tables import TABLES

KS = range(2, 13)
LONG = 1_000_000  # from here on others run one restart
REFERENCE = "scikit-learn lloyd"


def clocked(work):
    """CPU and wall seconds of a call, and what it returned."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    return time.process_time() - cpu, time.perf_counter() - wall, answer


def ours(points, seed):
    return {k: some.inertia for k, some in solve_sweep(points, KS, seed=seed, threads=1).items()}


def ours_with_labels(points, seed):
    found = solve_sweep(points, KS, seed=seed, threads=1)
    return {k: float((assign(points, some.centers)[1] ** 2).sum()) for k, some in found.items()}


def scikit(points, seed, *, algorithm="lloyd", n_init=10):
    fits = {k: ScikitKMeans(k, n_init=n_init, random_state=seed, algorithm=algorithm).fit(points) for k in KS}
    return {k: fit.inertia_ for k, fit in fits.items()}


def minibatch(points, seed):
    fits = {k: MiniBatchKMeans(k, n_init=10, random_state=seed).fit(points) for k in KS}
    return {k: float((assign(points, fit.cluster_centers_)[1] ** 2).sum()) for k, fit in fits.items()}


def tutorial(points, seed):
    """What a user runs today: fit and silhouette, k by k."""
    inertia = {}
    for k in KS:
        fit = ScikitKMeans(k, n_init=10, random_state=seed).fit(points)
        silhouette_score(points, fit.labels_)
        inertia[k] = fit.inertia_
    return inertia


def faiss_sweep(points, seed, *, n_init=10):
    import faiss

    rows, inertia = points.astype(np.float32), {}
    for k in KS:
        fit = faiss.Kmeans(points.shape[1], k, nredo=n_init, niter=100, seed=seed + 1, max_points_per_centroid=10**9)
        fit.train(rows)
        inertia[k] = float((assign(points, fit.centroids.astype(np.float64))[1] ** 2).sum())
    return inertia


def sklearnex_sweep(points, seed, *, n_init=10):
    from sklearnex.cluster import KMeans

    fits = {k: KMeans(k, n_init=n_init, random_state=seed).fit(points) for k in KS}
    return {k: float(fit.inertia_) for k, fit in fits.items()}


def methods(n):
    """The methods that end in reasonable time on n rows, with the number their time is multiplied by."""
    long = n >= LONG
    once = {"n_init": 1} if long else {}
    times = 10 if long else 1
    yield REFERENCE, partial(scikit, **once), times
    yield "clustera", ours, 1
    yield "clustera with labels", ours_with_labels, 1
    yield "scikit-learn MiniBatch", minibatch, 1
    if not long:
        yield "scikit-learn elkan", partial(scikit, algorithm="elkan"), 1
    if n <= 10_000:
        yield "scikit-learn lloyd + silhouette_score", tutorial, 1
    for name, module, sweep in (
        ("faiss", "faiss", faiss_sweep),
        ("scikit-learn-intelex", "sklearnex", sklearnex_sweep),
    ):
        if importlib.util.find_spec(module):
            yield name, partial(sweep, **once), times


def known(out, table, n_features, n):
    """Inertia for each k of the reference, when the result holds it."""
    lines = map(json.loads, out.read_text().splitlines() if out.exists() else [])
    key = (table, n_features, n, REFERENCE)
    found = [line for line in lines if (line["table"], line["n_features"], line["n"], line["method"]) == key]
    return {int(k): inertia for k, inertia in found[-1]["inertia"].items()} if found else {}


def measure(table, n_features, n, wanted, reference):
    """The wanted methods on one table."""
    points = TABLES[table](n, n_features=n_features)
    seeds = 5 if n <= 100_000 else 3 if n <= 1_000_000 else 1
    for name, sweep, times in methods(n):
        if reference and wanted and name not in wanted:
            continue
        tries = range(seeds) if name.startswith("clustera") else range(1)
        runs = [clocked(lambda seed=seed, sweep=sweep: sweep(points, seed)) for seed in tries]
        reference = reference or runs[0][2]
        ratios = [inertia[k] / reference[k] for _, _, inertia in runs for k in KS]
        yield {
            "table": table,
            "n_features": n_features,
            "n": n,
            "ks": list(KS),
            "method": name,
            "cpu": times * float(np.median([cpu for cpu, _, _ in runs])),
            "wall": times * float(np.median([wall for _, wall, _ in runs])),
            "extrapolated": times > 1,
            "worst": max(ratios),
            "mean": float(np.mean(ratios)),
            "inertia": runs[0][2],
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        }


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("out", type=Path)
    asked.add_argument("--tables", nargs="+", default=["groups:3", "spenders:8"], help="table:features")
    asked.add_argument("--rows", nargs="+", type=int, default=[200, 10_000, 100_000])
    asked.add_argument("--methods", nargs="*", default=[])
    given = asked.parse_args()
    solve_sweep(TABLES["groups"](30_000), KS, threads=1)  # compiled code is loaded before the clock starts
    solve_sweep(TABLES["groups"](200), KS, threads=1)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for n in given.rows:
        for spec in given.tables:
            table, n_features = spec.split(":")
            reference = known(given.out, table, int(n_features), n)
            for line in measure(table, int(n_features), n, given.methods, reference):
                print(
                    "{table:9} D={n_features:<3} N={n:<9} {method:38} cpu {cpu:9.3f}  worst {worst:.4f}".format(**line),
                    flush=True,
                )
                with given.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
