"""Text files that are one table as one file; a last line that was cut off is marked, so that it is left out and told."""

from __future__ import annotations

from pathlib import Path

from clustera.engines import Engine
from clustera.read.cell_forms import CellForm, shared_form
from clustera.read.files import beginning_of_file, is_text_of_lines, put_together, unended_line
from clustera.read.jsonlines import is_json
from clustera.read.options import ReadOptions
from clustera.read.records import BLANKS, cells_of_line
from clustera.read.spelling import SAMPLE_BYTES, Spelling, text_spelling
from clustera.records import MARKED_LINES


def joined_files(group: list[Path], engine: Engine, options: ReadOptions, cut: dict[Path, str]) -> Path:
    """Files that begin alike as one, their lines that are cut off marked; these are added to `cut`."""
    head = beginning_of_file(group[0])
    if len(group) == 1 and (not is_text_of_lines(head) or is_json(head) or not unended_line(group[0])):
        return group[0]
    found: tuple[Spelling, CellForm | None] | None = None

    def last_line(path: Path, line: bytes) -> bytes:
        nonlocal found
        if found is None:
            sample, spelling = _spelled_sample(path, options)
            found = spelling, last_cell_form(sample, spelling)
        spelling, form = found
        marked = mark_cut_line(line, spelling, form)
        if marked != line:
            cut[path] = line.decode(spelling.encoding, "replace")
        return marked

    if len(group) == 1:
        line = unended_line(group[0]) or b""
        return group[0] if last_line(group[0], line) == line else put_together(group, engine.folder, last_line)
    names_at = 1 if is_json(head) else line_of_names(group[0], options)
    return put_together(group, engine.folder, last_line, names_at=names_at)


def line_of_names(path: Path, options: ReadOptions) -> int:
    """Which line of a text file holds the names, from 1, blank lines not counted; 0 where none does."""
    _, spelling = _spelled_sample(path, options)
    return spelling.skip if spelling.has_header else 0


def _spelled_sample(path: Path, options: ReadOptions) -> tuple[bytes, Spelling]:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    return sample, text_spelling(sample, whole=len(sample) < SAMPLE_BYTES, options=options, name=path.name)


def last_cell_form(sample: bytes, spelling: Spelling) -> CellForm | None:
    """The form that the cells of a file's last column share, of its first bytes; None where they share none."""
    lines = sample.decode("latin-1").splitlines()[spelling.skip : -1]
    records = [cells_of_line(line, spelling.separator) for line in lines if line.count('"') % 2 == 0]
    width = len(spelling.names)
    return shared_form([record[-1] for record in records if len(record) == width])


def mark_cut_line(line: bytes, spelling: Spelling, form: CellForm | None = None) -> bytes:
    """The last line of a file that ends in the middle of a row, with a cell too many that says so; else the line itself.

    Args:
        line: The last line of a file that does not end with the end of a line.
        spelling: How the file is spelled.
        form: What all other cells of the last column look like; None where they differ.

    >>> spelling = Spelling(encoding="utf-8", separator=",", skip=1, names=("id", "day", "amount"), has_header=True)
    >>> mark_cut_line(b"7,2026-05-01", spelling)
    b'7,2026-05-01,,(the file ends here)'
    >>> mark_cut_line(b"7,2026-05-01,8.00", spelling)
    b'7,2026-05-01,8.00'
    """
    width, cut = len(spelling.names), spelling.separator
    text = line.decode("latin-1")
    if cut == BLANKS or not text.strip() or not spelling.has_header or _ends_a_text(text, cut):
        return line
    closing = '"' if text.count('"') % 2 else ""
    found = cells_of_line(text + closing, cut)
    cells = len(found)
    open_cell = bool(closing) and text.endswith(f'{cut}"{found[-1]}')
    in_last_cell = cells == width and form is not None and (open_cell or form.is_cut(found[-1]))
    if (cells >= width and not in_last_cell) or (cells == 1 and width > 2):  # of one cell: a note below the table
        return line
    return line + f"{closing}{cut * (width - cells + 1)}{MARKED_LINES['cut-off']}".encode()


def _ends_a_text(line: str, separator: str) -> bool:
    """Whether a line goes on with a cell in quotes that began in a line above: its first quote closes one.

    >>> _ends_a_text('no parcel";7;Ulm', ";"), _ends_a_text('7;"Dear A', ";"), _ends_a_text('"7";"Ulm', ";")
    (True, False, False)
    """
    bare = line.replace('""', "")
    before, quote, behind = bare.partition('"')
    opens = not before or before.rstrip(" ").endswith(separator)
    return bool(quote) and not opens and (not behind or behind.startswith(separator))
