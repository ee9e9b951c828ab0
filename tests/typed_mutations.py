"""Tables with types, drawn from a seed, in every kind of source: frames, Parquet, workbooks, databases, JSON, packed files, folders."""

from __future__ import annotations

import bz2
import csv
import datetime
import decimal
import gzip
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

Draw = random.Random
NAMES = (
    "id", "customer_id", "age", "Age", "AGE", "income", "{rows}", "", 'a"b', "a'b", "x.y", "select", "group", "_row", "_extra", "_label",
    "_key", "date", "birth_date", "email", "plz", "日本", "😀", "x" * 400, "a\nb", "a\tb", "NULL", "1", "true", "segment", "distance",
    "amount", "order_date", "signup", "y", "weight", "t", "column_1", " a ", "%s", "\u202eabc", "a\0b",
)  # fmt: skip


@dataclass(frozen=True)
class TypedMutant:
    """A source, how many rows it has where that is known, and what is said beside it."""

    source: Any
    kind: str
    rows: int | None
    orders: bool
    read: dict[str, Any] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    log: dict[str, Any] = field(default_factory=dict)


def typed_mutant(seed: int, folder: Path) -> TypedMutant:
    """A table in some source, its file in a folder that is empty."""
    draw = Draw(f"typed {seed}")
    table = _table(draw)
    kind = draw.choice(list(_SOURCES))
    source, rows = _SOURCES[kind](draw, table, folder)
    names = list(table.column_names)
    return TypedMutant(
        source,
        kind,
        rows,
        draw.random() < 0.25,
        _some(draw, {"header": [0, 1, 3], "encoding": ["utf-8", "utf-16"], "sheet": ["Customers", "no"], "table": ["t", "no"]}, 0.03),
        _some(
            draw,
            {"id": names, "features": [(name,) for name in names], "exclude": [(name,) for name in names], "dates": ["dmy", "mdy"],
             "decimal": [".", ","], "as_of": ["2024-06-30", "1850-01-01"], "keep": [("sentinel",), ("brackets",), ("near-duplicate",)]},
            0.08,
        ),
        _some(draw, {"customer": names, "date": names, "amount": names, "order": names, "duplicates": ["drop"]}, 0.3),
    )  # fmt: skip


def _some(draw: Draw, choices: dict[str, list[Any]], share: float) -> dict[str, Any]:
    return {name: draw.choice(values) for name, values in choices.items() if draw.random() < share}


# ---- What columns hold ---------------------------------------------------------------------------------------------------


def _date(draw: Draw) -> datetime.date:
    return datetime.date(draw.choice([1, 1890, 1955, 1990, 2023, 9999]), draw.randint(1, 12), draw.randint(1, 28))


def _moment(draw: Draw) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(draw.randint(0, 2_000_000_000), datetime.UTC).replace(tzinfo=None)


