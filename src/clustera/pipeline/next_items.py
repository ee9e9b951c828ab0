"""What to offer the customers of a segment next: their lists of recommendations, gathered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from clustera.engines import Rows
from clustera.records import BasketAffinity, NextItem

LISTED = 3  # items of each kind and segment
LEAST_SHARE = 0.05  # of a segment's customers, in whose lists an item stands
PAIRS = 100  # kept of each segment


def next_items(lists: Rows) -> tuple[NextItem, ...]:
    """The items that most customers of each segment are expected to buy, with the reason that most of them have.

    Args:
        lists: Recommendations of a run, one row per customer and item, with the new items after each list.
    """
    called = "item_name" if "item_name" in lists.columns else "item"
    named = lists.select(f"select * replace ({called} as item) from {{rows}}")
    found = named.query(
        "with sizes as (select segment, count(distinct id) as listed from {rows} group by segment), "
        "items as (select segment, kind, item, count(*) as customers, sum(probability) as expected from {rows} group by all), "
        "reasons as (select segment, kind, item, reason_code, goes_with, count(*) as n, median(days_between) as days_between, "
        "max(share) as share, max(lift) as lift from {rows} group by segment, kind, item, reason_code, goes_with "
        "qualify row_number() over (partition by segment, kind, item order by n desc, reason_code, goes_with) = 1) "
        "select segment, item, kind, customers, listed, expected, reason_code, days_between, goes_with, share, lift "
        "from items join sizes using (segment) join reasons using (segment, kind, item) "
        f"where customers >= {LEAST_SHARE} * listed "
        f"qualify row_number() over (partition by segment, kind order by expected desc, item) <= {LISTED} "
        "order by segment, kind, expected desc, item"
    )
    return tuple(NextItem(**row) for row in found.to_pylist())


def telling_pairs(affinities: Iterable[BasketAffinity]) -> tuple[BasketAffinity, ...]:
    """The pairs of each segment that stand in most baskets above chance; each pair once, told from the item that needs the other."""
    pairs: dict[int | None, dict[frozenset[str], BasketAffinity]] = defaultdict(dict)
    for entry in affinities:
        own, key = pairs[entry.segment], frozenset((entry.item, entry.other))
        if key not in own or own[key].confidence < entry.confidence:
            own[key] = entry
    return tuple(
        entry
        for segment in sorted(pairs, key=lambda number: -1 if number is None else number)
        for entry in sorted(pairs[segment].values(), key=lambda e: (-e.baskets * (1 - 1 / e.lift), e.item, e.other))[
            :PAIRS
        ]
    )
