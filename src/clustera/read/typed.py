"""Sources that know their own types: Parquet, and tables that speak Arrow (pandas, polars, pyarrow, DuckDB)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clustera.engines import DAMAGED_PARQUET, Engine, Rows, identifier
from clustera.errors import InputError
from clustera.read.held import refuse_wide, unique_column_names

if TYPE_CHECKING:
    import pandas as pd


_FLOATS = ("DOUBLE", "FLOAT")
_CALCULABLE = {"TIMESTAMPTZ_NS": "timestamptz"}
_CALCULABLE |= dict.fromkeys(("TIME", "TIME_NS", "UUID", "JSON", "ENUM", "INET", "BIGNUM", "VARINT"), "varchar")
_PER_MINUTE = {"s": 60, "ms": 60_000, "us": 60_000_000, "ns": 60_000_000_000}
_NO_TEXT = r"[\x00-\x08\x0e-\x1f]"
_SHORT_BYTES = 64  # more of them are a picture or a document, and tell no customers apart


def scan_parquet(paths: Sequence[Path], *, engine: Engine, name: str) -> tuple[Rows, Sequence[str]]:
    """The rows of one or several Parquet files, in the order of their names, and the names of their columns.

    The columns of several files are matched by name; one that holds numbers in some and text in others becomes text.

    Raises:
        InputError: a file is damaged, or has no column of the others.
    """
    if len(paths) > 1:
        _refuse_strangers(paths, name)
    elif not _names_of_files(paths, ["unknown"]):
        raise InputError(f"{name} has no columns.", hint="Write it again, with one row per customer.")
    mixed = mixed_columns(paths) if len(paths) > 1 else {}
    try:
        rows = _as_text(paths, mixed, engine) if mixed else engine.parquet(paths)
    except InputError as error:
        raise InputError(f"{name} can't be read as Parquet: {error.message}", hint="Write it again.") from error
    refuse_wide(len(rows.columns), name)
    own = _names_of_files(paths, tuple(rows.columns))
    return number_rows(_with_minutes(rows, paths), own), own


def _with_minutes(rows: Rows, paths: Sequence[Path]) -> Rows:
    """The rows, durations in minutes: Parquet holds them as whole numbers, and only its notes for Arrow tell of what."""
    try:
        fields = [field for path in paths for field in pq.read_schema(path)]
    except DAMAGED_PARQUET:
        return rows
    units = {field.name: field.type.unit for field in fields if pa.types.is_duration(field.type)}
    cells = [
        f"{identifier(name)} / {_PER_MINUTE[units[name]]} as {identifier(name)}"
        for name, kind in rows.columns.items()
        if name in units and kind == "BIGINT"
    ]
    return rows.select(f"select * replace ({', '.join(cells)}) from {{rows}}") if cells else rows


def is_arrow_file(head: bytes) -> bool:
    """Whether a file that begins so is one of Arrow: with its magic (Feather too), or a stream of batches."""
    return head.startswith(b"ARROW1") or (head.startswith(b"\xff\xff\xff\xff") and head[6:8] == b"\0\0")


def scan_arrow_file(path: Path, *, engine: Engine, name: str) -> tuple[Rows, Sequence[str]]:
    """The rows of an Arrow or Feather file, and the names of its columns.

    Raises:
        InputError: it is damaged.
    """
    try:
        with pa.memory_map(str(path)) as source:
            is_file = source.read(6) == b"ARROW1"
            source.seek(0)
            opened = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
            with opened as reader:
                table = reader.read_all()
            table.validate(full=True)
            return scan_frame(table, engine=engine)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name} is damaged: it can't be read as an Arrow file.", hint="Write it again.") from error


def mixed_columns(paths: Sequence[Path]) -> dict[str, dict[str, Path]]:
    """Columns of Parquet files that hold different kinds of values: each kind with the first file that has it."""
    kinds: dict[str, dict[str, Path]] = {}
    names: dict[str, str] = {}
    for path in paths:
        for field in pq.read_schema(path):
            name = names.setdefault(field.name.casefold(), field.name)
            if kind := _kind_of_type(field.type):
                kinds.setdefault(name, {}).setdefault(kind, path)
    return {name: found for name, found in kinds.items() if len(found) > 1}


def _kind_of_type(kind: pa.DataType) -> str:
    """What a column of a type holds; nothing for one without values."""
    types = pa.types
    value = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_null(value):
        return ""
    if types.is_integer(value) or types.is_floating(value) or types.is_decimal(value):
        return "number"
    if types.is_string(value) or types.is_large_string(value) or types.is_string_view(value):
        return "text"
    if types.is_date(value) or types.is_timestamp(value):
        return "date"
    return "boolean" if types.is_boolean(value) else "other"


def _as_text(paths: Sequence[Path], mixed: Collection[str], engine: Engine) -> Rows:
    """The rows of Parquet files, the mixed columns as text: whole numbers without decimals, as they stand in other files."""
    wanted = {name.casefold() for name in mixed}
    tables = [engine.parquet([path]) for path in paths]
    names = {name.casefold(): name for table in reversed(tables) for name in reversed(tuple(table.columns))}
    parts = []
    for table in tables:
        own = {name.casefold(): (name, kind) for name, kind in table.columns.items()}
        cells = [
            (_text_of(*own[key]) if key in wanted else identifier(own[key][0])) + f" as {identifier(name)}"
            for key, name in reversed(names.items())
            if key in own
        ]
        parts.append(f"select {', '.join(cells)} from {table.name}")
    return engine.view(" union all by name ".join(parts)).keep()


def _text_of(name: str, kind: str) -> str:
    cell = identifier(name)
    whole = f"{cell} = trunc({cell}) and abs({cell}) < 1e15"
    text = f"cast({cell} as varchar)"
    return (
        f"case when {whole} then cast(cast({cell} as bigint) as varchar) else {text} end" if kind in _FLOATS else text
    )


def _names_of_files(paths: Sequence[Path], columns: Sequence[str]) -> Sequence[str]:
    """The columns' names as the files have them: the engine adds to those that differ in case only."""
    try:
        names = [name for path in paths for name in pq.read_schema(path).names]
    except DAMAGED_PARQUET:
        return columns  # the engine reads files whose notes for other programs are damaged
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    listed = names if len(paths) == 1 else [*first.values()]
    return listed if not listed or len(listed) == len(columns) else columns


