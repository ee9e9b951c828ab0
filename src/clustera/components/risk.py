"""Customers who are later than ever before, by segment."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.components.markup import Markup, fill
from clustera.records import Risk, SegmentProfile


def risk_table(
    risk: Risk, segments: Sequence[SegmentProfile], currency: str = "", *, span: str = "12 months"
) -> Markup:
    """How many customers of each segment are overdue, and what they spent within the `span`; the last row is everybody."""
    by_segment = {part.segment: part for part in risk.segments}
    rows = [(segment, by_segment[segment.segment]) for segment in segments if segment.segment in by_segment]
    return fill("risk.html.j2", rows=rows, risk=risk, currency=currency, span=span) if rows else Markup("")
