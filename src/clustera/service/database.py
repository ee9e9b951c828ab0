"""Where the service keeps what people did: SQLite beside the runs, or PostgreSQL at an address.

SQLAlchemy is loaded when a database is opened, and Alembic when its tables have to change, so nothing waits for them that
keeps nothing. All SQL is text that both databases understand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clustera.errors import InputError, SetupError
from clustera.service.connections import database_engine
from clustera.service.disks import network_disk
from clustera.service.file_queries import FileQueries

DESK = ".service"  # folder beside the runs; no run begins with a dot
ADDRESS = "CLUSTERA_DATABASE"
REVISIONS = ("0001", "0002", "0003")  # of the tables, the oldest first
_FILE = "service.sqlite"
_WAIT = 10  # seconds that a change waits for the one before it
_ALONE = 0x636C7573  # the lock of PostgreSQL that changes of the whole database take
_HEAD = REVISIONS[-1]
_DAMAGED = {"file is not a database": "is no database", "malformed": "is damaged"}  # what SQLite says, and we


class Database:
    """One database, with its tables as this version of Clustera wants them.

    Args:
        address: As `database_address` gives it. The file and the tables are made when missing.
        upgrade: Bring older tables up to date; False refuses them.

    Raises:
        SetupError: it can't be reached or written, lies on another computer's disk, or a later version made its tables.
    """

    def __init__(self, address: str, *, upgrade: bool | None = None) -> None:
        self.address = address
        self.file = sqlite_file(address)
        if self.file is not None:
            _refuse_network(self.file)
        self._opened: tuple[int, int] | None = None
        self._engine = database_engine(address, self.file, wait=_WAIT)
        self._plain = FileQueries(self.file, wait=_WAIT) if self.file else None
        # Other services may still work with older tables on a server; beside its runs a file has one service.
        self._prepare(upgrade=self.file is not None if upgrade is None else upgrade)
        self._opened = _identity(self.file)

    @property
    def skip_locked(self) -> str:
        """What a query ends with that takes a row which nobody else is taking."""
        return "" if self.file else "for update skip locked"

    @contextmanager
    def reading(self) -> Iterator[Queries]:
        """Queries that see one state of the database."""
        with self._begun(writes=False) as queries:
            yield queries

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Queries]:
        """Changes that happen together or not at all.

        Args:
            alone: Nobody else changes anything meanwhile; in SQLite that is always so.
        """
        with self._begun(writes=True) as queries:
            if alone and not self.file:
                queries.run("select pg_advisory_xact_lock(:key)", key=_ALONE)
            yield queries

    def look(self, sql: str, **values: object) -> tuple[Any, ...] | None:
        """The first row of a query that stands for itself.

        It sees what was committed before. A file is asked without SQLAlchemy, in a twentieth of the time.
        """
        if self._plain is None:
            with self.reading() as db:
                return db.first(sql, **values)
        self._refuse_another_file()
        with self._broken():
            found = self._plain.ask(sql, values)
        return found[0] if found else None

    def add(self, sql: str, rows: Sequence[Mapping[str, object]], *, flush: bool = True) -> None:
        """One change, made for each of some rows, all together.

        Args:
            sql: The change.
            rows: Its values.
            flush: Wait for the disk. Else a loss of power can undo what a file got last; a killed process never does.
        """
        if self._plain is None:
            with self.writing() as db:
                for row in rows:
                    db.run(sql, **row)
            return
        self._refuse_another_file()
        with self._broken():
            self._plain.add(sql, rows, flush=flush)

    def add_now(self, sql: str, rows: Sequence[Mapping[str, object]]) -> bool:
        """`add` where it takes next to no time, without waiting for the disk; False where nothing was changed."""
        return self._plain is not None and self._plain.add_now(sql, rows)

    def revision(self) -> str:
        """Of the tables; "" where there are none yet."""
        with self.reading() as db:
            return _revision(db)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        if self._plain is not None:
            self._plain.close()

    @contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Queries]:
        from sqlalchemy.exc import DataError, DBAPIError, OperationalError

        self._refuse_another_file()
        try:
            with self._engine.connect().execution_options(writes=writes) as connection, connection.begin():
                yield Queries(connection)
        except OperationalError as error:
            raise self._unusable(error.orig) from error
        except (OverflowError, DataError) as error:  # of SQLite, and of a server
            raise InputError("A number is larger than any that is kept.", hint="Check the address.") from error
        except UnicodeDecodeError as error:  # what SQLite says of a damaged schema has its letters
            raise self._told("is damaged") from error
        except DBAPIError as error:
            damaged = self._damaged(error.orig)
            if damaged is None:
                raise
            raise damaged from error

    @contextmanager
    def _broken(self) -> Iterator[None]:
        """The same errors, of what is asked without SQLAlchemy."""
        import sqlite3

        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            damaged = self._damaged(error)
            if damaged is None:
                raise
            raise damaged from error

    def _refuse_another_file(self) -> None:
        """What is kept in a file that was removed is lost, and the one in its place may be another service's."""
        if self._opened is not None and _identity(self.file) != self._opened:
            raise SetupError(
                f"{self._shown()} was removed or replaced while it was in use.",
                hint="Stop the service, put the file back into its place, then start it again.",
            )

    def _unusable(self, error: object) -> SetupError:
        said = str(error).strip()
        cure = (
            "It must be running, and this user must be allowed to change it."
            if self.file is None
            else "Another program is changing the file: close it, or try again in a minute."
            if "locked" in said
            else "Serve a folder that can be written, and has space left."
        )
        return SetupError(f"{self._shown()} can't be used: {said}.", hint=cure)

    def _damaged(self, error: object) -> SetupError | None:
        """What a fault of the file is to its owner; None for any other."""
        said = next((ours for theirs, ours in _DAMAGED.items() if self.file and theirs in str(error)), "")
        return self._told(said) if said else None

    def _told(self, said: str) -> SetupError:
        cure = "Put a backup in its place, or remove the file: accounts, keys and the record go with it, the runs stay."
        return SetupError(f"{self._shown()} {said}.", hint=cure)

    def _prepare(self, *, upgrade: bool) -> None:
        found = self.revision()
        if found == _HEAD:
            return
        if found and found not in REVISIONS:
            raise SetupError(
                f"The tables of {self._shown()} are of a later version of Clustera ({found}; this one knows {_HEAD}).",
                hint="Install that version: pip install --upgrade clustera",
            )
        if found and not upgrade:
            raise SetupError(
                f"The tables of {self._shown()} are of an earlier version of Clustera ({found}; this one needs {_HEAD}).",
                hint="Stop its services, then run: clustera db upgrade",
            )
        if found and self.file is not None:
            copy = self.file.with_name(f"{self.file.stem}-before-{_HEAD}{self.file.suffix}")
            if not copy.exists():  # else an upgrade was cut off, and this is still how it was
                self.backup(copy)
        self._migrate()

    def _migrate(self) -> None:
        from alembic.config import Config
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
        with self.writing(alone=True) as db:  # who comes second finds them up to date
            context = EnvironmentContext(Config(), scripts, fn=lambda found, _: scripts._upgrade_revs("head", found))
            with context:
                context.configure(connection=db.connection, render_as_batch=True)
                context.run_migrations()

    def check(self) -> list[str]:
        """What is wrong with the database, one sentence each.

        On a server the tables and their version are looked at, in a file each page.
        """
        with self.reading() as db:
            said = (
                []
                if _revision(db) == _HEAD
                else [f"Its tables are of revision {_revision(db) or 'none'}, not {_HEAD}."]
            )
            if self.file is None:
                return said
            said += [str(row[0]) for row in db.run("pragma integrity_check") if row[0] != "ok"]
            return said + [
                f"A row of {row[0]} belongs to none of {row[2]}." for row in db.run("pragma foreign_key_check")
            ]

    def backup(self, to: Path) -> None:
        """Write a copy that is whole, while the service runs.

        Raises:
            InputError: it is on a server, or there is such a file already.
        """
        if self.file is None:
            raise InputError("This database is on a server.", hint="Use its own tool: pg_dump --format=custom")
        if to.exists():
            raise InputError(
                f"{to} is there already, and a backup replaces no file.",
                hint=f"Put the day into the name, such as {to.stem}-$(date +%F){to.suffix}, or remove the file first.",
            )
        import sqlite3
        from contextlib import closing

        part = to.with_name(f"{to.name}.part")
        part.unlink(missing_ok=True)
        try:
            part.touch(0o600)
            with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
            part.replace(to)
        except (OSError, sqlite3.Error) as error:
            part.unlink(missing_ok=True)
            reason = error.strerror if isinstance(error, OSError) else error
            raise SetupError(f"Can't write {to}: {reason}.", hint="Name a folder that can be written.") from error

    def _shown(self) -> str:
        return str(self.file) if self.file else self.address


