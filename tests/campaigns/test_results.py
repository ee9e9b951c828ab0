"""What a campaign brought, against SciPy, against sums by hand, and on simulated groups with a known difference."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from clustera import frames, texts
from clustera.campaigns import (
    CampaignAudience,
    Responses,
    measure_groups,
    missing_outcomes,
    plan_audiences,
    sample_ratio,
)
from clustera.campaigns.estimates import contact_difference
from clustera.power import Baseline
from clustera.records import Campaign, CampaignPart, CampaignResults, Effect, GroupOutcome

CAMPAIGN = Campaign(
    name="spring", run="april", day=19_844, days=14, share=0.2, randomized=True, seed="spring", measure="revenue",
    looks="end", customers=0, contact=0, control=0, margin=0.4, contact_cost=0.5,
)  # fmt: skip


def responses(n=2_000, *, share=0.2, lift=0.0, rate=0.2, segments=1, seed=0, tail=0.5, before=True):
    """Customers of whom some buy; their amounts before and during the campaign go together."""
    random = np.random.default_rng(seed)
    contact = random.random(n) >= share
    taste = random.lognormal(2.0, 0.8, n)
    bought = random.random(n) < rate + lift * contact
    amount = np.where(bought, taste * random.lognormal(0, tail, n), 0.0)
    earlier = np.where(random.random(n) < 0.6, taste * random.lognormal(0, 0.3, n), 0.0)
    return Responses(
        segment=random.integers(1, segments + 1, n),
        contact=contact,
        bought=bought,
        orders=bought.astype(np.int64),
        revenue=amount,
        revenue_before=earlier if before else None,
        orders_before=(earlier > 0).astype(float) if before else None,
    )


def test_a_difference_of_means_is_the_one_of_scipy():
    random = np.random.default_rng(4)
    values, contact = random.lognormal(1, 1, 90), np.arange(90) % 3 > 0
    found = contact_difference(values, contact, np.zeros(90, dtype=np.int64)).effect(stats.norm.isf(0.025))
    welch = stats.ttest_ind(values[contact], values[~contact], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high), rel=1e-6)


def test_segments_are_averaged_as_the_contacted_are_spread_over_them():
    # By hand: segment 1 has 30 contacted with mean 3 against 1, segment 2 has 10 with mean 10 against 2.
    segment = np.repeat([1, 2], [50, 30])
    contact = np.r_[np.arange(50) < 30, np.arange(30) < 10]
    values = np.select([(segment == 1) & contact, segment == 1, contact], [3.0, 1.0, 10.0], 2.0)
    found = contact_difference(values, contact, segment)
    assert found.value == pytest.approx((30 * 2 + 10 * 8) / 40)
    assert found.control == pytest.approx((30 * 1 + 10 * 2) / 40)


def test_a_segment_whose_share_differs_does_not_bias_the_whole():
    """Nearly all of the good customers are contacted; the campaign brings nothing."""
    random = np.random.default_rng(1)
    segment = np.repeat([1, 2], 4_000)
    contact = random.random(8_000) < np.where(segment == 1, 0.95, 0.5)
    values = (random.random(8_000) < np.where(segment == 1, 0.6, 0.1)).astype(float)
    assert values[contact].mean() - values[~contact].mean() > 0.15
    assert abs(contact_difference(values, contact, segment, share=True).value) < 0.03


def test_totals_and_profit_follow_from_the_difference_by_hand():
    own = responses(lift=0.1)
    found = measure_groups(CAMPAIGN, own, days=14, discounts=100)
    contacted = int(own.contact.sum())
    assert found.cost == pytest.approx(0.5 * contacted + 100)
    assert found.total_revenue.value == pytest.approx(found.parts[0].revenue.value * contacted)
    assert found.profit.value == pytest.approx(0.4 * found.total_revenue.value - found.cost)
    assert found.profit.low == pytest.approx(0.4 * found.total_revenue.low - found.cost)
    assert found.parts[0].contact.revenue == pytest.approx(own.revenue[own.contact].sum())


def test_what_customers_spent_before_makes_the_interval_narrower_by_what_is_said():
    own = responses(n=6_000, rate=0.8)
    found = measure_groups(CAMPAIGN, own, days=14)
    plain = measure_groups(CAMPAIGN, replace(own, revenue_before=None, orders_before=None), days=14)
    widths = [part.parts[0].revenue.high - part.parts[0].revenue.low for part in (found, plain)]
    assert dict(found.narrower)["revenue"] == pytest.approx(1 - widths[0] / widths[1], abs=1e-6)
    together = np.corrcoef(own.revenue, own.revenue_before)[0, 1]
    assert dict(found.narrower)["revenue"] == pytest.approx(1 - np.sqrt(1 - together**2), abs=0.03)
    assert together > 0.3
    assert plain.narrower == ()
    told = [" ".join(texts.results_notes(replace(found, narrower=(("revenue", by),)))) for by in (0.3, 0.0, -0.1)]
    assert ["narrower" in one for one in told] == [True, False, False]
    # The difference says so wherever it is printed, as it is not that of the two means beside it.
    sentence = "After allowing for purchases before the campaign, "
    assert sentence in texts.decision_sentence(found)
    assert sentence not in texts.decision_sentence(plain)
    told = [texts.effect_interval_text(run.parts[0], "revenue").endswith("*") for run in (found, plain)]
    assert told == [True, False]
    assert texts.results_notes(found)[0].startswith("* The difference after allowing for purchases")
    assert not any(note.startswith("*") for note in texts.results_notes(plain))
    assert [row["revenue_adjusted"] for row in frames.campaign_rows(found)] == [True]


def test_a_difference_by_segments_that_is_not_that_of_the_two_figures_says_so():
    """By hand: 100 % of one segment buy, 0 % of the other, in both groups; only the groups' mix of the segments differs."""
    segment = np.repeat([1, 2, 1, 2], [720, 480, 120, 180])
    contact, bought = np.arange(1_500) < 1_200, segment == 1
    own = Responses(segment, contact, bought, bought.astype(np.int64), 50.0 * bought)
    campaign = replace(CAMPAIGN, segments=((1, "one"), (2, "two")))
    found = measure_groups(campaign, own, days=14)
    whole = found.parts[0]
    assert whole.contact.buyers / 1_200 - whole.control.buyers / 300 == pytest.approx(0.2)
    assert (whole.buyers.value, whole.revenue.value) == (0.0, 0.0)
    assert "Compared segment by segment, " in texts.decision_sentence(found)
    assert [texts.effect_interval_text(whole, measure)[-1] for measure in ("buyers", "revenue")] == ["†", "†"]
    assert sum(note.startswith("†") for note in texts.results_notes(found)) == 1
    alike = replace(own, segment=np.tile([1, 2], 750), bought=np.arange(1_500) % 4 == 0, revenue=np.zeros(1_500))
    found = measure_groups(campaign, alike, days=14)
    assert "segment by segment" not in texts.decision_sentence(found)
    assert not any(note.startswith("†") for note in texts.results_notes(found))