def _refuse_strangers(paths: Sequence[Path], name: str) -> None:
    """Raise an error where a file has no column of the first: those of one table are matched by name."""
    first, *others = [(path, _parquet_names(path)) for path in paths]
    for path, names in others:
        if first[1].isdisjoint(names):
            raise InputError(
                f"{name} stands for {len(paths)} Parquet files of different tables: {path.name} has no column of {first[0].name}.",
                hint="Name one of them, or a pattern of those that belong together, such as 'orders-*.parquet'.",
            )


def _parquet_names(path: Path) -> set[str]:
    try:
        return set(pq.read_schema(path).names)
    except DAMAGED_PARQUET as error:
        raise InputError(f"{path.name} can't be read as Parquet: {error}", hint="Write it again.") from error


def has_named_fields(source: object) -> bool:
    """Whether it is an array of numpy whose fields have names: a table."""
    return isinstance(source, np.ndarray) and source.dtype.names is not None and source.ndim == 1


def scan_frame(table: object, *, engine: Engine) -> tuple[Rows, Sequence[str]]:
    """The rows of any object with `__arrow_c_stream__`, or of an array whose fields have names, and the names of its columns.

    Raises:
        InputError: Arrow can't carry the table.
    """
    if has_named_fields(table):
        import pandas as pd

        table = pd.DataFrame.from_records(cast("np.ndarray", table))
    arrow, own = _arrow_table(table)
    if not arrow.num_columns:
        raise InputError(f"The {type(table).__name__} has no columns.", hint="Pass a table with one row per customer.")
    refuse_wide(arrow.num_columns, type(table).__name__)
    names = unique_column_names(tuple(map(str, arrow.column_names)))
    arrow = _storable_table(arrow.rename_columns(names))
    labels = _row_labels(table)
    if labels is None:
        return number_rows(engine.arrow(arrow)), own
    numbers = pa.array(range(1, arrow.num_rows + 1), pa.int64())
    labeled = arrow.add_column(0, "_row", numbers).append_column("_label", labels)
    return _with_plain_types(engine.arrow(labeled)), own


