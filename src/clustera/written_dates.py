"""How the dates of a column of text are spelled, in customer tables and order logs, and the SQL that reads them so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from clustera.days import CALENDAR_DAYS, SHORT_DATES
from clustera.engines import literal
from clustera.lexicon import fold, months_of

Order = Literal["ymd", "dmy", "mdy"]

LONGEST = 100  # characters; a date with its weekday, time and the name of its zone is shorter
# A time of day, perhaps behind a word or two: "at 10:15", "à 10h15", "오전 10:15", "- 10.15 Uhr"; or a weekday: "(Tue)".
_TIME = r"(?: ?\([^\W\d]+[.]?\))?(?:[T ,-][\s,–-]*(?:[^\W\d]{1,5}[. ]+|[\u4e00-\u9fff]{2} ?){0,2}\d{1,2}[:.h]\d{2}.*)?"
_FIGURES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ymd", re.compile(rf"^\d{{4}}([-/.]) ?\d{{1,2}}\1 ?\d{{1,2}}\.?{_TIME}$", re.IGNORECASE)),
    ("numeric", re.compile(rf"^\d{{1,2}}([-/.]) ?\d{{1,2}}\1 ?(?:\d{{4}}|\d{{2}}){_TIME}$", re.IGNORECASE)),
)
SERIAL_DAY = "day number"  # that a spreadsheet makes of a date
_SERIAL_SHAPE = re.compile(r"99999(?:\.9+)?")
_SERIAL_DAY = "^[1-7][0-9]{4}(?:[.][0-9]+)?$"  # of 1927 to 2119
# Dates with a month in letters, and months without a day; of plain text (see `plain`), for Python and SQL (RE2) alike.
_LETTER = "[a-zͰ-ϿЀ-ӿ]"  # Latin, Greek, Cyrillic
_BEFORE = f"^(?:{_LETTER}{{2,}}[.]?[, ] *)?"  # a weekday or an article
_DAY = "(?P<d>[0-9]{1,2})(?:st|nd|rd|th|er|[.ºª°])?"
_MONTH = f"(?P<m>{_LETTER}{{3,}})[.]?"
_YEAR = "(?:del? |')?(?P<y>[0-9]{4}|[0-9]{2})"
# A weekday or a time of day. Two figures before a colon are an hour, but for "24:10:15:00", a year before a time of day.
_AFTER = "(?:[^0-9:].*|(?::[0-9]{2}){3}.*)?$"
_FORMS = {
    "day month": f"{_BEFORE}{_DAY}[ ./-]*(?:de |d')?{_MONTH}[ ,./-]*{_YEAR}{_AFTER}",
    "month day": f"{_BEFORE}{_MONTH}[ ./-]*{_DAY}[ ,./-]+{_YEAR}{_AFTER}",
    "year behind time": f"{_BEFORE}{_MONTH} +{_DAY} +[0-9]{{1,2}}:[0-9]{{2}}.* (?P<y>[0-9]{{4}})$",  # Mon Mar 25 10:15:00 2024
    "year month day": f"^(?P<y>[0-9]{{4}})[ ./-]+{_MONTH}[ ./-]+{_DAY}{_AFTER}",
    "figures and signs": f"^(?P<y>[0-9]{{4}}) ?[年년] ?(?P<m>[0-9]{{1,2}}) ?[月월] ?(?P<d>[0-9]{{1,2}}) ?[日일]{_AFTER}",
    "figures before a time": "^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})[t ][0-9]{2}:?[0-9]{2}.*$",  # 20240325T101500Z
    "month year": f"^{_MONTH}[ ,./-]*(?:del? )?(?P<y>[0-9]{{4}})$",
    "month short year": f"^{_MONTH}[ ./-]*'?(?P<y>[0-9]{{2}})$",
    "year month": f"^(?P<y>[0-9]{{4}})[ ./-]+{_MONTH}$",
    "figures of month and year": "^(?P<m>[0-9]{1,2})[/.-](?P<y>[0-9]{4})$",
    "figures of year and month": "^(?P<y>[0-9]{4})[/.-](?P<m>[0-9]{1,2})$",
    "figures of year and month with signs": "^(?P<y>[0-9]{4}) ?[年년] ?(?P<m>[0-9]{1,2}) ?[月월]$",
    "week": "^(?P<y>[0-9]{4})-?w(?P<m>[0-9]{1,2})(?:-(?P<d>[0-9]))?$",
}
WHOLE_MONTHS = frozenset(list(_FORMS)[6:])  # read as the first day, where a column's name says that it holds dates
_PATTERNS = {form: re.compile(pattern) for form, pattern in _FORMS.items()}
# Two figures of a year first: the engine's %Y takes 23 for the year 23.
_FORMATS = {"dmy": "'%d-%m-%y', '%d-%m-%Y'", "mdy": "'%m-%d-%y', '%m-%d-%Y'"}


@dataclass(frozen=True, slots=True)
class Spelt:
    """How the cells of a column spell dates."""

    counts: Mapping[str, int] = field(default_factory=dict)  # spelling -> cells: "ymd", "numeric", or one of _FORMS
    months: Mapping[str, int] = field(default_factory=dict)  # plain word -> month

    @property
    def cells(self) -> int:
        """Cells that are dates."""
        return sum(self.counts.values())


def date_spelling(shapes: Mapping[str, int], *, forms: frozenset[str] = frozenset()) -> Spelt:
    """How a column's dates are spelled.

    Args:
        shapes: Its cells, digits written as 9, and how often each stands.
        forms: Which of WHOLE_MONTHS count as dates too; SERIAL_DAY among them: day numbers, beside dates.
    """
    counts: dict[str, int] = {}
    lettered: list[tuple[str, str, int]] = []
    serial = 0
    for shape, count in shapes.items():
        if "9" not in shape or len(shape) > LONGEST:
            continue
        if form := next((name for name, pattern in _FIGURES if pattern.match(shape)), None):
            counts[form] = counts.get(form, 0) + count
            continue
        if SERIAL_DAY in forms and _SERIAL_SHAPE.fullmatch(shape):
            serial += count
            continue
        lettered += [(form, month, count) for form, month in _month_spellings(shape, forms)]
    words: dict[str, int] = {}
    for _, month, count in lettered:
        words[month] = words.get(month, 0) + count
    months = months_of(words)
    for form, month, count in lettered:
        if month in months or not month.isalpha():
            counts[form] = counts.get(form, 0) + count
    if counts and serial:  # by themselves they are told from other numbers by `date_as_number`
        counts[SERIAL_DAY] = serial
    return Spelt(counts, months)


def _month_spellings(shape: str, forms: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The first spelling with a month that a cell may have, and its month."""
    text = fold(shape)
    for form, pattern in _PATTERNS.items():
        if (form in forms or form not in WHOLE_MONTHS) and (found := pattern.match(text)):
            yield form, found["m"]
            return


