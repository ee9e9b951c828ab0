"""Which of a table's first records holds the names of its columns."""

from __future__ import annotations

import re
from itertools import zip_longest

from clustera.lexicon import fold, lexicon_phrases
from clustera.read.records import cell_shape

HEADER_WITHIN = 30  # records; a title or a note above the names is shorter than this
TITLE_WITHIN = 5  # records from a line that looks like names to those that are
MOSTLY_IDS = 0.9  # share of a column's cells with figures, if it is one of ids; a line of totals has none

_NUMBER = re.compile(r"^[^A-Za-z0-9]{0,3}\d[\d.,'’/:\s -]*[^A-Za-z0-9]{0,2}$")
_RULE = re.compile(r"[-+=|_ ]{3,}")  # what is drawn above the names: +-----+-----+


def header_at(records: list[list[str]], width: int) -> int:
    """Index of the record that holds the names; -1 when the first full record is data already."""
    fullest = max(map(_cells_said, records), default=0)  # bars at both ends add empty cells: | id | age |
    for at, row in enumerate(records[:HEADER_WITHIN]):
        filled = _cells_said(row)
        below = records[at + 1 :]
        if filled < max(1, 0.6 * min(width, fullest)) or _stands_over(row, below[:1]) or _is_title(row, below, width):
            continue
        if at == len(records) - 1 and width > 1 and any(len(above) == width for above in records[:at]):
            continue  # names stand above their rows: those above the last record are no title
        return -1 if at == 0 and _is_data(row, records[1:]) else at
    return 0


def _cells_said(row: list[str]) -> int:
    """How many cells say something: neither empty nor part of a line that is drawn."""
    return sum(bool(cell) and not _RULE.fullmatch(cell) for cell in row)


def _stands_over(row: list[str], below: list[list[str]]) -> bool:
    """Whether a record names groups of columns, as merged cells do ("Person,Person,Money"), and the names stand below."""
    if not below or len(set(row)) == len(row) or any(map(_NUMBER.match, row)):
        return False
    names = below[0]
    return (
        len(names) >= len(row) and all(names) and len(set(names)) == len(names) and not any(map(_NUMBER.match, names))
    )


def _is_title(row: list[str], below: list[list[str]], width: int) -> bool:
    """Whether a record with gaps, such as "Period,2024-01-01,to,2024-12-31,,", stands above a full one of words that are the names."""
    gaps = len(row) < width or (not all(row) and (len(set(row)) < len(row) or any(map(_NUMBER.match, row))))
    for at, names in enumerate(below[:TITLE_WITHIN] if gaps else []):
        if len(names) == width == len(set(names)) and all(names) and not any(map(_NUMBER.match, names)):
            rows = below[at + 1 :]
            above = (row, *below[:at])
            return _numeric_columns(width, rows) != [] and not (
                _are_values(names, rows) or any(_is_data(one, rows) and _has_shapes(one, rows) for one in above)
            )
    return False


def _are_values(names: list[str], rows: list[list[str]]) -> bool:
    """Whether a column holds what would be its name: a row of words, such as "Ann,NA,gold" below "spend,plan", is no line of names."""
    return any(cell == name for row in rows if row != names for name, cell in zip(names, row, strict=False))


def _has_shapes(one: list[str], rows: list[list[str]]) -> bool:
    """Whether each cell of a record looks like some of its column, as "2024-01-01" above amounts does not."""
    below = [set(map(cell_shape, column)) for column in zip_longest(*rows, fillvalue="")]
    return all(not cell or cell_shape(cell) in shapes for cell, shapes in zip(one, below, strict=False))


def _numeric_columns(width: int, rows: list[list[str]]) -> list[int]:
    return [
        column
        for column in range(width)
        if (cells := [row[column] for row in rows if len(row) > column and row[column]])
        and sum(bool(_NUMBER.match(cell)) for cell in cells) > 0.5 * len(cells)
    ]


def _is_data(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first record looks like those below it: numbers stand where numbers stand, and no name above ids."""
    numeric = _numeric_columns(len(first), rest)
    like_below = sum(bool(_NUMBER.match(first[column])) for column in numeric)
    return bool(numeric) and like_below >= max(1, 0.5 * len(numeric)) and not _names_ids(first, rest)


def _names_ids(first: list[str], rest: list[list[str]]) -> bool:
    """Whether a record begins with a word above ids, as the names of a table by year do: "customer,2019,2020".

    Ids are cells that all differ and nearly all have figures; a word for nobody or nothing, such as "unknown", is no name. Pandas writes
    nothing above the numbers of rows: then the other names must count up, as ",0,1,2".

    >>> rows = [["K1", "20", "31"], ["K2", "50", "12"]]
    >>> [_names_ids([first, "2019", "2020"], rows) for first in ("customer", "", "unknown", "K0")]
    [True, True, False, False]
    """
    ids = [row[0] for row in rest if row]
    if len(set(ids)) < len(ids) or sum(any(map(str.isdigit, cell)) for cell in ids) < MOSTLY_IDS * len(ids):
        return False
    if not first[0]:
        others = [int(cell) for cell in first[1:] if cell.isdecimal()]
        return len(others) > 1 and others == list(range(others[0], others[0] + len(first) - 1))
    is_word = any(map(str.isalpha, first[0])) and not any(map(str.isdigit, first[0]))
    return is_word and fold(first[0]) not in lexicon_phrases("ids", "placeholder")
