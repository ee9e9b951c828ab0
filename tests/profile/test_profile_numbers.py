"""Each segment's figures, against pandas, SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clustera.profile.numbers import wilson_interval
from clustera.records import DescriptorShare
from clustera.texts import segment_sentence

FEATURES = ["income (k$)", "spend"]


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(11)
    n = 700
    segment = rng.choice([3, 5, 8], n, p=[0.6, 0.3, 0.1])
    frame = pd.DataFrame({"income (k$)": rng.normal(50, 10, n) + 4 * segment, "spend": rng.lognormal(3, 1, n)})
    frame.loc[rng.random(n) < 0.1, "spend"] = np.nan
    frame["gender"] = rng.choice(["f", "m", None], n, p=[0.5, 0.4, 0.1])
    frame["outlier"] = rng.random(n) < 0.05
    return frame.assign(segment=segment)


@pytest.fixture(scope="module")
def profiles(customers, described):
    return {p.segment: p for p in described(customers, features=FEATURES)}


@pytest.mark.parametrize("segment", [3, 5, 8])
class TestSegment:
    def test_size_share_and_outliers_are_counts(self, profiles, customers, segment):
        own = customers[customers["segment"] == segment]
        found = profiles[segment]
        assert (found.size, found.share, found.outliers) == (len(own), len(own) / len(customers), own["outlier"].sum())

    @pytest.mark.parametrize("feature", FEATURES)
    def test_mean_and_quantiles_leave_missing_values_out(self, profiles, customers, segment, feature):
        own = customers.loc[customers["segment"] == segment, feature]
        (found,) = [f for f in profiles[segment].features if f.feature == feature]
        assert found.mean == pytest.approx(own.mean(), rel=1e-11)
        told = (found.low, found.quartiles[0], found.median, found.quartiles[1], found.high)
        assert told == pytest.approx(own.quantile([0.1, 0.25, 0.5, 0.75, 0.9]).to_numpy(), rel=1e-12)

    @pytest.mark.parametrize("feature", FEATURES)
    def test_index_is_against_the_mean_of_all(self, profiles, customers, segment, feature):
        own = customers.loc[customers["segment"] == segment, feature].mean()
        (found,) = [f for f in profiles[segment].features if f.feature == feature]
        assert found.index == pytest.approx(100 * own / customers[feature].mean(), rel=1e-10)

    @pytest.mark.parametrize("feature", FEATURES)
    def test_effect_is_the_distance_to_the_others_in_standard_deviations(self, profiles, customers, segment, feature):
        inside = customers["segment"] == segment
        gap = customers.loc[inside, feature].mean() - customers.loc[~inside, feature].mean()
        (found,) = [f for f in profiles[segment].features if f.feature == feature]
        assert found.effect == pytest.approx(gap / customers[feature].std(ddof=0), rel=1e-8)

    def test_distinguishing_features_come_by_effect(self, profiles, segment):
        effects = {f.feature: abs(f.effect) for f in profiles[segment].features}
        assert list(profiles[segment].distinguishing) == sorted(effects, key=lambda f: -effects[f])

    def test_descriptor_shares_are_of_those_known(self, profiles, customers, segment):
        own = customers.loc[customers["segment"] == segment, "gender"].value_counts(normalize=True)
        everyone = customers["gender"].value_counts(normalize=True)
        found = {d.value: d for d in profiles[segment].descriptors}
        assert {v: d.share for v, d in found.items()} == pytest.approx(own.to_dict())
        assert {v: d.overall for v, d in found.items()} == pytest.approx(everyone.to_dict())

    def test_margin_is_half_of_wilsons_interval(self, profiles, customers, segment):
        known = int(customers.loc[customers["segment"] == segment, "gender"].notna().sum())
        for share in profiles[segment].descriptors:
            interval = stats.binomtest(share.count, known).proportion_ci(method="wilson")
            assert share.margin == pytest.approx((interval.high - interval.low) / 2, rel=1e-6)


def test_sizes_add_up_to_all_customers(profiles, customers):
    assert sum(p.size for p in profiles.values()) == len(customers)


@pytest.mark.parametrize(("count", "n"), [(0, 5), (5, 5), (1, 7), (120, 4000)])
def test_wilsons_interval_is_scipys(count, n):
    middle, half = wilson_interval(count, n)
    interval = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert (middle - half, middle + half) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_index_is_100_where_the_mean_of_all_is_zero(described):
    frame = pd.DataFrame({"balance": [-1.0, -1.0, 1.0, 1.0], "segment": [1, 1, 2, 2]})
    assert [p.features[0].index for p in described(frame, features=["balance"])] == [100.0, 100.0]


def test_a_segment_without_any_known_value_is_told_by_its_center_and_claims_nothing(described):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"age": rng.normal(40, 10, 60), "income": rng.normal(50, 5, 60), "segment": [1, 2, 3] * 20})
    frame.loc[frame["segment"] == 2, "income"] = np.nan
    two = described(frame, features=["age", "income"])[1]
    income = two.features[1]
    assert (income.mean, income.median, income.effect) == (income.center, income.center, 0.0)
    assert "income" not in segment_sentence(two)
    assert "earning" not in segment_sentence(two)


def test_one_segment_of_everybody_has_no_effect(described):
    frame = pd.DataFrame({"age": [20.0, 30.0, 40.0], "segment": [1, 1, 1]})
    (everybody,) = described(frame, features=["age"])
    assert (everybody.share, everybody.features[0].effect, everybody.name) == (1.0, 0.0, "Average customers")


def test_means_do_not_depend_on_order_or_on_a_far_outlier(described):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"spend": np.r_[rng.lognormal(3, 1, 999), 1e9], "segment": rng.integers(1, 4, 1000)})
    told = described(frame, features=["spend"])
    again = described(frame.sample(frac=1, random_state=4), features=["spend"])
    assert [p.features[0].mean for p in told] == [p.features[0].mean for p in again]
    for found in told:
        own = frame.loc[frame["segment"] == found.segment, "spend"].mean()
        assert found.features[0].mean == pytest.approx(own, rel=1e-6)


def test_only_the_twelve_most_frequent_values_of_a_descriptor_are_told(described):
    frame = pd.DataFrame({"age": np.arange(40.0), "segment": [1, 2] * 20})
    frame["town"] = [f"town {min(i, 20):02}" for i in range(40)]
    for found in described(frame, features=["age"]):
        assert len(found.descriptors) == 12
        assert found.descriptors[0].value == "town 20"
        assert found.descriptors[0].share == pytest.approx(
            frame[frame["segment"] == found.segment]["town"].eq("town 20").mean()
        )


def test_a_color_stays_and_a_new_segment_takes_a_free_one(described):
    frame = pd.DataFrame({"age": np.arange(9.0), "segment": [1, 4, 7] * 3})
    told = described(frame, features=["age"], colors={4: 0, 9: 1})
    assert {p.segment: p.color for p in told} == {1: 1, 4: 0, 7: 2}


def test_names_with_quotes_spaces_and_braces_are_columns_too(described):
    odd = 'net "income"; {k$}'
    frame = pd.DataFrame({odd: np.arange(6.0), "it's": ["o'neil", "b"] * 3, "segment": [1, 2] * 3})
    told = described(frame, features=[odd])
    assert told[0].features[0].mean == 2.0
    assert {d.value for d in told[0].descriptors} == {"o'neil", "b"}


@pytest.mark.parametrize(("count", "known"), [(0, 30), (30, 30), (3, 40), (199, 200), (1, 1)])
def test_the_interval_of_a_share_is_scipys_and_never_a_point(count, known):
    share = DescriptorShare("sex", "f", count, count / known, 0.5, wilson_interval(count, known)[1], known=known)
    expected = stats.binomtest(count, known).proportion_ci(method="wilson")
    assert share.interval == pytest.approx((expected.low, expected.high))
    assert share.interval[0] < share.interval[1]
