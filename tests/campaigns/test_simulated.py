"""False alarms, power and coverage on simulated campaigns with a known truth; the soak tries 10,000 of each."""

import pytest
from scipy import stats

import campaigns as benchmark

ALIKE = benchmark.SHOPS[0]


def likely(share, n, truth):
    """Whether a share of n campaigns is what chance makes of a true share, once in a thousand aside."""
    low, high = stats.binom.ppf([0.0005, 0.9995], n, truth) / n
    return low <= share <= high


@pytest.fixture(scope="module")
def nothing_works():
    return benchmark.simulate(ALIKE, "buyers", 0.0, 120)


def test_daily_looks_give_no_more_false_alarms_than_one_look(nothing_works):
    assert likely(nothing_works["every day"].found, 120, 0.05)
    assert nothing_works["every other day"].found <= nothing_works["every day"].found
    assert nothing_works["every day"].covered >= 0.88


def test_as_if_each_look_were_the_only_one_gives_many_more(nothing_works):
    assert nothing_works["every day, each as if it were the only one"].found > 1.5 * nothing_works["every day"].found


@pytest.mark.soak
@pytest.mark.parametrize("measure", ["buyers", "revenue"])
def test_fourteen_looks_keep_five_percent_and_the_power_of_one(measure):
    null = benchmark.simulate(ALIKE, measure, 0.0, 10_000)
    real = benchmark.simulate(ALIKE, measure, benchmark.detectable(ALIKE, measure), 10_000, seed=1)
    assert null["every day"].found == pytest.approx(0.05, abs=0.005)
    assert null["every other day"].found <= 0.055
    assert real["every day"].found >= 0.96 * real["one look at the end"].found
    assert all(likely(found["one look at the end"].covered, 10_000, 0.95) for found in (null, real))