def _row_labels(table: object) -> pa.Array | None:
    """The labels of a pandas frame's rows, where a filter or a sort left others than 0, 1, 2, ...: customers without an id keep them."""
    if type(table).__module__.split(".")[0] != "pandas":
        return None
    index = cast("pd.DataFrame", table).index
    counts = all(name is None for name in index.names) and index.dtype.kind in "iu"
    if not counts or not index.is_unique or np.array_equal(index.to_numpy(), np.arange(len(index))):
        return None
    return pa.array([str(label) for label in index], pa.string())


def number_rows(rows: Rows, own: Sequence[str] = ()) -> Rows:
    """The same rows with `_row` in front, counted from 1, and names that SQL can tell apart.

    Args:
        rows: As the engine reads them.
        own: The names of the columns in their source, where the engine calls them otherwise.
    """
    old = tuple(rows.columns)
    new = unique_column_names(own or old)
    renamed = [f"{identifier(a)} as {identifier(b)}" for a, b in zip(old, new, strict=True)]
    return _with_plain_types(rows.select(f"select row_number() over () as _row, {', '.join(renamed)} from {{rows}}"))


def _with_plain_types(rows: Rows) -> Rows:
    """The rows in types that the engine can calculate with: no nanoseconds of a zone, text of UUIDs, JSON, enumerations and bytes, minutes of durations."""
    plain = {
        name: f"cast({identifier(name)} as {_CALCULABLE[base]})"
        for name, kind in rows.columns.items()
        if (base := kind.partition("(")[0]) in _CALCULABLE
    } | _texts_of_bytes(rows)
    plain |= {name: f"epoch({identifier(name)}) / 60" for name, kind in rows.columns.items() if kind == "INTERVAL"}
    cells = ", ".join(f"{text} as {identifier(name)}" for name, text in plain.items())
    return rows.select(f"select * replace ({cells}) from {{rows}}") if plain else rows


def _texts_of_bytes(rows: Rows) -> dict[str, str]:
    """SQL for the text of each column of bytes: what they spell where all of them are UTF-8, else short ones in figures of base 16.

    Programs around Hive write texts to Parquet without saying that they are texts; an id may be a UUID of 16 bytes.
    """
    cells = {name: identifier(name) for name, kind in rows.columns.items() if kind == "BLOB"}
    if not cells:
        return {}
    asked = ", ".join(
        f"[not coalesce(bool_or(regexp_matches(coalesce(try(decode({cell})), chr(0)), '{_NO_TEXT}')) "
        f"filter ({cell} is not null), false), coalesce(max(octet_length({cell})), 0) <= {_SHORT_BYTES}]"
        for cell in cells.values()
    )
    known = rows.value(f"select [{asked}] as known from {{rows}}")
    return {
        name: f"decode({cell})" if spelled else f"hex({cell})"
        for (name, cell), (spelled, short) in zip(cells.items(), known, strict=True)
        if spelled or short
    }


