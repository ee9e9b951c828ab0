"""A later table held against the columns of an earlier one: nothing is guessed, what is missing is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clustera.check.dates import EPOCHS, SPREADSHEET, figures_sql
from clustera.check.kinds import Reading, number_reading
from clustera.check.options import CheckOptions
from clustera.check.roles import find_column
from clustera.check.value_sql import value_sql
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.records import Column, ColumnFormat, Finding, Reason, own_columns

NEEDED = {"feature", "id"}
KNOWN = NEEDED | {"descriptor", "date"}


def _columns_lacking(lacking: Sequence[str], names: Sequence[str], free: Sequence[str], source: str) -> InputError:
    near = {name: other for name in lacking if (other := closest(name, free))}
    renames = "; ".join(f"{other!r} to {name!r}" for name, other in near.items())
    return InputError(
        f"{source} lacks {', '.join(map(repr, lacking))}, which the segments need; it has: {', '.join(names[:20])}.",
        hint=f"Rename {renames}, if that is what {'it holds' if len(near) == 1 else 'they hold'}."
        if near
        else "Add the missing columns.",
    )


def named_like(
    rows: Rows,
    like: Sequence[Column],
    *,
    source: str,
    id: str | None = None,  # noqa: A002 - the option's name
) -> tuple[Rows, dict[str, str]]:
    """The rows under the names of the earlier columns, and which names were changed, old -> new; other columns keep theirs.

    Args:
        rows: Of the later table.
        like: The earlier columns.
        source: The later table's name.
        id: What the later table calls the column of the id, where that is another name.

    Raises:
        InputError: a feature or the id is missing; says which name comes closest.
    """
    names = own_columns(rows.columns)
    found = {column.name: find_column(column.name, names) for column in like if column.role in KNOWN}
    if id is not None:
        found |= {column.name: _id_column(id, names, source) for column in like if column.role == "id"}
    lacking = [column.name for column in like if column.role in NEEDED and found[column.name] is None]
    if lacking:
        raise _columns_lacking(lacking, names, [name for name in names if name not in found.values()], source)
    earlier = {name: column for column, name in found.items() if name is not None}
    taken = {name.casefold() for name in earlier.values()}  # by the column that stands for it
    cells = ", ".join(
        identifier(name) + (f" as {identifier(earlier[name])}" if name in earlier else "")
        for name in rows.columns
        if name in earlier or name.casefold() not in taken
    )
    return rows.select(f"select {cells} from {{rows}}"), earlier


def _id_column(name: str, names: Sequence[str], source: str) -> str:
    found = find_column(name, names)
    if found is None:
        near = closest(name, names)
        raise InputError(
            f"{source} has no column {name!r}; it has: {', '.join(names[:20])}.",
            hint=f"Did you mean {near!r}?" if near else "Name the column of the customer's id.",
        )
    return found


def options_like(options: CheckOptions, like: Sequence[Column]) -> CheckOptions:
    """The options, with what the earlier table tells where this one leaves it open."""
    learned: dict[str, Any] = {}
    decimals = {column.format.decimal for column in like} - {""}
    orders = {column.format.order for column in like} - {"", "ymd"}
    if options.decimal is None and len(decimals) == 1:
        learned["decimal"] = decimals.pop()
    if options.dates is None and len(orders) == 1:
        learned["dates"] = orders.pop()
    return options.model_copy(update=learned)


def kept_like(options: CheckOptions, like: Sequence[Column]) -> CheckOptions:
    """The options, with the fixes that the earlier table switched off."""
    kept = {code for column in like for code in column.format.keep} | set(options.keep)
    return options.model_copy(update={"keep": tuple(sorted(kept))}) if like else options


def still_said(before: Sequence[Column], options: CheckOptions, names: Sequence[str]) -> list[Column]:
    """Of an earlier run's columns, those whose role the caller does not decide anew."""
    named = {find_column(name, names) for name in (*options.features, *options.descriptors, *options.exclude)}
    return [
        column
        for column in before
        if (column.role in KNOWN or column.asked)
        and find_column(column.name, names) not in named - {None}
        and not (options.features and column.role == "feature")
        and not (options.id and column.role == "id")
    ]


def absent(like: Sequence[Column], names: Sequence[str]) -> list[Finding]:
    """A note for each column that only described the earlier segments and is missing now."""
    return [
        Finding(
            code="missing-column",
            severity="note",
            column=column.name,
            values={"title": column.title},
        )
        for column in like
        if column.role in {"descriptor", "date"} and find_column(column.name, names) is None
    ]


def read_as_before(readings: Mapping[str, Reading], before: Sequence[Column]) -> dict[str, Reading]:
    """How cells are read, where an earlier run's columns say it: its brackets stand for what they did."""
    known = {column.name: column for column in before}
    return {
        name: _read_as_before(reading, known[name]) if name in known else reading for name, reading in readings.items()
    }


def remembering(columns: Sequence[Column], before: Sequence[Column]) -> list[Column]:
    """The columns with what an earlier run learned of their cells: numbers for "unknown", the day of counting."""
    known = {column.name: column.format for column in before}
    return [
        replace(column, format=_remembering(column.format, known[column.name])) if column.name in known else column
        for column in columns
    ]


def _remembering(spelled: ColumnFormat, before: ColumnFormat) -> ColumnFormat:
    return replace(spelled, sentinels=before.sentinels or spelled.sentinels, as_of=before.as_of or spelled.as_of)


def columns_like(readings: Mapping[str, Reading], like: Sequence[Column]) -> tuple[dict[str, Reading], list[Column]]:
    """The columns with their earlier roles, and how their cells are read: numbers are, brackets stand for what they did."""
    before = {column.name: column for column in like if column.role in KNOWN}
    read, columns = {}, []
    for name, reading in readings.items():
        column = before.get(name)
        if column is None:
            columns.append(Column(name, "ignored", reading.kind, name, reason=Reason("not-in-earlier-table")))
            read[name] = reading
            continue
        read[name] = _read_as_before(reading, column)
        columns.append(replace(column, missing=reading.look.rows - reading.valued, distinct=reading.look.distinct))
    return read, columns


def _read_as_before(reading: Reading, column: Column) -> Reading:
    if column.role != "feature":
        return reading
    if not reading.valued:
        return replace(reading, kind="number", sql="cast(null as double)", unread=0)
    if column.format.brackets and reading.kind in {"bracket", "category", "text"} and reading.look.values:
        points = {**reading.format.brackets, **column.format.brackets}
        absent = {text: count for text, count in reading.look.values.items() if text not in points}
        return replace(
            reading,
            kind="bracket",
            sql=value_sql(reading.look.text, "bracket", ColumnFormat(brackets=points)),
            format=ColumnFormat(brackets=points),
            absent=absent,
        )
    return (
        _numbers_as_before(reading, column.format, column.measures or "")
        if column.kind in {"number", "date"}
        else reading
    )


def _numbers_as_before(reading: Reading, before: ColumnFormat, measures: str) -> Reading:
    """A column of numbers, or of dates in figures, read so whatever single cells hold: one of them decides nothing."""
    form = next((form for form in before.dates if form in {*EPOCHS, SPREADSHEET} or form.startswith("%")), "")
    if reading.kind == "bracket" or (before.zeros and reading.look.type == "text" and not reading.look.plain):
        again = number_reading(reading.look, before.decimal or None, zeros=bool(before.zeros))
        reading = replace(again, measures=measures) if again else reading
    if form and reading.kind == "number":
        return replace(reading, kind="date", sql=figures_sql(form, reading.sql), format=ColumnFormat(dates=(form,)))
    return reading
