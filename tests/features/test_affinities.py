import datetime

import numpy as np
import pandas as pd
import pytest

from clustera import features
from clustera.days import day_number
from clustera.features.affinities import MOST_CATEGORIES, NONE, REST

from .conftest import orders_of, random_log

AS_OF = 17_450


def by_parity(orders):
    table = features.customer_behavior(orders, as_of=AS_OF, selection=["spend"])
    return table.select("select customer_id as id, cast(customer_id as integer) % 2 as segment from {rows}")


def drawn(engine, log):
    orders = orders_of(engine, log, duplicates="keep")
    known = log[[day_number(date) <= AS_OF for date in log.order_date]]
    return features.category_affinities(orders, by_parity(orders), as_of=AS_OF), known.assign(
        segment=known.customer_id % 2
    )


def test_shares_and_indices_are_those_of_pandas(engine):
    found, lines = drawn(engine, random_log(seed=21, lines=600))
    money = lines.pivot_table("amount", "category", "segment", "sum")
    shares, overall = money / money.sum(), money.sum(axis=1) / money.to_numpy().sum()
    assert {(a.category, a.segment) for a in found} == {(c, s) for c in money.index for s in money.columns}
    for a in found:
        assert a.spend == pytest.approx(money.loc[a.category, a.segment], abs=0.005)
        assert a.share == pytest.approx(shares.loc[a.category, a.segment])
        assert a.index == pytest.approx(100 * shares.loc[a.category, a.segment] / overall[a.category])


def test_a_segments_spend_is_its_revenue_to_the_cent(engine):
    log = random_log(seed=22, lines=800)
    log.loc[::9, "category"] = None
    log["category"] = [c and f"{c} {i % 17}" for i, c in enumerate(log.category)]
    found, lines = drawn(engine, log)
    cents = (lines.amount * 100).round().astype(int).groupby(lines.segment).sum().to_dict()
    assert {s: round(100 * sum(a.spend for a in found if a.segment == s)) for s in cents} == cents


def test_small_categories_and_lines_without_one_are_gathered_last(engine):
    log = random_log(seed=23, lines=900)
    random = np.random.default_rng(1)
    log["category"] = [f"c{i:02d}" for i in random.integers(0, 40, len(log))]
    log.loc[::10, "category"] = None
    found, lines = drawn(engine, log)
    order = list(dict.fromkeys(a.category for a in found))
    largest = lines.groupby("category").amount.sum().sort_values(ascending=False).index[:MOST_CATEGORIES]
    assert order == [*largest, REST, NONE]
    listed = lines[~lines.category.isin(largest) & lines.category.notna()]
    assert sum(a.spend for a in found if a.category == REST) == pytest.approx(listed.amount.sum(), abs=0.005)


def test_a_log_without_categories_has_no_affinities(engine):
    assert drawn(engine, random_log(seed=24).drop(columns="category"))[0] == ()


def test_later_orders_change_nothing(engine):
    log = random_log(seed=25)
    early = log[[day_number(date) <= AS_OF for date in log.order_date]]
    assert drawn(engine, log)[0] == drawn(engine, early)[0]


def test_categories_of_equal_money_stand_in_the_order_of_their_names(engine):
    log = pd.DataFrame({"customer_id": [2, 2], "order_date": [datetime.date(2017, 1, 5)] * 2, "amount": 5.0})
    log["category"] = ["tea", "jam"]
    assert [a.category for a in drawn(engine, log)[0]] == ["jam", "tea"]
