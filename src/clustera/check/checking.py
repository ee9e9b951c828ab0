"""The check itself: look, decide, turn into values, sort the rows, and say what was found."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from clustera.check.characters import plain_cells
from clustera.check.derived import derived_from
from clustera.check.elapsed import counted, counted_sql, counting_day, with_day
from clustera.check.encoding import on_encoding, undone_cells, undone_names
from clustera.check.findings import examples, examples_of, share
from clustera.check.ids import on_ids
from clustera.check.kinds import Reading, readings_of
from clustera.check.labels import decide_labels
from clustera.check.like import (
    absent,
    columns_like,
    kept_like,
    named_like,
    options_like,
    read_as_before,
    remembering,
    still_said,
)
from clustera.check.look import differs, look, value_of, with_values
from clustera.check.observations import on_columns, on_money, on_values
from clustera.check.options import CheckOptions
from clustera.check.overlap import on_overlap
from clustera.check.personal import masked, row_in_short
from clustera.check.placeholders import placeholders_of, with_placeholders
from clustera.check.roles import WORDS_CURE, candidates, columns_of, words_as_feature
from clustera.check.rows import LINES, VALUED, Sorted, sort_rows
from clustera.check.sensitive import on_sensitive
from clustera.check.values import (
    bounded_sql,
    drop_wrong_limits,
    findings_on_values,
    limits_of,
    sentinels_of,
    with_missing,
)
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError
from clustera.records import Balance, Checked, Column, Finding, Item, Raw, Value

DEFAULTS = CheckOptions()
ZERO_DAYS = (
    "0000-00-00",
    "00.00.0000",
    "00/00/0000",
    "0000-00-00 00:00:00",
)  # what MySQL and others write for "no date"
FEWEST_ROWS = 10
FEW_ROWS = 50
LOOKED, COUNTED, SORTED = 0.35, 0.45, 0.85  # shares of the time that are over when that is done
KEPT_CELLS = 2_000_000  # rows times columns up to which values are computed once and kept


def check(
    raw: Raw,
    *,
    options: CheckOptions = DEFAULTS,
    like: Sequence[Column] | None = None,
    before: Sequence[Column] = (),
    describing: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> Checked:
    """What every column is, every row as values, and every row that can't be used.

    Args:
        raw: What was read.
        options: What the caller says about columns and rows.
        like: Columns of a model: the table must have its features, and roles are not guessed.
        before: Columns of an earlier run: its roles hold where the caller says nothing, new columns are guessed.
        describing: The table only describes customers who are segmented by something else: it needs an id, no feature
            is guessed, and none is needed.
        progress: Told what is being done, and the share that is done; sometimes from another thread.

    Raises:
        InputError: the table can't be segmented, with the reason and the cure.
    """
    rows = raw.rows
    _refuse_few(raw, fewest=FEWEST_ROWS if like is None else 1)
    options = kept_like(options, like if like is not None else before)
    rows, renamed = undone_names(rows, keep=options.keep)
    names = [name for name in rows.columns if name not in {"_row", "_extra", "_label"}]
    before = still_said(before, options, names)
    known = like if like is not None else before
    if known:
        rows, options = named_like(rows, known, source=raw.source.name), options_like(options, known)
    rows, looks, doubled = undone_cells(rows, look(rows, progress=_part(progress, 0.0, LOOKED)), keep=options.keep)
    rows, looks = plain_cells(rows, looks)
    readings = decide_labels(
        rows, readings_of(rows, looks, options, semicolons=raw.source.spelling.get("separator") == ";")
    )
    with rows.engine.watched(_part(progress, LOOKED, COUNTED)):
        uniques = {name: differs(rows, readings[name].look) for name in candidates(readings)}
    if like is not None:
        readings, columns = columns_like(readings, like)
    else:
        readings, columns = _guessed(raw, readings, uniques, options, before=before, describing=describing)
    _refuse_roles(raw, columns, describing=describing)
    as_of = counting_day(rows, columns, readings, asked=options.as_of)
    cells = {
        column.name: _cell_sql(column, readings[column.name], as_of, raw) for column in columns if column.role in VALUED
    }
    guessed = like is None and not before and not options.features and "near-duplicate" not in options.keep
    twins = derived_from(rows, columns, cells, raw.source.rows) if guessed else {}
    columns = [_keeping(with_day(_without_twin(column, twins), as_of), options.keep) for column in columns]
    features = _feature_columns(columns)
    # What asks for a value more than once reads its cell once; what concerns one column alone, its different cells.
    parsed = with_values(rows, cells)
    if raw.source.rows * len(rows.columns) <= KEPT_CELLS:
        parsed = (
            parsed.keep()
        )  # planning the SQL of all columns takes longer than running it, and would come with every query
    alone = {column.name: _alone(rows, readings[column.name], cells[column.name]) for column in features}
    columns = drop_wrong_limits(alone, columns)
    sentinels = with_placeholders(
        sentinels_of(alone, features := _feature_columns(columns), readings),
        placeholders_of(parsed, columns, readings, keep=options.keep),
    )
    columns = [_with_sentinels(column, sentinels) for column in columns]
    values = _value_sql(columns, readings, sentinels)
    unique = any(column.role == "id" and uniques.get(column.name, False) for column in columns)
    with rows.engine.watched(_part(progress, COUNTED, SORTED)):
        sorted_rows = sort_rows(rows, parsed, columns, readings, values, unique=unique, keep=options.keep)
    columns = list(with_missing(columns, sorted_rows.missing))
    if like is None and sorted_rows.used < FEWEST_ROWS:
        raise _too_few(raw, sorted_rows.used, sorted_rows.reasons)
    customers = _without_lines(parsed, sorted_rows)
    found = absent(known, names) + on_encoding(renamed, doubled, columns, raw.source)
    found += on_ids(customers, columns, readings, raw.source.rows)
    found += findings_on_values(customers, alone, features, readings, sentinels, total=raw.source.rows)
    found += _findings(customers, columns, readings, sorted_rows, raw.source.rows)
    found += on_columns(customers, columns, readings, twins, raw.source.rows)
    found += on_values(sorted_rows.rows, customers, columns, readings, sorted_rows.used)
    found += _on_drawing(sorted_rows, columns, raw.source.rows) if like is None else []
    if sum(sorted_rows.reasons.values()) or any(finding.code in {"impossible-values", "sentinel"} for finding in found):
        found += on_money(parsed, sorted_rows.rows, columns, raw.source.rows)
    return Checked(
        source=raw.source,
        columns=tuple(columns),
        rows=sorted_rows.rows,
        quarantine=sorted_rows.quarantine,
        findings=tuple(map(_without_persons, (*(_in_short(f, columns) for f in raw.findings), *found))),
        balance=Balance(raw.source.rows, sorted_rows.used, sum(sorted_rows.reasons.values())),
    )


def _keep_few(parsed: Rows, total: int) -> Rows:
    """Rows with their values, computed once where they are few.

    To plan the SQL of many columns takes longer than to run it on a small table, and would come with every query.
    """
    return parsed.keep() if total * len(parsed.columns) <= KEPT_CELLS else parsed


def _alone(rows: Rows, reading: Reading, cell: str) -> Rows:
    """One column and its values, without the others: each query would name them all again."""
    name = reading.look.name
    own = rows.select(f"select {identifier(name)} from {{rows}}")
    return with_values(reading.look.alone(own), {name: cell})


def _refuse_few(raw: Raw, *, fewest: int) -> None:
    if not raw.source.rows:
        raise InputError(
            f"{raw.source.name} has column names but no rows.", hint="Export it again, with the customers."
        )
    if raw.source.rows < fewest:
        raise _too_few(raw, raw.source.rows, {})


def _refuse_roles(raw: Raw, columns: Sequence[Column], *, describing: bool) -> None:
    if not _feature_columns(columns) and not describing:
        raise _no_features(raw, columns)
    if describing and not any(column.role == "id" for column in columns):
        raise InputError(
            f"{raw.source.name} has no column that tells customers apart.",
            hint="Name it: --id COLUMN, as in the orders.",
        )


def _guessed(
    raw: Raw,
    readings: dict[str, Reading],
    uniques: Mapping[str, bool],
    options: CheckOptions,
    *,
    before: Sequence[Column],
    describing: bool,
) -> tuple[dict[str, Reading], list[Column]]:
    """What every column is by its name and values, where neither the caller nor an earlier run says it."""
    readings = read_as_before(readings, before)
    roles = {column.name: column.role for column in before if column.name in readings}
    columns = columns_of(readings, uniques, options, source=raw.source.name, before=roles, describing=describing)
    return readings, remembering(columns, before)


def _part(progress: Callable[[str, float], None] | None, low: float, high: float) -> Callable[[float], None] | None:
    return progress and (lambda share: progress("checking", low + (high - low) * share))


def _in_short(finding: Finding, columns: Sequence[Column]) -> Finding:
    """What reading found, with its rows as findings show them."""
    return replace(finding, examples=tuple((row, row_in_short(text, columns)) for row, text in finding.examples))


def _without_persons(finding: Finding) -> Finding:
    """Findings are shown to people who need no addresses; the quarantine keeps the rows as they stood."""
    shown = tuple((row, masked(text)) for row, text in finding.examples)
    return replace(finding, values={name: _masked(value) for name, value in finding.values.items()}, examples=shown)


def _masked(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(map(_masked_item, value))
    return _masked_item(value)


def _masked_item(item: Item) -> Item:
    if isinstance(item, Mapping):
        return {name: masked(cell) if isinstance(cell, str) else cell for name, cell in item.items()}
    return masked(item) if isinstance(item, str) else item


def _without_lines(rows: Rows, found: Sorted) -> Rows:
    """The source's rows but for lines that are no customers, so that a footer is not called an impossible age."""
    if not LINES & found.reasons.keys():
        return rows
    lines = ", ".join(map(literal, sorted(LINES)))
    apart = f"select row from {found.quarantine.name} where code in ({lines})"
    return rows.select(f"select * from {{rows}} where _row not in ({apart})")


