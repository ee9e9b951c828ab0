"""A PostgreSQL server as a warehouse, over ADBC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from clustera.errors import InputError, SetupError, missing_extra
from clustera.warehouse.addresses import Address

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

# What a server, a database or a user may have set otherwise: texts come in UTF-8, days as 2017-09-30.
_SESSION = (
    "set session characteristics as transaction read only",
    "set client_encoding to 'UTF8'",
    "set datestyle to iso",
)
_AS_THEY_ARE = frozenset({"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name"})


@contextmanager
def postgres(address: Address) -> Iterator[PostgresWarehouse]:
    """Open a server for reading only.

    Raises:
        SetupError: the driver is not installed, or the server can't be reached or stops.
        InputError: a query within the `with` block fails.
    """
    try:
        import adbc_driver_manager
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise missing_extra("adbc-driver-postgresql", "postgres") from None
    try:
        connection = dbapi.connect(address.place)
    except adbc_driver_manager.Error as error:
        said = address.without_secrets(_server_message(error).removeprefix("connection to server "))
        # The chain of causes would show the driver's own words.
        raise SetupError(
            f"Can't connect to {address.shown}: {said}.", hint="Is the server up, and are user and password right?"
        ) from None
    with connection, ExitStack() as cursors:
        opened = PostgresWarehouse(connection, cursors)
        try:
            for command in _SESSION:
                opened.execute(command)
            yield opened
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            said = address.without_secrets(_server_message(error))
            if not opened.answers():
                raise SetupError(
                    f"{address.shown} ended the connection: {said}.", hint="Try again when the server is up."
                ) from None
            raise InputError(
                f"{address.shown}: {said}.", hint="Check the query, or name a table: --table NAME."
            ) from None


class PostgresWarehouse:
    """An open server; see `clustera.warehouse.Warehouse`."""

    tables_sql = (
        "select case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end as name, "
        "quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted from pg_catalog.pg_class c "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'p', 'f') "
        "and not c.relispartition and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by name"
    )

    def __init__(self, connection: Connection, cursors: ExitStack) -> None:
        self._connection = connection
        self._cursors = cursors  # those whose rows may still be fetched, closed with the connection

    def schema(self, sql: str) -> list[tuple[str, str]]:
        """See `Warehouse`."""
        with self._run(f"{sql} limit 0") as cursor:
            fields = cursor.fetch_record_batch().schema
        return [(field.name, (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()) for field in fields]

    def cell(self, column: str, kind: str) -> str:
        """See `Warehouse`."""
        if kind in {
            "date",
            "timestamp",
        }:  # the driver makes other days of those that never come, and Python ends with 9999
            first, last = "'0001-01-01'", "'9999-12-31'"
            return f"case when {column} > {last} then {last} when {column} < {first} then {first} else {column} end"
        return column if kind in _AS_THEY_ARE else f"{column}::text"

    def arrow(self, sql: str) -> pa.RecordBatchReader:
        """See `Warehouse`."""
        cursor = self._cursors.enter_context(self._connection.cursor())
        cursor.execute(sql)
        reader: pa.RecordBatchReader = cursor.fetch_record_batch()
        return reader

    def execute(self, sql: str) -> None:
        """See `Warehouse`."""
        with self._run(sql):
            self._connection.commit()

    def answers(self) -> bool:
        """Whether the server is still there, after something failed."""
        try:
            self._connection.rollback()
            self.execute("select 1")
        except (self._connection.Error, OSError):
            return False
        return True

    @contextmanager
    def _run(self, sql: str) -> Iterator[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            yield cursor


def _server_message(error: Exception) -> str:
    """What the server itself says in a driver's message, as one line."""
    text = str(error).partition("\n\nQuery was:")[0]
    for before in ("ERROR:", "FATAL:", "Failed to connect:"):
        if before in text:
            text = text.rpartition(before)[2]
            break
    return " ".join(text.split("\nLINE ")[0].split()).rstrip(".?")
