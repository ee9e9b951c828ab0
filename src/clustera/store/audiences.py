"""Audiences that are kept beside the runs of a folder: every version of each, found by name and never by a path."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from clustera.errors import MissingError, RunError, closest, read_error
from clustera.records import AudienceVersion
from clustera.store.files import locked_folder, replace_json, replacing_file, writing_folder
from clustera.store.naming import is_name

AUDIENCES = ".audiences.json"
ACTING: ContextVar[str] = ContextVar("acting", default="")  # the account of the service for which something is done
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What the file holds."""

    layout: int = LAYOUT
    audiences: dict[str, tuple[AudienceVersion, ...]] = field(
        default_factory=dict
    )  # name -> versions, the oldest first
    ended: dict[str, int] = field(default_factory=dict)  # of deleted audiences: name -> number of the last version


@cache
def _shelves() -> TypeAdapter[_Shelf]:
    return TypeAdapter(_Shelf)


class AudienceStore:
    """The audiences of one folder of runs. What is written is there whole or not at all.

    Args:
        folder: Folder of runs; made by the first `save`.

    Example:
        >>> AudienceStore(Path("no_such_folder")).list()
        {}
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> Mapping[str, AudienceVersion]:
        """The newest version of every audience, by name."""
        shelf = self._read().audiences
        return {name: shelf[name][-1] for name in sorted(shelf, key=str.casefold)}

    def versions(self, name: str) -> tuple[AudienceVersion, ...]:
        """All versions of an audience, the oldest first.

        Raises:
            RunError: there is no such audience.
        """
        shelf = self._read().audiences
        if name not in shelf:
            raise _unknown(name, shelf)
        return shelf[name]

    def open(self, name: str, version: int | None = None) -> AudienceVersion:
        """One version of an audience; the newest when left out.

        Raises:
            RunError: there is no such audience or version.
        """
        versions = self.versions(name)
        if version is None:
            return versions[-1]
        for kept in versions:
            if kept.version == version:
                return kept
        raise MissingError(
            f"Audience {name!r} has no version {version}.",
            hint=f"It has {_version_range(versions)}: clustera audience show {shlex.quote(name)} --versions",
        )

    def save(
        self, name: str, text: str, *, run: str = "", customers: int | None = None, before: int | None = None
    ) -> AudienceVersion:
        """Keep a new version of an audience; the same text as the newest version changes nothing.

        Args:
            name: Of the audience.
            text: Its TOML file.
            run: On which it was counted.
            customers: How many it has there.
            before: How many the version before has there.

        Raises:
            RunError: the name is none, or differs from another only by capitals.
            SetupError: the folder can't be written.
        """
        check_audience_name(name)
        with writing_folder(self.folder), locked_folder(self.folder):
            shelf = self._read()
            alike = [other for other in shelf.audiences if other.casefold() == name.casefold() and other != name]
            if alike:
                raise RunError(
                    f"There is already an audience {alike[0]!r}, which differs only by capitals from {name!r}.",
                    hint="Choose another name.",
                )
            versions = shelf.audiences.get(name, ())
            if versions and versions[-1].text == text:
                return versions[-1]
            # An audience that was deleted goes on counting: its exports say which version they are of.
            number = 1 + (versions[-1].version if versions else shelf.ended.get(name, 0))
            made = AudienceVersion(number, text, current_time(), acting_user(), run, customers, before)
            self._write(_Shelf(LAYOUT, shelf.audiences | {name: (*versions, made)}, shelf.ended))
        return made

    def delete(self, name: str) -> None:
        """Remove an audience with all its versions; what its exports left stays, its hold-out too.

        Raises:
            RunError: there is no such audience.
        """
        self.versions(name)
        with writing_folder(self.folder), locked_folder(self.folder):
            shelf = self._read()
            kept = dict(shelf.audiences)
            last = kept.pop(name)[-1].version
            self._write(_Shelf(LAYOUT, kept, shelf.ended | {name: last}))

    def _read(self) -> _Shelf:
        path = self.folder / AUDIENCES
        try:
            shelf = _shelves().validate_json(path.read_bytes())
        except FileNotFoundError:
            return _Shelf()
        except (OSError, ValidationError) as error:
            hint = "Restore it from a copy, or remove it and save the audiences again."
            raise read_error(error, RunError(f"{path} is damaged.", hint=hint)) from error
        if shelf.layout > LAYOUT:
            raise RunError(f"{path} was written by a later version of Clustera.", hint="Install that version.")
        return shelf

    def _write(self, shelf: _Shelf) -> None:
        replace_json(self.folder / AUDIENCES, asdict(shelf))


def _version_range(versions: Sequence[AudienceVersion]) -> str:
    first, last = versions[0].version, versions[-1].version
    return f"version {first} only" if first == last else f"versions {first} to {last}"


def check_audience_name(name: str) -> None:
    """Refuse a text that can't name an audience: a name is never a path.

    Raises:
        RunError: it has other characters, or is longer than 120.
    """
    if not is_name(name):
        raise RunError(
            f"{name!r} is not a valid name of an audience.",
            hint="Use at most 120 letters, digits, spaces, '-', '_', '.' and '+'.",
        )


def current_time() -> str:
    """The time, to the second, with its distance from UTC."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def acting_user() -> str:
    """Who is signed in to the service, else who is logged in on this machine; empty where nobody says."""
    if acting := ACTING.get():
        return acting
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _unknown(name: str, names: Mapping[str, object]) -> RunError:
    near = closest(name, names)
    return MissingError(
        f"There is no audience {name!r}.",
        hint=f"Did you mean {near!r}?" if near else "`clustera audience list` lists them; --runs names another folder.",
    )


def push_definition(store: AudienceStore, folder: Path) -> dict[str, bool]:
    """Write every audience as NAME.toml into a folder; returns whether each file changed.

    A file that says the same is not touched, so that git sees what changed and nothing else. Other files stay.

    Raises:
        SetupError: the folder can't be written.
    """
    changed = {}
    with writing_folder(folder):
        for name, version in store.list().items():
            path, content = folder / f"{name}.toml", version.text.encode()
            changed[name] = not path.is_file() or path.read_bytes() != content
            if changed[name]:
                with replacing_file(path) as temporary:
                    temporary.write_bytes(content)
    return changed


def audiences_of_folder(folder: Path) -> dict[str, str]:
    """The TOML files of a folder, by the names of the files.

    Raises:
        RunError: there is no such folder, or a file can't be read.
    """
    if not folder.is_dir():
        raise RunError(f"There is no folder {folder}.", hint="`clustera audience push FOLDER` makes one.")
    found = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.name] = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise read_error(error, RunError(f"Can't read {path}: it is damaged, or no UTF-8.")) from error
    return found