def _with_sentinels(column: Column, sentinels: Mapping[str, Sequence[float]]) -> Column:
    found = sentinels.get(column.name)
    # What a date counts to depends on the day, so its sentinels are found anew.
    remembered = found and column.kind != "date"
    return replace(column, spelling={**column.spelling, "sentinels": list(found or ())}) if remembered else column


def _keeping(column: Column, keep: Sequence[str]) -> Column:
    # A later table is read by the columns alone, so they must know which fixes were switched off.
    return replace(column, spelling={**column.spelling, "keep": list(keep)}) if keep else column


def _without_twin(column: Column, twins: Mapping[str, str]) -> Column:
    twin = twins.get(column.name)
    return replace(column, role="ignored", reason=f"says the same as {twin}") if twin else column


def _feature_columns(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.role == "feature"]


def _cell_sql(column: Column, reading: Reading, as_of: datetime.date, raw: Raw) -> str:
    """SQL for what a cell holds; of a feature the number, before impossible ones are taken out."""
    if column.role != "feature":
        return reading.sql
    if reading.kind in {"date", "number"} and counted(column):
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
        value = value_of(column.name)
        if column.role == "feature":
            values[column.name] = bounded_sql(value, limits_of(column), sentinels.get(column.name, ()))
        elif column.role in VALUED:
            values[column.name] = value if column.role == "date" else _as_text(readings[column.name], value)
    return values


