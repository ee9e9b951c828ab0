import numpy as np
import pytest
from scipy.spatial.distance import cdist

from clustera.cluster.assign import assign


@pytest.mark.parametrize("n_features", [1, 3, 10])
def test_both_distances_are_those_of_scipy(n_features):
    random = np.random.default_rng(0)
    points, centers = random.normal(size=(700, n_features)), random.normal(size=(6, n_features))
    label, distance, second, distance2 = assign(points, centers)
    full = cdist(points, centers)
    ranked = np.argsort(full, axis=1)
    np.testing.assert_array_equal(label, ranked[:, 0])
    np.testing.assert_array_equal(second, ranked[:, 1])
    np.testing.assert_allclose(distance, np.sort(full, axis=1)[:, 0], rtol=1e-12)
    np.testing.assert_allclose(distance2, np.sort(full, axis=1)[:, 1], rtol=1e-12)


def test_a_tie_goes_to_the_lower_label():
    label, _, second, _ = assign(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0], [-1.0, 0.0]]))
    assert (label[0], second[0]) == (0, 1)


def test_a_large_offset_costs_no_precision():
    points = 1e8 + np.array([[0.0], [1.0], [2.0]])
    label, distance, _, _ = assign(points, 1e8 + np.array([[0.25], [1.5]]))
    np.testing.assert_array_equal(label, [0, 1, 1])
    np.testing.assert_allclose(distance, [0.25, 0.5, 0.5], rtol=1e-6)


def test_one_center_has_no_second():
    _, _, second, distance2 = assign(np.zeros((2, 3)), np.ones((1, 3)))
    assert second.tolist() == [-1, -1]
    assert np.isinf(distance2).all()


@pytest.mark.parametrize("power", [500, 600, 1000])
def test_rows_and_centers_may_be_as_far_away_as_numbers_go(power):
    random = np.random.default_rng(power)
    points, centers = random.normal(size=(300, 3)), random.normal(size=(6, 3))
    label, distance, second, distance2 = assign(points, centers)
    far = assign(points * 2.0**power, centers * 2.0**power)
    np.testing.assert_array_equal(far[0], label)
    np.testing.assert_array_equal(far[2], second)
    np.testing.assert_allclose(far[1], distance * 2.0**power, rtol=1e-12)
    np.testing.assert_allclose(far[3], distance2 * 2.0**power, rtol=1e-12)
