"""Whether a table holds orders rather than one row per customer."""

from __future__ import annotations

from clustera.engines import identifier
from clustera.features.cells import column_cells
from clustera.features.roles import fitting_columns
from clustera.records import Finding, Raw, own_columns

FEWEST = 3  # customers that come again
COMES_AGAIN = 0.1  # share of the rows whose customer has another one
MOSTLY = 0.8  # share of the customers who come again on different dates


def log_finding(raw: Raw) -> Finding | None:
    """What is said of a table that looks like a log of orders; None where it does not.

    Args:
        raw: Any table as read.
    """
    rows = raw.rows
    names = own_columns(rows.columns)
    found = fitting_columns(names, lambda asked: column_cells(rows, asked))
    if found is None:
        return None
    customer, date, amount = found
    seen = rows.query(
        "select count(*) as customers, count(*) filter (where k > 1) as again, sum(case when k > 1 then k end) as lines, "
        "count(*) filter (where k > 1 and d > 1) as dated from (select count(*) as k, "
        f"count(distinct {identifier(date)}) as d from {{rows}} where {identifier(customer)} is not null group by {identifier(customer)})"
    ).to_pylist()[0]
    again, dated, lines = (int(seen[key] or 0) for key in ("again", "dated", "lines"))
    if again < FEWEST or lines < COMES_AGAIN * raw.source.rows or dated < MOSTLY * again:
        return None
    return Finding.counted(
        "order-log",
        "warning",
        lines,
        raw.source.rows,
        column=customer,
        file=raw.source.name,
        path=raw.source.name,
        customers=seen["customers"],
        of=raw.source.rows,
        again=again,
        date=date,
        amount=amount,
    )