def _as_text(reading: Reading, sql: str) -> str:
    if reading.kind == "number":
        # A number beyond all whole ones that the engine has stays as it is written.
        whole = f"try_cast({sql} as hugeint)"
        return f"case when {sql} = {whole} then cast({whole} as varchar) else cast({sql} as varchar) end"
    if reading.kind == "bracket":
        # As a descriptor it says "5+", not the number that it could have been.
        return f"case when {sql} is not null then {reading.look.text} end"
    return f"cast({sql} as varchar)"


def _no_features(raw: Raw, columns: Sequence[Column]) -> InputError:
    seen = "; ".join(f"{column.name}: {column.role} ({column.reason})" for column in columns[:8])
    return InputError(
        f"{raw.source.name} has no column of numbers to segment by. {seen}{'; ...' if len(columns) > 8 else ''}.",
        hint="Add what customers do or are in numbers, such as spend, orders or age; or name columns with --features.",
    )


def _too_few(raw: Raw, used: int, reasons: Mapping[str, int]) -> InputError:
    rows = raw.source.rows
    seen = f"{raw.source.name} has {rows:,} {'row' if rows == 1 else 'rows'}"
    hint = "Pass a table with more customers, one row each."
    if reasons:
        why = "; ".join(f"{count:,} x {code}" for code, count in reasons.items())
        seen += f", of which {used:,} can be used (left out: {why})"
        hint = "Correct the rows, or name other columns with --id and --features."
    return InputError(f"{seen}; fewer than {FEWEST_ROWS} customers can't be segmented.", hint=hint)


