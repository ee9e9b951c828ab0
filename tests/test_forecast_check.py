"""A later run says what the earlier one expected of the days between, and what came; held against pandas."""

import io
import math
from dataclasses import asdict, replace
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clustera
from clustera import texts
from clustera.engines import Engine
from clustera.pipeline.forecast_check import check_earlier_forecast, forecast_point, furthest_segment
from clustera.records import ForecastCheck, ForecastPoint, SegmentCheck
from clustera.segmentation.segmentation import earlier_run
from clustera.segmentation.summary import plain_json, segmentation_summary
from clustera.value import assess
from tests.report.test_report import Words
from tests.test_kept_definitions import shop

BEFORE, AFTER = pd.Timestamp("2017-11-10"), pd.Timestamp("2017-12-25")


@pytest.fixture(scope="module")
def log():
    newcomers = pd.DataFrame({"customer_id": ["late1", "late2"], "date": [AFTER, AFTER], "amount": [70.0, 30.5]})
    return pd.concat([shop(), newcomers], ignore_index=True).sort_values(["date", "customer_id"])


@pytest.fixture(scope="module")
def november(log):
    return clustera.segment(orders=log, as_of=str(BEFORE.date()), k=3, progress=False)


@pytest.fixture(scope="module")
def december(log, november):
    return clustera.segment(orders=log, as_of=str(AFTER.date()), like=november, progress=False)


def test_what_came_is_what_the_customers_of_the_earlier_run_spent_since(log, november, december):
    found = december.outcome.forecast_check
    since = log[(log.date > BEFORE) & (log.date <= AFTER)]
    known = since.customer_id.isin(november.customers["id"])
    assert (found.days, found.customers) == (45, len(november.customers))
    assert found.actual == pytest.approx(since[known].amount.sum())
    assert (found.new_customers, found.new_sales) == (2, pytest.approx(100.5))
    assert known.any()


def test_orders_in_another_order_give_the_same_files(log, november, tmp_path):
    goods = log.assign(product=[f"P{row % 7}" for row in range(len(log))])
    twins = pd.concat([goods, goods.assign(product="twin")])
    for seed in (1, 2):
        shuffled = twins.sample(frac=1, random_state=seed)
        again = clustera.segment(
            orders=shuffled, as_of=str(AFTER.date()), like=november, keep_orders=True, progress=False
        )
        again.save(tmp_path / str(seed))
    told = {"manifest.json"}  # the hashes of its files
    files = {path.name for path in (tmp_path / "1").iterdir()} - told
    assert {"profile.json", "actions.csv", "orders.parquet", "customers.csv"} <= files
    assert [
        name for name in sorted(files) if (tmp_path / "1" / name).read_bytes() != (tmp_path / "2" / name).read_bytes()
    ] == []


def test_what_came_less_the_returns_of_earlier_orders_is_what_the_books_say(log, november):
    since = log[(log.date > BEFORE) & (log.date <= AFTER) & (log.customer_id.isin(november.customers["id"]))]
    most = since.loc[since.amount.idxmax()]
    ordered = set(log.date[log.customer_id == most.customer_id])
    quiet = next(day for day in pd.date_range(BEFORE + pd.Timedelta(days=1), AFTER) if day not in ordered)
    day = since[(since.customer_id == most.customer_id) & (since.date == most.date)].amount.sum()
    back = [(quiet, -30.25), (most.date, -day - 12.0), (BEFORE - pd.Timedelta(days=1), -5.0)]
    returns = pd.DataFrame(back, columns=["date", "amount"]).assign(customer_id=most.customer_id)
    booked = pd.concat([log, returns], ignore_index=True)
    found = clustera.segment(
        orders=booked, as_of=str(AFTER.date()), like=november, progress=False
    ).outcome.forecast_check
    assert found.returned == pytest.approx(30.25 + 12.0)
    assert found.actual - found.returned == pytest.approx(since.amount.sum() - 30.25 - day - 12.0)
    assert " came. Returns not deducted: 42.25." in texts.forecast_check_sentences(found)


