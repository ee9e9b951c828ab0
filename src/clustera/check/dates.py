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
        # The commonest spellings first: the others cost twenty times as much, and are tried where none fits. Outside of a
        # case the engine would work out what they have in common for every row.
        return f"coalesce({self._common(text)}, case when {text} is not null then {others} end)"

    def _common(self, text: str) -> str:
        """The DATE where it is all figures with a year of four; NULL where it is not, or may mean something else."""
        begins = f"{text} >= '0' and {text} < ':'"  # or "-201-..." would be a year before Christ
        cases = [f"when {text} like '____-__-__' then try_cast({text} as date)"]
        cases += [
            f"when {text} like '____-__-__{t}%' and {begins} then try_cast(left({text}, 10) as date)" for t in " T"
        ]
        if self.order != "ymd":
            form = "%d{0}%m{0}%Y" if self.order == "dmy" else "%m{0}%d{0}%Y"
            first = f"split_part({text}, ' ', 1)"
            # A year of four figures comes last, so nothing else fits; "25.1.26" ends in four letters, too.
            cases += [
                f"when contains({text}, '{mark}') and {first} like '%{mark}____' and not contains(right({first}, 4), '{mark}') "
                f"then try_strptime({first}, '{form.format(mark)}')"
                for mark in "./-"
            ]
        return f"cast(case {' '.join(cases)} end as date)"


def first_two_sql(text: str) -> tuple[str, str]:
    """SQL for the first and the second number of a date in figures; the larger of each decides day against month."""
    return (
        f"max(try_cast(regexp_extract({text}, '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', 1) as integer))",
        f"max(try_cast(regexp_extract({text}, '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', 2) as integer))",
    )
