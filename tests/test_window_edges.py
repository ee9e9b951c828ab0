"""A window that ends makes a gap of its own: who bought a day too early seems to have bought nothing. Such a gap is no
evidence of groups; gaps between customers are."""

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.engines import Engine
from clustera.features import available_features, customer_behavior, feature_catalog
from clustera.texts import explain_chosen_k
from tests.features.conftest import orders_of, random_log

END = pd.Timestamp("2024-05-31")


def log_of(*groups):
    """Order lines of several groups, each (customer, age in days, amount); customers of one group are of no other."""
    parts, first = [], 0
    for customer, age, amount in groups:
        day = (END - pd.to_timedelta(age, unit="D")).strftime("%Y-%m-%d")
        parts.append(pd.DataFrame({"customer_id": first + customer, "order_date": day, "amount": amount.round(2)}))
        first += customer.max() + 1
    return pd.concat(parts, ignore_index=True)


def buying_once(random, span, count=300, *, level=3.5, spread=0.4):
    return np.arange(count), random.integers(0, span, count), random.lognormal(level, spread, count)


def buying_again(random, span, count=150, *, orders=8, level=3.5, spread=0.3, silent=0):
    days = np.maximum(random.poisson(orders, count), 1)
    customer = np.repeat(np.arange(count), days)
    return customer, random.integers(silent, span, len(customer)), random.lognormal(level, spread, len(customer))


def drawn(log):
    return clustera.segment(orders=log, value=False, k_max=3, threads=1, progress=False).outcome


def verdict(log):
    selection = drawn(log).selection
    return selection.k, selection.verdict


@pytest.fixture(scope="module")
def once():
    return drawn(log_of(buying_once(np.random.default_rng(5), 346)))


WITHOUT_GROUPS = {
    "everybody buys once": lambda r, span: [buying_once(r, span)],
    "everybody pays the same once": lambda r, span: [buying_once(r, span, spread=0.0)],
    "most buy once": lambda r, span: [buying_once(r, span), buying_again(r, span, 70, orders=3, spread=0.4)],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "span"),
    [("everybody buys once", 346), ("everybody buys once", 900), ("everybody pays the same once", 130),
     ("everybody pays the same once", 500), ("most buy once", 200), ("most buy once", 400)],
)  # fmt: skip
def test_customers_who_buy_on_any_day_are_no_clear_groups(kind, span):
    assert verdict(log_of(*WITHOUT_GROUPS[kind](np.random.default_rng(span), span)))[1] != "clear"


@pytest.mark.parametrize("seed", [1003, 3000])
def test_one_price_of_most_customers_makes_no_clear_groups_of_those_who_buy_again(seed):
    # The price that most share made a power that pressed everybody else into one place far away.
    random = np.random.default_rng(seed)
    log = log_of(buying_once(random, 120, spread=0.0), buying_again(random, 120, 70, orders=3, spread=0.4))
    assert verdict(log)[1] != "clear"


@pytest.mark.parametrize("span", [200, 900])
def test_customers_far_apart_in_how_often_they_buy_stay_clear_groups(span):
    random = np.random.default_rng(span)
    log = log_of(buying_again(random, span, orders=span / 4), buying_again(random, span, orders=3))
    assert verdict(log) == (2, "clear")


def test_customers_who_stopped_long_ago_stay_a_clear_group():
    random = np.random.default_rng(1)
    log = log_of(buying_again(random, 400, orders=40), buying_again(random, 400, orders=20, silent=250))
    assert verdict(log) == (2, "clear")


def test_a_gap_of_a_windows_edge_is_told(once):
    assert "features count orders of a fixed number of days" in explain_chosen_k(once.selection)


def test_a_segment_that_only_a_windows_edge_cuts_off_is_not_called_distinct(once):
    assert "distinct" not in [profile.trust.statement for profile in once.segments]


# ---- windows that fade out


@pytest.fixture
def engine():
    with Engine(threads=1) as made:
        yield made


SUMS = ("order_days", "spend", "recent_spend", "recent_order_days")


def faded(engine, log, names, window=207):
    orders = orders_of(engine, log)
    rows = customer_behavior(orders, as_of=orders.last_day, selection=names, window=window, fading=True)
    return rows.query("select * from {rows} order by cast(customer_id as integer)").to_pandas()


def test_an_order_counts_less_with_every_day_where_windows_fade(engine):
    log = log_of(buying_again(np.random.default_rng(2), 346, 40))
    log.loc[0, "order_date"] = str(END.date())
    found = faded(engine, log, SUMS)
    by_day = log.groupby(["customer_id", "order_date"], as_index=False).amount.sum()
    age = (END - pd.to_datetime(by_day.order_date)).dt.days
    for name, window in zip(SUMS, [207, 207, 91, 91], strict=True):
        weighed = (by_day.amount if name.endswith("spend") else 1) * np.exp(-age / window)
        np.testing.assert_allclose(found[name], weighed.groupby(by_day.customer_id).sum(), rtol=1e-6, err_msg=name)


def test_no_faded_feature_changes_at_once_with_an_orders_day(engine):
    # One customer for each day of two years, 20.00 each: from one day to the next nothing may jump as a window's edge does.
    days = np.arange(730)
    log = log_of((days, days, np.full(730, 20.0)))
    names = [f.name for f in feature_catalog() if not f.needs and f.faded_sql != f.sql]
    found = faded(engine, log, names, window=365)
    for name in names:
        assert found[name].diff().abs().max() <= 0.1 * max(found[name].max() - found[name].min(), 1e-9), name


def test_every_feature_that_looks_back_over_a_window_fades():
    assert not [f.name for f in feature_catalog() if f.faded_sql == f.sql and ("{window}" in f.sql or f.looks_back)]
    assert not [f.name for f in feature_catalog() if "< {window}" in f.faded_sql or "then spend else" in f.faded_sql]


def test_features_of_every_column_fade(engine):
    orders = orders_of(engine, random_log())
    found = customer_behavior(
        orders, as_of=orders.last_day, selection=available_features(orders), window=120, fading=True
    )
    assert found.count() == 25
