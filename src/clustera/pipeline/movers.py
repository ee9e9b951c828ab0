"""Whose segment is another one than before: how many stand on a border, and what they spent."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.days import sales_days
from clustera.engines import Rows
from clustera.pipeline.sources import Log
from clustera.records import Movers


def summarize_movers(customers: Rows, ranking: Sequence[int], log: Log | None) -> Movers | None:
    """The customers who moved, from the best segment above all; None where nobody's earlier segment is known.

    Args:
        customers: id, segment, borderline and, where it is known, segment_before.
        ranking: Segments by what a customer brings, most first; empty where that is not known on both days.
        log: The orders and the snapshot date, where there are orders.
    """
    if "segment_before" not in customers.columns:
        return None
    places = f"case {{}} {' '.join(f'when {segment} then {at}' for at, segment in enumerate(ranking))} end"
    now, then = (places.format(name) if ranking else "null" for name in ("segment", "segment_before"))
    spent = customers
    if log is not None:
        orders, days = log.orders.rows, sales_days(log.orders.first_day, log.as_of)
        spent = customers.select(
            "select c.*, coalesce(o.spent, 0) as spent from {rows} c left join (select cast(customer_id as varchar) as id, "
            f"sum(cast(amount as double)) as spent from {{orders}} where day > {log.as_of - days} and day <= {log.as_of} group by 1) o "
            "on o.id = c.id",
            orders=orders,
        )
    money = "spent" if log is not None else "cast(null as double)"
    row = spent.query(
        f"select count(*) filter (where moved) as moved, count(*) filter (where moved and borderline) as borderline, "
        "sum(money) filter (where now < earlier) as up_money, sum(money) filter (where now > earlier) as down_money, "
        "count(*) filter (where earlier = 0) as best, count(*) filter (where earlier = 0 and now > 0) as fell, "
        f"sum(money) filter (where earlier = 0 and now > 0) as fell_money from (select borderline, {money} as money, "
        f"cast({now} as integer) as now, cast({then} as integer) as earlier, segment <> segment_before as moved from {{rows}} "
        "where segment_before is not null)"
    ).to_pylist()[0]
    return Movers(
        customers=row["moved"],
        borderline=row["borderline"],
        best=ranking[0] if ranking else None,
        best_before=row["best"],
        fell=row["fell"],
        fell_money=row["fell_money"],
        up_money=row["up_money"],
        down_money=row["down_money"],
    )