def test_groups_that_were_chosen_get_no_difference_at_all():
    found = measure_groups(replace(CAMPAIGN, randomized=False), responses(lift=0.3, segments=3), days=14)
    assert found.decision == "not randomized"
    assert all(part.buyers is None and part.revenue is None and part.shown is None for part in found.parts)
    assert (found.total_revenue, found.total_buyers, found.profit, found.tail) == (None, None, None, None)
    assert len(found.parts) == 4


def test_groups_of_other_sizes_than_drawn_are_told_before_anything_else():
    own = responses(share=0.1, lift=0.3)
    found = measure_groups(CAMPAIGN, own, days=14)
    control = int((~own.contact).sum())
    expected = stats.chisquare([control, 2_000 - control], [400, 1_600])
    assert found.decision == "groups differ"
    assert found.ratio.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.parts[0].revenue is None


def test_outcomes_that_one_group_lacks_more_than_chance_explains_are_no_measurement():
    own = responses(lift=0.3)
    lost = ~own.contact & (np.arange(2_000) % 2 == 0)
    found = measure_groups(CAMPAIGN, own, days=14, missing=missing_outcomes(own.contact, lost))
    expected = stats.fisher_exact([[int(lost.sum()), 0], [int((~lost & ~own.contact).sum()), int(own.contact.sum())]])
    assert (found.decision, found.missing.contact, found.missing.control) == ("outcomes missing", 0, lost.sum())
    assert found.missing.p == pytest.approx(expected.pvalue)
    assert (found.parts[0].revenue, found.total_revenue, found.profit) == (None, None, None)


