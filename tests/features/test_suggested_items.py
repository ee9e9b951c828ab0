"""What is suggested to each customer, found again with pandas."""

import numpy as np
import pandas as pd
import pytest

from clustera import features
from clustera.days import day_number
from clustera.errors import InputError
from clustera.features.suggested_items import FEWEST, LEAST_SHARE

from .conftest import orders_of

AS_OF = 17_450


def random_log(seed, *, customers=240, named=0.9):
    """Order lines of customers who each like some of eight categories; some lines are returns, some name no category."""
    rng = np.random.default_rng(seed)
    taste = rng.dirichlet(np.full(8, 0.4), customers)
    who = np.repeat(np.arange(customers), rng.integers(1, 25, customers))
    category = [f"c{rng.choice(8, p=taste[c])}" if rng.random() < named else None for c in who]
    day = pd.Timestamp("1970-01-01") + pd.to_timedelta(rng.integers(AS_OF - 700, AS_OF + 30, len(who)), unit="D")
    amount = np.where(rng.random(len(who)) < 0.05, -1, 1) * np.round(rng.gamma(2, 12, len(who)) + 0.01, 2)
    return pd.DataFrame({"customer_id": who, "order_date": day.date, "amount": amount, "category": category})


def by_hand(log, segment_of, preferred):
    """customer -> (last, favorite, suggested, share), by loops."""
    known = log[(log.order_date.map(day_number) <= AS_OF) & (log.amount > 0) & log.category.notna()]
    money = known.groupby(["customer_id", "category"])["amount"].sum().round(2)
    day = known.groupby(["customer_id", "category"])["order_date"].max()
    bought = {c: set(part.index.get_level_values("category")) for c, part in money.groupby(level=0)}
    favorite = {c: min(bought[c], key=lambda i: (-money[c, i], i)) for c in bought}
    last = {c: min(bought[c], key=lambda i: (-day[c, i].toordinal(), -money[c, i], i)) for c in bought}
    found = {}
    for c, own in bought.items():
        mine = [o for o in bought if segment_of(o) == segment_of(c)]
        crowd = [o for o in mine if favorite[o] == favorite[c]]
        crowd = crowd if len(crowd) >= FEWEST else mine
        shares = {i: sum(i in bought[o] for o in crowd) / len(crowd) for o in crowd for i in bought[o]}
        left = {i: s for i, s in shares.items() if i not in own and s >= LEAST_SHARE}
        best = min(left, key=lambda i: (i != preferred.get(segment_of(c)), -left[i], i), default=None)
        found[str(c)] = (last[c], favorite[c], best, left.get(best))
    return found


def members(engine, orders, preferred):
    cases = " ".join(f"when segment = {s} then '{i}'" for s, i in preferred.items())
    return orders.rows.select("select distinct customer_id from {rows}").select(
        "with m as (select cast(customer_id as varchar) as id, cast(customer_id as integer) % 3 as segment from {rows}) "
        f"select *, cast({f'case {cases} end' if cases else 'null'} as varchar) as preferred from m"
    )


def test_excluded_categories_are_neither_last_nor_favorite_nor_suggested(engine):
    log = random_log(5)
    orders = orders_of(engine, log, duplicates="keep")
    excluded = features.named_categories(orders, ["C1", "c4"])
    assert excluded == ("c1", "c4")
    rows = features.suggested_items(
        orders, members(engine, orders, {0: "c1"}), item="category", as_of=AS_OF, excluded=excluded
    ).query("from {rows}")
    kept = log[~log.category.isin(excluded)]
    found = {r["customer_id"]: (r["last_item"], r["favorite_item"], r["suggested_item"]) for r in rows.to_pylist()}
    assert found == {c: told[:3] for c, told in by_hand(kept, lambda c: int(c) % 3, {}).items()}


@pytest.mark.parametrize(("names", "hint"), [(["C11"], "Did you mean"), (["xyz"], "Categories of the log: c0, c1")])
def test_a_category_that_no_order_has_is_refused(engine, names, hint):
    orders = orders_of(engine, random_log(1, customers=20))
    with pytest.raises(InputError, match="no order has this category") as error:
        features.named_categories(orders, names)
    assert hint in error.value.hint


@pytest.mark.parametrize(("seed", "preferred"), [(1, {}), (2, {0: "c3", 2: "c7"}), (3, {1: "c0"}), (4, {0: "nothing"})])
def test_the_suggestion_is_what_most_similar_customers_bought_and_this_one_did_not(engine, seed, preferred):
    log = random_log(seed, customers=60 * seed)
    orders = orders_of(engine, log, duplicates="keep")
    rows = features.suggested_items(orders, members(engine, orders, preferred), item="category", as_of=AS_OF).query(
        "from {rows}"
    )
    found = {row.pop("customer_id"): tuple(row.values()) for row in rows.to_pylist()}
    expected = by_hand(log, lambda c: c % 3, preferred)
    assert {c: row[:3] for c, row in found.items()} == {c: row[:3] for c, row in expected.items()}
    assert [row[3] for row in found.values()] == pytest.approx([expected[c][3] for c in found])


def test_products_are_suggested_where_no_category_is_named(engine):
    log = random_log(5).rename(columns={"category": "product"})
    assert features.suggested_kind(orders_of(engine, log, duplicates="keep")) == "product"


def test_nothing_is_invented_where_nothing_is_named(engine):
    log = random_log(6)
    assert features.suggested_kind(orders_of(engine, log.drop(columns="category"), duplicates="keep")) is None
    assert features.suggested_kind(orders_of(engine, log.assign(category=None), duplicates="keep")) is None


@pytest.mark.parametrize(
    "unnamed", ["MISCELLANEOUS", "Other", "N/A", "Sonstiges", "autres", "Прочее", "その他", "no category", "-", "k.A."]
)
def test_a_category_that_names_none_is_never_suggested(engine, unnamed):
    log = random_log(7, customers=60)
    often = log.category.value_counts().index[0]
    log["category"] = log.category.where(log.category != often, unnamed)
    rows = features.suggested_items(
        orders_of(engine, log, duplicates="keep"),
        members(engine, orders_of(engine, log, duplicates="keep"), {}),
        item="category",
        as_of=AS_OF,
    )
    found = rows.query("from {rows}").to_pandas()
    assert found.suggested_item.notna().any()
    assert unnamed not in set(found.suggested_item)
    assert (found.suggested_item != found.favorite_item).all()
