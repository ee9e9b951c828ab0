"""Published runs: found, listed, read, renamed, removed."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from clustera.errors import RunError, closest
from clustera.records import Model, Outcome
from clustera.runs.files import locked, write_json, writing

LAYOUT = 1

_T = TypeVar("_T")

PARTIAL = ".partial-"


# Made when a run is read, and not when one is written: that takes longer than all else that is imported here.
@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


@cache
def _models() -> TypeAdapter[Model]:
    return TypeAdapter(Model)


@dataclass(frozen=True, slots=True)
class Run:
    """A published run."""

    path: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name


def find(run: str | Path, out: Path = Path("runs")) -> Run:
    """The run that a user means: a path, a name within `out`, or "latest".

    Raises:
        RunError: there is none, or it is damaged.
    """
    for path in (Path(run), out / run):
        if (path / "manifest.json").is_file():
            resolved = path.resolve()
            return Run(resolved, _read_json(resolved / "manifest.json"))
    if Path(run).is_dir():
        raise RunError(
            f"{run} is a folder, but no run: it has no manifest.json.", hint="`clustera runs` lists the runs."
        )
    names = [found.name for found in listing(out)]
    near = closest(str(run), names)
    hint = (
        f"Did you mean {near}?" if near else "`clustera runs` lists the runs of a folder; --out names another folder."
    )
    raise RunError(f"There is no run {str(run)!r} here or in {out}.", hint=hint)


def listing(out: Path) -> list[Run]:
    """All runs of a folder, oldest first."""
    if not out.is_dir():
        return []
    paths = sorted(
        p
        for p in out.iterdir()
        if not p.is_symlink() and not p.name.startswith(".") and (p / "manifest.json").is_file()
    )
    return [Run(path, _read_json(path / "manifest.json")) for path in paths]


def outcome_of(run: Run) -> Outcome:
    """All that a run found.

    Raises:
        RunError: a file is missing or damaged, or of a later layout.
    """
    if run.manifest.get("layout") != LAYOUT:
        raise RunError(
            f"{run.path} was written by another version (layout {run.manifest.get('layout')}, this one reads {LAYOUT})."
        )
    return _validated(_outcomes(), run.path / "profile.json")


def model_of(path: Path) -> Model:
    """The model in a run or in a file of its own."""
    return _validated(_models(), path / "model.json" if path.is_dir() else path)


def customers_of(run: Run) -> pa.Table:
    """Who is in which segment."""
    return _parquet(run.path / "customers.parquet")


def quarantine_of(run: Run) -> pa.Table:
    """The rows that were not used."""
    return _parquet(run.path / "quarantine.parquet")


def orders_quarantine_of(run: Run) -> pa.Table:
    """The order lines that were not used, of a run with orders."""
    return _parquet(run.path / "orders_quarantine.parquet")


def sample_of(run: Run) -> pa.Table:
    """What the pictures are drawn from."""
    return _parquet(run.path / "sample.parquet")


def names_of(run: Run, outcome: Outcome) -> dict[int, str]:
    """Names by segment, people's own first."""
    names = {profile.segment: profile.name for profile in outcome.segments}
    beside = _names_file(run.path)
    if beside.is_file():
        names |= {int(segment): name for segment, name in _read_json(beside)["names"].items()}
    return names


def rename(run: Run, segment: int, name: str) -> dict[int, str]:
    """Give a segment a name of its own; the run itself is not touched.

    Raises:
        RunError: no such segment, an empty name, or one that another segment has.
    """
    outcome = outcome_of(run)
    name = name.strip()
    with writing(run.path.parent), locked(run.path.parent):
        names = names_of(run, outcome)
        if segment not in names:
            raise RunError(f"{run.name} has no segment {segment}; it has: {', '.join(map(str, names))}.")
        if not name:
            raise RunError("The new name is empty.", hint='For example: clustera rename latest 3 "Careful savers"')
        taken = [number for number, used in names.items() if used == name and number != segment]
        if taken:
            raise RunError(f"Segment {taken[0]} is already called {name!r}; names tell segments apart.")
        given = {s: n for s, n in names.items() if any(p.segment == s and p.name != n for p in outcome.segments)}
        given[segment] = name
        temporary = run.path.parent / f".{run.name}.names"
        write_json(temporary, {"names": {str(s): n for s, n in sorted(given.items())}})
        temporary.replace(_names_file(run.path))
    return names | {segment: name}


def prune(out: Path, *, keep: int) -> list[str]:
    """Remove all but the newest `keep` runs, and what crashed writers left behind; returns the names removed."""
    if keep < 1:
        raise RunError(f"keep is {keep}; at least one run must stay.")
    if not out.is_dir():
        return []
    with writing(out), locked(out):
        removed = []
        for run in listing(out)[:-keep]:
            # First out of sight by one rename, then file by file: a crash between leaves no half run.
            doomed = out / f"{PARTIAL}{run.name}"
            run.path.rename(doomed)
            shutil.rmtree(doomed)
            _names_file(run.path).unlink(missing_ok=True)
            removed.append(run.name)
        for leftover in out.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover)
        return removed


def dump_model(model: Model) -> str:
    """A model as JSON text."""
    return _dumped(model).decode()


def dump_outcome(outcome: Outcome) -> bytes:
    """An outcome as JSON text."""
    return _dumped(outcome)


def _dumped(record: Model | Outcome) -> bytes:
    # What is no number comes back as it was; a null would not, and the run could never be read again.
    return to_json(record, indent=1, inf_nan_mode="strings")


def refuse_taken(out: Path, name: str) -> None:
    """Refuse the name of a run that can't be used, before any work is done."""
    if Path(name).name != name or name.startswith(".") or name == "latest":
        raise RunError(f"{name!r} can't be the name of a run; use letters, digits, '-' and '_'.")
    if (out / name).exists():
        raise RunError(
            f"There is already a run {name!r} in {out}; runs never change.",
            hint="Choose another name, or leave --name out.",
        )


def _names_file(run: Path) -> Path:
    return run.parent / f"{run.name}.names.json"


def _validated(adapter: TypeAdapter[_T], path: Path) -> _T:
    try:
        return adapter.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing; the run is damaged.") from error
    except ValidationError as error:
        raise RunError(f"{path} can't be read: {error.error_count()} values are not as they were written.") from error


def _parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise RunError(f"{path} is missing or damaged.") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is missing or damaged.") from error
