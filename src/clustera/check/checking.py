"""The check itself: look, decide, turn into values, sort the rows, and say what was found."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from clustera.check.codes import with_code_digits
from clustera.check.derived import derived_from
from clustera.check.elapsed import counted_from_date, counted_sql, counting_day, with_counting_day
from clustera.check.encoding import on_encoding
from clustera.check.ids import named_as_ids, on_ids, without_name_of_ids
from clustera.check.inspection import Inspection
from clustera.check.kinds import Reading
from clustera.check.like import (
    absent_descriptors,
    columns_as_in_model,
    read_as_before,
    undecided_columns,
    with_learned_cells,
)
from clustera.check.look import value_column_sql, with_values
from clustera.check.missing import on_drawing, on_gaps_and_rows, told_as_empty
from clustera.check.observations import on_columns, on_money, on_values
from clustera.check.options import CheckOptions
from clustera.check.personal import mask_finding, masked_row, with_told_names
from clustera.check.placeholders import placeholders_of, with_placeholders
from clustera.check.refusals import (
    FEWEST_ROWS,
    no_features_error,
    none_usable_error,
    refuse_few_rows,
    refuse_without_id,
    too_few_rows_error,
)
from clustera.check.roles import WORDS_CURE, column_roles, find_column, words_as_feature
from clustera.check.rows import LINES, VALUED, Sorted, sort_rows
from clustera.check.second_table import on_second_table
from clustera.check.table import COUNTED, SORTED, Table, open_table, part_of_check
from clustera.check.values import (
    bounded_sql,
    drop_wrong_limits,
    kept_sentinels,
    limits_of,
    on_limits,
    refuse_impossible_values,
    sentinels_of,
    with_missing,
    with_sentinels,
)
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError, own_names_told
from clustera.progress import Progress
from clustera.records import (
    NOISE,
    Balance,
    Checked,
    Column,
    Finding,
    Raw,
    Reason,
    Role,
    columns_told,
    names_told,
    own_columns,
)

DEFAULTS = CheckOptions()
KEPT_CELLS = 2_000_000  # rows times columns up to which values are computed once and kept


@own_names_told
def check(
    raw: Raw, *, options: CheckOptions = DEFAULTS, before: Sequence[Column] = (), progress: Progress | None = None
) -> Checked:
    """What every column is, every row as values, and every row that can't be used.

    Args:
        raw: What was read.
        options: What the caller says about columns and rows.
        before: Columns of an earlier run: its roles hold where the caller says nothing, new columns are guessed.
        progress: Told what is being done, and the share that is done; sometimes from another thread.

    Raises:
        InputError: the table can't be segmented, with the reason and the cure.
    """
    refuse_few_rows(raw, fewest=FEWEST_ROWS)
    table = open_table(raw, options, known=partial(undecided_columns, before), earlier=before, progress=progress)
    readings, columns = _guessed(table, describing=False)
    if other := named_as_ids(columns):
        return check(without_name_of_ids(raw, other), options=options, before=before, progress=progress)
    if not _feature_columns(columns):
        raise no_features_error(raw, columns)
    return _drawable(_inspected(table, readings, columns, progress), table)


@own_names_told
def check_descriptions(raw: Raw, *, options: CheckOptions = DEFAULTS) -> Checked:
    """As `check`, of a table that only describes customers who are segmented by something else: it needs an id.

    Raises:
        InputError: no column tells customers apart, or too few rows can be used.
    """
    refuse_few_rows(raw, fewest=FEWEST_ROWS)
    table = open_table(raw, options, known=lambda _options, _names: (), earlier=(), progress=None)
    readings, columns = _guessed(table, describing=True)
    if other := named_as_ids(columns):
        return check_descriptions(without_name_of_ids(raw, other), options=options)
    refuse_without_id(raw, columns)
    return _drawable(_inspected(table, readings, columns, None), table)


@own_names_told
def check_like(
    raw: Raw, columns: Sequence[Column], *, options: CheckOptions = DEFAULTS, progress: Progress | None = None
) -> Checked:
    """As `check`, of a table whose customers are assigned to the segments of a model: nothing is guessed.

    Args:
        raw: What was read.
        columns: Of the model: the table must have its features.
        options: What the caller says about rows.
        progress: As for `check`.

    Raises:
        InputError: the table lacks a feature, or it holds no numbers, or no row of it can be assigned.
    """
    if options.id is not None and not any(column.role == "id" for column in columns):
        raise InputError("These segments were drawn without an id, so none is read.", hint="Leave --id out.")
    refuse_few_rows(raw, fewest=1)
    table = open_table(raw, options, known=lambda _options, _names: columns, earlier=columns, progress=progress)
    readings, known = columns_as_in_model(table.rows, table.readings, columns)
    if not _feature_columns(known):
        raise no_features_error(raw, known)
    seen = _inspected(table, readings, known, progress, judged=False)
    if not seen.sorted.used:
        raise none_usable_error(raw, seen)
    return _whole_check(seen, table, told_as_empty(_all_findings(seen, table), seen.sorted.used))


def check_features_like(raw: Raw, features: Sequence[Column], *, options: CheckOptions = DEFAULTS) -> Checked:
    """As `check_like`, of a customer table beside orders: the features are those of a model, all other columns describe.

    Args:
        raw: What was read.
        features: Of the model, those that came from such a table.
        options: What the caller says about columns and rows; the features in it do not count.

    Raises:
        InputError: the table lacks a feature, or no column tells customers apart, or no row can be used.
    """
    refuse_few_rows(raw, fewest=1)
    names = [find_column(feature.name, own_columns(raw.rows.columns)) or feature.name for feature in features]
    asked = options.model_copy(update={"features": tuple(names)})
    table = open_table(raw, asked, known=lambda _options, _names: (), earlier=(), progress=None)
    _, columns = _guessed(table, describing=False)
    if other := named_as_ids(columns):
        return check_features_like(without_name_of_ids(raw, other), features, options=options)
    refuse_without_id(raw, columns)
    return check_like(raw, [*(column for column in columns if column.role != "feature"), *features], options=options)


def _drawable(seen: Inspection, table: Table) -> Checked:
    """What was found, where enough customers are left to draw segments."""
    refuse_impossible_values(seen)
    if seen.sorted.used < FEWEST_ROWS:
        raise too_few_rows_error(table.raw, seen.sorted.used, seen.sorted.reasons)
    return _whole_check(seen, table, [*_all_findings(seen, table), *on_drawing(seen)])


def _inspected(
    table: Table,
    readings: Mapping[str, Reading],
    columns: Sequence[Column],
    progress: Progress | None,
    *,
    judged: bool = True,
) -> Inspection:
    """Every cell as a value, and every row used or left out.

    Args:
        table: Its cells.
        readings: How they are read.
        columns: What the columns are.
        progress: Told what is being done.
        judged: The rows decide which values are impossible and which stand for "unknown"; else an earlier run has, so that no
            customer's values depend on the other rows.
    """
    rows, options, raw = table.rows, table.options, table.raw
    columns = [replace(column, own_name=table.own_names.get(column.name, "")) for column in columns]
    as_of = counting_day(rows, columns, readings, asked=options.as_of)
    cells = {
        column.name: _cell_sql(column, readings[column.name], as_of, raw) for column in columns if column.role in VALUED
    }
    guessed = not table.known and not options.features and "near-duplicate" not in options.keep
    twins = derived_from(rows, columns, cells, raw.source.rows) if guessed else {}
    columns = [_keeping(with_counting_day(_without_twin(column, twins), as_of), options.keep) for column in columns]
    # What asks for a value more than once reads its cell once; what concerns one column alone, its different cells.
    parsed = with_values(rows, cells)
    if raw.source.rows * len(rows.columns) <= KEPT_CELLS:
        # To plan the SQL of all columns takes longer than to run it, and would come with every query.
        parsed = parsed.keep()
    alone = {
        column.name: _alone(parsed, readings[column.name], cells[column.name]) for column in _feature_columns(columns)
    }
    if judged:
        columns = drop_wrong_limits(alone, columns, readings)
        sentinels = with_placeholders(
            sentinels_of(alone, _feature_columns(columns), readings),
            placeholders_of(parsed, columns, readings, keep=options.keep),
        )
        columns = [with_sentinels(column, sentinels) for column in columns]
    else:
        sentinels = kept_sentinels(_feature_columns(columns))
    values = _value_sql(columns, readings, sentinels)
    unique = any(column.role == "id" and table.uniques.get(column.name, False) for column in columns)
    with rows.engine.watched(part_of_check(progress, COUNTED, SORTED)):
        sorted_rows = sort_rows(
            rows,
            parsed,
            columns,
            readings,
            values,
            total=raw.source.rows,
            unique=unique,
            keep=options.keep,
            again=table.again,
        )
    return Inspection(
        total=raw.source.rows,
        given=parsed,
        rows=_without_lines(parsed, sorted_rows),
        columns=with_missing(columns, sorted_rows.missing),
        readings=readings,
        alone=alone,
        sentinels=sentinels,
        twins=twins,
        sorted=sorted_rows,
    )


def _all_findings(seen: Inspection, table: Table) -> list[Finding]:
    found = absent_descriptors(table.known, table.names)
    found += on_encoding(table.renamed, table.doubled, seen.columns, table.raw.source)
    found += table.restored
    found += on_second_table(seen)
    found += on_ids(seen)
    found += on_limits(seen)
    found += on_gaps_and_rows(seen)
    found += on_columns(seen)
    found += on_values(seen)
    return found


def _whole_check(seen: Inspection, table: Table, found: Sequence[Finding]) -> Checked:
    source = table.raw.source
    if seen.sorted.reasons or any(finding.code in {"impossible-values", "sentinel"} for finding in found):
        found = [*found, *on_money(seen)]
    told = (*(_in_short(finding, seen.columns) for finding in table.raw.findings), *found)
    names = columns_told(seen.columns)
    return Checked(
        source=source,
        columns=tuple(replace(column, reason=with_told_names(column.reason, names)) for column in seen.columns),
        rows=seen.sorted.rows,
        quarantine=seen.sorted.quarantine,
        findings=tuple(with_told_names(mask_finding(finding), names) for finding in told),
        balance=Balance(source.rows, seen.sorted.used, sum(seen.sorted.reasons.values())),
    )


def _alone(parsed: Rows, reading: Reading, cell: str) -> Rows:
    """One column and its values, without the others: each query would name them all again."""
    name = reading.look.name
    if reading.look.cells:
        return with_values(reading.look.cells, {name: cell})
    return parsed.select(f"select {identifier(name)}, {value_column_sql(name)} from {{rows}}")


def _guessed(table: Table, *, describing: bool) -> tuple[dict[str, Reading], list[Column]]:
    """What every column is by its name and values, where neither the caller nor an earlier run says it."""
    readings = read_as_before(table.rows, table.readings, table.known)
    roles = {column.name: _role_before(column) for column in table.known if column.name in readings}
    columns = column_roles(
        readings,
        table.uniques,
        table.copied,
        table.options,
        source=table.source,
        before=roles,
        describing=describing,
        told=names_told(table.own_names, table.names),
    )
    return readings, with_code_digits(table.rows, with_learned_cells(columns, table.known), readings)


def _role_before(column: Column) -> Role:
    """The role of an earlier run's column; whether a feature tells segments apart is found anew."""
    return "feature" if column.reason.code == NOISE else column.role


