"""Control groups: between 10 % and 20 %, and as telling as is said, by the formula written anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clustera.actions import Baseline
from clustera.actions.control import control_group
from clustera.power import SHARES, WORTH_SEEING, detectable_lift


def power(base, rate, control, treated):
    """Of the two-sided 5 % test of two shares; normal approximation."""
    pooled = (control * base + treated * rate) / (control + treated)
    null = np.sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
    alternative = np.sqrt(base * (1 - base) / control + rate * (1 - rate) / treated)
    return stats.norm.sf((stats.norm.ppf(0.975) * null - (rate - base)) / alternative)


@given(st.integers(200, 5_000_000), st.floats(0.02, 0.97))
def test_the_rise_that_is_named_is_seen_in_four_of_five_tests(customers, base):
    found = control_group(customers, None if base is None else Baseline(base, 500))
    if found.detectable_lift is not None:
        rate = base + found.detectable_lift
        assert power(base, rate, found.customers, customers - found.customers) == pytest.approx(0.8, abs=0.002)


@given(st.integers(1, 5_000_000), st.one_of(st.none(), st.floats(0, 1)))
def test_a_control_group_is_a_tenth_to_a_fifth(customers, base):
    found = control_group(customers, None if base is None else Baseline(base, 500))
    assert found.share in SHARES
    assert abs(found.customers - found.share * customers) <= 0.5
    if found.detectable_lift is not None:
        assert 0 < found.detectable_lift <= 1 - base


@given(st.integers(1, 5_000_000), st.floats(0.001, 0.999))
def test_no_smaller_share_would_show_two_points(customers, base):
    found = control_group(customers, None if base is None else Baseline(base, 500))
    for share in SHARES[: SHARES.index(found.share)]:
        lift = detectable_lift(round(share * customers), customers - round(share * customers), base)
        assert lift is None or lift > WORTH_SEEING


def test_a_handful_of_customers_can_show_nothing():
    assert control_group(20, Baseline(0.3, 500)).detectable_lift is None


def test_a_rate_that_is_not_known_gives_no_lift():
    assert control_group(100_000).detectable_lift is None


def test_simulated_campaigns_find_the_lift_as_often_as_is_said():
    rng = np.random.default_rng(4)
    found = control_group(4000, Baseline(0.65, 500))
    n1, n2 = found.customers, 4000 - found.customers
    a = rng.binomial(n1, 0.65, 4000) / n1
    b = rng.binomial(n2, 0.65 + found.detectable_lift, 4000) / n2
    pooled = (n1 * a + n2 * b) / 4000
    z = (b - a) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    assert np.mean(z > 1.96) == pytest.approx(0.8, abs=0.03)


def test_simulated_campaigns_find_the_rise_of_spend_as_often_as_is_said():
    rng = np.random.default_rng(5)
    found = control_group(3000, Baseline(0.97, 500, spend=80.0, spend_sd=60.0))
    shape, n = (80 / 60) ** 2, found.customers
    shown = []
    for _ in range(2000):
        a = rng.gamma(shape, 80 / shape, n)
        b = rng.gamma(shape, 80 / shape, 3000 - n) + 80 * found.detectable_spend
        shown.append((b.mean() - a.mean()) / np.sqrt(a.var() / n + b.var() / (3000 - n)) > 1.96)
    assert np.mean(shown) == pytest.approx(0.8, abs=0.03)
