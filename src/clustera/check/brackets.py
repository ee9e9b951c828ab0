"""Ordered brackets ("35-44", "65+", "Under 15K", "50-74K") become numbers."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable

from clustera.check.numerals import NumberStyle

RULE = "a bracket stands for its midpoint; an open one is taken to be as wide as its neighbour"

_NUMBER = r"[$€£₹]?\s*\d[\d.,]*\s*(?:k|m)?\s*[$€£₹%]?"
_WORD = r"(?:\s*(?:years?|yrs?|y|old|days?|months?|people|persons?))*"
_RANGE = re.compile(
    rf"^\(?\[?({_NUMBER}){_WORD}\s*(?:-|–|—|to|bis|,|\.\.|until|and)\s*({_NUMBER}){_WORD}\s*\)?\]?$", re.IGNORECASE
)
_BELOW = re.compile(
    rf"^(?:under|below|less than|up to|until|unter|bis|moins de|<=?|≤)\s*({_NUMBER}){_WORD}$|^({_NUMBER}){_WORD}\s*(?:and|or|&)\s*(?:under|below|less|younger)$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    rf"^(?:over|above|more than|at least|from|über|ab|plus de|>=?|≥)\s*({_NUMBER}){_WORD}$"
    rf"|^({_NUMBER}){_WORD}\s*(?:\+|(?:and|or|&)\s*(?:over|above|more|older|up)|plus)$",
    re.IGNORECASE,
)
_ONE = re.compile(rf"^({_NUMBER}){_WORD}$", re.IGNORECASE)


def bounds(text: str) -> tuple[float, float] | None:
    """Lowest and highest value of a bracket, infinite where it is open; None when `text` is none.

    >>> bounds("35-44"), bounds("50-74K"), bounds("65+"), bounds("Under 15K")
    ((35.0, 44.0), (50000.0, 74000.0), (65.0, inf), (-inf, 15000.0))
    """
    text = text.strip()
    if found := _RANGE.match(text):
        low, high = _value(found[1]), _value(found[2])
        if low is None or high is None:
            return None
        thousand = re.search(r"[km]\s*\W*$", found[2], re.IGNORECASE)
        if thousand and not re.search(r"[km]", found[1], re.IGNORECASE):
            low *= 1e3 if thousand[0][0].lower() == "k" else 1e6
        return (low, high) if low < high else None
    for pattern, side in ((_BELOW, -1), (_ABOVE, 1)):
        if (found := pattern.match(text)) and (value := _value(found[1] or found[2])) is not None:
            return (-math.inf, value) if side < 0 else (value, math.inf)
    if (found := _ONE.match(text)) and (value := _value(found[1])) is not None:
        return value, value
    return None


def midpoints(texts: Iterable[str]) -> dict[str, float] | None:
    """What each bracket of a column stands for; None when the texts are not brackets in one order.

    Midpoint of the bounds; an open bracket is taken to be as wide as its neighbour and never reaches below 0.
    At least three, at least one of them a range or open, none overlapping another: so codes like "12-03" don't pass.

    >>> midpoints(["19-24", "25-34", "65+", "35-64"])
    {'19-24': 21.5, '25-34': 29.5, '35-64': 49.5, '65+': 79.5}
    """
    found = {text: bounds(text) for text in texts}
    known = {text: pair for text, pair in found.items() if pair is not None}
    if len(known) < len(found) or len(set(known.values())) < 3 or all(low == high for low, high in known.values()):
        return None
    order = sorted(known, key=lambda text: (known[text], text))
    distinct = sorted(set(known.values()))
    if any(before[1] > after[0] for before, after in itertools.pairwise(distinct)):
        return None
    return {text: _midpoint(known[text], distinct) for text in order}


def _midpoint(pair: tuple[float, float], ordered: list[tuple[float, float]]) -> float:
    low, high = pair
    at = ordered.index(pair)
    if math.isinf(low):
        width = _width(ordered, at + 1)
        return high - (min(width, high) if high > 0 else width) / 2
    if math.isinf(high):
        return low + _width(ordered, at - 1) / 2
    return (low + high) / 2


def _width(ordered: list[tuple[float, float]], at: int) -> float:
    """Width of a closed bracket; of single numbers, the step between them."""
    low, high = ordered[at]
    if math.isinf(low) or math.isinf(high):
        return 0.0
    if high > low:
        return high - low
    neighbour = ordered[at - 1] if at > 0 else ordered[at + 1]
    return min(abs(low - bound) for bound in neighbour if not math.isinf(bound))


def _value(text: str) -> float | None:
    digits = re.sub(r"[^\d.,]", "", text).rstrip(".,")
    style = NumberStyle(".", ",")
    if not re.match(style.pattern, digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = float(digits.replace(",", ""))
    except ValueError:
        return None
    return value * (1e3 if re.search("k", text, re.IGNORECASE) else 1e6 if re.search("m", text, re.IGNORECASE) else 1.0)
