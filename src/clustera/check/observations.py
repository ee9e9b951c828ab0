"""What a look at the whole table shows beside single values: each observation by a stated rule, with its cure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from clustera.check.affixes import CURRENCY, SIZE, UNIT
from clustera.check.bracket_words import bracket_pattern
from clustera.check.durations import durations_in
from clustera.check.findings import chosen_examples, column_finding, example_rows, whole_column_finding
from clustera.check.gaps import on_gaps
from clustera.check.inspection import Inspection
from clustera.check.kinds import ENOUGH, Reading
from clustera.check.look import value_column_sql
from clustera.check.meanings import measure_of
from clustera.check.roles import PERSONAL, may_be_quantity
from clustera.check.units import on_units
from clustera.engines import Rows, identifier, literal
from clustera.lexicon import NUMBER_MARKS
from clustera.records import Column, Finding
from clustera.written_dates import SERIAL_DAY, serial_day_sql

_FRACTION = re.compile(r"(?:9{1,3}\s)?9{1,4}\s?[/⁄]\s?9{1,4}")
_NUMBER = f"9(?:[9{NUMBER_MARKS.replace(' ', '')}]*9)?"
_ABOUT = re.compile(
    rf"(?:{bracket_pattern('about').pattern})[.]?\s*{_NUMBER}|{_NUMBER}\s*(?:{bracket_pattern('about').pattern})[.]?"
)
_SCALED = "mo|mos|mth|mths|weeks?|w|mins?|minutes?|m|s|secs?|seconds?|[kmgt]i?b|[kmµ]?g|[mcd]?l|lbs?|oz|ft|in|cm|[mb]n|lakhs?|lacs?|crores?|cr"
_MEASURE = rf"(?:(?:{CURRENCY}\s*)?(?:{_NUMBER}\s*(?:{UNIT}|{SIZE}|{_SCALED}|['’\"″′]+)|9+[.,]9+\s*b))"
_DECIMAL_POINT = re.compile(r"[-−–(]?9{1,3}(?:,?999)*\.9{1,2}\)?")
_DECIMAL_COMMA = re.compile(r"[-−–(]?9{1,3}(?:\.?999)*,9{1,2}\)?")
_MEASURES = re.compile(rf"{_MEASURE}(?:(?:\s|,|and|&)*{_MEASURE}){{0,2}}")
OUR_YEARS = (1700, 2300)  # of dates that the Gregorian calendar counts
FEW_WORDS = 3  # beside numbers; more may be names of groups, of which some are figures
MANY_NUMBERS = 10  # different ones
HEAPED = 0.25  # share of multiples of ten, where a tenth is expected


def on_columns(seen: Inspection) -> list[Finding]:
    """What is to be said about single columns, from what was looked at already; rows are asked for examples only."""
    rows, total = seen.rows, seen.total
    found: list[Finding] = []
    for column in seen.columns:
        reading = seen.readings[column.name]
        found += _ambiguous(rows, column, reading, total)
        found += _of_serial_days(rows, column, reading, total)
        found += _of_other_calendar(rows, column, reading, total)
        found += _spelled_twice(rows, column, reading, total)
        found += _mistyped(rows, column, reading, total)
        found += _unread_figures(rows, column, reading, total)
        if column.name in seen.twins:
            found.append(whole_column_finding("near-duplicate", column, total, other=seen.twins[column.name]))
        if _may_be_an_id(column, reading):
            found.append(whole_column_finding("may-be-id", column, total))
        if column.role == "personal":
            what = measure_of(column) if measure_of(column) in PERSONAL else "other"
            found.append(whole_column_finding("personal-data", column, total, what=what))
        if column.role in {"descriptor", "ignored"} and not column.asked:
            if measure_of(column) == "outcome":
                found.append(whole_column_finding("leaked-label", column, total))
            if column.reason.code == "code-by-name" and may_be_quantity(reading):
                distinct = reading.look.distinct
                found.append(
                    column_finding("code-or-quantity", "warning", column, (total, ()), total, distinct=distinct)
                )
    return found


def _may_be_an_id(column: Column, reading: Reading) -> bool:
    look = reading.look
    whole = look.exact and 20 <= look.distinct == look.filled == look.whole
    feature = column.role == "feature" and column.kind == "number" and not column.asked
    return feature and whole and (look.low or 0.0) >= 0 and measure_of(column) == ""


def _ambiguous(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    if reading.ambiguous in {"dates", "asked dates"} and column.role in {"date", "feature"}:
        figures = f"regexp_matches({reading.look.text}, '^[0-9]{{1,2}}[-/.]') and {reading.sql} is not null"
        found = example_rows(rows, column.name, figures)
        code = "ambiguous-dates" if reading.ambiguous == "dates" else "dates-not-as-asked"
        return [column_finding(code, "warning", column, found, total, order=reading.format.order)]
    if reading.ambiguous in {"decimal", "millions"} and column.role in {"feature", "descriptor"}:
        shown = example_rows(rows, column.name, f"{reading.sql} is not null")[1]
        case = "months" if reading.ambiguous == "millions" else "marks"
        read = "thousands" if reading.format.group else "decimals"
        code = "ambiguous-numbers"
        return [column_finding(code, "note", column, (reading.valued, shown), total, case=case, read=read)]
    return []


def _of_serial_days(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    """That a column of dates also holds the day numbers that a spreadsheet made of some."""
    if SERIAL_DAY not in reading.format.dates or column.role not in {"date", "feature"}:
        return []
    found = example_rows(rows, column.name, f"{serial_day_sql(reading.look.text)} is not null")
    return [column_finding("serial-days", "warning", column, found, total)]


def _of_other_calendar(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    """That most dates of a column lie in years of no customer of ours, but of the Persian, Islamic or Buddhist calendar."""
    if reading.kind != "date" or column.role not in {"date", "feature"}:
        return []
    middle = reading.look.alone(rows).value(f"select quantile_disc({reading.sql}, 0.5) as day from {{rows}}")
    if middle is None or OUR_YEARS[0] <= middle.year <= OUR_YEARS[1]:
        return []
    return [column_finding("other-calendar", "warning", column, (reading.valued, ()), total, year=str(middle.year))]


def _spelled_twice(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    same = reading.format.same
    if not same or column.role != "descriptor":
        return []
    values = reading.look.values or {}
    count = sum(values.get(text, 0) for text in same)
    spellings = tuple({"old": text, "new": common} for text, common in sorted(same.items())[:3])
    shown = example_rows(rows, column.name, f"{reading.look.text} in ({', '.join(map(literal, sorted(same)))})")[1]
    return [column_finding("category-spelling", "note", column, (count, shown), total, spellings=spellings)]


def _mistyped(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    if column.role != "descriptor" or reading.kind != "category" or not reading.look.values:
        return []
    same = reading.format.same
    values = {text: n for text, n in reading.look.values.items() if text not in reading.absent and text not in same}
    if len(values) > 200:
        return []
    found = []
    for rare, common in itertools.permutations(sorted(values), 2):
        if values[rare] <= 0.05 * values[common] and one_slip_apart(rare, common):
            shown = example_rows(rows, column.name, f"{reading.look.text} = {literal(rare)}")[1]
            told = {"rare": rare, "common": common}
            found.append(column_finding("category-typing", "warning", column, (values[rare], shown), total, **told))
    return found


def _unread_figures(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    """Figures that are no numbers as they stand in nearly all cells (3/9, 12:34, 2h 5m, ca. 500), or numbers beside some word."""
    shapes = reading.look.shapes
    if column.role not in {"descriptor", "ignored"} or column.asked or reading.kind not in {"text", "category"}:
        return []
    cells = {
        "fractions": _cells_like(shapes, _FRACTION),
        "times": durations_in(shapes),
        "units": _cells_like(shapes, _MEASURES),
        "marks": _cells_like(shapes, _DECIMAL_POINT)
        and _cells_like(shapes, _DECIMAL_COMMA)
        and _cells_like(shapes, _DECIMAL_POINT, _DECIMAL_COMMA),
        "about": _cells_like(shapes, _ABOUT) and _cells_like(shapes, _ABOUT, re.compile(_NUMBER)),
    }
    what = max(cells, key=lambda one: cells[one])
    word = ""
    if not shapes or cells[what] < ENOUGH * sum(shapes.values()):
        what, word = "words", _word_beside_numbers(shapes, reading.look.distinct)
        cells[what] = sum(shapes.values())
        if not word:
            return []
    shown = example_rows(rows, column.name, f"{reading.look.text} is not null")[1]
    return [column_finding("unread-figures", "note", column, (cells[what], shown), total, case=what, word=word)]


def _word_beside_numbers(shapes: Mapping[str, int], distinct: int) -> str:
    """The commonest of a few words that stand beside many different numbers; empty where these are not most cells, or few."""
    words = {shape: n for shape, n in shapes.items() if not re.fullmatch(_NUMBER, shape)}
    numbers = sum(shapes.values()) - sum(words.values())
    few = 0 < len(words) <= FEW_WORDS and not any("9" in word for word in words)
    many = distinct - len(words) >= MANY_NUMBERS and numbers > sum(words.values())
    return max(words, key=lambda word: (words[word], word)) if few and many else ""


def _cells_like(shapes: Mapping[str, int], *patterns: re.Pattern[str]) -> int:
    return sum(n for shape, n in shapes.items() if any(pattern.fullmatch(shape.lower()) for pattern in patterns))


def one_slip_apart(rare: str, common: str) -> bool:
    """Whether one slip of the fingers inside a long word makes one text of the other.

    The first letter is never mistyped here, or Gambia would be Zambia; nor is a figure, or 2018 would be 2019.

    >>> one_slip_apart("Surburban", "Suburban"), one_slip_apart("Gambia", "Zambia"), one_slip_apart("Plan A", "Plan B")
    (True, False, False)
    """
    if min(len(rare), len(common)) < 6 or abs(len(rare) - len(common)) > 1 or rare[0] != common[0]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(rare, common, strict=False)) if a != b), min(len(rare), len(common)))
    a, b = rare[start:], common[start:]
    word = re.search(r"\w*$", common[:start])
    inside = (
        len(word[0] if word else "") >= 1
        and len(re.split(r"\W", common[start - len(word[0] if word else "") :])[0]) >= 6
    )
    slips = (a[1:] == b[1:], a[1:] == b, a == b[1:], a[:2] == b[1::-1] and a[2:] == b[2:])
    changed = a[:1] + b[:1]
    return inside and any(slips) and changed.isalpha()


def on_values(seen: Inspection) -> list[Finding]:
    """What the typed values show: heaping, units that look mixed, gaps that go together."""
    rows, raw, used = seen.sorted.rows, seen.rows, seen.sorted.used
    features = [column for column in seen.features if column.kind == "number"]
    heaped = [column for column in features if _may_be_heaped(seen.readings[column.name])]
    return [
        *_heaped(rows, raw, heaped, used),
        *itertools.chain.from_iterable(on_units(rows, raw, c, seen.readings[c.name], used) for c in features),
        *on_gaps(rows, raw, seen.columns, used),
    ]


def _may_be_heaped(reading: Reading) -> bool:
    look = reading.look
    if look.low is None or look.high is None or look.numbers < 200:
        return False
    return look.high - look.low >= 50 and look.distinct > 30 and look.whole >= 0.9 * look.numbers


def _heaped(rows: Rows, raw: Rows, columns: Sequence[Column], used: int) -> list[Finding]:
    if not columns:
        return []
    tens = "{0} % 10 = 0 and {0} <> 0"
    wanted = ", ".join(
        f"count(*) filter (where {tens.format(identifier(column.name))}) / "
        f"nullif(count(*) filter (where {identifier(column.name)} <> 0), 0) as h{at}, count(*) filter (where {identifier(column.name)} <> 0) / "
        f"count({identifier(column.name)}) as p{at}"
        for at, column in enumerate(columns)
    )
    # A share needs no more than some ten thousand rows; drawn by key, the order of the rows does not matter.
    every = max(1, used // 50_000)
    shares = rows.query(f"select {wanted} from {{rows}} where _key % {every} = 0").to_pylist()[0]
    return [
        Finding(
            "heaping",
            "note",
            column.name,
            round(heaped * shares[f"p{at}"] * used),
            heaped * shares[f"p{at}"],
            chosen_examples(raw, column.name, rows, tens.format(identifier(column.name))),
            {"title": column.title},
        )
        for at, column in enumerate(columns)
        if HEAPED <= (heaped := shares[f"h{at}"] or 0.0) <= 0.9
    ]


def on_money(seen: Inspection) -> list[Finding]:
    """Where a column is money: what it adds up to in the file and in the rows that are used, if that differs."""
    money = [column for column in seen.features if measure_of(column) in {"money", "income"}]
    if not money:
        return []
    # Decimal numbers add up to the same in every order.
    adds = "coalesce(sum(try_cast({} as decimal(38, 4))), 0) as t{}"
    before = seen.given.query(
        f"select {', '.join(adds.format(value_column_sql(c.name), at) for at, c in enumerate(money))} from {{rows}}"
    )
    after = seen.sorted.rows.query(
        f"select {', '.join(adds.format(identifier(c.name), at) for at, c in enumerate(money))} from {{rows}}"
    )
    found = []
    for at, column in enumerate(money):
        came, went = before[f"t{at}"][0].as_py(), after[f"t{at}"][0].as_py()
        if came != went:
            sums = {"total": float(came), "used": float(went), "out": float(came - went)}
            found.append(column_finding("money-total", "note", column, (seen.total, ()), seen.total, **sums))
    return found
