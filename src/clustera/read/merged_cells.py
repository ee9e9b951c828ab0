"""Cells of a sheet that are merged with those below: the value, which stands in the first, holds for all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from clustera.lexicon import NUMBER_BLANKS, NUMBER_MARKS, currencies, name_says
from clustera.read.sheet_choice import TableRole

_NUMBER = re.compile(
    rf"(?P<before>\D*?)(?:\d{{1,3}}(?:[{NUMBER_MARKS}]\d{{3}})+|\d+)(?:[.,]\d+)?(?:e[+-]?\d+)?(?P<behind>\D*)",
    re.IGNORECASE,
)


class MergedCells(NamedTuple):
    """Cells of one column that are merged, by their rows."""

    column: int
    first: int
    last: int


class Repeated(NamedTuple):
    """For each column with merged cells, by its position, how many cells got the value above them, and how many did not."""

    filled: dict[int, int]
    left: dict[int, int]


def repeat_merged_cells(
    columns: Sequence[list[str | None]],
    merged: Sequence[MergedCells],
    *,
    below: int,
    names: Sequence[str],
    role: TableRole,
) -> Repeated:
    """Give each merged cell the value of the first, in rows that hold something else.

    In a log of orders a number is not repeated, unless its column is named after customers or orders: an amount that is merged
    over the lines of an order would count several times.

    Args:
        columns: The cells of the sheet, which are changed.
        merged: Which of them are merged, rows and columns counted from 0.
        below: The first row below the names.
        names: Of the columns.
        role: What the sheet holds.
    """
    found = Repeated({}, {})
    for column, first, last in merged:
        value = columns[column][first] if column < len(columns) and below <= first < len(columns[column]) else None
        if not value or not value.strip():
            continue
        cells = [
            row
            for row in range(first + 1, min(last + 1, len(columns[column])))
            if not columns[column][row] and any(other[row] for other in columns)
        ]
        repeated = role != "orders" or not _is_sum_of_money(value) or _names_a_key(names[column : column + 1])
        if cells:
            counts = found.filled if repeated else found.left
            counts[column] = counts.get(column, 0) + len(cells)
        for row in cells if repeated else ():
            columns[column][row] = value
    return found


def _is_sum_of_money(text: str) -> bool:
    """Whether a text is a number, with a sign of money or without.

    >>> [_is_sum_of_money(text) for text in ("120.5", "1.120,50 €", "(US$ 20)", "2026-01-05", "P17", "10%")]
    [True, True, True, False, False, False]
    """
    found = _NUMBER.fullmatch(text)
    beside = f"{found['before']}{found['behind']}".strip(f"{NUMBER_BLANKS}()+-−.").lower() if found else "?"
    return not beside or beside in currencies()


def _names_a_key(names: Sequence[str]) -> bool:
    return any(name_says(name, "orders", what, whole=True) for name in names for what in ("customer", "order"))
