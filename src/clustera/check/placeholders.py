"""Numbers at the edge of a column that stand for "not known": many rows have one, and those rows lack other columns too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from clustera.check.elapsed import counted_from_date
from clustera.check.kinds import Reading
from clustera.check.look import value_column_sql
from clustera.check.rows import VALUED
from clustera.engines import Rows
from clustera.records import Column

FEWEST = 4  # rows with the number
SPIKE = 3.0  # times as many rows as the column's values have on average
TOGETHER = 0.8  # correlation of the number with the gaps of another column
APART = 5.0  # usual steps between values that part a lowest number from the next
MANY = 24  # columns; more are not compared


def placeholders_of(
    rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], *, keep: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """Of each feature: the numbers at its edges that stand for "not known", by the gaps of other columns.

    Zero is never one: who has bought nothing has no date of a last purchase.

    Args:
        rows: The source's rows, with every column's value.
        columns: What they are.
        readings: What they hold.
        keep: Findings whose fix is switched off.
    """
    gappy = [c for c in columns if c.role in VALUED and _gaps(readings[c.name]) >= FEWEST][:MANY]
    if "sentinel" in keep or not gappy:
        return {}
    features = [c for c in columns if c.role == "feature" and c.kind == "number" and _may_have(readings[c.name])]
    found = {}
    for column in _with_frequent_edges(rows, features[:MANY], readings):
        others = [other for other in gappy if other.name != column.name]
        edges = tuple(edge for edge in _frequent_extremes(rows, column) if _goes_with_gaps(rows, column, edge, others))
        if edges:
            found[column.name] = edges
    return found


def with_placeholders(
    sentinels: Mapping[str, Sequence[float]], placeholders: Mapping[str, Sequence[float]]
) -> dict[str, tuple[float, ...]]:
    """All numbers of each feature that stand for "not known", each once."""
    return {
        name: tuple(sorted({*sentinels.get(name, ()), *placeholders.get(name, ())}))
        for name in {**sentinels, **placeholders}
    }


def _gaps(reading: Reading) -> int:
    return reading.look.rows - reading.valued


def _may_have(reading: Reading) -> bool:
    return reading.look.distinct > 10 and reading.measures != "birth"


def _with_frequent_edges(rows: Rows, features: Sequence[Column], readings: Mapping[str, Reading]) -> list[Column]:
    """Those whose lowest or highest value FEWEST rows may have: to count the edges is quick, to count all values is not."""
    looks = {column.name: readings[column.name].look for column in features if not counted_from_date(column)}
    found = {name: (look.low, look.high) for name, look in looks.items()}
    edges = {
        name: both for name, both in found.items() if all(edge is not None and math.isfinite(edge) for edge in both)
    }
    if not edges:
        return list(features)
    listed = ", ".join(
        f"count(*) filter (where {value_column_sql(name)} = {edge!r}) as {end}{at}"
        for at, (name, both) in enumerate(edges.items())
        for end, edge in zip(("low", "high"), both, strict=True)
    )
    seen = rows.query(f"select {listed} from {{rows}}").to_pylist()[0]
    rare = {name for at, name in enumerate(edges) if max(seen[f"low{at}"], seen[f"high{at}"]) < FEWEST}
    return [column for column in features if column.name not in rare]


def _frequent_extremes(rows: Rows, column: Column) -> list[float]:
    """The lowest and the highest value, where so many rows have it that it can't be chance."""
    value = value_column_sql(column.name)
    counts = f"select v, count(*) as n from (select {value} as v from {{rows}}) where v is not null group by v"
    seen = rows.query(
        f"with c as ({counts}), s as (select v, n, lead(v) over (order by v) - v as step from c) "
        "select min(v) as low, max(v) as high, arg_min(n, v) as at_low, arg_max(n, v) as at_high, avg(n) as usual, "
        "arg_min(step, v) as first_step, median(step) as step from s"
    ).to_pylist()[0]
    found = []
    many = max(FEWEST, SPIKE * (seen["usual"] or 0.0))
    if seen["at_high"] and seen["at_high"] >= many and seen["high"]:
        found.append(seen["high"])
    if seen["at_low"] and seen["at_low"] >= many and seen["low"] and seen["first_step"] >= APART * seen["step"]:
        found.append(seen["low"])
    return found


def _goes_with_gaps(rows: Rows, column: Column, edge: float, others: Sequence[Column]) -> bool:
    """Whether rows with a number lack some other column, and hardly any row without it does (the phi coefficient)."""
    if not others:
        return False
    at = f"coalesce({value_column_sql(column.name)} = {edge!r}, false)"
    gaps = ", ".join(
        f"corr(cast({at} as integer), cast({value_column_sql(other.name)} is null as integer)) as r{place}"
        for place, other in enumerate(others)
    )
    seen = rows.query(f"select {gaps} from {{rows}}").to_pylist()[0]
    return any(r is not None and math.isfinite(r) and r >= TOGETHER for r in seen.values())
