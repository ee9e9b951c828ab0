"""Databases by name: added with their address, which nobody sees again; their tables, and one table as a source.

A table is written `database://NAME/TABLE`. Only when it is read does that become the address of the database, so that no
draft, job or schedule holds a password. The host of a server is looked up then, checked, and connected to as it was checked.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from clustera import pipeline
from clustera.errors import Gathered, InputError
from clustera.outbound import WAYS_OUT, InnerHostError, Network, checked_place, read_ways_out
from clustera.pipeline import FirstRows
from clustera.records import NamedDatabase
from clustera.store import Store
from clustera.warehouse import address_of, warehouse

SCHEME = "database://"
_PORT = 5432
_ASKED = {"sslmode", "connect_timeout", "application_name"}  # of libpq; others name files and hosts
_ENCRYPTED = {"require", "verify-ca", "verify-full"}
_HINT = (
    "For example: postgresql://USER:PASSWORD@db.example/crm, duckdb:////data/shop.duckdb, or sqlite:////data/shop.db"
)


def add_database(store: Store, name: str, address: str, *, roots: Sequence[Path] = (), by: str = "") -> NamedDatabase:
    """Keep a database under a name, once it was opened.

    Args:
        store: The runs that it is kept beside.
        name: By which people choose it.
        address: Of a PostgreSQL server with user and password, or of a DuckDB or SQLite file.
        roots: Folders that a file must lie in.
        by: Who adds it.

    Returns:
        The database.

    Raises:
        InputError: the address can't be used here, or the file lies elsewhere.
        SetupError: the database can't be opened.
        RunError: the name is taken, or can't be one.
    """
    wrong = Gathered()
    with wrong.field("name"):
        store.databases.check_free(name.strip())
    with wrong.field("address"):
        made = _named_database(name.strip(), address, roots)
        _tables(store, made)
    wrong.refuse()
    made = NamedDatabase(
        made.name, made.address, made.shown, made.roots, datetime.now().astimezone().date().isoformat(), by
    )
    store.databases.add(made)
    return made


def _named_database(name: str, address: str, roots: Sequence[Path]) -> NamedDatabase:
    found = address_of(address)
    if found is None:
        raise InputError("This is no address of a PostgreSQL, DuckDB or SQLite database.", hint=_HINT)
    if found.table or found.query:
        raise InputError("The address names a table.", hint="Leave ?table= out: tables are chosen later.")
    if found.server == "postgresql":
        _refuse_parameters(found.place)
        return NamedDatabase(name, found.place, found.shown)
    file = Path(found.place).absolute()
    return NamedDatabase(
        name, f"{found.server}:///{quote(str(file))}", found.shown, tuple(str(r.resolve()) for r in roots)
    )


def database_tables(store: Store, name: str) -> tuple[str, ...]:
    """The tables and views of a database, as its own order has them.

    Raises:
        RunError: there is no such database.
        InputError: it may not be read.
        SetupError: it can't be opened.
    """
    return tuple(_tables(store, store.databases.open(name)))


def database_reference(name: str, table: str) -> str:
    """How a table of a database is written where a file could stand.

    >>> database_reference("crm", "sales.orders 2026")
    'database://crm/sales.orders%202026'
    """
    return f"{SCHEME}{quote(name, safe='')}/{quote(table, safe='')}"


def is_reference(text: str) -> bool:
    """Whether a text names a table of a database."""
    return text.startswith(SCHEME)


def read_reference(text: str) -> tuple[str, str]:
    """The database and the table that a text names.

    >>> read_reference("database://crm/sales.orders%202026")
    ('crm', 'sales.orders 2026')

    Raises:
        InputError: it names none.
    """
    name, _, table = text.removeprefix(SCHEME).partition("/")
    if not is_reference(text) or not name or not table:
        raise InputError(f"{text[:200]!r} names no table.", hint="Write it as database://NAME/TABLE.")
    return unquote(name), unquote(table)


def check_reference(store: Store, text: str) -> None:
    """Refuse a table that is not there.

    Raises:
        InputError: the database has no such table, or may not be read.
        RunError: there is no such database.
        SetupError: it can't be opened.
    """
    name, table = read_reference(text)
    if table not in database_tables(store, name):
        raise InputError(f"The database {name} has no table {table[:120]!r}.", hint="Choose one of its tables.")


def source_of(store: Store, text: str) -> str:
    """What `clustera.segment` reads for a text: the address of a table that it names, with the password; a path as it is.

    Raises:
        InputError: the database may not be read.
        RunError: there is no such database.
    """
    if not is_reference(text):
        return text
    name, table = read_reference(text)
    return _asked_of(_checked_address(store, store.databases.open(name)), table=table)


def sources_of(store: Store, files: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The same for what each kind of table is read from; a list is several files of one table."""
    return {
        what: source_of(store, named) if isinstance(named, str) else [source_of(store, one) for one in named]
        for what, named in files.items()
    }


