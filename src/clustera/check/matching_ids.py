"""Which column of a customer table holds the customers of a log of orders, seen by the values."""

from __future__ import annotations

from dataclasses import replace

from clustera.check.identifiers import names_an_id
from clustera.engines import Rows, identifier
from clustera.records import Finding, Raw, own_columns

_KINDS = ("VARCHAR", "BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "UBIGINT", "UINTEGER")
_MOST = 0.5  # of the values, or of the customers of the log where these are fewer
_UNIQUE = 0.98  # of the filled cells that are different; the rest may be rows that stand twice
_NEAR = 0.9  # of the best match: a column that is called an id and matches so well is the id


def id_by_values(raw: Raw, customers: Rows) -> tuple[Raw, Finding | None]:
    """The column whose values are the customers of the log, told as a finding; None where a name says it or none matches.

    Args:
        raw: The customer table.
        customers: Of the log, with `customer_id`.

    Returns:
        The table, with e-mail addresses in lower case where the log has them so, and the finding with the column.
    """
    names = [name for name in own_columns(raw.rows.columns) if raw.rows.columns[name] in _KINDS]
    customers = customers.select("select distinct cast(customer_id as varchar) as known from {rows}").keep()
    total = customers.count()
    seen = {name: _matches(raw.rows, name, customers) for name in names}
    fitting = {
        name: shared
        for name, (filled, distinct, shared) in seen.items()
        if shared > _MOST * min(distinct, total) and shared > 1 and distinct >= _UNIQUE * filled
    }
    if not fitting:
        return raw, None
    most = max(fitting.values())
    if any(names_an_id(name) and shared >= _NEAR * most for name, shared in fitting.items()):
        return raw, None
    best = next(name for name in names if fitting.get(name) == most)
    found = Finding(
        code="id-by-orders",
        severity="note",
        column=best,
        values={"shared": most, "of": seen[best][1], "title": raw.names.get(best, best)},
    )
    return _in_lower_case(raw, best), found


def _matches(rows: Rows, name: str, customers: Rows) -> tuple[int, int, int]:
    """Filled cells, different values, and those that are customers of the log."""
    cell = _as_in_log(name)
    counted = rows.value(
        f"select [count(v), count(distinct v), count(distinct v) filter (where v in (select known from {customers.name}))] "
        f"as n from (select nullif({cell}, '') as v from {{rows}})"
    )
    return counted[0], counted[1], counted[2]


def _as_in_log(name: str) -> str:
    text = f"trim(cast({identifier(name)} as varchar))"
    return f"case when contains({text}, '@') then lower({text}) else {text} end"


def _in_lower_case(raw: Raw, name: str) -> Raw:
    if raw.rows.columns[name] != "VARCHAR":
        return raw
    rows = raw.rows.select(f"select * replace ({_as_in_log(name)} as {identifier(name)}) from {{rows}}")
    return replace(raw, rows=rows)
