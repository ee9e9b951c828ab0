"""Two groups held against each other: as SciPy has it, and as often wrong as is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clustera
from clustera.errors import InputError
from clustera.profile.differences import Told, benjamini_hochberg, group_differences
from clustera.records import GroupColumns, Moments


def group(numbers, words=None):
    found = {name: Moments(len(x), float(np.mean(x)), float(np.std(x, ddof=1))) for name, x in numbers.items()}
    counted = {
        name: {str(value): int(n) for value, n in zip(*np.unique(x, return_counts=True), strict=True)}
        for name, x in (words or {}).items()
    }
    return GroupColumns(len(next(iter(numbers.values()))), found, counted)


def test_means_are_compared_as_scipy_compares_them():
    from scipy import stats

    random = np.random.default_rng(3)
    for n, m, spread in ((5, 9, 4.0), (400, 30, 0.5), (2, 2, 1.0)):
        x, y = random.normal(1, 1, n), random.normal(1.4, spread, m)
        (found,) = group_differences(group({"x": x}), group({"x": y}), {"x": Told("X")})
        wanted = stats.ttest_ind(x, y, equal_var=False)
        assert found.p == pytest.approx(wanted.pvalue, rel=1e-9)
        bounds = wanted.confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), rel=1e-9)
        assert found.effect == pytest.approx((x.mean() - y.mean()) / np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2))


def test_shares_are_compared_as_a_chi_square_of_the_table_without_correction():
    from scipy import stats

    one, other = np.repeat(["a", "b", "c"], [30, 50, 20]), np.repeat(["a", "b", "c"], [60, 50, 90])
    filler = {"x": np.arange(100.0)}
    found = group_differences(group(filler, {"w": one}), group({"x": np.arange(200.0)}, {"w": other}), {"w": Told("W")})
    for entry in found:
        x, y = (one == entry.value).sum(), (other == entry.value).sum()
        wanted = stats.chi2_contingency([[x, 100 - x], [y, 200 - y]], correction=False)
        assert entry.p == pytest.approx(wanted.pvalue, rel=1e-9)
        assert entry.low < x / 100 - y / 200 < entry.high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discoveries_are_controlled_as_scipy_controls_them(p):
    from scipy import stats

    assert benjamini_hochberg(p) == pytest.approx(list(stats.false_discovery_control(p)), abs=1e-12)


def test_two_random_halves_of_one_group_differ_in_nothing_in_nineteen_of_twenty_draws():
    random = np.random.default_rng(8)
    n = 400
    numbers = {f"n{i}": random.gamma(1 + i, 2, n) for i in range(5)}
    words = {"w": random.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1])}
    told = {name: Told(name) for name in (*numbers, *words)}
    quiet = 0
    for _ in range(1000):
        half = random.permutation(n) < n // 2
        one, other = (
            group({k: x[at] for k, x in numbers.items()}, {k: x[at] for k, x in words.items()}) for at in (half, ~half)
        )
        quiet += not any(entry.differs for entry in group_differences(one, other, told))
    assert quiet >= 950


def test_a_column_without_spread_differs_where_its_value_does_and_only_there():
    same, moved = (
        group_differences(group({"x": np.full(4, 1.0)}), group({"x": np.full(5, value)}), {"x": Told("X")})[0]
        for value in (1.0, 2.0)
    )
    assert not same.differs
    assert moved.differs
    assert moved.difference == -1


@pytest.fixture(scope="module")
def seg(blobs):
    table = blobs.assign(city=np.where(blobs.index % 3 == 0, "Oslo", "Rome"))
    return clustera.segment(table, features=["age", "income"], descriptors=["city"], k=3, progress=False, threads=1)


def test_the_means_of_two_segments_are_those_of_pandas(seg, blobs):
    frame = blobs.assign(segment=seg.customers.set_index("id").loc[blobs.customer_id, "segment"].to_numpy())
    found = seg.compare_segments(1, 3).set_index("column")
    for feature in ("age", "income"):
        means = frame.groupby("segment")[feature].mean()
        assert found.loc[feature, "one"] == pytest.approx(means[1])
        assert found.loc[feature, "other"] == pytest.approx(means[3])
        assert found.loc[feature, "forms"]
    oslo = pd.Series(blobs.index % 3 == 0).groupby(frame.segment.to_numpy()).mean()
    assert found.loc["city", "value"] == "Oslo"
    assert found.loc["city", "one"] == pytest.approx(oslo[1])
    assert not found.loc["city", "forms"]


def test_a_segment_is_held_against_all_other_customers_where_no_second_is_named(seg, blobs):
    found = seg.compare_segments(2).set_index("column")
    assert found.loc["age", "n_one"] + found.loc["age", "n_other"] == blobs.age.notna().sum()


def test_the_same_segment_of_the_same_customers_in_two_runs_differs_in_nothing(seg):
    assert not (seg.compare_segments(1, within=clustera_copy(seg)).q < 0.05).any()


def clustera_copy(seg):
    """Another segmentation of the same customers."""
    import copy

    other = copy.copy(seg)
    other.__dict__.pop("_listed", None)
    return other


@pytest.mark.parametrize("asked", [(1, 1), (9, 1), (1, 9)])
def test_segments_that_are_not_there_or_the_same_are_refused(seg, asked):
    with pytest.raises(InputError):
        seg.compare_segments(*asked)
