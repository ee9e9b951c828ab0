"""What a plan says shows, shows: by formula and by simulation."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from clustera.actions.control import control_group, control_too_small
from clustera.campaigns import CampaignAudience, combine_audiences, plan_audiences
from clustera.power import Baseline, shown_measure
from clustera.records import MeasuredEffect


def audience(customers, rate=0.1, spend=10.0, sd=30.0, *, segment=1, measured=None):
    return CampaignAudience(
        segment, "offer", customers, Baseline(rate, 1_000, days=14, spend=spend, spend_sd=sd), measured
    )


def test_a_rise_that_the_plan_says_shows_is_found_in_four_of_five_campaigns():
    (planned,), _ = plan_audiences([audience(8_000)], looks="end")
    size = planned.sizes[2]
    random = np.random.default_rng(2)
    control, contact = size.customers, planned.customers - size.customers
    one = random.binomial(contact, 0.1 + size.buyers_lift, 4_000) / contact
    other = random.binomial(control, 0.1, 4_000) / control
    pooled = (one * contact + other * control) / (contact + control)
    z = (one - other) / np.sqrt(pooled * (1 - pooled) * (1 / contact + 1 / control))
    assert (z > stats.norm.isf(0.025)).mean() == pytest.approx(0.8, abs=0.025)


def test_looking_every_day_asks_for_a_little_more():
    (daily,), _ = plan_audiences([audience(8_000)], looks="daily")
    (once,), _ = plan_audiences([audience(8_000)], looks="end")
    assert 1 < daily.sizes[0].buyers_lift / once.sizes[0].buyers_lift < 1.1
    assert 1 < daily.sizes[0].spend_lift / once.sizes[0].spend_lift < 1.1


def test_the_smallest_group_that_shows_two_points_is_suggested():
    (large,), _ = plan_audiences([audience(200_000)])
    (small,), _ = plan_audiences([audience(4_000)])
    assert (large.share, small.share) == (0.1, 0.2)
    assert large.sizes[0].buyers_lift <= 0.02


def test_after_a_campaign_the_group_is_as_large_as_its_effect_needs():
    effect = MeasuredEffect("spring", 1, 0, 14, "buyers", 0.09, 0.05, 0.13, "works", 4_000)
    (known,), _ = plan_audiences([audience(4_000, measured=effect)])
    (unknown,), _ = plan_audiences([audience(4_000)])
    assert known.share < unknown.share
    assert known.sizes[0].buyers_lift <= 0.09


def test_segments_that_are_too_small_alone_are_tested_together():
    parts, together = plan_audiences([audience(220, 0.05, segment=number) for number in range(1, 9)])
    assert {part.advice for part in parts} == {"combine segments"}
    assert (together.advice, together.customers) == ("", 8 * 220)


def test_what_a_plan_advises_is_among_its_sizes_and_the_same_for_all_parts_of_a_campaign():
    advised = set()
    for first, rate in product(range(20, 120, 10), [0.05, 0.1, 0.3, 0.6]):
        parts, together = plan_audiences([audience(first, rate), audience(2 * first, rate, segment=2)], looks="end")
        advised.add(together.advice)
        for part in (*parts, together):
            assert [size.share for size in part.sizes] == [size.share for size in together.sizes]
            assert part.share in {size.share for size in part.sizes}
            assert (part.advice == "larger control") == (part.share == 0.5)
            assert together.advice or part.advice in {"", "combine segments"}
    assert {"", "larger control"} <= advised


def test_an_audience_that_is_too_small_in_every_way_needs_more_days():
    (planned,), together = plan_audiences([audience(60, 0.02)])
    assert (planned.advice, together) == ("longer", None)


def test_where_nothing_is_known_the_plan_says_so():
    (planned,), _ = plan_audiences([CampaignAudience(1, "offer", 5_000, None)])
    assert (planned.advice, planned.base_rate, planned.sizes[0].buyers_lift) == ("unknown rate", None, None)


def test_a_plan_judges_a_control_group_as_the_card_of_the_action_does():
    random = np.random.default_rng(5)
    judged = []
    for days in random.choice([14, 30, 91], 400):
        n, rate = int(10 ** random.uniform(1.5, 4.5)), float(random.choice([*random.beta(1, 3, 3), 0.35, 0.97, 1.0]))
        spend = float(random.uniform(1, 50))
        sd = spend * float(10 ** random.uniform(-0.5, 1))
        baseline = Baseline(rate, 1_000, days=int(days), spend=spend, spend_sd=sd)
        (planned,), _ = plan_audiences([CampaignAudience(1, "offer", n, baseline)])
        size = next(size for size in planned.sizes if size.share == planned.share)
        shows = not planned.advice
        assert shows == (not control_too_small(n, baseline))
        assert not shows or (size.buyers_lift if planned.measure == "buyers" else size.spend_lift) is not None
        if shows:
            control = control_group(n, baseline)
            assert planned.measure == shown_measure(rate, control.detectable_lift, control.detectable_spend)
        judged.append((shows, planned.measure))
    assert len(set(judged)) == 4


def test_where_nearly_all_buy_anyway_revenue_decides():
    (planned,), _ = plan_audiences([audience(5_000, 0.97, 80.0, 40.0)])
    assert planned.measure == "revenue"


def test_together_have_the_mean_and_deviation_of_all_customers():
    random = np.random.default_rng(0)
    groups = [random.normal(10, 2, 3_000), random.normal(30, 5, 1_000)]
    parts = [
        CampaignAudience(i, "offer", len(g), Baseline(0.1 + i / 10, 100, spend=g.mean(), spend_sd=g.std()))
        for i, g in enumerate(groups)
    ]
    found = combine_audiences(parts).baseline
    both = np.concatenate(groups)
    assert found.spend == pytest.approx(both.mean())
    assert found.spend_sd == pytest.approx(both.std())
    assert found.rate == pytest.approx((3_000 * 0.1 + 1_000 * 0.2) / 4_000)
    assert math.isclose(found.customers, 200)
