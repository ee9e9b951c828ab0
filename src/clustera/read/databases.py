"""Tables and queries of databases into rows: SQLite files, and whatever stands behind `clustera.warehouse`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError
from clustera.read.choice import chosen_reading
from clustera.read.held import BATCH_ROWS, hold_records, refuse_wide, unique_column_names
from clustera.read.options import ReadOptions
from clustera.read.typed import number_rows
from clustera.warehouse import Warehouse
from clustera.warehouse.sqlite import open_sqlite, sqlite_refusal

SQLITE_MAGIC = b"SQLite format 3\0"
DUCKDB_MAGIC = b"DUCK"  # after a checksum of eight bytes

COMPLAINTS = 100  # of SQLite's check of a file

_LISTED = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name"


def scan_sqlite(path: Path, *, engine: Engine, options: ReadOptions, name: str) -> tuple[Rows, Sequence[str], str]:
    """The rows of a table, view or query of a SQLite file, which is opened for reading only; its columns' names; the query.

    Every value as text: SQLite lets a column hold values of several types.

    Raises:
        InputError: the file is damaged, the query fails, or the table is not there or not named.
        SetupError: another program is writing to it, or left it in the middle of a change.
    """
    try:
        with closing(open_sqlite(path.resolve())) as connection:
            _refuse_cut_file(connection, path, name)
            _refuse_damaged_file(connection, name)
            listed = [row[0] for row in connection.execute(_LISTED)]
            query = options.query or f"select * from {identifier(_chosen_table(listed, options.table, name))}"
            cursor = connection.execute(query)
            if cursor.description is None:
                raise InputError("The query returns no rows.", hint="Begin it with select.")
            names = [column[0] for column in cursor.description]
            return hold_records(_cell_texts(cursor), unique_column_names(names), joint=",", engine=engine), names, query
    except sqlite3.Error as error:
        raise sqlite_refusal(error, path, name, hint="Check the query, or name a table: --table NAME.") from error


def _refuse_cut_file(connection: sqlite3.Connection, path: Path, name: str) -> None:
    """Refuse a file that is shorter than it says; SQLite may read what is there without a word."""
    (pages,), (size,) = (connection.execute(f"pragma {what}").fetchone() for what in ("page_count", "page_size"))
    if path.stat().st_size < pages * size and not path.with_name(f"{path.name}-wal").exists():
        raise InputError(
            f"{name} is damaged: its last {pages * size - path.stat().st_size:,} bytes are missing.",
            hint="Copy it again.",
        )


def _refuse_damaged_file(connection: sqlite3.Connection, name: str) -> None:
    """Refuse a file whose pages do not fit together, by SQLite's own check: rows may be lost in it without a word.

    Values against the rules of their columns are no damage.
    """
    told = [row[0] for row in connection.execute(f"pragma quick_check({COMPLAINTS})")]
    if damage := [one for one in told if one != "ok" and not re.search("value in |constraint failed", one)]:
        raise InputError(
            f"{name} is damaged: SQLite says {damage[0].splitlines()[-1]!r}.",
            hint="Copy it again; or save what can be read: sqlite3 damaged.db .recover | sqlite3 mended.db.",
        )


def scan_warehouse(
    opened: Warehouse, *, where: str, engine: Engine, options: ReadOptions
) -> tuple[Rows, Sequence[str], str, str | None]:
    """The rows of a table, view or query of an open database, with their own types where Arrow knows them.

    Args:
        opened: The database.
        where: What to call it.
        engine: Where the rows will live.
        options: The table or query that is asked for.

    Returns:
        The rows; their columns' names; the query that was run; the name of the table, None of a query.

    Raises:
        InputError: the query fails, or the table is not there or not named.
    """
    name = None
    if options.query:
        # In parentheses nothing but a question can stand, so a query changes nothing.
        query = f"select * from (\n{options.query.rstrip().rstrip(';')}\n) as asked"
    else:
        tables = {row["name"]: row["quoted"] for row in opened.arrow(opened.tables_sql).read_all().to_pylist()}
        asked = options.table
        name = _chosen_table(tables, asked if asked in tables else asked and asked.removeprefix("public."), where)
        query = f"select * from {tables[name]}"
    columns = opened.schema(query)
    names = [column for column, _ in columns]
    if twice := sorted({column for column in names if names.count(column) > 1}):
        raise InputError(f"The query gives two columns the name {twice[0]!r}.", hint="Rename one: ... as other_name.")
    refuse_wide(len(columns), where)
    cells = ", ".join(f"{opened.cell(identifier(column), kind)} as {identifier(column)}" for column, kind in columns)
    reader = opened.arrow(query.replace("select *", f"select {cells}", 1))
    # Names that differ in case only are two columns there, and one in the engine.
    fields = zip(reader.schema, unique_column_names(reader.schema.names), strict=True)
    schema = pa.schema([pa.field(name, field.type) for field, name in fields])
    batches = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in reader)
    return number_rows(engine.collect(batches, schema)), names, query, name


def _chosen_table(tables: Collection[str], asked: str | None, name: str) -> str:
    return chosen_reading(tables, asked, where=name, what="table", option="--table NAME, or --query 'select ...'")


def _cell_texts(cursor: sqlite3.Cursor) -> Iterator[list[str]]:
    while rows := cursor.fetchmany(BATCH_ROWS):
        for row in rows:
            yield ["" if value is None else _text_of_value(value) for value in row]


def _text_of_value(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
