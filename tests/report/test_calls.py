"""The list of calls: what each customer is worth, how much less they buy, how late they are; against pandas."""

import datetime
import io
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import clustera
from clustera.components.sending import sending_plan
from clustera.engines import Engine
from clustera.pipeline.movers import first_to_call, shortened_address
from clustera.texts import format_amount
from tests.actions.test_claims import random_shop
from tests.components.test_sending import text_of
from tests.report.test_first_page import every_kind_of_line
from tests.report.test_report import Words

AS_OF = pd.Timestamp("2025-12-16")


@pytest.fixture(scope="module")
def log():
    return every_kind_of_line(300)


@pytest.fixture(scope="module")
def folder(log, tmp_path_factory):
    place = tmp_path_factory.mktemp("calls")
    found = clustera.segment(orders=log.drop(columns="category"), as_of=str(AS_OF.date()), k=3)
    return found.save(place / "run", excel=True)


def test_sales_and_pace_of_each_customer_are_those_of_the_log(log, folder):
    told = pd.read_csv(folder / "customers.csv", index_col="id")
    log = log.assign(day=pd.to_datetime(log.order_date, errors="coerce")).dropna(subset="day")
    ago = (AS_OF - log.day).dt.days

    def spent(youngest, oldest):
        within = log[(ago >= youngest) & (ago < oldest)]
        return within.groupby("customer_id").amount.sum().reindex(told.index).fillna(0.0)

    days = log[log.amount > 0].groupby("customer_id").day.unique().map(sorted)
    gaps = days.map(lambda seen: np.diff(seen) / np.timedelta64(1, "D"))
    usual_gap = gaps[gaps.map(len) >= 3].map(np.median).reindex(told.index)
    pd.testing.assert_series_equal(told.sales_3_months, spent(0, 91), check_names=False, atol=0.0051)
    pd.testing.assert_series_equal(told.earlier_sales_3_months, spent(91, 182), check_names=False, atol=0.0051)
    pd.testing.assert_series_equal(told.usual_gap, usual_gap, check_names=False)


def test_report_and_workbook_have_the_calls_in_one_order_with_their_sales(folder):
    told = pd.read_csv(folder / "customers.csv").dropna(subset="contact_order").sort_values("contact_order")
    page = (folder / "report.html").read_text(encoding="utf-8")
    fold = Words(page.partition('<details class="calls">')[2].partition("</details>")[0]).text
    first = told.groupby("contact_by").head(6)
    first = first[first.usual_gap.notna() & first.earlier_sales_3_months.notna()]
    assert len(first) > 3
    for row in first.itertuples():
        silence = (AS_OF - pd.Timestamp(row.last_order)).days
        assert f"{format_amount(row.sales_3_months)}, before that {format_amount(row.earlier_sales_3_months)}" in fold
        assert f"{silence} day" in fold
    sheet = pd.read_excel(io.BytesIO((folder / "segments.xlsx").read_bytes()), sheet_name="Calls")
    assert list(sheet["Customer"]) == list(told.id)
    assert list(sheet["Call or write"]) == list(told.contact_by)
    assert list(sheet["Sales, last 3 months"]) == pytest.approx(list(told.sales_3_months))


def test_of_an_address_no_more_than_half_the_name_is_shown():
    for name in ("a", "ab", "abc", "lukas.braun0"):
        shown = shortened_address(f"{name}@shop.example").partition("…")
        assert name.startswith(shown[0])
        assert len(shown[0]) <= max(1, len(name) // 2)
        assert shown[2] == "@shop.example"
    assert shortened_address("C17") == "C17"


def test_on_paper_no_column_of_a_file_is_named(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    css, _, body = page.partition("</style>")
    assert ".of-files" in css.partition("@media print{\n  :root")[2].partition("{display:none}")[0]
    printed = re.sub(r'<(\w+) class="[^"]*of-files[^"]*">.*?</\1>', "", body, flags=re.DOTALL)
    assert "contact_order" in body
    assert "customers.csv" not in printed.partition('id="plan"')[2].partition("</section>")[0]
    assert "contact_order" not in printed


@pytest.mark.parametrize("expected", [{"c1": 400.0, "c2": 100.0, "c3": 900.0, "c4": 40.0, "c5": 301.0}, {}])
def test_only_customers_of_whom_less_is_expected_are_listed(expected):
    """A year of the forecast is as long as that of the sales: 300 of sales each, and what is expected of each customer."""
    people = pd.DataFrame({"id": [f"c{n}" for n in range(1, 6)], "segment": 1, "action_code": "call_overdue"})
    people["contact_by"], people["contact_order"] = ["call", "call", "call", "write", "write"], [2, 1, 3, 4, 5]
    people["sales_12_months"], people["sales_3_months"], people["earlier_sales_3_months"] = 300.0, 10.0, 90.0
    people["value"] = people.id.map(expected).fillna(300.0 * 365.25 / 365)
    people["last_order"], people["usual_gap"] = datetime.date(2025, 11, 1), 12.0
    as_of = (AS_OF - pd.Timestamp(0)).days
    outcome = SimpleNamespace(
        behavior=SimpleNamespace(as_of=as_of, first_day=as_of - 800),
        value=SimpleNamespace(monthly_discount=0.0, horizon_months=12, margin=1.0),
    )
    rows = Engine().arrow(pa.Table.from_pandas(people, preserve_index=False))
    called = first_to_call(rows, outcome)
    assert [call.customer for call in called] == [name for name in ("c2", "c4") if expected]
    assert all(call.at_risk > 0 for call in called)


def test_a_page_that_lists_nobody_says_whether_it_may_or_nobody_is_expected_to_spend_less():
    told = {None: "This copy of the report names no customers.", (): "None is expected to spend less than before."}
    shops = [shop for shop in map(random_shop, range(6)) if "names no customers" in text_of(sending_plan(shop))]
    assert len(shops) > 1
    for shop in shops:
        for calls, sentence in told.items():
            said = text_of(sending_plan(shop, calls=calls))
            assert [other in said for other in told.values()] == [other == sentence for other in told.values()]
