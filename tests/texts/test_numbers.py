import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests import outcomes

from clustera import scales, texts, transform

POWERS = [None, -1.0, -0.2, 0.0, 0.5, 1.0, 2.0, 2.7]


@pytest.mark.parametrize("power", POWERS[1:])
def test_straightening_is_scipys_yeo_johnson(power):
    values = np.array([-40.0, -1.0, -0.01, 0.0, 0.3, 7.0, 1_000.0])
    assert transform.yeo_johnson(values, power) == pytest.approx(stats.yeojohnson(values, power))


@pytest.mark.parametrize("power", POWERS)
def test_bending_undoes_straightening(power):
    values = np.array([-4.0, -0.5, 0.0, 0.3, 7.0, 90.0])
    assert transform.inverse_yeo_johnson(transform.yeo_johnson(values, power), power) == pytest.approx(values)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e7), st.sampled_from([None, 0.0, 0.3, -0.2]), st.integers(3, 7))
def test_ticks_lie_inside_keep_their_order_and_are_few(low, span, power, wanted):
    ticks = scales.axis_ticks(low, low + span, power, wanted)
    slack = 1e-6 * span
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)
    assert list(ticks) == sorted(set(ticks))
    assert len(ticks) <= 2 * wanted + 2


def test_a_far_outlier_does_not_squeeze_the_others():
    values = np.array([*range(100), 10_000.0])
    low, high = scales.axis_frame(values, values > 1_000)
    assert low < 0
    assert 99 < high < 110


def test_near_outliers_stay_in_the_frame():
    values = np.array([*range(100), 120.0])
    assert scales.axis_frame(values, values > 110)[1] > 120


def test_the_pair_that_parts_the_segments_is_found_among_noise():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 3, 4], 100)
    values = rng.normal(0, 1, (400, 4))
    values[:, 1] += 10 * (labels > 2)
    values[:, 3] += 10 * (labels % 2)
    frame = outcomes.pd.DataFrame(values, columns=list("abcd"))
    outcome, sample = outcomes.build(frame, labels, {c: (c, "", 1) for c in "abcd"}, list("wxyz"))
    found = scales.rank_pairs(sample, sample["segment"], outcome.preparation, outcome.segments)
    assert found[0] == ("b", "d")
    assert len(found) == 6


def test_the_pair_in_which_segments_stand_apart_wins_over_the_one_whose_centers_do():
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 2], 300)
    bent = rng.uniform(-2, 2, 600)  # a valley: the groups lie apart in (a, b), the centers in c do a little
    values = np.column_stack([bent, bent**2 + 0.6 * labels, rng.normal(0.9 * labels, 1.0), rng.normal(0, 1, 600)])
    frame = outcomes.pd.DataFrame(values, columns=list("abcd"))
    outcome, sample = outcomes.build(frame, labels, {c: (c, "", 1) for c in "abcd"}, list("xy"))
    assert scales.rank_pairs(sample, sample["segment"], outcome.preparation, outcome.segments)[0] == ("a", "b")


def test_brackets_are_spread_without_leaving_their_place():
    rng = np.random.default_rng(2)
    values = rng.choice([21.5, 29.5, 39.5, 69.5], 500)
    spread = scales.spread_ties(values, 0)
    nearest = np.array([21.5, 29.5, 39.5, 69.5])[np.abs(spread[:, None] - [21.5, 29.5, 39.5, 69.5]).argmin(axis=1)]
    assert (nearest == values).all()
    assert len(np.unique(spread)) == 500
    assert np.corrcoef(spread - values, scales.spread_ties(values, 1) - values)[0, 1] == pytest.approx(0, abs=0.1)


def test_values_that_nearly_everybody_has_alone_stay():
    values = np.random.default_rng(3).normal(size=100)
    assert (scales.spread_ties(values, 0) == values).all()


def test_coordinates_are_standard_scores_of_the_straightened_values():
    outcome, sample = outcomes.shop(2_000)
    inside = ~sample["outlier"].to_numpy()
    points = scales.picture_coordinates(sample, outcome.preparation)[inside]
    expected = stats.zscore(stats.yeojohnson(sample["spend"].to_numpy()[inside], 0.05))
    assert points[:, 2] == pytest.approx(expected, abs=1e-6)


def test_a_new_name_spares_the_longer_name_that_contains_the_old_one():
    outcome, _ = outcomes.mall()
    short, long = outcome.segments[2], outcome.segments[3]
    names = {short.segment: "Savers", long.segment: "Careful savers of the town"}
    first = texts.rename_segments(outcome, names)
    again = texts.rename_segments(first, {short.segment: "Thrifty people"})
    assert [again.segments[2].name, again.segments[3].name] == ["Thrifty people", "Careful savers of the town"]
    assert again.segments[3].statement == long.statement


@given(st.floats(0, 1))
def test_a_share_is_rounded_to_at_most_half_of_its_last_digit(fraction):
    said = texts.format_share(fraction)
    if said.startswith("<"):
        assert 0 < fraction < 0.001
    else:
        digit = 0.1 if "." in said else 1.0
        assert abs(float(said[:-1]) - 100 * fraction) <= digit / 2 + 0.051 * (99.5 <= 100 * fraction < 100) + 1e-9
    assert (said == "0%") == (fraction == 0)
    assert (said == "100%") == (fraction == 1)
