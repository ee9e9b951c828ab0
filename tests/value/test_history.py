from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera.days import as_day
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.value import repeat_purchases
from clustera.value.history import purchase_days, purchases_of_orders

from .conftest import day

ORDERS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 60), st.sampled_from([0.0, 0.1, 0.2, 7.5, -3.0, 1e9])),
    min_size=1,
    max_size=40,
)


def frame(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount"])


def test_cdnow_has_the_published_counts(cdnow_calibration):
    # Fader, Hardie & Lee (2005), section 4: 2,357 customers; note 025: 946 repeat buyers with spend
    assert len(cdnow_calibration) == 2357
    assert ((cdnow_calibration["frequency"] > 0) & (cdnow_calibration["monetary_value"] > 0)).sum() == 946


def test_orders_of_one_day_are_one_purchase():
    made = repeat_purchases(frame([(1, 0, 5.0), (1, 7, 1.0), (1, 7, 2.0)]), as_of=14)
    assert made.loc[0, ["frequency", "recency", "T", "monetary_value"]].tolist() == [1, 1.0, 2.0, 3.0]


def test_a_day_of_refunds_is_no_purchase():
    made = repeat_purchases(frame([(1, 0, 5.0), (1, 7, -1.0)]), as_of=14)
    assert made.loc[0, ["frequency", "recency", "monetary_value"]].tolist() == [0, 0.0, 0.0]


def test_what_comes_back_on_the_day_of_an_order_lowers_its_amount_and_not_the_number_of_purchases():
    made = repeat_purchases(frame([(1, 0, 5.0), (1, 7, 100.0), (1, 7, -30.0), (1, 9, 100.0), (1, 9, -150.0)]), as_of=14)
    assert made.loc[0, ["frequency", "monetary_value"]].tolist() == [2, (70 + 0) / 2]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


LINES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(20_000, 20_012), st.integers(-9, 9).filter(bool)),
    min_size=1,
    max_size=40,
)


@given(LINES, st.integers(20_000, 20_013))
@settings(max_examples=40, deadline=None)
def test_a_log_in_an_engine_and_a_frame_give_equal_purchases(engine, lines, as_of):
    orders = pd.DataFrame(lines, columns=["customer_id", "day", "amount"])
    known = orders.assign(kind=np.where(orders["amount"] < 0, "return", "sale"))
    log = SimpleNamespace(rows=engine.arrow(pa.Table.from_pandas(known)))
    in_engine, in_memory = (
        purchases_of_orders(log, as_of=as_of),
        purchase_days(orders.astype({"amount": float})).until(as_of),
    )
    assert in_engine.customers[in_engine.customer].tolist() == in_memory.customers[in_memory.customer].tolist()
    assert in_engine.day.tolist() == in_memory.day.tolist()
    assert in_engine.amount.tolist() == in_memory.amount.tolist()


def test_a_free_order_is_a_purchase():
    assert repeat_purchases(frame([(1, 0, 5.0), (1, 7, 0.0)]), as_of=14)["frequency"].tolist() == [1]


def test_orders_after_as_of_are_not_seen():
    orders = frame([(1, 0, 5.0), (1, 15, 5.0), (2, 15, 5.0)])
    assert repeat_purchases(orders, as_of=14).equals(repeat_purchases(orders.iloc[:1], as_of=14))


def test_units_are_days_over_their_length():
    orders = frame([(1, 0, 5.0), (1, 30, 5.0)])
    made = {unit: repeat_purchases(orders, as_of=60, unit=unit).loc[0, "T"] for unit in ("day", "week", "month")}
    assert made == {"day": 60.0, "week": 60 / 7, "month": 60 / 30.4375}


@pytest.mark.parametrize("day", [float("inf"), float("nan"), 10**30, -(10**7), pd.NaT, None, [], "2024-13-01"])
def test_what_is_no_day_is_refused(day):
    with pytest.raises(InputError, match="is not a date"):
        as_day(day)


def test_dates_are_read_as_days():
    dates = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "day": pd.to_datetime(["2020-01-01 13:00", "2020-01-08 09:00"]),
            "amount": [1.0, 2.0],
        }
    )
    numbers = dates.assign(day=[day("2020-01-01"), day("2020-01-08")])
    assert repeat_purchases(dates, as_of=day("2020-02-01")).equals(repeat_purchases(numbers, as_of=day("2020-02-01")))