def _in_short(finding: Finding, columns: Sequence[Column]) -> Finding:
    """What reading found, with its rows as findings show them."""
    return replace(finding, examples=tuple((row, masked_row(text, columns)) for row, text in finding.examples))


def _without_lines(rows: Rows, found: Sorted) -> Rows:
    """The source's rows but for lines that are no customers, so that a footer is not called an impossible age."""
    if not LINES & found.reasons.keys():
        return rows
    lines = ", ".join(map(literal, sorted(LINES)))
    apart = f"select row from {found.quarantine.name} where code in ({lines})"
    return rows.select(f"select * from {{rows}} where _row not in ({apart})")


def _keeping(column: Column, keep: Sequence[str]) -> Column:
    # A later table is read by the columns alone, so they must know which fixes were switched off.
    return replace(column, format=replace(column.format, keep=tuple(keep))) if keep else column


def _without_twin(column: Column, twins: Mapping[str, str]) -> Column:
    twin = twins.get(column.name)
    return replace(column, role="ignored", reason=Reason("twin", {"twin": twin})) if twin else column


def _feature_columns(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.role == "feature"]


def _cell_sql(column: Column, reading: Reading, as_of: datetime.date, raw: Raw) -> str:
    """SQL for what a cell holds; of a feature the number, before impossible ones are taken out."""
    if column.role != "feature":
        written = f"case when {reading.sql} is not null then {reading.look.text} end"
        return written if _stands_as_written(reading) else reading.sql
    if reading.kind in {"date", "number"} and counted_from_date(column):
        return counted_sql(column, reading, as_of)
    if reading.kind in {"number", "bracket"}:
        return reading.sql
    raise InputError(words_as_feature(column.name, reading.kind, raw.source.name), hint=WORDS_CURE)


