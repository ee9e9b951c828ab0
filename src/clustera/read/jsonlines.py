"""JSON lines, or one list of JSON objects, into rows: one column per key, every value as text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from clustera.engines import DuckEngine, identifier, literal
from clustera.errors import InputError
from clustera.read.held import BATCH_ROWS, refuse_wide, unique_names
from clustera.read.text import Lines
from clustera.records import Rows

LIST_BYTES = 256 << 20  # a list has to be read as a whole, lines one by one
LINES = pa.schema([("_row", pa.int64()), ("line", pa.string())])


def scan_json_lines(path: Path, *, engine: DuckEngine, name: str) -> Rows:
    """One row per line; nested values stay JSON text, a line that is no object has only `_extra`.

    Raises:
        InputError: no line is a JSON object.
    """
    lines = engine.collect(_lines(path, name), LINES)
    objects = "json_valid(line) and json_type(line) = 'OBJECT'"
    found = lines.query(
        "select key, min(_row * 100000 + position) as place from (select _row, unnest(keys) as key, "
        "generate_subscripts(keys, 1) as position from (select _row, json_keys(line) as keys "
        f"from {{rows}} where case when {objects} then true else false end)) group by key order by place"
    )
    keys = found["key"].to_pylist()
    if not keys:
        raise InputError(f"{name} holds no JSON objects.", hint='Each line should look like {"id": 1, "age": 30}.')
    refuse_wide(len(keys), name)
    cells = ", ".join(
        f"json_extract_string(line, {literal(_path(key))}) as {identifier(column)}"
        for key, column in zip(keys, unique_names(tuple(keys)), strict=True)
    )
    readable = f"case when {objects} then line end"
    broken = lines.query(f"select count(*) as n from {{rows}} where ({readable}) is null")["n"][0].as_py()
    extra = ', case when line is null then text end as "_extra"' if broken else ""
    return lines.select(
        f"select _row, {cells}{extra} from (select _row, {readable} as line, line as text from {{rows}})"
    ).keep()


def begins_a_list(head: bytes) -> bool:
    """Whether a file's first bytes begin a list of JSON objects.

    >>> begins_a_list(b' [ {"id": 1},'), begins_a_list(b"[1, 2]"), begins_a_list(b'{"id": 1}')
    (True, False, False)
    """
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"[") and head[1:].lstrip().startswith(b"{")


def _items(path: Path, name: str) -> list[str]:
    if path.stat().st_size > LIST_BYTES:
        raise InputError(
            f"{name} is one list of JSON objects, of more than {LIST_BYTES >> 20} MB.",
            hint="Write it as JSON lines, one object per line.",
        )
    try:
        return [json.dumps(item, ensure_ascii=False) for item in json.loads(path.read_bytes())]
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no JSON: {error}.", hint="Export it again, or as JSON lines.") from error


def _path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def _lines(path: Path, name: str) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        in_a_list = begins_a_list(file.read(64))
        file.seek(0)
        lines = Lines(file, "utf-8-sig", name)
        filled = iter(_items(path, name)) if in_a_list else (line for line in iter(lines.next, "") if line.strip())
        first = 1
        while batch := list(itertools.islice(filled, BATCH_ROWS)):
            numbers = pa.array(range(first, first + len(batch)), pa.int64())
            yield pa.RecordBatch.from_arrays([numbers, pa.array(batch, pa.string())], schema=LINES)
            first += len(batch)
