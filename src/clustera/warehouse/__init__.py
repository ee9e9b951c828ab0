"""Databases of other people, behind one narrow seam: what a query gives, its rows as Arrow, and a command.

Nothing above this room knows which database it speaks to. A further one is a class with the members of `Warehouse`, and
whatever else is asked of it (tables, samples, sums) is SQL that the rooms above write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from clustera.engines import duckdb_file
from clustera.warehouse.addresses import Address, address_of
from clustera.warehouse.postgres import postgres
from clustera.warehouse.sqlite import sqlite_file


class Warehouse(Protocol):
    """An open database."""

    tables_sql: str  # lists tables and views: `name` as people write it, `quoted` as SQL does

    def schema(self, sql: str) -> list[tuple[str, str]]:
        """Columns that a query gives, and their types as the database calls them; no row is fetched."""

    def cell(self, column: str, kind: str) -> str:
        """SQL for a column, named as SQL does, of a type of `schema`, such that Arrow carries its values as they are."""

    def arrow(self, sql: str) -> pa.RecordBatchReader:
        """The rows of a query, batch by batch, in its order."""

    def execute(self, sql: str) -> None:
        """Run a command that gives no rows; refused where the database was opened for reading only."""


@contextmanager
def warehouse(address: Address) -> Iterator[Warehouse]:
    """Open the database at an address for reading only.

    Raises:
        SetupError: its driver is not installed, it can't be reached, or another program is writing to it.
        InputError: it is damaged, or a query within the `with` block fails; the message never shows a password.
    """
    if address.server == "postgresql":
        with postgres(address) as opened:
            yield opened
    elif address.server == "sqlite":
        with sqlite_file(Path(address.place), name=address.shown) as opened_file:
            yield opened_file
    else:
        with duckdb_file(Path(address.place), name=address.shown) as file:
            yield file


__all__ = ["Address", "Warehouse", "address_of", "warehouse"]
