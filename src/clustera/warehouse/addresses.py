"""Addresses of databases: `postgresql://ann@db.example/crm?table=customers`, `sqlite:///shop.db?table=customers`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from clustera.errors import InputError

Server = Literal["postgresql", "sqlite", "duckdb"]

_ADDRESS = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):/{1,3}")
_SERVERS: dict[str, Server] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}
_SECRET_PARAMETERS = {"password", "sslpassword", "passfile"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and what is wanted from it. Its text never shows a password."""

    server: Server
    place: str = field(repr=False)  # for PostgreSQL the URI with its password, else the file
    shown: str  # for messages and reports: host and database, or the file
    table: str | None = None
    query: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """A text of the server or of its driver, with every secret blotted out."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def address_of(source: str) -> Address | None:
    """The address that a text is; None when it is a path.

    >>> address_of("postgresql://ann:secret@db.example:5432/crm?table=customers&sslmode=require")
    Address(server='postgresql', shown='crm at db.example:5432', table='customers', query=None)
    >>> address_of("sqlite:///shop.db?table=customers").place
    'shop.db'
    >>> address_of("customers.csv")

    Raises:
        InputError: it is an address of a kind that is not read, or can't be understood; says so without its password.
    """
    source = source.strip()
    server = _server_of(source)
    if server is None:
        return None
    parts = urlsplit(source)
    try:
        asked = parse_qsl(parts.query, strict_parsing=True) if parts.query else []
    except ValueError:
        raise _not_understood(server) from None
    if parts.fragment or "@" in parts.path or not source[len(parts.scheme) :].startswith("://"):
        raise _not_understood(server)
    if server != "postgresql":
        wanted, file = dict(asked), unquote(parts.path.removeprefix("/"))
        return Address(server, file, Path(file).name, wanted.get("table"), wanted.get("query"))
    return _postgres_address(parts, asked)


def _server_of(source: str) -> Server | None:
    """The kind of server that an address begins with; None where a text is a path."""
    found = _ADDRESS.match(source)
    if not found:
        scheme = source.partition(":")[0].lower()
        if ":" in source and scheme in _SERVERS:
            raise _not_understood(_SERVERS[scheme])
        return None
    server = _SERVERS.get(found[1].lower())
    if server is None:
        raise InputError(
            f"Addresses that begin with {found[1]}: are not read.",
            hint="Pass a file, or an address of postgresql://, sqlite:/// or duckdb:///; download others first.",
        )
    return server


def _postgres_address(parts: SplitResult, asked: Sequence[tuple[str, str]]) -> Address:
    wanted = dict(asked)
    others = [(name, value) for name, value in asked if name not in {"table", "query"}]
    login, _, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    # What stands between the colon and the last @ is the password, even where it was not quoted as it should be.
    netloc = quote(unquote(user), safe="") + (f":{quote(unquote(password), safe='')}" if password else "")
    place = f"postgresql://{netloc}{'@' if login else ''}{host}{parts.path}"
    place += f"?{urlencode(others, quote_via=quote)}" if others else ""
    secrets = {password, unquote(password), *(value for name, value in others if name in _SECRET_PARAMETERS)} - {""}
    if user and "hostaddr" in wanted:  # a database that people know by its name: not even its user is shown
        secrets.add(f'"{unquote(user)}"')
    database = unquote(parts.path.strip("/")) or wanted.get("dbname") or "the database"
    where = unquote(host) or wanted.get("host") or "this machine"
    shown = f"{database} at {where}"
    return Address("postgresql", place, shown, wanted.get("table"), wanted.get("query"), tuple(secrets))


def _not_understood(server: str) -> InputError:
    shape = "postgresql://USER:PASSWORD@HOST/DATABASE" if server == "postgresql" else f"{server}:///FILE"
    return InputError(
        f"The address of the {server} database can't be understood.",
        hint=f"It looks like {shape}?table=NAME; write @ / ? # & and blanks in it as %40 %2F %3F %23 %26 %20. "
        "PGPASSWORD and ~/.pgpass work too.",
    )
