"""The change of a figure compares like with like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.shoppers import shopping

from clustera.service.figures import key_figures
from clustera.texts import format_amount


@pytest.fixture(scope="module")
def outcome():
    return shopping()[0]


def dated(outcome, first, last, times=1.0):
    """The same outcome of a log of other days, with so many times the revenue."""
    revenue = tuple((segment, times * money) for segment, money in outcome.behavior.revenue)
    return replace(outcome, behavior=replace(outcome.behavior, first_day=first, as_of=last, revenue=revenue))


def change(outcome, before):
    return key_figures(outcome, before)[0].change


def test_revenue_of_as_many_days_changes_in_percent(outcome):
    assert change(dated(outcome, 31, 400, 1.25), dated(outcome, 0, 369)) == "+25%"
    assert change(dated(outcome, 31, 400), dated(outcome, 0, 369)) == "no change"


def test_revenue_of_a_log_that_goes_on_is_what_came_since(outcome):
    whole = sum(money for _, money in outcome.behavior.revenue)
    assert change(dated(outcome, 0, 400, 1.25), dated(outcome, 0, 369)) == f"+{format_amount(whole / 4)} GBP sales"


def test_revenue_of_other_days_is_not_compared(outcome):
    assert change(dated(outcome, 10, 400), dated(outcome, 0, 369)) == ""


@pytest.mark.parametrize(
    ("terms", "told"),
    [({}, "no change"), ({"margin": 0.4}, ""), ({"monthly_discount": 0.0}, ""), ({"horizon_months": 6}, "")],
)
def test_a_forecast_is_compared_with_one_of_the_same_months_margin_and_discount(outcome, terms, told):
    before = replace(outcome, value=replace(outcome.value, **terms))
    assert key_figures(outcome, before)[1].change == told