@given(ORDERS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    first = repeat_purchases(frame([(9, 0, 1.0), *rows]), as_of=60)
    assert first.equals(repeat_purchases(frame([*shuffled, (9, 0, 1.0)]), as_of=60))


@given(ORDERS)
def test_a_plain_loop_counts_the_same(rows):
    days: dict[int, dict[int, list[float]]] = {}
    for customer, when, amount in [(9, 0, 1.0), *rows]:
        days.setdefault(customer, {}).setdefault(when, []).append(amount)
    expected = {}
    for customer, lines in days.items():
        bought = sorted((when, max(sum(some), 0.0)) for when, some in lines.items() if max(some) >= 0 and when <= 50)
        if bought:
            spend = [total for _, total in bought[1:]]
            mean = sum(spend) / len(spend) if spend else 0.0
            expected[customer] = (len(bought) - 1, bought[-1][0] - bought[0][0], 50 - bought[0][0], mean)
    made = repeat_purchases(frame([(9, 0, 1.0), *rows]), as_of=50, unit="day").set_index("customer_id")
    assert set(made.index) == set(expected)
    for customer, row in made.iterrows():
        assert tuple(row)[:3] == expected[customer][:3]
        assert row["monetary_value"] == pytest.approx(expected[customer][3], abs=1e-6)


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        (pd.DataFrame({"customer_id": [1], "dya": [1]}), "no column 'day'"),
        (pd.DataFrame({"customer_id": [1], "day": ["yesterday"]}), "'yesterday'"),
        (pd.DataFrame({"customer_id": [1], "day": [1], "amount": [np.nan]}), "amount is"),
        (pd.DataFrame({"customer_id": [None], "day": [1]}), "customer_id is missing"),
        (pd.DataFrame({"customer_id": [1], "day": [99]}), "no order up to February 20, 1970"),
        (pd.DataFrame({"customer_id": [1], "day": [99]})[:0], "none at all"),
        (
            pd.DataFrame({"customer_id": [1, 2], "day": [20240131, 20240201]}),
            "day is 20240131 in order 0, and .* 1 more",
        ),
        (pd.DataFrame({"customer_id": [1], "day": [1_706_659_200]}), "day is 1706659200 in order 0; it must be a date"),
        (pd.DataFrame({"customer_id": [1], "day": pd.to_timedelta([3], "D")}), "day is 3 days"),
        (pd.DataFrame({"customer_id": [[1]], "day": [1]}), "customer_id must be texts or numbers"),
        ({"customer_id": [1], "day": [1]}, "a frame of pandas, polars or Arrow, not a dict"),
    ],
)
def test_orders_that_cannot_be_read_are_refused_with_the_reason(orders, message):
    with pytest.raises(InputError, match=message):
        repeat_purchases(orders, as_of=50)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda day: day.dt.date,
        lambda day: day.astype(object),
        lambda day: day.dt.to_period("D").dt.to_timestamp(),
        lambda day: day.astype("date32[pyarrow]"),
        lambda day: day.dt.tz_localize("Asia/Tokyo"),
    ],
)
def test_days_are_the_same_as_dates_of_python_pandas_or_numpy(spelled):
    log = pd.DataFrame(
        {"customer_id": [1, 1, 2], "day": pd.to_datetime(["2024-01-02", "2024-03-01", "2024-02-01"]), "amount": 5.0}
    )
    expected = repeat_purchases(log, as_of="2024-04-01")
    found = repeat_purchases(log.assign(day=spelled(log["day"])), as_of=np.datetime64("2024-04-01T00:00:00", "ns"))
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("made", [pa.Table.from_pandas, pl.from_pandas])
def test_orders_of_polars_and_arrow_are_those_of_pandas(made):
    log = pd.DataFrame({"customer_id": [1, 1], "day": pd.to_datetime(["2024-01-02", "2024-03-01"]), "amount": 5.0})
    expected = repeat_purchases(log, as_of="2024-04-01")
    pd.testing.assert_frame_equal(repeat_purchases(made(log), as_of="2024-04-01"), expected)


def test_two_columns_of_one_name_are_refused():
    log = pd.DataFrame([[1, 0, 5.0, 6.0]], columns=["customer_id", "day", "amount", "amount"])
    with pytest.raises(InputError, match="more than one column 'amount'"):
        repeat_purchases(log, as_of=10)
