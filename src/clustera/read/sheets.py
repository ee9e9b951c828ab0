"""Spreadsheets into rows: one sheet, the names wherever they stand in it."""

from __future__ import annotations

import logging
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clustera.engines import Engine, Rows
from clustera.errors import InputError, missing_extra
from clustera.read.choice import chosen_reading
from clustera.read.files import beginning_of_file
from clustera.read.findings import formulas_finding, merged_findings
from clustera.read.held import hold_records, records_told, refuse_wide, unique_column_names
from clustera.read.merged_cells import repeat_merged_cells
from clustera.read.open_document import with_shown_texts
from clustera.read.options import ReadOptions
from clustera.read.sheet_cells import columns_in_full, with_percents
from clustera.read.sheet_choice import SAMPLE_ROWS, SheetSample, TableRole, best_sheet, sheets_finding
from clustera.read.spelling import SAMPLE_RECORDS, Spelling, names_in
from clustera.read.workbook_text import workbook_text
from clustera.records import Finding

if TYPE_CHECKING:
    import fastexcel

# By which fastexcel says that a sheet is a chart, on standard error where nobody listens.
_log = logging.getLogger("calamine")
_NO_CELLS = "{name} holds no cells."
_HINT = "Export it again; the first line should hold the names."

_MIMETYPE = b"mimetypeapplication/vnd.oasis.opendocument"  # how an .ods begins, whatever its name
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a name within a workbook that a password locks

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
        text = workbook_text(path, name)
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
        columns = columns_in_full(book, sheet)
        for at in text.percent_columns(sheet):
            columns[at : at + 1] = map(with_percents, columns[at : at + 1])
    except fastexcel.FastExcelError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{name} can't be read as a workbook: {first}.", hint="Save it again, or as CSV.") from error
    records = _sheet_records(columns)
    if not records:
        raise InputError(_NO_CELLS.format(name=f"{name}#{sheet}"), hint=_HINT)
    progress(LOADED)
    spelling = names_in(records[: 2 * SAMPLE_RECORDS], separator=",", encoding="", asked=options.header, name=name)
    refuse_wide(len(spelling.names), name)
    if merged := text.merged_cells(sheet):
        below = _filled_rows(columns)[spelling.skip :]
        repeated = (
            repeat_merged_cells(columns, merged, below=below[0], names=spelling.names, role=role) if below else None
        )
        records = _sheet_records(columns)
        findings += tuple(merged_findings(repeated, spelling.names, rows=len(below)) if repeated else ())
    told = records_told(records[spelling.skip :], lambda done: progress(LOADED + (1 - LOADED) * done / len(records)))
    rows = hold_records(told, unique_column_names(spelling.names), joint=",", engine=engine)
    findings += tuple(formulas_finding(text.unworked_formulas(sheet), spelling.names, rows=rows.count()))
    return SheetScan(rows, spelling, sheet, findings)


def filled_sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets that have cells, in their order, of a workbook that was read."""
    book = _opened_workbook(path, path.name)
    return tuple(name for name in book.sheet_names if _sheet_sample(book, name).records)


def _opened_workbook(path: Path, name: str) -> fastexcel.ExcelReader:
    """A workbook, opened by its content where the end of its name says another kind."""
    import fastexcel

    if not _log.handlers:
        _log.addHandler(logging.NullHandler())
    try:
        return fastexcel.read_excel(_readable_content(path))
    except fastexcel.FastExcelError as error:
        content = path.read_bytes()
        if _ENCRYPTED in content or "password" in str(error):
            raise InputError(f"{name} is locked by a password.", hint="Save it without one, or as CSV.") from error
        try:
            return fastexcel.read_excel(content)
        except fastexcel.FastExcelError as second:
            if "Cannot detect file format" in str(second):
                raise InputError(
                    f"{name} can't be read as a workbook: it is damaged, or of another kind than .xlsx, .xlsb, .xls and .ods.",
                    hint="Save it again, or pass the table itself, as CSV.",
                ) from error
            raise error from None


def _readable_content(path: Path) -> Path | bytes:
    if _MIMETYPE not in beginning_of_file(path)[:80]:
        return path
    try:
        return with_shown_texts(path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
    ):  # locked, or packed in a way that Python does not know
        return path


def _sheet_sample(book: fastexcel.ExcelReader, sheet: str) -> SheetSample:
    loaded = book.load_sheet(sheet, header_row=None, dtypes="string", n_rows=SAMPLE_ROWS)
    cells = [column.to_pylist() for column in loaded.to_arrow().columns]
    return SheetSample(sheet, _sheet_records(cells), visible=loaded.visible == "visible")


def _sheet_records(columns: list[list[str | None]]) -> list[list[str]]:
    """The rows of a sheet that have cells."""
    return [[column[row] or "" for column in columns] for row in _filled_rows(columns)]


def _filled_rows(columns: list[list[str | None]]) -> list[int]:
    """Which rows of a sheet have cells."""
    return [at for at, row in enumerate(zip(*columns, strict=True)) if any(cell and cell.strip() for cell in row)]
