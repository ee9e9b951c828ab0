"""Text files into rows: the plain ones by the engine, all others record by record, so that no line is lost."""

from __future__ import annotations

import csv
import io
import itertools
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from clustera.engines import DuckEngine
from clustera.errors import InputError
from clustera.read.options import ReadOptions
from clustera.read.spelling import BLANKS, NOT_UTF8, SAMPLE_BYTES, Spelling, cells_of, spelling_of
from clustera.records import Rows

BATCH_ROWS = 50_000
LINE_LIMIT = 16 << 20  # characters; a customer needs fewer
QUOTED_LINES = 40  # a cell in quotes that goes on for longer has lost its closing quote


def scan_text(path: Path, *, engine: DuckEngine, options: ReadOptions, name: str) -> tuple[Rows, Spelling]:
    """The data rows of a text file.

    Returns:
        `_row`, one VARCHAR column per name (NULL where a cell is empty), and, only if some line has more cells than
        there are names, `_extra` with the rest of that line. Names are still as the file spells them, made unique.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    spelling = spelling_of(sample, whole=len(sample) < SAMPLE_BYTES, options=options, name=name)
    columns = unique_names(spelling.names)
    if spelling.plain:
        rows = engine.csv(path, columns, separator=spelling.separator, skip=spelling.skip)
        if rows is not None:
            return rows, spelling
    return _scan_carefully(path, columns, spelling, engine=engine, name=name), spelling


def unique_names(names: tuple[str, ...]) -> list[str]:
    """Names that SQL can tell apart: trimmed, never empty, none twice (case apart), none of ours.

    >>> unique_names((" Age", "age", "", "_row"))
    ['Age', 'age_2', 'column_3', '_row_2']
    """
    taken = {"_row", "_id", "_key", "_extra"}
    unique = []
    for position, name in enumerate(names, start=1):
        base = " ".join(name.split()) or f"column_{position}"
        tries = itertools.chain([base], (f"{base}_{number}" for number in itertools.count(2)))
        chosen = next(name for name in tries if name.lower() not in taken)
        taken.add(chosen.lower())
        unique.append(chosen)
    return unique


def _scan_carefully(path: Path, columns: list[str], spelling: Spelling, *, engine: DuckEngine, name: str) -> Rows:
    ragged = False

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal ragged
        with path.open("rb") as file:
            # What is not UTF-8 in a UTF-8 file is kept aside by the decoder and read as cp1252 line by line.
            errors = "surrogateescape" if spelling.encoding.startswith("utf-8") else "replace"
            text = io.TextIOWrapper(file, encoding=spelling.encoding, errors=errors, newline=None)
            records = itertools.islice(_records(text, spelling, name), spelling.skip, None)
            first = 1
            while rows := list(itertools.islice(records, BATCH_ROWS)):
                batch, extra = _batch(rows, columns, spelling.separator, first)
                ragged = ragged or extra
                first += len(rows)
                yield batch

    schema = pa.schema([("_row", pa.int64()), *((column, pa.string()) for column in columns), ("_extra", pa.string())])
    rows = engine.collect(batches(), schema)
    return rows if ragged else rows.select('select * exclude ("_extra") from {rows}')


def _batch(rows: list[list[str]], columns: list[str], separator: str, first: int) -> tuple[pa.RecordBatch, bool]:
    width = len(columns)
    joint = " " if separator == BLANKS else separator
    extra: list[str | None] = [None] * len(rows)
    ragged = False
    for at, row in enumerate(rows):
        if len(row) != width:
            if len(row) < width:
                row.extend([""] * (width - len(row)))
            elif any(cell.strip() for cell in row[width:]):
                extra[at] = joint.join(row[width:])
                ragged = True
    cells = [
        pa.array([cell or None for cell in column], pa.string())
        for column, _ in zip(zip(*rows, strict=False), columns, strict=False)
    ]
    numbers = pa.array(range(first, first + len(rows)), pa.int64())
    batch = pa.RecordBatch.from_arrays(
        [numbers, *cells, pa.array(extra, pa.string())], names=["_row", *columns, "_extra"]
    )
    return batch, ragged


def _records(text: TextIO, spelling: Spelling, name: str) -> Iterator[list[str]]:
    """The records of a file that is not blank, each a list of cells."""
    waiting: deque[str] = deque()

    def line() -> str:
        return waiting.popleft() if waiting else next_line(text, name)

    first = True
    while current := line():
        if first:
            current, first = current.removeprefix("\ufeff"), False
        if not current.strip() or current == "\x1a":
            continue
        if '"' not in current or spelling.separator == BLANKS or len(spelling.separator) > 1:
            yield cells_of(current.rstrip("\n"), spelling.separator)
            continue
        used = [current]

        def more(used: list[str] = used) -> Iterator[str]:
            yield used[0]
            while len(used) <= QUOTED_LINES and (following := line()):
                used.append(following)
                yield following
            raise _QuoteLeftOpenError

        try:
            yield next(csv.reader(more(), delimiter=spelling.separator, skipinitialspace=True))
        except (_QuoteLeftOpenError, csv.Error):
            # The quote stands for itself, and the lines that it swallowed are records of their own.
            waiting.extendleft(reversed(used[1:]))
            yield used[0].rstrip("\n").split(spelling.separator)


class _QuoteLeftOpenError(Exception):
    """A cell in quotes does not end."""


def next_line(text: TextIO, name: str) -> str:
    """The next line of a text, its end included; an empty string after the last."""
    try:
        line = text.readline(LINE_LIMIT)
    except UnicodeError as error:
        raise InputError(f"{name} is not {text.encoding}: {error}.", hint="Name its encoding: --encoding.") from None
    if len(line) >= LINE_LIMIT:
        raise InputError(
            f"{name} has a line of more than {LINE_LIMIT:,} characters; a table has one line per customer.",
            hint="Export it again with line ends.",
        )
    if NOT_UTF8.search(line):
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line
