"""A log of less than a quarter: no window that it does not cover, and days are told as dates."""

import re

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import texts


def short_log(days, start, seed):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": random.integers(1, 41, 160),
            "date": [str(d.date()) for d in pd.Timestamp(start) + pd.to_timedelta(random.integers(0, days, 160), unit="D")],
            "amount": random.lognormal(3, 0.6, 160).round(2),
        }
    )  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[(30, "2019-08-02", 1), (12, "2023-12-28", 2), (75, "2024-01-31", 3)],
    ids="{0[0]} days".format,
)
def drawn(request):
    days, start, seed = request.param
    log = short_log(days, start, seed)
    return log, clustera.segment(orders=log, k=2, threads=1, progress=False)


def covered(log):
    dates = pd.to_datetime(log["date"])
    return (dates.max() - dates.min()).days + 1


def test_no_feature_looks_back_further_than_the_log(drawn):
    log, found = drawn
    titles = [column.title for column in found.outcome.columns]
    assert not [title for title in titles if "quarter" in title or "12 months" in title]
    told = [int(days) for title in titles for days in re.findall(r"last (\d+) days", title)]
    assert told
    assert set(told) == {covered(log)}


def test_no_day_is_told_as_a_number_since_1970(drawn):
    log, found = drawn
    last = (pd.to_datetime(log["date"]).max() - pd.Timestamp("1970-01-01")).days
    text = re.sub(r"<[^>]*>", " ", found.report_html())
    assert not re.search(rf"\b[Dd]ays? {last}\b", text)
    assert str(last) not in str(found.outcome.value_refused)


def test_the_report_names_the_last_day_of_the_log(drawn):
    log, found = drawn
    last = pd.to_datetime(log["date"]).max()
    assert f"{last:%B} {last.day}, {last.year}" in found.report_html()


def test_no_text_tells_of_more_months_of_sales_than_the_log_has(drawn, tmp_path):
    log, found = drawn
    page = found.report_html()
    span = texts.format_span(covered(log))
    assert f"Sales, {span}" in page
    said = re.sub(r"Expected sales, 12 months", "", page)
    assert not re.findall(r"[^.<>]*\b12 months[^.<>]*", said)
    book = found.save(tmp_path / "run", excel=True) / "segments.xlsx"
    assert f"Sales, last {span}" in pd.read_excel(book, sheet_name="Customers", nrows=1).columns


def test_what_is_bought_in_12_months_of_a_shorter_log_is_its_revenue(drawn):
    log, found = drawn
    assert found.customers.sales_12_months.sum() == pytest.approx(log.amount.sum())
    assert sum(action.money for action in found.outcome.actions) == pytest.approx(log.amount.sum())


def test_a_log_of_three_months_has_no_two_features_of_one_title():
    log = pd.concat([short_log(92, "2024-10-01", 4), short_log(92, "2024-10-01", 5)])
    log.iloc[[0, 1], 1] = ["2024-10-01", "2024-12-31"]
    assert covered(log) == 92
    found = clustera.segment(orders=log, k=2, threads=1, progress=False)
    titles = [column.title for column in found.outcome.columns]
    assert "Spend, last 3 months" in titles
    assert len(set(titles)) == len(titles)
