import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera import features
from clustera.days import EPOCH, day_number, to_date
from clustera.engines import Engine
from clustera.errors import InputError

from .conftest import orders_of, random_log

AS_OF = 17_450


def months_of(log):
    return pd.to_datetime(pd.Series(log.order_date.tolist(), index=log.index)).dt.strftime("%Y-%m")


def known(log, as_of=AS_OF):
    return log[[day_number(date) <= as_of for date in log.order_date]]


def by_parity(orders):
    table = features.customer_behavior(orders, as_of=AS_OF, selection=["spend"])
    return table.select("select customer_id as id, cast(customer_id as integer) % 2 as segment from {rows}")


def test_a_segments_months_are_those_of_pandas(engine):
    log = random_log(seed=6, lines=500)
    orders = orders_of(engine, log, duplicates="keep")
    lines = known(log).assign(month=months_of(log), segment=log.customer_id % 2)
    revenue = lines.groupby(["month", "segment"]).amount.sum().round(2)
    bought = lines[lines.amount > 0]
    customers = bought.groupby(["month", "segment"]).customer_id.nunique()
    days = bought.drop_duplicates(["customer_id", "order_date"]).groupby(["month", "segment"]).size()
    found = {(row.month, row.segment): row for row in features.monthly_segments(orders, by_parity(orders), as_of=AS_OF)}
    assert {key: round(row.revenue, 2) for key, row in found.items()} == revenue.to_dict()
    assert {key: row.customers for key, row in found.items()} == customers.to_dict()
    assert {key: row.order_days for key, row in found.items()} == days.to_dict()


def test_revenue_of_all_months_is_the_spend_of_all_customers(engine):
    orders = orders_of(engine, random_log(seed=7, lines=500))
    table = features.customer_behavior(orders, as_of=orders.last_day, selection=["spend"])
    segments = table.select("select customer_id as id, 1 as segment from {rows}")
    months = features.monthly_segments(orders, segments, as_of=orders.last_day)
    assert round(sum(row.revenue for row in months) * 100) == orders.money.used


def test_retention_is_that_of_pandas(engine):
    log = random_log(seed=8, lines=300)
    log["amount"] = log.amount.abs()
    orders = orders_of(engine, log, duplicates="keep")
    lines = known(log.assign(month=pd.PeriodIndex(months_of(log), freq="M")))
    first = lines.groupby("customer_id").month.min()
    age = [(month - first[c]).n for month, c in zip(lines.month, lines.customer_id, strict=True)]
    lines = lines.assign(cohort=lines.customer_id.map(first).astype(str), age=age)
    active = lines.groupby(["cohort", "age"]).customer_id.nunique().to_dict()
    revenue = lines.groupby(["cohort", "age"]).amount.sum().to_dict()
    for cohort in features.order_cohorts(orders, as_of=AS_OF):
        assert cohort.size == cohort.active[0] == (first.astype(str) == cohort.month).sum()
        for months, (customers, money) in enumerate(zip(cohort.active, cohort.revenue, strict=True)):
            assert customers == active.get((cohort.month, months), 0)
            assert money == pytest.approx(revenue.get((cohort.month, months), 0.0))


def test_a_cohort_reaches_to_the_month_of_judgment(engine):
    log = pd.DataFrame({"customer": ["a"], "date": ["2020-01-05"], "amount": [5.0]})
    cohort = features.order_cohorts(orders_of(engine, log), as_of=day_number(datetime.date(2020, 4, 1)))[0]
    assert (cohort.month, cohort.active) == ("2020-01", (1, 0, 0, 0))


def segments(engine, **groups):
    rows = [(customer, int(name[1:])) for name, customers in groups.items() for customer in customers]
    text = ", ".join(f"('{customer}', {segment})" for customer, segment in rows)
    return engine.view(f"select * from (values {text}) t(id, segment)")


