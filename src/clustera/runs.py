"""A run is a folder: written beside its place, published by one rename, never changed afterwards.

    runs/
      latest -> 20261123-151200-customers
      20261123-151200-customers/
        customers.parquet  customers.csv   who is in which segment
        segments.csv  k_selection.csv  findings.csv
        quarantine.parquet  quarantine.csv  every row that was not used, and why
        sample.parquet                      what the pictures are drawn from
        model.json                          enough to assign a new customer
        profile.json                        all that was found
        report.html
        manifest.json                       versions, options, seed, input; sizes and hashes of the other files
      20261123-151200-customers.names.json  what people renamed later

The folder holds no clock: the same input, options and seed give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from clustera import __version__, frames
from clustera.errors import RunError, SetupError, closest, missing_extra
from clustera.records import Model, Outcome, Rows

LAYOUT = 1
PARTIAL = ".partial-"
_LIBRARIES = ("duckdb", "numba", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
_outcomes = TypeAdapter(Outcome)
_models = TypeAdapter(Model)


@dataclass(frozen=True, slots=True)
class Run:
    """A published run."""

    path: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name


def publish(
    outcome: Outcome,
    *,
    customers: Rows,
    quarantine: Rows,
    sample: pd.DataFrame,
    report: str,
    options: Mapping[str, Any],
    out: Path,
    name: str = "",
    excel: bool = False,
) -> Path:
    """Write a run and make it visible by one rename.

    Args:
        outcome: All that was found.
        customers: One row per customer: id, segment, name, distance, second_segment, borderline, outlier.
        quarantine: Rows that were not used: row, id, code, reason, text.
        sample: What the pictures are drawn from.
        report: The page.
        options: What was asked for.
        out: Folder of runs; made when missing.
        name: Name of the run; the time and the source's name when empty.
        excel: Also write segments.xlsx.

    Returns:
        The run's folder.

    Raises:
        RunError: another run is called `name`, or the folder is locked for more than a minute.
        SetupError: the folder can't be written.
    """
    with _writing(out), _locked(out):
        for leftover in out.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover)
        place = _free_place(out, name, outcome.source.name)
        partial = out / f"{PARTIAL}{place.name}"
        partial.mkdir()
        try:
            _write_tables(partial, outcome, customers, quarantine)
            pq.write_table(pa.Table.from_pandas(sample, preserve_index=False), partial / "sample.parquet")
            (partial / "model.json").write_text(dump_model(outcome.model), encoding="utf-8")
            (partial / "profile.json").write_bytes(_outcomes.dump_json(outcome, indent=1))
            (partial / "report.html").write_text(report, encoding="utf-8")
            if excel:
                _write_workbook(partial / "segments.xlsx", outcome, customers)
            _write_json(partial / "manifest.json", _manifest(partial, outcome, options))
            _to_disk(partial)
            partial.rename(place)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _point_latest(out, place.name)
    return place


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
    outcome: Outcome = _validated(_outcomes, run.path / "profile.json")
    return outcome


def model_of(path: Path) -> Model:
    """The model in a run or in a file of its own."""
    model: Model = _validated(_models, path / "model.json" if path.is_dir() else path)
    return model


def customers_of(run: Run) -> pa.Table:
    """Who is in which segment."""
    return _parquet(run.path / "customers.parquet")


def quarantine_of(run: Run) -> pa.Table:
    """The rows that were not used."""
    return _parquet(run.path / "quarantine.parquet")


def sample_of(run: Run) -> pd.DataFrame:
    """What the pictures are drawn from."""
    frame: pd.DataFrame = _parquet(run.path / "sample.parquet").to_pandas()
    return frame


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
    with _writing(run.path.parent), _locked(run.path.parent):
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
        _write_json(temporary, {"names": {str(s): n for s, n in sorted(given.items())}})
        temporary.replace(_names_file(run.path))
    return names | {segment: name}


def prune(out: Path, *, keep: int) -> list[str]:
    """Remove all but the newest `keep` runs, and what crashed writers left behind; returns the names removed."""
    if keep < 1:
        raise RunError(f"keep is {keep}; at least one run must stay.")
    if not out.is_dir():
        return []
    with _writing(out), _locked(out):
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
    return json.dumps(_models.dump_python(model, mode="json"), indent=1, sort_keys=True, ensure_ascii=False)


def write_table(rows: Rows, path: Path, *, names: Mapping[int, str]) -> None:
    """Assigned customers as one CSV or Parquet file, whole or not at all; `names` are those that people gave."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise RunError(f"{path} is neither .csv nor .parquet.", hint="For example: --out scored.csv")
    called = " ".join(f"when {segment} then {_quoted(name)}" for segment, name in names.items())
    rows = rows.select(f"select * replace (case segment {called} end as name) from {{rows}}")
    temporary = path.with_name(f".{path.name}.partial")
    with _writing(path.parent):
        try:
            if path.suffix.lower() == ".parquet":
                rows.write_parquet(temporary)
            else:
                _safe_rows(rows).write_csv(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """One text file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.partial")
    with _writing(path.parent):
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


def refuse_taken(out: Path, name: str) -> None:
    """Refuse the name of a run that can't be used, before any work is done."""
    if Path(name).name != name or name.startswith(".") or name == "latest":
        raise RunError(f"{name!r} can't be the name of a run; use letters, digits, '-' and '_'.")
    if (out / name).exists():
        raise RunError(
            f"There is already a run {name!r} in {out}; runs never change.",
            hint="Choose another name, or leave --name out.",
        )


def spreadsheet_safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula. Source: OWASP, CSV injection.

    >>> spreadsheet_safe("=HYPERLINK(...)"), spreadsheet_safe("-12.5"), spreadsheet_safe("Ann")
    ("'=HYPERLINK(...)", '-12.5', 'Ann')
    """
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text


_SAFE_SQL = """case when regexp_matches({0}, '^[=+\\-@\\t\\r]') and try_cast({0} as double) is null
    then '''' || {0} else {0} end as {0}"""


def _safe_rows(rows: Rows) -> Rows:
    columns = [
        _SAFE_SQL.format(f'"{name}"') if kind == "VARCHAR" else f'"{name}"' for name, kind in rows.columns.items()
    ]
    return rows.select(f"select {', '.join(columns)} from {{rows}}")


def _write_csv(frame: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    safe = frame.rename(columns=spreadsheet_safe)
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(lambda cell: spreadsheet_safe(cell) if isinstance(cell, str) else cell)
    safe.to_csv(path, index=index, lineterminator="\n")


def _write_tables(folder: Path, outcome: Outcome, customers: Rows, quarantine: Rows) -> None:
    customers.write_parquet(folder / "customers.parquet")
    _safe_rows(customers).write_csv(folder / "customers.csv")
    quarantine.write_parquet(folder / "quarantine.parquet")
    _safe_rows(quarantine).write_csv(folder / "quarantine.csv")
    _write_csv(frames.segments(outcome), folder / "segments.csv")
    _write_csv(frames.k_selection(outcome.selection), folder / "k_selection.csv", index=True)
    _write_csv(frames.findings(outcome.findings), folder / "findings.csv")


def _write_workbook(path: Path, outcome: Outcome, customers: Rows) -> None:
    try:
        import xlsxwriter
    except ImportError as error:
        raise missing_extra("XlsxWriter", "excel") from error
    rows = customers.count()
    if rows > 1_000_000:
        raise SetupError(
            f"A worksheet holds 1,048,576 rows; there are {rows:,} customers.",
            hint="Use customers.csv or customers.parquet.",
        )
    book = xlsxwriter.Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        },
    )
    # A fixed date, so that the same run gives the same bytes.
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the format knows no zones
    head, percent = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "0.0%"})
    sheets = {
        "segments": frames.segments(outcome),
        "k selection": frames.k_selection(outcome.selection).reset_index(),
        "findings": frames.findings(outcome.findings),
        "customers": customers.arrow().to_pandas(),
    }
    for title, frame in sheets.items():
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for j, column in enumerate(frame.columns):
            sheet.write_string(0, j, str(column), head)
            sheet.set_column(j, j, min(40, max(10, len(str(column)))), percent if column == "share" else None)
            cells = frame[column].astype(object).where(frame[column].notna(), None).tolist()
            sheet.write_column(1, j, [cell.item() if hasattr(cell, "item") else cell for cell in cells])
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    book.close()


def _manifest(folder: Path, outcome: Outcome, options: Mapping[str, Any]) -> dict[str, Any]:
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())}
    return {
        "layout": LAYOUT,
        "source": {
            "name": outcome.source.name,
            "format": outcome.source.format,
            "bytes": outcome.source.bytes,
            "sha256": outcome.source.sha256,
        },
        "balance": {
            "read": outcome.balance.read,
            "segmented": outcome.balance.segmented,
            "quarantined": outcome.balance.quarantined,
        },
        "k": outcome.selection.k,
        "verdict": outcome.selection.verdict,
        "seed": outcome.seed,
        "options": dict(options),
        "versions": {"clustera": __version__, "python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
        "files": files,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _free_place(out: Path, name: str, source: str) -> Path:
    if name:
        refuse_taken(out, name)
        return out / name
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(source).name.split(".")[0])[:60] or "run"
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    place, number = out / f"{stamp}-{stem}", 1
    while place.exists():
        number += 1
        place = out / f"{stamp}-{stem}-{number}"
    return place


def _point_latest(out: Path, name: str) -> None:
    temporary = out / ".latest"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(name, target_is_directory=True)
    temporary.replace(out / "latest")


def _to_disk(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    # The operating system releases the lock when its holder dies.
    try:
        with FileLock(out / ".lock", timeout=60):
            yield
    except Timeout as error:
        raise RunError(
            f"Another process has been writing to {out} for more than a minute.",
            hint="Wait for it, or use another --out.",
        ) from error


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        out.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise SetupError(
            f"Can't write to {out}: {error.strerror or error}.", hint="Free space or choose another folder with --out."
        ) from error


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names_file(run: Path) -> Path:
    return run.parent / f"{run.name}.names.json"


def _validated(adapter: TypeAdapter[Any], path: Path) -> Any:  # noqa: ANN401 - the adapter knows the type
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


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