_CELLS: tuple[tuple[pa.DataType, Callable[[Draw], Any]], ...] = (
    (pa.float64(), lambda draw: draw.gauss(50, 20)),
    (pa.float64(), lambda draw: draw.choice([float("nan"), float("inf"), -1e308, 1e308, 5e-324, 1.5])),
    (pa.float32(), lambda draw: float(draw.randint(1, 5))),
    (pa.int8(), lambda draw: draw.randint(0, 5)),
    (pa.uint64(), lambda draw: draw.randrange(2**64)),
    (pa.int64(), lambda draw: draw.randint(-(2**63), 2**63 - 1)),
    (pa.int64(), lambda draw: draw.randint(19500101, 20241231)),
    (pa.int64(), lambda draw: draw.randint(18, 90)),
    (pa.decimal128(20, 2), lambda draw: decimal.Decimal(draw.randint(-(10**9), 10**9)).scaleb(-2)),
    (pa.decimal128(38, 0), lambda draw: decimal.Decimal(draw.randint(-(10**30), 10**30))),
    (pa.date32(), _date),
    (pa.timestamp("us"), _moment),
    (pa.timestamp("ns", tz="Europe/Berlin"), _moment),
    (pa.time64("us"), lambda draw: datetime.time(draw.randrange(24), draw.randrange(60))),
    (pa.time64("ns"), lambda draw: datetime.time(draw.randrange(24), draw.randrange(60))),
    (pa.duration("us"), lambda draw: datetime.timedelta(days=draw.randint(-50, 500))),
    (pa.bool_(), lambda draw: draw.random() < 0.5),
    (pa.string(), lambda draw: None),
    (pa.binary(), lambda draw: draw.randbytes(3)),
    (pa.list_(pa.float64()), lambda draw: [draw.random() for _ in range(draw.randrange(4))]),
    (pa.struct([("a", pa.float64()), ("b", pa.string())]), lambda draw: {"a": draw.random(), "b": draw.choice("xy")}),
    (pa.map_(pa.string(), pa.int32()), lambda draw: [("k", 1)]),
    (pa.dictionary(pa.int32(), pa.string()), lambda draw: draw.choice("abc")),
    (pa.string(), lambda draw: draw.choice(["18-24", "25-34", "65+", "Under 18"])),
    (pa.string(), lambda draw: f"{draw.gauss(900, 300):,.2f} €"),
    (pa.large_string(), lambda draw: "".join(draw.choice("ab c\0\n\"',;😀é") for _ in range(draw.randrange(12)))),
)


def _table(draw: Draw) -> pa.Table:
    rows = draw.choice([0, 2, 12, 30, 60, 60, 120])
    made = [draw.choice(_CELLS) for _ in range(draw.choice([1, 2, 4, 8]))]
    columns = [
        pa.array([cell(draw) if draw.random() > 0.08 else None for _ in range(rows)], kind) for kind, cell in made
    ]
    names = [draw.choice(NAMES) for _ in columns]
    if draw.random() < 0.85:
        columns.insert(0, pa.array([f"C{at:04d}" for at in range(rows)]))
        names.insert(0, "customer_id")
    if draw.random() < 0.9:
        columns.append(pa.array([draw.gauss(40, 9) for _ in range(rows)]))
        names.append("spend")
    return pa.Table.from_arrays(columns, names=names)


# ---- Where they stand ----------------------------------------------------------------------------------------------------


def _named_once(table: pa.Table) -> pa.Table:
    names: list[str] = []
    for name in table.column_names:
        while name.lower() in {other.lower() for other in names}:
            name += "_"  # noqa: PLW2901
        names.append(name)
    return table.rename_columns(names)


