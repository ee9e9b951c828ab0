"""Bars in tables: what a segment brings beside how large it is, and what it is worth with its range."""

from __future__ import annotations

from collections.abc import Mapping

from clustera import texts
from clustera.components.markup import Markup, drawing, element, fill, line, tone
from clustera.records import Behavior, LifetimeValue, SegmentProfile, SegmentValue

_WIDTH, _HEIGHT = 320, 22


def revenue_shares(behavior: Behavior, segments: tuple[SegmentProfile, ...]) -> Markup:
    """Each segment's share of the revenue beside its share of the customers."""
    spent = dict(behavior.revenue)
    total = sum(spent.get(segment.segment, 0.0) for segment in segments) or 1.0
    customers = sum(segment.size for segment in segments) or 1
    rows = [(s, s.size / customers, spent.get(s.segment, 0.0), spent.get(s.segment, 0.0) / total) for s in segments]
    most = max(max(size, part) for _, size, _, part in rows)
    listed = [(s, size, spend, part, share_pair(s, size, part, most)) for s, size, spend, part in rows]
    return fill("revenue.html.j2", rows=listed, currency=behavior.money.currency, total=total, customers=customers)


def value_table(
    value: LifetimeValue,
    segments: tuple[SegmentProfile, ...],
    currency: str = "",
    *,
    pace: Mapping[int, float] | None = None,
) -> Markup:
    """The value of each segment and of all customers, with 80 % ranges.

    Args:
        value: The forecast.
        segments: Of the run.
        currency: Of the money.
        pace: By segment, what it would bring at the pace of the last 91 days; a column where it is known.
    """
    known = {segment.segment: segment for segment in segments}
    top = max([entry.high for entry in value.segments] or [value.total.high]) or 1.0
    rows = [
        (known[entry.segment], entry, _whisker(known[entry.segment], entry, top))
        for entry in value.segments
        if entry.segment in known
    ]
    return fill("value.html.j2", rows=rows, total=value.total, currency=currency, pace=pace or {})


def share_pair(segment: SegmentProfile, size: float, part: float, most: float) -> Markup:
    """Its share of the customers above in gray, of the revenue below in the segment's color; `most` fills the width."""

    def box(share: float, y: float, class_: str) -> Markup:
        return element("rect", x=0, y=y, width=max(_WIDTH * share / most, 1.5), height=9, rx=2, class_=class_)

    label = texts.translate(
        "{name}: {share} of the customers, {revenue} of sales",
        name=segment.name,
        share=texts.format_share(size),
        revenue=texts.format_share(part),
    )
    inside = [element("title", label), box(size, 1, "bar"), box(part, 12, "fill")]
    return drawing(_WIDTH, _HEIGHT, *inside, label=label, class_=f"row-bar {tone(segment.color)}")


def _whisker(segment: SegmentProfile, entry: SegmentValue, top: float) -> Markup:
    def x(value: float) -> float:
        return 1 + (_WIDTH - 2) * min(max(value / top, 0.0), 1.0)

    middle = _HEIGHT / 2
    label = texts.translate(
        "{name}: {money} (80% range: {range})",
        name=segment.name,
        money=texts.format_amount(entry.value),
        range=texts.likely_range(entry.value, entry.low, entry.high),
    )
    parts = [
        element("title", label),
        element("rect", x=0, y=3, width=max(x(entry.value), 1.5), height=_HEIGHT - 6, rx=2, class_="fill"),
        line(x(entry.low), middle, x(entry.high), middle, "whisker"),
        *(line(x(end), middle - 5, x(end), middle + 5, "whisker") for end in (entry.low, entry.high)),
    ]
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_=f"row-bar {tone(segment.color)}")
