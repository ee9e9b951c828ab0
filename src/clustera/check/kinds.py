"""What kind of values a column holds, and the SQL that turns its cells into them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from clustera import lexicon
from clustera.check.brackets import bracket_midpoints, cell_says_nothing
from clustera.check.durations import duration_form, durations_in, first_part_sql
from clustera.check.look import Look, measure_columns, plain_number, with_shapes
from clustera.check.meanings import decide_measure
from clustera.check.mixed_shares import mixed_shares
from clustera.check.nothing import dashes_for_zero, na_is_a_code, words_for_zero
from clustera.check.number_dates import DATE_NAMES, date_as_number
from clustera.check.numerals import numeral_style
from clustera.check.options import CheckOptions
from clustera.check.terms import all_in_m, span_unit
from clustera.check.value_sql import value_sql
from clustera.check.words import meaning_of_name, meanings_of_name
from clustera.days import order_counts_sql, order_shown
from clustera.engines import Rows, identifier, literal
from clustera.records import ColumnFormat, Kind
from clustera.written_dates import (
    SERIAL_DAY,
    WHOLE_MONTHS,
    DateStyle,
    Order,
    Spelt,
    date_of_number_sql,
    date_spelling,
    leaves_order_open,
)

SOME = 10_000  # rows that show what most cells are
ENOUGH = 0.8  # share of the filled cells that must be numbers (dates) for a column to be one of numbers (dates)

# What people and programs write into a cell that has no value. Lower case.
MISSING_ALWAYS = lexicon.cell_words("blank")
MISSING_NUMBER = (
    MISSING_ALWAYS | lexicon.cell_words("unknown") | {"none", "xxx", "inf", "-inf", "infinity", "-infinity"}
)
_ZERO = "(?:^|[^0-9.,])0"
_GROUPED = re.compile(r"^[-+]?9{1,3}(?:\.999)*$")
# Other than three figures behind a point, more than three before it, a 0, or an exponent.
_POINTS_DECIMALS = r"[.](?:[0-9]{1,2}|[0-9]{4,})$|^[-+]?[0-9]{4,}|^[-+]?0?[.]|e"
# A hyphen between letters joins words; before a figure, or at an end (A-), it may be a sign.
_BLANKS = re.compile(r"(?:(?<=[^\W\d])[\s_]*+|\s*+_[\s_]*+)-[\s_]*(?=[^\W\d])|[\s_]+")
# A mark that stands alone: where it is missing, the answer is no.
MARKS = frozenset({"x", "✓", "✔", "☑", "[x]"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column become values."""

    look: Look
    kind: Kind
    sql: str  # DOUBLE for number and bracket, DATE for date, VARCHAR for the rest; NULL where a cell has no value
    format: ColumnFormat = field(default_factory=ColumnFormat)
    absent: Mapping[str, int] = field(default_factory=dict)  # words that stand for "no value", and how often
    unread: int = 0  # cells that hold something, but not what the column holds
    ambiguous: str = ""  # what the file leaves open
    measures: str = ""  # what name and cells say it holds, see `decide_measure`

    @property
    def name(self) -> str:
        """The column."""
        return self.look.name

    @property
    def valued(self) -> int:
        """Cells that hold a value."""
        return self.look.filled - sum(self.absent.values()) - self.unread


def readings_of(
    rows: Rows, looks: Mapping[str, Look], options: CheckOptions, *, separator: str = ""
) -> dict[str, Reading]:
    """The kind of every column. Numbers that the engine can't read by itself are measured in a pass of their own.

    Args:
        rows: The source's rows.
        looks: What its columns hold.
        options: What the caller says about decimal marks and dates.
        separator: What parts the cells of a text file: a semicolon as where the comma is the decimal mark.
    """
    behind_zero = {name: mark for name, found in looks.items() if (mark := _mark_behind_zero(rows, found))}
    decimal = options.decimal or _decimal_of_file(looks, behind_zero)
    orders = options.dates, _order_of_file(rows, looks) if options.dates is None else None
    semicolons = separator == ";"
    readings = {
        name: _reading(rows, found, behind_zero.get(name, decimal), orders, semicolons=semicolons, keep=options.keep)
        for name, found in looks.items()
    }
    if separator and not decimal:
        for name in _lone_points(rows, looks, semicolons=semicolons) - behind_zero.keys():
            readings[name] = replace(readings[name], ambiguous="decimal")
    readings |= _measured_anew(rows, readings)
    return {name: replace(reading, measures=_measure_of_reading(rows, reading)) for name, reading in readings.items()}


