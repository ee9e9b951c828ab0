"""One file that somebody brought: what it holds, and which of several are one log of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from clustera import pipeline
from clustera.errors import InputError, SetupError
from clustera.lexicon import name_says
from clustera.segmentation.databases import is_reference, read_reference

What = Literal["customers", "orders", "products", "unused"]
WHATS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True)
class Brought:
    """One file of a draft, or one table of a database."""

    name: str  # as it was called where it came from
    path: str  # of a table: database://NAME/TABLE
    bytes: int
    what: What
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()  # the first ones, as they stand
    problem: str = ""  # why it can't be read
    hint: str = ""
    named: str = ""  # what the command and Python call it
    more: tuple[str, ...] = ()  # paths of the other files that are one table with it

    @property
    def database(self) -> str:
        """The database that it is a table of; "" of a file."""
        return read_reference(self.path)[0] if is_reference(self.path) else ""


def look_at_file(name: str, path: Path) -> Brought:
    """A file, what it seems to hold by itself, and its first rows; with the reason where it can't be read."""
    size = path.stat().st_size
    try:
        seen = pipeline.first_rows(path)
    except (InputError, SetupError) as error:
        return Brought(name, str(path), size, "unused", problem=error.message, hint=error.hint)
    return Brought(name, str(path), size, "orders" if seen.is_log else "customers", seen.columns, seen.rows)


def tell_files_apart(files: Sequence[Brought]) -> list[Brought]:
    """What each file holds, seen beside the others.

    All files of one log of orders are orders. Of the tables beside it the one that shares a column of products with it is the
    products', another the customers'. What has no place is not used.
    """
    log = next((file for file in files if file.what == "orders"), None)
    told: list[Brought] = []
    for file in files:
        what = file.what if file.problem else _kind_beside(file, log, {other.what for other in told})
        told.append(replace(file, what=what))
    return told


def _kind_beside(file: Brought, log: Brought | None, taken: set[What]) -> What:
    if log is None:
        return "unused" if file.what in taken else file.what
    if file is log or _continues_log(file, log):
        return "orders"
    if file.what == "orders":
        return "unused"
    likely: tuple[What, What] = ("products", "customers") if _names_products(file, log) else ("customers", "products")
    return next((what for what in likely if what not in taken), "unused")


def _continues_log(file: Brought, log: Brought) -> bool:
    """Whether a file holds further orders of the same log.

    A small file may name no customer twice: it is known by its columns, which are the same. A log may have gained columns
    since; one with other columns, such as the lines of the same orders, would count the orders twice.
    """
    if is_reference(file.path) or is_reference(log.path):
        return False
    own, known = ({column.casefold() for column in one.columns} for one in (file, log))
    return own == known or (file.what == "orders" and 2 * len(own & known) > max(len(own), len(known)))


def _names_products(file: Brought, log: Brought) -> bool:
    """Whether a table shares a column of the log whose name speaks of products."""
    return any(name_says(column, "orders", "product") for column in set(file.columns) & set(log.columns))
