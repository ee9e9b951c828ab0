"""Lines into records of cells, so that every line is accounted for: a record, a part of a cell in quotes, or blank."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

BLANKS = "blanks"  # stands for "one or more spaces or tabs" where a separator is expected
QUOTED_LINES = 40  # a cell in quotes that goes on for longer has lost its closing quote
ALIKE = 0.6  # share of the cells of a line that look like those of other rows, if it is a row
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
_RUNS = re.compile(r"(\d+)|([^\W\d_]+)|(\s+)|(.)", re.DOTALL)
_SHAPE_RUNS = 6

csv.field_size_limit(1 << 30)  # lines are bounded already


@dataclass(frozen=True, slots=True)
class RowPattern:
    """What the rows of a table look like: how many cells, and the shapes that each column's cells have."""

    separator: str
    shapes: tuple[frozenset[str], ...]

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.shapes)

    def cells(self, line: str) -> list[str] | None:
        """The cells of a line that looks like a row by itself, whatever quotes stand in it; None if it does not.

        >>> RowPattern(",", (frozenset("9"), frozenset("a"))).cells('7,"TV')
        ['7', '"TV']
        """
        plain, quoted = line.rstrip("\n").split(self.separator), cells_of_line(line.rstrip("\n"), self.separator)
        ways = (quoted,) if _cuts_quoted_cell(plain) else (plain, quoted)
        return next((cells for cells in ways if self.fits(cells)), None)

    def fits(self, cells: Sequence[str]) -> bool:
        r"""Whether cells look like a row; one of several lines is a text, which may look like anything.

        >>> RowPattern(",", (frozenset("a"), frozenset("9"))).fits(["a note\nof two lines", "9"])
        True
        """
        alike = sum("\n" in cell or cell_shape(cell) in seen for cell, seen in zip(cells, self.shapes, strict=False))
        return len(cells) == self.width and alike >= max(min(self.width, 2), ALIKE * self.width)


def _cuts_quoted_cell(pieces: Sequence[str]) -> bool:
    """Whether a separator stands between two quotes, the first at a cell's beginning and the second at a cell's end.

    >>> _cuts_quoted_cell(['"6', '367"', '"line one']), _cuts_quoted_cell(["7", '"TV'])
    (True, False)
    """
    opened = False
    for piece in pieces:
        text = piece.strip()
        if text.count('"') % 2:
            if opened and text.endswith('"') and not text.startswith('"'):
                return True
            opened = text.startswith('"')
    return False


def row_pattern(lines: Sequence[str], separator: str) -> RowPattern | None:
    """What the rows look like, from lines in which quotes are in pairs; None where lines are not cut by one character.

    Where cells in quotes go on over lines in nearly every row, the lines within them are no rows.
    """
    if separator == BLANKS or len(separator) > 1:
        return None
    records = _records_of_one_width(lines, separator) or [
        cells_of_line(line.rstrip("\n"), separator) for line in lines if line.count('"') % 2 == 0
    ]
    widths = Counter(len(record) for record in records)
    if not widths or (width := widths.most_common(1)[0][0]) < 2:
        return None
    rows = [record for record in records if len(record) == width]
    # The names are no cells.
    rows = rows[1:] or rows
    return RowPattern(separator, tuple(frozenset(map(cell_shape, column)) for column in zip(*rows, strict=True)))


