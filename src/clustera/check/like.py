"""A later table held against the columns of an earlier one: nothing is guessed, what is missing is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clustera.check.cells import cell_sql, has_counted_days
from clustera.check.elapsed import counted_from_date
from clustera.check.kinds import ENOUGH, Reading, absent_words
from clustera.check.look import Look, measure_columns, plain_number
from clustera.check.mixed_shares import percents_sql
from clustera.check.options import CheckOptions
from clustera.check.roles import find_column, unknown_columns_error
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.records import Column, ColumnFormat, Finding, Kind, Reason, columns_told, names_told, own_columns
from clustera.written_dates import EPOCHS, SPREADSHEET

NEEDED = {"feature", "id"}
KNOWN = NEEDED | {"descriptor", "date"}


def _columns_lacking(lacking: Sequence[Column], names: Sequence[str], free: Sequence[str], source: str) -> InputError:
    near = {column.name: other for column in lacking if (other := closest(column.name, free))}
    renames = "; ".join(f"{other!r} to {name!r}" for name, other in near.items())
    if near:
        hint = f"Rename {renames}, if that is what {'it holds' if len(near) == 1 else 'they hold'}."
    elif all(column.role == "id" for column in lacking):
        hint = "Say which column holds the id: --id COLUMN."
    else:
        hint = "Add the missing columns."
    listed = ", ".join(repr(column.name) for column in lacking)
    return InputError(f"{source} lacks {listed}, which the segments need; it has: {', '.join(names[:20])}.", hint=hint)


def named_as_in_model(
    rows: Rows,
    like: Sequence[Column],
    *,
    source: str,
    id: str | None = None,  # noqa: A002 - the option's name
    own: Mapping[str, str],
) -> tuple[Rows, dict[str, str]]:
    """The rows under the names of the earlier columns, and which names were changed, old -> new; other columns keep theirs.

    Args:
        rows: Of the later table.
        like: The earlier columns.
        source: The later table's name.
        id: What the later table calls the column of the id, where that is another name.
        own: Column -> its name in the later table, where reading changed it.

    Raises:
        InputError: a feature or the id is missing; says which name comes closest.
    """
    # By their own names: what one table has under a name of ours, another may have under its own.
    told = names_told(own, rows.columns)
    names = {told.get(name, name): name for name in own_columns(rows.columns)}
    before = columns_told(like)
    known = {column.name: before.get(column.name, column.name) for column in like if column.role in KNOWN}
    found = {name: find_column(wanted, [*names]) for name, wanted in known.items()}
    if id is not None:
        found |= {column.name: _id_column(told.get(id, id), [*names], source) for column in like if column.role == "id"}
    lacking = [
        replace(column, name=known[column.name])
        for column in like
        if column.role in NEEDED and found[column.name] is None
    ]
    if lacking:
        raise _columns_lacking(lacking, [*names], [name for name in names if name not in found.values()], source)
    found = {name: None if here is None else names[here] for name, here in found.items()}
    earlier = {name: column for column, name in found.items() if name is not None}
    return _renamed_columns(rows, earlier), earlier


def _renamed_columns(rows: Rows, names: Mapping[str, str]) -> Rows:
    """The rows with other names of some columns, old -> new; a column whose name another one gets is left out."""
    taken = {name.casefold() for name in names.values()}
    cells = ", ".join(
        identifier(name) + (f" as {identifier(names[name])}" if name in names else "")
        for name in rows.columns
        if name in names or name.casefold() not in taken
    )
    return rows.select(f"select {cells} from {{rows}}")


def _id_column(name: str, names: Sequence[str], source: str) -> str:
    found = find_column(name, names)
    if found is None:
        raise unknown_columns_error([name], names, source=source)
    return found


def options_as_in_model(options: CheckOptions, like: Sequence[Column]) -> CheckOptions:
    """The options, with what the earlier table tells where this one leaves it open."""
    learned: dict[str, Any] = {}
    decimals = {column.format.decimal for column in like} - {""}
    orders = {column.format.order for column in like} - {"", "ymd"}
    if options.decimal is None and len(decimals) == 1:
        learned["decimal"] = decimals.pop()
    if options.dates is None and len(orders) == 1:
        learned["dates"] = orders.pop()
    return options.model_copy(update=learned)


def fixes_as_in_model(options: CheckOptions, like: Sequence[Column]) -> CheckOptions:
    """The options, with the fixes that the earlier table switched off."""
    kept = {code for column in like for code in column.format.keep} | set(options.keep)
    return options.model_copy(update={"keep": tuple(sorted(kept))}) if like else options


def undecided_columns(before: Sequence[Column], options: CheckOptions, names: Sequence[str]) -> list[Column]:
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


def absent_descriptors(like: Sequence[Column], names: Sequence[str]) -> list[Finding]:
    """A note for each column that only described the earlier segments and is missing now."""
    return [
        Finding("missing-column", "note", column.name, values={"title": column.title})
        for column in like
        if column.role in {"descriptor", "date"} and find_column(column.name, names) is None
    ]


def read_as_before(rows: Rows, readings: Mapping[str, Reading], before: Sequence[Column]) -> dict[str, Reading]:
    """How cells are read, where an earlier run's columns say it.

    A feature's cells are read by the run's rules, each by itself, so that no cell decides how another is read. By this table's own
    rules they are read only where the run's can't read most of them: then the whole column is written otherwise.

    Args:
        rows: The table's rows.
        readings: How this table by itself would read its columns.
        before: The earlier run's columns.
    """
    known = {column.name: column for column in before if column.role in {"feature", "date"} and column.name in readings}
    own = {name: _read_as_run(rows, readings[name], column) for name, column in known.items()}
    found = {name: _better_reading(readings[name], own[name], column) for name, column in known.items()}
    # A table with decimal commas in one column has them in the others, where "1.200" could be either.
    marks = {one.format.decimal for name, one in found.items() if one is not own[name] and one.kind == "number"} - {""}
    for name, reading in readings.items():
        if name in found and reading.kind == "number" and reading.format.decimal in marks:
            found[name] = reading if reading.valued >= found[name].valued else found[name]
    return {**readings, **found}


def with_learned_cells(columns: Sequence[Column], before: Sequence[Column]) -> list[Column]:
    """The columns with what an earlier run learned of their cells: numbers for "unknown", the day of counting."""
    known = {column.name: column.format for column in before}
    return [
        replace(column, format=_remembering(column.format, known[column.name])) if column.name in known else column
        for column in columns
    ]


def _remembering(spelled: ColumnFormat, before: ColumnFormat) -> ColumnFormat:
    return replace(spelled, sentinels=before.sentinels or spelled.sentinels, as_of=before.as_of or spelled.as_of)


def columns_as_in_model(
    rows: Rows, readings: Mapping[str, Reading], like: Sequence[Column]
) -> tuple[dict[str, Reading], list[Column]]:
    """The columns with their earlier roles, and how their cells are read, see `read_as_before`."""
    before = {column.name: column for column in like if column.role in KNOWN}
    read, columns = read_as_before(rows, readings, list(before.values())), []
    for name, reading in read.items():
        column = before.get(name)
        if column is None:
            columns.append(Column(name, "ignored", reading.kind, name, reason=Reason("not-in-earlier-table")))
        else:
            columns.append(replace(column, missing=reading.look.rows - reading.valued, distinct=reading.look.distinct))
    return read, columns


def _read_as_run(rows: Rows, reading: Reading, column: Column) -> Reading | None:
    """A column read by the run's rules; None where they concern another type of cells, such as dates where numbers are."""
    look, form = reading.look, column.format
    brackets = column.kind == "bracket" or bool(form.brackets)
    if not _concerns_type(look.type, column, brackets=brackets):
        return None
    plain = look.type == "number" or (look.plain and not reading.format.decimal and form.decimal in {"", "."})
    if column.kind == "number" and not brackets and plain:
        return replace(
            reading,
            kind="number",
            sql=_typed_number(column),
            format=ColumnFormat(),
            absent={},
            unread=0,
        )
    if brackets:
        form = ColumnFormat(brackets={**reading.format.brackets, **form.brackets})
    sql = cell_sql(replace(column, role="feature", format=form), look)
    if sql == reading.sql:
        return reading
    kind: Kind = "bracket" if brackets else column.kind
    if kind not in {"number", "bracket", "date"}:
        return None
    read, measured = _measured_cells(rows, look, sql, kind)
    absent = {text: n for text, n in absent_words(look).items() if text not in {*form.zeros, *form.brackets}}
    unread = max(0, look.filled - sum(absent.values()) - read)
    spelled = ColumnFormat(form.decimal, form.group, form.unit, form.owed, form.zeros, form.shares, form.duration)
    if kind != "number":
        spelled = ColumnFormat(order=form.order, dates=form.dates, months=form.months, brackets=form.brackets)
    return replace(
        reading,
        look=replace(look, **measured),
        kind=kind,
        sql=sql,
        format=spelled,
        absent=absent,
        unread=unread,
        ambiguous="",
    )


