"""Prepared customers as a table of the engine: made once, read in batches as often as a fit needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import Engine, Rows, array_of, column_of
from clustera.prepare.points import Block, Keys, Points, order_by_values, prepared_blocks
from clustera.records import Preparation

IN_MEMORY_BYTES = 1 << 30  # points up to here are held as one array
SHARE_HELD = 16  # and up to so small a part of what the engine may use: a fit holds them several times


@dataclass(frozen=True, slots=True)
class Streamed:
    """Points that are read from the engine on every pass (see `clustera.cluster.blocks.Blocks`)."""

    rows: Rows
    n_rows: int
    n_features: int

    def __iter__(self) -> Iterator[Points]:
        """Blocks float32 (n_some, n_features)."""
        for batch in self.rows.batches(_point_names(self.n_features)):
            yield points_of_table(batch, self.n_features)


def tabulate_prepared(rows: Rows, preparation: Preparation, engine: Engine) -> Rows:
    """Every checked row, prepared.

    Returns:
        One row per customer in the table's order: `_row`, `_key`, `p_0` ... (FLOAT, prepared units), `outlier`,
        `complete` (BOOLEAN).
    """
    names = _point_names(len(preparation.features))
    fields = [("_row", pa.int64()), ("_key", pa.uint64()), *((name, pa.float32()) for name in names)]
    schema = pa.schema([*fields, ("outlier", pa.bool_()), ("complete", pa.bool_())])
    return engine.collect((_prepared_batch(block, schema) for block in prepared_blocks(rows, preparation)), schema)


def drawing_sample(prepared: Rows, *, outliers: bool = False) -> Rows:
    """Who draws the segments: complete rows that are not isolated; incomplete ones too where they are the majority.

    Args:
        prepared: Of `tabulate_prepared`.
        outliers: Whether the isolated rows take part as well.
    """
    counted = prepared.query("select count(*) as n, count(*) filter (complete) as complete from {rows}").to_pylist()[0]
    majority = "complete" if 2 * counted["complete"] >= counted["n"] else "true"
    return prepared.select(f"select * from {{rows}} where {majority} and (not outlier or {outliers})")


def prepared_points(rows: Rows, n_features: int, *, memory: int) -> Points | Streamed:
    """The points of prepared rows: one float32 array (n, n_features) while it is small, else streamed.

    Args:
        rows: Of `tabulate_prepared`.
        n_features: Columns of points.
        memory: Bytes that the engine may use; the points are held beside them.
    """
    n = rows.count()
    if 4 * n * n_features > min(IN_MEMORY_BYTES, memory // SHARE_HELD):
        return Streamed(rows, n, n_features)
    return points_of_table(rows.arrow(_point_names(n_features)), n_features)


def sorted_by_values(rows: Rows, preparation: Preparation) -> tuple[Rows, Preparation, list[int]]:
    """Prepared rows with their features in an order that neither the columns' names nor their places change.

    Sums of other orders differ in the last digit, and segments without gaps between them follow even that.

    Args:
        rows: Of `tabulate_prepared`.
        preparation: Of these rows.

    Returns:
        The rows; the preparation in the same order; for each feature of the given preparation, where it is
        among the sorted ones: `centers[:, places]` has centers in the given order.
    """
    order = order_by_values(preparation.features)
    moved = ", ".join(f"p_{j} as p_{place}" for place, j in enumerate(order))
    features = tuple(preparation.features[j] for j in order)
    places = [order.index(j) for j in range(len(order))]
    return rows.select(f"select * replace ({moved}) from {{rows}}"), replace(preparation, features=features), places


def prepared_sample(rows: Rows, n_features: int, *, size: int) -> tuple[Points, Keys]:
    """The customers with the smallest hashes: float32 (n <= size, n_features) and their keys."""
    table = rows.lowest(["_key", *_point_names(n_features)], size)
    return points_of_table(table, n_features), array_of(table["_key"])


def points_of_table(table: pa.Table | pa.RecordBatch, n_features: int) -> Points:
    """The points of an Arrow table: float32 (n, n_features), C order."""
    made: npt.NDArray[np.float32] = np.empty((table.num_rows, n_features), dtype=np.float32)
    for j, name in enumerate(_point_names(n_features)):
        made[:, j] = array_of(table.column(name))
    return made


def count_distinct_points(rows: Rows, n_features: int, *, enough: int) -> int:
    """How many points differ from each other, exactly while there are few; counting stops where there are `enough`."""
    names = ", ".join(_point_names(n_features))
    return int(rows.value(f"select count(*) as n from (select distinct {names} from {{rows}} limit {enough})"))


def _point_names(n_features: int) -> Sequence[str]:
    return [f"p_{j}" for j in range(n_features)]


def _prepared_batch(block: Block, schema: pa.Schema) -> pa.RecordBatch:
    columns = [block.row, block.key, *block.points.T, block.outlier, block.complete]
    return pa.RecordBatch.from_arrays([column_of(column) for column in columns], schema=schema)
