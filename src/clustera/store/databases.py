"""Databases that an admin added, kept beside the runs of a folder: their addresses are read by Clustera and shown to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from clustera.errors import MissingError, RunError, closest, read_error
from clustera.records import NamedDatabase
from clustera.store.files import locked_folder, replace_json, writing_folder
from clustera.store.naming import check_name

DATABASES = ".databases.json"
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds."""

    layout: int = LAYOUT
    databases: dict[str, NamedDatabase] = field(default_factory=dict)


@cache
def _databases_adapter() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)


class DatabaseStore:
    """The databases of one folder of runs, in a file that only this user can read.

    Args:
        folder: Folder of runs; made by the first `add`.

    Example:
        >>> DatabaseStore(Path("no_such_folder")).list()
        ()
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> tuple[NamedDatabase, ...]:
        """All databases, by name."""
        found = self._read().databases
        return tuple(found[name] for name in sorted(found, key=str.casefold))

    def open(self, name: str) -> NamedDatabase:
        """One database.

        Raises:
            RunError: there is none of this name.
        """
        known = self._read().databases
        if name not in known:
            near = closest(name, known)
            raise MissingError(
                f"There is no database {name[:120]!r}.",
                hint=f"Did you mean {near!r}?" if near else "An admin adds databases on the page Databases.",
            )
        return known[name]

    def add(self, database: NamedDatabase) -> None:
        """Keep a database.

        Raises:
            RunError: the name is taken, or can't be one.
            SetupError: the folder can't be written.
        """
        with self._changing() as known:
            self.check_free(database.name)
            known[database.name] = database

    def check_free(self, name: str) -> None:
        """Refuse a name that no new database can have.

        Raises:
            RunError: it is taken, or can't be one.
        """
        check_name(name, what="database")
        if name in self._read().databases:
            raise RunError(f"There is a database {name!r} already.", hint="Remove it first, or choose another name.")

    def remove(self, name: str) -> None:
        """Forget a database and its address; runs that were made of it stay.

        Raises:
            RunError: there is none of this name.
        """
        self.open(name)
        with self._changing() as known:
            known.pop(name, None)

    def _read(self) -> _Kept:
        path = self.folder / DATABASES
        try:
            return _databases_adapter().validate_json(path.read_bytes())
        except FileNotFoundError:
            return _Kept()
        except (OSError, ValidationError) as error:  # its cause would show the addresses
            raise read_error(
                error, RunError(f"{path} is damaged.", hint="Restore it from a copy, or remove it.")
            ) from None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, NamedDatabase]]:
        with writing_folder(self.folder), locked_folder(self.folder):
            known = dict(self._read().databases)
            yield known
            replace_json(self.folder / DATABASES, asdict(_Kept(databases=known)), private=True)
