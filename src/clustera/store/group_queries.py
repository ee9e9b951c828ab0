"""What a comparison counts, as queries that people run themselves over the files of runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from clustera.engines import identifier, literal
from clustera.records import Difference
from clustera.store.customers import CUSTOMERS, VALUES


@dataclass(frozen=True, slots=True)
class QueriedGroup:
    """Some customers of a run: its folder, and SQL that is true for them, over customers.parquet as `c`."""

    run: Path
    condition: str


def write_figures_query(
    one: QueriedGroup, other: QueriedGroup, found: Sequence[Difference], features: Collection[str]
) -> str:
    """The means and shares of two groups as a query in DuckDB's dialect: column, value, one, other, a row per difference.

    Args:
        one: The first group.
        other: The second.
        found: What was compared, in the order of the rows.
        features: Columns of values.parquet; the others are of customers.parquet.
    """
    columns = list(dict.fromkeys(entry.column for entry in found))
    groups = ",\n".join(_group_table(name, group, columns, features) for name, group in (("a", one), ("b", other)))
    rows = "\n  union all ".join(_figures_row(place, entry) for place, entry in enumerate(found, start=1))
    return f'with {groups}\nselect "column", value, one, other from (\n  {rows}\n) order by place'


def write_moves_query(before: Path | None, after: Path) -> str:
    """How many customers are in which segment of a run, by their segment before: before, after, customers.

    Args:
        before: Folder of the earlier run; None: before is what customers.parquet says of the end of the month before.
        after: Folder of the run.
    """
    now = literal(after / CUSTOMERS)
    if before is None:
        return (
            f"select segment_before as before, segment as after, count(*) as customers\nfrom {now}\n"
            "where segment_before is not null\ngroup by all order by before, after"
        )
    return (
        "select b.segment as before, a.segment as after, count(*) as customers\n"
        f"from {literal(before / CUSTOMERS)} b join {now} a on a.id = b.id\ngroup by all order by before, after"
    )


def _group_table(name: str, group: QueriedGroup, columns: Sequence[str], features: Collection[str]) -> str:
    listed = ", ".join(f"{'v' if column in features else 'c'}.{identifier(column)}" for column in columns)
    values = f" join {literal(group.run / VALUES)} v on v.id = c.id" if set(columns) & set(features) else ""
    return (
        f"{name} as (\n  select {listed}\n  from {literal(group.run / CUSTOMERS)} c{values}\n  where {group.condition})"
    )


def _figures_row(place: int, entry: Difference) -> str:
    column = identifier(entry.column)
    if entry.value is None:
        said, figure = "null", f"avg({column}::double)"
    else:
        said = literal(entry.value)
        figure = f"count(*) filter ({column}::varchar = {said}) / count({column})"
    return (
        f'select {place} as place, {literal(entry.column)} as "column", {said}::varchar as value, '
        f"(select {figure} from a) as one, (select {figure} from b) as other"
    )
