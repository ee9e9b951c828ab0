"""Days and months of orders that several parts of a page need: the latest moves, the month that is not over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from clustera import texts
from clustera.records import Behavior, Comparison, Migration, SegmentProfile


def last_period(found: Migration, segments: Sequence[SegmentProfile]) -> Comparison:
    """The latest moves as a comparison of two days."""
    names = {segment.segment: segment.name for segment in segments}
    return found.last(names, texts.format_day(found.days[-2]), texts.format_day(found.days[-1]))


def incomplete(behavior: Behavior) -> str:
    """The name of the last month where it is not over on the snapshot date, else empty."""
    last = date(1970, 1, 1) + timedelta(days=behavior.as_of)
    return f"{last:%Y-%m}" if (last + timedelta(days=1)).day != 1 else ""
