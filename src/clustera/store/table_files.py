"""Small tables as files that are on the disk when they are said to be."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clustera.store.csv_files import write_csv_cells
from clustera.store.files import check_table_path, replacing_file, writing_file


def fill_csv_records(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Records as a CSV file, on the disk when this returns."""
    fill_csv(path, columns, [[row[name] for name in columns] for row in rows])


def fill_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows as a CSV file, on the disk when this returns."""
    write_csv_cells(header, rows, path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_arrow_table(table: pa.Table, path: Path) -> None:
    """A table as one CSV or Parquet file, such as who was a member when.

    Raises:
        InputError: it is a file of another kind.
        SetupError: it can't be written.
    """
    check_table_path(path)
    with writing_file(path), replacing_file(path) as temporary:
        if path.suffix.lower() == ".csv":
            fill_csv_records(temporary, table.to_pylist(), table.column_names)
        else:
            pq.write_table(table, temporary)