def test_outcomes_that_both_groups_lack_alike_or_one_customer_lacks_change_nothing():
    own = responses(lift=0.3)
    for lost in (np.arange(2_000) % 10 == 0, np.arange(2_000) == np.flatnonzero(~own.contact)[0]):
        found = measure_groups(CAMPAIGN, own, days=14, missing=missing_outcomes(own.contact, lost))
        assert (found.decision, found.missing.holds) == ("works", True)
    assert missing_outcomes(own.contact, np.zeros(2_000, dtype=bool)) is None


def test_where_nearly_everybody_bought_the_answer_says_so_and_revenue_has_its_own_verdict():
    own = responses(n=4_000, lift=0.3)
    everybody = replace(own, bought=np.ones_like(own.bought), revenue=own.revenue + 1 + 5 * own.contact)
    by_buyers = replace(CAMPAIGN, measure="buyers")
    found = measure_groups(by_buyers, everybody, days=14)
    assert (found.decision, found.parts[0].buyers) == ("too few", None)
    assert texts.decision_title(found) == "Nearly everybody bought, in both groups: buyers can't be compared."
    assert "Compare the sales below" in texts.decision_sentence(found)
    whole = found.parts[0]
    assert texts.effect_verdict(whole.revenue, whole.holds("revenue", "buyers")) == "more"
    few = responses(n=100, share=0.18)
    mostly = measure_groups(by_buyers, replace(few, bought=np.arange(100) % 4 > 0), days=14)  # 75 of 100
    assert texts.decision_title(mostly) == "Too few customers or buyers to tell."
    assert "five other customers" in texts.decision_sentence(mostly)
    nobody = measure_groups(by_buyers, replace(own, bought=np.zeros_like(own.bought)), days=14)
    assert texts.decision_title(nobody) == "Too few customers or buyers to tell."


def test_buyers_and_revenue_of_a_segment_are_judged_apart():
    own = responses(n=6_000, segments=2)
    found = measure_groups(
        CAMPAIGN, replace(own, revenue=own.revenue + 50 * (own.contact & (own.segment == 1))), days=14
    )
    first = next(part for part in found.parts[1:] if part.segment == 1)
    assert first.holds("revenue", "revenue") is first.shown is True
    assert first.holds("buyers", "revenue") is first.other_shown is False


def test_groups_as_drawn_hold():
    assert sample_ratio(responses(), 0.2).holds
    assert sample_ratio(responses(), None) is None


@pytest.mark.parametrize(("lift", "decision"), [(0.5, "works"), (-0.19, "harms"), (0.0, "no difference shown")])
def test_the_answer_is_that_of_the_interval(lift, decision):
    found = measure_groups(replace(CAMPAIGN, measure="buyers"), responses(n=8_000, lift=lift), days=14)
    assert found.decision == decision


def test_before_the_end_an_interval_is_wider_than_at_the_end():
    own, daily = responses(n=8_000), replace(CAMPAIGN, looks="daily")
    early, late = (measure_groups(daily, own, days=days) for days in (3, 14))
    assert early.decision == "too early"
    widths = [found.parts[0].revenue.high - found.parts[0].revenue.low for found in (early, late)]
    assert widths[0] > 2 * widths[1]


def test_who_planned_one_look_sees_no_difference_before_the_end():
    found = measure_groups(CAMPAIGN, responses(lift=0.4), days=13)
    assert (found.decision, found.parts[0].revenue, found.total_revenue) == ("too early", None, None)


def test_a_large_difference_stops_a_campaign_early():
    found = measure_groups(replace(CAMPAIGN, looks="daily", measure="buyers"), responses(n=8_000, lift=0.4), days=5)
    assert (found.decision, found.over) == ("works", False)


def test_too_few_customers_are_too_few():
    found = measure_groups(replace(CAMPAIGN, share=None), responses(n=60), days=14)
    assert found.decision == "too few"


def test_everybody_in_one_group_is_no_control_group():
    own = responses()
    found = measure_groups(replace(CAMPAIGN, share=None), replace(own, contact=np.ones(2_000, dtype=bool)), days=14)
    assert found.decision == "no control group"


