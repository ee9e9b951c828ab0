"""Suggested actions: by readable rules, from numbers, testable, and never where they would do harm."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from scipy import stats

from clustera.profile.actions import RULES, hold_out
from clustera.texts import load_language

ENGLISH = load_language()
COLUMNS = {
    "recency": "days_since_last_order",
    "frequency": "orders",
    "spend": "spend",
    "income": "income",
    "discount": "discount_share",
    "tenure": "tenure",
    "usage": "usage",
    "risk": "churn_risk",
    "satisfaction": "satisfaction",
    "returns": "return_rate",
    "visits": "store_visits",
    "balance": "balance",
    "basket": "order_value",
    "engagement": "engagement",
}
KINDS = {"cross-sell", "upsell", "offer", "discount", "retain", "win back", "recognise", "leave alone"}


@pytest.fixture(scope="module")
def action(described, mixed):
    """The action of a segment of the given levels, among others of all kinds."""

    def suggested(columns, levels, *, size=60, **options):
        values = {"high": 90.0, "middle": 50.0, "low": 10.0}
        centre = [values[level] for level in levels]
        opposite = [100 - value for value in centre]
        frame = mixed({1: (size, centre), 2: (size, opposite)}, columns, [2.0] * len(columns))
        return described(frame, features=columns, **options)[0].action

    return suggested


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.key}-{'-'.join(rule.when)}")
def test_every_rule_can_hold(rule, action):
    columns = [COLUMNS[key] for key in rule.when]
    found = action(columns, rule.when.values())
    assert (found.kind, found.text) == (rule.kind, ENGLISH.actions[rule.key])


def test_every_action_has_words_and_every_word_an_action():
    others = {"unconfirmed", "sensitive_only", "average", "unknown", "no_rule"}
    assert set(ENGLISH.actions) == {rule.key for rule in RULES} | others
    assert {rule.kind for rule in RULES} == KINDS


def test_an_earlier_rule_never_hides_a_later_one():
    for (i, earlier), (j, later) in itertools.combinations(enumerate(RULES), 2):
        assert not (earlier.when.items() <= later.when.items()), (i, j, earlier, later)


@pytest.mark.parametrize("levels", list(itertools.product(["high", "middle", "low"], repeat=4)))
def test_who_buys_anyway_gets_no_discount(action, levels):
    columns = [COLUMNS[key] for key in ("spend", "frequency", "discount", "recency")]
    found = action(columns, levels)
    if levels[0] == "high" or levels[1] == "high" or levels[3] == "low":
        assert found.kind != "discount"


def test_numbers_behind_an_action_are_those_it_follows_from(action):
    found = action(["spend", "orders", "age"], ["high", "low", "low"])
    assert found.kind == "cross-sell"
    assert found.because == "Spend 90 (index 180), orders 10 (index 20)"


@pytest.mark.parametrize("level", ["high", "low"])
def test_age_alone_gives_no_action(action, level):
    found = action(["age", "spend"], [level, "middle"])
    assert found.kind == "leave alone"
    assert "alone is no ground" in found.text


@pytest.mark.parametrize("level", ["high", "low"])
def test_age_does_not_change_the_action_that_other_numbers_give(action, level):
    with_age, without = action(["spend", "age"], ["high", level]), action(["spend"], ["high"])
    assert (with_age.kind, with_age.text, with_age.because) == (without.kind, without.text, without.because)


def test_columns_of_unknown_meaning_give_the_honest_answer(action):
    found = action(["x_one", "x_two"], ["high", "low"])
    assert (found.kind, found.test) == ("leave alone", "Nothing to test before there is an idea.")
    assert "not known" in found.text


def test_known_columns_without_a_rule_give_the_honest_answer(action):
    found = action(["balance"], ["low"])
    assert (found.kind, found.test) == ("leave alone", "Nothing to test before there is an idea.")
    assert "Nothing special follows" in found.text


def test_columns_of_one_meaning_that_disagree_give_no_action_on_it(action):
    agreeing = action(["monthly_charges", "total_charges"], ["high", "high"])
    apart = action(["monthly_charges", "total_charges"], ["high", "low"])
    assert (agreeing.kind, apart.kind) == ("recognise", "leave alone")


def test_an_unreliable_segment_is_left_alone(action):
    found = action(["spend"], ["high"], trust={1: (0.5, 0.1), 2: (0.9, 0.1)})
    assert (found.kind, found.test) == ("leave alone", "Run again on newer data; act when the segment comes back.")


def test_a_drawn_segment_of_low_stability_still_gets_its_action(action):
    found = action(["spend"], ["high"], trust={1: (0.5, 0.9), 2: (0.5, 0.9)}, verdict="constructive")
    assert found.kind == "recognise"


def test_every_suggestion_but_waiting_says_how_to_test_it(action):
    assert re.search(r"Draw 2,\d{3} of the 20,000 customers at random", action(["spend"], ["high"], size=20_000).test)
    assert "Draw half of them at random (500 of 1,000)" in action(["spend"], ["high"], size=1000).test
    assert "no test can tell" in action(["spend"], ["high"], size=20).test


def power(rate: float, *, first: int, second: int) -> float:
    """Of the two-sided 5 % test of two shares, 10 % against `rate`; normal approximation, written anew."""
    pooled = (0.1 * first + rate * second) / (first + second)
    null = np.sqrt(pooled * (1 - pooled) * (1 / first + 1 / second))
    alternative = np.sqrt(0.09 / first + rate * (1 - rate) / second)
    return stats.norm.sf((stats.norm.ppf(0.975) * null - (rate - 0.1)) / alternative)


@pytest.mark.parametrize("size", [200, 1000, 5000])
def test_half_of_a_small_segment_shows_what_is_said(size):
    holdout, seen = hold_out(size)
    assert holdout == size // 2
    assert power(seen, first=holdout, second=holdout) == pytest.approx(0.8, abs=0.002)


@pytest.mark.parametrize("size", [8000, 20_000, 100_000, 5_000_000])
def test_a_hold_out_of_a_large_segment_is_just_large_enough(size):
    holdout, seen = hold_out(size)
    assert seen == 0.12
    assert power(seen, first=holdout, second=size - holdout) == pytest.approx(0.8, abs=0.02)


def test_a_single_customer_cannot_be_halved():
    assert hold_out(1) == (0, 1.0)


def test_nobody_is_won_back_who_bought_last_month(described, mixed):
    features = ["days_since_last_order (days)", "spend"]
    for days, kind in ((30, "cross-sell"), (300, "leave alone")):
        told = described(mixed({1: (50, (days, 20)), 2: (50, (days / 6, 200))}, features, (1, 3)), features=features)
        assert told[0].action.kind == kind
