"""Inertia against scikit-learn's best of ten restarts, on tables and seeds on which nothing of the search was settled."""

from __future__ import annotations

import argparse

import numpy as np

import engine
from tables import TABLES

FIRST = 100  # seed of the first draw; the search was settled on tables of seeds below


def worst(table, n_features, n, draw):
    """The worst and the mean over the ks of our inertia over scikit-learn's."""
    points = TABLES[table](n, n_features=n_features, seed=FIRST + draw)
    mine, theirs = engine.ours(points, FIRST + draw), engine.scikit(points, FIRST + draw)
    ratios = [mine[k] / theirs[k] for k in engine.KS]
    return max(ratios), float(np.mean(ratios))


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 10_000, 100_000])
    asked.add_argument("--draws", type=int, default=10)
    asked = asked.parse_args()
    print("| table | N | draws above 1.001 | worst | median of the worst | mean over ks |")
    print("|---|---|---|---|---|---|")
    for n in asked.rows:
        for table, n_features in (("groups", 3), ("spenders", 8)):
            found = np.array([worst(table, n_features, n, draw) for draw in range(asked.draws)])
            over = f"{(found[:, 0] > 1.001).sum()} of {asked.draws}"
            typical = f"{np.median(found[:, 0]):.4f} | {found[:, 1].mean():.4f}"
            print(f"| {table} | {n:,} | {over} | {found[:, 0].max():.4f} | {typical} |", flush=True)


if __name__ == "__main__":
    main()
