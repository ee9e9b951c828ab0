import numpy as np
import pytest

from clustera.cluster.halves import judge_halves
from clustera.cluster.sampling import sample_rows
from clustera.cluster.stability import bootstrap_jaccard
from clustera.cluster.sweep import solve_sweep


@pytest.fixture(scope="module")
def apart():
    """Three groups far from each other."""
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(size=(200, 2)) + center for center in ([0, 0], [20, 0], [0, 20])])


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
    found = judge_halves(apart, solve_sweep(apart, [3]))[3]
    assert found.prediction_strength == 1
    assert found.valley < 0.01


def test_noise_has_no_valley(noise):
    found = judge_halves(noise, solve_sweep(noise, range(2, 6)))
    assert min(split.valley for split in found.values()) > 0.65


def test_only_the_group_that_was_cut_has_no_valley(apart):
    solutions = solve_sweep(apart, [4], restarts=20)
    found = judge_halves(apart, solutions)[4]
    centers = solutions[4].centers
    gaps = np.linalg.norm(centers[:, None] - centers[None], axis=2) + np.eye(4) * 1e9
    a, b = np.unravel_index(gaps.argmin(), gaps.shape)
    assert found.neighbor[a] == b
    # Each half cuts where it will, so the two sides are means over different pairs; both must show no valley.
    assert found.valleys[[a, b]].min() > 0.65
    others = [j for j in range(4) if j not in (a, b)]
    assert (found.valleys[others] < 0.2).all()


def test_rows_beyond_the_sample_are_not_looked_at():
    points = np.random.default_rng(0).normal(size=(5000, 2))
    sweep = solve_sweep(points, [2])
    judged = judge_halves(points, sweep, rows=1_500)[2]
    alone = judge_halves(points[sample_rows(points, 1_500)], sweep, rows=1_500)[2]
    assert (judged.valley, judged.prediction_strength) == (alone.valley, alone.prediction_strength)


def test_two_segments_see_the_same_valley(noise):
    one, other = judge_halves(noise, solve_sweep(noise, [2]))[2].valleys
    assert one == other
