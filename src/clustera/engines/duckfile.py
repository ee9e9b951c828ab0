"""DuckDB database files of other people: listed and read, never written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from clustera.engines.duck import BATCH_ROWS
from clustera.engines.stopping import stops
from clustera.errors import InputError, SetupError


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
    """An open DuckDB file; see `clustera.warehouse.Warehouse`."""

    tables_sql = (
        "select case when s = 'main' then t else s || '.' || t end as name, "
        """'"' || replace(s, '"', '""') || '"."' || replace(t, '"', '""') || '"' as quoted from ("""
        "select schema_name as s, table_name as t from duckdb_tables() where not internal and database_name = current_database() "
        "union all select schema_name, view_name from duckdb_views() where not internal and database_name = current_database()) "
        "order by s <> 'main', s, t"
    )

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def schema(self, sql: str) -> list[tuple[str, str]]:
        """See `Warehouse`."""
        found = self._connection.sql(self._select(sql))
        return list(zip(found.columns, map(str, found.types), strict=True))

    def cell(self, column: str, kind: str) -> str:
        """See `Warehouse`."""
        return column

    def arrow(self, sql: str) -> pa.RecordBatchReader:
        """See `Warehouse`.

        Raises:
            InputError: it is no query that only reads.
        """
        return self._connection.sql(self._select(sql)).to_arrow_reader(BATCH_ROWS)

    def execute(self, sql: str) -> None:
        """See `Warehouse`."""
        self._connection.execute(sql)

    def _select(self, sql: str) -> str:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("The query is not one select.", hint="Begin it with select.")
        return sql
