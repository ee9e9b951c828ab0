"""What columns are called: those that steps add to a table, and a title with its unit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

# Columns that the steps add to a table. A reader gives no column of a file such a name.
RESERVED = frozenset({"_row", "_id", "_key", "_extra", "_label", "_code", "_source", "_cells"})


def own_columns(columns: Iterable[str]) -> list[str]:
    """The columns that a table came with, whatever they are called.

    >>> own_columns(["_row", "_unsubscribed", "email"])
    ['_unsubscribed', 'email']
    """
    return [name for name in columns if name not in RESERVED]


def names_told(own: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Column -> its name in its own table as people are told it, where reading changed the name.

    Args:
        own: Column -> its name in its own table, blanks included, where that is another one.
        columns: All columns; those that steps add are passed over. A name that two of them have is left to the first.

    >>> names_told({"_id_2": "_id", "Age": " Age", "age_2": "Age"}, ["_id_2", "Age", "age_2"])
    {'_id_2': '_id'}
    """
    told: dict[str, str] = {}
    theirs = set(own_columns(columns))
    for name, of in own.items():
        plain = " ".join(of.split())
        if plain and plain != name and plain not in theirs and plain not in told.values():
            told[name] = plain
    return told


def title_with_unit(title: str, unit: str) -> str:
    """Title and unit; a unit that the title names is not said twice.

    >>> title_with_unit("Purchase days, last 8 months", "days"), title_with_unit("Spend, last 8 months", "USD")
    ('Purchase days, last 8 months', 'Spend, last 8 months (USD)')
    """
    return title if not unit or unit.lower() in re.findall(r"[^\s,()]+", title.lower()) else f"{title} ({unit})"