class Queries:
    """What is asked within one transaction. Values stand in the SQL as `:name`."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's, which is loaded when used
        self.connection = connection

    def run(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a query, or of what a change returns."""
        from sqlalchemy import text

        found = self.connection.execute(text(sql), values)
        return [tuple(row) for row in found] if found.returns_rows else []

    def first(self, sql: str, **values: object) -> tuple[Any, ...] | None:
        """The first row."""
        return next(iter(self.run(sql, **values)), None)


def database_address(given: str, runs: Path) -> str:
    """The address of the service's database.

    Args:
        given: What `--database` says: an address, or nothing for a file beside the runs.
        runs: Folder of runs.

    Raises:
        InputError: it is no address of PostgreSQL or SQLite.

    >>> database_address("", Path("/data/runs"))
    'sqlite:////data/runs/.service/service.sqlite'
    """
    given = given or os.environ.get(ADDRESS, "")
    if not given:
        return f"sqlite:///{(runs / DESK / _FILE).absolute()}"
    if not re.match(r"(postgres(ql)?://.|sqlite:///.)", given):
        raise InputError(
            f"{given.partition(':')[0][:40]!r} is no address of a database that the service can use.",
            hint="For example --database postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:////var/lib/clustera/service.sqlite",
        )
    return re.sub(r"^postgres(ql)?://", "postgresql://", given)


def existing_database(runs: Path, given: str = "") -> Database:
    """The database that a service used before, as it is: nothing is made or upgraded.

    Args:
        runs: Folder of runs.
        given: As for `database_address`.

    Raises:
        SetupError: there is none.
    """
    address = database_address(given, runs)
    file = sqlite_file(address)
    if file is not None and not file.exists():
        raise SetupError(f"There is no database {file} yet.", hint="It is made when the service first keeps something.")
    return Database(address, upgrade=False)


def sqlite_file(address: str) -> Path | None:
    """The file of an address of SQLite."""
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:") else None


def _identity(file: Path | None) -> tuple[int, int] | None:
    """By which a file is told from another one of its name; None where there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def _refuse_network(file: Path) -> None:
    disk = network_disk(file)
    if disk:
        raise SetupError(
            f"{file} would lie on a disk of another computer ({disk}), where SQLite can lose what it wrote.",
            hint="Keep it here, --database sqlite:////var/lib/clustera/service.sqlite, or use PostgreSQL.",
        )


def _revision(db: Queries) -> str:
    from sqlalchemy import inspect

    if not inspect(db.connection).has_table("alembic_version"):
        return ""
    found = db.first("select version_num from alembic_version")
    return str(found[0]) if found else ""
