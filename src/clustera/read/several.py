"""Several files that are one table: put under each other; what is odd about single ones: empty, cut off, or with other columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clustera.engines import Engine
from clustera.read.files import names_alike, stacked_tables
from clustera.read.options import ReadOptions
from clustera.read.records import BLANKS, cells_of_line
from clustera.read.spelling import SAMPLE_BYTES, Spelling, text_spelling
from clustera.records import CUT_OFF, Finding, Raw, Value

SHOWN = 10  # files in a message
_TAIL = 1 << 16  # bytes; a longer last line is not looked at


@dataclass(frozen=True, slots=True)
class Part:
    """Files that were read as one, since they begin alike."""

    files: tuple[Path, ...]
    columns: tuple[str, ...]  # as people are told they are called
    lines: int


def without_empty_files(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files with text, and those without; all are with text where none is, so that the first is refused."""
    empty = [path for path in files if _is_empty(path)]
    if len(empty) == len(files):
        return list(files), []
    return [path for path in files if path not in set(empty)], empty


def _is_empty(path: Path) -> bool:
    size = path.stat().st_size
    return not size or (size < _TAIL and not path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip())


def mark_cut_line(line: bytes, spelling: Spelling) -> bytes:
    """The last line of a file that ends in the middle of a row, with a cell too many that says so; else the line itself.

    Args:
        line: The last line of a file that does not end with the end of a line.
        spelling: How the file is spelled.

    >>> spelling = Spelling(encoding="utf-8", separator=",", skip=1, names=("id", "day", "amount"), has_header=True)
    >>> mark_cut_line(b"7,2026-05-01", spelling)
    b'7,2026-05-01,,(the file ends here)'
    >>> mark_cut_line(b"7,2026-05-01,8.00", spelling)
    b'7,2026-05-01,8.00'
    """
    width, cut = len(spelling.names), spelling.separator
    text = line.decode("latin-1")
    if cut == BLANKS or not text.strip() or not spelling.has_header:
        return line
    closing = '"' if text.count('"') % 2 else ""
    cells = len(cells_of_line(text + closing, cut))
    if cells >= width or (cells == 1 and width > 2):  # a line of one cell is a note below the table
        return line
    return line + f"{closing}{cut * (width - cells + 1)}{CUT_OFF}".encode()


def empty_files(files: Sequence[Path]) -> list[Finding]:
    """Which files hold nothing."""
    return _told("empty-files", [{"file": path.name} for path in files], count=len(files))


def cut_files(files: Mapping[Path, str]) -> list[Finding]:
    """Which files end in the middle of a line.

    Args:
        files: The last line of each.
    """
    items = [{"file": path.name, "line": line[:80]} for path, line in files.items()]
    return _told("cut-off-files", items, count=len(files))


def lacking_columns(parts: Sequence[Part]) -> list[Finding]:
    """Which files lack columns that at least half of the files have.

    >>> usual = Part((Path("1.csv"), Path("3.csv")), ("id", "Total"), 40)
    >>> lacking_columns([usual, Part((Path("2.csv"),), ("id", "Amount EUR"), 17)])[0].values["files"]
    ({'file': '2.csv', 'columns': 'Total', 'others': 'Amount EUR', 'lines': 17},)
    """
    having: dict[str, int] = {}
    for part in parts:
        for column in part.columns:
            having[column] = having.get(column, 0) + len(part.files)
    total = sum(len(part.files) for part in parts)
    usual = [column for column, files in having.items() if 2 * files >= total]
    items: list[Mapping[str, str | int]] = []
    lines, files = 0, 0
    for part in parts:
        lacks = [column for column in usual if column not in part.columns]
        if lacks:
            more = len(part.files) - 1
            name = f"{part.files[0].name} to {part.files[-1].name}" if more else part.files[0].name
            others = [column for column in part.columns if column not in usual]
            named = {"columns": ", ".join(lacks), "others": ", ".join(others)}
            items.append({"file": name, **named, "lines": part.lines})
            lines, files = lines + part.lines, files + len(part.files)
    return _told("files-lack-columns", items, count=lines, of=files)


def _told(code: str, items: Sequence[Mapping[str, str | int]], *, count: int, of: int = 0) -> list[Finding]:
    if not items:
        return []
    values: dict[str, Value] = {"files": tuple(items[:SHOWN]), "more": max(0, len(items) - SHOWN)}
    values |= {"of": of} if of else {}
    return [Finding(code, "warning", count=count, values=values)]


def stacked_sources(parts: Sequence[Raw], name: str, engine: Engine) -> Raw:
    """Tables under each other; rows of examples are counted on."""
    rows = stacked_tables([part.rows for part in parts], engine)
    found: list[Finding] = []
    above = 0
    for part in parts:
        found += [
            replace(finding, examples=tuple((row + above, text) for row, text in finding.examples))
            for finding in part.findings
        ]
        above += part.source.rows
    own: dict[str, str] = {}
    for part, alike in zip(parts, names_alike([part.rows.columns for part in parts]), strict=True):
        own = {column: part.names[name] for column, name in alike.items() if name in part.names} | own
    return Raw(replace(parts[0].source, name=name, rows=rows.count()), rows, tuple(dict.fromkeys(found)), own)


def spelling_of_file(path: Path, options: ReadOptions) -> Spelling:
    """How a text file is spelled, from its first bytes."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    return text_spelling(sample, whole=len(sample) < SAMPLE_BYTES, options=options, name=path.name)


def line_of_names(path: Path, options: ReadOptions) -> int:
    """Which line of a text file holds the names, from 1, blank lines not counted; 0 where none does."""
    spelling = spelling_of_file(path, options)
    return spelling.skip if spelling.has_header else 0
