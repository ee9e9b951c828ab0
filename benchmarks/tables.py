"""Made-up customer tables for the benchmarks: the same seed, the same table."""

from __future__ import annotations

import numpy as np


def _standardised(points):
    return np.ascontiguousarray((points - points.mean(axis=0)) / points.std(axis=0))


def groups(n, *, n_features=3, seed=0):
    """Six overlapping normal groups; the first three features look like age, income and score."""
    shape, random = np.random.default_rng(20), np.random.default_rng(seed)
    means = np.array([[28, 35, 70], [35, 80, 80], [45, 55, 50], [55, 90, 25], [62, 40, 35], [24, 60, 30.0]])
    spreads = np.array([[6, 10, 12], [7, 12, 10], [9, 12, 12], [8, 14, 11], [7, 10, 12], [4, 12, 12.0]])
    more = max(n_features - 3, 0)
    means = np.concatenate([means, shape.normal(50, 15, (6, more))], axis=1)[:, :n_features]
    spreads = np.concatenate([spreads, shape.uniform(8, 14, (6, more))], axis=1)[:, :n_features]
    group = random.choice(6, n, p=[0.22, 0.18, 0.25, 0.12, 0.13, 0.10])
    return _standardised(means[group] + spreads[group] * random.standard_normal((n, n_features)))


def spenders(n, *, n_features=8, seed=0):
    """Five lognormal groups with heavy tails, standardized without a logarithm."""
    shape, random = np.random.default_rng(12345), np.random.default_rng(seed)
    means = shape.normal(0, 0.7, (5, n_features))
    mixes = 0.6 * shape.normal(0, 0.35, (5, n_features, n_features)) + 0.45 * np.eye(n_features)
    group = random.choice(5, n, p=[0.35, 0.25, 0.2, 0.15, 0.05])
    points = np.empty((n, n_features))
    for g in range(5):
        rows = np.flatnonzero(group == g)
        points[rows] = means[g] + random.standard_normal((len(rows), n_features)) @ mixes[g]
    return _standardised(np.exp(points, out=points))


def whole(n, *, n_features=3, seed=0):
    """The groups in whole years, thousands and points: few distinct rows."""
    points = groups(n, n_features=n_features, seed=seed)
    return np.round(points * 15 + 50)


TABLES = {"groups": groups, "spenders": spenders, "whole": whole}
