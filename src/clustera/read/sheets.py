"""Spreadsheets into rows: one sheet, the names wherever they stand in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clustera.engines import DuckEngine
from clustera.errors import InputError, missing_extra
from clustera.read.choice import chosen
from clustera.read.held import hold, refuse_wide, told_along, unique_names
from clustera.read.options import ReadOptions
from clustera.read.spelling import SAMPLE_RECORDS, Spelling, names_in
from clustera.records import Rows

OPENED, LOADED = 0.1, 0.6  # shares of the time that are over when the workbook is open, and its cells are there


def scan_sheet(
    path: Path, *, engine: DuckEngine, options: ReadOptions, name: str, say: Callable[[float], None]
) -> tuple[Rows, Spelling, str]:
    """The data rows of one sheet of a workbook (xlsx, xlsb, xls, ods): the one asked for, else the first with cells.

    `say` is told the share that is read.

    Returns:
        The rows, every cell as text; where the names stand; the sheet's name.

    Raises:
        SetupError: fastexcel is not installed.
        InputError: the workbook can't be read, or has no such sheet.
    """
    try:
        import fastexcel
    except ImportError:
        raise missing_extra("fastexcel", "excel") from None
    try:
        book = fastexcel.read_excel(path)
        sheets = book.sheet_names
        if options.sheet is not None:
            sheets = [chosen(sheets, options.sheet, where=name, what="sheet", option="--set sheet=NAME")]
        say(OPENED)
        for sheet in sheets:
            cells = book.load_sheet(sheet, header_row=None, dtypes="string").to_arrow()
            if cells.num_rows:
                break
        else:
            raise InputError(f"{name} holds no cells.", hint="Export it again; the first line should hold the names.")
    except fastexcel.FastExcelError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{name} can't be read as a workbook: {first}.", hint="Save it again, or as CSV.") from error
    say(LOADED)
    lists = zip(*(column.to_pylist() for column in cells.columns), strict=True)
    records = [[cell or "" for cell in row] for row in lists]
    records = [row for row in records if any(cell.strip() for cell in row)]
    spelling = names_in(records[: 2 * SAMPLE_RECORDS], separator=",", encoding="", asked=options.header, name=name)
    refuse_wide(len(spelling.names), name)
    told = told_along(records[spelling.skip :], lambda done: say(LOADED + (1 - LOADED) * done / len(records)))
    rows = hold(told, unique_names(spelling.names), joint=",", engine=engine)
    return rows, spelling, sheet
