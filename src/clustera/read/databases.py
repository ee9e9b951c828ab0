"""Tables and queries of SQLite files and DuckDB files into rows; both are opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from clustera.engines import Engine, Rows, duckdb_file, identifier
from clustera.errors import InputError
from clustera.read.choice import chosen
from clustera.read.held import BATCH_ROWS, hold, refuse_wide, unique_names
from clustera.read.options import ReadOptions
from clustera.read.typed import number_rows

SQLITE_MAGIC = b"SQLite format 3\0"
DUCKDB_MAGIC = b"DUCK"  # after a checksum of eight bytes

_LISTED = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name"


def scan_sqlite(path: Path, *, engine: Engine, options: ReadOptions, name: str) -> tuple[Rows, str]:
    """The rows of a table, view or query of a SQLite file, which is opened for reading only; and what was read.

    Every value as text: SQLite lets a column hold values of several types.

    Raises:
        InputError: the file is damaged, the query fails, or the table is not there or not named.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            listed = [row[0] for row in connection.execute(_LISTED)]
            query = options.query or f"select * from {identifier(_table(listed, options.table, name))}"
            cursor = connection.execute(query)
            if cursor.description is None:
                raise InputError("The query returns no rows.", hint="Begin it with select.")
            columns = unique_names([column[0] for column in cursor.description])
            return hold(_texts(cursor), columns, joint=",", engine=engine), query
    except sqlite3.Error as error:
        raise InputError(f"{name}: {error}.", hint="Check the query, or name a table: --table NAME.") from error


def scan_duckdb(path: Path, *, engine: Engine, options: ReadOptions, name: str) -> tuple[Rows, str]:
    """The rows of a table, view or query of a DuckDB file, with their own types; and what was read.

    Raises:
        InputError: the file is damaged, the query fails, or the table is not there or not named.
        SetupError: another program is writing to the file.
    """
    with duckdb_file(path, name=name) as file:
        query = options.query
        if not query:
            tables = file.tables()
            query = f"select * from {tables[_table(tables, options.table, name)]}"
        reader = file.batches(query)
        refuse_wide(len(reader.schema), name)
        fields = zip(reader.schema, unique_names(reader.schema.names), strict=True)
        schema = pa.schema([pa.field(name, field.type) for field, name in fields])
        batches = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in reader)
        return number_rows(engine.collect(batches, schema)), query


def _table(tables: Collection[str], asked: str | None, name: str) -> str:
    return chosen(tables, asked, where=name, what="table", option="--table NAME, or --query 'select ...'")


def _texts(cursor: sqlite3.Cursor) -> Iterator[list[str]]:
    while rows := cursor.fetchmany(BATCH_ROWS):
        for row in rows:
            yield ["" if value is None else _text(value) for value in row]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
