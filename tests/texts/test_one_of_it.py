"""One of a thing is told in the singular, wherever one is possible."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clustera.records import Balance, Campaign, CampaignResults, Comparison, Finding, MeasuredEffect, Move, Risk
from clustera.texts.accounting import customers_sentence
from clustera.texts.behavior import overdue_note
from clustera.texts.campaign_results import measured_sentence, results_head
from clustera.texts.moves import moves_sentence

ONE_OF_MANY = re.compile(r"(?<![\d,.])1 (customers|rows|days|order lines)\b")


@pytest.mark.parametrize("left_out", [0, 1])
@pytest.mark.parametrize("more", [0, 1, 2])
@pytest.mark.parametrize("table", [1, 2])
def test_in_the_account_of_customers(table, more, left_out):
    balance = Balance(table + more, table + more - left_out, left_out)
    found = [Finding("not-in-customers", "info", count=more)] if more else []
    assert not ONE_OF_MANY.search(customers_sentence(balance, found, orders=True))


def test_of_customers_who_moved():
    moved = (Move(1, 1, 90), Move(1, 2, 9), Move(2, 1, 1))
    said = moves_sentence(Comparison("a", "b", 100, 0, 0, moved, (), (), (), (), (), ranking=(1, 2)))
    assert said == "1 customer moved up to a segment that spends more, 9 moved down; 90% of 100 stayed."


@pytest.mark.parametrize("planned", [1, 30, None])
def test_of_days_and_customers_of_a_campaign(planned):
    campaign = Campaign("spring", "", 20_000, planned, 0.5, True, "spring", "buyers", "daily", 2, 1, 1)
    results = CampaignResults(campaign, 20_000, 1, "too early", False, 2.0, (), None)
    assert not ONE_OF_MANY.search(results_head(results))
    assert "1 customer contacted" in results_head(results)
    assert "2 customers contacted" in results_head(replace(results, campaign=replace(campaign, contact=2)))


def test_of_the_days_of_a_measured_effect():
    effect = MeasuredEffect("spring", None, 20_000, 1, "buyers", 0.02, 0.01, 0.03, "works", 700)
    assert "campaign spring, 1 day from" in measured_sentence(effect)
    early = measured_sentence(replace(effect, planned=30))
    assert (early[:13], "It worked" in early, "day 1 of 30" in early) == ("Early result ", False, True)


def test_of_repeat_customers():
    assert overdue_note(Risk(1, 0, 0.0, 0.0), span="30 days").startswith("of 1 repeat customer: ")
    assert overdue_note(Risk(2, 0, 0.0, 0.0), span="30 days").startswith("of 2 repeat customers: ")
