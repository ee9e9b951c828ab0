"""The base rate of a customer table: from a column that says who responded or left, or as the user states it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.actions.control import customers_needed
from clustera.errors import InputError
from clustera.power import SHARES, WORTH_SEEING, detectable_lift
from clustera.texts import action_test


def table(seed=1, n=900, **columns):
    rng = np.random.default_rng(seed)
    spend = np.concatenate([rng.normal(100, 10, n // 2), rng.normal(400, 30, n - n // 2)]).round(2)
    frame = pd.DataFrame({"customer_id": np.arange(1, n + 1), "spend": spend, "visits": rng.poisson(spend / 20)})
    return frame.assign(**{name: make(rng, spend) for name, make in columns.items()})


def flag(yes, no):
    return lambda rng, spend: np.where(rng.random(len(spend)) < spend / 1000, yes, no)


def made(frame, **options):
    return clustera.segment(frame, k=2, features=["spend", "visits"], progress=False, **options)


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [("responded", 1, 0), ("Response", "yes", "no"), ("hasBought", "Ja", "Nein"), ("churn", 1, 0)],
)
def test_the_base_rate_is_the_share_of_the_segment(name, yes, no):
    frame = table(**{name: flag(yes, no)})
    with made(frame) as seg:
        joined = frame.merge(
            seg.customers.assign(customer_id=seg.customers["id"].astype(int))[["customer_id", "segment"]]
        )
        good = no if name == "churn" else yes
        for action in seg.outcome.actions:
            share = (joined.loc[joined.segment == action.segment, name] == good).mean()
            assert action.control.base_rate == pytest.approx(share)
            assert action.control.column == name
            told = action_test(action)
            assert ("stayed" if name == "churn" else "responded") in told
            assert f"({name})" in told


@pytest.mark.parametrize("name", ["response_score", "churn_probability", "member", "left_handed_orders"])
def test_a_column_of_another_meaning_or_with_more_values_is_not_taken(name):
    frame = table(**{name: lambda rng, spend: rng.integers(0, 9, len(spend))})
    with made(frame) as seg:
        assert all(action.control.base_rate is None for action in seg.outcome.actions)
        assert "Enter your usual response rate" in action_test(seg.outcome.actions[0])


def test_the_user_may_name_any_flag_and_no_other_column():
    frame = table(opened_mail=flag(1, 0))
    with made(frame, response="opened_mail") as seg:
        assert {action.control.column for action in seg.outcome.actions} == {"opened_mail"}
    with pytest.raises(InputError, match="must say yes or no"):
        made(frame, response="visits")
    with pytest.raises(InputError, match="no column 'opened'"):
        made(frame, response="opened")


def test_a_stated_rate_says_which_rise_shows():
    with made(table(), response_rate=0.05) as seg:
        for action in seg.outcome.actions:
            control = action.control
            lift = detectable_lift(control.customers, action.customers - control.customers, 0.05)
            assert control.detectable_lift == lift
            assert "Your usual response rate is 5%." in action_test(action).replace("5.0%", "5%")


def test_a_log_too_short_to_tell_the_rate_names_the_option_and_takes_it():
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 80, 2400), unit="D")
    log = pd.DataFrame(
        {"customer": rng.integers(1, 601, 2400), "date": days, "amount": rng.lognormal(3, 1, 2400).round(2)}
    )
    with clustera.segment(orders=log, k=2, value=False, progress=False) as seg:
        page = seg.report_html()
        assert page.count("Rate not known") > 1
        assert "<code>--set response_rate=0.05</code>" in page
    with clustera.segment(orders=log, k=2, value=False, response_rate=0.3, progress=False) as seg:
        tested = [action for action in seg.outcome.actions if action.control]
        assert {action.control.base_rate for action in tested} == {0.3}
        assert any(action.control.detectable_lift for action in tested)
        assert "Rate not known" not in seg.report_html()


@pytest.mark.parametrize(("rate", "needed"), customers_needed())
def test_the_customers_needed_are_the_fewest_by_the_textbook(rate, needed):
    def least_rise(n):
        control, treated = round(SHARES[-1] * n), n - round(SHARES[-1] * n)
        grid = np.arange(1, 4001) / 100_000
        pooled = (control * rate + treated * (rate + grid)) / n
        null = 1.959964 * np.sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
        other = 0.841621 * np.sqrt(rate * (1 - rate) / control + (rate + grid) * (1 - rate - grid) / treated)
        return grid[np.argmax(grid >= null + other)]

    assert least_rise(needed) == pytest.approx(WORTH_SEEING, abs=2e-5)
    assert least_rise(math.floor(0.98 * needed)) > WORTH_SEEING
