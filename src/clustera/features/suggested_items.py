"""What to put in the mail for each customer: what they buy, and what customers like them buy and they do not yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from clustera.engines import Rows, literal
from clustera.errors import InputError, closest
from clustera.lexicon import names_no_category
from clustera.records import Orders

Item = Literal["category", "product"]
FEWEST = 30  # customers of a segment with the same favorite, from whom on they are a crowd of their own
LEAST_SHARE = 0.05  # of similar customers who have bought it; what fewer have bought is not suggested
MOST_ITEMS = 20  # suggested within one crowd, so that the work does not grow with the number of products


def suggested_kind(orders: Orders) -> Item | None:
    """What can be suggested: categories where the log names some, else products; None where it names neither."""
    for item in ("category", "product"):
        if item in orders.rows.columns and orders.rows.has(f"{item} is not null"):
            return item
    return None


def named_categories(orders: Orders, names: Sequence[str]) -> tuple[str, ...]:
    """The categories of the log that are meant by some names, upper and lower case alike, as the log spells them.

    Raises:
        InputError: the log has no category of a name.
    """
    if not names:
        return ()
    if "category" not in orders.rows.columns:
        raise InputError(
            f"exclude_categories names {names[0]!r}, but the log of orders has no column of categories.",
            hint="Say which column has them, --set category=COLUMN, or leave exclude_categories out.",
        )
    known = orders.rows.query(
        "select distinct cast(category as varchar) as name from {rows} where category is not null"
    )
    there = sorted(known["name"].to_pylist())
    lowered = {name.casefold() for name in there}
    for name in names:
        if name.casefold() not in lowered:
            near = closest(name, there)
            raise InputError(
                f"exclude_categories names {name!r}; no order has this category.",
                hint=f"Did you mean {near!r}?" if near else f"Categories of the log: {', '.join(there[:20])}.",
            )
    asked = {name.casefold() for name in names}
    return tuple(name for name in there if name.casefold() in asked)


def suggested_items(orders: Orders, members: Rows, *, item: Item, as_of: int, excluded: Sequence[str] = ()) -> Rows:
    """The last and the favorite item of each customer, and one to suggest.

    Suggested is what most similar customers have bought, and this customer never has. Similar are those of the segment
    who have the same favorite; where they are fewer than 30, all of the segment. A category that stands for none
    ("MISCELLANEOUS", "n/a") is never suggested.

    Args:
        orders: The order lines; only sales above zero up to `as_of` count.
        members: `id` (VARCHAR), `segment` and `preferred` (the item that the segment's action names, else NULL), which is
            suggested first to whoever has not bought it.
        item: What is suggested, as `suggested_kind` says.
        as_of: Snapshot date (days since 1970-01-01).
        excluded: Categories whose purchases don't count here.

    Returns:
        One row per customer who has bought a named item: `customer_id` (VARCHAR), `last_item` (of the last purchase; of
        several, the one with most of the customer's spend), `favorite_item` (most spend), `suggested_item` and
        `suggested_share` (share of the similar customers who have bought it), both NULL where there is nothing to suggest.
    """
    lines = orders.rows
    kept = f" and coalesce(category not in ({', '.join(map(literal, excluded))}), true)" if excluded else ""
    bought = lines.select(
        f"select cast(customer_id as varchar) as customer_id, cast({item} as varchar) as item, sum(amount) as money, "
        "max(day) as day "
        f"from {{rows}} where kind = 'sale' and amount > 0 and {item} is not null and day <= {as_of}{kept} "
        f"group by customer_id, {item}"
    ).keep()
    own = bought.select(
        "select b.customer_id, m.segment, m.preferred, first(b.item order by b.day desc, b.money desc, b.item) as last_item, "
        "first(b.item order by b.money desc, b.item) as favorite_item from {rows} b "
        "join {members} m on m.id = b.customer_id group by 1, 2, 3",
        members=members,
    ).keep()
    placed = own.select(
        "select *, case when count(*) over (partition by segment, favorite_item) >= "
        f"{FEWEST} then favorite_item end as crowd from {{rows}}"
    ).keep()
    named = [row["item"] for row in bought.query("select distinct item from {rows}").to_pylist()]
    unnamed = sorted(name for name in named if names_no_category(name))
    possible = (
        bought.select(f"select * from {{rows}} where item not in ({', '.join(map(literal, unnamed))})")
        if unnamed
        else bought
    )
    ranked = _ranked_items(placed, own, possible)
    best = placed.select(
        "select p.customer_id, first(r.item order by coalesce(r.item = p.preferred, false) desc, r.place) as item, "
        "first(r.share order by coalesce(r.item = p.preferred, false) desc, r.place) as share from {rows} p "
        "join {ranked} r on r.segment = p.segment and r.crowd is not distinct from p.crowd "
        "anti join {bought} b on b.customer_id = p.customer_id and b.item = r.item group by p.customer_id",
        ranked=ranked,
        bought=bought,
    )
    return placed.select(
        "select p.customer_id, p.last_item, p.favorite_item, b.item as suggested_item, b.share as suggested_share "
        "from {rows} p left join {best} b using (customer_id)",
        best=best,
    ).keep()


def _ranked_items(placed: Rows, own: Rows, bought: Rows) -> Rows:
    """The items of each crowd, the one with most buyers first: segment, crowd (NULL: all of the segment), item, place, share."""
    return placed.select(
        "with kinds as (select distinct segment, crowd from {rows}), "
        "buyers as (select o.segment, o.favorite_item, b.item, count(*) as n from {own} o "
        "join {bought} b using (customer_id) group by all), "
        "sizes as (select segment, favorite_item, count(*) as n from {own} group by all), "
        "crowds as (select k.segment, k.crowd, sum(s.n) as customers from kinds k join sizes s "
        "on s.segment = k.segment and (k.crowd is null or k.crowd = s.favorite_item) group by all), "
        "counted as (select k.segment, k.crowd, b.item, sum(b.n) as n from kinds k join buyers b "
        "on b.segment = k.segment and (k.crowd is null or k.crowd = b.favorite_item) group by all), "
        "named as (select distinct segment, preferred from {rows} where preferred is not null), "
        "ranked as (select c.*, c.n / s.customers as share, "
        "row_number() over (partition by c.segment, c.crowd order by c.n desc, c.item) as place "
        "from counted c join crowds s on s.segment = c.segment and s.crowd is not distinct from c.crowd) "
        f"select segment, crowd, item, place, share from ranked r where share >= {LEAST_SHARE} and (place <= {MOST_ITEMS} "
        "or exists (select 1 from named n where n.segment = r.segment and n.preferred = r.item))",
        own=own,
        bought=bought,
    ).keep()
