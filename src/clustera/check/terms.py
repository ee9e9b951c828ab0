"""Columns in which 12 m is no 12 million: how long a contract lasts, and lengths and times with their units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from clustera import lexicon
from clustera.check.affixes import METERS, MONTHS, is_span

_WHOLE = re.compile(r"9{1,3}\s?M", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"[-−–(]?\s*9[9{lexicon.NUMBER_MARKS}]*(?P<unit>[^\W\d_]+)[.)]?")


def span_unit(name: str, shapes: Mapping[str, int]) -> str:
    """The unit of a column whose cells in M are no millions, as its name or the other cells say; empty where they may be.

    >>> span_unit("Contract term", {"99M": 8, "9M": 1}), span_unit("Loan term", {"99M": 8}), span_unit("Contract value", {"99M": 8})
    ('M', 'M', '')
    >>> span_unit("Height", {"9.99 m": 8, "n/a": 1}), span_unit("Distance", {"999 m": 3, "9.9 km": 8}), span_unit("Reach", {"9.9M": 8})
    ('m', 'km', '')
    """
    counts = _counted_units(shapes)
    in_m = {METERS, MONTHS}.intersection(counts)
    if not in_m or (not (lasts := _lasts(name)) and _says_how_much(name)):
        return ""
    if lasts and 2 * sum(count for shape, count in shapes.items() if _WHOLE.fullmatch(shape)) > sum(shapes.values()):
        return MONTHS if MONTHS in in_m else METERS
    spans = {unit for unit in counts if unit in in_m or is_span(unit)}
    if spans - in_m:
        return max(sorted(spans), key=counts.__getitem__)
    return METERS if set(counts) == {METERS} else ""


def _counted_units(shapes: Mapping[str, int]) -> Counter[str]:
    """Cells with figures, by the letters behind these; "" for those that have none there."""
    counts = Counter[str]()
    for shape, count in shapes.items():
        if "9" in shape:
            found = _WITH_UNIT.fullmatch(shape.strip())
            counts[found["unit"] if found else ""] += count
    return counts


def _says_how_much(name: str) -> bool:
    return any(lexicon.name_says(name, "columns", said) for said in ("money", "income", "count"))


def _lasts(name: str) -> bool:
    """Whether a name says how long something lasts: a contract, or the word for the length of anything that money is for (loan term)."""
    words = lexicon.words_of(name).split() or [""]
    if lexicon.name_says(words[-1], "names", "length") or any(
        lexicon.name_says(word, "columns", "duration") for word in (words[0], words[-1])
    ):
        return True
    return not _says_how_much(name) and (
        lexicon.name_says(name, "names", "term") or lexicon.name_says(name, "columns", "duration")
    )


def all_in_m(shapes: Mapping[str, int]) -> bool:
    """Whether every cell is a whole number with an M behind it.

    >>> all_in_m({"99M": 8, "9 m": 1}), all_in_m({"99M": 8, "9.9M": 1})
    (True, False)
    """
    return bool(shapes) and all(_WHOLE.fullmatch(shape) for shape in shapes)
