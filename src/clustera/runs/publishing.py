"""A run is written beside its place and made visible by one rename."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clustera import __version__, frames
from clustera.errors import SetupError, missing_extra
from clustera.records import Outcome, Rows
from clustera.runs.files import locked, safe_rows, write_csv, write_json, writing
from clustera.runs.folder import LAYOUT, PARTIAL, dump_model, dump_outcome, refuse_taken

_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


def publish(
    outcome: Outcome,
    *,
    customers: Rows,
    quarantine: Rows,
    orders_quarantine: Rows | None = None,
    sample: pa.Table,
    report: str,
    pdf: bytes = b"",
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
        orders_quarantine: Order lines that were not used: row, customer, code, reason, amount, text; None without orders.
        sample: What the pictures are drawn from.
        report: The page.
        pdf: The page as PDF; none is written when empty.
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
    with writing(out), locked(out):
        for leftover in out.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover)
        place = _free_place(out, name, outcome.source.name)
        partial = out / f"{PARTIAL}{place.name}"
        partial.mkdir()
        try:
            _write_tables(partial, outcome, customers, quarantine)
            if orders_quarantine is not None:
                _write_both(orders_quarantine, partial / "orders_quarantine")
            pq.write_table(sample, partial / "sample.parquet")
            (partial / "model.json").write_text(dump_model(outcome.model), encoding="utf-8")
            (partial / "profile.json").write_bytes(dump_outcome(outcome))
            (partial / "report.html").write_text(report, encoding="utf-8")
            if pdf:
                (partial / "report.pdf").write_bytes(pdf)
            if excel:
                _write_workbook(partial / "segments.xlsx", outcome, customers)
            write_json(partial / "manifest.json", _manifest(partial, outcome, options))
            _to_disk(partial)
            partial.rename(place)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _point_latest(out, place.name)
    return place


def _write_tables(folder: Path, outcome: Outcome, customers: Rows, quarantine: Rows) -> None:
    _write_both(customers, folder / "customers")
    _write_both(quarantine, folder / "quarantine")
    write_csv(frames.segment_rows(outcome), folder / "segments.csv")
    write_csv(frames.action_rows(outcome), folder / "actions.csv", columns=frames.ACTION)
    write_csv(frames.k_rows(outcome.selection), folder / "k_selection.csv")
    write_csv(frames.finding_rows(outcome.findings), folder / "findings.csv", columns=frames.FINDING)


def _write_both(rows: Rows, path: Path) -> None:
    rows.write_parquet(path.with_name(f"{path.name}.parquet"))
    safe_rows(rows).write_csv(path.with_name(f"{path.name}.csv"))


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
        "actions": frames.actions(outcome),
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
