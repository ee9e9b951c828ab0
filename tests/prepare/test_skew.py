import numpy as np
import pytest
from scipy import stats
from tests.dirty_files import base

from clustera.prepare.skew import skewness, straightening_power
from clustera.transform import yeo_johnson


@pytest.mark.parametrize("seed", range(3))
def test_one_long_tail_is_straightened(seed):
    values = np.exp(np.random.default_rng(seed).normal(4, 1, 800))
    power = straightening_power(values)
    assert power is not None
    assert abs(stats.skew(stats.yeojohnson(values, power))) < 0.3


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_a_small_group_far_from_the_crowd_is_not_pulled_in(share):
    random = np.random.default_rng(0)
    few = int(1000 * share)
    values = np.concatenate([random.normal(50, 5, 1000 - few), random.normal(100, 5, few)])
    assert stats.skew(values) > 1
    assert straightening_power(values) is None


def test_groups_in_the_logarithm_are_seen_in_the_logarithm():
    random = np.random.default_rng(0)
    logs = np.concatenate([random.normal(2, 0.3, 500), random.normal(4, 0.3, 300), random.normal(6, 0.3, 200)])
    power = straightening_power(np.exp(logs))
    assert power is not None
    assert abs(power) < 0.2  # 0 is the logarithm


def test_a_symmetric_feature_is_left_alone():
    assert straightening_power(np.random.default_rng(0).normal(size=500)) is None


def test_huge_values_do_not_stop_the_search():
    values = np.random.default_rng(0).pareto(1.5, 1000) * 1e9
    power = straightening_power(values)
    assert power is None or np.isfinite(stats.yeojohnson(values, power)).all()


@pytest.mark.parametrize("column", [2, 3, 4])
def test_powers_without_variance_are_no_warning(column):
    straightening_power(np.array([float(row[column]) for row in base()[1:]]))  # a warning is an error here


@pytest.mark.parametrize("power", [-300, -160, -100, 0, 100, 150, 290])
def test_the_skew_of_very_small_and_very_large_values_is_that_of_the_values_at_hand(power):
    values = np.random.default_rng(0).gamma(1.3, 1, 300)
    assert skewness(values * 10.0**power) == pytest.approx(stats.skew(values), rel=1e-9)


@pytest.mark.parametrize("power", [-300, -160, -9, 9, 100])
def test_a_power_is_looked_for_at_any_scale(power):
    values = np.exp(np.random.default_rng(1).normal(0, 1.5, 400)) * 10.0**power
    found = straightening_power(values)
    assert found is None or np.isfinite(found)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
def test_values_beside_one_that_most_share_are_not_pressed_into_one(share, sign):
    random = np.random.default_rng(3)
    pile, others = int(1000 * share), random.lognormal(4.5, 0.6, 1000 - int(1000 * share))
    values = sign * np.concatenate([33 + random.uniform(-0.5, 0.5, pile), others])
    power = straightening_power(values)
    place = stats.yeojohnson(sign * np.array([33.0, 66, 132]), 1 if power is None else power)
    # From 66 to 132 is as far as from 33 to 66 in logarithms; pressed, it was a hundredth of that.
    assert abs(place[2] - place[1]) > 0.75 * abs(place[1] - place[0])


def test_small_values_are_straightened_by_a_power_far_below_the_logarithm():
    values = np.random.default_rng(0).exponential(0.05, 800)
    power = straightening_power(values)
    assert power < -1
    assert abs(stats.skew(stats.yeojohnson(values, power))) < 0.4


@pytest.mark.parametrize("away", [100, 3000, -3000])
def test_groups_near_each_other_are_not_bent_because_another_is_far_away(away):
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(center, 1, 100) for center in (0, 9, 18, 27, away)])
    values = np.concatenate([values, random.normal(9, 1, 700)])
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    assert abs(stats.skew(values)) > 1  # so it is looked at
    assert abs(high + low - 2 * middle) > 0.2 * (high - low)
    assert straightening_power(values) is None


def test_a_few_customers_who_only_gave_goods_back_are_not_thrown_far_away():
    random = np.random.default_rng(20)
    spend = np.concatenate([random.lognormal(6, 1.2, 2000), -random.lognormal(5, 1, 30)])
    power = straightening_power(spend)
    placed = spend if power is None else yeo_johnson(spend, power)
    far = (placed - np.median(placed)) / placed[spend > 0].std()
    assert far.min() > -20  # on a logarithmic scale it is a million
    assert far.max() < 12
