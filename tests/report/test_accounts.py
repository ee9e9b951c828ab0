"""What is told of the money on the first screen: held against the log itself."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import features
from clustera.components.overview import money_to_know
from clustera.engines import Engine
from clustera.features.options import OrderOptions
from clustera.read import read
from tests.report.test_first_page import orders
from tests.report.test_report import Words


@pytest.fixture(scope="module")
def log():
    """A log with money given back, one customer who outspends all others, and lines that name no customer."""
    made = orders(250, seed=11)
    back = made[::25].assign(amount=lambda rows: -rows.amount)
    nobody = made[5::60].assign(customer_id=None)
    big = pd.DataFrame(
        {"customer_id": "C-big", "order_date": made.order_date[:40], "amount": 9_000.0, "category": "Wine"}
    )
    return pd.concat([made, back, nobody, big], ignore_index=True)


@pytest.fixture(scope="module")
def seg(log):
    return clustera.segment(orders=log, k=3, keep_currency="SEK", value=False, progress=False)


@pytest.fixture(scope="module")
def overview(seg):
    page = seg.report_html().split('<section id="overview"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", Words(page).text)


def test_returns_are_told_with_their_money(log, overview):
    back = log[(log.amount < 0) & log.customer_id.notna()]
    assert f"deducted: {-back.amount.sum():,.0f} ({len(back)} order lines)." in overview


def test_lines_that_are_not_counted_are_told_with_their_money(log, overview):
    nobody = log[log.customer_id.isna()]
    told = f"Not counted: {nobody.amount.sum():,.0f} ({len(nobody)} order lines)."
    assert f"{told} {nobody.amount.sum():,.0f}: The line names no customer." in overview


@pytest.mark.parametrize("seed", range(6))
def test_the_largest_reasons_are_those_with_most_money(seed):
    """By pandas on random logs with lines that name no customer, have no date, or were not paid."""
    rng = np.random.default_rng(seed)
    n = 400
    why = rng.choice(["", "names no customer", "has no readable date", "was not paid"], n, p=[0.7, *rng.dirichlet([1, 1, 1]) * 0.3])  # fmt: skip
    made = pd.DataFrame(
        {
            "customer_id": np.where(why == "names no customer", "", [f"C{at % 50}" for at in range(n)]),
            "order_date": np.where(why == "has no readable date", "soon", pd.date_range("2025-01-01", periods=n).astype(str)),
            "amount": rng.integers(10, 900, n),
            "status": np.where(why == "was not paid", "cancelled", "paid"),
        }
    )  # fmt: skip
    with Engine(threads=1) as engine:
        read_lines = features.read_orders(read(made, engine=engine), options=OrderOptions())
        aside, money = features.money_left_out(read_lines), read_lines.money
    behavior = SimpleNamespace(returned=0, money=money, set_aside=aside, revenue=(), outlier_revenue=None)
    (told,) = money_to_know(SimpleNamespace(behavior=behavior))
    lost = made[why != ""].groupby(why[why != ""]).amount.sum().sort_values(ascending=False)
    assert told.startswith(f"Not counted: {lost.sum():,} ({(why != '').sum()} order lines). {lost.iloc[0]:,}: ")
    expected = [(name, amount) for name, amount in lost.items()][:2]
    if len(expected) > 1 and expected[1][1] < lost.iloc[0] / 10:
        expected = expected[:1]
    parts = told.split("order lines). ")[1].split("; ")
    assert len(parts) == len(expected)
    for part, (name, amount) in zip(parts, expected, strict=True):
        assert part.startswith(f"{amount:,}: The ")
        assert name in part


def test_outliers_are_told_with_their_share_of_the_revenue(log, seg, overview):
    outliers = seg.customers.reset_index()
    ids = outliers[outliers.outlier].id
    assert "C-big" in set(ids)
    counted = log[log.customer_id.notna()]
    share = counted[counted.customer_id.isin(ids)].amount.sum() / counted.amount.sum()
    assert f"{len(ids)} unusual customers bring {100 * share:.0f}% of sales" in overview


def test_a_currency_that_the_log_does_not_name_is_taken_from_the_user(seg):
    assert seg.outcome.behavior.money.currency == "SEK"
    assert seg.outcome.behavior.money.set_aside > 0
    assert seg.outcome.behavior.money.closes


def test_a_currency_that_the_log_does_not_have_is_an_error(log):
    with pytest.raises(clustera.InputError, match="No line is in 'SEK'; the log has: EUR"):
        clustera.segment(orders=log.assign(currency="EUR"), keep_currency="SEK", progress=False)
