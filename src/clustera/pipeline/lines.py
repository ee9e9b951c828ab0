"""The order lines that a run keeps."""

from __future__ import annotations

from clustera.engines import Rows, identifier
from clustera.pipeline.sources import Log


def kept_lines(log: Log) -> Rows:
    """The lines up to the snapshot date, those of a customer together, so that one customer's are found without reading all.

    `customer_id` is a text, as ids are in every table of a run.
    """
    rows = log.orders.rows
    first = ("customer_id", "day", "amount", "kind")
    # By all columns, so that a log that is kept again has the same bytes.
    order = ", ".join(map(identifier, dict.fromkeys((*first, *rows.columns))))
    return rows.select(
        "select * replace (cast(customer_id as varchar) as customer_id) from {rows} "
        f"where day <= {log.as_of} order by {order}"
    )
