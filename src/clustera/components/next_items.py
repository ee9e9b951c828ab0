"""What to offer next: in a line on a segment's card, as tables of a segment, and of one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clustera import texts
from clustera.components.markup import Markup, fill
from clustera.records import BasketAffinity, NextItem, Outcome, RecommendedItem

_PAIRS_SHOWN = 8
_NEW_ON_CARD = 2


def segment_next_items(outcome: Outcome, segment: int) -> tuple[NextItem, ...]:
    """What many customers of a segment are likely to buy next; empty where nothing was recommended."""
    kept = outcome.recommended
    if kept is None:
        return ()
    return tuple(_titled(item, kept.summary.item) for item in kept.next_items if item.segment == segment)


def _titled(item: NextItem, of: RecommendedItem) -> NextItem:
    partner = texts.item_title(item.goes_with, of) if item.goes_with else item.goes_with
    return replace(item, item=texts.item_title(item.item, of), goes_with=partner)


def segment_pairs(outcome: Outcome, segment: int) -> tuple[BasketAffinity, ...]:
    """What a segment buys together; what all customers do where there are no pairs of its own."""
    kept = outcome.recommended
    if kept is None:
        return ()
    of = kept.summary.item
    pairs = [
        replace(pair, item=texts.item_title(pair.item, of), other=texts.item_title(pair.other, of))
        for pair in kept.pairs
    ]
    return tuple(p for p in pairs if p.segment == segment) or tuple(p for p in pairs if p.segment is None)


def next_offer_line(outcome: Outcome, segment: int) -> Markup:
    """The first new items, and the first that customers buy again, each with its reason; empty where there is none."""
    found = segment_next_items(outcome, segment)
    new, again = ([item for item in found if item.kind == kind] for kind in ("new", "repeat"))
    items = [(item.item, texts.short_reason(item)) for item in (*new[:_NEW_ON_CARD], *again[:1])]
    return fill("next_line.html.j2", items=items) if items else Markup("")


def segment_next_tables(outcome: Outcome, segment: int) -> tuple[Markup, Markup]:
    """What to offer a segment next, and what it buys together; empty where nothing was recommended."""
    if outcome.recommended is None:
        return Markup(""), Markup("")
    items = segment_next_items(outcome, segment)
    return next_item_table(items, outcome.recommended.summary.days), pair_table(segment_pairs(outcome, segment))


def next_item_table(items: Sequence[NextItem], days: int) -> Markup:
    """Items, for how many customers they are among the best, how many are expected to buy them, and why.

    Args:
        items: Of one segment.
        days: That the expectation is about.
    """
    rows = [(item, texts.next_item_reason(item)) for item in items]
    return fill("next_items.html.j2", rows=rows, days=days) if rows else Markup("")


def pair_table(pairs: Sequence[BasketAffinity]) -> Markup:
    """Pairs of items that are bought on the same day: support, confidence and lift."""
    own = bool(pairs) and pairs[0].segment is not None
    return fill("pairs.html.j2", pairs=pairs[:_PAIRS_SHOWN], own=own) if pairs else Markup("")


def recommended_table(rows: Sequence[Mapping[str, Any]], days: int, *, of: RecommendedItem) -> Markup:
    """What one customer is likely to buy next, with probability and reason.

    Args:
        rows: Of one customer, by rank, as `seg.recommend` lists them.
        days: That a probability is about.
        of: What the items are.
    """
    told = [dict(row) | {"title": texts.item_title(row.get("item_name") or row["item"], of)} for row in rows]
    told.sort(key=lambda row: -row["probability"])  # as listed, what was bought before comes first
    return fill("recommended.html.j2", rows=told, days=days) if rows else Markup("")
