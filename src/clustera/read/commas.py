"""Commas that stand inside numbers, as in $1,234.50 and 84,08 €, and so part no cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SIGN = r"(?:[^\W\d_]{0,3}[$¢-¥\u20a0-\u20cf]|[^\W\d_]{2,3}\.?|[%‰])"  # of money or a share: €, US$, kr, CHF
_AMOUNT = re.compile(
    rf"[(]?(?P<before>{_SIGN})?\s?[-+−]?\s?(?P<sign>{_SIGN})?\s?"
    r"(?P<whole>\d{1,3}(?:[.'’\s]\d{3})+|\d{1,3}(?:,\d{3})+(?=\.)|\d{1,3}(?:,\d{3}){2,}|\d*)"
    rf"(?P<part>[.,]\d+)?\s?(?P<after>{_SIGN})?\s?-?[)]?"
)
_FIGURE = re.compile(r"\d")


def _amounts_in(cells: Iterable[str]) -> list[re.Match[str]] | None:
    """The cells with figures, as amounts; None where a cell with a comma is none."""
    found = []
    for cell in cells:
        match = _AMOUNT.fullmatch(cell) if _FIGURE.search(cell) else None
        if match is None and "," in cell:
            return None
        if match:
            found.append(match)
    return found


def _has_sign(amount: re.Match[str]) -> bool:
    return bool(amount["before"] or amount["sign"] or amount["after"])


def amounts_in_one_column(lines: Sequence[str], separators: Iterable[str]) -> str:
    """Whether lines are one column of numbers with commas in them: "clear" by a sign of money, "close" without, or "".

    What counts 1, 2, 3 before the comma are the row numbers that R writes.

    >>> amounts_in_one_column(["spend", "£84,08", "£1.187,16", "£53,17"], ",;")
    'clear'
    >>> amounts_in_one_column(["spend", "84,08", "187,16", "53,17"], ",;")
    'close'
    >>> amounts_in_one_column(["spend", "1,8", "2,16", "3,17"], ",;"), amounts_in_one_column(["age,spend", "84,8"], ",;")
    ('', '')
    """
    name, *cells = (line.strip() for line in lines)
    filled = [cell for cell in cells if cell]
    found = _amounts_in(filled)
    if not found or 2 * len(found) <= len(filled) or not any("," in amount[0] for amount in found):
        return ""
    signed = all(map(_has_sign, found))
    no_name = bool(_amounts_in([name]))  # the first line is one of them
    if (not signed) if no_name else any(separator in name for separator in separators):
        return ""
    if signed:
        return "clear"
    return _sure_without_sign(found)


def _sure_without_sign(found: Sequence[re.Match[str]]) -> str:
    parted = [amount for amount in found if "," in amount[0]]
    wholes = [amount[0].partition(",")[0].lstrip("0") for amount in parted]
    if len(parted) == len(found) and wholes == [str(number) for number in range(1, len(wholes) + 1)]:
        return ""
    # Few commas: they part thousands, or these lines have a cell more than the others.
    thousands = all(re.fullmatch(r"\D*\d{1,3}(,\d{3})+(\.\d+)?\D*", amount[0]) for amount in parted)
    return "close" if thousands or 2 * len(parted) > len(found) else ""


def commas_are_inside_numbers(records: Iterable[Sequence[str]]) -> bool:
    """Whether all commas of cells that another separator parts stand inside of numbers.

    >>> commas_are_inside_numbers([["7", "84,08"], ["8", "9"]]), commas_are_inside_numbers([["7", "Rome, Italy"]])
    (True, False)
    """
    return _amounts_in(cell.strip() for record in records for cell in record) is not None


def shows_parted_cells(columns: Sequence[Sequence[str]]) -> bool:
    """Whether decimals such as 05 stand behind whole numbers, or one column alone begins with blanks, as behind a comma of a text."""
    figures = [all(map(str.isdecimal, column)) for column in columns]
    zeros = [any(len(cell) > 1 and cell.startswith("0") for cell in column) for column in columns]
    decimals = any(whole and part and zero for whole, part, zero in zip(figures, figures[1:], zeros[1:], strict=False))
    blanks = [all(cell.startswith(" ") for cell in column) for column in columns]
    return decimals or any(blanks) != all(blanks)
