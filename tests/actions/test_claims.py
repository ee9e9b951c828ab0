"""Every rule against random profiles: what its sentences claim is in the numbers, and nobody with money is left out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera.actions import load_playbook, suggest_actions
from clustera.actions.control import control_group, control_shows_rise, pooled_control, same_control
from clustera.components import segment_card
from clustera.power import baseline_of_stages, quarter_of_stages
from clustera.records import CategoryAffinity, Finding, StageSummary
from clustera.texts import (
    action_audience,
    action_label,
    action_reasons,
    action_stake,
    action_test,
    action_text,
    format_day,
    load_language,
    quarter_words,
    sales_span,
)
from tests import shoppers

ENGLISH = load_language()
BOOK = load_playbook(language=ENGLISH)
SHOP = shoppers.shopping()[0]
STAGES = ("new", "active", "overdue", "lapsed", "returned")
SUBSETS = [("new", "likely lost"), ("active", "likely lost"), ("returned", "likely lost"), ("overdue", "valuable"), ("active", "falling")]  # fmt: skip


def random_stage(rng, segment, stage, named, subset=""):
    customers = int(rng.integers(1, 10 ** rng.integers(1, 5)))
    year, sized = float(rng.gamma(0.5, 400)) * customers, customers * float(rng.gamma(1, 6))
    recent = 0.0 if rng.random() < 0.2 else year * float(rng.uniform(0, 0.5))
    priced, seen = year * 2 + 1, int(rng.integers(0, 400))
    buyers = int(rng.integers(0, seen + 1))
    return StageSummary(
        segment=segment,
        stage=stage,
        subset=subset,
        customers=customers,
        spend=year * float(rng.uniform(1, 3)) + (0 if rng.random() < 0.8 else customers * 900.0),
        year_spend=year,
        year_days=int(sized),
        recent_spend=recent,
        earlier_spend=recent * float(rng.uniform(1.5, 4)) if subset == "falling" else year * float(rng.uniform(0, 0.5)),
        recent_buyers=0 if stage == "lapsed" else int(rng.integers(0, customers + 1)),
        shortest_silence=int(rng.integers(91, 700)) if stage == "lapsed" else int(rng.integers(0, 90)),
        categories=float(rng.uniform(1, 9)) if named else None,
        discounts=priced * float(rng.beta(1, 6)) if named else None,
        full_price=priced if named else None,
        forecast=year * float(rng.uniform(0, 2)) if named else None,
        window_days=30 if seen else 0,
        earlier_in_segment=seen >= 30,
        earlier_customers=seen,
        earlier_buyers=buyers,
        earlier_buyers_spend=buyers * float(rng.gamma(2, 30)),
        earlier_spend_sd=float(rng.gamma(2, 30)) if seen else None,
        quarter_customers=seen,
        quarter_buyers=min(seen, 2 * buyers),
        quarter_buyers_spend=2 * buyers * 40.0,
        quarter_spend_sd=55.0 if seen else None,
        quarter_in_segment=seen >= 30,
    )


def random_shop(seed):
    """An outcome whose segments hold random customers in random stages, with money, categories and RFM groups."""
    rng = np.random.default_rng(seed)
    named = rng.random() < 0.7
    segments = SHOP.segments
    stages = [
        random_stage(rng, segment.segment, stage, named)
        for segment in segments
        for stage in STAGES
        if rng.random() < 0.8
    ]
    stages += [
        random_stage(rng, part.segment, part.stage, named, subset)
        for part in stages
        for stage, subset in SUBSETS
        if part.stage == stage and rng.random() < 0.3
    ]
    stages = stages or [random_stage(rng, segments[0].segment, "active", named)]
    shares = rng.dirichlet(np.ones(4), len(segments))
    overall = shares.mean(axis=0)
    affinities = tuple(
        CategoryAffinity(
            segment.segment, f"category {c}", 1000 * shares[i, c], shares[i, c], 100 * shares[i, c] / overall[c]
        )
        for i, segment in enumerate(segments)
        for c in range(4)
    )
    rfm = tuple(
        (name, s.segment, int(rng.integers(0, 50))) for s in segments for name in ("Champions", "Loyal", "Lost")
    )
    behavior = replace(
        SHOP.behavior,
        stages=tuple(stages),
        contractual=None,
        affinities=affinities if named else (),
        rfm_by_segment=rfm,
    )
    outcome = replace(SHOP, behavior=behavior)
    actions = suggest_actions(segments, playbook=BOOK, language=ENGLISH, behavior=behavior)
    return replace(outcome, actions=actions)


def whom(outcome, action):
    return [s for s in outcome.behavior.stages if s.segment == action.segment and action.is_for(s.stage, s.subset)]


def per(parts, top, bottom):
    return sum(getattr(p, top) for p in parts) / sum(getattr(p, bottom) for p in parts)


def has_money(mine, every):
    """Whether a twentieth of the revenue, of the last year's or of the forecast is theirs."""
    fields = ["spend", "year_spend", *(["forecast"] if every[0].forecast is not None else [])]
    return any(sum(getattr(s, f) for s in mine) >= 0.05 * sum(getattr(s, f) for s in every) > 0 for f in fields)


