"""Dates of one column in several orders of day, month and year: each is read as it is written, where that can be told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from clustera.days import MISTAKES, date_beginning_sql, order_counts_sql
from clustera.engines import Rows, column_batches, identifier, literal
from clustera.records import Finding, Raw, Value, own_columns

GLANCE = 1_000  # rows at the beginning, in the middle and at the end that tell which columns hold dates
SOME = 0.2  # share of those rows' cells that must be such dates; of dates with the year first that must have the day second
MOST_BLOCKS = 20  # rows in a row whose dates have one order
LEAST_OF_BLOCK = 5  # dates that tell their order in each of them: by chance so many would not follow one another
SWAPPED = 20  # dates of each kind that show that a spreadsheet took the day for the month
DAYS_OF_MONTHS = 20  # different last figures that are days of months rather than years, of which one is among the first
AMONG_THE_FIRST = 3
YEAR_LAST = r"^[\s\x{a0}]*([0-9]{1,2})([-/.]) ?([0-9]{1,2})[-/.] ?([0-9]{4}|[0-9]{2})([^0-9].*)?$"
_YEAR_FIRST = r"^[\s\x{a0}]*([0-9]{4})([-/.]) ?([0-9]{1,2})[-/.] ?([0-9]{1,2})([^0-9].*)?$"
_DATE_ALONE = "[0-9]+[-/.] ?[0-9]+[-/.] ?[0-9]+"
# Three numbers parted by marks may also be a code, an address or a version: 20-45-33, 10.1.23.7, 3.14.2. 00/00/0000 is nothing.
_NUMBERS = r"^[\s\x{a0}]*0?[1-9][0-9]*[-/.] ?[0-9]+[-/.] ?[0-9]"
_D, _M, _MARK = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "[-/.] ?"
_TWO = f"(?:{_D}{_MARK}{_M}|{_M}{_MARK}{_D})"
_POSSIBLE = rf"^[\s\x{{a0}}]*(?:{_TWO}{_MARK}(?:[0-9]{{4}}|[0-9]{{2}})|[0-9]{{4}}{_MARK}{_TWO}|[0-9]{{2}}{_MARK}{_M}{_MARK}{_D})(?:[^0-9]|$)"
_NAMES = {"d": "day", "m": "month"}
_BLANKS = " \t\n\f\r\u00a0"

# How a way is read: "d" or "m" of the two numbers beside the year comes first; "y": two figures of the year do; "each": by
# the number above 12, cell by cell; blocks of rows: each by its own order.
OrderRule = str | tuple["RowsOfOneOrder", ...]


@dataclass(frozen=True, slots=True)
class WayOfWriting:
    """Dates of a column that are written alike but for their numbers."""

    key: str  # the mark, and the figures of the year where it comes last: "/4", ".2", "/4am" (with AM and PM), "-"
    example: str
    cells: int
    days: int  # whose first of the two numbers beside the year is above 12, and so the day
    months: int  # whose second number is
    low: int  # whose numbers are both 12 at most
    open: int  # of those, whose numbers differ
    backward: bool  # whether two figures of the year come first: 24-03-25

    @property
    def year_first(self) -> bool:
        """Whether four figures of the year come first."""
        return len(self.key) == 1

    @property
    def order(self) -> str:
        """What comes first, "d" or "m", where numbers above 12 tell it; dots are never American. "both", or "" where none does."""
        if self.days and self.months:
            return "both"
        return "d" if self.days or (not self.months and "." in self.key) else "m" if self.months else ""


@dataclass(frozen=True, slots=True)
class RowsOfOneOrder:
    """Rows in a row whose dates have one order."""

    first: int  # row of its first date that tells the order
    last: int
    order: str  # "d" or "m"
    days: tuple[str, str] | None  # of these two rows, where the dates of the whole column ascend or descend


def dates_in_one_order(raw: Raw) -> Raw:
    """The source with the year first in the dates of columns that write them in several orders; with what is told of these.

    Numbers above 12 show the order: of all dates with the same marks, of blocks of rows, or of single cells. What they leave
    open stays as it is; between two blocks it gets a question mark, with which it is no date.
    """
    rows, told = raw.rows, list[Finding]()
    glance = _some_rows(rows, raw.source.rows)
    for name in _columns_of_dates(glance):
        if not _may_differ(rows, glance, name):
            continue
        dates = _dates_taken_apart(rows, name)
        ways = _ways_of(dates, name)
        case, rules = _rules_of_ways(dates, ways)
        if rules:
            rows = rows.select(_with_year_first(name, rules))
            ruled = {way: rules[way.key] for way in ways if way.key in rules}
            told.append(_orders_told(raw, name, dates, {"case": case, **_told_of_ways(ways, ruled)}, ruled))
    return replace(raw, rows=rows.keep(), findings=(*raw.findings, *told)) if told else raw


def _some_rows(rows: Rows, total: int) -> Rows:
    """The rows at the beginning, in the middle and at the end."""
    middle = total // 2
    where = f"_row <= {GLANCE} or _row between {middle} and {middle + GLANCE} or _row > {total - GLANCE}"
    return rows.select(f"select * from {{rows}} where {where}").keep()


def _columns_of_dates(glance: Rows) -> Iterator[str]:
    """Columns of text in which dates stand that may have several orders, by some rows."""
    texts = [name for name in own_columns(glance.columns) if glance.columns[name] == "VARCHAR"]
    for names in column_batches(_beginning_with_figures(glance, texts)):
        seen = ", ".join(
            f"count(*) filter (where regexp_matches({cell}, '{YEAR_LAST}') or try_cast({_date_part(cell, _YEAR_FIRST, 3)} as integer) > 12) "
            f"> {SOME} * count({cell}) and count(*) filter (where regexp_matches({cell}, '{_NUMBERS}') and not regexp_matches({cell}, '{_POSSIBLE}')) "
            f"<= {MISTAKES} * count({cell}) as c{at}"
            for at, cell in enumerate(map(identifier, names))
        )
        glanced = glance.query(f"select {seen} from {{rows}}").to_pylist()[0]
        yield from (name for at, name in enumerate(names) if glanced[f"c{at}"])


def _beginning_with_figures(glance: Rows, texts: Sequence[str]) -> list[str]:
    """Columns of which enough cells begin with a figure: patterns would take seconds to say so of thousands of columns."""
    found = list[str]()
    for names in column_batches(texts):
        begins = (f"ltrim({identifier(name)}, {literal(_BLANKS)})" for name in names)
        seen = ", ".join(
            f"count(*) filter (where {cell} >= '0' and {cell} < ':') > {SOME} * count({cell})" for cell in begins
        )
        found += itertools.compress(names, glance.value(f"select [{seen}] as them from {{rows}}"))
    return found


def _may_differ(rows: Rows, glance: Rows, name: str) -> bool:
    """Whether a column may hold several orders: by some rows, or since numbers above 12 show two; all its parts cost much more."""
    if any(way.backward or way.year_first for way in _ways_of(_dates_taken_apart(glance, name), name)):
        return True
    begins = rows.select(f"select distinct {date_beginning_sql(f'trim({identifier(name)})')} as begins from {{rows}}")
    seen = begins.query(f"select {order_counts_sql('begins')} from {{rows}}").to_pylist()[0]
    return bool(seen["dmy"] and seen["mdy"])


def _dates_taken_apart(rows: Rows, name: str) -> Rows:
    """The rows in which a column holds a date, with its parts."""
    return rows.select(f"select * from ({_with_parts(name)}) where {_WAY} is not null")


def _date_part(cell: str, pattern: str, group: int) -> str:
    return f"regexp_extract({cell}, '{pattern}', {group})"


# The parts of a date beside its cell; no column of a source ends in a blank.
_WAY, _U, _V, _YEAR, _TAIL = map(identifier, ("way ", "u ", "v ", "year ", "tail "))


_FULL_YEAR = f"case when length({_YEAR}) = 4 then '' when {_YEAR} < '69' then '20' else '19' end || {_YEAR}"
# SQL for the date, NULL where there is none such, by which of the two numbers is the day.
_DAY = {
    order: f"cast(try_strptime({_FULL_YEAR} || '-' || {month} || '-' || {day}, '%Y-%m-%d') as date)"
    for order, month, day in (("d", _V, _U), ("m", _U, _V))
}


def _with_parts(name: str) -> str:
    """SQL for the rows with the parts of each date: how it is written, the two numbers beside the year, the year, the rest."""
    cell = identifier(name)
    is_last, is_first = f"regexp_matches({cell}, '{YEAR_LAST}')", f"regexp_matches({cell}, '{_YEAR_FIRST}')"

    def part(of_last: int, of_first: int) -> str:
        return (
            f"case when {is_last} then {_date_part(cell, YEAR_LAST, of_last)} "
            f"when {is_first} then {_date_part(cell, _YEAR_FIRST, of_first)} end"
        )

    length = f"case when {is_last} then cast(length({part(4, 1)}) as varchar) else '' end"
    half = f"case when regexp_matches(lower({part(5, 5)}), '[0-9] ?[ap][.]?m') and {is_last} then 'am' else '' end"
    return (
        f"select *, {part(2, 2)} || {length} || {half} as {_WAY}, cast({part(1, 3)} as integer) as {_U}, "
        f"cast({part(3, 4)} as integer) as {_V}, {part(4, 1)} as {_YEAR}, {part(5, 5)} as {_TAIL} from {{rows}}"
    )


def _ways_of(dates: Rows, name: str) -> list[WayOfWriting]:
    """How a column's dates are written; the commonest way first."""
    low, third = f"{_U} <= 12 and {_V} <= 12", f"cast({_YEAR} as integer)"
    day = f"try_strptime(lpad(cast({_U} as varchar), 2, '0') || '-' || {_V} || '-' || {_YEAR}, '%y-%m-%d')"
    # Loans and policies end on the first or the last day of a month, in any of many years.
    elsewhere = f"count(*) filter (where {_U} not in (1, 28, 29, 30, 31)) > 0 and count(distinct {_V}) > 1"
    backward = (
        f"max({third}) between 29 and 31 and min({third}) <= {AMONG_THE_FIRST} and count(distinct {third}) >= {DAYS_OF_MONTHS} "
        f"and count({day}) = count(*) and {elsewhere} "
        f"and (2 * count(distinct {_U}) <= count(distinct {third}) or count(*) filter (where {_U} > 31) > {SOME} * count(*))"
    )
    found = dates.query(
        f"select {_WAY} as key, regexp_extract(arg_min({identifier(name)}, _row), '{_DATE_ALONE}') as example, count(*) as cells, "
        f"count(*) filter ({_U} between 13 and 31 and {_V} <= 12) as days, "
        f"count(*) filter ({_V} between 13 and 31 and {_U} <= 12) as months, "
        f"count(*) filter ({low}) as low, count(*) filter ({low} and {_U} <> {_V}) as open, {backward} as backward "
        f"from {{rows}} group by {_WAY} order by cells desc, {_WAY}"
    )
    return [WayOfWriting(**row) for row in found.to_pylist()]


