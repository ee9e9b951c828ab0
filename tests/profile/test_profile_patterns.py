"""Patterns before clustering, against NumPy, SciPy and counting by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clustera.engines import Engine
from clustera.profile import patterns
from clustera.profile.patterns import QUANTILES, histogram_edges
from clustera.samples import SAMPLED
from clustera.texts import note_text

SHARES = [q * 100 for q in QUANTILES]


@pytest.fixture(scope="module")
def shop():
    rng = np.random.default_rng(7)
    n = 5000
    age = rng.integers(18, 80, n).astype(float)
    spend = rng.lognormal(4, 1.2, n)
    visits = np.floor(spend / 20 + rng.gamma(2, 2, n))
    spend[rng.random(n) < 0.05] = np.nan
    town = rng.choice(["Graz", "Wien", "Linz", None], n, p=[0.5, 0.3, 0.1, 0.1])
    return pd.DataFrame(
        {"age": age, "spend": spend, "visits": visits, "town": town, "_key": rng.permutation(n).astype("u8")}
    )


@pytest.fixture(scope="module")
def seen(shop, checked):
    return patterns(checked(shop))


def known(shop, name):
    return shop[name].dropna().to_numpy()


@pytest.mark.parametrize("name", ["age", "spend", "visits"])
class TestDistribution:
    def test_mean_and_sd_are_numpys(self, seen, shop, name):
        (found,) = [d for d in seen.distributions if d.name == name]
        assert (found.mean, found.sd) == pytest.approx((known(shop, name).mean(), known(shop, name).std()), rel=1e-11)

    def test_skew_is_scipys(self, seen, shop, name):
        (found,) = [d for d in seen.distributions if d.name == name]
        assert found.skew == pytest.approx(stats.skew(known(shop, name)), rel=1e-8)

    def test_quantiles_are_numpys(self, seen, shop, name):
        (found,) = [d for d in seen.distributions if d.name == name]
        assert found.quantiles == pytest.approx(np.percentile(known(shop, name), SHARES), rel=1e-12)

    def test_every_known_value_is_in_one_bar(self, seen, shop, name):
        (found,) = [d for d in seen.distributions if d.name == name]
        assert sum(found.counts) + found.missing == len(shop)
        assert len(found.counts) == len(found.edges) - 1

    def test_bars_hold_what_numpy_counts(self, seen, shop, name):
        (found,) = [d for d in seen.distributions if d.name == name]
        clipped = np.clip(known(shop, name), found.edges[0], np.nextafter(found.edges[-1], -np.inf))
        assert found.counts == tuple(np.histogram(clipped, np.array(found.edges))[0])


def test_missing_values_are_counted(seen, shop):
    assert [d.missing for d in seen.distributions] == [0, int(shop["spend"].isna().sum()), 0]


def test_correlation_is_spearmans_on_the_customers_known_to_both(seen, shop):
    assert seen.correlation[1][2] == pytest.approx(
        stats.spearmanr(shop["spend"], shop["visits"], nan_policy="omit")[0], rel=1e-10
    )
    assert seen.correlation[0][1] == seen.correlation[1][0]
    assert [seen.correlation[i][i] for i in range(3)] == [1, 1, 1]


def test_what_lies_beyond_the_last_bar_is_said(checked):
    spend = np.r_[np.linspace(1, 100, 999), 1e6]
    found = patterns(checked(pd.DataFrame({"spend": spend})))
    assert found.distributions[0].edges[-1] < 200
    assert tuple(map(note_text, found.notes)) == (
        "Spend: the last bar of the histogram includes 1 customer above 150.",
    )


def test_a_copy_and_a_mirror_image_are_redundant(checked):
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 500))
    found = patterns(checked(pd.DataFrame({"one": one, "cubed": one**3, "minus": -one, "other": other})))
    assert found.redundant == (("one", "cubed", 1.0), ("one", "minus", -1.0), ("cubed", "minus", -1.0))


def test_a_column_without_differences_correlates_with_nothing(checked):
    found = patterns(checked(pd.DataFrame({"one": [5.0, 5.0, 5.0], "two": [1.0, 2.0, 3.0]})))
    assert found.correlation == ((1.0, 0.0), (0.0, 1.0))
    assert (found.distributions[0].sd, found.distributions[0].skew) == (0.0, 0.0)
    assert sum(found.distributions[0].counts) == 3


def test_rare_values_are_gathered(checked):
    values = ["common"] * 5 + ["second"] * 3 + [f"rare {i:02}" for i in range(15)] + [None] * 2
    found = patterns(checked(pd.DataFrame({"x": np.arange(25.0), "kind": pd.Series(values, dtype=object)}))).categories[
        0
    ]
    assert found.values[:3] == ("common", "second", "rare 00")
    assert (found.counts[:3], len(found.values)) == ((5, 3, 1), 12)
    assert (found.other, found.missing) == (5, 2)


def test_a_descriptor_without_any_value_is_all_missing(checked):
    frame = pd.DataFrame({"x": [1.0, 2.0], "note": pd.Series([None, None], dtype="string")})
    found = patterns(checked(frame)).categories[0]
    assert (found.values, found.counts, found.other, found.missing) == ((), (), 0, 2)


def test_a_table_without_features_has_no_patterns(checked):
    found = patterns(checked(pd.DataFrame({"town": ["a", "b"]})))
    assert (found.distributions, found.correlation, found.redundant) == ((), (), ())


def test_neither_the_order_of_rows_nor_threads_change_a_digit(shop, checked):
    rng = np.random.default_rng(3)
    many = pd.concat([shop] * 30, ignore_index=True)
    many["_key"] = rng.integers(0, 2**63, len(many)).astype("u8") * np.uint64(2)
    many["spend"] *= rng.lognormal(0, 0.3, len(many))
    with Engine(threads=1) as one, Engine(threads=4) as four:
        shuffled = many.sample(frac=1, random_state=1)
        assert repr(patterns(checked(many, on=one))) == repr(patterns(checked(shuffled, on=four)))


def test_correlations_of_many_customers_come_from_the_smallest_keys(checked):
    rng = np.random.default_rng(5)
    n = 5 * SAMPLED
    key = rng.integers(0, 2**63, n).astype("u8") * np.uint64(2)
    one = rng.normal(size=n)
    small = key <= np.sort(key)[SAMPLED - 1]
    frame = pd.DataFrame({"one": one, "two": np.where(small, one, -one), "_key": key})
    found = patterns(checked(frame))
    assert found.correlation[0][1] == 1.0
    assert tuple(map(note_text, found.notes)) == ("Correlations were measured on a random sample of 20,000 customers.",)


def test_keys_that_are_not_spread_evenly_still_give_a_full_sample(checked):
    n = 5 * SAMPLED
    frame = pd.DataFrame({"one": np.arange(n, dtype=float), "two": np.arange(n, dtype=float) ** 2})
    frame["_key"] = np.arange(n, dtype="u8") + np.uint64(2**63)
    assert patterns(checked(frame)).correlation[0][1] == 1.0


@given(
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: round(x, 3)), min_size=2, max_size=60),
    st.booleans(),
)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_histogram_edges_rise_and_cover_the_middle_98_percent(values, whole):
    values = np.floor(values) if whole else np.array(values)
    quantiles = np.quantile(values, QUANTILES)
    edges = np.array(histogram_edges(quantiles.tolist(), whole=whole))
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= 30
    assert edges[0] <= quantiles[1]
    assert quantiles[-2] <= edges[-1]


def test_bars_of_whole_numbers_hold_equally_many_of_them():
    edges = np.array(histogram_edges([0, 1, 5, 25, 50, 75, 95, 99, 100], whole=True))
    assert set(np.histogram(np.arange(0, 100), edges)[0][:-1]) == {5}