def _records_of_one_width(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The records as quotes make them, but for the last, which may be cut off, where all have as many cells as the first; else none."""
    if not any(line.count('"') % 2 for line in lines):
        return []
    try:
        ended = (f"{line.rstrip(chr(10))}\n" for line in lines)
        records = [
            cells for cells in csv.reader(ended, delimiter=separator, skipinitialspace=True, strict=True) if cells
        ]
    except csv.Error:
        return []
    whole = records[:-1]
    return whole if {len(cells) for cells in whole} == {len(records[0])} else []


def cell_shape(cell: str) -> str:
    """What a cell looks like: numbers are 9, letters a; quotes do not count.

    >>> cell_shape("-1,234.5"), cell_shape("C-0417"), cell_shape('"TV 40"'), cell_shape(" sea view")
    ('9', 'a-9', 'a 9', ' a a')
    """
    bare = cell.replace('"', "")
    if _NUMBER.fullmatch(bare):
        return "9"
    runs = _RUNS.findall(bare[:200])[:_SHAPE_RUNS]
    return "".join(
        "9" if digits else "a" if letters else " " if blanks else other for digits, letters, blanks, other in runs
    )


def cells_of_line(line: str, separator: str) -> list[str]:
    """One line, cut into its cells."""
    if separator == BLANKS:
        return line.split()
    if '"' not in line:
        return line.split(separator)
    if len(separator) > 1:
        # The csv module knows one character only; a file separator never occurs in text.
        line, separator = line.replace(separator, "\x1c"), "\x1c"
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


class Records:
    """The records of a table in text, each a list of cells.

    Every line is counted once: `made` records, `inside` lines that go on with a cell in quotes, and `blank` lines.

    Args:
        next_line: Gives the next line, its end included; an empty string after the last.
        separator: What stands between cells.
        pattern: What rows look like; where it is known, a cell in quotes that holds such lines has lost its quote.
    """

    def __init__(self, next_line: Callable[[], str], separator: str, pattern: RowPattern | None) -> None:
        self._next, self._separator, self._pattern = next_line, separator, pattern
        self._waiting: deque[str] = deque()
        self.made = self.inside = self.blank = 0
        self.several = 0  # records of more than one line
        self.stray = 0  # quotes that close nowhere, or behind lines that are rows

    def __iter__(self) -> Iterator[list[str]]:
        while line := self._line():
            if self._is_blank(line):
                self.blank += 1
                continue
            self.made += 1
            if '"' not in line or self._separator == BLANKS or len(self._separator) > 1:
                yield cells_of_line(line.rstrip("\n"), self._separator)
            else:
                yield self._quoted(line)

    def _line(self) -> str:
        return self._waiting.popleft() if self._waiting else self._next()

    def _is_blank(self, line: str) -> bool:
        return line.strip("\n") == "\x1a" or (not line.strip() and self._separator not in line.strip(" \n"))

    def _quoted(self, first: str) -> list[str]:
        """The record that begins with a line in which there are quotes."""
        used = [first]

        def lines() -> Iterator[str]:
            yield first
            while len(used) <= QUOTED_LINES and (following := self._line()):
                used.append(following)
                yield following
            raise _QuoteLeftOpenError

        try:
            cells = next(csv.reader(lines(), delimiter=self._separator, skipinitialspace=True))
        except (_QuoteLeftOpenError, csv.Error):
            cells = None
        if cells is None or self._holds_rows(used, cells):
            # The quote stands for itself, and the lines behind it are records of their own.
            self._waiting.extendleft(reversed(used[1:]))
            self.stray += 1
            return first.rstrip("\n").split(self._separator)
        self.inside += len(used) - 1
        self.several += len(used) > 1
        if len(used) == 1 and self._pattern and len(cells) != self._pattern.width:
            return self._pattern.cells(first) or cells
        return cells

    def _holds_rows(self, used: Sequence[str], cells: Sequence[str]) -> bool:
        """Whether lines behind the first are rows, and no part of a cell in quotes."""
        alike = [line for line in used[1:] if self._is_row(line)]
        if any('"' not in line for line in alike):
            return True
        # The line that ends a text of the first column has as many cells as a row; then the line where the text begins
        # is none by itself, and all lines together are one.
        return bool(alike) and (self._is_row(used[0]) or not self._is_tidy(used, cells))

    def _is_tidy(self, used: Sequence[str], cells: Sequence[str]) -> bool:
        """Whether lines are one row, with nothing but a separator behind each closing quote."""
        try:
            next(csv.reader(used, delimiter=self._separator, skipinitialspace=True, strict=True))
        except csv.Error:
            return False
        return self._pattern is not None and self._pattern.fits(cells)

    def _is_row(self, line: str) -> bool:
        return self._pattern is not None and self._pattern.cells(line) is not None


class _QuoteLeftOpenError(Exception):
    """A cell in quotes does not end."""
