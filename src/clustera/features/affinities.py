"""What each segment spends on which category, beside what all customers do."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from clustera.engines import Rows
from clustera.records import CategoryAffinity, Orders

MOST_CATEGORIES = 20  # by the money of all customers; the rest is gathered
REST, NONE = "all other categories", "no category"


def category_affinities(orders: Orders, segments: Rows, *, as_of: int) -> tuple[CategoryAffinity, ...]:
    """The categories that each segment spends its money on, and how that compares with all customers.

    Every line counts, returns and discounts deducted, so the spend of a segment adds up to its revenue to the cent.

    Args:
        orders: The order lines.
        segments: `id` (VARCHAR) and `segment`, in the same engine; lines of other customers are left out.
        as_of: Snapshot date.

    Returns:
        One record per category and segment, the categories with most money first, then what is gathered as
        `REST` and `NONE`; empty when the log has no categories.
    """
    lines, members = orders.rows, segments
    if "category" not in lines.columns:
        return ()
    named = lines.engine.view(
        f"select s.segment, l.category, l.amount from {lines.name} l "
        f"join {members.name} s on s.id = cast(l.customer_id as varchar) where l.day <= {as_of}"
    )
    found = named.query(
        "with ranked as (select category, row_number() over (order by sum(amount) desc, category) as place "
        "from {rows} where category is not null group by category) "
        f"select case when n.category is null then '{NONE}' when place > {MOST_CATEGORIES} then '{REST}' else n.category end "
        f"as category, case when n.category is null then {MOST_CATEGORIES + 2} "
        f"else least(place, {MOST_CATEGORIES + 1}) end as place, segment, sum(amount) as money "
        "from {rows} n left join ranked using (category) group by 1, 2, 3"
    ).to_pylist()
    if all(row["category"] == NONE for row in found):
        return ()
    spend: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(dict)
    of_segment: dict[int, Decimal] = defaultdict(Decimal)
    for row in found:
        spend[row["place"], row["category"]][int(row["segment"])] = row["money"]
        of_segment[int(row["segment"])] += row["money"]
    total = sum(of_segment.values(), Decimal(0))
    made = []
    for (_, category), money in sorted(spend.items()):
        overall = _ratio_of_money(sum(money.values(), Decimal(0)), total)
        for segment in sorted(of_segment):
            own = money.get(segment, Decimal(0))
            share = _ratio_of_money(own, of_segment[segment])
            index = 100 * share / overall if overall > 0 else 100.0
            made.append(CategoryAffinity(segment, category, float(own), share, index))
    return tuple(made)


def _ratio_of_money(part: Decimal, whole: Decimal) -> float:
    return float(part / whole) if whole > 0 else 0.0