def _rules_of_ways(dates: Rows, ways: Sequence[WayOfWriting]) -> tuple[str, dict[str, OrderRule]]:
    """Why dates are not all read alike, and how those of each way are; no rules where all have one order."""
    first, last = [way for way in ways if way.year_first], [way for way in ways if not way.year_first]
    if backward := {way.key: "y" for way in last if way.backward}:
        return "backward", dict(backward)
    if _may_be_swapped(first, last) and _are_in_few_months(dates, first):
        return "swapped", {way.key: "d" for way in first}
    return _several_or_day_second(dates, first, last)


def _several_or_day_second(
    dates: Rows, first: Sequence[WayOfWriting], last: Sequence[WayOfWriting]
) -> tuple[str, dict[str, OrderRule]]:
    """The rules where no year stands in an unusual place and no spreadsheet has been at work."""
    rules: dict[str, OrderRule] = {way.key: rule for way in last if (rule := _rule_of_way(dates, way))}
    if len(set(rules.values())) > 1 or any(isinstance(rule, tuple) or rule == "each" for rule in rules.values()):
        return "several", rules
    if turned := {way.key: "d" for way in first if not way.months and way.days > SOME * way.cells}:
        return "day-before-month", dict(turned)
    blocks = {
        way.key: rule for way in first if way.order == "both" and isinstance(rule := _rule_of_way(dates, way), tuple)
    }
    return "several", dict(blocks)


