"""The box on every page that tells how the command line, Python and SQL give the same."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from clustera.service.drafts import Draft


@dataclass(frozen=True, slots=True)
class Same:
    """How else to get what a page shows."""

    command: str  # "" where no command gives it
    python: str
    address: str  # of the page; `.json` and `.csv` behind it are its twins
    query: str = ""  # of the address
    table: bool = True  # whether there is a CSV twin
    sql: str = ""  # for DuckDB; "" where there is none
    no_sql: str = ""  # why there is none, where somebody may look for one


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


def as_segment_command(draft: Draft, folder: Path) -> str:
    """The line for a terminal that makes the same run of the same files; "" of several tables of customers or products."""
    sources = draft.words()
    if any(isinstance(sources.get(what), list) for what in ("customers", "products")):
        return ""
    words = ["clustera", "segment"]
    words += _as_list(sources.get("customers", []))
    for what in ("orders", "products"):
        for source in _as_list(sources.get(what, [])):
            words += [f"--{what}", source]
    for name, value in draft.options.items():
        if name == "keep_orders":
            words.append("--keep-orders")
            continue
        written = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        words += ["--set", f"{name}={written}"]
    words += ["--like", draft.like] if draft.like else []
    words += ["--name", draft.name] if draft.name else []
    words += ["--pdf"] if draft.pdf else []
    return shlex.join([*map(str, words), "--runs", str(folder)])


def as_segment_python(draft: Draft, folder: Path) -> str:
    """The lines for Python that make the same run of the same files."""
    sources = draft.words()
    words = [repr(sources["customers"])] if "customers" in sources else []
    words += [f"{what}={sources[what]!r}" for what in ("orders", "products") if what in sources]
    words += [f"{name}={value!r}" for name, value in draft.options.items()]
    words += [f"like={str(folder / draft.like)!r}"] if draft.like else []
    named = (f", name={draft.name!r}" if draft.name else "") + (", pdf=True" if draft.pdf else "")
    return f"import clustera\nseg = clustera.segment({', '.join(words)})\nseg.publish({str(folder)!r}{named})"


def _as_list(named: str | list[str]) -> list[str]:
    return [named] if isinstance(named, str) else named
