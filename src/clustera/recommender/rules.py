"""What may be recommended: what was excluded, what is in stock and worth selling, and what nobody buys twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from clustera.recommender.purchases import ItemTotals, Numbers, Purchases

FEWEST_TESTED = 30  # buyers who had the time to buy an item again, from whom on it may be called durable
DURABLE_SHARE = 0.02  # of them who did, up to which it is


@dataclass(frozen=True, slots=True)
class ItemRules:
    """Which items may be recommended, and how they are ranked."""

    allowed: Numbers  # bool by item
    durable: Numbers  # bool by item: not recommended to who has it
    margin: Numbers | None = None  # by item: lists are ranked by probability times margin
    most_of_category: int | None = None
    repeats: bool = True  # what a customer has bought may be recommended again
    news: bool = True  # and what a customer has not


@dataclass(frozen=True, slots=True)
class ItemTable:
    """A table of what may be recommended."""

    names: tuple[str, ...]
    stock: tuple[float | None, ...] = ()  # empty: not known
    margin: tuple[float | None, ...] = ()  # of one unit; empty: not known


def make_rules(
    purchases: Purchases,
    totals: ItemTotals,
    *,
    excluded: Collection[str] = (),
    table: ItemTable | None = None,
    most_of_category: int | None = None,
    only: str | None = None,
) -> ItemRules:
    """The rules for the items of a log.

    Args:
        purchases: Of the log.
        totals: Up to its end.
        excluded: Names of items that are never recommended.
        table: Where given, only what it lists is: with a stock above zero and a margin above zero, where it has such columns.
        most_of_category: How many items of one category a customer is recommended at most.
        only: "repeat" for what the customer has bought, "new" for what not; both when left out.
    """
    allowed = np.array([name not in excluded for name in purchases.items], bool)
    margin = None
    if table is not None:
        listed = {name: at for at, name in enumerate(table.names)}
        allowed &= np.array([name in listed for name in purchases.items], bool)
        if table.stock:
            allowed &= _values_by_item(purchases.items, listed, table.stock) > 0
        if table.margin:
            margin = _values_by_item(purchases.items, listed, table.margin)
            allowed &= margin > 0
    return ItemRules(
        allowed, find_durables(totals), margin, most_of_category, repeats=only != "new", news=only != "repeat"
    )


def find_durables(totals: ItemTotals) -> Numbers:
    """Bool by item: at most one in fifty of those who had the time bought it again."""
    durable: Numbers = (totals.tested >= FEWEST_TESTED) & (totals.tested_repeats <= DURABLE_SHARE * totals.tested)
    return durable


def _values_by_item(items: tuple[str, ...], listed: Mapping[str, int], values: tuple[float | None, ...]) -> Numbers:
    """A value of the table by item; 0 where it is not known."""
    return np.array([(values[listed[name]] or 0.0) if name in listed else 0.0 for name in items])
