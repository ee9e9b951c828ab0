"""Tables and queries of a PostgreSQL server into rows, batch by batch, over ADBC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError, SetupError, missing_extra
from clustera.read.addresses import Address
from clustera.read.choice import chosen
from clustera.read.held import refuse_wide, unique_names
from clustera.read.options import ReadOptions
from clustera.read.typed import number_rows

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

# Types that Arrow carries as they are; all others are asked for as text, as the server writes them.
_AS_THEY_ARE = frozenset({
    "bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name", "date", "timestamp",
})  # fmt: skip
_TABLES = (
    "select case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end as shown, "
    "n.nspname as schema, c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n "
    "on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'p', 'f') and not c.relispartition "
    "and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by shown"
)


def scan_postgres(address: Address, *, engine: Engine, options: ReadOptions) -> tuple[Rows, str, str]:
    """The rows of a table, view or query of a PostgreSQL server; the session is read-only.

    Returns:
        The rows; the query that was run; what to call them.

    Raises:
        SetupError: the driver is not installed, or the server can't be reached.
        InputError: the query fails, or the table is not there or not named.
    """
    try:
        import adbc_driver_manager
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise missing_extra("adbc-driver-postgresql", "postgres") from None
    try:
        connection = dbapi.connect(address.place)
    except adbc_driver_manager.Error as error:
        said = address.without_secrets(_said(error).removeprefix("connection to server "))
        # The chain of causes would show the driver's own words.
        raise SetupError(
            f"Can't connect to {address.shown}: {said}.", hint="Is the server up, and are user and password right?"
        ) from None
    try:
        with connection:
            return _scan(connection, address, engine=engine, options=options)
    except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
        said = address.without_secrets(_said(error))
        raise InputError(f"{address.shown}: {said}.", hint="Check the query, or name a table: --table NAME.") from None


def _scan(connection: Connection, address: Address, *, engine: Engine, options: ReadOptions) -> tuple[Rows, str, str]:
    with _run(connection, "set session characteristics as transaction read only"):
        connection.commit()
    if options.query:
        # In parentheses nothing but a question can stand, so a query changes nothing.
        query, name = f"select * from (\n{options.query.rstrip().rstrip(';')}\n) as asked", "query"
    else:
        name, quoted = _table(connection, options.table, address)
        query = f"select * from {quoted}"
    columns = [_column(field) for field in _schema(connection, f"{query} limit 0")]
    names = [name for name, _ in columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"The query gives two columns the name {twice[0]!r}.", hint="Rename one: ... as other_name.")
    refuse_wide(len(columns), address.shown)
    if any(text for _, text in columns):
        cells = ", ".join(identifier(name) + ("::text" if text else "") for name, text in columns)
        query = query.replace("select *", f"select {cells}", 1)
    with _run(connection, query) as cursor:
        reader: pa.RecordBatchReader = cursor.fetch_record_batch()
        # Names that differ in case only are two columns there, and one in the engine.
        fields = zip(reader.schema, unique_names(reader.schema.names), strict=True)
        schema = pa.schema([pa.field(name, field.type) for field, name in fields])
        rows = engine.collect((pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in reader), schema)
    return number_rows(rows), query, f"{name} of {address.shown}"


@contextmanager
def _run(connection: Connection, query: str) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        yield cursor


def _schema(connection: Connection, query: str) -> pa.Schema:
    with _run(connection, query) as cursor:
        return cursor.fetch_record_batch().schema


def _column(field: pa.Field) -> tuple[str, bool]:
    """A column's name, and whether it is to be asked for as text."""
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    return field.name, kind not in _AS_THEY_ARE


def _table(connection: Connection, asked: str | None, address: Address) -> tuple[str, str]:
    """A table as it is shown, and quoted for SQL."""
    with _run(connection, _TABLES) as cursor:
        listed = cursor.fetch_arrow_table().to_pylist()
    tables = {row["shown"]: f"{identifier(row['schema'])}.{identifier(row['name'])}" for row in listed}
    wanted = asked.removeprefix("public.") if asked is not None and asked not in tables else asked
    option = "?table=NAME in the address, --table NAME, or --query 'select ...'"
    name = chosen(tables, wanted, where=address.shown, what="table", option=option)
    return name, tables[name]


def _said(error: Exception) -> str:
    """What the server itself says in a driver's message, as one line."""
    text = str(error).partition("\n\nQuery was:")[0]
    for before in ("ERROR:", "FATAL:", "Failed to connect:"):
        if before in text:
            text = text.rpartition(before)[2]
            break
    return " ".join(text.split("\nLINE ")[0].split()).rstrip(".")
