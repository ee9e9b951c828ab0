"""What a log of orders as a whole tells: dates that are months, files that may be missing, customers that may be orders."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.days import to_date
from clustera.engines import Rows
from clustera.records import Finding, OrderColumn

LEAST_PAUSE = 14  # days without an order, of which less are usual
TIMES_LONGER = 3  # than nearly all other pauses
AROUND = 20  # lines in as many days before a pause, and after it, that show that orders were to be expected
SAME_TIME = 21  # days by which pauses of a season may begin earlier or later than a year before
LEAST_MONTHS = 3  # whose first days alone are dates of orders
MOST_TOLD = 3  # pauses, the longest first
LEAST_CUSTOMERS = 50  # none of whom came back
GLANCE = 64  # times fewer customers are looked at first


def shape_findings(orders: Rows, lines: int, columns: Sequence[OrderColumn], as_of: int | None) -> list[Finding]:
    """What the lines that count tell together.

    Args:
        orders: Order lines with `customer_id` and `day`.
        lines: How many there are.
        columns: With roles.
        as_of: The snapshot date; None where it is the day of the last line.
    """
    customer = next(column.name for column in columns if column.role == "customer")
    days = orders.select("select day, count(*) as n from {rows} group by day").keep()
    return [
        *_months_finding(days, lines),
        *_pause_findings(days),
        *_end_finding(days, as_of),
        *_once_findings(orders, customer),
    ]


def _months_finding(days: Rows, lines: int) -> list[Finding]:
    """What is said where all orders are dated the first of a month; nothing where they are not, or of two months only."""
    seen = days.query(
        "select count(*) as months, bool_and(extract('day' from date '1970-01-01' + day) = 1) as firsts from {rows}"
    ).to_pylist()[0]
    if not seen["firsts"] or seen["months"] < LEAST_MONTHS:
        return []
    return [Finding("dates-of-months", "note", count=lines, share=1.0, values={"months": seen["months"]})]


_PAUSES = (
    "with pauses as (select day, lag(day) over (order by day) as before, day - before as long from {rows}), "
    f"usual as (select {TIMES_LONGER} * quantile_cont(long, 0.95) as most from pauses)"
)
_LONGER = f"long > {LEAST_PAUSE} and long > (select most from usual)"


def _pause_findings(days: Rows) -> list[Finding]:
    """What is said where a busy log has no order for weeks; nothing where it has none such, or none at that time of each year."""
    found = days.query(
        f"{_PAUSES}, longer as (select * from pauses where {_LONGER}) "
        "select before + 1 as first, day - 1 as last from longer as p "
        f"where (select sum(n) from {{rows}} as d where d.day between p.before - p.long + 1 and p.before) >= {AROUND} "
        f"and (select sum(n) from {{rows}} as d where d.day between p.day and p.day + p.long - 1) >= {AROUND} "
        f"and not exists (select 1 from longer as q where abs(abs(q.day - p.day) - 365) <= {SAME_TIME}) "
        "order by long desc, day"
    ).to_pylist()
    if not found:
        return []
    without = sum(row["last"] - row["first"] + 1 for row in found)
    covered = days.value("select max(day) - min(day) + 1 as days from {rows}")
    told = sorted(found[:MOST_TOLD], key=lambda row: row["first"])
    pauses = tuple({"first": str(to_date(row["first"])), "last": str(to_date(row["last"]))} for row in told)
    return [Finding.counted("pause", "warning", without, covered, pauses=pauses, further=len(found) - len(told))]


def _end_finding(days: Rows, as_of: int | None) -> list[Finding]:
    """What is said where a busy log ends weeks before the snapshot date; nothing where it does not."""
    if as_of is None:
        return []
    found = days.query(
        f"{_PAUSES}, ends as (select max(day) as last, {as_of} - max(day) as long, {as_of} - min(day) + 1 as covered from {{rows}}) "
        f"select last, long, covered from ends where {_LONGER} "
        f"and (select sum(n) from {{rows}} where day > last - long) >= {AROUND}"
    ).to_pylist()
    return [
        Finding.counted(
            "ends-early",
            "warning",
            row["long"],
            row["covered"],
            last=str(to_date(row["last"])),
            day=str(to_date(as_of)),
        )
        for row in found
    ]


def _once_findings(orders: Rows, column: str) -> list[Finding]:
    """What is said where no customer came back: what tells customers apart may tell orders apart."""
    for every in (GLANCE, 1):  # some customers first: mostly one of them came back
        customers, again = orders.value(
            "select [count(*), count(*) filter (where first < last)] from (select min(day) as first, max(day) as last "
            f"from {{rows}} where hash(customer_id) <= {(2**64 - 1) // every} group by customer_id)"
        )
        if again:
            return []
    if customers < LEAST_CUSTOMERS:
        return []
    return [Finding("customers-once", "warning", column=column, count=customers, share=1.0)]
