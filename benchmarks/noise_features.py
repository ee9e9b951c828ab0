"""Features that do not tell clear groups apart: are they found, is no other left out, and what does it do to the segments?

    python benchmarks/noise_features.py                       # sets with groups, and 0, 1, 2 and 4 noise features beside
    python benchmarks/noise_features.py --draws 0 --null 10   # customers without groups

The sets are the clear ones of benchmarks/choose_k_sets.py, segmented by `clustera.segment` as they are and with
`keep=["noise-feature"]`. Noise is normal, uniform, lognormal, exponential, heavy-tailed, a count, or rounded. A feature
of a set counts as real when its ranks differ between the true groups by at least 2 % of their variance.
Writes one line per set to benchmarks/results/noise_features-FIRST-DRAWS-NULL.csv as it goes and prints the sums.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import adjusted_rand_score

import clustera
from choose_k_sets import FAMILIES, NULLS, Floats, is_clear

RESULTS = Path(__file__).parent / "results"
REAL = 0.02  # share of the variance of a feature's ranks between the true groups


def noise(random: np.random.Generator, n: int) -> Floats:
    """One feature that has nothing to do with anything."""
    kinds = (
        lambda: random.normal(size=n), lambda: random.uniform(size=n), lambda: np.exp(random.normal(size=n)),
        lambda: random.poisson(3, n).astype(np.float64), lambda: random.exponential(size=n),
        lambda: np.round(random.normal(40, 12, n)), lambda: random.standard_t(4, size=n),
    )  # fmt: skip
    return np.asarray(kinds[int(random.integers(len(kinds)))]())


def tells(feature: Floats, labels: np.ndarray) -> float:
    """Share of the variance of a feature's ranks between the true groups."""
    ranks = rankdata(feature)
    means = np.bincount(labels, ranks) / np.bincount(labels)
    return float(1 - np.square(ranks - means[labels]).sum() / np.square(ranks - ranks.mean()).sum())


def judged(points: Floats, labels: np.ndarray, own: int) -> dict[str, Any]:
    """What comes out with noise left out, and with all features; the first `own` features belong to the set."""
    table = pd.DataFrame(points, columns=[f"x{j}" for j in range(points.shape[1])])
    start = time.process_time()
    seg = clustera.segment(table, progress=False)
    seconds = time.process_time() - start
    left = [int(f.column[1:]) for f in seg.outcome.findings if f.code == "noise-feature"]
    every = clustera.segment(table, keep=["noise-feature"], progress=False) if left else seg
    inside = labels >= 0
    share = [tells(points[inside, j], labels[inside]) for j in range(own)]
    agreed = [adjusted_rand_score(labels[inside], one.customers.segment.to_numpy()[inside]) for one in (every, seg)]
    return {
        "n": len(points), "d": own, "noise": points.shape[1] - own, "found": sum(j >= own for j in left),
        "wrong": sum(j < own and share[j] >= REAL for j in left), "real": sum(one >= REAL for one in share),
        "alike": sum(one < REAL for one in share), "alike_left": sum(j < own and share[j] < REAL for j in left),
        "k_every": every.k, "clear_every": int(every.verdict == "clear"), "k_left": seg.k,
        "clear_left": int(seg.verdict == "clear"), "ari_every": agreed[0], "ari_left": agreed[1],
        "cpu_s": round(seconds, 2),
    }  # fmt: skip


def cases(first: int, draws: int, nulls: int) -> Iterator[tuple[str, int, Floats, np.ndarray, int]]:
    """Family, true k, points, labels, and how many of the features are the set's own."""
    for number, (family, make) in enumerate(FAMILIES.items()):
        for draw in range(draws if "noise" not in family else 0):
            for extra in (0, 1, 2, 4):
                random = np.random.default_rng(first + 1_000 * number + 10 * draw + extra)
                points, labels = make(random)
                beside = [noise(random, len(points)) for _ in range(extra)]
                whole = np.column_stack([points, *beside])
                if is_clear(whole, labels):
                    yield family, len(set(labels[labels >= 0])), whole, labels, points.shape[1]
    for number, (family, make_null) in enumerate(NULLS.items()):
        for draw in range(nulls):
            random = np.random.default_rng(first + 1_000 * (500 + number) + draw)
            points = np.asarray(make_null(random, int(random.choice([200, 500, 1000, 3000]))), np.float64)
            yield f"null {family}", 1, points, np.zeros(len(points), np.int64), points.shape[1]


def main() -> None:
    """Run, write, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--first", type=int, default=140_000_000, help="first seed")
    asked.add_argument(
        "--draws", type=int, default=2, help="sets of every family with groups, for each number of noise features"
    )
    asked.add_argument("--null", type=int, default=0, help="sets of every family without groups")
    said = asked.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"noise_features-{said.first}-{said.draws}-{said.null}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for family, k, points, labels, own in cases(said.first, said.draws, said.null):
            row = {"family": family, "k": k, **judged(points, labels, own)}
            writer = writer or csv.DictWriter(file, row)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()
    found = pd.read_csv(path)
    found["exact_every"] = (found.k_every == found.k) & (found.clear_every == 1)
    found["exact_left"] = (found.k_left == found.k) & (found.clear_left == 1)
    groups = found[found.k > 1]
    sums = {
        "sets": ("k", "size"),
        **{c: (c, "sum") for c in ("found", "real", "wrong", "alike", "alike_left", "exact_every", "exact_left")},
    }
    means = {c: (c, "mean") for c in ("ari_every", "ari_left", "cpu_s")}
    print(groups.groupby("noise").agg(**sums, **means).round(4).to_string())
    null = found[found.k == 1]
    print(
        f"{len(null)} sets without groups: {null.clear_left.sum()} called clear, {null.alike_left.sum() + null.wrong.sum()} features left out"
    )
    print(f"Every set: {path}")


if __name__ == "__main__":
    main()
