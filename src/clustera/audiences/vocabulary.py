"""The words that a definition may use on one run: for an editor that completes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clustera.audiences.population import AudienceColumn, ColumnKind, Population
from clustera.audiences.wording import write_column, write_value
from clustera.texts import audience_column_title

MOST_VALUES = 30  # different texts of a column that are told
_COMPARISONS: Mapping[ColumnKind, tuple[str, ...]] = {
    "number": (">", ">=", "<", "<=", "is", "between", "is missing", "is not missing"),
    "integer": (">", ">=", "<", "<=", "is", "between", "is missing", "is not missing"),
    "boolean": ("is", "is missing", "is not missing"),
    "date": ("more than", "in the last", "in the next", "before", "after", "between", "is missing", "is not missing"),
    "text": ("is", "is not", "in (", "not in (", "contains", "starts with", "is missing", "is not missing"),
    "segment": ("is", "is not", "in (", "not in (", "is missing", "is not missing"),
}


def definition_words(population: Population, audiences: Iterable[str]) -> dict[str, Any]:
    """What stands where in a definition, each as it is written there; JSON values.

    Args:
        population: The customers of a run.
        audiences: Names of the saved audiences.

    Returns:
        "columns": name, title (what people call it), kind and values of each column (texts of at most 30 different values, segments, true and
        false); "comparisons" by kind; "segments" and "audiences" in quotes.
    """
    names = [write_value(name) for name in population.names.values()]
    texts = _few_texts(population)
    columns = [
        {
            "name": write_column(column.name),
            "title": audience_column_title(column.name, column.title),
            "kind": column.kind,
            "values": names if column.kind == "segment" else texts.get(column.name, _BOOLEANS.get(column.kind, [])),
        }
        for column in population.columns.values()
    ]
    comparisons = {kind: list(found) for kind, found in _COMPARISONS.items()}
    quoted = list(map(write_value, audiences))
    return {"columns": columns, "comparisons": comparisons, "segments": names, "audiences": quoted}


_BOOLEANS: Mapping[str, list[str]] = {"boolean": ["true", "false"]}


def _few_texts(population: Population) -> dict[str, list[str]]:
    """The values of the columns of texts that have few, the most frequent first; the ids of customers are not told."""
    columns: list[AudienceColumn] = [c for c in population.columns.values() if c.kind == "text" and c.name != "id"]
    if not columns:
        return {}
    sizes = ", ".join(f"approx_count_distinct({column.sql}) as c{i}" for i, column in enumerate(columns))
    counted = population.rows.query(f"select {sizes} from {{rows}}").to_pylist()[0]
    found = {}
    for i, column in enumerate(columns):
        if counted[f"c{i}"] <= MOST_VALUES * 1.3:  # an estimate
            rows = population.rows.query(
                f"select {column.sql} as value, count(*) as n from {{rows}} where {column.sql} is not null "
                f"group by 1 order by n desc, value limit {MOST_VALUES + 1}"
            )
            values = rows["value"].to_pylist()
            if len(values) <= MOST_VALUES:
                found[column.name] = list(map(write_value, values))
    return found
