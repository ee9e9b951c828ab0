"""The box on every page that tells how the command line and Python give the same."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Same:
    """How else to get what a page shows."""

    command: str
    python: str
    address: str  # of the page; `.json` and `.csv` behind it are its twins
    query: str = ""  # of the address
    table: bool = True  # whether there is a CSV twin


def as_command(verb: str, folder: Path, *words: object) -> str:
    """A line for a terminal.

    >>> as_command("show", Path("my runs"), "march")
    "clustera show march --runs 'my runs' --json"
    """
    return shlex.join(["clustera", verb, *map(str, words), "--runs", str(folder), "--json"])


def as_python(folder: Path, run: str, asked: str) -> str:
    """Lines for Python.

    >>> print(as_python(Path("runs"), "march", "seg.segments"))
    import clustera
    seg = clustera.load('march', runs='runs')
    seg.segments
    """
    return f"import clustera\nseg = clustera.load({run!r}, runs={str(folder)!r})\n{asked}"
