"""Columns that say how long a contract lasts: 12M are twelve months there, where other columns have twelve million."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clustera import lexicon

_MONTHS = re.compile(r"9{1,3}\s?M", re.IGNORECASE)


def is_length_of_contract(name: str, shapes: Mapping[str, int]) -> bool:
    """Whether a column lasts by its name, and has whole numbers with an M in most cells.

    >>> is_length_of_contract("Contract term", {"99M": 8, "9M": 1}), is_length_of_contract("Contract value", {"99M": 8})
    (True, False)
    """
    months = sum(count for shape, count in shapes.items() if _MONTHS.fullmatch(shape))
    if 2 * months <= sum(shapes.values()):
        return False
    money = any(lexicon.name_says(name, "columns", said) for said in ("money", "income", "count"))
    return not money and (lexicon.name_says(name, "names", "term") or lexicon.name_says(name, "columns", "duration"))


def all_in_m(shapes: Mapping[str, int]) -> bool:
    """Whether every cell is a whole number with an M behind it.

    >>> all_in_m({"99M": 8, "9 m": 1}), all_in_m({"99M": 8, "9.9M": 1})
    (True, False)
    """
    return bool(shapes) and all(_MONTHS.fullmatch(shape) for shape in shapes)
