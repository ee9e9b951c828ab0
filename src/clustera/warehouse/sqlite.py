"""A SQLite file as a warehouse, over Python's own driver; every value is text, as a column may hold values of several types."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from clustera.errors import ClusteraError, InputError, SetupError

_ROWS = 10_000  # rows of a batch


@contextmanager
def sqlite_file(path: Path, *, name: str) -> Iterator[SqliteFile]:
    """Open a SQLite file for reading only.

    Raises:
        InputError: there is no such file, it is damaged, or a query within the `with` block fails.
        SetupError: another program is writing to it, or left it in the middle of a change.
    """
    try:
        with closing(open_sqlite(path)) as connection:
            yield SqliteFile(connection)
    except sqlite3.Error as error:
        raise sqlite_refusal(error, path, name, hint="Is it a SQLite file, and not damaged?") from error


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A connection to a SQLite file that only reads."""
    # To read a file that is written with a log (WAL), SQLite makes files beside it; without a log there is nothing else to see.
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    unchanging = alone and not path.with_name(f"{path.name}-journal").exists()
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if unchanging else ''}", uri=True)


def sqlite_refusal(error: sqlite3.Error, path: Path, name: str, *, hint: str) -> ClusteraError:
    """Why a SQLite file can't be read, in our words where another program is the cause.

    Args:
        error: What SQLite says.
        path: The file.
        name: What to call the file.
        hint: The cure of anything else.
    """
    code = getattr(error, "sqlite_errorname", "")  # what Python itself refuses has none
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return SetupError(
            f"{name} can't be read: another program is writing to it.", hint="Close it, or copy the file."
        )
    if code.startswith(("SQLITE_READONLY_", "SQLITE_CANTOPEN")) and path.exists():
        return SetupError(
            f"{name} can't be read: a program that wrote to it did not end its work ({error}).",
            hint=f"Open it once with an account that may write to its folder: sqlite3 {name} .tables",
        )
    return InputError(f"{name}: {error}.", hint=hint)


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
