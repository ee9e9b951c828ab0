import numpy as np
import pytest
from sklearn.cluster import KMeans

from clustera.cluster.assign import assign
from clustera.cluster.sweep import draft_sweep, solve_among, solve_sweep
from clustera.errors import InputError

KS = range(1, 9)


def reference(points, k):
    return KMeans(k, n_init=10, random_state=0).fit(points).inertia_


def test_no_k_of_a_small_sweep_is_worse_than_scikit_learn(few):
    found = solve_sweep(few, KS, restarts=20)
    assert all(found[k].inertia <= 1.001 * reference(few, k) for k in KS)


def test_no_k_of_a_sampled_sweep_is_worse_than_scikit_learn(many):
    found = solve_sweep(many, KS)
    assert all(found[k].inertia <= 1.001 * reference(many, k) for k in KS)


@pytest.mark.parametrize("n", [400, 30_000])
def test_the_order_of_the_rows_does_not_matter(n, many):
    points = many[:n]
    shuffled = points[np.random.default_rng(1).permutation(n)]
    straight, other = solve_sweep(points, KS), solve_sweep(shuffled, KS)
    for k in KS:
        np.testing.assert_array_equal(straight[k].centers, other[k].centers)
        assert straight[k].inertia == pytest.approx(other[k].inertia, rel=1e-13)


def test_inertia_is_that_of_the_centers_and_their_labels(few):
    solution = solve_sweep(few, [5])[5]
    label, distance, _, _ = assign(few, solution.centers)
    assert solution.inertia == pytest.approx(((few - solution.centers[label]) ** 2).sum(), rel=1e-12)
    assert solution.inertia == pytest.approx((distance**2).sum(), rel=1e-12)


def test_one_segment_is_the_mean(few):
    np.testing.assert_allclose(solve_sweep(few, [1])[1].centers[0], few.mean(axis=0), atol=1e-12)


def test_a_weight_of_two_counts_as_two_points(few):
    doubled = solve_sweep(np.concatenate([few, few[:100]]), [4], restarts=20)[4]
    weights = np.ones(len(few))
    weights[:100] = 2
    assert solve_sweep(few, [4], weights=weights, restarts=20)[4].inertia == pytest.approx(doubled.inertia, rel=1e-3)


def test_a_point_of_no_weight_is_as_if_it_were_not_there(few):
    far = np.concatenate([few, [[1e6, 0, 0]]])
    weights = np.append(np.ones(len(few)), 0)
    assert solve_sweep(far, [3], weights=weights)[3].inertia == solve_sweep(few, [3])[3].inertia


def test_one_enormous_row_does_not_blur_the_others(few):
    far = np.concatenate([few, [[1e9, 0, 0]]])
    assert solve_sweep(far, [4], restarts=20)[4].inertia <= 1.001 * reference(few, 3)


def test_more_segments_than_points_is_refused():
    with pytest.raises(InputError, match="only 3 points"):
        solve_sweep(np.eye(3), [4])


@pytest.mark.parametrize("n_features", [1, 2, 4, 5, 8, 17])
def test_every_number_of_features_is_solved(n_features):
    points = np.random.default_rng(0).normal(size=(500, n_features))
    found = solve_sweep(points, [2, 5], restarts=20)
    assert all(found[k].inertia <= 1.01 * reference(points, k) for k in (2, 5))


@pytest.mark.parametrize("seed", range(3))
def test_a_few_hundred_rows_end_where_a_hundred_restarts_of_scikit_learn_end(few, seed):
    points = few[:200]
    found = solve_sweep(points, KS, seed=seed)
    for k in KS:
        best = KMeans(k, n_init=100, random_state=0).fit(points).inertia_
        assert found[k].inertia <= 1.001 * best


def test_no_single_row_of_a_few_hundred_could_better_its_segment():
    points = np.random.default_rng(3).normal(size=(150, 2))
    centers = solve_sweep(points, [6])[6].centers
    apart = np.square(points[:, None] - centers).sum(axis=2)
    label = apart.argmin(axis=1)
    size = np.bincount(label)
    # What the inertia falls by when a row leaves its segment, and rises by when it joins another.
    falls = apart[np.arange(150), label] * size[label] / (size[label] - 1)
    joins = apart * size / (size + 1)
    joins[np.arange(150), label] = np.inf
    assert (joins.min(axis=1) >= falls * (1 - 1e-6)).all()


@pytest.mark.parametrize(
    ("seed", "n", "d", "k"), [(1, 1500, 5, 32), (35, 700, 5, 28), (53, 4500, 4, 20), (0, 80, 3, 20), (0, 21_000, 3, 13)]
)
def test_one_of_many_ks_is_the_same_without_those_far_below_it(seed, n, d, k):
    points = np.random.default_rng(seed).normal(size=(n, d)).round(2)
    ks = range(1, max(k, 20) + 1)
    of_all, alone = draft_sweep(points, ks).finish([k])[k], solve_among(points, ks, k)
    np.testing.assert_array_equal(alone.centers, of_all.centers)
    assert alone.inertia == of_all.inertia
