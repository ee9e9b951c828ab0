"""How a text file is spelled: encoding, separator, and where the column names stand. Found from its first bytes."""

from __future__ import annotations

import codecs
import csv
import encodings.aliases
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from clustera.errors import InputError, closest
from clustera.read.commas import amounts_in_one_column, commas_are_inside_numbers, shows_parted_cells
from clustera.read.header_line import header_at
from clustera.read.legacy import legacy_encoding
from clustera.read.lines import MARKS, NOT_UTF8, Lines, marks_in
from clustera.read.options import ReadOptions
from clustera.read.records import BLANKS, Records, RowPattern, row_pattern
from clustera.read.repairs import repaired_line, repairs_of
from clustera.read.wide import wide_encoding

SAMPLE_BYTES = 1 << 18
SAMPLE_LINES, LONGEST_SAMPLE = 20, 1 << 22  # more bytes where the first hold fewer line ends
SAMPLE_RECORDS = 200
SEPARATORS = (",", ";", "\t", "|", "^", "~", "\x01")
ALL_ROWS = 0.98  # share of the records with as many cells as most, where another separator than the comma fits as well

_ZEROS = {"utf-32-le": (1, 2, 3), "utf-32-be": (0, 1, 2), "utf-16-le": (1, 3), "utf-16-be": (0, 2)}  # bytes of four
LEAST_ZEROS = 0.02  # share of the bytes of a table in UTF-16: its separators and line ends have one each
ZERO_BYTES, ZERO_WINDOW = 1 << 13, 64  # of a file that are asked for zeros, and of them at a time
_WORD = re.compile(r"[^\W\d_]{2,}|[^\x00-\x7f]{2,}")
_CALLED = {"ansi": "cp1252", "western": "cp1252", "unicode": "utf-16", "mac": "mac_roman", "macintosh": "mac_roman"}
_WIDE_GAP = re.compile(r"\S {2,}\S")
# Some programs write names of columns so: <DATE>,<OPEN>.
_MARKUP = re.compile(r"<(?:!--|!doctype\b|\?xml\b|[a-z][\w:-]*(?:\s[^<>]*)?>(?! *[,;|\t]))", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?$')  # Excel writes and reads it


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a text file is to be cut into cells."""

    encoding: str
    separator: str
    skip: int  # records before the first data row, the names included
    names: tuple[str, ...]  # as the file has them, without blanks around; made up where it has none
    has_header: bool
    repairs: tuple[str, ...] = ()  # of `repairs_of`
    plain: bool = False  # names in the first line, a separator of one character, UTF-8: an engine reads it by itself
    pattern: RowPattern | None = None  # what the rows look like
    own_names: tuple[str, ...] = ()  # names with the blanks around them
    one_column: str = ""  # of `amounts_in_one_column`
    nameless: str = ""  # of `_cells_without_names`


def encoding_of(sample: bytes) -> str:
    """The encoding of a file, from its first bytes.

    >>> encoding_of("Größe;Alter".encode("cp1252"))
    'cp1252'
    """
    # A mark may be wrong, when programs put files together: the zero bytes of wide characters know better.
    # Its length turns the places of all that follow, and that of UTF-16 may look like the longer one of UTF-32.
    starts = (marks_in(sample), 2, 0)
    begins = next((start for start in starts if _wide_by_zeros(sample[start : start + ZERO_WINDOW])), starts[0])
    wide = _wide_by_zeros(sample[begins:])
    marked = next((name for mark, name in MARKS if sample.startswith(mark)), None)
    if wide and not (marked and (as_marked := wide_encoding(marked, sample[:4])) and as_marked.codec == wide):
        return wide
    if marked and (marked == "utf-8-sig" or sample.count(0) >= LEAST_ZEROS * len(sample)):
        return marked
    # The last character may be cut off. A file glued together of both encodings counts as UTF-8; the reader takes
    # the other lines one by one.
    text = sample[: max(len(sample) - 3, 0)].decode("utf-8", "surrogateescape") if len(sample) > 3 else ""
    strange = len(NOT_UTF8.findall(text))
    proper = sum(1 for character in text if character > "\x7f") - strange if strange else 0
    return "utf-8" if proper >= strange else legacy_encoding(sample)


def _wide_by_zeros(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 by its zero bytes: in Latin text they stand in every other byte, or in three of four.

    The first characters decide the order of the bytes: one byte too many or too few turns it for all that follow.
    """
    names: list[str] = []
    windows = wide = 0
    for start in range(0, min(len(sample), ZERO_BYTES), ZERO_WINDOW):
        window = sample[start : start + ZERO_WINDOW]
        if b"\0" in window and len(window) >= 4:
            zeros = [window[at::4].count(0) / len(window[at::4]) for at in range(4)]
            windows += 1
            wide += any(_are_zeros(zeros[turn:] + zeros[:turn], at) for turn in range(4) for at in _ZEROS.values())
            names += [name for name, at in _ZEROS.items() if _are_zeros(zeros, at)]
    return names[0] if names and 2 * wide > windows else None


def _are_zeros(zeros: Sequence[float], at: Sequence[int]) -> bool:
    """Whether zero bytes stand at these of four places, and hardly elsewhere."""
    there = [zeros[place] for place in at]
    return min(there) > 0.3 and max([zeros[place] for place in range(4) if place not in at]) < 0.1 * max(there)


def codec_of(name: str) -> str:
    """The encoding that people mean by a name, as Python calls it.

    >>> codec_of("latin-2"), codec_of("Windows 1251"), codec_of("ansi"), codec_of("mac-roman"), codec_of("Shift-JIS")
    ('iso8859-2', 'cp1251', 'cp1252', 'mac-roman', 'shift_jis')

    Raises:
        InputError: there is none of that name; says which comes closest.
    """
    plain = re.sub(r"[\s_-]+", "", name.casefold())
    spelled = (name, plain, re.sub(r"^(windows|win|ms|ibm|dos)(?=\d)", "cp", plain), _CALLED.get(plain, ""))
    for one in spelled:
        try:
            codecs.lookup(one)
            b"a".decode(one, "replace")  # hex and the like are codecs, but of no text
        except (LookupError, ValueError):
            continue
        return codecs.lookup(one).name
    near = closest(name, {*encodings.aliases.aliases.values()})
    meant = f"Did you mean {near}? " if near else ""
    raise InputError(
        f"There is no encoding {name!r}.",
        hint=f"{meant}Use a name that Python knows, such as utf-8, cp1252 or gb18030.",
    )


def is_foreign_text(text: str) -> bool:
    """Whether text that was read as Western European hardly is: most words of its odd letters consist of them.

    >>> is_foreign_text("Größe;Düsseldorf;Zoë"), is_foreign_text("Москва;Казань".encode("cp1251").decode("cp1252"))
    (False, True)
    """
    words: list[str] = [word for word in _WORD.findall(text) if not word.isascii()]
    odd = sum(sum(letter > "\x7f" for letter in word) > 0.6 * len(word) for word in words)
    return len(words) < 2 * odd


def text_spelling(sample: bytes, *, whole: bool, options: ReadOptions, name: str) -> Spelling:
    """How the file that starts with `sample` is spelled.

    Args:
        sample: The file's first bytes.
        whole: Whether that is the whole file.
        options: What the caller knows already.
        name: The file, for messages.

    Raises:
        InputError: the file is empty, not text, or its names can't be found.
    """
    encoding = codec_of(options.encoding) if options.encoding else encoding_of(sample)
    source = Lines(io.BytesIO(sample), encoding, name)
    lines = list(iter(source.next, ""))
    text = "".join(lines)
    _refuse_other_than_text(text, name)
    blank_first = not lines[:1] or not lines[0].strip()
    lines = _filled_lines(lines, whole=whole, name=name)
    repairs = repairs_of(lines[: 2 * SAMPLE_RECORDS])
    lines = [repaired_line(line, repairs) for line in lines[: 2 * SAMPLE_RECORDS]] if repairs else lines
    hinted = _SEPARATOR_LINE.match(lines[0].strip())
    separator, one_column = options.separator or (hinted[1] if hinted else ""), ""
    if not separator:
        separator, one_column = _separator(lines[: 2 * SAMPLE_RECORDS])
    lines = lines[int(bool(hinted)) : 2 * SAMPLE_RECORDS]
    pattern = row_pattern(lines, separator)
    records = _sample_records(lines, separator, pattern)
    spelling = names_in(records, separator=separator, encoding=encoding, asked=options.header, name=name)
    spelling = replace(spelling, pattern=pattern, own_names=_names_with_blanks(spelling, lines), one_column=one_column)
    _refuse_fixed_width(spelling, records, name)
    if repairs or b"\0" in sample:
        spelling = replace(spelling, repairs=repairs, plain=False)
    if hinted or blank_first:
        return replace(spelling, skip=spelling.skip + int(bool(hinted)), plain=False)
    return spelling


def _refuse_fixed_width(spelling: Spelling, records: Sequence[Sequence[str]], name: str) -> None:
    """Refuse columns of a fixed width: cells with blanks in them would move those behind them below other names."""
    lone = spelling.separator == BLANKS and spelling.nameless == "behind"
    rows = [row[0] for row in records[spelling.skip :] if row]
    wide = len(spelling.names) == 1 and rows and sum(map(bool, map(_WIDE_GAP.search, rows))) >= ALL_ROWS * len(rows)
    if lone or (wide and _WIDE_GAP.search(spelling.names[0])):
        raise InputError(
            f"{name} has columns of a fixed width, with blanks between them and within their cells: where one ends can't be told.",
            hint="Export it as CSV; or open it in a spreadsheet as text of a fixed width, and save it as CSV.",
        )


def _names_with_blanks(spelling: Spelling, lines: Sequence[str]) -> tuple[str, ...]:
    """The names with the blanks around them, which a record with quotes has lost."""
    if (
        not spelling.has_header
        or len(spelling.separator) > 1
        or not any('"' in line for line in lines[: spelling.skip])
    ):
        return spelling.own_names
    try:
        records = list(islice(csv.reader((f"{line}\n" for line in lines), delimiter=spelling.separator), spelling.skip))
    except csv.Error:
        return spelling.own_names
    same = len(records) == spelling.skip and tuple(cell.strip() for cell in records[-1]) == spelling.names
    return tuple(records[-1]) if same else spelling.own_names


def _filled_lines(lines: Sequence[str], *, whole: bool, name: str) -> list[str]:
    """Lines that are not blank, but for the last where the sample cuts it off; one that names the separator is no table."""
    filled = [line.rstrip("\n") for line in lines if line.strip()]
    besides = int(bool(filled and _SEPARATOR_LINE.match(filled[0].strip())))
    if len(filled) == besides:
        raise InputError(f"{name} is empty.", hint="Export it again; the first line should hold the column names.")
    return filled if whole or len(filled) == 1 + besides else filled[:-1]


def _refuse_other_than_text(text: str, name: str) -> None:
    if _binary(text):
        raise InputError(
            f"{name} is not a table in text: it holds control characters.",
            hint="Export it as CSV, Parquet, JSON lines or Excel.",
        )
    if _MARKUP.match(text.lstrip()):
        raise InputError(
            f"{name} is not a table in text: it is a web page or XML.",
            hint="Open it in a spreadsheet and save it as CSV or Excel.",
        )


def _binary(text: str) -> bool:
    control = sum(1 for character in text[:10_000] if character < " " and character not in "\t\n\r\f\x01\x1a")
    return control > 0.02 * min(len(text), 10_000)


def _sample_records(lines: Sequence[str], separator: str, pattern: RowPattern | None) -> list[list[str]]:
    """The records as the reader will make them, so that it skips as many as were counted here."""
    # With their ends, so that a name of two lines keeps a blank between them.
    ended = (f"{line}\n" for line in lines)
    return list(Records(lambda: next(ended, ""), separator, pattern))


def _separator(lines: Sequence[str]) -> tuple[str, str]:
    """The separator by which most records have the same number of cells; the one that makes more cells wins a tie.

    With how sure it is that commas part no cells of one column: "clear", "close", or "" where there are several.
    """
    if sure := amounts_in_one_column(lines, SEPARATORS):
        return ";", sure
    found = _widths_by_separator(lines)
    best = max(found, key=lambda separator: found[separator]) if found else ","
    if best == "," and found:
        others = [separator for separator, (share, _) in found.items() if separator != "," and share >= ALL_ROWS]
        best = next((separator for separator in others if _parts_numbers(lines, separator)), best)
    if found and found[best][0] >= 0.5 and not (best == "," and _parts_numbers(lines, BLANKS)):
        return best, ""
    widths = Counter(len(line.split()) for line in lines)
    width, times = widths.most_common(1)[0]
    return (BLANKS if width > 1 and times >= 0.9 * len(lines) else best), ""


def _widths_by_separator(lines: Sequence[str]) -> dict[str, tuple[float, int]]:
    """For each separator the share of records with as many cells as most, and how many these are."""
    found: dict[str, tuple[float, int]] = {}
    for separator in SEPARATORS:
        widths = Counter(
            len(row) for row in _sample_records(lines, separator, row_pattern(lines, separator))[:SAMPLE_RECORDS]
        )
        widths.pop(1, None)
        if widths:
            width, times = widths.most_common(1)[0]
            found[separator] = (round(times / min(len(lines), SAMPLE_RECORDS), 2), width)
    return found


def _parts_numbers(lines: Sequence[str], separator: str) -> bool:
    """Whether a separator makes as many cells of every line as of the first, all of whose commas are in numbers."""
    records = _sample_records(lines, separator, row_pattern(lines, separator))[:SAMPLE_RECORDS]
    same = sum(len(record) == len(records[0]) for record in records)
    return len(records[0]) > 1 and same >= ALL_ROWS * len(records) and commas_are_inside_numbers(records)


def _whole_header(whole: list[list[str]], records: list[list[str]], at: int, width: int) -> list[str]:
    """A name for each column as it stands, blanks included; empty where there is none."""
    header = list(whole[at]) if at >= 0 else [""] * width
    nameless = [""] * (width - len(header))
    # R writes no name above its row numbers; a separator at every line's end makes a nameless last column.
    behind = len(nameless) > 1 or _last_is_remarks(records[at + 1 :], width)
    header = header + nameless if behind else nameless + header
    while len(header) > width and not header[-1].strip():
        header.pop()
    return header


def _last_is_remarks(records: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the last cells of full lines are empty, or most of them where the lines do not count up from 1.

    >>> _last_is_remarks([["C7", "25", "seen"], ["C8", "31", ""], ["C9", "40", ""]], 3)
    True
    >>> _last_is_remarks([["1", "C7", "seen"], ["2", "C8", ""], ["3", "C9", ""]], 3)
    False
    """
    rows = [row for row in records if len(row) == width]
    filled = sum(1 for row in rows if row[-1].strip())
    return not filled or (2 * filled < len(rows) and not _counts_up(rows, len(records)))


def _counts_up(rows: Sequence[Sequence[str]], count: int) -> bool:
    return [row[0].strip() for row in rows] == [str(number) for number in range(1, count + 1)]


def _cells_without_names(records: Sequence[Sequence[str]], at: int, width: int) -> str:
    """Where most lines have cells that the line of names has none for: "before" the first name, or "behind" the last.

    One cell more is the label of the row, as R writes it; or a comma within a number or a text has parted it, and the values
    stand under other names. Nothing is said of row numbers, 1 and up, with no sign of that.

    >>> _cells_without_names([["id", "spend"], ["1", "7", "9"], ["2", "8", "5"]], 0, 3)
    ''
    >>> _cells_without_names([["id", "spend"], ["1", "7", "09"], ["2", "8", "50"]], 0, 3)
    'before'
    """
    below = records[at + 1 :]
    rows = [row for row in below if len(row) == width]
    if len(records[at]) >= width or not any(row[-1].strip() for row in rows):
        return ""
    if len(records[at]) < width - 1 or _last_is_remarks(below, width):
        return "behind"
    return (
        "" if _counts_up(rows, len(below)) and not shows_parted_cells(list(zip(*rows, strict=True))[1:]) else "before"
    )


def names_in(records: list[list[str]], *, separator: str, encoding: str, asked: int | None, name: str) -> Spelling:
    """Where the names stand among a table's first records, and which they are.

    Raises:
        InputError: there are fewer records than the caller says.
    """
    whole, records = records, [[cell.strip() for cell in row] for row in records]
    width = Counter(len(row) for row in records).most_common(1)[0][0]
    at = header_at(records, width) if asked is None else asked - 1
    if at >= len(records):
        lines = "one line" if len(records) == 1 else f"{len(records)} lines"
        raise InputError(
            f"{name} has only {lines}; line {asked} can't hold the column names.", hint="Say --set header=LINE."
        )
    header = _whole_header(whole, records, at, width)
    return Spelling(
        encoding=encoding,
        separator=separator,
        skip=at + 1,
        names=tuple(cell.strip() for cell in header),
        own_names=tuple(header),
        has_header=at >= 0,
        nameless=_cells_without_names(whole, at, width) if at >= 0 else "",
        plain=at <= 0 and encoding in {"utf-8", "utf-8-sig"} and len(separator) == 1 and len(header) > 1,
    )