# What a phrase claims, found again in the stages with nothing but sums: (own customers, all customers, the segment's own).
CLAIMS = {
    "hey are overdue": lambda own, every, mine: {s.stage for s in own} == {"overdue"},
    # What the two subsets are, tests/features/test_lifecycle.py says.
    "bought more than average": lambda own, every, mine: {s.subset for s in own} == {"valuable"},
    "were in the top fifth of customers by sales 3 to 6 months ago": lambda own, every, mine: (
        {s.subset for s in own} == {"falling"}
    ),
    "have spent at least a third less since": lambda own, every, mine: (
        sum(s.recent_spend for s in own) <= 2 / 3 * sum(s.earlier_spend for s in own)
    ),
    "for each of them the chance of no order is 90% or more": lambda own, every, mine: (
        {s.subset for s in own} == {"likely lost"}
    ),
    "discounts are a larger part": lambda own, every, mine: (
        per(own, "discounts", "full_price") > per(every, "discounts", "full_price")
    ),
    "discounts were a larger part": lambda own, every, mine: (
        per(own, "discounts", "full_price") > per(every, "discounts", "full_price")
    ),
    "none of them has bought for": lambda own, every, mine: sum(s.recent_buyers for s in own) == 0,
    "this segment brings less than 5% of sales": lambda own, every, mine: not has_money(mine, every),
    "their spend fell in the last 3 months": lambda own, every, mine: (
        sum(s.recent_spend for s in own) < sum(s.earlier_spend for s in own)
    ),
    "fell behind that of all customers": lambda own, every, mine: (
        per(own, "recent_spend", "earlier_spend") < per(every, "recent_spend", "earlier_spend")
    ),
    "come more often than average": lambda own, every, mine: (
        per(own, "year_days", "customers") > per(every, "year_days", "customers")
    ),
    "spend less each time": lambda own, every, mine: (
        per(own, "year_spend", "year_days") < per(every, "year_spend", "year_days")
    ),
    "spend more per visit than average": lambda own, every, mine: (
        per(own, "year_spend", "year_days") > per(every, "year_spend", "year_days")
    ),
    "come less often": lambda own, every, mine: (
        per(own, "year_days", "customers") < per(every, "year_days", "customers")
    ),
    "were away for at least 6 months": lambda own, every, mine: {s.stage for s in own} == {"returned"},
    "what they bought": lambda own, every, mine: True,
    "their last purchase": lambda own, every, mine: all(s.customers for s in own),
    "bought in the last 3 months": lambda own, every, mine: (
        sum(s.recent_buyers for s in own) >= 0.8 * sum(s.customers for s in own)
    ),
    "they do not buy yet": lambda own, every, mine: True,  # tests/features/test_offers.py
}
# Whatever says how customers are, rather than what to do, has one of these words in it.
CLAIMING = re.compile(r"\b(they|them has|their spend|discounts (are|were)|it is|money comes)\b(?! do not answer)")


