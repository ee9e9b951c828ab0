"""JSON lines, or one list of JSON objects, into rows: one column per key, every value as text."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from clustera.engines import Engine, Rows, identifier, literal
from clustera.errors import InputError
from clustera.read.held import BATCH_ROWS, COLUMN_LIMIT, refuse_wide, unique_column_names
from clustera.read.json_damage import broken_json, load_json, looks_like_json
from clustera.read.lines import Lines, marks_in, repaired_text
from clustera.read.reading import TextReading
from clustera.read.spelling import encoding_of
from clustera.read.wide import LOST

HEAD_BYTES = 4096
LIST_BYTES = 256 << 20  # a list has to be read as a whole, lines one by one
DEEPEST = 5  # objects in objects
SEVERAL = 10  # items of one object's lists from which they are cells of several rows
_OBJECT = "json_valid(line) and json_type(line) = 'OBJECT'"
_READABLE = f"case when {_OBJECT} then line end"
_OPEN = "^-?[0-9]{1,3}[.][0-9]{3}$"  # a thousand or one point two, where a text holds it
LINES = pa.schema([("_row", pa.int64()), ("line", pa.string())])


def scan_json_lines(path: Path, *, encoding: str, engine: Engine, name: str) -> tuple[Rows, Sequence[str], TextReading]:
    """One row per line; objects in objects are taken apart ("profile.age"), lists stay JSON text.

    A line that is no object has only `_extra`. The columns' names and what was odd about the lines are told beside the rows.

    Raises:
        InputError: most lines are no JSON objects, and the file is not one list of them either.
    """
    reading = TextReading()
    lines = engine.collect(_json_batches(path, encoding, name, reading), LINES)
    broken, first = _broken_lines(lines)
    if 2 * broken > lines.count():
        raise broken_json(path, encoding=encoding, name=name, first_broken=first)
    leaves = _leaves(lines, "", "", depth=0)
    if not leaves:
        raise InputError(f"{name} holds no JSON objects.", hint='Each line should look like {"id": 1, "age": 30}.')
    refuse_wide(len(leaves), name)
    cells = ", ".join(
        f"cells[{at}] as {identifier(column)}"
        for at, column in enumerate(unique_column_names([*leaves.values()]), start=1)
    )
    extra = f', case when {_OBJECT} then null else line end as "_extra"' if broken else ""
    # All values of a line at once, as a line that is taken apart for each of many keys takes minutes.
    rows = lines.select(
        f"with taken as materialized (select _row, line, json_extract_string({_READABLE}, {_places_sql(leaves)}) as cells "
        f"from {{rows}}) select _row, {cells}{extra} from taken"
    ).keep()
    return _with_numbers(rows, lines, list(leaves)), [*leaves.values()], reading


def _with_numbers(rows: Rows, lines: Rows, places: Sequence[str]) -> Rows:
    """The rows, columns as numbers in which JSON has numbers alone and whose text would leave open what their point means."""
    names = [name for name in rows.columns if name not in ("_row", "_extra")]
    seen = ", ".join(
        f"count(*) filter (where regexp_matches({identifier(name)}, '{_OPEN}')) as n{at}"
        for at, name in enumerate(names)
    )
    count = rows.query(f"select {seen} from {{rows}}").to_pylist()[0]
    doubtful = [at for at in range(len(names)) if count[f"n{at}"]]
    if not doubtful:
        return rows
    others = ", ".join(
        f"count(*) filter (where json_type(line, {literal(places[at])}) not in ('DOUBLE', 'BIGINT', 'UBIGINT', 'NULL')) as n{at}"
        for at in doubtful
    )
    text = lines.query(f"select {others} from (select {_READABLE} as line from {{rows}})").to_pylist()[0]
    numbers = [
        f"cast({identifier(names[at])} as double) as {identifier(names[at])}" for at in doubtful if not text[f"n{at}"]
    ]
    return rows.select(f"select * replace ({', '.join(numbers)}) from {{rows}}").keep() if numbers else rows


def is_json(head: bytes) -> bool:
    """Whether a file's first bytes begin a JSON object, or a list of them; also where their very beginning is damaged.

    >>> [is_json(head) for head in (b' [ {"id": 1},', b'{"id": 1}', "{}".encode("utf-16"), b'[["id", 2]', b"[id],[age]", b"id")]
    [True, True, True, True, False, False]
    """
    text = _start_of(head)
    # Lists of cells are JSON too, and no table of text: they are refused as JSON.
    listed = re.match(r'\[\s*\[\s*["0-9-]', text) or (
        text.startswith("[") and load_json(text.split("\n", 1)[0]) is not None
    )
    return text.startswith("{") or _begins_a_list(text) or bool(listed) or looks_like_json(text)


def _broken_lines(lines: Rows) -> tuple[int, str]:
    """How many lines are no objects, and the first of them."""
    found = lines.query(
        f"select count(*) as n, arg_min(line, _row) as first from {{rows}} where case when {_OBJECT} then false else true end"
    ).to_pylist()[0]
    return found["n"], found["first"] or ""


def _start_of(head: bytes) -> str:
    encoding = encoding_of(head)
    marks = 0 if encoding in ("utf-16", "utf-32") else marks_in(head)
    return head[marks:].decode(encoding, "replace").removeprefix("\ufeff").lstrip()


def _begins_a_list(text: str) -> bool:
    return text.startswith("[") and (text[1:].lstrip().startswith("{") or text.split() in (["[]"], ["[", "]"]))


def _items(path: Path, encoding: str, name: str) -> tuple[list[Any], bool]:
    if path.stat().st_size > LIST_BYTES:
        raise InputError(
            f"{name} is one list of JSON objects, of more than {LIST_BYTES >> 20} MB.",
            hint="Write it as JSON lines, one object per line.",
        )
    items, damaged = _whole_value(path, encoding)
    if not isinstance(items, list):
        raise broken_json(path, encoding=encoding, name=name)
    return items, damaged


def _whole_value(path: Path, encoding: str) -> tuple[object, bool]:
    """The value of a file, and whether bytes of wide characters were lost or added.

    Such characters hold no quotes: read as they stand, they would make one long cell of all that follows.
    """
    text, damaged = repaired_text(path, encoding)
    return load_json(text if damaged else path.read_bytes()) or load_json(text), damaged


def _leaves(lines: Rows, place: str, name: str, *, depth: int) -> dict[str, str]:
    """Where the values of the objects at one place stand -> what their column is called, in the order of the keys.

    Places are JSON pointers (RFC 6901), which have a spelling for every key, the empty one too.
    """
    where = f"line, {literal(place)}" if place else "line"
    found = lines.query(
        "select key, min(_row * 100000 + position) as place from (select _row, unnest(keys) as key, "
        f"generate_subscripts(keys, 1) as position from (select _row, json_keys({where}) as keys "
        f"from {{rows}} where case when {_OBJECT} then true else false end)) group by key order by place"
    )
    keys = found["key"].to_pylist()
    places = {key: f"{place}/{key.replace('~', '~0').replace('/', '~1')}" for key in keys}
    nested = _nested(lines, list(places.values())) if depth < DEEPEST and len(keys) <= COLUMN_LIMIT else set()
    leaves: dict[str, str] = {}
    for key, inside in places.items():
        leaves |= _leaves(lines, inside, f"{name}{key}.", depth=depth + 1) if inside in nested else {inside: name + key}
    return leaves


def _nested(lines: Rows, places: list[str]) -> set[str]:
    """Of several places, those that hold objects and nothing else."""
    if not places:
        return set()
    seen = lines.query(
        "select place from (select unnest(kinds) as kind, generate_subscripts(kinds, 1) as place from "
        f"(select json_type({_READABLE}, {_places_sql(places)}) as kinds from {{rows}})) "
        "group by place having bool_or(kind = 'OBJECT') and bool_and(kind in ('OBJECT', 'NULL'))"
    )
    return {places[at - 1] for at in seen["place"].to_pylist()}


def _places_sql(places: Iterable[str]) -> str:
    """Places as SQL."""
    return f"[{', '.join(map(literal, places))}]"


def _wrapped(path: Path, encoding: str) -> tuple[list[Any] | None, bool]:
    """The one list of objects within a file that is one object: `{"data": [{"id": 1}, ...]}`; None for JSON lines."""
    with path.open("rb") as file:
        first, more = file.readline(LIST_BYTES), any(line.strip() for line in itertools.islice(file, 3))
    if path.stat().st_size > LIST_BYTES or (more and load_json(first) is not None):
        return None, False
    whole, damaged = _whole_value(path, encoding)
    if not isinstance(whole, dict):
        return None, False
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) != 1 and _holds_columns(whole):
        raise InputError(
            f"{path.name} is one JSON object that holds the table by columns or by names of rows, not one object for each row.",
            hint='Write one {"id": 1, "age": 30} for each row; in pandas: frame.to_json(PATH, orient="records").',
        )
    return (lists[0] if len(lists) == 1 else None), damaged


def _holds_columns(whole: dict[str, Any]) -> bool:
    """Whether an object is a table by itself: lists of one length or objects of the same keys, many objects, or a list of lists.

    >>> _holds_columns({"id": [*range(20)], "age": [*range(20)]}), _holds_columns({"id": 7, "tags": ["a", "b"]})
    (True, False)
    >>> _holds_columns({"customers": {f"K{at}": {"age": at} for at in range(20)}})
    True
    """
    long = [value for value in whole.values() if isinstance(value, (list, dict)) and len(value) >= SEVERAL]
    lists = [value for value in long if isinstance(value, list)]
    shapes: list[object] = [len(value) for value in lists if not isinstance(value[0], dict)]
    shapes += [tuple(value) for value in long if isinstance(value, dict)]
    rows = any(_holds_named_rows(value) for value in (whole, *whole.values()))
    return len(set(shapes)) < len(shapes) or rows or any(isinstance(value[0], list) for value in lists)


def _holds_named_rows(value: object) -> bool:
    """Whether a value of JSON is an object of many objects."""
    return isinstance(value, dict) and len(value) >= SEVERAL and all(isinstance(one, dict) for one in value.values())


def _json_batches(path: Path, encoding: str, name: str, reading: TextReading) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        listed = _begins_a_list(_start_of(file.read(HEAD_BYTES)))
        file.seek(0)
        whole, damaged = _items(path, encoding, name) if listed else _wrapped(path, encoding)
        lines = Lines(file, encoding, name)
        filled = _lines_noted(lines, reading)
        if whole is not None:
            filled = (json.dumps(item, ensure_ascii=False) for item in whole)
            if damaged:
                filled = _items_noted(list(filled), reading)
        first = 1
        while batch := list(itertools.islice(filled, BATCH_ROWS)):
            numbers = pa.array(range(first, first + len(batch)), pa.int64())
            # Half of a character has no place in a text of the engine.
            texts = [line.encode("utf-8", "replace").decode() for line in batch]
            yield pa.RecordBatch.from_arrays([numbers, pa.array(texts, pa.string())], schema=LINES)
            first += len(batch)


def _items_noted(items: list[str], reading: TextReading) -> Iterator[str]:
    """The objects of a damaged list; those with characters that can't be read are noted."""
    for row, text in enumerate(items, start=1):
        if LOST in text:
            reading.damaged.add(1, row, _cells_of_object(text))
        yield text


def _cells_of_object(text: str) -> dict[str, str]:
    """The values of a JSON object as texts; nothing of what is none."""
    item = load_json(text)
    return {key: str(value) for key, value in item.items()} if isinstance(item, dict) else {}


def _lines_noted(lines: Lines, reading: TextReading) -> Iterator[str]:
    """The lines that are not blank; what is odd about them is noted."""
    row, strange, damaged = 0, 0, 0
    for line in iter(lines.next, ""):
        if not line.strip():
            continue
        row += 1
        if (lines.strange, lines.damaged) != (strange, damaged):
            cells = _cells_of_object(line)
            reading.strange.add(lines.strange - strange, row, cells)
            reading.damaged.add(lines.damaged - damaged, row, cells)
            strange, damaged = lines.strange, lines.damaged
        yield line
