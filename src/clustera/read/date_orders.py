"""Files of one table of which some write the day first and others the month: each is read as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustera.engines import Rows, identifier
from clustera.read.mixed_dates import YEAR_LAST as _DATE
from clustera.read.several import SHOWN
from clustera.records import Finding, Raw, own_columns

GLANCE = 1_000  # rows that tell which columns hold dates


def columns_of_two_orders(rows: Rows) -> list[str]:
    """Columns of dates in figures that write the day first in some cells and the month in others."""
    texts = [name for name in own_columns(rows.columns) if rows.columns[name] == "VARCHAR"]
    if not texts:
        return []
    seen = ", ".join(
        f"2 * count(*) filter (where regexp_matches({identifier(name)}, '{_DATE}')) > count({identifier(name)}) as c{at}"
        for at, name in enumerate(texts)
    )
    glance = rows.query(f"select {seen} from (select * from {{rows}} limit {GLANCE})").to_pylist()[0]
    orders = _orders_of(rows, [name for at, name in enumerate(texts) if glance[f"c{at}"]])
    return [name for name, found in orders.items() if found == "both"]


def _orders_of(rows: Rows, names: Sequence[str]) -> dict[str, str]:
    """By column: "dmy" or "mdy" where numbers above 12 say so, "both", or "" where none does."""
    if not names:
        return {}
    parts = ", ".join(
        f"coalesce(max(try_cast(regexp_extract({identifier(name)}, '{_DATE}', {group}) as integer)) > 12, false) as {key}{at}"
        for at, name in enumerate(names)
        for key, group in (("dmy", 1), ("mdy", 3))
    )
    seen = rows.query(f"select {parts} from {{rows}}").to_pylist()[0]
    return {
        name: "both" if seen[f"dmy{at}"] and seen[f"mdy{at}"] else "dmy" if seen[f"dmy{at}"] else "mdy" if seen[f"mdy{at}"] else ""
        for at, name in enumerate(names)
    }  # fmt: skip


def dates_as_written(parts: Sequence[Raw], columns: Sequence[str]) -> tuple[list[Raw], list[Finding]]:
    """The files with the year first in dates whose order they tell, where they differ; and which files that are.

    Args:
        parts: One for each file.
        columns: Those of the files together that write both orders; capital letters do not matter.
    """
    folded = {column.casefold() for column in columns}
    orders = [
        {name.casefold(): order for name, order in _orders_of(part.rows, own).items()}
        for part in parts
        for own in [[name for name in own_columns(part.rows.columns) if name.casefold() in folded]]
    ]
    found, differing = [], []
    for column in columns:
        said = [order.get(column.casefold()) for order in orders]
        if {"dmy", "mdy"} <= set(said):
            differing.append(column.casefold())
            few = min(("mdy", "dmy"), key=said.count)
            names = [part.source.name for part, order in zip(parts, said, strict=True) if order == few]
            found.append(
                Finding(
                    "files-differ-in-dates",
                    "warning",
                    column=column,
                    count=len(names),
                    values={
                        "title": parts[0].told_names.get(column, column),
                        "few": few,
                        "others": len([order for order in said if order in ("dmy", "mdy")]) - len(names),
                        "files": tuple({"file": name} for name in names[:SHOWN]),
                        "more": max(0, len(names) - SHOWN),
                        "open": said.count("") + said.count("both"),
                    },
                )
            )
    turned = [_year_first(part, order, differing) for part, order in zip(parts, orders, strict=True)]
    return turned, found


def _year_first(part: Raw, orders: dict[str, str], columns: Sequence[str]) -> Raw:
    """The file with the year first in those columns in which it has one order."""
    changed = {
        name: order
        for name in own_columns(part.rows.columns)
        if name.casefold() in columns and (order := orders.get(name.casefold())) in ("dmy", "mdy")
    }
    if not changed:
        return part
    cells = ", ".join(f"{_year_first_sql(name, order)} as {identifier(name)}" for name, order in changed.items())
    return replace(part, rows=part.rows.select(f"select * replace ({cells}) from {{rows}}").keep())


def _year_first_sql(name: str, order: str) -> str:
    cell = identifier(name)
    day, month = (1, 3) if order == "dmy" else (3, 1)
    year = f"regexp_extract({cell}, '{_DATE}', 4)"
    century = f"case when length({year}) = 4 then '' when {year} < '69' then '20' else '19' end"
    two = {group: f"lpad(regexp_extract({cell}, '{_DATE}', {group}), 2, '0')" for group in (day, month)}
    return (
        f"case when regexp_matches({cell}, '{_DATE}') then {century} || {year} || '-' || {two[month]} || '-' || {two[day]} "
        f"|| regexp_extract({cell}, '{_DATE}', 5) else {cell} end"
    )