def test_moves_leavers_and_newcomers_are_counted(engine):
    before, after = segments(engine, s1="abc", s2="de"), segments(engine, s1="ab", s2="cdx")
    moves, left, came = features.moves_between_days(before, after)
    assert [(m.before, m.after, m.count) for m in moves] == [(1, 1, 2), (1, 2, 1), (2, 2, 1)]
    assert (left, came) == ({2: 1}, {2: 1})


def told(periods):
    return features.moves_over_time(periods, days=range(len(periods)), months=1)


def test_steady_customers_are_forecast_to_stay(engine):
    period = segments(engine, s1="abcd", s2="efghij")
    found = told([period, period, period])
    assert found.sizes[-1] == (4, 6)
    assert found.forecast.expected == pytest.approx((4, 6), abs=0.8)
    assert found.forecast.error_unchanged == found.forecast.move_error_unchanged == 0
    assert found.forecast.better is False
    assert found.periods[0].stayed == 1


def drifting(engine):
    """Every period twenty of a hundred go from 1 to 2 and nobody comes back."""
    letters = [f"c{i}" for i in range(100)]
    return [segments(engine, s1=letters[20 * t :], s2=letters[: 20 * t] or ["z"]) for t in range(4)]


def test_a_regular_drift_is_forecast_better_than_no_change(engine):
    found = told(drifting(engine))
    forecast = found.forecast
    assert (forecast.transitions, forecast.tested) == (3, 2)
    assert forecast.better
    assert forecast.move_error < forecast.move_error_unchanged
    assert forecast.expected[0] < found.sizes[-1][0]


def test_the_error_of_no_change_is_the_share_that_changed(engine):
    # 2nd period: 20 of 100 go, of 100 known; 3rd: again 20.
    forecast = told(drifting(engine)).forecast
    assert forecast.error_unchanged == pytest.approx(0.2)
    assert forecast.move_error_unchanged == pytest.approx(0.2)


def test_sizes_follow_from_moves_and_arrivals(engine):
    periods = [
        segments(engine, s1="abc", s2="de"),
        segments(engine, s1="abx", s2="cdeyz"),
        segments(engine, s2="abcdexyz"),
    ]
    found = told(periods)
    for at, period in enumerate(found.periods):
        for place, segment in enumerate(found.segments):
            into = sum(m.count for m in period.moves if m.after == segment) + dict(period.came).get(segment, 0)
            out_of = sum(m.count for m in period.moves if m.before == segment) + dict(period.left).get(segment, 0)
            assert into == found.sizes[at + 1][place]
            assert out_of == found.sizes[at][place]


def test_one_day_is_not_enough_for_migration(engine):
    with pytest.raises(InputError, match="at least two days"):
        told([segments(engine, s1="ab")])


@pytest.mark.parametrize(
    ("first", "as_of", "months", "days"),
    [
        # A year of orders: the window leaves three earlier month ends.
        ("2017-01-01", "2017-12-31", 1, ["09-30", "10-31", "11-30", "12-31"]),
        ("2017-01-01", "2017-12-15", 1, ["09-15", "10-15", "11-15", "12-15"]),
        # Three years: a window of a year, and quarters.
        (
            "2015-01-01",
            "2017-12-31",
            3,
            ["12-31", "03-31", "06-30", "09-30", "12-31", "03-31", "06-30", "09-30", "12-31"],
        ),
        # Four months: the window is all of them.
        ("2017-01-01", "2017-04-30", 1, ["04-30"]),
    ],
)
def test_days_lie_a_month_apart_or_a_quarter_where_the_log_is_long(first, as_of, months, days):
    start, end = (day_number(datetime.date.fromisoformat(day)) for day in (first, as_of))
    found, apart = features.as_of_days(start, end, features.feature_window(start, end))
    assert apart == months
    assert [str(to_date(day))[5:] for day in found] == days


