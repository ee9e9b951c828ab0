"""SQL that turns the date cells of an order log into days, whatever their type and spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustera.days import (
    MOSTLY,
    SHORT_DATES,
    date_beginning_sql,
    order_counts_sql,
    order_shown,
    short_counts_sql,
    short_order,
)
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError
from clustera.features.options import OrderOptions
from clustera.lexicon import ASCII_FIGURES, OTHER_FIGURES
from clustera.records import Finding
from clustera.written_dates import WHOLE_MONTHS, DateStyle, date_spelling

Order = Literal["dmy", "mdy"]

FIRST_YEAR, LAST_YEAR = 1900, 2200  # of a date without separators: other digits are no date
LEAST_DATES = 0.5  # share of the filled cells that must be dates
MOST_SHAPES = 2_000  # of dates with words, figures written as 9
_FIGURES = r"^[0-9]+[-/.] ?[0-9]+[-/.] ?[0-9]+"
_COMPACT = {"ymd": "%Y%m%d", "dmy": "%d%m%Y", "mdy": "%m%d%Y"}
EPOCH = r"^[0-9]{9,10}([.][0-9]+)?$|^1[0-9]{12}$|^1[0-9]{15}$|^1[0-9]{18}$"  # seconds since 1970, or fractions of them
_KINDS = {
    "ymd": r"^[0-9]{4}[-/.] ?[0-9]{1,2}[-/.] ?[0-9]{1,2}",
    "figures": r"^[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?([0-9]{4}|[0-9]{2})([^0-9]|$)",
    "compact": r"^[0-9]{7,8}([.]0+)?$",
    "stamp": r"^[0-9]{12}$|^[0-9]{14}$",
    "epoch": EPOCH,
    "serial": r"^[0-9]{5}([.][0-9]+)?$",
    "six": r"^[0-9]{6}([.]0+)?$",
    "short": r"^[0-9]{3,6}([.]0+)?$",
    "months": r"^(19|20)[0-9]{2}(0[1-9]|1[0-2])$",
    "worded": r"[\p{L}].*[0-9]|[0-9].*[\p{L}]|^[0-9]{1,4}[-/.][0-9]{1,4}$|^[0-9]{8} ",
}


def day_sql(rows: Rows, name: str, options: OrderOptions, *, source: str) -> str:
    """SQL for the day of an order, INTEGER since 1970-01-01; NULL where it can't be read.

    Read are dates in figures with or without separators (2023-07-02, 2.7.2023, 20230702, 02072023, 230702), with the month in
    letters, in Chinese, Japanese and Korean signs, seconds and milliseconds since 1970, a spreadsheet's serial days, and
    months (2023-07, 202307: their first day). A time of day is left out; a time that names its offset, or that counts seconds,
    is first carried to the shop's zone, where one is given.

    Raises:
        InputError: day and month can't be told apart, or hardly any cell is a date.
    """
    column, sql_type = identifier(name), rows.columns[name]
    if sql_type == "TIMESTAMP WITH TIME ZONE":
        date = f"cast({column} at time zone {literal(options.zone or 'UTC')} as date)"
    elif sql_type == "DATE" or sql_type.startswith("TIMESTAMP"):
        date = f"cast({column} as date)"
    else:
        date = _date_in_text(rows, name, options, source)
    return f"cast({date} - date '1970-01-01' as integer)"


def date_text_sql(name: str, sql_type: str) -> str:
    """SQL for a date cell as trimmed text; numbers without the exponent that long ones get."""
    column = identifier(name)
    if sql_type in {"DOUBLE", "FLOAT"}:
        return f"cast(try_cast(floor({column}) as bigint) as varchar)"
    return f"trim(cast({column} as varchar))"


def names_offset_sql(text: str) -> str:
    """SQL for whether a time names its offset: 10:15:00+02:00."""
    return f"regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$')"


def moment_sql(text: str, number: str, zone: str | None) -> str:
    """SQL for the TIMESTAMP of seconds since 1970 or their fractions, told apart by their size; NULL where a cell holds none.

    Args:
        text: SQL of the cell's text.
        number: SQL of its number.
        zone: The shop's; None is UTC.
    """
    seconds = f"case when {number} < 1e11 then {number} when {number} < 1e14 then {number} / 1e3 "
    seconds += f"when {number} < 1e17 then {number} / 1e6 else {number} / 1e9 end"
    stamp = f"to_timestamp(case when regexp_matches({text}, {literal(EPOCH)}) then {seconds} end)"
    return f"{stamp} at time zone {literal(zone or 'UTC')}"


def date_kinds_sql(text: str) -> str:
    """SQL for how many cells have each spelling of a date: one count for each of the spellings."""
    parts = [
        f"count(*) filter (where regexp_matches({text}, {literal(form)})) as {kind}" for kind, form in _KINDS.items()
    ]
    return ", ".join(parts)


def _date_in_text(rows: Rows, name: str, options: OrderOptions, source: str) -> str:
    text = date_text_sql(name, rows.columns[name])
    zoned = f"{names_offset_sql(text)} and {text} like '%:%'"
    iso = f"try_cast(left({text}, 10) as date)"
    # Asked first: most logs are written so, and the other spellings are patterns, which are slow.
    plainly = rows.query(
        f"select count(nullif({text}, '')) as cells, "
        f"count(*) filter (where {text} like '____-__-__%' and {iso} is not null) as iso from {{rows}}"
    ).to_pylist()[0]
    if plainly["cells"] and plainly["iso"] == plainly["cells"] and not (options.zone and rows.has(zoned)):
        return iso
    if rows.has(f"regexp_matches({text}, '[{OTHER_FIGURES}]')"):
        text = f"translate({text}, '{OTHER_FIGURES}', '{ASCII_FIGURES}')"
    seen = rows.query(
        f"select count(nullif({text}, '')) as cells, {date_kinds_sql(text)}, "
        f"count(*) filter (where {zoned}) as offsets from {{rows}}"
    ).to_pylist()[0]
    cell = _DateCell(rows, name, text, options, source)
    parts = _parts(cell, seen)
    date = f"cast(coalesce({', '.join(parts)}) as date)" if parts else "cast(null as date)"
    if not parts or rows.count(f"{date} is not null") < LEAST_DATES * seen["cells"]:
        raise InputError(
            f"{source}: column {name!r} holds dates in hardly any line.",
            hint="Say which column holds the date: --set date=COLUMN. Dates look like 2017-09-30, 30.9.2017 or 20170930.",
        )
    return date


@dataclass(frozen=True, slots=True)
class _DateCell:
    """A column of dates in text."""

    rows: Rows
    name: str
    text: str  # SQL of a cell
    options: OrderOptions
    source: str


def _parts(cell: _DateCell, seen: dict[str, int]) -> list[str]:
    """SQL for each spelling that occurs; each is NULL where a cell has another."""
    text, options = cell.text, cell.options
    figures = f"regexp_replace(regexp_extract({text}, {literal(_FIGURES)}), '[-/.] ?', '-', 'g')"
    parts = []
    if seen["ymd"] and options.zone and seen["offsets"]:
        parts.append(f"cast(try_cast({text} as timestamptz) at time zone {literal(options.zone)} as date)")
    if seen["ymd"]:
        # Without the guard the year 17 of 30-09-17 would be read.
        parts.append(f"case when instr({figures}, '-') = 5 then try_strptime({figures}, '%Y-%m-%d') end")
    if seen["figures"]:
        form = {"dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y"}[_order_of(cell)]
        short = form.replace("%Y", "%y")
        parts += [
            f"case when regexp_matches({figures}, '^[0-9]{{1,2}}-.*-[0-9]{{4}}$') then try_strptime({figures}, '{form}') end",
            f"case when regexp_matches({figures}, '^[0-9]{{1,2}}-.*-[0-9]{{2}}$') then try_strptime({figures}, '{short}') end",
        ]
    if seen["compact"]:
        parts.append(_compact(cell))
    if seen["stamp"]:
        parts.append(f"case when length({text}) in (12, 14) then try_strptime(left({text}, 8), '%Y%m%d') end")
    six_figures = _days_of_six_figures(cell, seen)
    parts += six_figures
    if seen["epoch"] or (seen["serial"] and not six_figures):
        parts += _numeric_date_sql(text, options)
    if seen["months"] >= MOSTLY * seen["cells"]:
        months = f"case when regexp_matches({text}, {literal(_KINDS['months'])}) then {text} || '01' end"
        parts.append(f"try_strptime({months}, '%Y%m%d')")
    if seen["worded"]:
        parts += _worded_dates_sql(cell.rows, text)
    return parts


def _compact(cell: _DateCell) -> str:
    """Eight figures without separators, whichever of day, month and year comes first; a lost leading zero is put back."""
    text, options = cell.text, cell.options
    digits = f"lpad(regexp_extract({text}, '^([0-9]{{7,8}})([.]0+)?$', 1), 8, '0')"
    guarded = f"case when regexp_matches({text}, {literal(_KINDS['compact'])}) then {digits} end"
    dates = {order: f"try_strptime({guarded}, '{form}')" for order, form in _COMPACT.items()}
    possible = {
        order: f"case when year({date}) between {FIRST_YEAR} and {LAST_YEAR} then {date} end"
        for order, date in dates.items()
    }
    counts = cell.rows.query(
        f"select {', '.join(f'count({date}) as {order}' for order, date in possible.items())} from {{rows}}"
    ).to_pylist()[0]
    if counts["ymd"] >= max(counts["dmy"], counts["mdy"]):
        return possible["ymd"]
    if options.dates is None and counts["dmy"] == counts["mdy"]:
        raise _open_order(cell)
    return possible[options.dates or ("dmy" if counts["dmy"] > counts["mdy"] else "mdy")]


def _days_of_six_figures(cell: _DateCell, seen: dict[str, int]) -> list[str]:
    """SQL for dates of six figures, where most cells are one; lost leading zeros are put back."""
    mostly = MOSTLY * seen["cells"]
    if not seen["six"] or seen["short"] < mostly or seen["months"] >= mostly:
        return []
    digits = f"lpad(nullif(regexp_extract({cell.text}, '^([0-9]{{3,6}})([.]0+)?$', 1), ''), 6, '0')"
    counted = cell.rows.query(f"select {short_counts_sql(digits)} from {{rows}}").to_pylist()[0]
    order = short_order(counted, cell.options.dates)
    return [f"try_strptime({digits}, '{SHORT_DATES[order]}')"] if order else []


def _numeric_date_sql(text: str, options: OrderOptions) -> list[str]:
    """Seconds since 1970 and their fractions, and the serial days of spreadsheets, told apart by their size."""
    number = f"try_cast({text} as double)"
    serial = f"case when regexp_matches({text}, {literal(_KINDS['serial'])}) then cast(floor({number}) as integer) end"
    return [
        f"cast({moment_sql(text, number, options.zone)} as date)",
        f"date '1899-12-30' + {serial}",
    ]


def _worded_dates_sql(rows: Rows, text: str) -> list[str]:
    """SQL for dates with a month in letters or signs, without a day, and weeks, by the spellings that the cells have."""
    found = rows.query(
        f"select translate({text}, '012345678', '999999999') as shape, count(*) as n from {{rows}} "
        f"where regexp_matches({text}, {literal(_KINDS['worded'])}) group by shape order by n desc, shape limit {MOST_SHAPES}"
    ).to_pydict()
    spelt = date_spelling(dict(zip(found["shape"], found["n"], strict=True)), forms=WHOLE_MONTHS)
    return DateStyle("dmy", spelt).worded_sql(text)


def dates_against_option(rows: Rows, name: str, options: OrderOptions) -> list[Finding]:
    """That most dates of a log show another order of day and month than the caller says; nothing where they do not."""
    if options.dates is None or rows.columns[name] != "VARCHAR":
        return []
    seen = _orders_seen(rows, f"trim({identifier(name)})")
    shown = _order_shown(seen, options)
    if shown in {None, options.dates}:
        return []
    return [
        Finding.counted(
            "dates-not-as-asked", "warning", seen["dates"], rows.count(), column=name, title=name, order=str(shown)
        )
    ]


def _orders_seen(rows: Rows, text: str) -> dict[str, int]:
    """How many dates there are in figures, by the order that they show, and with dots."""
    begins = rows.select(
        f"select {date_beginning_sql(text)} as begins, count(*) as times from {{rows}} group by begins"
    )
    dotted = "coalesce(sum(times) filter (regexp_matches(begins, '^[0-9]{1,2}[.] ?[0-9]{1,2}[.]')), 0)"
    seen: dict[str, int] = begins.query(
        f"select {order_counts_sql('begins', 'times')}, cast({dotted} as bigint) as dotted from {{rows}}"
    ).to_pylist()[0]
    return seen


def _order_shown(seen: dict[str, int], options: OrderOptions) -> Order | None:
    return order_shown(seen["dates"], seen["dmy"], seen["mdy"], options.dates)


def _order_of(cell: _DateCell) -> Order:
    """Whether the day or the month comes first: a number above 12, what the caller says, or dots, which only Europe writes."""
    seen = _orders_seen(cell.rows, cell.text)
    if order := _order_shown(seen, cell.options) or cell.options.dates:
        return order
    if seen["dotted"] == seen["dates"]:
        return "dmy"
    raise _open_order(cell)


def _open_order(cell: _DateCell) -> InputError:
    return InputError(
        f"{cell.source}: column {cell.name!r} leaves open which number is the day and which the month.",
        hint="Say --dates dmy (30.9.2017) or --dates mdy (9/30/2017).",
    )
