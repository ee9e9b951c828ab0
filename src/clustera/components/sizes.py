"""How many customers each segment has."""

from __future__ import annotations

from collections.abc import Sequence

from clustera import texts
from clustera.components.markup import Markup, drawing, element, is_listing, listed, text, tone
from clustera.records import SegmentProfile

_WIDTH, _HEIGHT, _GAP = 1000, 44, 3


def size_bar(segments: Sequence[SegmentProfile]) -> Markup:
    """One bar, divided by the segments' shares, each part with the segment's number."""
    total = sum(segment.size for segment in segments) or 1
    parts: list[str] = []
    left = 0.0
    for segment in segments:
        width = _WIDTH * segment.size / total
        title = texts.translate_count(
            segment.size,
            "{name}: {n} customer, {share}",
            "{name}: {n} customers, {share}",
            name=segment.name,
            share=texts.format_share(segment.share),
        )
        box = element("rect", x=left, y=0, width=max(width - _GAP, 1), height=_HEIGHT, rx=3, class_="fill")
        inside = [element("title", title), box]
        if width > 30:
            inside.append(text(left + (width - _GAP) / 2, 29, str(segment.segment), "on-fill", "middle"))
        mark = element("g", *inside, class_=tone(segment.color))
        parts.append(listed(mark, title, segment=segment.segment))
        left += width
    said = "; ".join(f"{segment.name} {texts.format_share(segment.share)}" for segment in segments)
    label = texts.translate("Sizes of the segments: {sizes}", sizes=said)
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_="size-bar", linked=is_listing())
