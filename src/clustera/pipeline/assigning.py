"""Checked rows and a model's centers -> who is in which segment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import prepare
from clustera.cluster.assign import assign
from clustera.days import MONTH, sales_days
from clustera.engines import Engine, Rows, column_of, identifier, literal, mapped_sql
from clustera.progress import Progress
from clustera.records import CALLED, NOISE, Action, Checked, Column, Model, Outcome

_DIGITS = 100_000
_DRAWN = f"key % {_DIGITS}"  # the last digits of keys: an order that has nothing to do with who the customers are
SCHEMA = pa.schema(
    [
        ("_row", pa.int64()),
        ("place", pa.int32()),
        ("distance", pa.float64()),
        ("second_place", pa.int32()),
        ("borderline", pa.bool_()),
        ("outlier", pa.bool_()),
    ]
)
_WHO = pa.schema([("_id", pa.string()), ("_key", pa.uint64())])
_ASSIGNED = pa.schema([*_WHO, *SCHEMA])


def assignments(
    prepared: Rows, centers: npt.NDArray[np.float64], borderline: float, progress: Progress | None = None
) -> Iterator[pa.RecordBatch]:
    """The nearest and the second nearest center of every customer; "place" is the center's position in the model."""
    done, rows = 0, prepared.count()
    for batch in prepared.batches():
        points = prepare.points_of_table(batch, centers.shape[1])
        yield _assigned(points, centers, borderline, batch.column("_row"), batch.column("outlier"))
        done += batch.num_rows
        if progress:
            progress("assigning", done / rows)


def assigned_by(model: Model, rows: Rows, engine: Engine, *, progress: Progress | None = None) -> Rows:
    """Checked rows, assigned by a model that was made before: `_id`, `_key` and the columns of `SCHEMA`.

    Every row is read once, and goes to a file of the engine's folder where there are many: memory does not grow with the table.
    """
    centers, total = np.array(model.centers), rows.count()
    names = [feature.name for feature in model.preparation.features]

    def batches() -> Iterator[pa.RecordBatch]:
        done = 0
        # The id passes by with the points: to look it up afterwards takes a join, which holds the table.
        for batch in rows.batches(["_row", "_key", "_id", *names], rows=prepare.BLOCK_ROWS):
            block = prepare.prepared_block(batch, model.preparation)
            found = _assigned(block.points, centers, model.borderline, batch.column("_row"), column_of(block.outlier))
            yield pa.RecordBatch.from_arrays([*map(batch.column, _WHO.names), *found.columns], schema=_ASSIGNED)
            done += batch.num_rows
            if progress:
                progress("assigning", done / total)

    return engine.collect(batches(), _ASSIGNED, held_rows=prepare.BLOCK_ROWS)


