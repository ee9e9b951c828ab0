"""What each segment spends on which category, against all customers."""

from __future__ import annotations

import math

from clustera.components.markup import Markup, fill
from clustera.records import Behavior, SegmentProfile

_MOST = 12
_UNNAMED = "no category"  # lines that name none
_LIMITS = (0.1, 0.25, 0.5, 1.0)  # |doublings against all customers| from which a cell is shaded more strongly


def affinity_table(behavior: Behavior, segments: tuple[SegmentProfile, ...]) -> Markup:
    """Categories down, segments across: share of the segment's spend, and how it compares with all customers' share."""
    spend: dict[str, float] = {}
    for entry in behavior.affinities:
        spend[entry.category] = spend.get(entry.category, 0.0) + entry.spend
    total = sum(spend.values()) or 1.0
    cells = {(entry.segment, entry.category): entry for entry in behavior.affinities}
    rows = [
        (name, money, money / total, [cells.get((s.segment, name)) for s in segments]) for name, money in spend.items()
    ]
    revenue = dict(behavior.revenue)
    return fill(
        "affinities.html.j2",
        rows=rows[:_MOST],
        more=rows[_MOST:],
        unnamed=any(name == _UNNAMED for name, *_ in rows[_MOST:]),
        sums=[revenue.get(s.segment, 0.0) for s in segments],
        total=sum(revenue.values()),
        segments=segments,
        level=affinity_level,
        currency=behavior.money.currency,
    )


def affinity_level(index: float) -> int:
    """How strongly a cell is shaded, -4 (half of all customers' share, or less) to 4 (twice, or more).

    >>> affinity_level(100), affinity_level(120), affinity_level(50)
    (0, 2, -4)
    """
    doublings = math.log2(max(index, 1e-9) / 100)
    level = sum(abs(doublings) >= limit for limit in _LIMITS)
    return level if doublings > 0 else -level
