"""A gap between two segments is none where a path of customers leads around it."""

from __future__ import annotations

import numpy as np
import pytest

from clustera.cluster.assign import assign
from clustera.cluster.auto import select_k
from clustera.cluster.judgments import PATH_NEEDED
from clustera.cluster.paths import path_neighbors, path_ratio
from clustera.cluster.sweep import solve_sweep
from clustera.texts import explain_chosen_k


def ring(n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * (1 + 0.08 * random.normal(size=(n, 1)))


def u_shape(n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    along = random.uniform(-2, 2, n)
    return np.column_stack([np.clip(along, -1, 1), np.maximum(np.abs(along) - 1, 0)]) + random.normal(0, 0.06, (n, 2))


def helix(n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 4 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle), angle / 3]) + random.normal(0, 0.15, (n, 3))


def measured(points: np.ndarray, k: int) -> np.ndarray:
    centers = solve_sweep(points, [k])[k].centers
    return path_ratio(points, assign(points, centers)[0], centers, path_neighbors(points))


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_parts_of_a_ring_are_joined_along_it(k, seed):
    assert measured(ring(800, seed), k).max() > PATH_NEEDED


@pytest.mark.parametrize("seed", range(3))
def test_both_arms_of_a_u_are_joined_around_its_hole(seed):
    assert measured(u_shape(800, seed), 2).max() > PATH_NEEDED


@pytest.mark.parametrize("n_features", [2, 4, 10])
def test_there_is_no_path_between_groups_of_their_own(n_features):
    random = np.random.default_rng(0)
    places = 6 * np.eye(n_features)[:2]
    points = np.vstack([random.normal(size=(300, n_features)) + place for place in places])
    assert measured(points, 2).max() < PATH_NEEDED


@pytest.mark.parametrize("n_features", [1, 2, 6])
def test_one_crowd_cut_in_two_is_joined(n_features):
    assert measured(np.random.default_rng(1).normal(size=(800, n_features)), 2).min() > PATH_NEEDED


def test_the_nearest_customers_are_those_of_all_distances():
    points = np.random.default_rng(0).normal(size=(60, 3))
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    expected = np.argsort(apart, axis=1)[:, 1:6]
    assert np.array_equal(np.sort(path_neighbors(points, 5)), np.sort(expected))


@pytest.mark.parametrize("shape", [ring, u_shape, helix])
def test_a_connected_shape_has_no_clear_groups(shape):
    points = shape(600, 7)
    assert select_k((points - points.mean(axis=0)) / points.std(axis=0)).verdict != "clear"


def test_more_than_twenty_groups_are_found_without_being_asked_for():
    random = np.random.default_rng(0)
    places = np.array([(x, y) for x in range(5) for y in range(5)]) * 8.0
    points = random.permutation(np.repeat(places, 30, axis=0) + random.normal(size=(750, 2)))
    found = select_k(points / points.std(axis=0))
    assert (found.k, found.verdict) == (25, "clear")
    assert "2 to 35 segments were looked at." in explain_chosen_k(found)


def test_a_point_without_weight_has_no_say_in_the_number():
    random = np.random.default_rng(0)
    points = np.vstack([random.normal(size=(200, 2)) + place for place in ([0, 0], [9, 0], [0, 9])])
    weights = np.repeat([1.0, 1.0, 0.0], 200)
    assert select_k(points, weights=weights).k == 2
