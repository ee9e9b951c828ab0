"""What stands in the files that an .xlsx workbook is made of: whether they came whole, how far each sheet reaches, formulas without a value, merged cells and percentages."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from clustera.errors import InputError
from clustera.read.merged_cells import MergedCells
from clustera.read.packing import CHUNK, refuse_bomb

MOST_CELLS = 100_000_000  # a sheet is held as a full rectangle, of some 30 bytes a cell
LONGEST_ROW = 32 << 20  # bytes
_TAG = rb"<(?:\w+:)?"
_CELL = re.compile(_TAG + rb'c r="([A-Z]{1,3})(\d+)"([^>]*)(?<!/)>')
_STYLE = re.compile(rb'\bs="(\d+)"')
_IS_TEXT = re.compile(rb'\bt="(?!n")')
_FORMULA = re.compile(
    _TAG + rb'c r="(?P<column>[A-Z]{1,3})\d+"(?P<kind>[^>]*)>\s*' + _TAG + rb"f\b[^>]*?(?:/>|>(?P<text>[^<]*)</(?:\w+:)?f>)"
    rb"\s*(?:" + _TAG + rb"v\s*(?:/>|>(?P<value>[^<]*)<))?"
)  # fmt: skip
_MERGED = re.compile(_TAG + rb'mergeCell [^>]*?\bref="([A-Z]{1,3})(\d+):[A-Z]{1,3}(\d+)"')
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_WORKS_OUT_LATER = re.compile(rb'\bfullCalcOnLoad="(?:1|true)"')
_IN_QUOTES = re.compile(r'"[^"]*"|\\.')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(slots=True)
class Formulas:
    """The formulas of one column of a sheet."""

    text: str  # of the first
    count: int = 0
    empty: int = 0
    zero: int = 0


@dataclass(slots=True)
class SheetText:
    """How far the filled cells of a sheet reach, counted from 1, its formulas by column, and cells merged with those below."""

    name: str
    first_row: int = 0
    rows: int = 0
    first_column: int = 0
    columns: int = 0
    formulas: dict[int, Formulas] = field(default_factory=dict)
    merged: list[MergedCells] = field(default_factory=list)
    styles: Counter[tuple[bytes, bytes]] = field(
        default_factory=Counter
    )  # cells by the letters of their column and their attributes


@dataclass(frozen=True, slots=True)
class WorkbookText:
    """The sheets of an .xlsx workbook, and whether whoever wrote it left its formulas to be worked out when it is opened."""

    sheets: tuple[SheetText, ...]
    works_out_later: bool
    percents: frozenset[bytes] = frozenset()  # styles by which a number is shown as a percentage

    def unworked_formulas(self, sheet: str) -> dict[int, Formulas]:
        """The formulas of a sheet that were not worked out, by the position of their column among those that are filled."""
        return {
            column - one.first_column: formulas
            for one in self.sheets
            if one.name == sheet
            for column, formulas in sorted(one.formulas.items())
            if formulas.empty or (self.works_out_later and 1 < formulas.count == formulas.zero)
        }

    def percent_columns(self, sheet: str) -> list[int]:
        """The columns of a sheet all of whose numbers are shown as percentages, by their positions among those that are filled."""
        found: dict[int, set[bool]] = {}
        for one in self.sheets if self.percents else ():
            for letters, attributes in one.styles if one.name == sheet else ():
                if not _IS_TEXT.search(attributes):
                    style = _STYLE.search(attributes)
                    shown = bool(style and style[1] in self.percents)
                    found.setdefault(_column_number(letters) - one.first_column, set()).add(shown)
        return sorted(column for column, shown in found.items() if shown == {True})

    def merged_cells(self, sheet: str) -> list[MergedCells]:
        """The cells of a sheet that are merged with those below, by their positions among the rows and columns that are filled."""
        return [
            MergedCells(cells.column - one.first_column, cells.first - one.first_row, cells.last - one.first_row)
            for one in self.sheets
            if one.name == sheet and one.first_row  # some programs write no places of cells
            for cells in sorted(one.merged)
            if cells.column >= one.first_column and cells.first >= one.first_row
        ]


NOTHING_TOLD = WorkbookText((), works_out_later=False)


def workbook_text(path: Path, name: str) -> WorkbookText:
    """What the files within a workbook tell; nothing of one that is no .xlsx, and of what can't be understood.

    Args:
        path: The workbook.
        name: The workbook, for messages.

    Raises:
        InputError: a file within it is damaged, it unpacks to far more than its size, or a sheet spans too many cells.
    """
    if not zipfile.is_zipfile(path):
        return NOTHING_TOLD  # an .xls, or so damaged that fastexcel refuses it
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(sum(one.file_size for one in archive.infolist()), path.stat().st_size, name)
            if (damaged := archive.testzip()) is not None:
                raise _damaged_workbook(name, damaged)
            places = _places_of_sheets(archive)
            sheets = tuple(_sheet_text(archive, sheet, place) for sheet, place in places.items())
            later = bool(places) and bool(_WORKS_OUT_LATER.search(archive.read("xl/workbook.xml")))
            percents = _percent_styles(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, UnicodeDecodeError) as error:
        raise _damaged_workbook(name, "a file within it") from error
    except (NotImplementedError, RuntimeError):  # a way of packing that Python does not know, a locked file
        return NOTHING_TOLD
    for sheet in sheets:
        if sheet.rows * (sheet.columns - sheet.first_column + 1) > MOST_CELLS:
            raise InputError(
                f"The sheet {sheet.name!r} of {name} has a cell in row {sheet.rows:,} or column {sheet.columns:,}, far from all others: "
                f"it would span more than {MOST_CELLS:,} cells.",
                hint="Delete the rows below and the columns beside the table, or save the sheet as CSV.",
            )
    return WorkbookText(sheets, later, percents)


def _damaged_workbook(name: str, inside: str) -> InputError:
    return InputError(f"{name} is damaged: {inside} can't be unpacked as it was packed.", hint="Copy it again.")


def _places_of_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """The sheets' names, and which file of the archive holds each."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (LookupError, ValueError, ElementTree.ParseError):  # no such file, no such encoding
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    sheets = {
        str(one.get("name")): targets.get(one.get(_RELATION), "")
        for one in book.iter()
        if one.tag.rpartition("}")[2] == "sheet"
    }
    places = {name: target[1:] if target.startswith("/") else f"xl/{target}" for name, target in sheets.items()}
    return {name: place for name, place in places.items() if place in archive.namelist()}


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """The styles of cells by which a number is shown as a percentage: 0.125 as 12.5%."""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except (LookupError, ValueError, ElementTree.ParseError):  # no such file, no such encoding
        return frozenset()
    formats = {"9", "10"}  # those of every workbook
    formats |= {
        str(one.get("numFmtId"))
        for one in styles.iter()
        if one.tag.rpartition("}")[2] == "numFmt" and "%" in _IN_QUOTES.sub("", one.get("formatCode", ""))
    }
    cells = next((one for one in styles.iter() if one.tag.rpartition("}")[2] == "cellXfs"), ())
    return frozenset(str(at).encode() for at, one in enumerate(cells) if one.get("numFmtId") in formats)


