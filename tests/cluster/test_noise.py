"""Features that do not tell segments apart, judged on customers who did not draw them."""

import numpy as np
import pytest

from clustera.cluster.noise import noise_features
from clustera.cluster.solution import Solution

CENTERS = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])


def customers(random, size=150):
    groups = np.repeat(CENTERS, size, axis=0)
    return groups + random.normal(size=groups.shape)


def judged(points, *further):
    columns = np.column_stack([points, *further])
    away = np.zeros((3, columns.shape[1] - 2))
    return noise_features(columns, Solution(3, np.concatenate([CENTERS, away], axis=1), 0.0)).tolist()


@pytest.mark.parametrize("draw", ["normal", "uniform", "exponential"])
def test_what_has_nothing_to_do_with_the_groups_is_noise(draw):
    random = np.random.default_rng(1)
    points = customers(random)
    assert judged(points, getattr(random, draw)(size=len(points))) == [False, False, True]


def test_a_small_difference_between_groups_is_no_noise():
    random = np.random.default_rng(2)
    points = customers(random)
    assert judged(points, random.normal(size=len(points)) + (points[:, 0] > 4.5) * 0.6) == [False, False, False]


def test_a_feature_that_varies_more_in_one_group_is_no_noise():
    random = np.random.default_rng(3)
    points = customers(random)
    assert judged(points, random.normal(size=len(points)) * np.where(points[:, 0] > 4.5, 2.0, 1.0)) == [False] * 3


def test_few_customers_call_nothing_noise():
    random = np.random.default_rng(4)
    points = customers(random, size=12)
    assert judged(points, random.normal(size=len(points))) == [False, False, False]


def test_segments_that_no_feature_tells_apart_call_nothing_noise():
    points = np.random.default_rng(5).normal(size=(300, 2))
    middle = np.array([[0.0, 0.0], [90.0, 90.0]])
    assert noise_features(points, Solution(2, middle, 0.0)).tolist() == [False, False]