def _value_sql(
    columns: Sequence[Column],
    readings: Mapping[str, Reading],
    sentinels: Mapping[str, Sequence[float]],
) -> dict[str, str]:
    values = {}
    for column in columns:
        value = value_column_sql(column.name)
        if column.role == "feature":
            values[column.name] = bounded_sql(value, limits_of(column), sentinels.get(column.name, ()))
        elif column.role in VALUED:
            as_it_stands = column.role == "date" or _stands_as_written(readings[column.name])
            values[column.name] = value if as_it_stands else _as_text(readings[column.name], value)
    return values


def _stands_as_written(reading: Reading) -> bool:
    """Whether a descriptor's numbers stand as they are written: "5+", or the code 02115, whose zeros belong to it."""
    look = reading.look
    code = look.type == "text" and look.zeros > 0 and (look.high or 0.0) >= 100.0  # a month may be 01 or 1
    return reading.kind == "bracket" or (reading.kind == "number" and code)


def _as_text(reading: Reading, sql: str) -> str:
    if reading.kind == "number":
        # A number beyond all whole ones that the engine has stays as it is written.
        whole = f"try_cast({sql} as hugeint)"
        return f"case when {sql} = {whole} then cast({whole} as varchar) else cast({sql} as varchar) end"
    return f"cast({sql} as varchar)"
