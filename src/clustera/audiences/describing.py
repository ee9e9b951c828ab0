"""What conditions may ask for on one run: each column with its kind and its range."""

from __future__ import annotations

from typing import Any

from clustera.audiences.population import AudienceColumn, Population
from clustera.audiences.wording import write_column
from clustera.records import ColumnSummary

SHOWN = 3  # values of a text that are named
FEW = 6  # values up to which all are


def describe_columns(population: Population) -> tuple[ColumnSummary, ...]:
    """Every column that a condition may ask for, those of customers.csv first."""
    columns = list(population.columns.values())
    ranged = [column for column in columns if column.kind in ("number", "integer", "date")]
    cells = [f"count({column.sql}) as n{at}" for at, column in enumerate(columns)]
    cells += [f"min({column.sql}) as low{at}, max({column.sql}) as high{at}" for at, column in enumerate(ranged)]
    found = population.rows.query(f"select count(*) as total, {', '.join(cells)} from {{rows}}").to_pylist()[0]
    ends = {column.name: (found[f"low{at}"], found[f"high{at}"]) for at, column in enumerate(ranged)}
    return tuple(
        _summary(population, column, found[f"n{at}"], found["total"], ends.get(column.name, (None, None)))
        for at, column in enumerate(columns)
    )


def _summary(
    population: Population, column: AudienceColumn, known: int, total: int, ends: tuple[Any, Any]
) -> ColumnSummary:
    values, distinct = _frequent_values(population, column)
    return ColumnSummary(
        name=write_column(column.name),
        kind=column.kind,
        title=column.title,
        unit=column.unit,
        known=known,
        missing=total - known,
        low=ends[0],
        high=ends[1],
        values=values,
        distinct=distinct,
    )


def _frequent_values(population: Population, column: AudienceColumn) -> tuple[tuple[str, ...], int]:
    if column.kind not in ("text", "segment"):
        return (), 0
    rows = population.rows
    counted = rows.query(
        f"select cast({column.sql} as varchar) as value, count(*) as n from {{rows}} where {column.sql} is not null "
        f"group by 1 order by n desc, value limit {FEW if column.kind == 'text' else 1_000}"
    )["value"].to_pylist()
    if column.kind == "text":
        distinct = rows.value(f"select count(distinct {column.sql}) as n from {{rows}}")
        return tuple(counted[: FEW if distinct <= FEW else SHOWN]), distinct
    before = column.name in ("segment_before", "name_before")
    names = {**population.names, **(population.names_before if before else {})}
    return tuple(names.get(int(value), value) for value in counted), len(counted)