def test_what_was_expected_is_the_forecast_of_the_earlier_run(november, december):
    path, whole = november.outcome.value.path, november.outcome.value.total.value
    assert [point.days for point in path] == pytest.approx([365.25 / 12 * month for month in range(1, 13)])
    assert path[-1].sales == pytest.approx(whole)  # no margin, no discount
    assert [p.sales for p in path] == sorted(p.sales for p in path)
    found, part = december.outcome.forecast_check, (45 - path[0].days) / (path[1].days - path[0].days)
    assert found.expected == pytest.approx((1 - part) * path[0].sales + part * path[1].sales)
    assert 0 < found.low < found.expected < found.high


def test_the_path_is_the_expectation_of_the_model_for_that_many_days(log):
    bought = log[log.date <= BEFORE].rename(columns={"date": "day"})
    part = pd.Series(range(len(bought)), bought["customer_id"]).groupby(level=0).first() % 3
    found = assess(bought, as_of=str(BEFORE.date()), horizon_months=2, segments=part)
    one = found.customers
    for point in found.record.path:
        seen = (point.days / 7, one.frequency, one.recency, one["T"])
        expected = found.purchase_model.expected_purchases(*seen) * one.expected_spend
        assert point.sales == pytest.approx(expected.sum(), rel=1e-6)
    for path in found.record.segment_paths:  # the last point is the value: no margin, no discount
        value = one.loc[one["segment"] == path.segment, "value"].sum()
        assert path.points[-1].sales == pytest.approx(value, rel=1e-6)
    assert len(found.record.segment_paths) == 3


def test_each_segment_of_the_earlier_run_is_held_against_its_own_customers(log, november, december):
    found, kept = december.outcome.forecast_check, november.customers
    since = log[(log.date > BEFORE) & (log.date <= AFTER)].groupby("customer_id").amount.sum()
    came = since.reindex(kept["id"]).fillna(0.0).groupby(kept["segment"].to_numpy()).sum()
    assert {one.segment: one.actual for one in found.segments} == pytest.approx(came.to_dict())
    assert {one.segment: (one.name, one.customers) for one in found.segments} == {
        s.segment: (s.name, s.size) for s in november.outcome.segments
    }
    assert sum(one.actual for one in found.segments) == pytest.approx(found.actual)
    assert sum(one.expected for one in found.segments) == pytest.approx(found.expected)
    assert all(0 <= one.low <= one.expected <= one.high for one in found.segments)
    assert plain_json(segmentation_summary(december))["forecast_check"]["segments"] == [
        asdict(one) for one in found.segments
    ]


def test_a_run_of_before_kept_no_forecast_by_segment(log, november):
    earlier = replace(earlier_run(november), segment_forecasts=())
    lines = log.assign(day=log.date.to_numpy().astype("datetime64[D]").astype(int), kind="sale").drop(columns="date")
    rows = Engine().arrow(pa.Table.from_pandas(lines, preserve_index=False))
    orders = SimpleNamespace(money=november.outcome.behavior.money, rows=rows)
    found = check_earlier_forecast(earlier, SimpleNamespace(orders=orders, as_of=earlier.as_of + 45))
    assert (found.segments, found.furthest) == ((), None)
    assert found.actual > 0
    assert "Furthest" not in texts.forecast_check_sentences(found)


