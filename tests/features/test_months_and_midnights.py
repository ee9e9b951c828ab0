"""A log of months is counted by month and told; an order over midnight is one order."""

import datetime
import random

import duckdb
import pandas as pd
import pytest

from clustera.engines import Engine
from clustera.features import OrderOptions, read_orders
from clustera.read import read

TODAY = datetime.date(2024, 12, 31)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def _read(engine, frame):
    return read_orders(read(frame, engine=engine, role="orders"), options=OrderOptions(today=TODAY))


def _bought(orders):
    return orders.rows.query(
        "select customer_id, day, sum(amount) as money from {rows} group by all order by all"
    ).to_pylist()


@pytest.mark.parametrize("form", ["%Y%m", "%m/%Y", "%b %Y"])
def test_months_are_their_first_day_in_every_spelling_and_told(engine, form):
    chance = random.Random(1)
    months = [datetime.date(2023 + at // 12, at % 12 + 1, 1) for at in range(18) for _ in range(20)]
    frame = pd.DataFrame({"customer": [f"C{chance.randrange(30)}" for _ in months], "amount": 9.5})
    plain = _read(engine, frame.assign(order_date=months))
    assert "dates-of-months" in {finding.code for finding in plain.findings}
    spelled = [int(month.strftime(form)) if form == "%Y%m" else month.strftime(form) for month in months]
    assert _bought(_read(engine, frame.assign(order_date=spelled))) == _bought(plain)


@pytest.mark.parametrize("form", ["%y%m%d", "%d%m%y", "%m%d%y"])
@pytest.mark.parametrize("first", [datetime.date(1993, 1, 1), datetime.date(1998, 6, 1), datetime.date(2022, 3, 1)])
def test_days_of_six_figures_are_read_in_every_order(engine, form, first):
    chance = random.Random(2)
    days = [first + datetime.timedelta(chance.randrange(1000)) for _ in range(400)]
    frame = pd.DataFrame({"account_id": [chance.randrange(40) + 1 for _ in days], "amount": 9.5})
    plain = _bought(_read(engine, frame.assign(date=days)))
    assert _bought(_read(engine, frame.assign(date=[int(day.strftime(form)) for day in days]))) == plain
    assert _bought(_read(engine, frame.assign(date=[day.strftime(form) for day in days]))) == plain


def test_codes_of_six_figures_are_no_months(engine):
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(at) for at in range(200)]
    frame = pd.DataFrame({"customer": [f"C{at % 9}" for at in range(200)], "order_date": days, "amount": 5.0})
    found = _read(engine, frame.assign(amount=[202_401 + at % 9 for at in range(200)]))
    assert found.money.amount(found.money.read) == sum(202_401 + at % 9 for at in range(200))
    assert "dates-of-months" not in {finding.code for finding in found.findings}


def _totals(seconds):
    """Orders of two lines on which the total stands twice, so many seconds apart from two seconds before midnight on."""
    lines = []
    for at in range(60):
        begun = pd.Timestamp("2024-01-01") + pd.Timedelta(days=3 * at + 1, seconds=-2)
        for later in (0, seconds):
            lines.append((f"O{at}", f"C{at % 12}", begun + pd.Timedelta(seconds=later), 10.0 + at))
    return pd.DataFrame(lines, columns=["order_id", "customer_id", "order_date", "amount"])


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("seconds", [1, 5, 900])
def test_a_total_that_is_repeated_over_midnight_counts_once(engine, seconds, typed):
    frame = _totals(seconds)
    if not typed:
        frame["order_date"] = frame["order_date"].dt.strftime("%d.%m.%Y %H:%M:%S")
    found = _read(engine, frame)
    assert float(found.money.amount(found.money.used)) == sum(10.0 + at for at in range(60))
    assert {row["n"] for row in found.rows.query("select count(*) as n from {rows} group by order_id").to_pylist()} == {
        2
    }


def test_what_is_paid_on_two_days_is_no_total(engine):
    frame = _totals(6 * 3600)
    found = _read(engine, frame)
    assert float(found.money.amount(found.money.used)) == 2 * sum(10.0 + at for at in range(60))


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz", "timestamp_ns"])
def test_lines_of_days_that_never_come_are_left_out(tmp_path, engine, kind):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table orders as select i % 9 as customer_id, cast(if(i = 0, 'infinity'::timestamp, "
            f"timestamp '2024-01-01 09:00' + to_hours(7 * i)) as {kind}) as order_date, 5 + i as amount from range(90) t(i)"
        )
    orders = read_orders(read(path, engine=engine), options=OrderOptions())
    assert "future-date" in [finding.code for finding in orders.findings]