@settings(max_examples=80)
@given(st.integers(0, 10**6))
def test_every_claim_is_borne_out_by_the_numbers(seed):
    outcome = random_shop(seed)
    every = outcome.behavior.stages
    for action in outcome.actions:
        own, mine = whom(outcome, action), [s for s in every if s.segment == action.segment]
        text = action_text(action)
        for phrase, claim in CLAIMS.items():
            if phrase in text:
                assert claim(own, every, mine), (action.rule, phrase)


def test_every_sentence_that_says_how_customers_are_is_among_the_claims():
    told = {play.rule: ENGLISH.actions[play.rule] for play in BOOK.plays if play.stages}
    claiming = {rule: text for rule, text in told.items() if CLAIMING.search(text)}
    assert [rule for rule, text in claiming.items() if not any(phrase in text for phrase in CLAIMS)] == []


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_suggested_category_is_underbought_by_the_segment(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        if action.category:
            (entry,) = (
                a for a in outcome.behavior.affinities if (a.segment, a.category) == (action.segment, action.category)
            )
            assert action.category_own_share == entry.share < 0.75 * action.category_share
            assert action.category_share == pytest.approx(100 * entry.share / entry.index)


def test_no_action_names_an_excluded_category():
    shops = [random_shop(seed) for seed in range(30)]
    named = {a.category for shop in shops for a in shop.actions} - {""}
    assert "category 2" in named
    for shop in shops:
        actions = suggest_actions(
            SHOP.segments, playbook=BOOK, language=ENGLISH, behavior=shop.behavior, excluded=["category 2"]
        )
        assert "category 2" not in {a.category for a in actions}


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_each_customer_gets_one_action_and_no_money_is_lost(seed):
    outcome = random_shop(seed)
    stages = outcome.behavior.stages
    seen = [(a.segment, *group) for a in outcome.actions for group in a.groups]
    assert sorted(seen) == sorted((s.segment, s.stage, s.subset) for s in stages)
    staged = [a for a in outcome.actions if a.stages]
    assert sum(a.customers for a in staged) == sum(s.customers for s in stages)
    assert sum(a.money for a in staged) == pytest.approx(sum(s.year_spend for s in stages))


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_no_segment_with_a_twentieth_of_the_money_is_left_without_an_action(seed):
    outcome = random_shop(seed)
    stages = outcome.behavior.stages
    for segment in {s.segment for s in stages}:
        mine = [s for s in stages if s.segment == segment]
        if has_money(mine, stages):
            kinds = {a.kind for a in outcome.actions if a.segment == segment}
            assert kinds
            assert not kinds & {"no special campaign", "sunset"}


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_the_numbers_in_what_to_do_are_those_of_the_customers(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        own, text = whom(outcome, action), action_text(action)
        if days := re.search(r"has bought for ([\d,]+) days", text):
            assert days[1] == f"{min(s.shortest_silence for s in own):,}"
        if share := re.search(r"([\d.]+)% of them bought in the last 3 months", text):
            bought = 100 * sum(s.recent_buyers for s in own) / sum(s.customers for s in own)
            assert float(share[1]) == pytest.approx(bought, abs=0.51)
        if shares := re.search(r"it is ([\d.]+)% of all customers' spend and only ([\d.]+)% of this", text):
            entry = next(
                a for a in outcome.behavior.affinities if (a.segment, a.category) == (action.segment, action.category)
            )
            assert float(shares[1]) == pytest.approx(10_000 * entry.share / entry.index, abs=0.51)
            assert float(shares[2]) == pytest.approx(100 * entry.share, abs=0.51)
            assert float(shares[2]) < float(shares[1])


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_an_expected_range_has_two_ends_or_is_one_number(seed):
    for action in random_shop(seed).actions:
        told = re.search(r"Expect (\S+?)(?: to (\S+))? of the ", action_test(action))
        if told:
            low, high = (f"{end:,.0f}" for end in action.expected_buyers)
            assert (told[1], told[2]) == ((low, None) if low == high else (low, high))
            assert told[1] != told[2]


def test_an_action_that_ends_mailing_has_no_control_group_and_says_why():
    sunsets = [a for seed in range(60) for a in random_shop(seed).actions if a.kind == "sunset"]
    assert len(sunsets) > 5
    assert {a.control for a in sunsets} == {None}
    assert {action_test(a) for a in sunsets} == {"No control group: no extra mailing goes to them."}


def rates(outcome, action):
    """Customers and share of buyers of the action's stages, whose earlier customers are known; None where not of all."""
    own = whom(outcome, action)
    known = [(s.customers, s.earlier_buyers / s.earlier_customers) for s in own if s.earlier_customers]
    return known if len(known) == len(own) else None


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_what_is_said_of_the_test_is_in_the_record(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        told, control = action_test(action), action.control
        if control is None:
            silent = action.kind in ("no special campaign", "sunset")
            assert action.customers < 50 or silent or shows_nothing(outcome, action)
            assert "months" not in told
            continue
        assert action.kind not in ("no special campaign", "sunset")
        assert 0.1 <= control.share <= 0.2
        pool = [a for a in outcome.actions if a.rule == action.rule and a.control and a.control.pool]
        together = [a for a in pool if (rates(outcome, a) is None) == (rates(outcome, action) is None)]
        parts = together if control.pool else [action]
        marked, rest = sum(a.control.customers for a in parts), sum(a.contacted for a in parts)
        assert re.search(rf"\b[Ll]eave out {marked:,} ", told)
        assert f"Send to {rest:,}." in told
        served = action_test(action, files=False)  # the same without the name of a column
        assert "customers.csv" not in served
        assert f"{marked:,}" in served
        if rates(outcome, action) is None:
            assert control.base_rate is None
            continue
        assert served.partition("Send to")[2] == told.partition("Send to")[2]
        known = [rate for a in parts for rate in rates(outcome, a)]
        assert control.base_rate == pytest.approx(sum(n * r for n, r in known) / sum(n for n, _ in known))
        low, high = action.expected_buyers
        own = sum(n * r for n, r in rates(outcome, action))
        assert 0 <= low <= own + 1e-9
        assert own - 1e-9 <= high <= action.customers


def shows_nothing(outcome, action):
    """Whether a fifth left out, of it alone or of all segments with the action, shows no rise in a month or a quarter."""
    known = rates(outcome, action) is None
    parts = [a for a in outcome.actions if a.rule == action.rule and (rates(outcome, a) is None) == known]
    for some in ([action], parts):
        n = sum(a.customers for a in some)
        month = pooled_control([(a.customers, baseline_of_stages(whom(outcome, a))) for a in some])
        quarter = pooled_control([(a.customers, quarter_of_stages(whom(outcome, a))) for a in some])
        if month and quarter:
            control = control_group(n, month)
            if not control_shows_rise(control) and not control_shows_rise(same_control(control, n, quarter)):
                return True
    return False


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_segments_that_are_too_small_alone_are_tested_together(seed):
    outcome = random_shop(seed)
    tested = [a for a in outcome.actions if a.kind not in ("no special campaign", "sunset")]
    for rule, known in {(a.rule, rates(outcome, a) is None) for a in tested}:
        parts = [a for a in tested if a.rule == rule and (rates(outcome, a) is None) == known]
        if len(parts) > 1 and any(a.customers < 50 for a in parts):
            whole = sum(a.customers for a in parts)
            if whole < 50:
                assert {a.control for a in parts} == {None}
                continue
            if parts[0].control is None:
                assert {a.control for a in parts} == {None}
                assert shows_nothing(outcome, parts[0])
                continue
            assert {a.control.pool for a in parts} == {whole}
            assert sum(a.control.customers for a in parts) == parts[0].control.pool_control
            assert all(abs(a.control.customers - a.control.share * a.customers) <= 1 for a in parts)
            assert {(a.control.detectable_lift, a.control.base_rate) for a in parts} == {
                (parts[0].control.detectable_lift, parts[0].control.base_rate)
            }


def test_every_rule_by_stage_can_hold():
    seen = {action.rule for seed in range(120) for action in random_shop(seed).actions}
    assert {play.rule for play in BOOK.plays if play.stages} - seen == set()


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_sentences_are_filled_and_whole(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        for said in (
            action_text(action),
            action_reasons(action, outcome),
            action_stake(action, currency="EUR", months=12),
            action_test(action, currency="EUR"),
            action_audience(action),
        ):
            assert "{" not in said
            assert not re.search(r"\bnan\b", said)
            assert "  " not in said
            assert "–" not in said


def test_a_contract_is_not_told_by_silence():
    behavior = replace(
        random_shop(1).behavior,
        contractual=Finding("contractual", "warning", count=61, values={"customers": 100, "case": "all"}),
    )
    actions = suggest_actions(SHOP.segments, playbook=BOOK, language=ENGLISH, behavior=behavior)
    assert all(not action.stages for action in actions)


def test_what_1_percent_more_spend_brings_is_customers_times_mean_spend():
    stage = StageSummary(
        segment=SHOP.segments[0].segment, stage="active", customers=341, spend=9e5, year_spend=8e5, year_days=9000,
        recent_spend=2e5, earlier_spend=2e5, recent_buyers=341, shortest_silence=0, window_days=30, earlier_in_segment=True,
        earlier_customers=200, earlier_buyers=200, earlier_buyers_spend=60_000.0, earlier_spend_sd=100.0,
    )  # fmt: skip
    behavior = replace(SHOP.behavior, stages=(stage,), contractual=None)
    (action,) = [
        a for a in suggest_actions(SHOP.segments, playbook=BOOK, language=ENGLISH, behavior=behavior) if a.stages
    ]
    assert action.contacted == 273
    assert action.percent_value == pytest.approx(273 * 300 * 0.01)
    told = action_test(action)
    more = int(re.search(r"spend at least (\d+)% more than those left out", told)[1])
    assert f"That adds about {more * 819:,} from the 273 contacted." in told


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_what_it_may_bring_counts_only_those_who_get_it(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        told, own = action_test(action, currency="EUR"), whom(outcome, action)
        if "Success after" in told:
            rise = re.search(r"at least ([\d.]+) percentage points", told)[1]
            assert float(rise) >= 100 * action.control.detectable_lift - 1e-6
            buyers = sum(s.earlier_buyers for s in own)
            assert ("That adds about" in told) == bool(buyers)
            if not buyers:
                continue
            buyer = sum(s.earlier_buyers_spend for s in own) / buyers
            assert action.point_value == pytest.approx(0.01 * action.contacted * buyer)
        if "spend at least" in told:
            n = sum(s.customers for s in own)
            spent = sum(s.customers * s.earlier_buyers_spend / s.earlier_customers for s in own) / n
            assert (action.percent_value or 0.0) == pytest.approx(0.01 * action.contacted * spent)
            assert not spent or f"from the {action.contacted:,} contacted" in told


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_an_example_differs_by_the_points_that_are_named(seed):
    for action in random_shop(seed).actions:
        found = re.search(r"least ([\d.]+) points .*example ([\d.]+)% against ([\d.]+)%", action_test(action))
        if found and found[2] != "100":
            assert float(found[2]) - float(found[3]) == pytest.approx(float(found[1]))


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_card_names_every_action_and_all_of_its_customers(seed):
    outcome = random_shop(seed)
    for segment in outcome.segments:
        mine = [a for a in outcome.actions if a.segment == segment.segment]
        card = re.sub(r"\s+", " ", segment_card(segment, outcome).striptags())
        for action in mine:
            assert action_label(action) in card
            assert action_audience(action).lower() in card.lower()


def test_what_three_months_show_follows_from_what_such_customers_did_in_91_days():
    stage = StageSummary(
        segment=SHOP.segments[0].segment, stage="active", customers=1000, spend=9e5, year_spend=8e5, year_days=9000,
        recent_spend=2e5, earlier_spend=2e5, recent_buyers=900, shortest_silence=0, window_days=30, earlier_in_segment=True,
        earlier_customers=400, earlier_buyers=390, earlier_buyers_spend=40_000.0, earlier_spend_sd=80.0, quarter_customers=500,
        quarter_buyers=490, quarter_buyers_spend=150_000.0, quarter_spend_sd=200.0, quarter_in_segment=True,
    )  # fmt: skip
    behavior = replace(SHOP.behavior, stages=(stage,), contractual=None)
    actions = suggest_actions(SHOP.segments, playbook=BOOK, language=ENGLISH, behavior=behavior)
    (action,) = [a for a in actions if a.stages]
    assert (action.control.customers, action.quarter.customers) == (200, 200)
    # (1.96 + 0.84) standard errors of a difference of means, as shares of the means 100 and 300
    month, months = (2.8016 * sd * (1 / 200 + 1 / 800) ** 0.5 / mean for sd, mean in ((80, 100), (200, 300)))
    assert action.control.detectable_spend == pytest.approx(month, rel=1e-4)
    assert action.quarter.detectable_spend == pytest.approx(months, rel=1e-4)
    assert quarter_words(action) == "spend 15% more"
    assert "In 3 months (300 each without the action) a rise of 15% or more can be detected." in action_test(action)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_quarter_is_told_where_it_is_known_and_only_there(seed):
    outcome = random_shop(seed)
    for action in outcome.actions:
        known = action.control is not None and all(s.quarter_customers for s in whom(outcome, action))
        assert (action.quarter is not None) == known or action.control.pool
        assert bool(quarter_words(action)) == (action.quarter is not None and control_shows_rise(action.quarter))


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_what_to_do_says_how_many_to_leave_out_where_there_is_a_control_group(seed):
    for action in random_shop(seed).actions:
        left_out = re.findall(r"Leave out ([\d,]+)\.$", action_text(action))
        assert left_out == ([f"{action.control.customers:,}"] if action.control and action.control.customers else [])


def test_every_reason_names_the_time_that_its_number_is_of():
    tested = 0
    for seed in range(40):
        outcome = random_shop(seed)
        since, span = format_day(outcome.behavior.first_day), sales_span(outcome.behavior)
        every = outcome.behavior.stages
        for action in outcome.actions:
            own, mine = whom(outcome, action), [s for s in every if s.segment == action.segment]
            said = action_reasons(action, outcome)
            less = 1 - per(own, "spend", "customers") / per(every, "spend", "customers")
            told = [
                (less, rf"They have spent (\S+)% less than the average since {since}\."),
                (part(mine, every, "spend"), rf"The whole segment brought (\S+)% of all sales since {since}\."),
                (
                    part(mine, every, "year_spend"),
                    rf"The whole segment brought (\S+)% of all sales in the last {span}\.",
                ),
                (part(own, every, "year_spend"), rf"They brought (\S+)% of all sales in the last {span}\."),
            ]
            for value, sentence in told:
                if found := re.search(sentence, said):
                    assert abs(value - float(found[1].lstrip("<")) / 100) <= 0.0051
                    tested += 1
    assert tested > 20


def part(own, every, field):
    return sum(getattr(s, field) for s in own) / sum(getattr(s, field) for s in every)