def _as_parquet(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    path = folder / "t.parquet"
    pq.write_table(
        _named_once(table),
        path,
        compression=draw.choice(["snappy", "zstd", "none"]),
        row_group_size=draw.choice([7, 10_000]),
    )
    if draw.random() > 0.3:
        return path, table.num_rows
    data = bytearray(path.read_bytes())
    for _ in range(draw.randint(1, 4)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    path.write_bytes(bytes(data))
    return path, None


def _as_frame(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    # Years that pandas can't count in nanoseconds would be an error of pandas.
    frame = _named_once(table).to_pandas(timestamp_as_object=True)
    how = draw.randrange(6)
    if how == 0:
        frame.index = [draw.randrange(5) for _ in range(len(frame))]
    elif how == 1:
        frame = frame.sample(frac=0.7, random_state=1)
    elif how == 2:
        frame.columns = [*frame.columns[:-1], frame.columns[0]]
    elif how == 3:
        frame.columns = pd.MultiIndex.from_tuples([("a", name) for name in frame.columns])
    elif how == 4:
        frame.columns = range(len(frame.columns))
    return frame, len(frame)


def _as_polars(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    kept = [at for at, kind in enumerate(table.schema.types) if not pa.types.is_map(kind)]
    # An empty name becomes "column_1" there, which another column may have.
    names = [name or f"nameless {at}" for at, name in enumerate(_named_once(table.select(kept)).column_names)]
    return pl.from_arrow(table.select(kept).rename_columns(names)), table.num_rows if kept else 0


def _as_workbook(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    frame = pd.DataFrame(_plain_rows(table), columns=_named_once(table).column_names)
    with pd.ExcelWriter(
        folder / "t.xlsx", engine="xlsxwriter", engine_kwargs={"options": {"nan_inf_to_errors": True}}
    ) as writer:
        if draw.random() < 0.3:
            pd.DataFrame([["Report"], ["by us"]]).to_excel(writer, sheet_name="Cover", index=False, header=False)
        frame.to_excel(
            writer, sheet_name=draw.choice(["Customers", "Sheet1", "a b"]), index=False, startrow=draw.choice([0, 0, 3])
        )
    return folder / "t.xlsx", None


def _as_sqlite(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    names = [name.replace("\0", "") or "e" for name in _named_once(table).column_names]
    quoted = ['"' + f"{name}{at}".replace('"', '""') + '"' for at, name in enumerate(names)]
    with sqlite3.connect(folder / "t.db") as connection:
        kinds = [draw.choice(["", " INTEGER", " TEXT", " REAL", " BLOB", " DATE"]) for _ in quoted]
        connection.execute(f"create table t ({', '.join(map(str.__add__, quoted, kinds))})")
        rows = [
            [cell if not isinstance(cell, int) or abs(cell) < 2**63 else str(cell) for cell in row]
            for row in _plain_rows(table)
        ]
        connection.executemany(f"insert into t values ({','.join('?' * len(quoted))})", rows)
    connection.close()
    return folder / "t.db", table.num_rows


def _as_json(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    names = _named_once(table).column_names
    items: list[Any] = [dict(zip(names, row, strict=True)) for row in _plain_rows(table)]
    if draw.random() < 0.3:
        items = [{"data": item} for item in items]
    text = (
        json.dumps(items, indent=draw.choice([None, 1])) if draw.random() < 0.4 else "\n".join(map(json.dumps, items))
    )
    packed = draw.random() < 0.3
    path = folder / ("t.json.gz" if packed else "t.json")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return path, table.num_rows


def _as_packed(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    data, how = _csv(draw, table, slice(None)), draw.choice(["gz", "cut.gz", "bz2", "zip"])
    path = folder / f"t.csv.{how}"
    if how == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("in/t.csv", data)
            if draw.random() < 0.3:
                archive.writestr(draw.choice(["readme.txt", "__MACOSX/._t.csv", "u.csv"]), b"x\n")
    else:
        packed = bz2.compress(data) if how == "bz2" else gzip.compress(data)
        path.write_bytes(packed[: -draw.randint(1, 30)] if how == "cut.gz" else packed)
    return path, None


def _as_folder(draw: Draw, table: pa.Table, folder: Path) -> tuple[Any, int | None]:
    parts, parquet = draw.choice([1, 2, 5]), draw.random() < 0.5
    for at in range(parts):
        if parquet:
            pq.write_table(
                _named_once(table).take(pa.array(range(at, table.num_rows, parts), pa.int64())),
                folder / f"{at}.parquet",
            )
        else:
            (folder / f"{at}.csv").write_bytes(_csv(draw, table, slice(at, None, parts)))
    return (folder, table.num_rows) if parquet else (folder / "*.csv", None)


def _plain_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows of what JSON, a database or a cell can hold; all else as its text."""
    plain = [
        [cell if isinstance(cell, int | float | str | None) else str(cell) for cell in column.to_pylist()]
        for column in table.columns
    ]
    return list(zip(*plain, strict=True))


def _csv(draw: Draw, table: pa.Table, rows: slice) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=draw.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    writer.writerows([_named_once(table).column_names, *_plain_rows(table)[rows]])
    return out.getvalue().encode("utf-8", "replace")


_SOURCES: dict[str, Callable[[Draw, pa.Table, Path], tuple[Any, int | None]]] = {
    "Arrow": lambda draw, table, folder: (table, table.num_rows), "Parquet": _as_parquet, "pandas": _as_frame, "polars": _as_polars,
    "Excel": _as_workbook, "SQLite": _as_sqlite, "JSON": _as_json, "packed": _as_packed, "folder": _as_folder,
}  # fmt: skip
