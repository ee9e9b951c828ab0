"""Tables that can't be segmented: no id, no rows, no features, too few customers; what was seen and the cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera.check.findings import shortened_example
from clustera.check.inspection import Inspection
from clustera.errors import InputError
from clustera.records import (
    Column,
    Raw,
    columns_told,
)
from clustera.texts import column_reason, left_out_reason

FEWEST_ROWS = 10


def refuse_without_id(raw: Raw, columns: Sequence[Column]) -> None:
    """Refuse a table beside orders that has no column with the id of the customer."""
    if not any(column.role == "id" for column in columns):
        raise InputError(
            f"{raw.source.name} has no column that tells customers apart.",
            hint="Name the column that holds the customers of the orders: --id COLUMN.",
            field="id",
        )


def refuse_few_rows(raw: Raw, *, fewest: int) -> None:
    """Refuse a table of fewer rows."""
    if not raw.source.rows:
        raise no_rows_error(raw)
    if raw.source.rows < fewest:
        raise too_few_rows_error(raw, raw.source.rows, {})


def no_rows_error(raw: Raw) -> InputError:
    """A table has names of columns and no row."""
    names = [repr(shortened_example(name)) for name in raw.rows.columns if name != "_row"]
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    line = raw.source.spelling.get("skip", 0)
    place = f" in line {line}" if line else ""
    other = " If another line holds the names, say --set header=LINE; --set header=0 if none does." if line else ""
    return InputError(
        f"{raw.source.name} has column names but no rows: {shown}{place}, and no customer below.",
        hint=f"Export it again, with the customers.{other}",
    )


def no_features_error(raw: Raw, columns: Sequence[Column]) -> InputError:
    """A table has no column that segments can be formed by; says what each column is."""
    seen = "; ".join(f"{column.name}: {column.role} ({column_reason(column)})" for column in columns[:8])
    return InputError(
        f"{raw.source.name} has no column of numbers to segment by. {seen}{'; ...' if len(columns) > 8 else ''}.",
        hint="Add what customers do or are in numbers, such as spend, orders or age; or name columns with --features.",
    )


def none_usable_error(raw: Raw, seen: Inspection) -> InputError:
    """Every row is left out; says for which reasons."""
    ids = [column.name for column in seen.columns if column.role == "id"]
    key = columns_told(seen.columns).get(ids[0], ids[0]) if ids else "id"
    why = " ".join(
        f"{_counted_rows(count)}: {left_out_reason(code, id=key)}" for code, count in seen.sorted.reasons.items()
    )
    return InputError(
        f"No row of {raw.source.name} can be assigned to a segment. {why}",
        hint="Correct the rows; `clustera check` says more about each column.",
    )


def _counted_rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def too_few_rows_error(raw: Raw, used: int, reasons: Mapping[str, int]) -> InputError:
    """Too few customers are left; says how many, and why others are left out."""
    rows = raw.source.rows
    seen = f"{raw.source.name} has {_counted_rows(rows)}"
    hint = "Pass a table with more customers, one row each."
    columns = len(raw.shown_columns)
    if columns > FEWEST_ROWS > rows:
        hint += f" If each of its {columns} columns is a customer, turn it first: in a spreadsheet, Paste Special, Transpose; in pandas, frame.T."
    if reasons:
        why = "; ".join(f"{count:,} x {code}" for code, count in reasons.items())
        seen += f", of which {used:,} can be used (left out: {why})"
        hint = "Correct the rows, or name other columns with --id and --features."
    return InputError(f"{seen}; fewer than {FEWEST_ROWS} customers can't be segmented.", hint=hint)
