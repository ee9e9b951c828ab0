"""A SQLite file as a warehouse, over Python's own driver; every value is text, as a column may hold values of several types."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from clustera.errors import InputError

_ROWS = 10_000  # rows of a batch


@contextmanager
def sqlite_file(path: Path, *, name: str) -> Iterator[SqliteFile]:
    """Open a SQLite file for reading only.

    Raises:
        InputError: there is no such file, it is damaged, or a query within the `with` block fails.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield SqliteFile(connection)
    except sqlite3.Error as error:
        raise InputError(f"{name}: {error}.", hint="Is it a SQLite file, and not damaged?") from error


class SqliteFile:
    """An open SQLite file; see `clustera.warehouse.Warehouse`."""

    tables_sql = (
        """select name, '"' || replace(name, '"', '""') || '"' as quoted from sqlite_master """
        "where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name"
    )

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def schema(self, sql: str) -> list[tuple[str, str]]:
        """See `Warehouse`."""
        cursor = self._connection.execute(f"select * from ({sql}) limit 0")
        return [(column[0], "text") for column in cursor.description]

    def cell(self, column: str, kind: str) -> str:
        """See `Warehouse`."""
        return column

    def arrow(self, sql: str) -> pa.RecordBatchReader:
        """See `Warehouse`."""
        cursor = self._connection.execute(sql)
        schema = pa.schema([(column[0], pa.string()) for column in cursor.description])
        return pa.RecordBatchReader.from_batches(schema, _batches(cursor, schema))

    def execute(self, sql: str) -> None:
        """See `Warehouse`."""
        self._connection.execute(sql)


def _batches(cursor: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(_ROWS):
        columns = zip(*rows, strict=True)
        yield pa.RecordBatch.from_arrays(
            [pa.array(map(_text, column), pa.string()) for column in columns], schema=schema
        )


def _text(value: object) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None if value is None else str(value)
