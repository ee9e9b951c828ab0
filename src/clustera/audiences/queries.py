"""An audience as a query that people run themselves, over the files of a run."""

from __future__ import annotations

from pathlib import Path

from clustera.audiences.counting import Selection
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
    tests = " ".join((*selection.steps, selection.sql))
    features = [name for name in population.rows.columns if name.startswith(FEATURE) and identifier(name) in tests]
    wanted = "".join(f", v.{identifier(name.removeprefix(FEATURE))} as {identifier(name)}" for name in features)
    join = f" join {literal(values)} v on v.id = c.id" if features else ""
    tables = [f"customers as (select c.*{wanted} from {literal(customers)} c{join})"]
    source = "customers"
    for place, sql in enumerate(selection.steps):
        tables.append(f"step_{place} as (select *, {sql} as {layer_name(place)} from {source})")
        source = f"step_{place}"
    added = [*map(identifier, features), *map(layer_name, range(len(selection.steps)))]
    columns = f"* exclude ({', '.join(added)})" if added else "*"
    return "with " + ",\n".join(tables) + f"\nselect {columns} from {source}\nwhere {selection.sql}\norder by id"
