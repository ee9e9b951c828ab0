"""Files that appear whole or not at all, and that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from clustera.engines import identifier
from clustera.errors import RunError, SetupError
from clustera.records import Rows


def write_table(rows: Rows, path: Path, *, names: Mapping[int, str]) -> None:
    """Assigned customers as one CSV or Parquet file, whole or not at all; `names` are those that people gave."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise RunError(f"{path} is neither .csv nor .parquet.", hint="For example: --out scored.csv")
    called = " ".join(f"when {segment} then {_quoted(name)}" for segment, name in names.items())
    _write_one(rows.select(f"select * replace (case segment {called} end as name) from {{rows}}"), path)


def write_quarantine(rows: Rows, beside: Path) -> Path | None:
    """Rows that were not used, in a file beside that of the others: scored.csv, scored.orders_quarantine.csv.

    Returns:
        The file; None where every row was used, and no file of an earlier time is left there.
    """
    path = beside.with_name(f"{beside.stem}.orders_quarantine{beside.suffix}")
    if not rows.count():
        path.unlink(missing_ok=True)
        return None
    _write_one(rows, path)
    return path


def _write_one(rows: Rows, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.partial")
    with writing(path.parent):
        try:
            if path.suffix.lower() == ".parquet":
                rows.write_parquet(temporary)
            else:
                safe_rows(rows).write_csv(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """One text file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.partial")
    with writing(path.parent):
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


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


def safe_rows(rows: Rows) -> Rows:
    """Rows whose texts no spreadsheet takes for a formula."""
    columns = [
        _SAFE_SQL.format(identifier(name)) if kind == "VARCHAR" else identifier(name)
        for name, kind in rows.columns.items()
    ]
    return rows.select(f"select {', '.join(columns)} from {{rows}}")


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path, *, columns: Sequence[str] = ()) -> None:
    """A small table as CSV; None and NaN are empty cells. `columns` are the first row's when left out."""
    columns = columns or tuple(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(spreadsheet_safe, columns))
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return "" if value is None or value != value else value  # noqa: PLR0124 - only NaN differs from itself


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Alone in a folder of runs; RunError when another process has been there for more than a minute."""
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
def writing(out: Path) -> Iterator[None]:
    """The folder, made when missing; what the disk refuses is a SetupError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise SetupError(
            f"Can't write to {out}: {error.strerror or error}.", hint="Free space or choose another folder with --out."
        ) from error


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """JSON with sorted keys and a last newline."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
