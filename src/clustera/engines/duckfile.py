"""DuckDB database files of other people: listed and read, never written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from clustera.engines.duck import BATCH_ROWS, identifier, stops
from clustera.errors import InputError, SetupError

_TABLES = (
    "select schema_name, name from ("
    "select schema_name, table_name as name from duckdb_tables() where not internal and database_name = current_database() "
    "union all select schema_name, view_name from duckdb_views() where not internal and database_name = current_database()) "
    "order by schema_name <> 'main', schema_name, name"
)


@contextmanager
def duckdb_file(path: Path, *, name: str) -> Iterator[DuckFile]:
    """Open a DuckDB file for reading only.

    Raises:
        InputError: the file is damaged or newer than this DuckDB, or a query fails.
        SetupError: another program is writing to it.
    """
    try:
        # Without access to the outside a query can neither read nor write any other file.
        with (
            stops(),
            duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as connection,
        ):
            yield DuckFile(connection)
    except duckdb.IOException as error:
        said = str(error).splitlines()[0]
        if "lock" in said.lower():
            raise SetupError(
                f"{name} can't be read: another program is writing to it.", hint="Close it, or copy the file."
            ) from error
        raise InputError(f"{name} can't be opened: {said}.", hint="Copy it again, or export the table.") from error
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise InputError(f"{name}: {said}.", hint="Check the query, or name a table: --table NAME.") from error


class DuckFile:
    """An open DuckDB file; see `duckdb_file`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def tables(self) -> dict[str, str]:
        """Tables and views, those outside of `main` with their schema: name -> how SQL writes it."""
        found = self._connection.execute(_TABLES).fetchall()
        return {
            name if schema == "main" else f"{schema}.{name}": f"{identifier(schema)}.{identifier(name)}"
            for schema, name in found
        }

    def batches(self, query: str) -> pa.RecordBatchReader:
        """The result of a query that only reads, in the table's order.

        Raises:
            InputError: it is no such query.
        """
        statements = self._connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("The query is not one select.", hint="Begin it with select.")
        return self._connection.sql(query).to_arrow_reader(BATCH_ROWS)
