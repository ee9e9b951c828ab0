"""Spreadsheets into rows: one sheet, the names wherever they stand in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clustera.engines import Engine, Rows
from clustera.errors import InputError, missing_extra
from clustera.read.choice import chosen_reading
from clustera.read.held import hold_records, records_told, refuse_wide, unique_column_names
from clustera.read.options import ReadOptions
from clustera.read.sheet_choice import SAMPLE_ROWS, SheetSample, TableRole, best_sheet, sheets_finding
from clustera.read.spelling import SAMPLE_RECORDS, Spelling, names_in
from clustera.records import Finding

if TYPE_CHECKING:
    import fastexcel

_NO_CELLS = "{name} holds no cells."
_HINT = "Export it again; the first line should hold the names."

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a name within a workbook that a password locks

_NINE_DECIMALS = r"\.\d{9}$"

OPENED, LOADED = 0.1, 0.6  # shares of the time that are over when the workbook is open, and its cells are there


@dataclass(frozen=True, slots=True)
class SheetScan:
    """The data rows of one sheet, every cell as text."""

    rows: Rows
    spelling: Spelling  # where the names stand
    sheet: str
    findings: tuple[Finding, ...]


def scan_sheet(
    path: Path,
    *,
    engine: Engine,
    options: ReadOptions,
    name: str,
    role: TableRole,
    progress: Callable[[float], None],
) -> SheetScan:
    """The data rows of one sheet of a workbook (xlsx, xlsb, xls, ods): the one asked for, else the one that fits best.

    Args:
        path: The workbook.
        engine: Where the rows will live.
        options: `sheet` is the one asked for, `header` the line of its names.
        name: The workbook, for messages.
        role: What the sheet is to hold.
        progress: Told the share that is read.

    Raises:
        SetupError: fastexcel is not installed.
        InputError: the workbook can't be read, or has no such sheet.
    """
    try:
        import fastexcel
    except ImportError:
        raise missing_extra("fastexcel", "excel") from None
    findings: tuple[Finding, ...] = ()
    try:
        book = _opened_workbook(path, name)
        progress(OPENED)
        if options.sheet is not None:
            sheet = chosen_reading(book.sheet_names, options.sheet, where=name, what="sheet", option="--set sheet=NAME")
        else:
            samples = [sample for each in book.sheet_names if (sample := _sheet_sample(book, each)).records]
            if not samples:
                raise InputError(_NO_CELLS.format(name=name), hint=_HINT)
            best = best_sheet(samples, role)
            sheet = best.name
            findings = (sheets_finding(name, samples, best, role),) if len(samples) > 1 else ()
        records = _sheet_records(_columns_in_full(book, sheet))
    except fastexcel.FastExcelError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{name} can't be read as a workbook: {first}.", hint="Save it again, or as CSV.") from error
    if not records:
        raise InputError(_NO_CELLS.format(name=f"{name}#{sheet}"), hint=_HINT)
    progress(LOADED)
    spelling = names_in(records[: 2 * SAMPLE_RECORDS], separator=",", encoding="", asked=options.header, name=name)
    refuse_wide(len(spelling.names), name)
    told = records_told(records[spelling.skip :], lambda done: progress(LOADED + (1 - LOADED) * done / len(records)))
    rows = hold_records(told, unique_column_names(spelling.names), joint=",", engine=engine)
    return SheetScan(rows, spelling, sheet, findings)


def filled_sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets that have cells, in their order, of a workbook that was read."""
    book = _opened_workbook(path, path.name)
    return tuple(name for name in book.sheet_names if _sheet_sample(book, name).records)


def _opened_workbook(path: Path, name: str) -> fastexcel.ExcelReader:
    """A workbook, opened by its content where the end of its name says another kind."""
    import fastexcel

    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        content = path.read_bytes()
        if _ENCRYPTED in content or "password" in str(error):
            raise InputError(f"{name} is locked by a password.", hint="Save it without one, or as CSV.") from error
        try:
            return fastexcel.read_excel(content)
        except fastexcel.FastExcelError:
            raise error from None


def _sheet_sample(book: fastexcel.ExcelReader, sheet: str) -> SheetSample:
    loaded = book.load_sheet(sheet, header_row=None, dtypes="string", n_rows=SAMPLE_ROWS)
    return SheetSample(sheet, _sheet_records([column.to_pylist() for column in loaded.to_arrow().columns]))


def _columns_in_full(book: fastexcel.ExcelReader, sheet: str) -> list[list[str | None]]:
    """The cells of a sheet, column by column, as text; numbers with all their digits, where fastexcel writes nine decimals."""
    import pyarrow.compute as pc

    written = book.load_sheet(sheet, header_row=None, dtypes="string").to_arrow().columns
    columns = [column.to_pylist() for column in written]
    rounded = [
        at for at, column in enumerate(written) if pc.any(pc.match_substring_regex(column, _NINE_DECIMALS)).as_py()
    ]
    if rounded:
        numbers = book.load_sheet(sheet, header_row=None, dtypes="float", use_columns=rounded).to_arrow().columns
        for at, exact in zip(rounded, numbers, strict=True):
            columns[at] = list(map(_in_full, columns[at], exact.to_pylist()))
    return columns


def _in_full(cell: str | None, number: float | None) -> str | None:
    """A number with all its digits; a text stays as it stands, even one that looks like another number."""
    same = cell is not None and number is not None and cell == f"{number:.9f}".rstrip("0").rstrip(".")
    return repr(number) if same and number != float(str(cell)) else cell


def _sheet_records(columns: list[list[str | None]]) -> list[list[str]]:
    """The rows of a sheet that have cells."""
    records = [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return [row for row in records if any(cell.strip() for cell in row)]
