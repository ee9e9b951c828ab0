"""How the dates of a text column are spelled, and the SQL that reads them so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clustera.engines import literal

Order = Literal["ymd", "dmy", "mdy"]

_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:am|pm)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_SPELLINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ymd", re.compile(rf"^\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}{_TIME}$", re.IGNORECASE)),
    ("numeric", re.compile(rf"^\d{{1,2}}([-/.])\d{{1,2}}\1(?:\d{{4}}|\d{{2}}){_TIME}$", re.IGNORECASE)),
    (
        "day month",
        re.compile(rf"^\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]+(?:\d{{4}}|\d{{2}}){_TIME}$", re.IGNORECASE),
    ),
    (
        "month day",
        re.compile(rf"^{_MONTH}[ -]\d{{1,2}}(?:st|nd|rd|th)?[ ,-]+(?:\d{{4}}|\d{{2}}){_TIME}$", re.IGNORECASE),
    ),
)
_FORMATS = {"ymd": ("%Y-%m-%d",), "dmy": ("%d-%m-%Y", "%d-%m-%y"), "mdy": ("%m-%d-%Y", "%m-%d-%y")}


def spellings_of(shapes: Mapping[str, int]) -> dict[str, int]:
    """How many cells (digits written as 9) are dates, by spelling: "ymd", "numeric", "day month", "month day"."""
    counts: dict[str, int] = {}
    for shape, count in shapes.items():
        for name, pattern in _SPELLINGS:
            if pattern.match(shape):
                counts[name] = counts.get(name, 0) + count
    return counts


def has_slash(shapes: Mapping[str, int]) -> bool:
    """Whether day, month and year are parted by slashes, as both Americans and others do; a dot is never American."""
    return any("/" in shape for shape in shapes)


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a column spells its dates."""

    order: Order

    def sql(self, text: str) -> str:
        """The DATE that a trimmed text holds; NULL when it holds none. The time of day is left out."""
        day = f"regexp_replace(regexp_extract({text}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+'), '[/.]', '-', 'g')"
        formats = ", ".join(literal(spelling) for spelling in (*_FORMATS["ymd"], *_FORMATS[self.order]))
        words = f"regexp_replace(regexp_replace({text}, '(?i)([0-9])(st|nd|rd|th)', '\\1'), '[ ,.-]+', ' ', 'g')"
        # Month names are cut to three letters; what follows the year is the time of day.
        first = f"regexp_extract({words}, '(?i)^([0-9]+ [a-z]{{3}})[a-z]* ([0-9]+)', 1) || ' ' || regexp_extract({words}, '(?i)^[0-9]+ [a-z]+ ([0-9]+)', 1)"
        second = f"regexp_extract({words}, '(?i)^([a-z]{{3}})[a-z]* [0-9]+', 1) || ' ' || regexp_extract({words}, '(?i)^[a-z]+ ([0-9]+ [0-9]+)', 1)"
        others = (
            f"cast(coalesce(try_strptime({day}, [{formats}]), try_strptime({first}, ['%d %b %Y', '%d %b %y']), "
            f"try_strptime({second}, ['%b %d %Y', '%b %d %y'])) as date)"
        )
        # The commonest spelling first: the others cost ten times as much, and are tried where it does not fit. In a
        # coalesce the engine would work out what they have in common for every row.
        common = f"try_cast(case when {text} like '____-__-__' then {text} end as date)"
        return f"(case when {common} is not null then {common} when {text} is not null then {others} end)"


def first_two_sql(text: str) -> tuple[str, str]:
    """SQL for the first and the second number of a date in figures; the larger of each decides day against month."""
    return (
        f"max(try_cast(regexp_extract({text}, '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', 1) as integer))",
        f"max(try_cast(regexp_extract({text}, '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', 2) as integer))",
    )
