"""Codes of figures such as 02115, all with as many: where a later table has lost their zeros, they get them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clustera.check.findings import column_finding, example_rows
from clustera.check.kinds import ENOUGH, Reading
from clustera.check.look import trimmed_sql
from clustera.engines import Rows, identifier
from clustera.records import Column, Finding

CODED = {"id", "descriptor"}


def with_code_digits(rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading]) -> list[Column]:
    """The columns; those that hold codes of figures with how many these are, where all have as many and some begin with 0."""
    return [
        replace(column, format=replace(column.format, digits=digits))
        if column.role in CODED and (digits := _code_digits(rows, readings[column.name]))
        else column
        for column in columns
    ]


def _code_digits(rows: Rows, reading: Reading) -> int:
    look = reading.look
    if look.type != "text" or not look.zeros:
        return 0
    text = trimmed_sql(look.name)
    seen = rows.query(
        f"select count(*) as n, min(length(t)) as low, max(length(t)) as high from (select {text} as t from {{rows}}) "
        "where regexp_full_match(t, '[0-9]+')"
    ).to_pylist()[0]
    return seen["high"] if seen["low"] == seen["high"] and seen["n"] >= ENOUGH * look.filled else 0


def zeros_as_in_model(rows: Rows, columns: Sequence[Column], total: int) -> tuple[Rows, list[Finding]]:
    """The rows with the zeros that codes of an earlier table begin with, and what was mended.

    Args:
        rows: Of a later table, under the names of the earlier columns.
        columns: The earlier ones.
        total: Its rows.
    """
    found, mended = [], {}
    for column in columns:
        if column.role in CODED and column.format.digits > 1 and column.name in rows.columns:
            text = f"trim(cast({identifier(column.name)} as varchar))"
            digits = f"regexp_extract({text}, '^([0-9]+)(?:[.]0+)?$', 1)"
            short = f"length({digits}) between 1 and {column.format.digits - 1}"
            count, shown = example_rows(rows, column.name, short)
            if count:
                mended[column.name] = (
                    f"case when length({digits}) between 1 and {column.format.digits} then lpad({digits}, {column.format.digits}, '0') "
                    f"else cast({identifier(column.name)} as varchar) end"
                )
                values = {"digits": column.format.digits}
                found.append(column_finding("restored-zeros", "note", column, (count, shown), total, **values))
    if not mended:
        return rows, []
    replaced = ", ".join(f"{sql} as {identifier(name)}" for name, sql in mended.items())
    return rows.select(f"select * replace ({replaced}) from {{rows}}"), found
