"""Text files into rows: the plain ones by the engine, all others record by record, so that no line is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.read.held import hold_records, records_told, refuse_wide, unique_column_names
from clustera.read.lines import LINE_LIMIT, Lines, count_lines, keeps_line_ends
from clustera.read.options import ReadOptions
from clustera.read.reading import TextReading
from clustera.read.records import BLANKS, Records
from clustera.read.repairs import repaired_line
from clustera.read.spelling import LONGEST_SAMPLE, SAMPLE_BYTES, SAMPLE_LINES, Spelling, text_spelling

TAIL_BYTES = 1 << 16  # of a file's end, where a line end is looked for first


@dataclass(frozen=True, slots=True)
class Scan:
    """The data rows of a text file, and what became of its lines."""

    rows: Rows
    spelling: Spelling
    reading: TextReading


def scan_text(
    path: Path,
    *,
    engine: Engine,
    options: ReadOptions,
    name: str,
    progress: Callable[[float], None] | None = None,
) -> Scan:
    """The data rows of a text file; `progress` is told the share of them that is read.

    Every line of the file is the names or above them, a row, a part of a cell in quotes, or blank: the lines are counted
    another way too, and the file is refused if the counts differ.

    Raises:
        InputError: the file is no table, or lines of it would be lost.
    """
    with path.open("rb") as file:
        sample, whole = _first_lines(file)
    spelling = text_spelling(sample, whole=whole, options=options, name=name)
    refuse_wide(len(spelling.names), name)
    # An engine may drop a last line that fills its buffer, without a word.
    if spelling.plain and not _ends_in_a_long_line(path):
        plain = _scan_plain(path, spelling, engine=engine, progress=progress)
        if plain is not None:
            return Scan(plain, spelling, TextReading())
    rows, reading = _scan_lines(path, spelling, engine=engine, name=name, progress=progress)
    return Scan(rows, spelling, reading)


def _first_lines(file: BinaryIO) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether that is all of it: more of them where they hold few whole lines."""
    sample = file.read(SAMPLE_BYTES)
    while sample.count(b"\n") + sample.count(b"\r") < SAMPLE_LINES and len(sample) < LONGEST_SAMPLE:
        more = file.read(len(sample))
        sample += more
        if not more:
            return sample, True
    return sample, len(sample) < SAMPLE_BYTES


def _scan_plain(
    path: Path, spelling: Spelling, *, engine: Engine, progress: Callable[[float], None] | None
) -> Rows | None:
    """The rows as the engine reads them; None if some line is not a row of its own, or it can't."""
    columns = unique_column_names(spelling.names)
    rows = engine.csv(path, columns, separator=spelling.separator, skip=spelling.skip, progress=progress)
    if rows is None:
        return None
    with path.open("rb") as file:
        lines, empty = count_lines(file)
    # A cell in quotes may hold line ends; or a lost quote has taken rows into one cell: that is looked at line by line.
    return rows if rows.count() + spelling.skip + empty == lines else None


def _scan_lines(
    path: Path,
    spelling: Spelling,
    *,
    engine: Engine,
    name: str,
    progress: Callable[[float], None] | None,
) -> tuple[Rows, TextReading]:
    """The rows, line by line."""
    columns, size = unique_column_names(spelling.names), path.stat().st_size
    with path.open("rb") as file:
        lines = Lines(file, spelling.encoding, name)
        records = Records(
            lambda: repaired_line(lines.next(), spelling.repairs) if spelling.repairs else lines.next(),
            spelling.separator,
            spelling.pattern,
        )
        reading = TextReading()
        told = records_told(
            _records_noted(records, lines, reading, spelling, columns),
            lambda _: progress(min(1.0, file.tell() / size)) if progress else None,
        )
        joint = " " if spelling.separator == BLANKS else spelling.separator
        rows = hold_records(told, columns, joint=joint, engine=engine)
    reading.lines_in_cells = records.inside
    _refuse_lost_lines(path, lines, records, made=rows.count() + spelling.skip, name=name)
    return rows, reading


def _refuse_lost_lines(path: Path, lines: Lines, records: Records, *, made: int, name: str) -> None:
    """Refuse a file of which a line would be lost."""
    counted = lines.read
    if keeps_line_ends(lines.encoding):
        with path.open("rb") as file:
            counted, _ = count_lines(file)
    if not counted == lines.read == records.made + records.inside + records.blank or made != records.made:
        raise InputError(
            f"{name} has {counted:,} lines, but {lines.read:,} were read, of which {made:,} are rows, "
            f"{records.inside:,} parts of rows and {records.blank:,} blank.",
            hint="Save it as CSV in UTF-8, and tell the makers of Clustera about it: no line may be lost.",
        )


def _ends_in_a_long_line(path: Path) -> bool:
    """Whether the last line of a file has LINE_LIMIT bytes or more."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        for length in (TAIL_BYTES, LINE_LIMIT):
            if size <= length:
                return False
            file.seek(size - length)
            # The last line's own end does not count.
            if re.search(rb"[\r\n]", file.read(length).rstrip(b"\r\n")):
                return False
    return True


def _records_noted(
    records: Records, lines: Lines, reading: TextReading, spelling: Spelling, columns: Sequence[str]
) -> Iterator[list[str]]:
    """The data records; what is odd about the lines of each is noted."""
    seen, nothing = (0, 0, 0, 0), [""] * len(columns)
    for number, record in enumerate(records, start=1 - spelling.skip):
        now = (lines.strange, lines.damaged, records.stray, records.several)
        if now != seen:
            for note, before, after in zip(reading.notes, seen, now, strict=True):
                note.add(after - before, number, dict(zip(columns, record, strict=False)))
            damaged, seen = now[1] > seen[1], now
            if damaged and number > 0:
                # Nobody knows which cells the lost bytes belong to: the row is kept as text, and left out.
                yield nothing + record
                continue
        if number > 0:
            # Between blanks nobody knows which cell is empty.
            gap = spelling.separator == BLANKS and len(record) < len(columns)
            yield nothing + record if gap else record