def _may_be_swapped(first: Sequence[WayOfWriting], last: Sequence[WayOfWriting]) -> bool:
    """Whether a spreadsheet may have taken one order of day and month for the other.

    What it could read so became a date, whose day is then 12 at most; what it could not, since a number is above 12, it left.
    """
    days, months = sum(way.days for way in last), sum(way.months for way in last)
    return (
        sum(way.low for way in first) == sum(way.cells for way in first) >= SWAPPED
        and not any(way.low for way in last)
        and not min(days, months)
        and max(days, months) >= SWAPPED
    )


def _are_in_few_months(dates: Rows, first: Sequence[WayOfWriting]) -> bool:
    """Whether dates changed back lie in about as many months; those of a shop that writes otherwise since the 13th would not."""
    keys = ", ".join(literal(way.key) for way in first)
    seen = dates.query(
        f"select count(distinct {_YEAR} || ' ' || {_V}) as changed, count(distinct {_YEAR} || ' ' || {_U}) as as_they_are "
        f"from {{rows}} where {_WAY} in ({keys})"
    ).to_pylist()[0]
    return bool(seen["changed"] <= 2 * seen["as_they_are"])


def _rule_of_way(dates: Rows, way: WayOfWriting) -> OrderRule:
    """How the dates of a way are read; empty where nothing tells."""
    if way.order != "both":
        return way.order
    if blocks := _blocks_of_rows(dates, way):
        return blocks
    if min(way.days, way.months) <= MISTAKES * (way.days + way.months):
        return "d" if way.days > way.months else "m"
    return "each"


