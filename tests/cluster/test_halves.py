from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.halves import judge_halves
from clustera.cluster.judgments import VALLEY_NEEDED
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep


def crowd_and_group(big: int, small: int, *, apart: float = 7.0, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    points = np.vstack([random.normal(size=(big, 2)), random.normal(size=(small, 2)) + np.array([apart, 0])])
    return random.permutation(points)


def test_nobody_between_two_far_groups_is_a_valley_near_zero():
    points = crowd_and_group(300, 300, apart=12)
    assert judge_halves(points, solve_sweep(points, [2]))[2].valley < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_one_crowd_cut_in_two_has_no_valley(seed):
    points = np.random.default_rng(seed).normal(size=(800, 3))
    assert judge_halves(points, solve_sweep(points, [2]))[2].valley > 0.9


def test_a_flat_crowd_has_a_valley_of_about_one():
    points = np.random.default_rng(0).uniform(size=(1500, 1)) * [[1, 0]]
    assert judge_halves(points, solve_sweep(points, [2]))[2].valley == pytest.approx(1.1, abs=0.25)


def test_a_small_group_beside_a_crowd_fifty_times_its_size_is_seen():
    points = crowd_and_group(2000, 40)
    labels = (points[:, 0] > 3.5).astype(int)
    truth = Solution(2, np.stack([points[labels == j].mean(axis=0) for j in (0, 1)]), 1.0)
    found = judge_halves(points, {2: truth})[2]
    assert found.valley < VALLEY_NEEDED


def test_the_least_separate_pair_decides():
    random = np.random.default_rng(0)
    far, crowd = random.normal(size=(400, 2)) + np.array([20, 0]), random.normal(size=(800, 2))
    found = judge_halves(np.vstack([far, crowd]), solve_sweep(np.vstack([far, crowd]), [2, 3]))
    assert found[2].valley < 0.05
    assert found[3].valley > 0.9
    assert found[3].valleys.min() < 0.1


def test_prediction_strength_agrees_with_its_definition_on_separate_groups():
    points = crowd_and_group(200, 200, apart=15)
    assert judge_halves(points, solve_sweep(points, [2]))[2].prediction_strength == pytest.approx(1.0)
    # Of a group cut in two at random, two halves agree about pairs of one part only by chance.
    assert judge_halves(points, solve_sweep(points, [3]))[3].prediction_strength < 0.8


def test_neighbors_are_the_nearest_centers():
    points = np.random.default_rng(0).normal(size=(400, 2))
    solution = solve_sweep(points, [5])[5]
    nearest = [np.argsort(np.linalg.norm(solution.centers - c, axis=1))[1] for c in solution.centers]
    assert judge_halves(points, {5: solution})[5].neighbor.tolist() == nearest


def test_the_order_of_the_rows_changes_no_judgment():
    points = crowd_and_group(300, 60)
    sweep = solve_sweep(points, range(1, 6))
    one, two = judge_halves(points, sweep), judge_halves(points[::-1], sweep)
    assert [one[k].valley for k in one] == [two[k].valley for k in two]


def test_customers_with_equal_values_are_judged_without_complaint():
    points = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 20, axis=0)
    assert judge_halves(points, solve_sweep(points, [2, 3]))[3].valley < 0.05


def test_small_groups_beside_a_big_one_are_all_found():
    random = np.random.default_rng(0)
    places = np.array([[0, 0], [8, 0], [0, 8], [-8, 0], [0, -8]])
    sizes = [1500, 80, 80, 80, 80]
    points = np.vstack([random.normal(size=(n, 2)) + place for n, place in zip(sizes, places, strict=True)])
    points /= points.std(axis=0)
    # Another library draws the same segments, so the answer is not one of our own search.
    assert sorted(np.bincount(KMeans(5, n_init=10, random_state=0).fit_predict(points)))[0] > 70
    selection = choose(gather_evidence(points, points, solve_sweep(points, range(1, 10)), seed=0).table)
    assert (selection.k, selection.verdict) == (5, "clear")
