import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera import features
from clustera.days import EPOCH, day_number
from clustera.engines import Engine
from clustera.errors import InputError

from .by_hand import all_customers
from .conftest import orders_of, random_log

AS_OF = 17_400


def with_day(frame):
    return frame.assign(day=[day_number(date) for date in frame.order_date])


def table_of(orders, as_of=AS_OF, selection=None):
    chosen = features.available_features(orders) if selection is None else selection
    frame = features.customer_behavior(orders, as_of=as_of, selection=chosen).arrow().to_pandas()
    return frame.set_index("customer_id").sort_index()


@pytest.fixture(scope="module")
def read_log():
    """A log as it was read, and what pandas says of each customer."""
    log = random_log(seed=4, lines=600, customers=40)
    log.loc[log.customer_id == 7, "amount"] = -log.amount.abs()  # only ever brings goods back
    log = pd.concat([log, log[log.customer_id == 8].head(1).assign(customer_id=99)])  # ordered once
    with Engine(threads=1) as engine:
        yield orders_of(engine, log, duplicates="keep"), all_customers(with_day(log), AS_OF)


@pytest.mark.parametrize("feature", [feature.name for feature in features.feature_catalog()])
def test_every_feature_is_what_pandas_says(feature, read_log):
    orders, said = read_log
    got, expected = table_of(orders, selection=[feature]), said[[feature]]
    assert list(got.index) == list(expected.index)
    assert np.allclose(got[feature].astype(float), expected[feature].astype(float), rtol=1e-12, equal_nan=True)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), lines=st.integers(5, 120), as_of=st.integers(17_050, 17_600))
def test_any_log_gives_what_pandas_says(seed, lines, as_of):
    log = random_log(seed=seed, lines=lines, customers=8)
    expected = all_customers(with_day(log), as_of) if (with_day(log).day <= as_of).any() else None
    with Engine(threads=1) as engine:
        orders = orders_of(engine, log, duplicates="keep")
        if expected is None:
            with pytest.raises(InputError, match="on or before the snapshot date"):
                features.customer_behavior(orders, as_of=as_of)
            return
        got = table_of(orders, as_of)
    assert list(got.index) == list(expected.index)
    for name in got.columns:
        assert np.allclose(
            got[name].astype(float), expected[name].astype(float), rtol=1e-9, atol=1e-9, equal_nan=True
        ), name


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), pieces=st.integers(1, 7))
def test_permuted_and_rebatched_logs_give_identical_features(seed, pieces):
    log = random_log(seed=seed, lines=300)
    shuffled = log.sample(frac=1, random_state=seed)
    with Engine(threads=1) as engine, Engine(threads=3) as other:
        one = table_of(orders_of(engine, log))
        import pyarrow as pa

        batches = pa.Table.from_pandas(shuffled, preserve_index=False).to_batches(max_chunksize=300 // pieces)
        two = table_of(orders_of(other, pa.Table.from_batches(batches)))
    assert one.to_csv(float_format="%r") == two.to_csv(float_format="%r")


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), as_of=st.integers(17_100, 17_400))
def test_later_orders_change_nothing(seed, as_of):
    log = random_log(seed=seed, lines=200)
    with Engine(threads=1) as engine:
        then = table_of(orders_of(engine, log[with_day(log).day <= as_of]), as_of)
        now = table_of(orders_of(engine, log), as_of)
    assert then.equals(now)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), batches=st.integers(2, 6), as_of=st.integers(17_200, 17_450))
def test_a_log_that_is_backfilled_batch_by_batch_ends_in_the_same_features(seed, batches, as_of):
    log = random_log(seed=seed, lines=200)
    batch = np.random.default_rng(seed).integers(0, batches, len(log))
    arrived = pd.concat([log[batch == at] for at in reversed(range(batches))])
    with Engine(threads=1) as engine:
        whole, late = table_of(orders_of(engine, log), as_of), table_of(orders_of(engine, arrived), as_of)
    assert whole.equals(late)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), as_of=st.integers(17_100, 17_500))
def test_no_order_is_lost_or_counted_twice_among_the_customers(seed, as_of):
    log = random_log(seed=seed, lines=200)
    log["order_id"] = np.arange(len(log))  # one line each
    seen = log[with_day(log).day <= as_of]
    bought = seen[seen.amount > 0]
    if bought.empty:
        return
    with Engine(threads=1) as engine:
        got = table_of(orders_of(engine, log), as_of, ["orders", "order_days", "spend", "lines_per_day"])
    assert got.orders.sum() == len(bought)
    assert got.order_days.sum() == len(bought.drop_duplicates(["customer_id", "order_date"]))
    assert (got.lines_per_day * got.order_days).sum() == pytest.approx(len(bought))
    assert round(got.spend.sum() * 100) == round(seen.amount.sum() * 100)


def test_an_order_that_arrives_late_is_counted_on_its_own_day():
    log = random_log(seed=1, lines=100)
    late = log.head(1).assign(order_id=10_000, amount=500.0)
    with Engine(threads=1) as engine:
        orders = orders_of(engine, pd.concat([log, late]))
        before = table_of(orders, day_number(late.order_date.iloc[0]) - 1)
        without = table_of(orders_of(engine, log), day_number(late.order_date.iloc[0]) - 1)
        after = table_of(orders, selection=["spend"])
        less = table_of(orders_of(engine, log), selection=["spend"])
    assert before.equals(without)
    assert (after.spend - less.spend).sum() == pytest.approx(500)


