"""Control groups: between 10 % and 20 %, and as telling as is said, by the formula written anew."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clustera.actions import Baseline
from clustera.actions.control import control_group, pooled_control
from clustera.power import SHARES, WORTH_SEEING, baseline_of_stages, detectable_lift
from clustera.records import StageSummary
from clustera.texts import format_share
from clustera.texts.action_tests import _baseline_sentence


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


def counted_stage(stage, today, earlier, buyers, *, own):
    return StageSummary(
        1, stage, today, spend=0.0, year_spend=0.0, year_days=0, recent_spend=0.0, earlier_spend=0.0, recent_buyers=0,
        shortest_silence=0, window_days=30, earlier_customers=earlier, earlier_buyers=buyers,
        earlier_buyers_spend=float(buyers), earlier_in_segment=own,
    )  # fmt: skip


@given(
    st.lists(
        st.tuples(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.booleans()), min_size=1, max_size=4
    )
)
def test_a_rate_stands_beside_the_customers_it_was_counted_on_or_is_called_a_mean(parts):
    """Of stages of a segment, and of segments tested together: a count and a share that are told divide to the share."""
    stages = [
        counted_stage(f"stage {i}", today, n, round(share * n), own=own)
        for i, (today, n, share, own) in enumerate(parts)
    ]
    together = baseline_of_stages(stages)
    apart = pooled_control([(stage.customers, baseline_of_stages([stage])) for stage in stages])
    for baseline in (together, apart):
        control = replace(control_group(1000, baseline), pool=1000)
        told = _baseline_sentence(SimpleNamespace(control=control, expected_buyers=None))
        counted = re.match(r"30 days ago ([\d,]+) customers? of all segments w\w+ in this group; (\S+) bought", told)
        if counted:
            sets = {(n, round(share * n)) for _, n, share, _ in parts}
            sets |= {tuple(map(sum, zip(*[(n, round(share * n)) for _, n, share, _ in parts], strict=True)))}
            n = int(counted[1].replace(",", ""))
            assert any(n == size and format_share(buyers / size) == counted[2] for size, buyers in sets)
        else:
            assert len(parts) > 1
            assert f"{format_share(baseline.rate)} buy within 30 days anyway." in told


def test_groups_of_one_segment_and_of_all_are_told_as_a_mean_not_beside_the_larger_count():
    small, broad = Baseline(17 / 57, 57, buyers=17), Baseline(43 / 104, 104, in_segment=False, buyers=43)
    mixed = pooled_control([(58, small), (30, broad)])
    assert mixed.buyers is None
    assert "34%" in _baseline_sentence(SimpleNamespace(control=control_group(88, mixed), expected_buyers=None))
    assert pooled_control([(58, broad), (30, broad)]).buyers == 43