def test_the_method_page_shows_each_segment_and_all(december):
    check, said = december.outcome.forecast_check, Words(december.report_html()).text
    for one in (*check.segments, check):
        assert f"{texts.format_amount(one.expected)}" in said
    assert "The last forecast, by segment" in said
    words = texts.forecast_check_sentences(check)
    since = pd.DataFrame([asdict(one) for one in check.segments]).set_index("segment")
    assert f" {since.actual.between(since.low, since.high).sum()} of {len(since)} segments within" in words
    furthest = (since.actual - since.expected).abs().idxmax()
    assert f"Furthest off: {since['name'][furthest]} (" in words
    assert '<a href="#last-forecast">The last forecast</a>' in december.report_html()
    assert '<a href="method.html#last-forecast">The last forecast</a>' in december._page("report")


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 1000), st.none() | st.integers(0, 500)), min_size=1, max_size=6
    ),
)
def test_the_segment_told_is_the_furthest_in_money_and_those_within_their_range_are_counted(money):
    segments = tuple(
        SegmentCheck(i, f"S{i}", 1, float(e), None if w is None else e - w, None if w is None else e + w, float(a))
        for i, (e, a, w) in enumerate(money, 1)
    )
    expected = sum(one.expected for one in segments)
    found = furthest_segment(segments, expected)
    off = {one.segment: abs(one.actual - one.expected) for one in segments}
    told = [one for one in segments if off[one.segment] and 50 * off[one.segment] >= expected]
    check = ForecastCheck(1, 40, 9, expected, None, None, 1.0, 0, 0.0, segments, found)
    said = texts.forecast_check_sentences(check)
    held = [abs(e - a) <= w for e, a, w in money if w is not None]
    assert (f"{sum(held)} of {len(held)} segments within" in said) == bool(held)
    if not told:
        assert found is None
        assert "Furthest" not in said
        return
    assert off[found] == max(off[one.segment] for one in told)
    one = segments[found - 1]
    way = "more" if one.actual > one.expected else "less"
    assert f"Furthest off: S{found} ({texts.format_amount(off[found])} {way})" in said


def test_report_and_workbook_say_it_in_one_sentence(december, tmp_path):
    said = texts.forecast_check_sentences(december.outcome.forecast_check)
    assert said.startswith("On November 10, 2017, we expected ")
    assert said.endswith((" more). 2 new customers: 101 more.", " more). 2 new customers: 100 more."))
    page = Words(december.report_html()).text.replace("\n", " ")
    expected, new, more = said.rpartition(" 2 new customers: ")
    assert expected in page
    assert (new + more).strip() in page  # below the table
    book = december.save(tmp_path / "run", excel=True) / "segments.xlsx"
    summary = pd.read_excel(io.BytesIO(book.read_bytes()), sheet_name="Summary", header=None)
    assert said in set(summary[0])


def test_nothing_is_compared_that_can_not_be(log, november):
    earlier, money = earlier_run(november), SimpleNamespace(money=november.outcome.behavior.money)
    soon = SimpleNamespace(orders=money, as_of=earlier.as_of + 27)
    assert check_earlier_forecast(earlier, soon) is None
    elsewhere = SimpleNamespace(money=SimpleNamespace(currency="NOK"))
    assert check_earlier_forecast(earlier, SimpleNamespace(orders=elsewhere, as_of=earlier.as_of + 40)) is None
    strangers = log.assign(customer_id="x" + log.customer_id)
    others = clustera.segment(orders=strangers, as_of=str(AFTER.date()), like=november, progress=False, value=False)
    assert others.outcome.forecast_check is None


def test_between_two_points_the_forecast_grows_evenly_and_its_range_lies_between_theirs():
    path = [
        ForecastPoint(30.4, 100.0, 80.0, 130.0),
        ForecastPoint(60.9, 190.0, 160.0, 230.0),
        ForecastPoint(91.3, 270.0),
    ]
    before = 0.0
    for days in range(28, 92):
        point = forecast_point(path, days)
        assert before < point.sales <= 270.0
        before = point.sales
        assert (point.low is None) == (days >= 61.9)
        if point.low is not None:
            assert 0.8 - 1e-9 <= point.low / point.sales <= 160 / 190 + 1e-9
            assert 230 / 190 - 1e-9 <= point.high / point.sales <= 1.3 + 1e-9
    assert math.isclose(forecast_point(path, 200).sales, 270.0)
