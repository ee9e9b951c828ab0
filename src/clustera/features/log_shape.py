"""What a log of orders as a whole lets suspect: a file that is missing, or customers that are orders."""

from __future__ import annotations

from clustera.days import to_date
from clustera.engines import Rows
from clustera.records import Finding

LEAST_PAUSE = 14  # days without an order, of which less are usual
TIMES_LONGER = 3  # than nearly all other pauses
AROUND = 20  # lines in as many days before a pause, and after it, that show that orders were to be expected
MOST_TOLD = 3  # pauses, the longest first
LEAST_CUSTOMERS = 50  # none of whom came back


def pause_findings(orders: Rows) -> list[Finding]:
    """What is said where a busy log has no order for weeks; nothing where it has none such.

    Args:
        orders: Order lines with `day`.
    """
    found = orders.query(
        "with days as (select day, count(*) as n from {rows} group by day), "
        "summed as (select day, lag(day) over (order by day) as before, sum(n) over (order by day) as n from days), "
        "usual as (select quantile_cont(day - before, 0.95) as pause from summed) "
        "select before + 1 as first, day - 1 as last from summed, usual "
        f"where day - before > {LEAST_PAUSE} and day - before > {TIMES_LONGER} * usual.pause "
        f"and (select count(*) from {{rows}} as o where o.day <= before and o.day > before - (summed.day - before)) >= {AROUND} "
        f"and (select count(*) from {{rows}} as o where o.day >= summed.day and o.day < summed.day + (summed.day - before)) >= {AROUND} "
        "order by day - before desc, day"
    ).to_pylist()
    if not found:
        return []
    days = sum(row["last"] - row["first"] + 1 for row in found)
    covered = orders.query("select max(day) - min(day) + 1 as days from {rows}")["days"][0].as_py()
    told = sorted(found[:MOST_TOLD], key=lambda row: row["first"])
    pauses = tuple({"first": str(to_date(row["first"])), "last": str(to_date(row["last"]))} for row in told)
    return [
        Finding(
            "pause",
            "warning",
            count=days,
            share=days / covered,
            values={"pauses": pauses, "further": len(found) - len(told)},
        )
    ]


def once_findings(orders: Rows, column: str) -> list[Finding]:
    """What is said where no customer came back: what tells customers apart may tell orders apart.

    Args:
        orders: Order lines with `customer_id` and `day`.
        column: Its column of customers.
    """
    seen = orders.query(
        "select count(*) as customers, count_if(first < last) as again "
        "from (select min(day) as first, max(day) as last from {rows} group by customer_id)"
    ).to_pylist()[0]
    if seen["again"] or seen["customers"] < LEAST_CUSTOMERS:
        return []
    return [Finding("customers-once", "warning", column=column, count=seen["customers"], share=1.0)]
