from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from clustera.cluster.agreement import (
    best_overlap,
    compare_methods,
    find_leaks,
    seed_agreement,
    without_each_feature,
)
from clustera.cluster.sweep import solve_sweep
from clustera.errors import InputError


@pytest.fixture(scope="module")
def apart() -> np.ndarray:
    """Three groups that only the first two features tell apart."""
    random = np.random.default_rng(0)
    places = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]])
    return random.normal(size=(600, 3)) + places[random.integers(0, 3, 600)]


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(600, 3))


def test_other_seeds_agree_about_separate_groups(apart):
    found = seed_agreement(apart, solve_sweep(apart, [3])[3])
    assert found.mean == found.worst == 1.0
    assert found.segments == pytest.approx((1, 1, 1))


def test_other_seeds_disagree_about_noise(noise):
    found = seed_agreement(noise, solve_sweep(noise, [8])[8])
    assert found.worst < 0.8
    assert min(found.segments) < 0.8


def test_a_feature_that_carries_no_segment_can_be_left_out(apart):
    effects = {effect.feature: effect for effect in without_each_feature(apart, solve_sweep(apart, [3])[3], "abc")}
    assert effects["c"].agreement > 0.99
    assert effects["c"].lost == ()
    assert effects["a"].agreement < 0.8
    assert effects["a"].lost


def test_one_feature_alone_cannot_be_left_out():
    points = np.random.default_rng(0).normal(size=(50, 1))
    assert without_each_feature(points, solve_sweep(points, [2])[2], ["a"]) == ()
    assert find_leaks(points, ["a"]) == ()


def test_a_score_of_other_features_is_a_leak():
    random = np.random.default_rng(0)
    spend, orders, age = random.normal(size=(3, 800))
    score = 0.7 * spend + 0.3 * orders + 0.05 * random.normal(size=800)
    leaks = {
        leak.feature: leak
        for leak in find_leaks(np.column_stack([spend, orders, age, score]), ["spend", "orders", "age", "score"])
    }
    assert leaks["score"].leaks
    assert leaks["score"].kind == "linear"
    assert leaks["score"].sources == ("spend", "orders")
    # 1 - .05^2 / (.7^2 + .3^2 + .05^2), by hand
    assert leaks["score"].r2 == pytest.approx(0.9957, abs=0.002)
    assert not leaks["age"].leaks
    assert leaks["age"].r2 < 0.05


def test_a_bent_score_is_found_by_the_tree():
    random = np.random.default_rng(0)
    spend, age = random.uniform(-1, 1, (2, 3000))
    found = find_leaks(np.column_stack([spend, age, np.abs(spend)]), ["spend", "age", "score"])
    assert (found[0].feature, found[0].kind, found[0].sources, found[0].leaks) == ("score", "tree", ("spend",), True)


def test_other_methods_find_separate_groups_too(apart):
    found = compare_methods(apart, solve_sweep(apart, [3])[3])
    assert [method.method for method in found] == ["Gaussian mixture", "Ward"]
    assert all(method.ari > 0.99 for method in found)


def test_other_methods_do_not_find_borders_drawn_through_noise(noise):
    assert all(method.ari < 0.8 for method in compare_methods(noise, solve_sweep(noise, [4])[4]))


def test_other_methods_need_more_customers_than_segments():
    points = np.array([[0.0], [1.0], [2.0]])
    with pytest.raises(InputError, match="3 customers for 3 segments"):
        compare_methods(points, solve_sweep(points, [3])[3])


def test_overlap_is_the_best_jaccard():
    random = np.random.default_rng(0)
    used, other = random.integers(0, 3, 200), random.integers(0, 4, 200)
    expected = [max(jaccard_score(used == a, other == b) for b in range(4)) for a in range(3)]
    assert best_overlap(used, other, 3) == pytest.approx(expected)
