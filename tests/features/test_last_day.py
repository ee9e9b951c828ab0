"""The snapshot lies on the last day of a log that was over when the log was exported."""

import numpy as np
import pandas as pd
import pytest

from clustera.days import day_number, to_date
from clustera.features import OrderOptions, read_orders
from clustera.texts import finding_message

from .conftest import orders_of, raw_of

FIRST = pd.Timestamp("2023-02-01")
SPELLINGS = {
    "timestamps": lambda times: times,
    "with a zone": lambda times: times.dt.tz_localize("UTC"),
    "ISO": lambda times: times.dt.strftime("%Y-%m-%d %H:%M:%S"),
    "ISO with T": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "ISO to the minute": lambda times: times.dt.strftime("%Y-%m-%d %H:%M"),
    "German": lambda times: times.dt.strftime("%d.%m.%Y %H:%M"),
    "American": lambda times: times.dt.strftime("%m/%d/%Y %I:%M %p"),
    "in letters": lambda times: times.dt.strftime("%d %b %Y %H:%M:%S"),
    "14 figures": lambda times: times.dt.strftime("%Y%m%d%H%M%S"),
    "seconds": lambda times: (times - pd.Timestamp(0)) // pd.Timedelta(seconds=1),
    "serial days": lambda times: ((times - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)).round(5),
}


def log(until, *, days=60, a_day=12, opens=8, closes=22, seed=0):
    """Orders of whole days, exported at the hour `until` of the last one."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), a_day)
    second = random.integers(opens * 3600, closes * 3600, days * a_day)
    last = day == days - 1
    kept = ~last | (second < until * 3600)
    kept[(days - 1) * a_day] = True  # somebody buys when the shop opens
    second[(days - 1) * a_day] = opens * 3600 + 60
    times = FIRST + pd.to_timedelta(day, unit="D") + pd.to_timedelta(second, unit="s")
    amount = random.integers(100, 9_000, days * a_day) / 100
    frame = pd.DataFrame({"customer_id": random.integers(1, 90, days * a_day), "order_date": times, "amount": amount})
    return frame[kept].sample(frac=1, random_state=seed).reset_index(drop=True)


def said(orders):
    return [finding.code for finding in orders.findings]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_day_that_was_not_over_lies_after_the_snapshot_however_times_are_written(engine, spelling):
    frame = log(until=11)
    on_last = frame.order_date >= FIRST + pd.Timedelta(days=59)
    money = round(frame.amount[on_last].sum(), 2)
    frame["order_date"] = SPELLINGS[spelling](frame.order_date)
    orders = orders_of(engine, frame)
    assert to_date(orders.as_of).isoformat() == "2023-03-31"
    assert (orders.money.lines_later, orders.money.amount(orders.money.later)) == (on_last.sum(), money)


@pytest.mark.parametrize("seed", range(8))
def test_lines_and_money_of_the_unfinished_day_are_in_the_balance(engine, seed):
    frame = log(until=9 + seed, days=25 + 9 * seed, a_day=20 + 5 * seed, seed=seed)
    orders = orders_of(engine, frame)
    assert orders.money.closes
    assert orders.money.lines_later > 0
    assert orders.money.lines == len(frame)


def test_the_default_counts_as_if_the_last_complete_day_had_been_asked_for(engine):
    frame = log(until=12)
    default, asked = (read_orders(raw_of(engine, frame), as_of=day) for day in (None, day_number(to_date(19_447))))
    assert default.as_of == asked.as_of == 19_447
    assert default.money == asked.money
    assert default.rows.query("select count(*) as n, sum(amount) as money from {rows}").equals(
        asked.rows.query("select count(*) as n, sum(amount) as money from {rows}")
    )


def test_the_finding_names_the_day_the_hour_and_the_money(engine):
    frame = log(until=8)
    finding = next(f for f in orders_of(engine, frame).findings if f.code == "incomplete-last-day")
    money = frame.amount[frame.order_date >= "2023-04-01"].sum()
    assert finding_message(finding) == (
        "The last day of the log, 2023-04-01, is not complete: its last purchase is at 08:01, while on 100% of the other days "
        "there are purchases an hour or more later. So the snapshot date is 2023-03-31; 1 line after it, "
        f"{money:,.2f}, is not counted."
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_whole_last_day_is_the_snapshot(engine, seed):
    orders = orders_of(engine, log(until=24, a_day=40, seed=seed))
    assert to_date(orders.as_of).isoformat() == "2023-04-01"
    assert not orders.money.lines_later


def test_a_day_that_ends_as_early_as_every_sunday_is_whole(engine):
    frame = log(until=24, a_day=30)
    short = frame.order_date.dt.day_of_week == (FIRST + pd.Timedelta(days=59)).day_of_week
    frame = frame[~short | (frame.order_date.dt.hour < 13)]
    assert "incomplete-last-day" not in said(orders_of(engine, frame))


def test_an_hour_that_hardly_anybody_buys_in_makes_no_day_unfinished(engine):
    frame = log(until=24, a_day=50)
    frame = pd.concat(
        [
            frame,
            pd.DataFrame(
                {"customer_id": 1, "order_date": FIRST + pd.to_timedelta(np.arange(59) * 24 + 23, "h"), "amount": 5.0}
            ),
        ]
    )
    assert "incomplete-last-day" not in said(orders_of(engine, frame))


@pytest.mark.parametrize("spelling", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d 00:00:00", "%Y%m%d"])
def test_dates_without_times_say_nothing_of_the_last_day(engine, spelling):
    frame = log(until=9)
    frame["order_date"] = frame.order_date.dt.strftime(spelling)
    orders = orders_of(engine, frame)
    assert to_date(orders.as_of).isoformat() == "2023-04-01"


def test_as_of_overrides_the_last_complete_day(engine):
    asked = day_number(to_date(19_448))
    orders = read_orders(raw_of(engine, log(until=9)), options=OrderOptions(), as_of=asked)
    assert orders.as_of == orders.last_day == asked
    assert not orders.money.lines_later


def test_a_week_of_orders_is_too_short_to_say_when_days_end(engine):
    assert "incomplete-last-day" not in said(orders_of(engine, log(until=9, days=7)))


def test_lines_of_the_future_are_not_the_last_day(engine):
    frame = log(until=24, a_day=40)
    frame.loc[0, "order_date"] = pd.Timestamp("2199-01-01 06:00")
    orders = orders_of(engine, frame)
    assert to_date(orders.as_of).isoformat() == "2023-04-01"
    assert "future-date" in said(orders)


def test_a_spreadsheet_s_afternoon_belongs_to_its_own_day(engine):
    frame = pd.DataFrame(
        {"customer_id": [1, 2, 3], "order_date": [45_017.1, 45_017.6, 45_017.9], "amount": [5.0, 6.0, 7.0]}
    )
    orders = orders_of(engine, frame)
    assert (orders.first_day, orders.last_day) == (19_448, 19_448)
