"""Ordered brackets ("35-44", "65+", "Less than RM25,000", "von 20 bis 29") become numbers."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clustera.check.bracket_words import SAME_UNITS, bracket_pattern, scale_patterns
from clustera.lexicon import cell_words

RULE = "a bracket stands for its midpoint; an open one is taken to be as wide as its neighbor; none is 0"

_TIMES = {times: f"(?:{words})" for times, words in scale_patterns().items()}
_NO_LETTER = r"(?![a-zà-ÿа-яčšžěř])"
_TIMES_PATTERN = re.compile("|".join(f"(?P<t{at}>{words}){_NO_LETTER}" for at, words in enumerate(_TIMES.values())))
_NUMBER = re.compile(
    r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?!\d)|\d[\d.,]*)"
    rf"(?:\s*(?:{'|'.join(_TIMES.values())})\.?{_NO_LETTER})?"
)
_BELOW, _ABOVE, _TO = bracket_pattern("below"), bracket_pattern("above"), bracket_pattern("to")
_BETWEEN, _FILLERS = bracket_pattern("between"), bracket_pattern("fillers")
_NOTHING, _ANSWER = bracket_pattern("nothing"), bracket_pattern("answer")
_NEW, _A_TIME = bracket_pattern("new"), bracket_pattern("times")
# As pandas.cut and R's cut write them: (18, 35], [18,35), (65.0, inf].
_END = r"\s*([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf))\s*"
_INTERVAL = re.compile(rf"(?:\({_END},{_END}\]|\[{_END},{_END}[\])])")
_MARKS = " \t\u00a0\u202f()[].,;:'’\"*"
UNIT_WORDS = 3  # what a bracket may say besides its numbers: "RM", "days per week"


@dataclass(frozen=True, slots=True)
class Bracket:
    """What one cell says: its bounds, infinite where it is open, and the unit that it is written with."""

    low: float
    high: float
    unit: str = ""


def bracket_bounds(text: str) -> tuple[float, float] | None:
    """Lowest and highest value of a bracket, infinite where it is open; None when `text` is none.

    >>> bracket_bounds("35-44"), bracket_bounds("50-74K"), bracket_bounds("65+"), bracket_bounds("Under 15K")
    ((35.0, 44.0), (50000.0, 74000.0), (65.0, inf), (-inf, 15000.0))
    >>> bracket_bounds("(18, 35]"), bracket_bounds("[65.0, inf)"), bracket_bounds("(47.61, 8.12)")
    ((18.0, 35.0), (65.0, inf), None)
    >>> bracket_bounds("From 20 to 29"), bracket_bounds("Less than RM25,000"), bracket_bounds("plus de 3 ans"), bracket_bounds("within 1km")
    ((20.0, 29.0), (-inf, 25000.0), (3.0, inf), (-inf, 1.0))
    """
    found = bracket_of(text)
    return (found.low, found.high) if found else None


def bracket_of(text: str) -> Bracket | None:
    """What a cell says as a bracket; None when it is none."""
    text = text.lower().strip()
    interval = _INTERVAL.fullmatch(text)
    if interval is None:
        return _worded_bracket(text)
    low, high = (float(end) for end in interval.groups() if end is not None)
    return Bracket(low, high) if low < high else None


def _worded_bracket(text: str) -> Bracket | None:
    numbers = list(_NUMBER.finditer(text))
    if not 1 <= len(numbers) <= 2:
        return None
    before, after = text[: numbers[0].start()], text[numbers[-1].end() :]
    if len(numbers) == 2:
        return _range_bracket(before, numbers[0][0], text[numbers[0].end() : numbers[1].start()], numbers[1][0], after)
    value = _bound_value(numbers[0][0])
    if value is None or (re.search(r"[-–−]\s*[^\w\s]?\s*$", before) and not _TO.fullmatch(text)):  # fmt: skip
        return None  # -3 is a number with its sign
    around = f"{before} {after}"
    below, above = _BELOW.search(around), _ABOVE.search(around)
    if below and above and {below.group(), above.group()} != {"up to", "up"}:
        # "up to and over" says nothing; of "not more than" the longer phrase counts.
        shorter = below if len(below.group()) < len(above.group()) else above
        below, above = (None, above) if shorter is below else (below, None)
    if below:
        return _with_unit(-math.inf, value, _without(around, _BELOW))
    if above:
        return _with_unit(value, math.inf, _without(around, _ABOVE))
    return _with_unit(value, value, around)


def _range_bracket(before: str, first: str, between: str, second: str, after: str) -> Bracket | None:
    low, high = _bound_value(first), _bound_value(second)
    if low is None or high is None or not _TO.search(between):
        return None
    times = _multiplier_of(second)
    if times != 1.0 and _multiplier_of(first) == 1.0 and low * times < high * 1.0001:
        low *= times
    if not low < high:
        return None
    rest = _without(between, _TO)
    return _with_unit(low, high, " ".join((_without(before, _BETWEEN), rest, _without(after, _BETWEEN))))


def _with_unit(low: float, high: float, rest: str) -> Bracket | None:
    words = [word.strip(_MARKS) for word in _without(rest, _FILLERS).split()]
    unit = dict.fromkeys(word for word in words if word)
    return Bracket(low, high, " ".join(unit)) if len(unit) <= UNIT_WORDS else None


def _without(text: str, words: re.Pattern[str]) -> str:
    return words.sub(" ", text)


_POWER = re.compile(r"[-+]?\d+(?:[.,]\d*)?e[-+]?\d+", re.IGNORECASE)


def _all_say_nothing(texts: Iterable[str], beside: Iterable[Bracket]) -> bool:
    """Whether texts that are no brackets stand for 0 beside some that are: "none", and "new" beside times."""
    a_time = any(_A_TIME.search(bracket.unit) for bracket in beside)
    return all(cell_says_nothing(text) or (a_time and _NEW.fullmatch(text.lower().strip())) for text in texts)


def _from_zero(pairs: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {text: (max(low, 0.0), high) for text, (low, high) in pairs.items()}


def bracket_midpoints(texts: Iterable[str]) -> dict[str, float] | None:
    """What each bracket of a column stands for; None when the texts are not brackets in one order and one unit.

    Midpoint of the bounds; an open bracket is taken to be as wide as its neighbor and never reaches below 0.
    At least three, at least one of them a range or open, none overlapping another: so codes like "12-03" don't pass.

    >>> bracket_midpoints(["19-24", "25-34", "65+", "35-64"])
    {'19-24': 21.5, '25-34': 29.5, '35-64': 49.5, '65+': 79.5}
    >>> bracket_midpoints(["none", "1", "2 to 4", "more than 4"])
    {'none': 0.0, '1': 1.0, '2 to 4': 3.0, 'more than 4': 5.0}
    >>> bracket_midpoints(["1e5", "51,78 €", "93,10 €"]) is None
    True
    """
    pairs = _bounds_of_texts(list(texts))
    if pairs is None:
        return None
    distinct = sorted(set(pairs.values()))
    if not _in_one_order(distinct):
        return None
    order = sorted(pairs, key=lambda text: (pairs[text], text))
    return {text: _midpoint(pairs[text], distinct) for text in order}


def _bounds_of_texts(texts: Sequence[str]) -> dict[str, tuple[float, float]] | None:
    """The bounds of brackets of one unit, of texts that say none 0; None when a text is neither."""
    if any(_POWER.fullmatch(text.strip()) for text in texts):  # 1e5 is one number, not 1 "e" 5
        return None
    found = {text: bracket_of(text) for text in texts}
    known = {text: bracket for text, bracket in found.items() if bracket is not None}
    nothing = [text for text, bracket in found.items() if bracket is None]
    if not known or not _one_unit({bracket.unit for bracket in known.values()} - {""}):
        return None
    pairs = {text: (bracket.low, bracket.high) for text, bracket in known.items()}
    if not nothing:
        return pairs
    below = any(low < 0 or low == high == 0 for low, high in pairs.values() if not math.isinf(low))
    if below or not _all_say_nothing(nothing, known.values()):
        return None
    return _from_zero(pairs) | dict.fromkeys(nothing, (0.0, 0.0))


def _in_one_order(distinct: Sequence[tuple[float, float]]) -> bool:
    """Whether sorted bounds are at least three, one of them a range, and none reaches into the next."""
    ranges = len(distinct) >= 3 and any(low != high for low, high in distinct)
    return ranges and all(before[1] <= after[0] for before, after in itertools.pairwise(distinct))


def cell_says_nothing(text: str) -> bool:
    """Whether a cell says in words that there is none: of counts and amounts that is 0.

    >>> cell_says_nothing("none"), cell_says_nothing("No income"), cell_says_nothing("keine Kinder"), cell_says_nothing("north")
    (True, True, True, False)
    >>> cell_says_nothing("sin información")
    False
    """
    text = text.lower().strip()
    found = _NOTHING.match(text)
    if found is None or re.search(r"\d", text) or text in cell_words("unknown"):
        return False
    rest = text[found.end() :]
    return len(rest.split()) <= 2 and not _ANSWER.search(rest)


def _one_unit(units: set[str]) -> bool:
    """Whether units are one, but for its forms: year and years."""
    words = [unit.split() for unit in units]
    shorter = min(words, key=len, default=[])
    longest = max(map(len, words), default=0)
    if longest > len(shorter) + 1:
        return False
    stems = {frozenset(_stem(word) for word in unit) for unit in words}
    # "$" here and "$ a year" there are one unit.
    return all(one <= other or other <= one for one, other in itertools.combinations(stems, 2))


def _stem(word: str) -> str:
    group = next((min(group) for group in SAME_UNITS if word in group), None)
    return group or (word[:3] if len(word) > 3 else word.rstrip("s"))


def _midpoint(pair: tuple[float, float], ordered: list[tuple[float, float]]) -> float:
    low, high = pair
    at = ordered.index(pair)
    if math.isinf(low):
        width = _bracket_width(ordered, at + 1)
        return high - (min(width, high) if high > 0 else width) / 2
    if math.isinf(high):
        return low + _bracket_width(ordered, at - 1) / 2
    return (low + high) / 2


def _bracket_width(ordered: list[tuple[float, float]], at: int) -> float:
    """Width of a closed bracket; of single numbers, the step between them."""
    low, high = ordered[at]
    if math.isinf(low) or math.isinf(high):
        return 0.0
    if high > low:
        return high - low
    neighbor = ordered[at - 1] if at > 0 else ordered[at + 1]
    return min((abs(low - bound) for bound in neighbor if not math.isinf(bound)), default=0.0)


def _multiplier_of(number: str) -> float:
    found = _TIMES_PATTERN.search(number)
    return list(_TIMES)[int((found.lastgroup or "t0")[1:])] if found else 1.0


def _bound_value(text: str) -> float | None:
    """The number of a bound; None where there is none, or it has more figures than any number can have."""
    value = _number_in(text)
    return value if value is not None and math.isfinite(value) else None


def _number_in(text: str) -> float | None:
    digits = re.sub(r"[^\d.,]", "", text).rstrip(".,")
    for decimal, group in ((".", ","), (",", ".")):
        if re.fullmatch(
            rf"\d{{1,3}}(?:{re.escape(group)}\d{{2,3}})*{re.escape(group)}\d{{3}}(?:{re.escape(decimal)}\d+)?", digits
        ):
            return float(digits.replace(group, "").replace(decimal, ".")) * _multiplier_of(text)
    try:
        return float(digits.replace(",", ".")) * _multiplier_of(text)
    except ValueError:
        return None
