"""Upgrades: for a category in which a customer buys, a product of the next price tier."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from clustera.engines import Rows

TIERS = 3  # of the products of a category, by price
DEARER = 1.05  # than what the customer pays on average, at least
MOST_TRIED = 20  # products of a tier that are tried for each customer, the most bought first
LEAST_DAYS = 2  # purchase days in a category, from which on a usual tier is told


def find_upgrades(lines: Rows, people: Rows, *, allowed: Sequence[str], as_of: int, count: int) -> Rows | None:
    """The most bought product one price tier above the one that a customer usually buys in a category.

    The products of a category are cut into three tiers of about as many products each, by their average price. A customer's
    usual tier is the one of most purchase days.

    Args:
        lines: Order lines as `Orders.rows` has them.
        people: `id` (VARCHAR) of the customers, and `segment`.
        allowed: Products that may be recommended.
        as_of: The last day that counts.
        count: Categories of each customer at most, those with most of their money first.

    Returns:
        id, segment, category, usual_price, item, price, share (of the customers who have bought the item), by id and the
        category's money; None where the log names no products with categories.
    """
    if not {"product", "category"} <= set(lines.columns):
        return None
    pieces = "quantity" if "quantity" in lines.columns else "1"
    sales = lines.select(
        f"select cast(customer_id as varchar) as id, cast(product as varchar) as item, category, day, amount, {pieces} as pieces "
        f"from {{rows}} where kind = 'sale' and amount > 0 and {pieces} > 0 and product is not null and category is not null "
        f"and day <= {as_of}"
    ).keep()
    products = sales.select(
        "with kinds as (select item, arg_max(category, (n, category)) as category from "
        "(select item, category, count(*) as n from {rows} group by all) group by item), "
        "priced as (select item, cast(sum(amount) as double) / cast(sum(pieces) as double) as price, "
        "count(distinct id) as buyers from {rows} group by item) "
        "select item, category, price, buyers, "
        f"ntile({TIERS}) over (partition by category order by price, item) as tier from kinds join priced using (item) "
        f"qualify count(*) over (partition by category) >= {TIERS}"
    ).keep()
    usual = sales.select(
        "with days as (select s.id, p.category, p.tier, count(distinct s.day) as days, max(s.day) as last, "
        "sum(s.amount) as money, sum(s.pieces) as pieces from {rows} s join {products} p using (item) group by all) "
        "select id, category, arg_max(tier, (days, last, tier)) as tier, cast(sum(money) as double) as money, "
        "cast(sum(money) as double) / cast(sum(pieces) as double) as price from days group by id, category "
        f"having sum(days) >= {LEAST_DAYS}",
        products=products,
    ).keep()
    may = lines.engine.arrow(pa.table({"item": pa.array(allowed, pa.string())}))
    tried = products.select(
        "select *, row_number() over (partition by category, tier order by buyers desc, item) as place from {rows} "
        f"semi join {{may}} using (item) where tier > 1 qualify place <= {MOST_TRIED}",
        may=may,
    ).keep()
    bought = sales.select("select distinct id, item from {rows}").keep()
    segment = ", c.segment" if "segment" in people.columns else ""
    return usual.select(
        f"select u.id{segment}, u.category, u.price as usual_price, t.item, t.price, "
        "t.buyers / (select count(distinct id) from {bought}) as share from {rows} u join {people} c on c.id = u.id "
        f"join {{tried}} t on t.category = u.category and t.tier = u.tier + 1 and t.price >= {DEARER} * u.price "
        "anti join {bought} b on b.id = u.id and b.item = t.item "
        "qualify row_number() over (partition by u.id, u.category order by t.place) = 1 "
        f"and dense_rank() over (partition by u.id order by u.money desc, u.category) <= {count} "
        "order by u.id, u.money desc, u.category",
        people=people,
        tried=tried,
        bought=bought,
    ).keep()
