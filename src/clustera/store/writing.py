"""The files of a run, written into a folder."""

from __future__ import annotations

import hashlib
import platform
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clustera import frames, texts
from clustera.engines import Rows
from clustera.errors import RunError
from clustera.records import Outcome
from clustera.store.csv_files import safe_rows, write_csv
from clustera.store.files import PARTIAL, sync_folder, write_json, writing_file
from clustera.store.manifest import LAYOUT, MANIFEST, FileStamp, Manifest, ManifestBalance, ManifestSource
from clustera.store.run import dump_record
from clustera.store.workbook import write_workbook
from clustera.version import __version__

_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


def finished_name(folder: Path) -> str:
    """What the folder of a run that is being written is called when it is finished.

    >>> finished_name(Path(".partial-december"))
    'december'
    """
    return folder.name.removeprefix(PARTIAL)


def write_run(
    folder: Path,
    outcome: Outcome,
    *,
    customers: Rows,
    quarantine: Rows,
    orders_quarantine: Rows | None = None,
    values: Rows | None = None,
    orders: Rows | None = None,
    sample: pa.Table,
    pages: Mapping[str, str],
    pdf: bytes = b"",
    options: Mapping[str, Any],
    excel: bool = False,
) -> None:
    """Write the files of a run.

    Args:
        folder: An empty folder.
        outcome: All that was found.
        customers: One row per customer: id, segment, name, distance, second_segment, borderline, outlier.
        quarantine: Rows that were left out: row, id, code, reason, text.
        orders_quarantine: Order lines that were left out: row, customer, code, reason, amount, text; None without orders.
        values: Features and descriptors of every customer, by id.
        orders: Order lines, all of a customer's together; None where they are not kept.
        sample: What the pictures are drawn from.
        pages: The report's pages, by the names of their files.
        pdf: The report as PDF; none is written when empty.
        options: What was asked for; JSON values.
        excel: Also write segments.xlsx.

    Raises:
        SetupError: a package is missing, or there are more customers than a worksheet holds.
    """
    with texts.speaking(outcome.locale):
        _write_tables(folder, outcome, customers, quarantine)
        if orders_quarantine is not None:
            _write_both(orders_quarantine, folder / "orders_quarantine")
        if values is not None:
            values.write_parquet(folder / "values.parquet")
        if orders is not None:
            orders.write_parquet(folder / "orders.parquet")
        pq.write_table(sample, folder / "sample.parquet")
        (folder / "model.json").write_bytes(dump_record(outcome.model))
        (folder / "profile.json").write_bytes(dump_record(outcome))
        for name, page in pages.items():
            (folder / name).write_text(page, encoding="utf-8", newline="\n")
        if pdf:
            (folder / "report.pdf").write_bytes(pdf)
        if excel:
            write_workbook(folder / "segments.xlsx", outcome, customers.arrow())
    write_json(folder / MANIFEST, asdict(_manifest(folder, outcome, options)))


def save_run(write: Callable[[Path], None], place: Path) -> Path:
    """Have a run written as the folder `place`, which appears whole or not at all; nothing else is touched.

    Raises:
        RunError: there is already something at `place`.
        SetupError: it can't be written.
    """
    with writing_file(place):
        if place.exists() or place.is_symlink():
            raise RunError(f"There is already something at {place}; runs never change.", hint="Choose another path.")
        partial = place.with_name(f"{PARTIAL}{place.name}-{secrets.token_hex(4)}")
        partial.mkdir()
        try:
            write(partial)
            sync_folder(partial)
            partial.rename(place)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
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


_version_of = cache(version)  # which reads a file each time


def used_versions() -> dict[str, str]:
    """The versions of Clustera, Python and the libraries that are at work now, by name."""
    libraries = {name: _version_of(name) for name in _LIBRARIES}
    return {"clustera": __version__, "python": platform.python_version()} | libraries


def _manifest(folder: Path, outcome: Outcome, options: Mapping[str, Any]) -> Manifest:
    source, balance = outcome.source, outcome.balance
    return Manifest(
        layout=LAYOUT,
        source=ManifestSource(source.name, source.format, source.bytes, source.sha256),
        balance=ManifestBalance(balance.read, balance.segmented, balance.quarantined),
        k=outcome.selection.k,
        verdict=outcome.selection.verdict,
        seed=outcome.seed,
        options=dict(options),
        versions=used_versions(),
        files={path.name: FileStamp(path.stat().st_size, _sha256(path)) for path in sorted(folder.iterdir())},
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
