"""Bounds for many looks, against published tables and against simulation."""

import numpy as np
import pytest
from scipy.stats import norm

from clustera.campaigns import bound_at, crossing_probability, look_bounds, mixture_bound


def test_five_looks_have_the_published_bounds_of_lan_and_demets():
    # Reboussin, DeMets, Kim & Lan (2000), Controlled Clinical Trials 21; R's ldBounds, spending function 1, two-sided 5 %.
    found = look_bounds((0.2, 0.4, 0.6, 0.8, 1.0))
    assert found == pytest.approx((4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=2e-4)


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien"),
    # Jennison & Turnbull (2000), tables 2.1 and 2.3, alpha = 0.05.
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_the_published_constants_give_five_percent(looks, pocock, obrien):
    shares = [(k + 1) / looks for k in range(looks)]
    assert crossing_probability(shares, [pocock] * looks) == pytest.approx(0.05, abs=2e-4)
    assert crossing_probability(shares, [obrien / share**0.5 for share in shares]) == pytest.approx(0.05, abs=2e-4)


def test_one_look_is_the_usual_test():
    assert look_bounds((1.0,))[0] == pytest.approx(norm.isf(0.025), abs=1e-6)
    assert bound_at(1, 1, alpha=0.01) == pytest.approx(norm.isf(0.005), abs=1e-6)


@pytest.mark.parametrize("days", [3, 14, 30, 90])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_all_looks_together_spend_alpha(days, alpha):
    shares = tuple((k + 1) / days for k in range(days))
    assert crossing_probability(shares, look_bounds(shares, alpha)) == pytest.approx(alpha, abs=1e-6)


def test_fourteen_looks_keep_nearly_all_the_power_of_one():
    shares = tuple((k + 1) / 14 for k in range(14))
    drift = norm.isf(0.025) + norm.ppf(0.8)
    assert crossing_probability([1.0], [norm.isf(0.025)], drift=drift) == pytest.approx(0.8, abs=1e-3)
    assert crossing_probability(shares, look_bounds(shares), drift=drift) >= 0.96 * 0.8


def test_bounds_fall_from_day_to_day():
    found = [bound_at(day, 28) for day in range(1, 29)]
    assert found == sorted(found, reverse=True)


def test_skipped_looks_never_add_false_alarms():
    shares = tuple((k + 1) / 14 for k in range(14))
    limits = look_bounds(shares)
    for kept in (slice(1, None, 2), slice(0, None, 3), slice(12, None)):
        assert crossing_probability(shares[kept], limits[kept]) <= 0.05 + 1e-9


def test_without_an_end_five_percent_are_never_passed():
    random = np.random.default_rng(3)
    times = np.arange(1, 366) / 30
    paths = random.normal(size=(4_000, 365)).cumsum(1) / np.sqrt(30)
    limits = np.array([mixture_bound(time) for time in times])
    passed = (np.abs(paths / np.sqrt(times)) > limits).any(1).mean()
    assert 0 < passed < 0.05