def _typed_number(column: Column) -> str:
    number = plain_number(column.name)
    return percents_sql(number) if column.format.shares else number


def _concerns_type(type_: str, column: Column, *, brackets: bool) -> bool:
    """Whether cells of a type can be what the run read: numbers are no brackets, and dates only where they are figures."""
    if type_ != "number":
        return type_ == "text"
    figures = any(one in {*EPOCHS, SPREADSHEET} or one.startswith("%") for one in column.format.dates)
    return not brackets and (column.kind != "date" or figures)


def _measured_cells(rows: Rows, look: Look, sql: str, kind: Kind) -> tuple[int, dict[str, Any]]:
    """How many cells have a value, and of numbers what they are."""
    each = "_cells" if look.cells else "1"
    if kind == "number":
        measured = measure_columns(look.alone(rows), {look.name: sql}, each=each)[look.name]
        return int(measured["numbers"] or 0), measured
    counted = look.alone(rows).query(
        f"select cast(sum({each}) filter (({sql}) is not null) as bigint) as n from {{rows}}"
    )
    return int(counted["n"][0].as_py() or 0), {}


def _better_reading(reading: Reading, own: Reading | None, column: Column) -> Reading:
    """The run's way to read a column, unless the table's own reads more where the run's leaves many cells unread."""
    if column.role == "feature" and not reading.look.filled:
        return replace(reading, kind="number", sql="cast(null as double)", unread=0)
    if own is None:
        return reading
    if has_counted_days(column) or column.role == "date":
        usable = reading.kind == "date"
    else:
        usable = reading.kind in {"number", "bracket"} or (reading.kind == "date" and counted_from_date(column))
    few = own.unread <= max(1.0, (1.0 - ENOUGH) * (own.valued + own.unread))
    return own if own.valued and (few or not usable or own.valued >= reading.valued) else reading
