"""What each segment has brought and returned, and the money of the lines left out."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.engines import Rows
from clustera.records import Orders, UnusedLines


@dataclass(frozen=True, slots=True)
class SegmentRevenue:
    """Of one segment, up to the snapshot date."""

    segment: int
    revenue: float
    outliers: float  # revenue of its outliers
    returned_lines: int
    returned: float  # as a positive amount


def money_by_segment(orders: Orders, customers: Rows, *, as_of: int) -> list[SegmentRevenue]:
    """What the customers of each segment have brought and returned, by number of segment.

    Args:
        orders: The order lines.
        customers: id, segment, outlier.
        as_of: Snapshot date (days since 1970-01-01); later lines are not counted.
    """
    lines = customers.select(
        "select m.segment, m.outlier, l.amount, l.kind from {rows} m join {lines} l on cast(l.customer_id as varchar) = m.id "
        f"where l.day <= {as_of}",
        lines=orders.rows,
    )
    found = lines.query(
        "select segment, sum(amount) as revenue, coalesce(sum(amount) filter (where outlier), 0) as outliers, "
        "count(*) filter (where kind = 'return') as returned_lines, "
        "coalesce(-sum(amount) filter (where kind = 'return'), 0) as returned from {rows} group by segment order by segment"
    )
    return [
        SegmentRevenue(
            int(r["segment"]), float(r["revenue"]), float(r["outliers"]), int(r["returned_lines"]), float(r["returned"])
        )
        for r in found.to_pylist()
    ]


def money_left_out(orders: Orders) -> tuple[UnusedLines, ...]:
    """Order lines that are not used, by reason, the most lines first."""
    found = orders.quarantine.query(
        "select code, count(*) as n, coalesce(sum(amount), 0) as money from {rows} group by code order by n desc, code"
    )
    return tuple(UnusedLines(r["code"], r["n"], float(r["money"])) for r in found.to_pylist())
