"""A later log is held against the months that the earlier run knew: what was missing, corrected or sent twice is told."""

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.components.overview import latest_changes
from clustera.records import Schedule
from clustera.segmentation.notices import alerts_of
from clustera.texts import finding_message

MAY = pd.Timestamp("2025-05-31")


@pytest.fixture(scope="module")
def june():
    """Nine months of orders by 60 customers."""
    random = np.random.default_rng(4)
    days = pd.Timestamp("2024-10-01") + pd.to_timedelta(np.sort(random.integers(0, 273, 900)), "D")
    customer = random.integers(0, 60, 900)
    orders = pd.DataFrame({"customer": [f"c{i:02d}" for i in customer], "date": days})
    orders["amount"] = ((10 + customer) * random.lognormal(0, 0.3, 900)).round(2)
    orders.loc[0, "date"] = pd.Timestamp("2024-10-01")
    orders.loc[899, "date"] = pd.Timestamp("2025-06-30")
    return orders


@pytest.fixture(scope="module")
def may(june):
    return clustera.segment(orders=june[june.date <= MAY], as_of="2025-05-31", k=3, value=False, progress=False)


def told(orders, earlier, code, as_of="2025-06-30"):
    """The finding of a code of the run that keeps the earlier definitions; None without one."""
    with clustera.segment(orders=orders, like=earlier, as_of=as_of, value=False, progress=False) as seg:
        return next((finding for finding in seg.outcome.findings if finding.code == code), None)


def test_a_log_with_the_same_months_or_without_the_first_of_them_raises_nothing(june, may):
    assert told(june, may, "other-sales-then") is None
    assert told(june[june.date >= "2024-11-20"], may, "other-sales-then") is None


def test_months_that_are_missing_or_were_corrected_are_told_with_what_they_brought(june, may):
    month = june.date.dt.strftime("%Y-%m")
    changed = june[month != "2025-02"].copy()
    changed.loc[month == "2025-04", "amount"] = (changed.amount * 1.19).round(2)
    found = told(changed, may, "other-sales-then")
    then, now = (rows.groupby(month).amount.sum() for rows in (june, changed))
    want = [("2025-02", then["2025-02"], 0.0), ("2025-04", then["2025-04"], now["2025-04"])]
    assert [tuple(one.values()) for one in found.values["months"]] == [
        (m, pytest.approx(a), pytest.approx(b)) for m, a, b in want
    ]
    assert (found.severity, found.count, found.values["of"]) == ("warning", 2, 8)
    assert finding_message(found).startswith(
        "In 2 of 8 months up to 2025-05-31 the sales are others than in the earlier run: "
    )


def test_removed_customers_lower_all_months_and_more_than_three_are_counted(june, may):
    found = told(june[~june.customer.str.endswith("9")], may, "other-sales-then")
    assert found.count == 3 + found.values["further"] > 3


def test_a_later_run_of_the_same_day_says_that_no_time_has_passed(june, may):
    same = june[june.date <= MAY]
    assert told(same, may, "no-time-passed", as_of="2025-05-31").values["day"] == "2025-05-31"
    assert told(june, may, "no-time-passed") is None


def test_ids_that_were_given_to_other_customers_are_told(june, may):
    numbered = {f"c{number:02d}": f"c{59 - number:02d}" for number in range(60)}
    last = june[june.date <= MAY].groupby("customer").date.max()
    now = last.rename(numbered).reindex(last.index)
    found = told(june.assign(customer=june.customer.map(numbered)), may, "other-customers-then")
    assert (found.count, found.values["of"]) == (((now - last).abs().dt.days > 1).sum(), 60)
    assert finding_message(found).startswith(
        "Ids seem to belong to other customers than in the earlier run: up to 2025-05-31, "
    )


@pytest.mark.parametrize("changed", ["a month is missing", "a day later", "two are one", "none"])
def test_other_last_orders_that_something_else_explains_are_no_other_customers(june, may, changed):
    orders = june.copy()
    if changed == "a month is missing":
        orders = orders[orders.date.dt.month != 5]
    elif changed == "a day later":
        orders["date"] = orders.date.where(orders.date >= MAY, orders.date + pd.Timedelta(days=1))
    elif changed == "two are one":
        orders["customer"] = orders.customer.replace({"c01": "c02", "c11": "c12"})
    assert told(orders, may, "other-customers-then") is None


def test_the_report_and_a_schedule_tell_the_first_reader_why_moves_may_not_be_so(june, may):
    orders = june[june.date.dt.month != 3]
    with clustera.segment(orders=orders, like=may, as_of="2025-06-30", value=False, progress=False) as seg:
        found = next(finding for finding in seg.outcome.findings if finding.code == "other-sales-then")
        assert finding_message(found) in latest_changes(seg.outcome)
        plain = Schedule("nightly", files={"orders": "orders.csv"})
        assert alerts_of(plain, may, seg, "june") == (finding_message(found),)
    with clustera.segment(orders=june, like=may, as_of="2025-06-30", value=False, progress=False) as seg:
        assert alerts_of(plain, may, seg, "june") == ()
