"""Ids that a spreadsheet or floating point has spoiled: told where digits are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustera.check.findings import column_finding, example_rows
from clustera.check.identifiers import names_an_id
from clustera.check.inspection import Inspection
from clustera.check.kinds import Reading
from clustera.check.look import EXACT
from clustera.check.whole_ids import EXPONENT_FORM, complete_sql, exponent_of_id_sql, may_have_exponents
from clustera.engines import Rows, identifier
from clustera.records import Column, Finding, Raw

SEEN = 6  # long ids that all end in zeros are no chance from here on: one in a million
_WITH_POINT = r"^[0-9]+[.]0+$"
# A spreadsheet keeps 15 figures of a number, JavaScript and others 17; zeros stand for the rest.
_ROUNDED = r"^(?:[1-9][0-9]{14}0{1,4}|[1-9][0-9]{16}0{1,6})$"
_LONG = r"^[1-9][0-9]{15,22}$"


def named_as_ids(columns: Sequence[Column]) -> str:
    """The column that is called "id" although another one, or none, tells customers apart; "" where there is none.

    >>> named_as_ids([Column("customer", "id", "text", ""), Column("ID", "feature", "number", "")])
    'ID'
    """
    return next((c.name for c in columns if c.role not in ("id", "ignored") and c.name.lower() == "id"), "")


def without_name_of_ids(raw: Raw, name: str) -> Raw:
    """The table with such a column under another name, as all results call the customer's id "id"; its own name is still shown."""
    taken = {column.lower() for column in raw.rows.columns}
    new = next(new for new in (f"{name}{'_' * n}" for n in range(1, len(taken) + 2)) if new.lower() not in taken)
    told = ", ".join(
        identifier(column) if column != name else f"{identifier(name)} as {identifier(new)}"
        for column in raw.rows.columns
    )
    rows = raw.rows.select(f"select {told} from {{rows}}")
    return replace(raw, rows=rows, names={**raw.names, new: raw.names.get(name, name)})


def on_ids(seen: Inspection) -> list[Finding]:
    """What is to be said about ids that are not what they were."""
    found = []
    for column in seen.columns:
        reading = seen.readings[column.name]
        if column.role == "id" or (names_an_id(column.name) and reading.kind == "number" and not column.asked):
            found += _lost_digits(seen.rows, column, reading, seen.total)
        if column.role == "id" and reading.look.type == "text" and reading.look.zeros:
            found += _lost_zeros(seen.rows, column, seen.total)
    return found


def _lost_digits(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    high = reading.look.high or 0.0
    if high < 10:
        return []
    if reading.look.type == "number":
        lost = _lost_in_numbers(rows, column.name, high)
    elif reading.look.type == "text":
        lost = _lost_in_text(rows, reading)
    else:
        lost = ""
    count, shown = example_rows(rows, column.name, lost) if lost else (0, ())
    if not count:
        return []
    cell = identifier(column.name)
    different = rows.value(f"select count(distinct {cell}) as n from {{rows}} where {lost}")
    left = None if different == count else "one" if different == 1 else "many"
    values = {"shown": shown[0][1], "left": left, "left_n": different}
    return [column_finding("lost-digits", "warning", column, (count, shown), total, **values)]


def _lost_in_numbers(rows: Rows, name: str, high: float) -> str:
    """SQL that is true for a number that has lost digits; empty where none has."""
    kind, cell = rows.columns[name], identifier(name)
    if kind in {"DOUBLE", "FLOAT"}:
        exact = EXACT if kind == "DOUBLE" else 2**24
        return f"isfinite({cell}) and abs({cell}) >= {exact}" if high >= exact else ""
    return _rounded_sql(rows, f"cast({cell} as varchar)") if high >= 1e15 else ""


def _lost_in_text(rows: Rows, reading: Reading) -> str:
    text = f"trim({identifier(reading.name)})"
    tests = []
    if (reading.look.high or 0.0) >= EXACT:
        tests.append(f"regexp_matches({text}, '{_WITH_POINT}') and try_cast({text} as double) >= {EXACT}")
    if may_have_exponents(reading) and rows.has(exponent_of_id_sql(identifier(reading.name))):
        tests.append(f"regexp_matches({text}, '{EXPONENT_FORM}') and not {complete_sql(rows, text)}")
    if (reading.look.high or 0.0) >= 1e15 and (rounded := _rounded_sql(rows, text)):
        tests.append(rounded)
    return " or ".join(f"({test})" for test in tests)


def _rounded_sql(rows: Rows, text: str) -> str:
    long, rounded = f"regexp_matches({text}, '{_LONG}')", f"regexp_matches({text}, '{_ROUNDED}')"
    seen = rows.query(
        f"select count(*) filter ({long}) as long, count(*) filter ({rounded}) as rounded from {{rows}}"
    ).to_pylist()[0]
    return rounded if seen["rounded"] == seen["long"] >= SEEN else ""


def _lost_zeros(rows: Rows, column: Column, total: int) -> list[Finding]:
    text = f"trim({identifier(column.name)})"
    led, digits = f"{text} like '0%'", f"regexp_matches({text}, '^[0-9]+$')"
    seen = rows.query(
        f"select min(length({text})) filter ({led} and {digits}) as low, max(length({text})) filter ({led} and {digits}) as high "
        f"from {{rows}}"
    ).to_pylist()[0]
    if seen["low"] is None or seen["low"] != seen["high"]:
        return []
    short = f"{digits} and length({text}) < {seen['low']}"
    count, shown = example_rows(rows, column.name, short)
    if not count:
        return []
    padded = f"lpad({text}, {seen['low']}, '0')"
    both = rows.value(
        f"select count(distinct {text}) as n from {{rows}} where {short} and {padded} in "
        f"(select {text} from {{rows}} where {led})"
    )
    values = {"shown": shown[0][1], "digits": seen["low"], "both": both}
    return [column_finding("lost-zeros", "warning", column, (count, shown), total, **values)]