def _blocks_of_rows(dates: Rows, way: WayOfWriting) -> tuple[RowsOfOneOrder, ...]:
    """The blocks of rows in which the dates of a way have one order; none where they alternate."""
    telling = f"{_WAY} = {literal(way.key)} and ({_U} between 13 and 31) <> ({_V} between 13 and 31)"
    found = dates.query(
        f"with telling as (select _row, {_U} > 12 as days, case when {_U} > 12 then {_DAY['d']} else {_DAY['m']} end as day "
        f"from {{rows}} where {telling}), "
        "turns as (select *, days is distinct from lag(days) over (order by _row) as turns, "
        "day < lag(day) over (order by _row) as down, day > lag(day) over (order by _row) as up from telling), "
        "numbered as (select *, count(*) filter (where turns) over (order by _row) as block from turns) "
        "select min(_row) as first, max(_row) as last, any_value(days) as days, count(*) as n, "
        "cast(arg_min(day, _row) as varchar) as first_day, cast(arg_max(day, _row) as varchar) as last_day, "
        "coalesce(bool_or(down), false) as down, coalesce(bool_or(up), false) as up "
        f"from numbered group by block order by block limit {MOST_BLOCKS + 1}"
    ).to_pylist()
    if len(found) > MOST_BLOCKS or any(row["n"] < LEAST_OF_BLOCK for row in found):
        return ()
    ordered = not any(row["down"] for row in found) or not any(row["up"] for row in found)
    return tuple(
        RowsOfOneOrder(
            row["first"],
            row["last"],
            "d" if row["days"] else "m",
            (row["first_day"], row["last_day"]) if ordered else None,
        )
        for row in found
    )


