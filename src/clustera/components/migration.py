"""Who moved from which segment to which, between two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera import texts
from clustera.components.markup import Markup, drawing, element, fill, text, tone
from clustera.records import Comparison, Migration, SegmentProfile

_WIDTH, _BAR, _GAP, _NAMES = 900.0, 28.0, 8.0, 240.0
_LETTERS = 30


@dataclass(frozen=True, slots=True)
class _Side:
    """The segments of one run, one under the other."""

    x: float
    names: Mapping[int, str]
    sizes: Mapping[int, int]
    scale: float  # height of one customer

    def tops(self) -> dict[int, float]:
        """Where each segment's bar begins."""
        found, y = {}, 0.0
        for segment, size in self.sizes.items():
            found[segment] = y
            y += size * self.scale + _GAP
        return found

    def name(self, segment: int) -> str:
        return self.names.get(segment, f"Segment {segment}")


def migration(comparison: Comparison, segments: Sequence[SegmentProfile] = ()) -> Markup:
    """Streams of customers from the segments before (left) to those after (right), as thick as they are large.

    Args:
        comparison: Two runs held against each other.
        segments: The segments after; they bring their colors.
    """
    total = sum(move.count for move in comparison.moves)
    if not total:
        return Markup("")
    left, right = Counter[int](), Counter[int]()
    for move in comparison.moves:
        left[move.before] += move.count
        right[move.after] += move.count
    rows = max(len(left), len(right))
    height = 44.0 * rows + 40
    scale = (height - _GAP * (rows - 1)) / total
    before = _Side(_NAMES, comparison.names_before, dict(sorted(left.items())), scale)
    after = _Side(_WIDTH - _NAMES - _BAR, comparison.names_after, dict(sorted(right.items())), scale)
    tones = {segment.segment: tone(segment.color) for segment in segments}
    parts = [*_streams(comparison, before, after, tones), *_bars(before, tones, "end"), *_bars(after, tones, "start")]
    label = (
        f"Streams of {texts.format_count(total)} customers from the segments of {comparison.before} (left) to those of "
        f"{comparison.after} (right). {texts.format_share(comparison.stayed)} stayed. The table has the largest moves."
    )
    return drawing(_WIDTH, height + 4, *parts, label=label, class_="migration")


def sizes_table(found: Migration, segments: Sequence[SegmentProfile]) -> Markup:
    """Customers by segment on each day, and as expected one period later."""
    known = {segment.segment: segment for segment in segments}
    counts = list(zip(*found.sizes, strict=True))
    rows = [
        (known[identity], counts[at], found.forecast.expected[at])
        for at, identity in enumerate(found.segments)
        if identity in known
    ]
    return fill("migration.html.j2", found=found, rows=rows, totals=[sum(day) for day in found.sizes])


def _streams(comparison: Comparison, before: _Side, after: _Side, tones: Mapping[int, str]) -> list[Markup]:
    out, into = before.tops(), after.tops()
    x1, x2 = before.x + _BAR, after.x
    middle = (x1 + x2) / 2
    parts = []
    for move in sorted(comparison.moves, key=lambda move: (move.before, move.after)):
        thick = move.count * before.scale
        y1, y2 = out[move.before], into[move.after]
        out[move.before] += thick
        into[move.after] += thick
        path = (
            f"M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {x2:g} {y2:.1f}v{thick:.1f}"
            f"C{middle:g} {y2 + thick:.1f} {middle:g} {y1 + thick:.1f} {x1:g} {y1 + thick:.1f}z"
        )
        said = f"{before.name(move.before)} to {after.name(move.after)}: {texts.format_count(move.count)} customers"
        kind = "stayed" if move.before == move.after else "moved"
        shade = tones.get(move.before, "tone-none")
        parts.append(element("path", element("title", said), d=path, class_=f"stream {kind} {shade}"))
    return parts


def _bars(side: _Side, tones: Mapping[int, str], anchor: str) -> list[Markup]:
    beside = side.x - 10 if anchor == "end" else side.x + _BAR + 10
    parts = []
    for segment, top in side.tops().items():
        tall = max(side.sizes[segment] * side.scale, 1.0)
        name = side.name(segment)
        shown = name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
        inside = [
            element("title", f"{name}: {texts.format_count(side.sizes[segment])} customers"),
            element("rect", x=side.x, y=top, width=_BAR, height=tall, rx=2, class_="fill"),
            text(beside, top + tall / 2 + 5, shown, "name", anchor),
        ]
        if tall >= 16:
            inside.append(text(side.x + _BAR / 2, top + tall / 2 + 5, str(segment), "on-fill", "middle"))
        parts.append(element("g", *inside, class_=tones.get(segment, "tone-none")))
    return parts
