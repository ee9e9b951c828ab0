"""Tables and queries of SQLite files and DuckDB files into rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from clustera.engines import DuckEngine, identifier
from clustera.errors import InputError, closest
from clustera.read.held import BATCH_ROWS, hold, unique_names
from clustera.read.options import ReadOptions
from clustera.records import Rows

SQLITE_MAGIC = b"SQLite format 3\0"


def scan_sqlite(path: Path, *, engine: DuckEngine, options: ReadOptions, name: str) -> tuple[Rows, str]:
    """The rows of a table, view or query of a SQLite file, which is opened for reading only; and what was read.

    Every value as text: SQLite lets a column hold values of several types.

    Raises:
        InputError: the file is damaged, the query fails, or the table is not there or not named.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            query = options.query or f"select * from {identifier(_table(connection, options.table, name))}"
            cursor = connection.execute(query)
            if cursor.description is None:
                raise InputError("The query returns no rows.", hint="Begin it with select.")
            columns = unique_names([column[0] for column in cursor.description])
            return hold(_texts(cursor), columns, joint=",", engine=engine), query
    except sqlite3.Error as error:
        raise InputError(f"{name}: {error}.", hint="Check the query, or say --set table=NAME.") from error


def _table(connection: sqlite3.Connection, asked: str | None, name: str) -> str:
    listed = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name"
    tables = [row[0] for row in connection.execute(listed)]
    if asked is not None and asked in tables:
        return asked
    if asked is not None:
        near = closest(asked, tables)
        raise InputError(
            f"{name} has no table {asked!r}; it has: {', '.join(tables)}.",
            hint=f"Did you mean {near!r}?" if near else "",
        )
    if len(tables) != 1:
        raise InputError(
            f"{name} holds {len(tables)} tables: {', '.join(tables)}.",
            hint="Say which: --set table=NAME, or --set 'query=select ...'.",
        )
    return str(tables[0])


def _texts(cursor: sqlite3.Cursor) -> Iterator[list[str]]:
    while rows := cursor.fetchmany(BATCH_ROWS):
        for row in rows:
            yield ["" if value is None else _text(value) for value in row]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
