"""Checked rows and a model's centers -> who is in which segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import prepare
from clustera.cluster.assign import assign
from clustera.engines import Engine, Rows, column_of, literal
from clustera.pipeline.progress import Progress
from clustera.records import Action, Model

DRAWS = 100_000  # parts into which keys are divided to draw a control group
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


def assignments(
    prepared: Rows, centers: npt.NDArray[np.float64], borderline: float, progress: Progress | None = None
) -> Iterator[pa.RecordBatch]:
    """The nearest and the second nearest center of every customer; "place" is the center's position in the model."""
    done, rows = 0, prepared.count()
    for batch in prepared.batches():
        nearest, distance, second, further = assign(prepare.points_of(batch, centers.shape[1]), centers)
        between = (further - distance) < borderline * further
        made: list[npt.NDArray[Any]] = [nearest, distance.round(6), second, between]
        columns = [batch.column("_row"), *map(column_of, made), batch.column("outlier")]
        yield pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
        done += batch.num_rows
        if progress:
            progress("assigning", done / rows)


def assigned_by(model: Model, rows: Rows, engine: Engine, *, progress: Progress | None = None) -> Rows:
    """Checked rows, assigned by a model that was made before."""
    prepared = prepare.tabulate(rows, model.preparation, engine)
    return engine.collect(assignments(prepared, np.array(model.centers), model.borderline, progress), SCHEMA)


def pick(values: Sequence[int]) -> str:
    """SQL for a list, to be indexed from 1."""
    return f"list_value({', '.join(map(str, values))})"


def with_segments(rows: Rows, segments: Sequence[int]) -> Rows:
    """Rows with the identities `segment` and `second_segment` for the positions `place` and `second_place`."""
    chosen = pick(segments)
    return rows.select(
        f"select * exclude (place, second_place), {chosen}[place + 1] as segment, "
        f"{chosen}[second_place + 1] as second_segment from {{rows}}"
    )


def customers_of(rows: Rows, names: Mapping[int, str]) -> Rows:
    """The table that users get: id, segment, name, distance, second_segment, borderline, outlier, key.

    `key` is a hash of the id (of the values where there is no id): whoever has the same id has the same key in every run,
    so that a control group can be made again.
    """
    called = " ".join(f"when {segment} then {literal(name)}" for segment, name in names.items())
    return rows.select(
        f"select _id as id, segment, case segment {called} end as name, distance, second_segment, borderline, outlier, "
        "_key as key from {rows}"
    )


def with_actions(customers: Rows, actions: Sequence[Action]) -> Rows:
    """The customers with `action` (the rule's code) and `control` (to be left out of it).

    A customer is in the control group when the last digits of his key say so: the same customer in every run, however
    many others there are.
    """
    staged = "stage" in customers.columns
    rules, shares = [], []
    for action in actions:
        among = f" and stage in ({', '.join(map(literal, action.stages))})" if staged and action.stages else ""
        rules.append(f"when segment = {action.segment}{among} then {literal(action.rule)}")
        if action.control is not None:
            limit = round(action.control.share * DRAWS)
            shares.append(f"when segment = {action.segment}{among} then key % {DRAWS} < {limit}")
    rule = f"case {' '.join(rules)} end" if rules else "cast(null as varchar)"
    control = f"coalesce(case {' '.join(shares)} end, false)" if shares else "false"
    return customers.select(f"select *, {rule} as action, {control} as control from {{rows}}")
