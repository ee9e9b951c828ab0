"""Ids that a spreadsheet or floating point has spoiled: read where every digit is there, told where digits are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera.check.findings import examples, share
from clustera.check.identifiers import names_an_id
from clustera.check.kinds import ENOUGH, Reading
from clustera.check.look import EXACT
from clustera.engines import Rows, identifier
from clustera.records import Column, Finding

EXPONENT = "[0-9][eE][+]?[0-9]"
SEEN = 6  # long ids that all end in zeros are no chance from here on: one in a million
_EXPONENT = r"^([0-9])(?:[.,]([0-9]+))?[eE][+]?([0-9]{1,2})$"
_WITH_POINT = r"^[0-9]+[.]0+$"
# A spreadsheet keeps 15 figures of a number, JavaScript and others 17; zeros stand for the rest.
_ROUNDED = r"^(?:[1-9][0-9]{14}0{1,4}|[1-9][0-9]{16}0{1,6})$"
_LONG = r"^[1-9][0-9]{15,22}$"


def exponent_sql(cell: str) -> str:
    """SQL that is true for a cell that may be written like 1.23E+05; most cells have no such letter, and cost little."""
    return f"(contains({cell}, 'e') or contains({cell}, 'E')) and regexp_matches({cell}, '{EXPONENT}')"


def may_have_exponents(reading: Reading) -> bool:
    """Whether ids that `EXPONENT` finds are numbers like 1.23E+05, and not codes like 12E4."""
    return reading.look.numbers >= ENOUGH * reading.look.filled


def whole_sql(rows: Rows, text: str) -> str:
    """SQL for ids in which 1.23456E+05 is 123456; as they stand where digits are gone.

    Args:
        rows: The source's rows.
        text: SQL for the id's text.
    """
    return f"case when {_complete_sql(rows, text)} then {_digits_sql(text)} else {text} end"


def on_ids(rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], total: int) -> list[Finding]:
    """What is to be said about ids that are not what they were.

    Args:
        rows: The source's rows.
        columns: What the columns are.
        readings: What they hold.
        total: Rows read.
    """
    found = []
    for column in columns:
        reading = readings[column.name]
        if column.role == "id" or (names_an_id(column.name) and reading.kind == "number" and not column.asked):
            found += _lost_digits(rows, column, reading, total)
        if column.role == "id" and reading.look.type == "text" and reading.look.zeros:
            found += _lost_zeros(rows, column, total)
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
    count, shown = examples(rows, column.name, lost) if lost else (0, ())
    if not count:
        return []
    cell = identifier(column.name)
    different = rows.query(f"select count(distinct {cell}) as n from {{rows}} where {lost}")["n"][0].as_py()
    left = None if different == count else "one" if different == 1 else "many"
    return [
        Finding(
            code="lost-digits",
            severity="warning",
            column=column.name,
            count=count,
            share=share(count, total),
            examples=shown,
            values={
                "title": column.title,
                "of": total,
                "shown": shown[0][1],
                "left": left,
                "left_n": different,
            },
        )
    ]


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
    written = f"select 1 from {{rows}} where {exponent_sql(identifier(reading.name))} limit 1"
    if may_have_exponents(reading) and rows.select(written).count():
        tests.append(f"regexp_matches({text}, '{_EXPONENT}') and not {_complete_sql(rows, text)}")
    if (reading.look.high or 0.0) >= 1e15 and (rounded := _rounded_sql(rows, text)):
        tests.append(rounded)
    return " or ".join(f"({test})" for test in tests)


def _rounded_sql(rows: Rows, text: str) -> str:
    long, rounded = f"regexp_matches({text}, '{_LONG}')", f"regexp_matches({text}, '{_ROUNDED}')"
    seen = rows.query(
        f"select count(*) filter ({long}) as long, count(*) filter ({rounded}) as rounded from {{rows}}"
    ).to_pylist()[0]
    return rounded if seen["rounded"] == seen["long"] >= SEEN else ""


def _complete_sql(rows: Rows, text: str) -> str:
    """SQL that is true for an id in exponent form of which every digit is known.

    1.23456E+05 shows all six digits. 1E+05 shows one: it is read as a round number where there are no more of them than
    round numbers among so many ids, as R and others write those.
    """
    fraction, power = (f"regexp_extract({text}, '{_EXPONENT}', {at})" for at in (2, 3))
    gap = f"(cast({power} as integer) - length({fraction}))"
    form = f"regexp_matches({text}, '{_EXPONENT}')"
    seen = rows.query(
        "select count(id) as ids, count(*) filter (gap > 0) as short, min(gap) filter (gap > 0) as gap from "
        f"(select {text} as id, case when {form} then {gap} end as gap from {{rows}})"
    ).to_pylist()[0]
    round_ones = seen["ids"] * 10.0 ** -(seen["gap"] or 0)
    allowed = round_ones >= 5e-4 and seen["short"] <= max(1.0, 2 * round_ones)
    whole = f"{gap} >= 0" if allowed else f"{gap} = 0"
    value = f"try_cast(replace({text}, ',', '.') as double)"
    return f"case when {form} then {whole} and {value} < {EXACT} else false end"


def _digits_sql(text: str) -> str:
    parts = [f"regexp_extract({text}, '{_EXPONENT}', {at})" for at in (1, 2, 3)]
    return f"rpad({parts[0]} || {parts[1]}, cast({parts[2]} as integer) + 1, '0')"


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
    count, shown = examples(rows, column.name, short)
    if not count:
        return []
    padded = f"lpad({text}, {seen['low']}, '0')"
    both = rows.query(
        f"select count(distinct {text}) as n from {{rows}} where {short} and {padded} in "
        f"(select {text} from {{rows}} where {led})"
    )["n"][0].as_py()
    return [
        Finding(
            code="lost-zeros",
            severity="warning",
            column=column.name,
            count=count,
            share=share(count, total),
            examples=shown,
            values={"title": column.title, "of": total, "shown": shown[0][1], "digits": seen["low"], "both": both},
        )
    ]