def _storable_table(table: pa.Table) -> pa.Table:
    """The table without types that the engine does not know: halves of a float, decimals of more than 38 figures, durations."""
    for at, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_float16(kind) or pa.types.is_decimal256(kind):
            # Arrow casts halves to single precision only.
            column = table.column(at).cast(pa.float32()) if pa.types.is_float16(kind) else table.column(at)
            table = table.set_column(at, field.name, column.cast(pa.float64()))
        elif pa.types.is_duration(kind):
            count = table.column(at).cast(pa.int64()).cast(pa.float64())
            table = table.set_column(at, field.name, pc.divide(count, float(_PER_MINUTE[kind.unit])))
        elif "halffloat" in str(kind) or "decimal256" in str(kind):
            texts = [None if value is None else str(value) for value in table.column(at).to_pylist()]
            table = table.set_column(at, field.name, pa.array(texts, pa.string()))
    return table


def _arrow_table(table: object) -> tuple[pa.Table, Sequence[str]]:
    """The table, and its columns' names; pandas may have the same name twice."""
    if type(table).__module__.split(".")[0] == "pandas":
        return _from_pandas(cast("pd.DataFrame", table))
    # Arrow's interface between libraries ends a name at a zero character, and polars ends the whole process there.
    if zero := next((name for name in getattr(table, "columns", ()) if isinstance(name, str) and "\0" in name), None):
        raise InputError(
            f"The {type(table).__name__} has a column {zero!r}, whose name holds a zero character.", hint="Rename it."
        )
    try:
        arrow = pa.RecordBatchReader.from_stream(table).read_all()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            f"The {type(table).__name__} can't be read through Arrow: {error}.", hint="Pass a table with plain columns."
        ) from error
    return arrow, arrow.column_names


def _from_pandas(frame: pd.DataFrame) -> tuple[pa.Table, Sequence[str]]:
    frame = frame.copy(deep=False)
    index = frame.index
    # A nameless whole-number index only counts rows (or what a filter left of them); any other one is data.
    if any(name is not None for name in index.names) or index.dtype.kind not in "iu":
        frame = _with_index(frame)
    own = tuple(" ".join(filter(None, map(str, c))) if isinstance(c, tuple) else str(c) for c in frame.columns)
    frame.columns = unique_column_names(own)
    columns = []
    for name in frame.columns:
        if hasattr(frame[name].dtype, "freq"):  # of a period Arrow would carry the number
            frame[name] = frame[name].dt.to_timestamp()
        if _holds_intervals(frame[name].dtype):
            columns.append(_cells_as_text(frame[name]))
            continue
        try:
            columns.append(pa.array(frame[name], from_pandas=True))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            # Numbers and text in one column, or whole numbers beyond 64 bits.
            columns.append(_cells_as_text(frame[name]))
    arrays = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns]
    return pa.table(dict(zip(frame.columns, arrays, strict=True))), own


def _holds_intervals(kind: Any) -> bool:  # noqa: ANN401 - a type of pandas
    """Whether a column holds intervals, as `pandas.cut` makes them, of which Arrow would carry the two ends."""
    categories = getattr(kind, "categories", None)
    return hasattr(kind if categories is None else categories.dtype, "closed")


def _cells_as_text(column: pd.Series) -> pa.Array:
    """The text of each cell, which is what a file of it would hold."""
    return pa.array(
        [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)], pa.string()
    )


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as its first columns, but for what a column of the same name holds already.

    >>> import pandas as pd
    >>> _with_index(pd.DataFrame({"id": [5, 6], "age": [30, 40]}).set_index("id", drop=False)).columns.tolist()
    ['id', 'age']
    """
    levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
    held = [
        level.name is not None
        and any(
            name == level.name
            and frame.iloc[:, at].reset_index(drop=True).equals(level.to_frame(index=False).iloc[:, 0])
            for at, name in enumerate(frame.columns)
        )
        for level in levels
    ]
    names = [str(level.name) if level.name is not None else "index" for level in levels]
    told = frame.reset_index(names=names, allow_duplicates=True)
    return told.iloc[:, [at for at in range(told.shape[1]) if at >= len(held) or not held[at]]]