@given(length=st.integers(1, 4000))
def test_the_log_covers_the_window_before_every_day(length):
    window = features.feature_window(0, length - 1)
    found, _ = features.as_of_days(0, length - 1, window)
    assert 1 <= window <= min(length, 364)
    assert found[0] - window + 1 >= 0
    assert len(found) <= 9


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), window=st.integers(1, 500))
def test_sums_and_counts_look_back_over_the_window_only(seed, window):
    log, as_of = random_log(seed=seed, lines=200, customers=30), 17_400
    names = ["order_days", "spend", "largest_day", "categories", "days_since_last_order"]
    days = log.order_date.map(lambda date: (date - EPOCH).days)
    with Engine(threads=1) as engine:
        found = features.customer_behavior(orders_of(engine, log), as_of=as_of, selection=names, window=window).arrow()
        inside = log[(days > as_of - window) & (days <= as_of)]
        part = orders_of(engine, inside) if len(inside) else None
        alone = features.customer_behavior(part, as_of=as_of, selection=names).arrow().to_pandas() if part else None
    found = found.to_pandas().set_index("customer_id")
    assert set(found.index) == set(log.customer_id[days <= as_of].astype(str))
    if alone is None:
        assert (found.spend == 0).all()
        return
    alone = alone.set_index("customer_id").reindex(found.index)
    for name in ("order_days", "spend", "categories"):
        assert found[name].fillna(0).tolist() == alone[name].fillna(0).tolist()


def weekly(customer, first, orders):
    return [(customer, datetime.date(2020, 1, first) + datetime.timedelta(days=7 * i), 10.0) for i in range(orders)]


def test_who_is_silent_for_longer_than_ever_is_overdue(engine):
    log = pd.DataFrame([*weekly("on time", 3, 10), *weekly("late", 1, 6)], columns=["customer", "date", "amount"])
    orders = orders_of(engine, log)
    found = features.order_rhythm(orders, as_of=orders.last_day).arrow().to_pandas().set_index("customer_id")
    assert found.overdue.to_dict() == {"on time": 0, "late": 1}
    assert found.longest_gap.tolist() == [7, 7]
    risk = features.overdue_customers(orders, as_of=orders.last_day)
    assert (risk.customers, risk.overdue, risk.money) == (2, 1, 60.0)
    assert risk.share == pytest.approx(60 / 160)


def test_risk_by_segment_adds_up_to_that_of_all(engine):
    orders = orders_of(engine, random_log(seed=9, lines=900, customers=40))
    as_of = orders.last_day + 60
    table = features.customer_behavior(orders, as_of=as_of, selection=["spend"])
    parity = table.select("select customer_id as id, cast(customer_id as integer) % 2 as segment from {rows}")
    risk = features.overdue_customers(orders, as_of=as_of, segments=parity)
    assert sum(part.overdue for part in risk.segments) == risk.overdue > 0
    assert sum(part.customers for part in risk.segments) == risk.customers
    assert sum(part.money for part in risk.segments) == pytest.approx(risk.money, abs=0.001)


def test_the_expected_wait_is_the_shrunken_median(engine):
    log = pd.DataFrame([*weekly("a", 3, 10), *weekly("b", 1, 6)], columns=["customer", "date", "amount"])
    orders = orders_of(engine, log)
    found = features.order_rhythm(orders, as_of=orders.last_day).arrow().to_pandas().set_index("customer_id")
    age = {"a": 63, "b": 65}
    average = (63 + 65) / (9 + 5)
    for customer, gaps in (("a", 9), ("b", 5)):
        expected = 0.6931471805599453 * (age[customer] + 3 * average) / (gaps + 3)
        assert found.expected_wait[customer] == pytest.approx(expected)


def test_the_rhythm_is_tested_on_the_quarter_before(engine):
    orders = orders_of(engine, random_log(seed=9, lines=900, customers=40))
    risk = features.overdue_customers(orders, as_of=orders.last_day)
    assert risk.tested_on == orders.last_day - 91
    assert 0 <= risk.returned_others <= 1
    assert 0 < risk.error < 91


def test_one_timers_have_no_rhythm(engine):
    log = pd.DataFrame({"customer": ["a", "b"], "date": ["2020-01-05"] * 2, "amount": [5.0, 3.0]})
    with pytest.raises(InputError, match="ordered on two days"):
        features.order_rhythm(orders_of(engine, log), as_of=20_000)
