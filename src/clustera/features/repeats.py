"""Lines of an order log that repeat an earlier line in every column."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import Rows, identifier
from clustera.features.line_values import LineValues
from clustera.features.options import OrderOptions
from clustera.records import OrderColumn

HELD_HASHES = 24_000_000  # lines whose hashes (8 bytes each) are held at once
_TELLING_VALUES = ("order_id", "product", "text", "amount")


def repeated_lines(rows: Rows, values: LineValues, options: OrderOptions, *, by_value: bool) -> Rows | None:
    """`_row` of every line that repeats an earlier one in all columns; None when there is none, or none is looked for.

    Args:
        rows: The log as read.
        values: Its lines as values.
        options: What the caller says about repeated lines.
        by_value: Compare what cells hold and not how they are written: of several files, each may write them its own way.
    """
    names_orders = any(column.role == "order" for column in values.columns)
    if options.duplicates == "keep" or (options.duplicates == "auto" and not names_orders):
        return None
    if by_value:
        rows = _rows_by_value(rows, values)
        names = [name for name in rows.columns if name != "_row"]
        telling = [name for name in _TELLING_VALUES if name in names]
        telling = telling if "order_id" in telling and len(telling) > 1 else names
    else:
        names, telling = [column.name for column in values.columns], _telling_columns(values.columns)
    hashed = rows.select(f"select *, hash({', '.join(map(identifier, telling))}) as _hash from {{rows}}")
    found = _stand_twice(hashed)
    if not len(found):
        return None
    twice = rows.engine.arrow(pa.table({"_hash": found}))
    listed = ", ".join(map(identifier, names))
    copies = rows.engine.table(
        f"select _row from (select _row, row_number() over (partition by {listed} order by _row) as copy "
        f"from {hashed.name} where _hash in (select _hash from {twice.name})) where copy > 1"
    )
    return copies if copies.count() else None


def _rows_by_value(rows: Rows, values: LineValues) -> Rows:
    """The lines as values, with the text of what is none of them; blanks around it are left out."""
    others = [column.name for column in values.columns if column.role == "ignored"]
    text = "".join(
        f", nullif(trim(cast(l.{identifier(name)} as varchar)), '') as _other_{at}" for at, name in enumerate(others)
    )
    return rows.engine.view(f"select v.*{text} from {values.lines.name} v join {rows.name} l using (_row)").keep()


def _telling_columns(columns: Sequence[OrderColumn]) -> list[str]:
    """The few columns that tell the lines of a log apart: only lines that agree in them are compared in full."""
    of = {column.role: column.name for column in columns}
    few = [of[role] for role in ("order", "product", "text", "amount", "price") if role in of]
    return few if "order" in of and len(few) > 1 else [column.name for column in columns]


def _stand_twice(hashed: Rows) -> npt.NDArray[np.uint64]:
    """Each `_hash` that stands in several lines: uint64 (n_hashes,).

    Sorting an array takes a quarter of the time of the engine's GROUP BY. What is held at once is bounded: of more
    lines, one range of hashes is read after the other.
    """
    lines = hashed.count()
    parts = max(1, -(-lines // HELD_HASHES))
    found = []
    for part in range(parts):
        low, high = (part << 64) // parts, ((part + 1) << 64) // parts - 1
        rows = hashed if parts == 1 else hashed.select(f"select * from {{rows}} where _hash between {low} and {high}")
        # A range holds a little more or less than its share.
        held = np.empty(lines if parts == 1 else rows.count(), dtype=np.uint64)
        filled = 0
        for batch in rows.batches(["_hash"]):
            held[filled : filled + batch.num_rows] = batch.column(0).to_numpy()
            filled += batch.num_rows
        _sort(held, threads=hashed.engine.threads)
        found.append(np.unique(held[1:][held[1:] == held[:-1]]))
    return np.concatenate(found)


def _sort(held: npt.NDArray[np.uint64], *, threads: int) -> None:
    """Sort in place: cut at its quantiles first, so that every thread has a part of its own."""
    cuts = [len(held) * part // threads for part in range(1, threads)]
    if len(held) < threads or not cuts:
        held.sort()
        return
    held.partition(cuts)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(part.sort) for part in np.split(held, cuts)]:
            done.result()
