"""Small tables as CSV files that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from clustera.engines import Rows, identifier


def spreadsheet_safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula. Source: OWASP, CSV injection.

    >>> spreadsheet_safe("=HYPERLINK(...)"), spreadsheet_safe("-12.5"), spreadsheet_safe("Ann")
    ("'=HYPERLINK(...)", '-12.5', 'Ann')
    """
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text


# The order of letters rules out nearly every text, and is cheap: the others are searched.
_SAFE_SQL = """case when ({0} < '0' or {0} between '=' and 'A') and regexp_matches({0}, '^[=+\\-@\\t\\r]')
    and try_cast({0} as double) is null then '''' || {0} else {0} end as {0}"""


def safe_rows(rows: Rows) -> Rows:
    """Rows whose texts no spreadsheet takes for a formula."""
    columns = [
        _SAFE_SQL.format(identifier(name)) if kind == "VARCHAR" else identifier(name)
        for name, kind in rows.columns.items()
    ]
    return rows.select(f"select {', '.join(columns)} from {{rows}}")


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path, *, columns: Sequence[str] = ()) -> None:
    """A small table as CSV; None and NaN are empty cells. `columns` are the first row's when left out."""
    columns = columns or tuple(rows[0])
    write_csv_cells(columns, ([row[name] for name in columns] for row in rows), path)


def write_csv_cells(header: Sequence[str], rows: Iterable[Sequence[object]], path: Path) -> None:
    """A small table as CSV by its cells, where several columns may have one name; None and NaN are empty cells."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(spreadsheet_safe, header))
        writer.writerows(map(_safe_cell, row) for row in rows)


def _safe_cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return "" if value is None or value != value else value  # noqa: PLR0124 - only NaN differs from itself