def _with_year_first(name: str, rules: Mapping[str, OrderRule]) -> str:
    """SQL for the rows with the year first in a column's dates, by the rules of their ways."""
    cases = " ".join(f"when {_WAY} = {literal(key)} then {_order_of_rule(rule)}" for key, rule in rules.items())
    order, cell = f"case {cases} end", identifier(name)
    two = {part: f"lpad(cast({part} as varchar), 2, '0')" for part in (_U, _V)}
    forms = {
        "d": f"{_FULL_YEAR} || '-' || {two[_V]} || '-' || {two[_U]} || {_TAIL}",
        "m": f"{_FULL_YEAR} || '-' || {two[_U]} || '-' || {two[_V]} || {_TAIL}",
        "y": f"case when {_U} < 69 then '20' else '19' end || {two[_U]} || '-' || {two[_V]} || '-' || {_YEAR} || {_TAIL}",
        "?": f"'? ' || {cell}",
    }
    possible = {"d": f" and {_V} <= 12", "m": f" and {_U} <= 12"}  # a mistake stays as it is
    written = " ".join(f"when ({order}) = '{one}'{possible.get(one, '')} then {form}" for one, form in forms.items())
    parts = ", ".join((_WAY, _U, _V, _YEAR, _TAIL))
    return f"select * exclude ({parts}) replace (case {written} else {cell} end as {cell}) from ({_with_parts(name)})"


def _order_of_rule(rule: OrderRule) -> str:
    """SQL for the order of a date; NULL where it stays as it is."""
    if rule == "each":
        return f"case when {_U} = {_V} or ({_U} between 13 and 31 and {_V} <= 12) then 'd' when {_V} between 13 and 31 and {_U} <= 12 then 'm' end"
    if isinstance(rule, str):
        return literal(rule)
    inner = " ".join(f"when _row between {block.first} and {block.last} then '{block.order}'" for block in rule)
    ends = f"when _row < {rule[0].first} then '{rule[0].order}' when _row > {rule[-1].last} then '{rule[-1].order}'"
    between = " ".join(_between_sql(before, after) for before, after in itertools.pairwise(rule))
    return f"case {inner} {ends} when {_U} = {_V} then 'd' {between} else '?' end"


def _between_sql(before: RowsOfOneOrder, after: RowsOfOneOrder) -> str:
    """SQL for the order of a date between two blocks where the dates ascend or descend: that by which it lies between theirs."""
    if not (before.days and after.days):
        return ""
    low, high = sorted((before.days[1], after.days[0]))
    within = {order: f"coalesce({day} between date '{low}' and date '{high}', false)" for order, day in _DAY.items()}
    return (
        f"when _row between {before.last} and {after.first} and {within['d']} <> {within['m']} "
        f"then case when {within['d']} then 'd' else 'm' end"
    )


def _told_of_ways(ways: Sequence[WayOfWriting], ruled: Mapping[WayOfWriting, OrderRule]) -> dict[str, Value]:
    """Dates as they are written, and how many could be either."""
    others = [way for way in ways if way not in ruled]
    return {
        "example": next(iter(ruled)).example,
        "other": others[0].example if others else "",
        "open": sum(way.open for way in ways if not way.year_first and ruled.get(way, "each") == "each"),
    }


def _orders_told(
    raw: Raw, name: str, dates: Rows, values: Mapping[str, Value], ruled: Mapping[WayOfWriting, OrderRule]
) -> Finding:
    """What is told of a column's dates."""
    blocks = {way: rule for way, rule in ruled.items() if isinstance(rule, tuple)}
    between = sum(
        dates.value(
            f"select count(*) as n from {{rows}} where {_WAY} = {literal(way.key)} and {_order_of_rule(rule)} = '?'"
        )
        for way, rule in blocks.items()
    )
    count = sum(way.cells for way in ruled)
    told: dict[str, Value] = {
        "title": raw.told_names.get(name, name),
        "marks": tuple(
            {"example": way.example, "order": _NAMES[rule]}
            for way, rule in ruled.items()
            if isinstance(rule, str) and rule in _NAMES
        ),
        "blocks": tuple(
            {
                "first": block.first if at else 1,
                "last": block.last if at + 1 < len(rule) else raw.source.rows,
                "order": _NAMES[block.order],
            }
            for rule in blocks.values()
            for at, block in enumerate(rule)
        ),
        "single": sum(way.days + way.months for way, rule in ruled.items() if rule == "each"),
        "between": between,
    }
    return Finding(
        "date-orders", "warning", column=name, count=count, share=count / raw.source.rows, values={**values, **told}
    )
