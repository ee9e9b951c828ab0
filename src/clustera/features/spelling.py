"""SQL that turns the cells of an order log into days and money, whatever their type."""

from __future__ import annotations

from typing import Literal

from clustera.engines import identifier, literal
from clustera.errors import InputError
from clustera.features.options import OrderOptions
from clustera.features.roles import is_number
from clustera.records import Rows

_MISSING = ("", "nan", "null", "none", "n/a", "na", "nat", "-", "<na>")


def id_sql(name: str, sql_type: str) -> str:
    """SQL for an id: whole numbers stay numbers, text is trimmed, NULL where it says nothing."""
    column = identifier(name)
    if sql_type in {"DOUBLE", "FLOAT"} or sql_type.startswith("DECIMAL"):
        # Whole numbers that were turned into floating point by missing neighbours.
        return f"try_cast({column} as bigint)"
    if is_number(sql_type):
        return f"cast({column} as bigint)"
    missing = ", ".join(map(literal, _MISSING))
    text = f"trim(cast({column} as varchar))"
    text = f"case when {column} like '%.0%' then regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1') else {text} end"
    return f"case when lower({text}) not in ({missing}) then {text} end"


def text_sql(name: str) -> str:
    """SQL for a label: trimmed text, NULL where empty."""
    return f"nullif(trim(cast({identifier(name)} as varchar)), '')"


def number_sql(rows: Rows, name: str, options: OrderOptions) -> str:
    """SQL for a number: as it is, or read from text with its decimal mark, currency sign and brackets."""
    column, sql_type = identifier(name), rows.columns[name]
    if sql_type in {"DOUBLE", "FLOAT"}:
        # Asked once, since the guard would cost in every pass over the lines.
        guarded = _count(rows, f"not isfinite({column})")
        return f"case when isfinite({column}) then {column} end" if guarded else column
    if is_number(sql_type):
        return column
    if options.decimal != "," and not _count(rows, f"{column} is not null and try_cast({column} as double) is null"):
        number = f"try_cast({column} as double)"  # plain numbers, those like 1e-05 among them
        return f"case when isfinite({number}) then {number} end"
    text = f"trim(cast({column} as varchar))"
    digits = f"regexp_replace({text}, '[^0-9.,]', '', 'g')"
    if (options.decimal or _decimal_mark(rows, name)) == ",":
        digits = f"replace(replace({digits}, '.', ''), ',', '.')"
    else:
        digits = f"replace({digits}, ',', '')"
    negative = f"regexp_matches({text}, '^[^0-9]*-|-$|^[(].*[)]$')"
    plain = f"regexp_matches({text}, '^[^0-9A-Za-z]*([A-Za-z]{{2,4}} ?)?[^0-9A-Za-z]*[0-9][0-9., '']*[^0-9]{{0,5}}$')"
    number = f"try_cast({digits} as decimal(30,6))"
    return f"case when {plain} then case when {negative} then -{number} else {number} end end"


def _count(rows: Rows, condition: str) -> int:
    return int(rows.query(f"select count(*) as n from {{rows}} where {condition}")["n"][0].as_py())


def _decimal_mark(rows: Rows, name: str) -> str:
    """The mark that stands before one or two last digits more often."""
    column = identifier(name)
    seen = rows.query(
        f"select count(*) filter (where regexp_matches({column}, ',[0-9]{{1,2}}[^0-9]*$')) as comma, "
        f"count(*) filter (where regexp_matches({column}, '[.][0-9]{{1,2}}[^0-9]*$')) as point "
        "from {rows}"
    ).to_pylist()[0]
    return "," if seen["comma"] > seen["point"] else "."


def day_sql(rows: Rows, name: str, options: OrderOptions, *, source: str) -> str:
    """SQL for the day of an order, INTEGER since 1970-01-01; NULL where it can't be read.

    A time of day is left out; a time that names its offset is first carried to the shop's zone, where one is given.

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


def _date_in_text(rows: Rows, name: str, options: OrderOptions, source: str) -> str:
    text = f"trim(cast({identifier(name)} as varchar))"
    cut = f"replace(replace(regexp_extract({text}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+'), '/', '-'), '.', '-')"
    seen = rows.query(
        f"select count(*) as cells, count(*) filter (where regexp_matches({text}, '^[0-9]{{8}}$')) as packed, "
        f"count(*) filter (where regexp_matches({cut}, '^[0-9]{{4}}-')) as ymd, "
        f"count(*) filter (where regexp_matches({cut}, '^[0-9]{{1,2}}-')) as other, "
        f"max(try_cast(regexp_extract({cut}, '^([0-9]{{1,2}})-', 1) as integer)) as first, "
        f"max(try_cast(regexp_extract({cut}, '^[0-9]{{1,2}}-([0-9]{{1,2}})-', 1) as integer)) as second, "
        f"count(*) filter (where regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') and {text} like '%:%') "
        "as offsets from {rows}"
    ).to_pylist()[0]
    most = max(seen["packed"], seen["ymd"], seen["other"])
    if most < 0.5 * seen["cells"]:
        raise InputError(
            f"{source}: column {name!r} holds dates in hardly any line.",
            hint="Say which column holds the date: --set date=COLUMN. Dates look like 2017-09-30, 30.9.2017 or 20170930.",
        )
    if seen["packed"] == most:
        return f"cast(try_strptime({text}, '%Y%m%d') as date)"
    if seen["ymd"] == most and options.zone and seen["offsets"]:
        return f"cast(try_cast({text} as timestamptz) at time zone {literal(options.zone)} as date)"
    iso = f"try_cast(left({text}, 10) as date)"
    if seen["ymd"] == most and not _count(rows, f"{identifier(name)} is not null and {iso} is null"):
        return iso
    order = "ymd" if seen["ymd"] == most else _order(name, seen["first"] or 0, seen["second"] or 0, options, source)
    formats = {"ymd": ("%Y-%m-%d",), "dmy": ("%d-%m-%Y", "%d-%m-%y"), "mdy": ("%m-%d-%Y", "%m-%d-%y")}[order]
    # A year of two digits fits %Y as well, as the year 17; the length of the text tells them apart.
    tries = [
        f"case when regexp_matches({cut}, {literal('-[0-9]{4}$' if f.endswith('%Y') else '-[0-9]{2}$')}) "
        f"then try_strptime({cut}, {literal(f)}) end"
        if order != "ymd"
        else f"try_strptime({cut}, {literal(f)})"
        for f in formats
    ]
    return f"cast(coalesce({', '.join(tries)}) as date)"


def _order(name: str, first: int, second: int, options: OrderOptions, source: str) -> Literal["dmy", "mdy"]:
    if options.dates is not None:
        return options.dates
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    raise InputError(
        f"{source}: column {name!r} leaves open which number is the day and which the month.",
        hint="Say --dates dmy (30.9.2017) or --dates mdy (9/30/2017).",
    )