def _sheet_text(archive: zipfile.ZipFile, name: str, place: str) -> SheetText:
    found = SheetText(name)
    for rows in _whole_rows(archive, place):
        cells = _CELL.findall(rows)
        if cells:
            letters = sorted(_column_number(column) for column in {column for column, _, _ in cells})
            found.styles.update((column, attributes) for column, _, attributes in cells)
            found.first_row = found.first_row or int(cells[0][1])
            found.rows = max(found.rows, int(cells[-1][1]))
            found.first_column = min(found.first_column or letters[0], letters[0])
            found.columns = max(found.columns, letters[-1])
        for formula in _FORMULA.finditer(rows):
            column = _column_number(formula["column"])
            known = found.formulas.setdefault(column, Formulas((formula["text"] or b"").decode("utf-8", "replace")))
            known.count += 1
            # A formula may give an empty text.
            known.empty += not formula["value"] and b't="str"' not in formula["kind"]
            known.zero += formula["value"] == b"0"
        for column, first, last in _MERGED.findall(rows):
            if int(first) < int(last):
                found.merged.append(MergedCells(_column_number(column), int(first), int(last)))
    return found


def _whole_rows(archive: zipfile.ZipFile, place: str) -> Iterator[bytes]:
    """The text of a sheet in parts, none of which ends within a row."""
    rest = b""
    with archive.open(place) as file:
        while chunk := file.read(CHUNK):
            text = rest + chunk
            ends = [end.end() for end in _ROW_END.finditer(text)]
            cut = ends[-1] if ends else len(text) if len(text) > LONGEST_ROW else 0
            if cut:
                yield text[:cut]
            rest = text[cut:]
    yield rest


def _column_number(letters: bytes) -> int:
    """Which column letters mean, counted from 1.

    >>> _column_number(b"A"), _column_number(b"AA"), _column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
