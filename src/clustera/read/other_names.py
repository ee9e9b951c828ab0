"""Rows below a line that names the columns otherwise, as where files with other columns were put together: marked, so that they are left out and told."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.engines import Rows, identifier, literal
from clustera.records import MARKED_LINES, own_columns

ASKED = 200  # columns; more are not asked
LEAST = 0.5  # share of a line's filled cells that are names of columns, if it is a line of names
FIRST = 2  # columns of which one holds a name, if the line is one of names
MOST = 1_000  # lines that begin with a name; where there are more, names are values, and no file was put together of so many


def marked_below_other_names(rows: Rows, own_names: Sequence[str]) -> Rows:
    """The rows, with their mark in `_extra`, from a line that names columns in other places, up to one that names all in theirs.

    Args:
        rows: The source's rows, every cell as text.
        own_names: Of the columns, as the source has them.
    """
    columns = own_columns(rows.columns)[:ASKED]
    named = {name.strip().lower(): column for name, column in zip(own_names, columns, strict=False) if name.strip()}
    if len(named) < 2 or any(rows.columns[column] != "VARCHAR" for column in named.values()):
        return rows
    cells = ", ".join(f"lower(trim({identifier(column)}))" for column in columns)
    listed = ", ".join(map(literal, named))
    begins = " or ".join(f"lower(trim({identifier(column)})) in ({listed})" for column in columns[:FIRST])
    found = rows.query(
        f"select _row as row, [{cells}] as cells from {{rows}} where {begins} order by _row limit {MOST + 1}"
    ).to_pylist()
    if len(found) > MOST:
        return rows
    places = {name: columns.index(column) for name, column in named.items()}
    below = _rows_below(
        [
            (line["row"], kind)
            for line, kind in zip(found, _kinds([line["cells"] for line in found], places), strict=True)
        ]
    )
    if not below:
        return rows
    within = " or ".join(f"(_row >= {start}{'' if end is None else f' and _row < {end}'})" for start, end in below)
    kept, before = ('exclude ("_extra")', '"_extra"') if "_extra" in rows.columns else ("", "cast(null as varchar)")
    mark = literal(MARKED_LINES["other-names"])
    return rows.select(f'select * {kept}, case when {within} then {mark} else {before} end as "_extra" from {{rows}}')


def _rows_below(lines: Sequence[tuple[int, str]]) -> list[tuple[int, int | None]]:
    """The first row that is below other names, and the first that is not any more, of each stretch; None for the end.

    Args:
        lines: Rows and their kinds by `_kind_of_names`, in their order.

    >>> _rows_below([(3, "same"), (7, "other"), (8, ""), (9, "other"), (12, "same"), (20, "other")])
    [(7, 12), (20, None)]
    """
    below = list[tuple[int, int | None]]()
    for row, kind in lines:
        opened = bool(below) and below[-1][1] is None
        if kind == "same" and opened:
            below[-1] = (below[-1][0], row)
        elif kind == "other" and not opened:
            below.append((row, None))
    return below


def _kinds(lines: Sequence[Sequence[str | None]], places: dict[str, int]) -> list[str]:
    """The kind of each line by `_kind_of_names`; a name that stands in a column of other rows, too, is a value there.

    >>> places = {"first": 0, "second": 1, "web": 2, "shop": 3}
    >>> _kinds([("web", "shop", "3", "7"), ("web", "shop", None, None), ("shop", "web", "second", "first")], places)
    ['', '', 'other']
    """
    kinds = [_kind_of_names(cells, places) for cells in lines]
    values = {
        (at, cell)
        for cells, kind in zip(lines, kinds, strict=True)
        if not kind
        for at, cell in enumerate(cells)
        if cell in places
    }
    return [
        "" if kind == "other" and not values.isdisjoint(enumerate(cells)) else kind
        for cells, kind in zip(lines, kinds, strict=True)
    ]


def _kind_of_names(cells: Sequence[str | None], places: dict[str, int]) -> str:
    """Whether a line's cells are the names of the columns: "same" in their places, "other" in other places, "" if they are not.

    >>> places = {"id": 0, "age": 1, "spend": 2}
    >>> [_kind_of_names(cells, places) for cells in (["id", "age", "spend"], ["id", "spend", "age"], ["id", "spend", "7,50"])]
    ['same', 'other', '']
    """
    filled = [(at, cell) for at, cell in enumerate(cells) if cell]
    known = [at == places[cell] for at, cell in filled if cell in places]
    if len(known) < max(2, LEAST * len(filled)) or len({cell for _, cell in filled}) < len(filled):
        return ""
    # Figures, amounts and dates have no letter, however they are spelled.
    if not all(any(map(str.isalpha, cell)) for _, cell in filled):
        return ""
    return "same" if all(known) else "other"
