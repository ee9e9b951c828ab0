"""The steps of a query from a table as it is to the values of its features."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.days import day_number
from clustera.export.cell_dates import today_steps
from clustera.export.cells import cell_steps, needs_day, value_steps
from clustera.export.dialects import READ, Dialect
from clustera.records import CellReading

Cells = Sequence[tuple[str, str]]  # the SQL of a cell, and what it is called
Parts = list[tuple[str, str]]  # the name of a part of the query, and its select


def reading_parts(readings: Sequence[CellReading], dialect: Dialect, *, table: str, keep: Cells) -> Parts:
    """Parts of a query, the last of which has the features' values `r1`, `r2`, ..., null where missing.

    Args:
        readings: How the cells of each feature are read.
        dialect: Where it will run.
        table: The table, as it is written in that warehouse.
        keep: SQL of what else comes with them from the table, and what it is called.
    """
    numbered = list(enumerate(readings, start=1))
    kept = [(name, name) for _, name in keep]
    parts = _cell_parts([cell_steps(reading, j, dialect) for j, reading in numbered], table=table, keep=keep)
    rows = parts[-1][0]
    if any(needs_day(reading) for reading in readings):
        parts += _day_parts(readings, dialect, rows)
        rows = f"{rows} cross join counting_day"
    for at in range(2):
        values = [cell for j, reading in numbered for cell in value_steps(reading, j, dialect)[at]]
        parts.append(_read_part(len(parts) + 1, [*kept, *values], rows))
        rows = parts[-1][0]
    return parts


def _cell_parts(plans: Sequence[Sequence[Cells]], *, table: str, keep: Cells) -> Parts:
    """The steps of all columns' cells side by side; a column that is done waits for the others."""
    parts: Parts = []
    for at in range(max(map(len, plans))):
        cells = [(name if at else sql, name) for sql, name in keep]
        for plan in plans:
            cells += plan[at] if at < len(plan) else [(name, name) for _, name in plan[-1]]
        parts.append(_read_part(at + 1, cells, parts[-1][0] if parts else f"{table} as {READ}"))
    return parts


def _read_part(number: int, cells: Cells, rows: str) -> tuple[str, str]:
    listed = ",\n    ".join(_named_cell(sql, name) for sql, name in cells)
    return f"read{number}", f"select\n    {listed}\n  from {rows}"


def _named_cell(sql: str, name: str) -> str:
    return sql if sql == name else f"{sql} as {name}"


@dataclass(frozen=True, slots=True)
class QuerySource:
    """What a query begins with: parts that read the cells, if any, the rows that come of them, and the kept columns there."""

    parts: Parts
    rows: str
    kept: tuple[str, ...]
    values: Mapping[str, str]  # feature -> where its value stands; empty where the table's own columns hold the values

    def value(self, feature: str, dialect: Dialect) -> str:
        """The value of a feature in these rows."""
        return self.values.get(feature, f"cast({dialect.column(feature)} as {dialect.double})")


def query_source(readings: Sequence[CellReading], dialect: Dialect, *, table: str, keep: Cells) -> QuerySource:
    """The rows of a query.

    Args:
        readings: How the cells of each feature are read; without, the table's columns hold the values themselves.
        dialect: Where it will run.
        table: The table, as it is written in that warehouse.
        keep: SQL of what else comes with them from the table, and what it is called.
    """
    if not readings:
        return QuerySource([], f"{table} as {READ}", tuple(f"{sql} as {name}" for sql, name in keep), {})
    parts = reading_parts(readings, dialect, table=table, keep=keep)
    values = {reading.name: f"r{j}" for j, reading in enumerate(readings, start=1)}
    return QuerySource(parts, parts[-1][0], tuple(name for _, name in keep), values)


def run_day(readings: Sequence[CellReading]) -> datetime.date:
    """The day up to which the run counted."""
    days = [datetime.date.fromisoformat(one.as_of) for one in readings if needs_day(one) and one.as_of]
    return max(days, default=datetime.datetime.now(tz=datetime.UTC).date())


def _day_parts(readings: Sequence[CellReading], dialect: Dialect, rows: str) -> Parts:
    """The day up to which dates are counted: the run's, or a later one that the table knows, up to today."""
    day = run_day(readings)
    own = f"select {day_number(day)} as n, {day.year * 10_000 + day.month * 100 + day.day} as a"
    dated = [j for j, reading in enumerate(readings, start=1) if reading.kind == "date"]
    parts: Parts = []
    if dated:
        for at, cells in enumerate(today_steps(dialect), start=1):
            listed = ", ".join(_named_cell(sql, name) for sql, name in cells)
            parts.append((f"today{at}", f"select {listed}" + (f" from today{at - 1}" if at > 1 else "")))
        own += "".join(
            f"\n    union all select n{j}, a{j} from {rows} cross join {parts[-1][0]} where n{j} <= n0" for j in dated
        )
    found = f"select max(n) as day_number, max(a) as day_ymd from (\n    {own}\n  ) known_days"
    return [*parts, ("counting_day", found)]
