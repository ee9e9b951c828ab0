"""Tables and sentences that fit the line: columns are wrapped first, then left out in a stated order."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

import typer

WHOLE = 200  # characters of a line where nothing says how many there are: into a pipe or a file
NARROW = 18  # characters to which texts may be wrapped, between words, before a column is left out
GAP = 3  # between columns; one before the first, one behind the last


def line_width() -> int:
    """Characters of a line: `COLUMNS` where it is set, else those of the terminal; 200 into a pipe or a file."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WHOLE


def print_sentence(text: str, *, indent: str = "", widest: int = WHOLE) -> None:
    """Print sentences no wider than the line, broken between words; a line break in the text stays one.

    Args:
        text: What is printed; its own blanks at the beginning stay.
        indent: Before the second and later lines.
        widest: Characters, where the line has more.
    """
    for line in text.split("\n"):
        typer.echo(wrap_sentence(line, indent=indent, widest=widest))


def wrap_sentence(text: str, *, indent: str = "", widest: int = WHOLE) -> str:
    """A sentence broken between words, so that it is no wider than the line."""
    width = max(min(widest, line_width()), len(indent) + 1)
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _columns_too_many(least: Sequence[int], optional: Iterable[int], width: int) -> list[int]:
    """The columns that have to be left out so that the others fit the line at their least width."""
    dropped = list[int]()
    for column in optional:
        if _table_width([own for i, own in enumerate(least) if i not in dropped]) <= width:
            break
        dropped.append(column)
    return dropped


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Iterable[int] = (), optional: Iterable[int] = ()
) -> list[str]:
    """Print a table that is no wider than the line.

    Titles and texts are wrapped between words first; then columns are left out.

    Args:
        head: Titles of the columns.
        rows: Cells.
        numbers: Columns that stand to the right and are never wrapped.
        optional: Columns that may be left out, in this order.

    Returns:
        Titles of the columns that were left out.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width, right = line_width(), set(numbers)
    least = [_least_width(title, [row[i] for row in rows], wraps=i not in right) for i, title in enumerate(head)]
    dropped = _columns_too_many(least, optional, width)
    kept = [i for i in range(len(head)) if i not in dropped]
    widths = [least[i] for i in kept]
    for titles in ([], head):  # first whole cells, then whole titles
        wanted = [_full_width([*titles[i : i + 1], *(row[i] for row in rows)]) for i in kept]
        widths = _grown(widths, wanted, width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for i, own in zip(kept, widths, strict=True):
        fixed = own if widths and _table_width(widths) <= width else None
        table.add_column(Text(head[i]), justify="right" if i in right else "left", overflow="fold", width=fixed)
    for row in rows:
        table.add_row(*map(Text, map(row.__getitem__, kept)))
    Console(width=width, no_color=None if sys.stdout.isatty() else True).print(table)
    return [head[i] for i in dropped]


def _full_width(cells: Iterable[str]) -> int:
    return max(map(_cell_width, cells), default=0)


def _least_width(title: str, cells: Sequence[str], *, wraps: bool) -> int:
    words = max(map(_cell_width, title.split()), default=0)
    if not wraps:
        return max([words, *map(_cell_width, cells)])
    longest = max((_cell_width(word) for cell in cells for word in cell.split()), default=0)
    return max(words, longest, min(NARROW, _full_width(cells)))


def _grown(least: Sequence[int], full: Sequence[int], width: int) -> list[int]:
    """The least widths, with the room that is left given to the columns in turn, the longest want first."""
    widths = list(least)
    while _table_width(widths) < width:
        wanting = [i for i in range(len(widths)) if widths[i] < full[i]]
        if not wanting:
            break
        widths[max(wanting, key=lambda i: (full[i] - widths[i], -i))] += 1
    return widths


def _table_width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1) + 2


def _cell_width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
