"""The members of frozen audiences as files beside their definitions: to another folder of runs and back."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from clustera.errors import RunError
from clustera.store.csv_files import write_csv_cells
from clustera.store.exports import ExportStore
from clustera.store.files import replacing_file, writing_folder

ENDING = ".members.csv"
_HEADER = ("customer", "frozen_from")


def push_members(exports: ExportStore, folder: Path) -> dict[str, bool]:
    """Write the members of every frozen audience as NAME.members.csv; returns whether each file changed.

    Raises:
        SetupError: the folder can't be written.
    """
    changed = {}
    with writing_folder(folder):
        for name in exports.frozen():
            customers, origin = exports.frozen_members(name)
            path = folder / f"{name}{ENDING}"
            with replacing_file(path) as temporary:
                write_csv_cells(_HEADER, [(customer, origin) for customer in customers], temporary)
                changed[name] = not path.is_file() or path.read_bytes() != temporary.read_bytes()
    return changed


def pull_members(exports: ExportStore, folder: Path) -> tuple[str, ...]:
    """Keep the members of the frozen audiences of a folder that are not there yet; returns the names of these.

    Raises:
        RunError: a file can't be read, or others are kept under its name.
        SetupError: the folder of runs can't be written.
    """
    kept = exports.frozen()
    new = {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        members, origin = _read_members(path)
        if name not in kept:
            new[name] = (members, origin)
        elif set(exports.frozen_members(name)[0]) != set(members):
            raise RunError(
                f"{path} has other members than the frozen audience {name!r} of this folder of runs.",
                hint="A frozen audience never changes. Give one of them another name, or remove the file.",
            )
    for name, (members, origin) in new.items():
        exports.freeze(name, members, origin=origin)
    return tuple(new)


def _read_members(path: Path) -> tuple[list[str], str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows: list[Mapping[str, str]] = list(csv.DictReader(file))
        return [row["customer"] for row in rows], rows[0]["frozen_from"] or "" if rows else ""
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise RunError(
            f"Can't read the members in {path}.", hint=f"Its columns are {' and '.join(_HEADER)}, one customer a row."
        ) from error
