"""Every doubt is told where it is due, and not where it is not."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom

from clustera.errors import InputError
from clustera.texts import finding_message, forecast_name
from clustera.value import BGNBD, MBGNBD, GammaGamma, back_test, repeat_purchases
from clustera.value import doubts as told
from clustera.value.history import purchase_days
from clustera.value.holdout import as_customers

from . import shops


def customers(orders: pd.DataFrame, as_of: int = 719):
    return as_customers(repeat_purchases(orders, as_of=as_of))


@pytest.fixture(scope="module")
def healthy():
    return shops.orders(1, n=1200)


def test_orders_drawn_from_the_model_raise_no_doubt_about_it(healthy):
    known, purchases = customers(healthy), purchase_days(healthy)
    model = MBGNBD().fit(known.frequency, known.recency, known.T)
    assert told.spend_follows_frequency(known) is None
    assert told.spend_drifts(purchases) is None
    assert told.left_truncation(purchases) is None
    assert told.regular_purchases(purchases) is None
    assert told.no_measurable_attrition(known, model) is None
    told.refuse_contracts(purchases)


def test_spend_that_rises_with_frequency_is_told(healthy):
    count = healthy.groupby("customer_id")["day"].transform("size")
    found = told.spend_follows_frequency(customers(healthy.assign(amount=healthy["amount"] * count**0.7)))
    assert "spend more per purchase" in finding_message(found)


def test_prices_that_rise_are_told(healthy):
    found = told.spend_drifts(purchase_days(healthy.assign(amount=healthy["amount"] * (1 + healthy["day"] / 500))))
    assert "more per purchase in the later half" in finding_message(found)


@pytest.mark.parametrize(("days", "short"), [(119, True), (120, False)])
def test_a_hold_out_too_short_to_tell_a_pause_from_leaving_is_told(healthy, days, short):
    found = told.churn_from_short_test(back_test(healthy, as_of=400, holdout_days=days))
    assert (found is not None) == short
    assert found is None or "learned from 119 days" in finding_message(found)


def test_customers_who_never_leave_are_told():
    known = customers(shops.orders(2, n=800, leave=0.0))
    model = BGNBD().fit(known.frequency, known.recency, known.T)
    assert "nobody ever leaves" in finding_message(told.no_measurable_attrition(known, model)).replace(
        "which nobody", "nobody"
    )


def test_the_model_without_leaving_is_the_negative_binomial():
    rng = np.random.default_rng(0)
    T = rng.uniform(10, 50, 400)
    x = rng.poisson(rng.gamma(0.7, 1 / 5.0, 400) * T).astype(float)

    def loss(logs):
        r, alpha = np.exp(logs)
        return -nbinom.logpmf(x, r, alpha / (alpha + T)).sum()

    best = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8})
    # A count has x! ways to lie in time, each of density T^-x.
    from scipy.special import gammaln

    known = told.PurchaseHistories(x, np.zeros(400), T, x)
    assert told.nbd_log_likelihood(known) == pytest.approx(-best.fun + (gammaln(x + 1) - x * np.log(T)).sum(), abs=1e-4)


def test_a_history_that_starts_late_is_told():
    orders = shops.orders(3, n=1500, r=2.0, alpha=20.0, leave=0.02)
    late = orders[orders["day"] >= 300]
    assert "were customers before" in finding_message(told.left_truncation(purchase_days(late)))


def test_monthly_subscriptions_are_refused():
    rows = [(c, 30 * i + c % 30, 9.99) for c in range(200) for i in range(12)]
    with pytest.raises(InputError, match="every 30 days") as refusal:
        told.refuse_contracts(purchase_days(pd.DataFrame(rows, columns=["customer_id", "day", "amount"])))
    assert "relative_value" in refusal.value.hint


def test_habits_are_told_but_not_refused():
    rng = np.random.default_rng(0)
    rows = [(c, day, 5.0) for c in range(200) for day in np.cumsum(rng.integers(4, 11, 40))]
    orders = purchase_days(pd.DataFrame(rows, columns=["customer_id", "day", "amount"]))
    told.refuse_contracts(orders)
    assert "regularly" in finding_message(told.regular_purchases(orders))


def test_spend_without_end_is_told():
    assert told.spend_without_mean(GammaGamma().with_params(p=1.0, q=0.9, v=10.0)) is not None
    assert told.spend_without_mean(GammaGamma().with_params(p=1.0, q=3.0, v=10.0)) is None


def test_bgnbd_tells_that_single_buyers_are_never_held_for_gone(healthy):
    known = customers(healthy)
    told_of = told.one_timers_never_leave(known, BGNBD().with_params(r=1.0, alpha=5.0, a=1.0, b=2.0))
    assert told_of.count == (known.frequency == 0).sum()
    assert told.one_timers_never_leave(known, MBGNBD().with_params(r=1.0, alpha=5.0, a=1.0, b=2.0)) is None


def test_a_rule_that_does_better_is_told():
    # Half of the customers buy every week until they stop for good one by one: the last months tell, the mean rate does not.
    rng = np.random.default_rng(0)
    rows = []
    for customer in range(500):
        fast_first = rng.random() < 0.5
        for start, rate in ((0, 0.5 if fast_first else 0.02), (180, 0.02 if fast_first else 0.5)):
            rows += [(customer, int(day), 5.0) for day in start + np.flatnonzero(rng.random(180) < rate)]
        rows += [
            (customer, int(day), 5.0) for day in 360 + np.flatnonzero(rng.random(180) < (0.02 if fast_first else 0.5))
        ]
    test = back_test(pd.DataFrame(rows, columns=["customer_id", "day", "amount"]), as_of=539, holdout_days=150)
    assert test.beaten_by
    assert forecast_name(test.beaten_by[0]) in finding_message(told.forecast_beaten(test))


@pytest.mark.parametrize("name", ["forecast_biased", "ranges_recalibrated", "forecast_beaten"])
def test_a_good_back_test_raises_no_doubt(healthy, name):
    from dataclasses import replace

    test = back_test(healthy, as_of=719)
    perfect = replace(test, spend_bias=0.01, beaten_by=(), spend_coverage=replace(test.spend_coverage, raw=0.81))
    assert getattr(told, name)(perfect) is None