def test_few_customers_who_carry_the_sum_are_told_with_a_second_interval():
    own = responses(n=6_000, rate=0.5)
    giants = own.revenue.copy()
    giants[np.flatnonzero(own.bought)[:20]] *= 500
    found = measure_groups(CAMPAIGN, replace(own, revenue=giants), days=14)
    spent = np.sort(giants[giants > 0])[::-1]
    top = spent[: int(np.ceil(0.01 * len(spent)))].sum() / spent.sum()
    assert found.tail.share == pytest.approx(top)
    assert (found.tail.top, found.tail.buyers) == (int(np.ceil(0.01 * len(spent))), len(spent))
    assert any(f"{found.tail.top} of {len(spent):,} buyers bring" in note for note in texts.results_notes(found))
    whole = found.parts[0].revenue
    assert found.tail.effect.high - found.tail.effect.low < 0.5 * (whole.high - whole.low)
    assert measure_groups(CAMPAIGN, own, days=14).tail is None


def test_one_buyer_is_no_few_customers_who_carry_the_sum():
    own = responses()
    only = np.zeros(2_000)
    only[7] = 90.0
    bought = only > 0
    found = measure_groups(CAMPAIGN, replace(own, revenue=only, bought=bought, orders=bought.astype(int)), days=14)
    assert found.tail is None


def test_holm_finds_the_one_segment_where_it_works():
    own = responses(n=12_000, segments=6)
    random = np.random.default_rng(5)
    more = (own.segment == 2) & own.contact & (random.random(12_000) < 0.4)
    own = replace(own, bought=own.bought | more)
    found = measure_groups(replace(CAMPAIGN, measure="buyers"), own, days=14)
    assert [part.segment for part in found.parts[1:] if part.shown] == [2]


def test_holm_shows_no_more_than_one_in_twenty_families_by_chance():
    shown = 0
    for seed in range(120):
        own = responses(n=2_400, segments=6, seed=seed, before=False)
        found = measure_groups(replace(CAMPAIGN, measure="buyers"), own, days=14, has_revenue=False)
        shown += any(part.shown for part in found.parts[1:])
    assert shown <= 13  # binomial(120, .05): 13 or more once in 200


def test_every_customer_is_counted_once_in_every_family_of_parts():
    own = responses(segments=4, seed=7)
    whole, *parts = measure_groups(CAMPAIGN, own, days=14).parts
    for group in ("contact", "control"):
        for field in ("customers", "buyers", "orders"):
            assert getattr(getattr(whole, group), field) == sum(getattr(getattr(p, group), field) for p in parts)
        assert getattr(whole, group).revenue == pytest.approx(sum(getattr(p, group).revenue for p in parts))


@pytest.mark.parametrize("low", [-0.4, 0.1])
@pytest.mark.parametrize("measure", ["buyers", "revenue"])
def test_a_number_that_could_be_chance_is_never_called_what_the_campaign_made(measure, low):
    effect = Effect(0.2, low, 0.8, 0.5, 0.3)
    group = GroupOutcome(100, 50, 60, 50.0)
    part = CampaignPart(None, group, group, effect, effect)
    campaign = replace(CAMPAIGN, measure=measure)
    decision = "works" if low > 0 else "no difference shown"
    results = CampaignResults(
        campaign, 20_000, 14, decision, True, 1.96, (part,), None, total_buyers=effect, total_revenue=effect
    )
    told = " ".join([texts.decision_title(results), texts.decision_sentence(results), *texts.results_money(results)])
    chance = low <= 0
    assert ("could be chance" in told) is chance
    assert ("made a difference" in told) is not chance
    assert texts.effect_verdict(effect, part.holds(measure, measure)) == ("unclear" if chance else "more")
    # The unit of a difference is that of the plan: points of buyers, or money per customer.
    planned = plan_audiences(
        [CampaignAudience(1, "a", 4_000, Baseline(0.5, 900, days=14, spend=30.0, spend_sd=40.0))], measure=measure
    )
    unit = "points" if measure == "buyers" else "per customer"
    (plan,), _ = planned
    assert unit in texts.effect_text(effect.value, measure)
    assert unit in texts.smallest_rise(plan.sizes[0], plan)
    assert unit in texts.decision_sentence(results)
