"""What a column measures: its name proposes, its cells decide."""

from __future__ import annotations

from clustera.check.look import Look
from clustera.check.words import meaning_of_name, meanings_of_name, tells_elapsed
from clustera.records import Column, Kind

# Parts of a date, and the whole numbers that they can be; 0 stands for "never".
PARTS: dict[str, tuple[int, int]] = {
    "month": (0, 12),
    "weekday": (0, 7),
    "week": (0, 53),
    "quarter": (0, 4),
    "hour": (0, 24),
    "monthday": (0, 31),
}
FEW = 20  # different values that a label or a code of people can have
LEVELS = 12  # the farthest from zero that a level is
_LONG = 1e6  # numbers of fewer figures are no phone numbers
_OLDEST = 130
_LEAST_POSTCODE = 100  # of Iceland they have three figures
_EASTERNMOST = 180  # degrees


def measure_of(column: Column) -> str:
    """What a column measures, as the check decided; by its name where an earlier version did not say."""
    return meaning_of_name(column.name) if column.measures is None else column.measures


def decide_measure(look: Look, kind: Kind, *, is_label: bool | None = None) -> str:
    """What a column measures: of all that its name may say, the first that its cells can be.

    Args:
        look: What the column holds.
        kind: What its cells are read as.
        is_label: Whether the other columns predict it; None where that was not asked.

    Returns:
        A key of the section "columns" of the table of words, "level" for a few small whole numbers of which the name says
        nothing, or money that can't be, or an empty string.
    """
    for said in meanings_of_name(look.name):
        if said == "latest" and kind != "date":
            continue
        held = _held(said, look, kind, is_label=is_label)
        if held:
            return held
    return "level" if kind == "number" and _is_level(look) else ""


def is_year(look: Look) -> bool:
    """Whether a column holds whole numbers that are all years, but for zeros, which stand for "never"."""
    if look.low is None or look.high is None or look.whole != look.numbers or not 1850 <= look.high <= 2100:
        return False
    if look.low >= 1850:
        return True
    # "1990" and "1990.0" are the same year; what is no number is told elsewhere.
    years = [float(text) for text in look.values or () if _is_number_text(text)]
    return look.low == 0 and bool(years) and all(year == 0 or year >= 1850 for year in years)


def _held(said: str, look: Look, kind: Kind, *, is_label: bool | None) -> str:
    """What cells under a name hold: what the name says, something akin to it, or an empty string where it can't be."""
    if said in PARTS:
        return _held_as_part(said, look, kind)
    if kind == "number" and look.low is not None and look.high is not None:
        return _held_as_number(said, look, is_label=is_label)
    if said == "age" and kind == "date":
        return "birth"
    if said == "outcome" and is_label is False:
        return ""
    if said == "gender" and look.distinct > FEW:
        return ""
    return "" if said in {"email", "phone", "person", "address"} and not _may_be_personal(said, look, kind) else said


def _held_as_part(said: str, look: Look, kind: Kind) -> str:
    if kind == "date":
        return "date"
    low, high = PARTS[said]
    return said if kind != "number" or _whole_within(look, low, high) else ""


def _held_as_day(said: str, look: Look) -> str:
    if is_year(look):
        return "year"
    return "monthday" if said == "date" and _is_monthday(look) else ""


def _is_monthday(look: Look) -> bool:
    """Dates in figures are of kind "date"; what else goes from 1 to some 31 is a day of the month."""
    whole, low, high = look.whole == look.numbers, look.low or 0.0, look.high or 0.0
    return low >= 1 and 28 <= high <= 31 and whole and not tells_elapsed(look.name)


def _held_as_number(said: str, look: Look, *, is_label: bool | None) -> str:
    few, low, high = look.distinct <= FEW, look.low or 0.0, look.high or 0.0
    whole = look.whole == look.numbers
    if said == "birth":
        return _held_as_birth(look)
    if said == "age":
        return "birth" if is_year(look) else "age"
    if said in {"date", "joined", "last", "edited"}:
        return _held_as_day(said, look)
    if said in {"income", "money"}:
        return "level" if low < 0 and _is_level(look) else said
    allowed = {
        "email": False,
        "person": False,
        "phone": high >= _LONG,
        "address": high >= _LONG,
        "gender": few,
        "religion": few or whole,
        "ethnicity": few or whole,
        "code": whole,
        "place": _is_place(look),
        "postcode": whole and high >= _LEAST_POSTCODE,
        "outcome": is_label is not False,
        "year": is_year(look),
    }
    return said if allowed.get(said, True) else ""


def _is_place(look: Look) -> bool:
    """Whether cells can be coordinates; "minutes long" lasts, it lies nowhere."""
    degrees = look.low is not None and look.high is not None and -_EASTERNMOST <= look.low <= look.high <= _EASTERNMOST
    possible = (degrees and look.whole != look.numbers) or "coord" in look.name.lower()
    return possible and {"place", "code"}.issuperset(meanings_of_name(look.name))


def _is_level(look: Look) -> bool:
    """Whether a column holds a few small whole numbers, as months of delay or steps of a scale do."""
    repeated = look.distinct <= FEW and look.filled >= 3 * look.distinct
    return repeated and _whole_within(look, -LEVELS, LEVELS)


def _held_as_birth(look: Look) -> str:
    if is_year(look):
        return "birth"
    # A part of the birth date in a column of its own; else ages under the name of births.
    part = next((part for part in ("month", "monthday") if _whole_within(look, 1, PARTS[part][1])), "")
    if part:
        return part
    if (look.low or 0.0) >= 0 and (look.high or 0.0) <= _OLDEST:
        return "age"
    return "birth" if _mostly_years(look) else ""  # a weight at birth is neither


def _mostly_years(look: Look) -> bool:
    """Whether most cells are years, though some are mistyped."""
    years = sum(
        cells for text, cells in (look.values or {}).items() if _is_number_text(text) and 1850 <= float(text) <= 2100
    )
    return 2 * years > look.filled


def _may_be_personal(said: str, look: Look, kind: Kind) -> bool:
    """Whether cells can be what tells who a person is: not flags, nor codes, nor a handful of categories."""
    if kind not in {"text", "category"}:
        return False
    if said == "phone":
        figures = sum(count for shape, count in look.shapes.items() if shape.count("9") >= 6)
        return figures >= 0.5 * sum(look.shapes.values())
    if said == "email":
        return kind == "text" or any("@" in shape for shape in look.shapes)
    if said == "person":
        return True
    handful = look.distinct <= 12 and look.filled >= 3 * look.distinct
    coded = sum(count for shape, count in look.shapes.items() if "9" in shape and " " not in shape)
    return not handful and coded < 0.8 * sum(look.shapes.values())


def _whole_within(look: Look, low: float, high: float) -> bool:
    inside = look.low is not None and look.high is not None and low <= look.low and look.high <= high
    return inside and look.whole == look.numbers


def _is_number_text(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