def predicted_labels(model: Model, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The segments (n,) that `predict` gives: by the preparation and the centers of the model.

    Args:
        model: Of a run.
        values: (n, n_features), original units, NaN where missing.
    """
    return np.array(model.segments, dtype=np.int64)[assign(points_by(model, values), np.array(model.centers))[0]]


def points_by(model: Model, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Values (n, n_features), NaN where missing, prepared as the model does; an outlier is prepared like everybody else."""
    none = np.zeros(len(values), dtype=np.int64)
    with np.errstate(over="ignore"):
        return prepare.prepare_block(
            none, none.astype(np.uint64), values, replace(model.preparation, isolation=None)
        ).points


def _assigned(
    points: npt.NDArray[np.float32],
    centers: npt.NDArray[np.float64],
    borderline: float,
    row: pa.Array,
    outlier: pa.Array,
) -> pa.RecordBatch:
    nearest, distance, second, further = assign(points, centers)
    between = (further - distance) < borderline * further
    made: list[npt.NDArray[Any]] = [nearest, distance.round(6), second, between]
    return pa.RecordBatch.from_arrays([row, *map(column_of, made), outlier], schema=SCHEMA)


def pick_sql(values: Sequence[int]) -> str:
    """SQL for a list, to be indexed from 1."""
    return f"list_value({', '.join(map(str, values))})"


def with_segments(rows: Rows, segments: Sequence[int]) -> Rows:
    """Rows with the identities `segment` and `second_segment` for the positions `place` and `second_place`."""
    chosen = pick_sql(segments)
    return rows.select(
        f"select * exclude (place, second_place), {chosen}[place + 1] as segment, "
        f"{chosen}[second_place + 1] as second_segment from {{rows}}"
    )


_UNNAMED = "cast(null as varchar)"


def customers_table(rows: Rows, names: Mapping[int, str]) -> Rows:
    """The table that users get: id, segment, name, distance, second_segment, borderline, outlier, key.

    `key` is a hash of the id (of the values where there is no id): whoever has the same id has the same key in every run,
    so that a control group can be made again.
    """
    return rows.select(
        f"select _id as id, segment, {mapped_sql('segment', names, otherwise=_UNNAMED)} as name, distance, second_segment, borderline, outlier, "
        "_key as key from {rows}"
    )


def values_of(rows: Rows, checked: Checked) -> Rows:
    """Every customer's features and descriptors as they were checked, by `id`; in original units, empty where missing."""
    columns = (*checked.role("feature"), *checked.role("descriptor"))
    told = [_value_cell(column) for column in columns if column.name.lower() != "id"]
    return rows.select(f"select {', '.join(('_id as id', *told))} from {{rows}}")


def _value_cell(column: Column) -> str:
    """SQL for a value as files show it; a number that forms no segments stays a number."""
    cell = identifier(column.name)
    return f"try_cast({cell} as double) as {cell}" if column.reason.code == NOISE else cell


def with_segment_before(customers: Rows, before: Rows, names: Mapping[int, str]) -> Rows:
    """The customers with `segment_before` and `name_before`: where they were earlier; empty for who was not known then.

    Args:
        customers: id, segment, name, ...
        before: id and segment on the earlier day, or in the earlier run.
        names: Of those segments.
    """
    known = [name for name in ("segment_before", "name_before") if name in customers.columns]
    if known:
        customers = customers.select(f"select * exclude ({', '.join(known)}) from {{rows}}")
    named = mapped_sql("b.segment", names, otherwise=_UNNAMED)
    cells = f"b.segment as segment_before, {named} as name_before"
    return with_more_cells(customers, cells, "left join {before} b on b.id = c.id", before=before)


def with_more_cells(customers: Rows, cells: str, joined: str = "", **others: Rows) -> Rows:
    """The customers with further columns, in their own order, which a join or a window alone would not keep.

    Args:
        customers: The customers, `c` in the SQL.
        cells: SQL of the further columns.
        joined: SQL that joins other tables.
        **others: These tables.
    """
    placed = customers.select("select row_number() over () as _place, * from {rows}").keep()
    return placed.select(
        f"select c.* exclude (_place), {cells} from {{rows}} c {joined} order by c._place", **others
    ).keep()


def with_actions(customers: Rows, actions: Sequence[Action], labels: Sequence[str]) -> Rows:
    """The customers with `action` (its label), `action_code` (the rule) and `control` (to be left out of it).

    `_subset` of the customers, where it is known, is used up. The control group of an action is as large as the action says: those of its customers who come first in an order that
    their keys give, and that is the same in every run.
    """
    cases = [
        f"when segment = {action.segment}{_among_segments(action, customers.columns)} then {place}"
        for place, action in enumerate(actions)
    ]
    rest = "* exclude (_subset)" if "_subset" in customers.columns else "*"
    numbered = customers.select(f"select {rest}, {_case(cases)} as _action from {{rows}}")
    names = [f"when _action = {place} then {literal(label)}" for place, label in enumerate(labels)]
    rules = [f"when _action = {place} then {literal(action.rule)}" for place, action in enumerate(actions)]
    last = {place: _last_of_control(numbered, place, action) for place, action in enumerate(actions)}
    tests = [
        f"when _action = {place} then {_DRAWN} < {drawn} or ({_DRAWN} = {drawn} and key <= {key})"
        for place, found in last.items()
        for drawn, key in found
    ]
    return numbered.select(
        f"select * exclude (_action), cast({_case(names)} as varchar) as action, "
        f"cast({_case(rules)} as varchar) as action_code, "
        f"coalesce({_case(tests, otherwise='false')}, false) as control from {{rows}}"
    )


def sales_at_risk(customers: Rows, outcome: Outcome) -> str | None:
    """SQL: a customer's sales of the last 12 months less those expected in as many days; None without such a forecast.

    Args:
        customers: Whose columns are asked for.
        outcome: Whose forecast it is; one of discounted money is not comparable with sales.
    """
    value, behavior = outcome.value, outcome.behavior
    if "value" not in customers.columns or value is None or behavior is None or value.monthly_discount:
        return None
    days = sales_days(behavior.first_day, behavior.as_of)
    part = days / (value.horizon_months * MONTH) / value.margin
    return f"(sales_12_months - {part!r} * coalesce(value, 0))"


def with_contact_order(customers: Rows, actions: Sequence[Action], outcome: Outcome) -> Rows:
    """The customers with `contact_by` and `contact_order`: 1 for who is to be called first, over all actions and segments.

    Only customers whose action is a call or a letter to each one (the overdue with sales above average, the best who buy
    less) have them; nobody in a control group. First stand those to call, who have not ordered for longer than usual for
    them, then those to write to, who still order. Among both, first stands with whom most sales may be lost.

    Args:
        customers: id, key, action_code, control, ..., and `sales_12_months`; without that nothing is added.
        actions: Which actions there are.
        outcome: The forecast and the snapshot date.
    """
    if "sales_12_months" not in customers.columns:
        return customers
    rules = {a.rule for a in actions if a.groups and all(subset in CALLED for _, subset in a.groups)}
    personal = f"action_code in ({', '.join(map(literal, sorted(rules)))}) and not control" if rules else "false"
    as_of = outcome.behavior.as_of if outcome.behavior else 0
    overdue, gap = (name if name in customers.columns else "null" for name in ("overdue", "usual_gap"))
    silence = f"{as_of} - (last_order - date '1970-01-01')"
    silent = f"coalesce({overdue}, false) or coalesce({silence} > {gap}, sales_3_months <= 0, true)"
    at_risk = sales_at_risk(customers, outcome) or "sales_12_months"
    told = customers.select(
        f"select *, case when {personal} then case when {silent} then 'call' else 'write' end end as contact_by from {{rows}}"
    )
    return with_more_cells(
        told,
        f"case when contact_by is not null then cast(row_number() over (partition by {personal} "
        f"order by contact_by, {at_risk} desc, sales_12_months desc, id) as integer) end as contact_order",
    )


def _among_segments(action: Action, columns: Collection[str]) -> str:
    """SQL: for which of its segment's customers an action is."""
    if "_subset" not in columns or not action.groups:
        return ""
    groups = " or ".join(
        f"(stage = {literal(stage)} and _subset = {literal(subset)})" for stage, subset in action.groups
    )
    return f" and ({groups})"


def _last_of_control(numbered: Rows, place: int, action: Action) -> list[tuple[int, int]]:
    """Where the control group of an action ends, in the order of its customers; empty where there is none."""
    if action.control is None or not action.control.customers:
        return []
    # The last digits are spread evenly: below twice the share there are enough customers, and few to be sorted.
    for beyond in (2 * _DIGITS * action.control.customers // max(action.customers, 1) + 1, _DIGITS):
        found = numbered.query(
            f"select {_DRAWN} as drawn, key from {{rows}} where _action = {place} and {_DRAWN} < {beyond} "
            f"order by 1, 2 limit 1 offset {action.control.customers - 1}"
        ).to_pylist()
        if found:
            break
    return [(row["drawn"], row["key"]) for row in found]


def _case(cases: Sequence[str], *, otherwise: str = "null") -> str:
    return f"case {' '.join(cases)} end" if cases else otherwise
