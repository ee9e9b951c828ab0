"""Text files into rows: the plain ones by the engine, all others record by record, so that no line is lost."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from clustera.engines import DuckEngine
from clustera.errors import InputError
from clustera.read.findings import odd_cells
from clustera.read.held import hold, refuse_wide, told_along, unique_names
from clustera.read.options import ReadOptions
from clustera.read.repairs import repaired
from clustera.read.spelling import BLANKS, NOT_UTF8, SAMPLE_BYTES, Spelling, cells_of, spelling_of
from clustera.records import Rows

LINE_LIMIT = 16 << 20  # characters; a customer needs fewer
TAIL_BYTES = 1 << 16  # of a file's end, where a line end is looked for first
SHOWN = 3  # examples
QUOTED_LINES = 40  # a cell in quotes that goes on for longer has lost its closing quote


def scan_text(
    path: Path,
    *,
    engine: DuckEngine,
    options: ReadOptions,
    name: str,
    progress: Callable[[float], None] | None = None,
) -> tuple[Rows, Spelling, int, list[tuple[int, str]]]:
    """The data rows of a text file; `progress` is told the share of them that is read.

    Returns:
        The rows (see `hold`), how the file is spelled, how many of its lines are in another encoding than the rest, and
        the first rows among these, as JSON.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    spelling = spelling_of(sample, whole=len(sample) < SAMPLE_BYTES, options=options, name=name)
    refuse_wide(len(spelling.names), name)
    columns = unique_names(spelling.names)
    # An engine may drop a last line that fills its buffer, without a word.
    if spelling.plain and not _ends_in_a_long_line(path):
        plain = engine.csv(path, columns, separator=spelling.separator, skip=spelling.skip, progress=progress)
        if plain is not None:
            return plain, spelling, 0, []
    with path.open("rb") as file:
        lines = Lines(file, spelling.encoding, name)
        size = path.stat().st_size
        told = told_along(
            _records(lines, spelling), lambda _: progress(min(1.0, file.tell() / size)) if progress else None
        )
        records = itertools.islice(told, spelling.skip, None)
        joint = " " if spelling.separator == BLANKS else spelling.separator
        shown: list[tuple[int, str]] = []
        rows = hold(_noting(records, lines, shown, columns), columns, joint=joint, engine=engine)
        return rows, spelling, lines.strange, shown


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


def _noting(
    records: Iterator[list[str]], lines: Lines, shown: list[tuple[int, str]], columns: list[str]
) -> Iterator[list[str]]:
    """The same records; the first that are not UTF-8 like the rest are added to `shown`."""
    seen = lines.strange
    for number, record in enumerate(records, start=1):
        if lines.strange > seen and len(shown) < SHOWN:
            seen = lines.strange
            shown.append((number, odd_cells(dict(zip(columns, record, strict=False)))))
        yield record


class Lines:
    """The lines of a text file, one after the other; bytes that are not UTF-8 in a UTF-8 file are read as cp1252.

    Args:
        file: Its bytes.
        encoding: How they are to be read.
        name: The file, for messages.
    """

    def __init__(self, file: BinaryIO, encoding: str, name: str) -> None:
        # What is not UTF-8 is kept aside by the decoder, to be read line by line.
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=None)
        self._name = name
        self.strange = 0  # lines that were not UTF-8

    def next(self) -> str:
        """The next line, its end included; an empty string after the last."""
        try:
            line = self._text.readline(LINE_LIMIT)
        except UnicodeError as error:
            raise InputError(
                f"{self._name} is not {self._text.encoding}: {error}.", hint="Name its encoding: --set encoding=NAME."
            ) from None
        if len(line) >= LINE_LIMIT:
            raise InputError(
                f"{self._name} has a line of more than {LINE_LIMIT:,} characters; a table has one line per customer.",
                hint="Export it again with line ends.",
            )
        if "\0" in line:
            line = line.replace("\0", "")
        if not line.isascii() and NOT_UTF8.search(line):
            self.strange += 1
            return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return line


def _records(lines: Lines, spelling: Spelling) -> Iterator[list[str]]:
    """The records of a file that is not blank, each a list of cells."""
    waiting: deque[str] = deque()

    def line() -> str:
        if waiting:
            return waiting.popleft()
        return repaired(lines.next(), spelling.repairs) if spelling.repairs else lines.next()

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
