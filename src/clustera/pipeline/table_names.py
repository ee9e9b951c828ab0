"""What the columns of a run are called in their own table, where an exported query reads them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from clustera.export import Dialect
from clustera.read import raw_name
from clustera.records import Column, Model, Source

_TRIMMED = {("duckdb", "csv"), ("duckdb", "tsv")}  # a text file read there has no blanks around its names


def table_names(model: Model, dialect: Dialect, source: Source) -> dict[str, str]:
    """Column of the run -> its name in a table of a warehouse.

    It is the name in the source, blanks and line ends included. Of names that are one and the same there, such as two that
    differ in case only, the later ones get _1, _2, ...: so DuckDB, pandas and BigQuery call them when they read a file.

    Args:
        model: Of a run of a customer table.
        dialect: The warehouse.
        source: Of the run.
    """
    taken: set[str] = set()
    called = {}
    for column in model.columns:
        own = _own_name(column)
        own = own.strip() if (dialect.name, source.format) in _TRIMMED else own
        tries = itertools.chain([own], (f"{own}_{number}" for number in itertools.count(1)))
        name = next(one for one in tries if (one if dialect.tells_case else one.lower()) not in taken)
        taken.add(name if dialect.tells_case else name.lower())
        called[column.name] = name
    return called


def names_in_table(model: Model) -> dict[str, str]:
    """Column of the run -> its name in the run's own table."""
    return {column.name: _own_name(column) for column in model.columns}


def kept_columns(model: Model, called: Mapping[str, str], *, orders: bool) -> list[str]:
    """The columns that a query returns beside the segment: the id, or the features where there is none.

    Args:
        model: Of a run.
        called: Column -> its name in the table that is read.
        orders: The run was made from a log of orders.
    """
    if orders:
        return ["customer_id"]
    ids = [column.name for column in model.columns if column.role == "id"]
    return [called.get(name, name) for name in ids or [feature.name for feature in model.preparation.features]]


def renamed_columns(model: Model, called: Mapping[str, str], dialect: Dialect) -> list[str]:
    """A sentence for each column that the warehouse can't have under its own name beside the others.

    Args:
        model: Of a run.
        called: Column -> its name in the table that is read.
        dialect: The warehouse.
    """
    read = {feature.name for feature in model.preparation.features}
    read |= {column.name for column in model.columns if column.role == "id"}
    return [
        f"The run's table has two columns {own!r}; the second is read as {name!r}."
        if any(_own_name(other) == own for other in model.columns if other.name != column.name)
        else f"{own!r} is read as {name!r}: in {dialect.name}, names that differ in case only are the same."
        for column in model.columns
        if column.name in read
        and (own := _own_name(column))
        and (name := called.get(column.name, own)).strip() != own.strip()
    ]


def shown_name(name: str) -> str:
    r"""A column's name in a sentence; in quotes where nobody would see what it holds.

    >>> shown_name("annual income"), shown_name(" annual  income"), shown_name("new\nline")
    ('annual income', "' annual  income'", "'new\\nline'")
    """
    return name if name == " ".join(name.split()) else repr(name)


def _own_name(column: Column) -> str:
    return column.own_name or raw_name(column.name)
