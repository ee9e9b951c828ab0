"""Sources that know their own types: Parquet, and tables that speak Arrow (pandas, polars, pyarrow, DuckDB)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError
from clustera.read.held import refuse_wide, unique_names

if TYPE_CHECKING:
    import pandas as pd


def scan_parquet(paths: Sequence[Path], *, engine: Engine, name: str) -> Rows:
    """The rows of one or several Parquet files of the same columns, in the order of their names."""
    try:
        rows = engine.parquet(paths)
    except InputError as error:
        raise InputError(f"{name} can't be read as Parquet: {error.message}", hint="Write it again.") from error
    refuse_wide(len(rows.columns), name)
    return number_rows(rows)


def scan_frame(table: object, *, engine: Engine) -> Rows:
    """The rows of any object with `__arrow_c_stream__`.

    Raises:
        InputError: Arrow can't carry the table.
    """
    arrow = _arrow_table(table)
    refuse_wide(arrow.num_columns, type(table).__name__)
    names = unique_names(tuple(map(str, arrow.column_names)))
    arrow = arrow.rename_columns(names)
    labels = _row_labels(table)
    if labels is None:
        return number_rows(engine.arrow(arrow))
    numbers = pa.array(range(1, arrow.num_rows + 1), pa.int64())
    return engine.arrow(arrow.add_column(0, "_row", numbers).append_column("_label", labels))


def _row_labels(table: object) -> pa.Array | None:
    """The labels of a pandas frame's rows, where a filter or a sort left others than 0, 1, 2, ...: customers without an id keep them."""
    if type(table).__module__.split(".")[0] != "pandas":
        return None
    index = cast("pd.DataFrame", table).index
    counts = all(name is None for name in index.names) and index.dtype.kind in "iu"
    if not counts or not index.is_unique or np.array_equal(index.to_numpy(), np.arange(len(index))):
        return None
    return pa.array([str(label) for label in index], pa.string())


def number_rows(rows: Rows) -> Rows:
    """The same rows with `_row` in front, counted from 1, and names that SQL can tell apart."""
    old = tuple(rows.columns)
    renamed = [f"{identifier(a)} as {identifier(b)}" for a, b in zip(old, unique_names(old), strict=True)]
    return rows.select(f"select row_number() over () as _row, {', '.join(renamed)} from {{rows}}")


def _arrow_table(table: object) -> pa.Table:
    if type(table).__module__.split(".")[0] == "pandas":
        return _from_pandas(cast("pd.DataFrame", table))
    try:
        return pa.RecordBatchReader.from_stream(table).read_all()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            f"The {type(table).__name__} can't be read through Arrow: {error}.", hint="Pass a table with plain columns."
        ) from error


def _from_pandas(frame: pd.DataFrame) -> pa.Table:
    frame = frame.copy(deep=False)
    index = frame.index
    # A nameless whole-number index only counts rows (or what a filter left of them); any other one is data.
    if any(name is not None for name in index.names) or index.dtype.kind not in "iu":
        names = [str(name) if name is not None else "index" for name in index.names]
        frame = frame.reset_index(names=names)
    frame.columns = unique_names(
        tuple(" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns)
    )
    columns = []
    for name in frame.columns:
        try:
            columns.append(pa.array(frame[name], from_pandas=True))
        except (pa.ArrowException, TypeError, ValueError):
            # Numbers and text in one column: its text is what a file of it would hold.
            column = frame[name]
            columns.append(
                pa.array(
                    [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
                )
            )
    arrays = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns]
    return pa.table(dict(zip(frame.columns, arrays, strict=True)))
