"""How the cells of a run's features become values: as records for other databases, and as the engine's SQL."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from clustera.check.affixes import CURRENCIES, SIZES, UNITS, is_span, scales_beside, unit_forms
from clustera.check.elapsed import counted_from_date, counted_sql
from clustera.check.kinds import Reading
from clustera.check.look import Look, plain_number
from clustera.check.meanings import measure_of
from clustera.check.value_sql import value_sql
from clustera.check.values import bounded_sql, limits_of, unknown_days
from clustera.days import day_number
from clustera.engines import identifier
from clustera.records import CellReading, Column, ColumnFormat
from clustera.written_dates import EPOCHS, SPREADSHEET, DateStyle, Spelt, date_of_number_sql

IN_FIGURES = frozenset({"ymd", "numeric"})  # dates that any database can read
_USUAL = ColumnFormat(decimal=".", group=",")  # of texts in a column that held plain numbers


def cell_readings(columns: Sequence[Column]) -> tuple[CellReading, ...]:
    """How the cells of each feature are read.

    Args:
        columns: Of a run's customer table.

    >>> [reading] = cell_readings([Column("age", "feature", "number", "Age")])
    >>> reading.kind, reading.high
    ('plain', 120.0)
    """
    return tuple(_cell_reading(column) for column in columns if column.role == "feature")


def _cell_reading(column: Column) -> CellReading:
    form, limits = column.format, limits_of(column)
    plain = CellReading(
        column.name,
        "plain",
        limits.low,
        limits.high,
        low_open=limits.low_open,
        sentinels=() if column.kind == "date" else form.sentinels,
        as_of=form.as_of,
    )
    if column.kind == "date":
        return _date_cell_reading(plain, column)
    if form.brackets:
        return replace(plain, kind="bracket", brackets=form.brackets)
    if counted_from_date(column):
        plain = replace(plain, kind="birth-year")
    own = tuple(map(str.lower, unit_forms(form.unit))) if form.unit else ()
    written = form if form.decimal else _USUAL
    span = is_span(form.unit) and not form.owed
    return replace(
        plain,
        kind="written" if form.decimal and plain.kind == "plain" else plain.kind,
        typed=not form.decimal,
        decimal=written.decimal,
        group=written.group,
        before=CURRENCIES if span else tuple(dict.fromkeys((*own, *CURRENCIES))),
        behind=own if span else tuple(dict.fromkeys((*own, *CURRENCIES, *UNITS, *SIZES))),
        times={word: f"e{zeros}" for word, zeros in scales_beside("" if form.owed else form.unit).items()},
        zeros=form.zeros,
        shares=form.shares,
        duration=bool(form.duration),
        owed=form.owed,
    )


def _date_cell_reading(plain: CellReading, column: Column) -> CellReading:
    form, born = column.format, measure_of(column) == "birth"
    figures = next((one for one in form.dates if one in EPOCHS or one == SPREADSHEET or one.startswith("%")), "")
    unread = () if figures else tuple(one for one in form.dates if one not in IN_FIGURES)
    return replace(
        plain,
        kind="birth-date" if born else "date",
        figures=figures,
        unread=unread,
        months=form.months,
        month_first=form.order == "mdy",
        never=unknown_days(column),
    )


def cell_sql(column: Column, look: Look | None = None) -> str:
    """The engine's SQL for what a feature's cell holds, before anything is counted or bounded: a number, or a DATE.

    Args:
        column: The feature, with the run's format.
        look: What the column holds in the table that is read, where that is known.

    >>> cell_sql(Column("spend", "feature", "number", "Spend"))[:26]
    'coalesce((case when isfini'
    """
    form, [reading] = column.format, cell_readings([column])
    if reading.figures:
        return date_of_number_sql(reading.figures, plain_number(column.name))
    text = (look or Look(column.name, "text", 1)).text
    if column.kind == "date":
        style = DateStyle(form.order or "ymd", Spelt(dict.fromkeys(form.dates, 1), form.months))
        return style.sql(text)
    if form.brackets:
        return value_sql(text, "bracket", form)
    if form.decimal:
        return value_sql(text, "number", form)
    as_text = text.replace(identifier(column.name), f"cast({identifier(column.name)} as varchar)")
    return f"coalesce({plain_number(column.name)}, {value_sql(as_text, 'number', _USUAL)})"


def has_counted_days(column: Column) -> bool:
    """Whether a feature counts the days since the date of its cell.

    >>> has_counted_days(Column("spend", "feature", "number", "Spend"))
    False
    """
    return column.kind == "date" and measure_of(column) != "birth"


def cell_value_sql(column: Column, cell: str, as_of: datetime.date) -> str:
    """The engine's SQL for the value of a feature's cell, as `predict` computes it where cells are written as in the run.

    Args:
        column: The feature.
        cell: SQL of what the cell holds, see `cell_sql`; used more than once.
        as_of: The day up to which dates are counted.

    >>> cell_value_sql(Column("spend", "feature", "number", "Spend"), "cell", datetime.date(2024, 2, 8))[:20]
    '(case when (cell) >='
    """
    [reading] = cell_readings([column])
    sql = cell
    if counted_from_date(column):
        sql = counted_sql(column, Reading(Look(column.name, "text", 1), column.kind, sql, column.format), as_of)
    value = bounded_sql(f"({sql})", limits_of(column), reading.sentinels)
    if not reading.never:
        return value
    days = ", ".join(str(day_number(as_of) - day) for day in reading.never)
    return f"(case when ({sql}) in ({days}) then null else {value} end)"