def public_source(store: Store, text: str) -> str:
    """The same for people to read: without user, password and anything else that only an admin knows."""
    name, table = read_reference(text)
    address = store.databases.open(name).address
    parts = urlsplit(address)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="")
    return _asked_of(urlunsplit(bare) if parts.netloc else address, table=table)


def reference_rows(store: Store, text: str) -> FirstRows:
    """The first rows of a table, and whether it looks like a log of orders; all of it is read, as of a file.

    Raises:
        InputError: the database has no such table, or may not be read.
        RunError: there is no such database.
        SetupError: it can't be opened.
    """
    check_reference(store, text)
    return pipeline.first_rows(source_of(store, text))


def _tables(store: Store, database: NamedDatabase) -> dict[str, str]:
    """The tables by name, as SQL writes them."""
    address = address_of(_checked_address(store, database))
    if address is None:
        raise InputError(f"The address of {database.name} can't be used.", hint="Remove it, and add it again.")
    with warehouse(address) as opened:
        return {row["name"]: row["quoted"] for row in opened.arrow(opened.tables_sql).read_all().to_pylist()}


def _checked_address(store: Store, database: NamedDatabase) -> str:
    """The address as it may be connected to now."""
    parts = urlsplit(database.address)
    if parts.scheme != "postgresql":
        return _checked_file(database)
    host, asked = parts.hostname or "", dict(parse_qsl(parts.query))
    networks = read_ways_out(store.folder / WAYS_OUT).databases
    try:
        place = checked_place(host, parts.port or _PORT, networks, secure=True)
    except InnerHostError as error:
        raise InputError(
            f"{host} lies in an inner network ({error.place}), where no database may be read yet.",
            hint=f"Whoever runs the service allows it: [databases] networks = ['{error.place}'] in {WAYS_OUT} beside the runs.",
        ) from None
    if not _lies_in(place, networks) and asked.setdefault("sslmode", "require") not in _ENCRYPTED:
        raise InputError(f"{host} would be asked without encryption.", hint="Leave sslmode out, or say require.")
    asked = {"connect_timeout": "10"} | asked | {"hostaddr": place}
    # An empty one keeps the service's own PGPASSWORD from a host that somebody named here.
    asked |= {} if parts.password else {"password": ""}
    return urlunsplit(parts._replace(query=urlencode(asked, quote_via=quote)))


def _checked_file(database: NamedDatabase) -> str:
    parts = urlsplit(database.address)
    file = Path(os.path.realpath(unquote(parts.path.removeprefix("/"))))
    if not file.is_file() or not any(file.is_relative_to(root) for root in database.roots):
        folders = ", ".join(database.roots)
        raise InputError(
            f"There is no file {file.name!r} in the folders that may be read.",
            hint=f"They are: {folders}" if folders else "Allow one: clustera serve --files FOLDER",
        )
    return f"{parts.scheme}:///{quote(str(file))}"


def _refuse_parameters(address: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.hostname and "," not in parts.netloc.rpartition("@")[2] and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InputError("The address of the database names no host.", hint=_HINT)
    others = sorted(key for key, _ in parse_qsl(parts.query) if key not in _ASKED)
    if others:
        raise InputError(
            f"{others[0]!r} can't stand in the address of a database here.",
            hint=f"These can: {', '.join(sorted(_ASKED))}.",
        )


def _lies_in(place: str, networks: Sequence[Network]) -> bool:
    found = ipaddress.ip_address(place)
    return any(found in network for network in networks if network.version == found.version)


def _asked_of(address: str, **asked: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked, quote_via=quote)}"