def leaves_order_open(shapes: Mapping[str, int]) -> bool:
    """Whether dates in figures are parted as both Americans and others part them; a dot is never American.

    >>> leaves_order_open({"99/99/9999": 3}), leaves_order_open({"9-9-9999": 3}), leaves_order_open({"99.99.9999": 3, "9999-99-99": 1})
    (True, True, False)
    """
    return any(re.match("9{1,2}[-/]", shape) for shape in shapes)


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a column spells its dates."""

    order: Order
    spelt: Spelt = Spelt()

    def sql(self, text: str) -> str:
        """The DATE that a trimmed text holds; NULL when it holds none. The time of day is left out."""
        day = f"regexp_replace(regexp_extract({text}, '^[0-9]+[-/.] ?[0-9]+[-/.] ?[0-9]+'), '[-/.] ?', '-', 'g')"
        formats = _FORMATS["mdy" if self.order == "mdy" else "dmy"]
        tried = [
            f"case when instr({day}, '-') = 5 then try_strptime({day}, '%Y-%m-%d') else try_strptime({day}, [{formats}]) end"
        ]
        tried += self.worded_sql(text)
        if SERIAL_DAY in self.spelt.counts:
            tried.append(date_of_number_sql(SPREADSHEET, serial_day_sql(text)))
        others = f"cast(coalesce({', '.join(tried)}) as date)"
        # The commonest spellings first: the others cost twenty times as much, and are tried where none fits. Outside of a
        # case the engine would work out what they have in common for every row.
        return f"coalesce({self._common(text)}, case when {text} is not null then {others} end)"

    def worded_sql(self, text: str) -> list[str]:
        """SQL for the dates of each spelling with a month in letters or signs, without a day, or of a week; NULL where a cell has another."""
        return [self._lettered(text, form) for form in _FORMS if form in self.spelt.counts]

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

    def _lettered(self, text: str, form: str) -> str:
        groups = sorted(_PATTERNS[form].groupindex, key=lambda name: _PATTERNS[form].groupindex[name])
        names = ", ".join(map(literal, groups))
        found = f"regexp_extract(replace(strip_accents(lower({text})), 'ı', 'i'), {literal(_FORMS[form])}, [{names}])"
        day = f"{found}.d" if "d" in groups else "'1'"
        if form == "week":
            return (
                f"try_strptime({found}.y || '-' || {found}.m || '-' || coalesce(nullif({day}, ''), '1'), ['%G-%V-%u'])"
            )
        month = f"{found}.m"
        if not form.startswith("figures"):
            cases = " ".join(f"when {literal(word)} then '{number}'" for word, number in self.spelt.months.items())
            month = f"case {month} {cases} end"
        return f"try_strptime({day} || '-' || {month} || '-' || {found}.y, [{_FORMATS['dmy']}])"


def serial_day_sql(text: str) -> str:
    """SQL for the day number of a spreadsheet that a trimmed text holds, as DOUBLE; NULL where it holds none."""
    return f"(case when regexp_matches({text}, {literal(_SERIAL_DAY)}) then try_cast({text} as double) end)"


# Numbers that are dates: seconds since 1970, or thousandths and millionths of them; the day numbers of spreadsheets; months;
# days of eight figures, alone or before the figures of a time of day.
EPOCHS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
SPREADSHEET = "spreadsheet"
MONTHS = "%Y%m"  # 202401
WITH_TIME = {"%Y%m%d%H%M%S": 1_000_000, "%Y%m%d%H%M": 10_000}  # 20240328131415; what parts the day from its time


def date_of_number_sql(form: str, number: str) -> str:
    """The DATE that a number holds.

    Args:
        form: One of EPOCHS, SPREADSHEET, MONTHS, WITH_TIME, or the order of eight or six figures, as %Y%m%d.
        number: SQL for the number.
    """
    if form in EPOCHS or form == SPREADSHEET:
        days = f"(floor({number} / {86_400 * EPOCHS[form]}))" if form in EPOCHS else f"(floor({number}) - 25569)"
        low, high = CALENDAR_DAYS
        return f"(date '1970-01-01' + cast(case when {days} between {low} and {high} then {days} end as integer))"
    if form in SHORT_DATES.values():
        return f"cast(try_strptime({short_figures_sql(number)}, '{form}') as date)"
    if form == MONTHS:
        first_day = f"cast({number} as bigint) * 100 + 1"
        number, form = f"(case when {number} between 185001 and 210012 then {first_day} end)", "%Y%m%d"
    elif form in WITH_TIME:
        number, form = f"(floor({number} / {WITH_TIME[form]}))", "%Y%m%d"
    figures = f"cast(case when {number} between 0 and 99999999 then {number} end as bigint)"
    date = f"try_strptime(lpad(cast({figures} as varchar), 8, '0'), '{form}')"
    return f"cast(case when {date} between date '1850-01-01' and date '2100-12-31' then {date} end as date)"


def short_figures_sql(number: str) -> str:
    """The six figures of a date such as 240131 as text, with the zeros that a number loses: 10131 is 010131; 0 is none."""
    return f"lpad(cast(cast(case when {number} between 1 and 999999 then {number} end as bigint) as varchar), 6, '0')"
