"""What is told of the money on the first screen: held against the log itself."""

import re

import pandas as pd
import pytest

import clustera
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
    assert told in overview
    assert "The line names no customer." in overview


def test_outliers_are_told_with_their_share_of_the_revenue(log, seg, overview):
    outliers = seg.customers.reset_index()
    ids = outliers[outliers.outlier].id
    assert "C-big" in set(ids)
    counted = log[log.customer_id.notna()]
    share = counted[counted.customer_id.isin(ids)].amount.sum() / counted.amount.sum()
    assert f"{len(ids)} customers are unlike all others and bring {100 * share:.0f}% of sales" in overview


def test_a_currency_that_the_log_does_not_name_is_taken_from_the_user(seg):
    assert seg.outcome.behavior.money.currency == "SEK"
    assert seg.outcome.behavior.money.set_aside > 0
    assert seg.outcome.behavior.money.closes


def test_a_currency_that_the_log_does_not_have_is_an_error(log):
    with pytest.raises(clustera.InputError, match="No line is in 'SEK'; the log has: EUR"):
        clustera.segment(orders=log.assign(currency="EUR"), keep_currency="SEK", progress=False)
