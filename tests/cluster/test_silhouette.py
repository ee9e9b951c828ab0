import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from clustera.cluster.assign import assign
from clustera.cluster.silhouette import mean_silhouettes
from clustera.cluster.sweep import solve_sweep


@pytest.fixture(scope="module")
def labeled(few):
    return {k: assign(few, solution.centers)[0] for k, solution in solve_sweep(few, range(2, 8)).items()}


def test_exact_silhouettes_are_those_of_scikit_learn(few, labeled):
    for k, (value, error) in mean_silhouettes(few, labeled).items():
        assert value == pytest.approx(silhouette_score(few, labeled[k]), abs=1e-7)
        assert error == 0


@pytest.mark.parametrize("unit", [1e-300, 1e-25, 1e20, 1e150])
def test_a_silhouette_has_no_unit(few, labeled, unit):
    here, there = mean_silhouettes(few, labeled), mean_silhouettes(few * unit, labeled)
    assert [value for value, _ in there.values()] == pytest.approx([value for value, _ in here.values()], abs=1e-6)


def test_one_row_far_away_leaves_the_silhouettes_of_the_others(few, labeled):
    far = np.where(np.arange(len(few))[:, None] == 5, 1e24, few)
    assert mean_silhouettes(far, labeled)[3][0] == pytest.approx(silhouette_score(far, labeled[3]), abs=1e-6)


def test_a_sampled_silhouette_lies_within_its_stated_error(many):
    labels = KMeans(4, n_init=1, random_state=0).fit_predict(many[:8000])
    exact = mean_silhouettes(many[:8000], {4: labels})[4][0]
    value, error = mean_silhouettes(many[:8000], {4: labels}, sample=1000)[4]
    assert 0 < error < 0.02
    assert abs(value - exact) < 4 * error


def test_a_segment_of_one_point_counts_zero():
    points = np.array([[0.0], [1.0], [10.0]])
    labels = np.array([0, 0, 1])
    assert mean_silhouettes(points, {2: labels})[2][0] == pytest.approx(silhouette_score(points, labels))


def test_a_single_segment_has_no_silhouette(few):
    assert np.isnan(mean_silhouettes(few, {1: np.zeros(len(few), int)})[1][0])


def test_a_number_without_members_is_passed_over():
    points = np.array([[0.0], [1.0], [5.0], [6.0]])
    labels = np.array([0, 0, 2, 2])
    assert mean_silhouettes(points, {3: labels})[3][0] == pytest.approx(silhouette_score(points, labels))
