"""An audience as a query that people run themselves, over the files of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from clustera.audiences.counting import Selection
from clustera.audiences.overlap import compile_audiences
from clustera.audiences.population import FEATURE, Population
from clustera.audiences.sql import layer_name
from clustera.engines import identifier, literal


def write_query(selection: Selection, population: Population, customers: Path, values: Path) -> str:
    """A query in DuckDB's dialect for the customers of an audience.

    Args:
        selection: Who is meant.
        population: The customers that it was made for.
        customers: The run's customers.parquet.
        values: The run's values.parquet; it is read only where a condition asks for a feature.

    Returns:
        A query whose rows have the columns of customers.parquet, by id.
    """
    tables, source, added = _run_tables(selection.steps, (selection.sql,), population, customers, values)
    columns = f"* exclude ({', '.join(added)})" if added else "*"
    return "with " + ",\n".join(tables) + f"\nselect {columns} from {source}\nwhere {selection.sql}\norder by id"


def write_audiences_query(
    what: Literal["sizes", "overlap", "priority"],
    names: Sequence[str],
    population: Population,
    audiences: Mapping[str, str],
    *,
    customers: Path,
    values: Path,
) -> str:
    """A query in DuckDB's dialect that counts several audiences.

    Args:
        what: "sizes": audience, customers. "overlap": audience, other, customers, share. "priority": audience, customers,
            kept, where each customer belongs to the first audience that has them.
        names: Of the audiences, the most important first.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.
        customers: The run's customers.parquet.
        values: The run's values.parquet.

    Returns:
        A query with one row per audience, or per pair of them, in the order of the names.

    Raises:
        InputError: one is not saved, the run can't answer it, one is named twice, or there are more than 40.
    """
    compiled = compile_audiences(names, population, audiences)
    tables, source, _ = _run_tables(compiled.steps, compiled.tests, population, customers, values)
    places = ", ".join(f"case when {test} then {place} end" for place, test in enumerate(compiled.tests, start=1))
    listed = ", ".join(f"({place}, {literal(name)})" for place, name in enumerate(names, start=1))
    tables += [
        f"members as (select id, unnest(list_filter([{places}], lambda p: p is not null)) as place from {source})",
        f"audiences(place, audience) as (values {listed})",
    ]
    return "with " + ",\n".join(tables) + f"\n{_COUNTS[what]}"


_COUNTS = {
    "sizes": "select a.audience, count(m.id) as customers\n"
    "from audiences a left join members m using (place)\ngroup by a.place, a.audience order by a.place",
    "overlap": "select a.audience, b.audience as other, count(o.id) as customers,\n"
    "  coalesce(count(o.id) / nullif(count(m.id), 0), 0) as share\n"
    "from audiences a cross join audiences b left join members m on m.place = a.place\n"
    "left join members o on o.id = m.id and o.place = b.place\n"
    "group by a.place, a.audience, b.place, b.audience order by a.place, b.place",
    "priority": "select a.audience, count(m.id) as customers, count(m.id) filter (m.place = m.first) as kept\n"
    "from audiences a left join (select *, min(place) over (partition by id) as first from members) m using (place)\n"
    "group by a.place, a.audience order by a.place",
}


def _run_tables(
    steps: Sequence[str], tests: Sequence[str], population: Population, customers: Path, values: Path
) -> tuple[list[str], str, list[str]]:
    """The customers of a run with all that tests ask for: tables of a "with", the last of them, and the columns added to it."""
    asked = " ".join((*steps, *tests))
    features = [name for name in population.rows.columns if name.startswith(FEATURE) and identifier(name) in asked]
    wanted = "".join(f", v.{identifier(name.removeprefix(FEATURE))} as {identifier(name)}" for name in features)
    join = f" join {literal(values)} v on v.id = c.id" if features else ""
    tables = [f"customers as (select c.*{wanted} from {literal(customers)} c{join})"]
    source = "customers"
    for place, sql in enumerate(steps):
        tables.append(f"step_{place} as (select *, {sql} as {layer_name(place)} from {source})")
        source = f"step_{place}"
    return tables, source, [*map(identifier, features), *map(layer_name, range(len(steps)))]
