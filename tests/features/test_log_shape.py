"""A log with a hole, and one whose customers are orders, are told; logs with the usual pauses are not."""

import datetime
import random

import pandas as pd
import pytest

from clustera.engines import Engine
from clustera.features import OrderOptions, read_orders
from clustera.read import read

FIRST = datetime.date(2023, 1, 1)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def _found(engine, days, customers=40, as_of=None):
    frame = pd.DataFrame(
        {
            "customer": [f"C{at % customers}" for at in range(len(days))],
            "order_date": [FIRST + datetime.timedelta(day) for day in sorted(days)],
            "amount": 9.5,
        }
    )
    options = OrderOptions(today=datetime.date(2025, 12, 31))
    asked = None if as_of is None else (FIRST + datetime.timedelta(as_of) - datetime.date(1970, 1, 1)).days
    orders = read_orders(read(frame, engine=engine, role="orders"), options=options, as_of=asked)
    return {f.code: f for f in orders.findings}


def _of_a_shop(seed, *, each_day):
    chance = random.Random(seed)
    return [day for day in range(720) for _ in range(40) if chance.random() < each_day / 40]


@pytest.mark.parametrize("each_day", [0.5, 3, 20])
@pytest.mark.parametrize("holes", [[(60, 90)], [(60, 90), (300, 360)]])
def test_weeks_without_a_line_are_told_with_their_days(engine, each_day, holes):
    days = [day for day in _of_a_shop(1, each_day=each_day) if not any(a <= day < b for a, b in holes)]
    told = _found(engine, days)["pause"]
    for (first, last), pause in zip(holes, told.values["pauses"], strict=True):
        began, ended = (datetime.date.fromisoformat(pause[end]) for end in ("first", "last"))
        assert began <= FIRST + datetime.timedelta(first) <= FIRST + datetime.timedelta(last - 1) <= ended
    assert told.count >= sum(last - first for first, last in holes)


@pytest.mark.parametrize("each_day", [0.02, 0.1, 0.5, 3])
def test_pauses_as_they_always_are_tell_nothing(engine, each_day):
    for seed in range(5):
        assert "pause" not in _found(engine, _of_a_shop(seed, each_day=each_day))


@pytest.mark.parametrize("each_day", [1, 3, 20])
def test_weeks_without_a_line_before_the_snapshot_date_are_told(engine, each_day):
    days = _of_a_shop(1, each_day=each_day)
    told = _found(engine, days, as_of=days[-1] + 31)["ends-early"]
    assert told.count == 31
    assert told.values["last"] == str(FIRST + datetime.timedelta(days[-1]))


@pytest.mark.parametrize("each_day", [0.02, 0.1, 0.5, 3])
def test_a_snapshot_date_within_a_usual_pause_tells_nothing(engine, each_day):
    for seed in range(5):
        days = _of_a_shop(seed, each_day=each_day)
        assert not {"ends-early", "pause"} & set(_found(engine, days, as_of=719))
    assert "ends-early" not in _found(engine, [5] * 30, as_of=60), "one day has no usual pause"
    assert "ends-early" not in _found(engine, _of_a_shop(1, each_day=3), as_of=400)


def test_a_market_on_saturdays_and_a_log_of_months_have_no_pauses(engine):
    assert "pause" not in _found(engine, [day for day in range(0, 700, 7) for _ in range(30)])
    months = [(datetime.date(2023 + at // 12, at % 12 + 1, 1) - FIRST).days for at in range(20) for _ in range(30)]
    assert "pause" not in _found(engine, months)


def test_a_season_that_ends_each_year_is_no_pause(engine):
    days = [day for day in range(3 * 365) if not 180 <= day % 365 < 240 for _ in range(2)]
    assert "pause" not in _found(engine, days)
    assert "pause" in _found(engine, [day for day in days if day < 365 or day % 365 < 100])


def test_a_few_orders_long_before_the_log_are_no_pause(engine):
    assert "pause" not in _found(engine, [0, 1, *range(300, 700)])


def test_customers_of_whom_none_came_back_may_be_orders(engine):
    days = _of_a_shop(1, each_day=3)
    assert _found(engine, days, customers=len(days))["customers-once"].count == len(days)
    assert "customers-once" not in _found(engine, days, customers=len(days) - 1)
    assert "customers-once" not in _found(engine, days[:40], customers=40)


def test_one_customer_who_came_back_is_found_among_thousands(engine):
    days = [at % 300 for at in range(5_000)]
    assert _found(engine, days, customers=5_000)["customers-once"].count == 5_000
    assert "customers-once" not in _found(engine, days, customers=4_999)


@pytest.mark.parametrize("whole", [0.7, 0.88, 0.92, 0.97])
def test_totals_of_orders_are_found_alike_in_many_orders_and_in_few(engine, whole):
    def told(orders):
        order = [at // 2 for at in range(2 * orders)]
        own = [one % 100 >= 100 * whole for one in order]
        log = pd.DataFrame(
            {
                "customer": [f"C{one % 97}" for one in order],
                "order_id": [7 * one + 3 for one in order],
                "order_date": [FIRST + datetime.timedelta(one % 300) for one in order],
                "amount": [
                    10 + one * 0.01 + (at % 2 if apart else 0)
                    for at, (one, apart) in enumerate(zip(order, own, strict=True))
                ],
            }
        )
        orders = read_orders(
            read(log, engine=engine, role="orders"), options=OrderOptions(today=datetime.date(2025, 12, 31))
        )
        return "order-totals" in {f.code for f in orders.findings}

    assert told(90_000) == told(2_000) == (whole >= 0.95)


def test_one_number_of_many_orders_does_not_speak_for_the_others(engine):
    # Numbers that begin again, or one that stands for many orders: a draw by the number alone would take them all or none.
    drawn = f"select i from range(1000) t(i) where hash(i) <= {(2**64 - 1) // 64} limit 1"
    again = int(engine.view(drawn).value("from {rows}"))
    others = 40 * 1_200
    order = [*range(1_000, 1_000 + others), *[again] * 1_200]
    log = pd.DataFrame(
        {
            "customer": [f"C{at % 97}" for at in range(len(order))],
            "order_id": order,
            "order_date": [FIRST + datetime.timedelta(at % 300) for at in range(len(order))],
            "amount": [10 + at * 0.01 for at in range(len(order))],
        }
    )
    second = log.assign(amount=log["amount"] + (log["order_id"] == again))
    twice = pd.concat([log, second.assign(note="2")]).assign(note=lambda both: both["note"].fillna("1"))
    orders = read_orders(
        read(twice, engine=engine, role="orders"), options=OrderOptions(today=datetime.date(2025, 12, 31))
    )
    assert "order-totals" in {finding.code for finding in orders.findings}
