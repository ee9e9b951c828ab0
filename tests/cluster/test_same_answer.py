"""The same rows give the same segments: in any order, in any blocks, with any number of threads."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from clustera.cluster.blocks import Blocks
from clustera.cluster.sweep import draft_sweep, solve_sweep
from clustera.errors import InputError

KS = (2, 5, 9)


class Cut:
    """Rows in blocks of a given size."""

    def __init__(self, points, size):
        self.points, self.size = points, size
        self.n_rows, self.n_features = points.shape

    def __iter__(self):
        return (self.points[start : start + self.size] for start in range(0, len(self.points), self.size))


def heavy_tails(n):
    """Lognormal columns with a few enormous values."""
    random = np.random.default_rng(0)
    return np.exp(random.normal(size=(n, 4)) @ random.normal(size=(4, 4)) * 0.8)


def whole_numbers(n):
    """Few distinct rows, each held by many."""
    return np.random.default_rng(0).poisson((2, 5, 1), (n, 3)).astype(float)


def half_zeros(n):
    """Every other row is the same one."""
    random = np.random.default_rng(0)
    return np.where(random.random(n)[:, None] < 0.5, 0.0, random.lognormal(size=(n, 3)))


TABLES = {"heavy tails": heavy_tails, "whole numbers": whole_numbers, "half zeros": half_zeros}


@pytest.fixture(scope="module", params=TABLES)
def table(request):
    points = TABLES[request.param](70_000)
    return points, solve_sweep(points, KS, threads=1)


def assert_same(found, expected):
    for k in KS:
        np.testing.assert_array_equal(found[k].centers, expected[k].centers)
        assert found[k].inertia == expected[k].inertia


@pytest.mark.parametrize("cut", [lambda points: points, lambda points: Cut(points, 9_000)])
def test_a_draft_that_is_finished_is_the_solution_whichever_ks_are_finished(table, cut):
    points, expected = table
    drafts = draft_sweep(cut(points), KS)
    assert_same(drafts.finish([5]) | drafts.finish([9, 2]), expected)


def test_a_draft_is_nearly_the_solution(table):
    points, expected = table
    drafts = draft_sweep(points, KS).solutions
    for k in KS:
        assert drafts[k].inertia == pytest.approx(expected[k].inertia, rel=2e-3)


def test_the_order_of_the_rows_does_not_matter(table):
    points, expected = table
    assert_same(solve_sweep(points[np.random.default_rng(1).permutation(len(points))], KS), expected)


def test_the_number_of_threads_does_not_matter(table):
    points, expected = table
    assert_same(solve_sweep(points, KS, threads=2), expected)


@pytest.mark.parametrize("size", [999, 100_000])
def test_blocks_give_the_same_answer_as_memory(table, size):
    points, expected = table
    assert isinstance(Cut(points, size), Blocks)
    assert_same(solve_sweep(Cut(points, size), KS), expected)


def test_rows_that_are_placed_again_in_every_pass_give_the_same_answer(table, monkeypatch):
    monkeypatch.setattr("clustera.cluster.table.KEPT", 0)
    points, expected = table
    assert_same(solve_sweep(points, KS, threads=2), expected)


def test_no_k_is_worse_than_scikit_learn(table):
    points, found = table
    for k in KS:
        assert found[k].inertia <= 1.002 * KMeans(k, n_init=3, random_state=0).fit(points).inertia_


def test_few_rows_in_blocks_give_the_same_answer_as_memory():
    points = heavy_tails(500)
    assert_same(solve_sweep(Cut(points, 64), KS), solve_sweep(points, KS))


@pytest.mark.parametrize("weight", [2.0, 0.1, 1e30])
@pytest.mark.parametrize(("n", "digits"), [(500, 9), (21_000, 9), (21_000, 1)])
def test_equal_weights_change_nothing_but_the_unit_of_inertia(n, digits, weight):
    points = heavy_tails(n).round(digits)
    plain, weighted = solve_sweep(points, [3]), solve_sweep(points, [3], weights=np.full(n, weight))
    np.testing.assert_array_equal(weighted[3].centers, plain[3].centers)
    assert weighted[3].inertia == pytest.approx(weight * plain[3].inertia, rel=1e-12)


@pytest.mark.parametrize("power", [-900, -40, 40, 700])
@pytest.mark.parametrize("n", [12, 21_000])
def test_only_the_proportions_of_weights_matter(n, power):
    random = np.random.default_rng(n)
    points, weights = random.normal(size=(n, 2)), random.random(n) + 0.01
    plain = solve_sweep(points, [5], weights=weights)[5]
    scaled = solve_sweep(points, [5], weights=weights * 2.0**power)[5]
    np.testing.assert_array_equal(scaled.centers, plain.centers)
    assert scaled.inertia * 2.0**-power == pytest.approx(plain.inertia, rel=1e-12)


def test_many_weighted_rows_are_no_worse_than_scikit_learn():
    points = heavy_tails(30_000)
    weights = np.random.default_rng(2).random(30_000)
    found = solve_sweep(points, KS, weights=weights)
    for k in KS:
        best = KMeans(k, n_init=3, random_state=0).fit(points, sample_weight=weights).inertia_
        assert found[k].inertia <= 1.002 * best


def test_blocks_that_hold_fewer_rows_than_they_say_are_refused():
    short = Cut(heavy_tails(30_000), 1000)
    short.n_rows = 30_001
    with pytest.raises(InputError, match="hold 30000 rows, but said 30001"):
        solve_sweep(short, KS)


@pytest.mark.parametrize("n", [100, 30_000])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_refused(n, value):
    points = heavy_tails(n)
    points[n // 2, 1] = value
    with pytest.raises(InputError, match="not a finite number"):
        solve_sweep(points, KS)


def test_progress_ends_at_one_and_never_goes_back():
    told = []
    solve_sweep(heavy_tails(30_000), KS, progress=lambda _, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1


def test_fewer_distinct_rows_than_segments_leave_no_inertia():
    points = np.repeat(np.arange(4.0)[:, None], 10_000, axis=0)
    found = solve_sweep(points, [3, 4, 6])
    assert found[3].inertia == pytest.approx(5_000)
    assert found[4].inertia == found[6].inertia == 0
