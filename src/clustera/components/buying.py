"""The latest moves, which several parts of a page need."""

from __future__ import annotations

from collections.abc import Sequence

from clustera import texts
from clustera.records import Comparison, Migration, SegmentProfile


def latest_moves(found: Migration, segments: Sequence[SegmentProfile]) -> Comparison:
    """The latest moves as a comparison of two days."""
    names = {segment.segment: segment.name for segment in segments}
    return found.last(names, texts.format_day(found.days[-2]), texts.format_day(found.days[-1]))