def _measure_of_reading(rows: Rows, reading: Reading) -> str:
    """What a column measures; the last of anything is what a customer did last, unless most of its days lie ahead."""
    said = decide_measure(reading.look, reading.kind)
    if said != "latest":
        return said
    today = literal(datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    days = reading.look.alone(rows).select(f"select {reading.sql} as day from {{rows}} limit {SOME}")
    ahead, known = days.value(f"select [count(*) filter (where day > date {today}), count(day)] from {{rows}}")
    return "date" if 2 * ahead > known else "last"


def _measured_anew(rows: Rows, readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """The columns of numbers that the engine can't read by itself, with what their numbers are."""
    styled = {
        name: reading for name, reading in readings.items() if reading.format.decimal and reading.kind == "number"
    }
    counted = {name: reading.look.cells for name, reading in styled.items() if reading.look.cells}
    found = measure_columns(rows, {name: reading.sql for name, reading in styled.items() if name not in counted})
    for name, cells in counted.items():
        found |= measure_columns(cells, {name: styled[name].sql}, each="_cells")
    return {
        name: replace(styled[name], look=replace(styled[name].look, **measured)) for name, measured in found.items()
    }


# The order of day and month that the caller asks for, and the one that other columns show.
Orders = tuple[Order | None, Order | None]


def _reading(
    rows: Rows, found: Look, decimal: str | None, orders: Orders, *, semicolons: bool, keep: Collection[str]
) -> Reading:
    column = identifier(found.name)
    typed: dict[str, tuple[Kind, str]] = {
        "nested": ("text", "cast(null as varchar)"),
        "date": ("date", f"cast({column} as date)"),
        "boolean": ("boolean", f"case when {column} then 'yes' when not {column} then 'no' end"),
        "number": ("number", plain_number(found.name)),
    }
    absent = absent_words(found) if found.type == "text" else {}
    if form := date_as_number(rows, found, next(filter(None, orders), None), cells=found.filled - sum(absent.values())):
        return Reading(
            found, "date", date_of_number_sql(form, plain_number(found.name)), ColumnFormat(dates=(form,)), absent
        )
    if found.type != "text" or not found.filled:
        return Reading(found, *typed.get(found.type, typed["nested"]))
    if found.plain:
        if _reads_plainly(found, decimal, semicolons=semicolons):
            return Reading(found, "number", plain_number(found.name))
        found = with_shapes(rows, found)
        decimal = decimal or ("," if all(_GROUPED.match(shape) for shape in found.shapes) else ".")
    return _text_reading(rows, found, decimal, orders, keep)


def _text_reading(rows: Rows, found: Look, decimal: str | None, orders: Orders, keep: Collection[str]) -> Reading:
    """Text that is not plain numbers alone: the first kind that its cells can be."""
    return (
        _boolean(found)
        or ("brackets" not in keep and _bracket(found))
        or _date_reading(rows, found, orders)
        or _duration_reading(rows, found)
        or _number_reading(rows, found, decimal)
        or _plain_text(found, one_spelling="category-spelling" not in keep)
    )


def _reads_plainly(found: Look, decimal: str | None, *, semicolons: bool) -> bool:
    """Whether the engine alone reads the numbers: "1.234" is a thousand in a file with decimal commas."""
    return found.whole == found.numbers or decimal == "." or (decimal is None and not semicolons)


def absent_words(found: Look, words: frozenset[str] = MISSING_NUMBER) -> dict[str, int]:
    """A column's words for "no value", and how often each stands."""
    counts = found.values if found.values is not None else found.shapes
    return {text: count for text, count in counts.items() if text.lower() in words}


def _boolean(found: Look) -> Reading | None:
    if found.values is None:
        return None
    absent = absent_words(found)
    said = {text.lower() for text in found.values if text not in absent}
    if said and said <= MARKS and found.filled < found.rows:
        marked = ColumnFormat(yes=tuple(sorted(said)), no=("",))
        return _formatted_reading(replace(found, filled=found.rows, distinct=2), "boolean", marked, {})
    # 1 and 0 beside words; by themselves they are numbers.
    yes, no = said & (lexicon.answer_words("yes") | {"1"}), said & (lexicon.answer_words("no") | {"0"})
    if not (yes and no and said == yes | no and said - {"0", "1"}):
        return None
    return _formatted_reading(found, "boolean", ColumnFormat(yes=tuple(sorted(yes)), no=tuple(sorted(no))), absent)


def _formatted_reading(found: Look, kind: Kind, spelled: ColumnFormat, absent: Mapping[str, int]) -> Reading:
    return Reading(found, kind, value_sql(found.text, kind, spelled, absent), spelled, absent)


def _bracket(found: Look) -> Reading | None:
    if found.values is None or len(found.values) > 100:
        return None
    absent = absent_words(found)
    # "none" among brackets is 0, unless they say 0 themselves.
    for words in ({text: n for text, n in absent.items() if not cell_says_nothing(text)}, absent):
        if points := bracket_midpoints(text for text in found.values if text not in words):
            absent = words
            break
    if points is None:
        return None
    return _formatted_reading(found, "bracket", ColumnFormat(brackets=points), absent)


def _duration_reading(rows: Rows, found: Look) -> Reading | None:
    absent = absent_words(found)
    filled, read = found.filled - sum(absent.values()), durations_in(found.shapes)
    if not filled or read < ENOUGH * filled:
        return None
    first = first_part_sql(found.text)
    seen = found.alone(rows).query(
        f"select coalesce(max({first}), 0) as highest, coalesce(avg(cast({first} <= 1 as integer)), 0) as near_zero from {{rows}}"
    )
    three = 2 * sum(count for shape, count in found.shapes.items() if shape.count(":") == 2) > read
    form = duration_form(
        found.name, highest=seen["highest"][0].as_py(), near_zero=seen["near_zero"][0].as_py(), three=three
    )
    if not form:
        return None
    spelled = ColumnFormat(decimal=".", duration=form)
    return replace(_formatted_reading(found, "number", spelled, absent), unread=filled - read)


def _number_reading(rows: Rows, found: Look, decimal: str | None) -> Reading | None:
    absent = absent_words(found)
    shapes = {shape: n for shape, n in found.shapes.items() if shape.lower() not in MISSING_NUMBER}
    span = span_unit(found.name, shapes)
    style, read, sure = numeral_style(shapes, decimal=decimal, span=span, name=found.name)
    nothing = words_for_zero(found.values or {}) | dashes_for_zero(found.shapes)
    filled = found.filled - sum(absent.values())
    if not filled or read < ENOUGH * (filled - sum(n for text, n in nothing.items() if text not in absent)):
        return None
    if nothing:
        read += sum(nothing.values())
        absent = {text: n for text, n in absent.items() if text not in nothing}
        filled = found.filled - sum(absent.values())
    spelled = ColumnFormat(style.decimal, style.group, style.unit, style.owed, zeros=tuple(sorted(nothing)))
    ambiguous = _left_open(found.name, shapes, sure=sure or bool(decimal), span=span)
    shares = mixed_shares(rows, found, value_sql(found.text, "number", spelled))
    if shares:
        spelled, ambiguous = replace(spelled, shares=shares == "clear"), "" if shares == "clear" else "shares"
    return replace(_formatted_reading(found, "number", spelled, absent), unread=filled - read, ambiguous=ambiguous)


def _left_open(name: str, shapes: Mapping[str, int], *, sure: bool, span: str) -> str:
    """What numbers leave open: whether a mark parts decimals, whether an M is a million."""
    if not span and all_in_m(shapes) and meaning_of_name(name) not in {"money", "income", "count"}:
        return "millions"
    return "" if sure else "decimal"


def _date_reading(rows: Rows, found: Look, orders: Orders) -> Reading | None:
    absent = absent_words(found)
    filled = found.filled - sum(absent.values())
    said = next((said for said in meanings_of_name(found.name) if said in DATE_NAMES), "")
    dates = _dates_spelt(found, said)
    read = dates.cells
    if not filled or read < ENOUGH * filled:
        return None
    asked, of_file = orders
    chosen: Order | None = "ymd"
    if "numeric" in dates.counts:
        chosen = _order_of_column(rows, found, asked) or of_file
    against = asked is not None and chosen not in {asked, "ymd"}
    sql = DateStyle(chosen or "dmy", dates).sql(found.text)
    if not _are_mostly_days(rows, found, sql):
        return None
    return Reading(
        found,
        "date",
        sql,
        ColumnFormat(order=chosen or "dmy", dates=tuple(sorted(dates.counts)), months=dict(dates.months)),
        absent,
        unread=filled - read,
        ambiguous="asked dates" if against else "" if chosen else "dates",
    )


def _dates_spelt(found: Look, said: str) -> Spelt:
    """How a column's dates are spelled, by what its name says of dates; none where it says nothing and most are day numbers."""
    # A birthday such as "Mar 24" is a day of March.
    forms = WHOLE_MONTHS - {"month short year"} if said == "birth" else WHOLE_MONTHS
    dates = date_spelling(found.shapes, forms=forms | {SERIAL_DAY} if said else frozenset({SERIAL_DAY}))
    return dates if said or 2 * dates.counts.get(SERIAL_DAY, 0) <= dates.cells else Spelt()


def _are_mostly_days(rows: Rows, found: Look, sql: str) -> bool:
    """Whether most cells that look like dates are days of the calendar, unlike codes such as 73MAY45; 0000-00-00 is none of them."""
    some = found.alone(rows).select(
        f"select {sql} as day from {{rows}} where regexp_matches({found.text}, '[1-9]') limit {SOME}"
    )
    seen = some.query("select count(*) as cells, count(day) as days from {rows}").to_pylist()[0]
    return bool(2 * seen["days"] >= seen["cells"])


def _plain_text(found: Look, *, one_spelling: bool) -> Reading:
    """Text as it stands, but for white space, for words that mean "no value", and for case among few categories."""
    absent = {} if na_is_a_code(found.values or {}) else absent_words(found, MISSING_ALWAYS)
    cells = found.filled - sum(absent.values())
    categories = len(found.values) - len(absent) if found.values is not None else None
    # Twice each on average: what hardly repeats names customers, it doesn't group them.
    few = categories is not None and (categories <= 2 or cells >= (1.5 if categories <= 12 else 2) * categories)
    merged = few and one_spelling
    same = _one_spelling({text: n for text, n in (found.values or {}).items() if text not in absent}) if merged else {}
    return _formatted_reading(found, "category" if few else "text", ColumnFormat(same=same), absent)


def _one_spelling(values: Mapping[str, int]) -> dict[str, str]:
    """For each category that differs from a commoner one in case, blanks or hyphens only: the commoner one."""
    groups: dict[str, list[str]] = {}
    for text in values:
        groups.setdefault(_BLANKS.sub(" ", text).casefold().strip(" ."), []).append(text)
    same = {}
    for texts in groups.values():
        common = min(texts, key=lambda text: (-values[text], text))
        same.update({text: common for text in texts if text != common})
    return same


def _order_of_column(rows: Rows, found: Look, asked: Order | None) -> Order | None:
    seen = found.alone(rows).query(f"select {order_counts_sql(found.text)} from {{rows}}").to_pylist()[0]
    return order_shown(**seen, asked=asked) or asked or (None if leaves_order_open(found.shapes) else "dmy")


def _order_of_file(rows: Rows, looks: Mapping[str, Look]) -> Order | None:
    """What another column of the file says about day and month, if they agree."""
    orders = {
        order
        for found in looks.values()
        if found.type == "text"
        and not found.plain
        and date_spelling(found.shapes).counts.get("numeric", 0) > 0.5 * found.filled
        if (order := _order_of_column(rows, found, None))
    }
    return orders.pop() if len(orders) == 1 else None


def _mark_behind_zero(rows: Rows, found: Look) -> str | None:
    """The mark behind a lone 0 (0.512), which parts decimals, where figures of three behind marks leave it open."""
    shapes = found.shapes if found.shapes else {"9.999": 1} if found.plain and found.whole < found.numbers else {}
    if found.type != "text" or not any(re.search(r"(?<![0-9])9[.,]999(?![0-9])", shape) for shape in shapes):
        return None
    seen = found.alone(rows).query(
        f"select count(*) filter (where regexp_matches({found.text}, '{_ZERO}[.][0-9]')) as point, "
        f"count(*) filter (where regexp_matches({found.text}, '{_ZERO}[,][0-9]')) as comma from {{rows}}"
    )
    marks = [mark for mark, name in ((".", "point"), (",", "comma")) if seen[name][0].as_py()]
    return marks[0] if len(marks) == 1 else None


def _lone_points(rows: Rows, looks: Mapping[str, Look], *, semicolons: bool) -> set[str]:
    """Columns of plain numbers whose points may all part thousands (40.200), where no other column shows that they part decimals."""
    pointed = [
        name for name, found in looks.items() if found.type == "text" and found.plain and found.whole < found.numbers
    ]
    shown = {name: f"regexp_matches({looks[name].text}, {literal(_POINTS_DECIMALS)})" for name in pointed}
    apart = {name for name in pointed if rows.has(shown[name])}
    return set() if apart and not semicolons else set(pointed) - apart


def _decimal_of_file(looks: Mapping[str, Look], behind_zero: Mapping[str, str]) -> str | None:
    """The decimal mark that some column can't do without, if they agree.

    Args:
        looks: What the columns hold.
        behind_zero: Column -> the mark behind a lone 0 in it, where that decides.
    """
    marks = {mark for name, mark in behind_zero.items() if not looks[name].plain}
    for name, found in looks.items():
        if found.type != "text" or found.plain or not found.shapes or date_spelling(found.shapes).counts:
            continue
        style, read, sure = numeral_style(found.shapes, decimal=behind_zero.get(name))
        if sure and read >= ENOUGH * found.filled and any("," in shape or "." in shape for shape in found.shapes):
            marks.add(style.decimal)
    return marks.pop() if len(marks) == 1 else None