def test_spend_of_all_customers_is_the_money_used(engine):
    log = random_log(seed=2, lines=500)
    orders = orders_of(engine, log)
    spend = table_of(orders, orders.last_day, ["spend"]).spend
    assert round(spend.sum() * 100) == orders.money.used


def test_two_orders_of_one_day_are_one_order_day(engine):
    log = pd.DataFrame(
        {"customer": ["a"] * 3, "date": ["2020-01-05 10:00", "2020-01-05 18:00", "2020-01-09 09:00"], "amount": 1.0}
    )
    got = table_of(orders_of(engine, log), day_number(datetime.date(2020, 1, 10)), ["order_days", "median_gap"])
    assert got.loc["a"].tolist() == [2, 4]


def test_a_customer_whose_only_order_is_a_refund_is_kept(engine):
    log = pd.DataFrame({"customer": ["a", "b"], "date": ["2020-01-05"] * 2, "amount": [5.0, -3.0]})
    got = table_of(
        orders_of(engine, log), day_number(datetime.date(2020, 1, 10)), ["order_days", "spend", "days_since_last_order"]
    )
    assert got.loc["b", ["order_days", "spend"]].tolist() == [0, -3]
    assert np.isnan(got.loc["b", "days_since_last_order"])


def test_the_default_features_count_as_the_evidence_says(engine):
    orders = orders_of(engine, random_log())
    chosen = features.select_features(orders)
    assert [feature.name for feature in chosen] == ["days_since_last_order", "order_days", "spend", "recent_spend"]
    weights = {"days_since_last_order": 0.25, "order_days": 0.5, "recent_spend": 0.5}
    assert features.default_weights(chosen) == weights


def test_a_feature_without_its_column_says_what_is_lacking(engine):
    log = pd.DataFrame({"customer": ["a"], "date": ["2020-01-05"], "amount": [5.0]})
    with pytest.raises(InputError, match=r"'categories' needs 'category'.*\nHint: Name its column: category=COLUMN"):
        features.customer_behavior(orders_of(engine, log), as_of=20_000, selection=["categories"])


def test_an_unknown_feature_names_the_nearest(engine):
    with pytest.raises(InputError, match="Did you mean 'recent_spend'"):
        features.customer_behavior(orders_of(engine, random_log()), as_of=20_000, selection=["recentspend"])


def test_money_features_carry_the_currency_as_their_unit(engine):
    chosen = features.select_features(orders_of(engine, random_log()), ["spend", "order_days"])
    assert [column.label for column in features.behavior_columns(chosen, currency="EUR")] == [
        "Spend (EUR)",
        "Purchase days",
    ]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "bigquery", "snowflake"])
def test_every_feature_can_be_explained_in_the_dialect_of_a_warehouse(dialect):
    text = features.explain_features(dialect=dialect)
    assert all(f"{feature.name} - {feature.full_title}" in text for feature in features.feature_catalog())
    assert "{as_of}" not in text


def test_features_that_are_not_asked_for_are_not_computed():
    text = features.behavior_query(features.feature_catalog()[1:2], as_of=17_000, table="orders")
    assert "gap" not in text
    assert "amount" not in text


def test_the_worked_example_of_the_method_page(engine):
    lines = [(100, 20.0), (107, 10.0), (107, 5.0), (121, 12.0), (121, -7.0)]
    frame = pd.DataFrame([("a", EPOCH + datetime.timedelta(days=10_000 + d), x) for d, x in lines])
    frame.columns = ["customer", "date", "amount"]
    names = ["order_days", "spend", "days_since_last_order", "average_order_value", "recent_spend", "median_gap"]
    row = table_of(orders_of(engine, frame), 10_200, [*names, "returns_share"]).loc["a"]
    assert row.tolist() == pytest.approx([3, 40, 79, 40 / 3, 5, 10.5, 7 / 47])


def test_a_feature_says_whether_other_customers_change_it():
    log = random_log(seed=9, lines=400, customers=30)
    with Engine(threads=1) as engine:
        names = features.available_features(orders_of(engine, log, duplicates="keep"))
        every = table_of(orders_of(engine, log, duplicates="keep"), selection=names)
        half = table_of(orders_of(engine, log[log.customer_id % 2 == 0], duplicates="keep"), selection=names)
    changed = {
        name
        for name in names
        if not np.allclose(every.loc[half.index, name].astype(float), half[name].astype(float), equal_nan=True)
    }
    assert changed == {f.name for f in features.feature_catalog() if f.kept_by == "all customers"} & set(names)


def test_a_feature_of_sums_is_the_same_for_two_days_as_for_one_with_both_sums(engine):
    log = random_log(seed=3, lines=200, customers=1).assign(order_date=datetime.date(2017, 6, 1))
    log = log[log.amount > 0]
    sums = [
        f.name
        for f in features.feature_catalog()
        if f.kept_by == "sums" and f.unit == "money" and f.name != "average_order_value"
    ]
    own = [name for name in sums if name in features.available_features(orders_of(engine, log, duplicates="keep"))]
    parts = [
        table_of(orders_of(engine, part, duplicates="keep"), selection=own) for part in (log.iloc[::2], log.iloc[1::2])
    ]
    whole = table_of(orders_of(engine, log, duplicates="keep"), selection=own)
    assert np.allclose(whole[own].to_numpy(float), sum(part[own].to_numpy(float) for part in parts))
