"""The cells of a sheet as text, where fastexcel alone would shorten or lose them: many digits, times and durations."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import fastexcel

_NINE_DECIMALS = r"\.\d{9}$"
# Times of day and durations are dates soon after day 0, in one of the two ways in which workbooks count days; real dates are later,
# and of those so early none has a time of day.
_SOON_AFTER_DAY_0 = r"^(1899|190[0-7])-\d\d-\d\d (0[1-9]|[1-9]|00:0[1-9]|00:[1-9]|00:00:0[1-9]|00:00:[1-9])"
_DATE = re.compile(r"(\d{4})-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d{1,3})?", re.IGNORECASE)
_LAST_YEAR = 1904 + 4  # of a duration that is written as a date, of 35,000 hours at most


def columns_in_full(book: fastexcel.ExcelReader, sheet: str) -> list[list[str | None]]:
    """The cells of a sheet, column by column, as text: numbers with all their digits, times and durations as 2:05:07.

    Args:
        book: The workbook.
        sheet: The sheet's name.
    """
    written = book.load_sheet(sheet, header_row=None, dtypes="string").to_arrow().columns
    columns = [column.to_pylist() for column in written]
    rounded = [at for at, column in enumerate(written) if _any_matches(column, _NINE_DECIMALS)]
    for at, exact in _typed_columns(book, sheet, rounded, "float"):
        columns[at] = list(map(_in_full, columns[at], exact))
    timed = [
        at
        for at, column in enumerate(written)
        if _any_matches(column, _SOON_AFTER_DAY_0) and _holds_no_days(columns[at])
    ]
    for at, spans in _typed_columns(book, sheet, timed, "duration"):
        columns[at] = list(map(_with_clock_text, columns[at], spans))
    return columns


def _typed_columns(
    book: fastexcel.ExcelReader, sheet: str, at: list[int], kind: Literal["float", "duration"]
) -> list[tuple[int, list[Any]]]:
    """The cells of some columns as values of one kind, None where they are no such values."""
    if not at:
        return []
    table = book.load_sheet(sheet, header_row=None, dtypes=kind, use_columns=at).to_arrow()
    return [(position, column.to_pylist()) for position, column in zip(at, table.columns, strict=True)]


def _any_matches(column: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())


def _holds_no_days(cells: list[str | None]) -> bool:
    """Whether all dates of a column are so early that they stand for hours."""
    dates = (_DATE.fullmatch(cell) for cell in cells if cell)
    return all(int(date[1]) < _LAST_YEAR for date in dates if date)


def _with_clock_text(cell: str | None, span: timedelta | None) -> str | None:
    return clock_text(span) if span is not None and cell and _DATE.fullmatch(cell) else cell


def clock_text(span: timedelta) -> str:
    """A duration in hours, minutes and seconds.

    >>> clock_text(timedelta(hours=75, minutes=5)), clock_text(timedelta(seconds=7.5))
    ('75:05:00', '0:00:07.5')
    """
    seconds = span // timedelta(seconds=1)
    parts = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{parts}.{span.microseconds:06d}".rstrip("0") if span.microseconds else parts


def _in_full(cell: str | None, number: float | None) -> str | None:
    """A number with all its digits; a text stays as it stands, even one that looks like another number."""
    same = cell is not None and number is not None and cell == f"{number:.9f}".rstrip("0").rstrip(".")
    return repr(number) if same and number != float(str(cell)) else cell


def with_percents(cells: list[str | None]) -> list[str | None]:
    """Cells of a column that is shown in percent, as a text file of it has them.

    >>> with_percents(["rate", "0.125", "-1", None, "1e-05", "n/a"])
    ['rate', '12.5%', '-100%', None, '0.001%', 'n/a']
    """
    return [
        f"{(Decimal(cell) * 100).normalize():f}%" if cell and _PLAIN_NUMBER.fullmatch(cell) else cell for cell in cells
    ]
