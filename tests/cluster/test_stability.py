import numpy as np
import pytest

from clustera.cluster.stability import bootstrap_jaccard, half_splits
from clustera.cluster.sweep import solve_sweep


@pytest.fixture(scope="module")
def apart():
    """Three groups far from each other."""
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(size=(200, 2)) + centre for centre in ([0, 0], [20, 0], [0, 20])])


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).normal(size=(600, 2))


def test_groups_far_apart_come_back_in_every_bootstrap(apart):
    jaccard = bootstrap_jaccard(apart, solve_sweep(apart, [3]), replicates=10)[3]
    np.testing.assert_allclose(jaccard, 1.0)


def test_pieces_cut_from_one_group_do_not_come_back(apart):
    jaccard = bootstrap_jaccard(apart, solve_sweep(apart, [6]), replicates=20)[6]
    assert jaccard.min() < 0.75


def test_a_bootstrap_does_not_depend_on_the_order_of_rows(apart):
    solutions = solve_sweep(apart, [2, 5])
    there, back = (
        bootstrap_jaccard(apart, solutions, replicates=5),
        bootstrap_jaccard(apart[::-1], solutions, replicates=5),
    )
    for k in (2, 5):
        np.testing.assert_array_equal(there[k], back[k])


def test_nobody_stands_between_groups_far_apart(apart):
    found = half_splits(apart, [3])[3]
    assert found.prediction_strength == 1
    assert found.middle == 0
    assert found.valley < 0.01


def test_noise_has_no_valley(noise):
    found = half_splits(noise, range(2, 6))
    assert min(split.valley for split in found.values()) > 0.65


def test_only_the_group_that_was_cut_has_no_valley(apart):
    solutions = solve_sweep(apart, [4], restarts=20)
    found = half_splits(apart, [4], solutions=solutions)[4]
    centres = solutions[4].centres
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(4) * 1e9
    a, b = np.unravel_index(gaps.argmin(), gaps.shape)
    assert found.neighbour[a] == b
    assert found.valleys[a] == found.valleys[b] > 0.65
    others = [j for j in range(4) if j not in (a, b)]
    assert (found.valleys[others] < 0.2).all()


def test_the_cost_is_bounded_by_a_sample_of_the_rows():
    points = np.random.default_rng(0).normal(size=(5000, 2))
    assert half_splits(points, [2])[2].middle <= 2 * 8 * 750
