"""How many days are looked back, and why: true of logs of every length."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests import shoppers

from clustera.features import WHOLE_HISTORY, feature_window
from clustera.texts import look_back_sentences

BOUGHT = shoppers.shopping()[0].behavior


def told(days, window):
    return look_back_sentences(replace(BOUGHT, first_day=1000, as_of=999 + days), window)


@given(st.integers(1, 3000))
def test_the_days_of_the_features_are_those_of_the_rule_with_its_reason(days):
    window = feature_window(1000, 999 + days)
    said = told(days, window).split(" Sales of overdue")[0]
    numbers = [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", said)]
    if window == days:
        assert said == "Spend and purchase days of the segments are of the whole log."
    elif days > 455:
        assert numbers == [364]
        assert "every season" in said
    else:
        assert numbers == [window, days]
        assert window == days - 92


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_a_window_of_earlier_definitions_is_never_explained_by_another_log(days, window):
    said = told(days, window)
    if "earlier dates" in said:
        window_told, covered = map(int, re.findall(r"\d+", said.replace(",", ""))[:2])
        assert window_told == window
        assert covered == days > window
    elif window not in (days, 364) and window < WHOLE_HISTORY:
        assert "as when these segments were defined" in said


@given(st.integers(1, 3000))
def test_money_of_actions_is_of_12_months_or_of_the_whole_log(days):
    said = told(days, 364)
    assert ("of the last 12 months" in said) == (days > 366)
    assert (f"the whole log ({days:,} days)" in said) == (days <= 366)


def test_a_century_is_the_whole_log():
    assert told(400, WHOLE_HISTORY).startswith("Spend and purchase days of the segments are of the whole log.")


def test_a_run_that_does_not_know_its_window_says_nothing_of_it():
    assert told(400, 0).startswith("Sales of overdue")
