"""Would another seed, another method, or one feature less have drawn the same segments? And does a feature leak?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.assign import assign
from clustera.cluster.layout import Columns, Grid
from clustera.cluster.sampling import sample_rows, sampled_columns
from clustera.cluster.search import greedy_starts, lloyd_from_starts
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.errors import InputError
from clustera.records import FeatureEffect, FeatureLeak, MethodAgreement, SeedAgreement

ROWS = 5_000
WARD_ROWS = 2_000  # its cost grows with the square
LEAK = 0.95
LOST = 0.5

Labels = NDArray[np.integer[Any]]


def seed_agreement(points: NDArray[Any], solution: Solution, *, seeds: int = 10, seed: int = 0) -> SeedAgreement:
    """Draw the segments again with other seeds, by Lloyd's iterations from one k-means++ start each.

    One start finds what lies nearest: segments that many single starts agree about are not an accident of the search.

    Args:
        points: (n_points, n_features), those that drew the segments; at most 5,000 are used.
        solution: The segments in use.
        seeds: How often.
        seed: The first seed is the one after it.
    """
    from sklearn.metrics import adjusted_rand_score

    some = _sample_points(points, ROWS, seed)
    used = assign(some, solution.centers)[0]
    grid = Grid.over(some, n=len(some))
    rows = Columns.of(grid.place(sampled_columns(some)))
    agreement, overlap = [], np.zeros(solution.k)
    for other in range(seed + 1, seed + 1 + seeds):
        found = lloyd_from_starts(rows, greedy_starts(rows, [solution.k], restarts=1, seed=other))[solution.k][0]
        again = assign(some, grid.back(found.centers))[0]
        agreement.append(float(adjusted_rand_score(used, again)))
        overlap += best_overlap(used, again, solution.k) / seeds
    return SeedAgreement(seeds, float(np.mean(agreement)), min(agreement), tuple(overlap.tolist()))


def without_each_feature(
    points: NDArray[Any], solution: Solution, names: Sequence[str], *, seed: int = 0
) -> tuple[FeatureEffect, ...]:
    """Draw the segments once more without each feature.

    An agreement near 1 says that the feature hardly matters; near 0, that it alone makes the segments.

    Args:
        points: (n_points, n_features), those that drew the segments; at most 5,000 are used.
        solution: The segments in use.
        names: Of the features.
        seed: Of the search.

    Returns:
        One record per feature, the one that matters most first; none when there is only one feature.
    """
    from sklearn.metrics import adjusted_rand_score

    if len(names) < 2:
        return ()
    some = _sample_points(points, ROWS, seed)
    used = assign(some, solution.centers)[0]
    effects = []
    for j, name in enumerate(names):
        fewer = np.delete(some, j, axis=1)
        again = assign(fewer, solve_sweep(fewer, [solution.k], seed=seed, searches=1)[solution.k].centers)[0]
        overlap = best_overlap(used, again, solution.k)
        lost = tuple(np.flatnonzero(overlap < LOST).tolist())
        effects.append(FeatureEffect(name, float(adjusted_rand_score(used, again)), lost))
    return tuple(sorted(effects, key=lambda effect: effect.agreement))


def find_leaks(points: NDArray[Any], names: Sequence[str], *, seed: int = 0) -> tuple[FeatureLeak, ...]:
    """How well each feature follows from the others, by a linear model and by a tree.

    A score that was made of other features (a loyalty score of spend and orders, say) counts them twice.

    Args:
        points: (n_points, n_features); at most 5,000 are used.
        names: Of the features.
        seed: Of the sample and the folds.

    Returns:
        One record per feature, the one that follows best first; none when there is only one feature.
    """
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.tree import DecisionTreeRegressor

    some = _sample_points(points, ROWS, seed)
    if len(names) < 2 or len(some) < 20:
        return ()
    folds = KFold(5, shuffle=True, random_state=seed)
    found = []
    for j, name in enumerate(names):
        target, others = some[:, j], np.delete(some, j, axis=1)
        spread = float(np.square(target - target.mean()).sum())
        if spread == 0:
            continue
        linear, tree = LinearRegression(), DecisionTreeRegressor(min_samples_leaf=5, random_state=seed)
        errors = [
            np.square(target - cross_val_predict(model, others, target, cv=folds)).sum() for model in (linear, tree)
        ]
        r2 = [max(0.0, 1 - float(error) / spread) for error in errors]
        if r2[0] >= r2[1]:
            weight = np.abs(linear.fit(others, target).coef_) * others.std(axis=0)
        else:
            weight = tree.fit(others, target).feature_importances_
        rest = [other for other in names if other != name]
        sources = tuple(rest[i] for i in np.argsort(-weight, kind="stable") if weight[i] > 0.1 * weight.sum())
        found.append(FeatureLeak(name, max(r2), "linear" if r2[0] >= r2[1] else "tree", sources, max(r2) >= LEAK))
    return tuple(sorted(found, key=lambda leak: -leak.r2))


def compare_methods(points: NDArray[Any], solution: Solution, *, seed: int = 0) -> tuple[MethodAgreement, ...]:
    """Whether a Gaussian mixture and Ward's method find the same groups, each asked for as many.

    Args:
        points: (n_points, n_features), those that drew the segments; at most 2,000 are used.
        solution: The segments in use.
        seed: Of the sample and the mixture's starts.

    Raises:
        InputError: fewer points than segments.

    Source: Ward (1963), Hierarchical grouping to optimize an objective function.
    """
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import adjusted_rand_score
    from sklearn.mixture import GaussianMixture

    some = _sample_points(points, WARD_ROWS, seed)
    if len(some) <= solution.k:
        raise InputError(
            f"There are {len(some)} customers for {solution.k} segments; other methods need more customers."
        )
    used = assign(some, solution.centers)[0]
    # A little variance of its own for every feature: a whole-number feature may be constant within a group.
    mixture = GaussianMixture(solution.k, n_init=5, reg_covar=1e-3, max_iter=500, random_state=seed)
    answers = {
        "Gaussian mixture": mixture.fit_predict(some),
        "Ward": AgglomerativeClustering(solution.k, linkage="ward").fit_predict(some),
    }
    return tuple(
        MethodAgreement(
            method, float(adjusted_rand_score(used, other)), tuple(best_overlap(used, other, solution.k).tolist())
        )
        for method, other in answers.items()
    )


def best_overlap(used: Labels, other: Labels, k: int) -> NDArray[np.float64]:
    """For each of k segments its largest Jaccard overlap with a group of the other labelling: float64 (k,).

    >>> best_overlap(np.array([0, 0, 1, 1]), np.array([5, 5, 5, 2]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    groups, other = np.unique(other, return_inverse=True)
    both = np.bincount(used.astype(np.int64) * len(groups) + other, minlength=k * len(groups)).reshape(k, -1)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _sample_points(points: NDArray[Any], rows: int, seed: int) -> NDArray[np.float64]:
    return np.asarray(points[sample_rows(points, rows, seed=seed)], np.float64)