def _findings(
    rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], found: Sorted, total: int
) -> list[Finding]:
    findings = [_quarantined(found, columns, code, count, total) for code, count in found.reasons.items()]
    for column in columns:
        reading = readings[column.name]
        findings += _on_missing(rows, column, reading, found, total)
        if column.role == "feature" and reading.kind == "bracket":  # a later table may have plain numbers
            points = [{"text": text, "value": value} for text, value in reading.spelling["brackets"].items()]
            findings.append(
                Finding(
                    code="brackets",
                    severity="note",
                    column=column.name,
                    count=total,
                    share=1.0,
                    examples=examples(rows, column.name, f"{reading.sql} is not null")[1],
                    values={
                        "title": column.title,
                        "brackets": len(points),
                        "first": tuple(points[:2]),
                        "last": points[-1],
                    },
                )
            )
        findings += on_sensitive(column, total)
    return findings


def _on_drawing(found: Sorted, columns: Sequence[Column], total: int) -> list[Finding]:
    """What matters only where segments are drawn, and not where customers are assigned to those of a model."""
    few = Finding(
        code="few-rows",
        severity="warning",
        count=found.used,
        share=share(found.used, total),
        values={"fewest": FEW_ROWS},
    )
    return [*([few] if found.used < FEW_ROWS else []), *on_overlap(found.rows, columns, found.used)]


def _on_missing(rows: Rows, column: Column, reading: Reading, found: Sorted, total: int) -> list[Finding]:
    findings = []
    if column.role == "feature" and column.missing:
        part = share(column.missing, found.used)
        findings.append(
            Finding(
                code="missing-values",
                severity="warning" if part >= 0.05 else "note",
                column=column.name,
                count=column.missing,
                share=share(column.missing, total),
                examples=examples_of(rows, column.name, found.rows, f"{identifier(column.name)} is null"),
                values={"title": column.title, "of": total},
            )
        )
    # A day such as 31/02 looks like a date until it is read.
    unread = reading.unread or (column.kind == "date" and reading.look.type == "text" and column.missing)
    if column.role in {"feature", "date"} and unread and column.kind != "bracket":
        cells = f"{identifier(column.name)} is not null and trim(cast({identifier(column.name)} as varchar)) <> '' and {reading.sql} is null"
        absent = (*reading.absent, *(ZERO_DAYS if column.kind == "date" else ()))
        if absent:
            words = ", ".join(literal(word.lower()) for word in absent)
            cells += f" and lower(trim(cast({identifier(column.name)} as varchar))) not in ({words})"
        # A line that is not used for another reason has been told already.
        count, shown = examples(rows, column.name, f"({cells}) and _row in (select _row from {found.rows.name})")
        if count:
            findings.append(
                Finding(
                    code="mixed-types",
                    severity="warning",
                    column=column.name,
                    count=count,
                    share=share(count, total),
                    examples=shown,
                    values={
                        "title": column.title,
                        "of": total,
                        "kind": "dates" if reading.kind == "date" else "numbers",
                    },
                )
            )
    return findings


def _quarantined(found: Sorted, columns: Sequence[Column], code: str, count: int, total: int) -> Finding:
    key = next((column.name for column in columns if column.role == "id"), "id")
    dated = any(column.kind == "date" for column in columns)
    rows = found.quarantine.query(
        f"select row, text from {{rows}} where code = '{code}' order by row limit 3"
    ).to_pylist()
    return Finding(
        code=code,
        severity="warning",
        count=count,
        share=share(count, total),
        examples=tuple((row["row"], row_in_short(row["text"], columns)) for row in rows),
        values={"of": total, "id": key, "dated": dated},
    )
