"""Who moved from which segment to which, between two runs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from clustera import texts
from clustera.components.markup import Markup, element, fill, is_listing, listed, tone
from clustera.records import Comparison, Migration, SegmentProfile

_ROW, _BAR, _GAP = 56.0, 28.0, 10.0
_LEFT, _RIGHT = 31, 69  # percent of the width: where the names end, and where they begin again
_BARE = 14  # where they end when both sides have the same names, and the left has numbers alone
_LINE = 17.0  # pixels from one line of a name to the next
_NUMBER = 16.0  # height of the number of those who moved
_APART = 7.0  # pixels between the names of two segments
_TOLD = 0.005  # share of all customers from which a stream has its number; the table has all
_LETTERS = {"wide": 28, "narrow": 14}  # of one line; the stylesheet shows one of the two


@dataclass(frozen=True, slots=True)
class _Side:
    """The segments of one run, one under the other."""

    names: Mapping[int, str]
    sizes: Mapping[int, int]
    scale: float  # height of one customer
    edge: int  # percent of the width where its bars stand
    named: bool = True
    beside: bool = True  # whether a number is the same segment on the other side
    totals: Mapping[int, int] = field(
        default_factory=dict
    )  # with those whom no stream shows, as they have one segment only
    compared: bool = False  # whether those are known on both sides

    def tops(self) -> dict[int, float]:
        """Where each segment's bar begins."""
        found, y = {}, 0.0
        for segment, size in self.sizes.items():
            found[segment] = y
            y += size * self.scale + _GAP
        return found

    def name(self, segment: int) -> str:
        return self.names.get(segment) or texts.translate("Segment {n}", n=segment)


def _names_of_sides(before: _Side, after: _Side) -> tuple[list[Markup], float]:
    """The names of the segments on both sides, in each size of letters, and where the lowest ends."""
    parts: list[Markup] = []
    lowest = 0.0
    for kind, letters in _LETTERS.items():
        for side, anchor, earlier in ((before, "end", None), (after, "start", before)):
            names, bottom = _side_names(side, anchor, kind, letters, earlier)
            parts += names
            lowest = max(lowest, bottom)
    return parts, lowest


def moves_chart(
    comparison: Comparison,
    segments: Sequence[SegmentProfile] = (),
    *,
    lists: bool = True,
    since: str | None = None,
    after_colors: Mapping[int, int] | None = None,
) -> Markup:
    """Streams of customers from the segments before (left) to those after (right), as thick as they are large.

    Args:
        comparison: Two runs held against each other.
        segments: The segments after; they bring their colors.
        lists: Whether a stream leads to its customers, where there are lists.
        since: The run before, where a list has to be told it.
        after_colors: Places in the palette of the segments after, where `segments` are those before.
    """
    total = sum(move.count for move in comparison.moves)
    if not total:
        return Markup("")
    left, right = Counter[int](), Counter[int]()
    for move in comparison.moves:
        left[move.before] += move.count
        right[move.after] += move.count
    rows = max(len(left), len(right))
    height = _ROW * rows
    scale = (height - _GAP * (rows - 1)) / total
    bare = comparison.same_definitions
    known = {segment.segment: segment.size for segment in segments} if after_colors is None else None
    all_before, all_after, whole = comparison.sizes(known)
    places = _places_of_segments(comparison, {*left, *right})
    before, after = (
        _Side(
            names,
            {s: sizes[s] for s in sorted(sizes, key=places.__getitem__)},
            scale,
            edge,
            named,
            after_colors is None,
            totals,
            after_colors is None and whole,
        )
        for names, sizes, totals, edge, named in (
            (comparison.names_before, left, all_before, _BARE if bare else _LEFT, not bare),
            (comparison.names_after, right, all_after, _RIGHT, True),
        )
    )
    tones = {segment.segment: tone(segment.color) for segment in segments}
    arrived = tones if after_colors is None else {segment: tone(color) for segment, color in after_colors.items()}
    streams, numbers = _streams(comparison, before, after, tones, lists=lists, since=since)
    flow = element(
        "svg",
        *streams,
        x=f"{before.edge}%",
        y=0,
        width=f"{after.edge - before.edge}%",
        height=height,
        viewBox=f"0 0 100 {height:g}",
        preserveAspectRatio="none",
    )
    parts = [flow, *_bars(before, tones, "end"), *_bars(after, arrived, "start"), *_move_counts(numbers, height)]
    names, bottom = _names_of_sides(before, after)
    parts += names
    height = max(height, bottom)
    label = texts.translate(
        "Streams of {n} customers from the segments of {before} (left) to those of {after} (right). {share} stayed. The table has the largest moves.",
        n=texts.format_count(total),
        before=comparison.before,
        after=comparison.after,
        share=texts.format_share(comparison.stayed),
    )
    # No viewBox: letters keep their size on every screen, and the streams alone are stretched.
    return element(
        "svg",
        *parts,
        width="100%",
        height=height,
        role="group" if lists and is_listing() else "img",
        aria_label=label,
        class_="migration",
    )


def _places_of_segments(comparison: Comparison, known: set[int]) -> dict[int, int]:
    """From top to bottom. Segments that stay the same stand in the order of their numbers, as everywhere.

    Of others whoever moves up to a segment that spends more is drawn upwards.
    """
    places = {segment: place for place, segment in enumerate(comparison.ranking)}
    if comparison.same_definitions or not known <= places.keys():
        return {segment: segment for segment in known}
    return places


def move_matrix(
    comparison: Comparison,
    segments: Sequence[SegmentProfile],
    *,
    since: str | None = None,
    fell: Collection[tuple[int, int]] = (),
) -> Markup:
    """How many customers went from each segment before (rows) to each one after (columns), with links within `listing`.

    Args:
        comparison: Two runs held against each other.
        segments: The segments after; they bring their colors.
        since: The run before, where a list has to be told it.
        fell: Moves (segment before, segment after) of customers whose own spend fell; none of them is shown as good news.
    """
    counts = {(move.before, move.after): move.count for move in comparison.moves if move.count}
    place = {segment: at for at, segment in enumerate(comparison.ranking)}

    def direction(before: int, after: int) -> str:
        if before == after and comparison.same_definitions:
            return "stayed"
        if before not in place or after not in place or not counts.get((before, after)):
            return ""
        if place[after] > place[before]:
            return "down"
        return "" if (before, after) in fell else "up"

    return fill(
        "move_matrix.html.j2",
        found=comparison,
        since=since,
        before=sorted(comparison.names_before),
        after=sorted(comparison.names_after),
        counts=counts,
        tones={segment.segment: tone(segment.color) for segment in segments},
        direction=direction,
    )


def sizes_table(found: Migration, segments: Sequence[SegmentProfile]) -> Markup:
    """Customers by segment on each day, and as expected one period later where that forecast did better than no change."""
    known = {segment.segment: segment for segment in segments}
    counts = list(zip(*found.sizes, strict=True))
    rows = [
        (known[identity], counts[at], found.forecast.expected[at])
        for at, identity in enumerate(found.segments)
        if identity in known
    ]
    return fill("migration.html.j2", found=found, rows=rows, totals=[sum(day) for day in found.sizes])


def _streams(
    comparison: Comparison, before: _Side, after: _Side, tones: Mapping[int, str], *, lists: bool, since: str | None
) -> tuple[list[Markup], list[tuple[float, int]]]:
    """The streams, and of those who moved: where each arrives, and how many they are."""
    out, into = before.tops(), after.tops()
    x1, middle, x2 = 0.0, 50.0, 100.0
    parts = []
    numbers = []
    for move in sorted(comparison.moves, key=lambda move: (move.before, move.after)):
        thick = move.count * before.scale
        y1, y2 = out[move.before], into[move.after]
        out[move.before] += thick
        into[move.after] += thick
        path = (
            f"M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {x2:g} {y2:.1f}v{thick:.1f}"
            f"C{middle:g} {y2 + thick:.1f} {middle:g} {y1 + thick:.1f} {x1:g} {y1 + thick:.1f}z"
        )
        said = texts.translate_count(
            move.count,
            "{before} to {after}: {n} customer",
            "{before} to {after}: {n} customers",
            before=before.name(move.before),
            after=after.name(move.after),
        )
        kind = "stayed" if move.before == move.after and after.beside else "moved"
        shade = tones.get(move.before, "tone-none")
        mark = element("path", element("title", said), d=path, class_=f"stream {kind} {shade}")
        led = lists and move.count
        parts.append(listed(mark, said, segment=move.after, before=move.before, since=since) if led else mark)
        if kind == "moved" and move.count >= max(_TOLD * comparison.common, 1):
            numbers.append((y2 + thick / 2, move.count))
    return parts, numbers


def _move_counts(numbers: Sequence[tuple[float, int]], height: float) -> list[Markup]:
    """How many moved, where each stream arrives; moved apart where streams arrive close to each other."""
    told = sorted(numbers)
    tops = spread_down([y - _NUMBER / 2 for y, _ in told], [_NUMBER] * len(told), max(height, _NUMBER * len(told)))
    return [
        element(
            "text",
            texts.format_count(count),
            x=f"{_RIGHT}%",
            dx=-(_BAR + 5),
            y=top + _NUMBER - 4,
            class_="count",
            text_anchor="end",
        )
        for top, (_, count) in zip(tops, told, strict=True)
    ]


def _bars(side: _Side, tones: Mapping[int, str], anchor: str) -> list[Markup]:
    place, shift = f"{side.edge}%", 0.0 if anchor == "end" else -_BAR
    parts = []
    for segment, top in side.tops().items():
        tall = max(side.sizes[segment] * side.scale, 1.0)
        inside = [
            element("title", _sized(side.name(segment), side.sizes[segment])),
            element("rect", x=place, y=top, width=_BAR, height=tall, rx=2, class_="fill"),
        ]
        if tall >= _LINE:
            number = element(
                "text", str(segment), x=place, dx=_BAR / 2, y=top + tall / 2 + 5, class_="on-fill", text_anchor="middle"
            )
            inside.append(number)
        moved = f"translate({shift:g} 0)" if shift else None
        parts.append(element("g", *inside, class_=tones.get(segment, "tone-none"), transform=moved))
    return parts


def _sized(name: str, customers: int) -> str:
    return texts.translate_count(customers, "{name}: {n} customer", "{name}: {n} customers", name=name)


def _side_names(side: _Side, anchor: str, kind: str, letters: int, earlier: _Side | None) -> tuple[list[Markup], float]:
    """The names beside their bars, in lines of at most so many letters, moved apart where bars are thin; their end.

    Below each stands how many customers it has, and how many more or fewer than on the earlier side.
    """
    told = [
        [*(textwrap.wrap(side.name(segment), letters) if side.named else []), _size_words(side, segment, earlier)]
        for segment in side.sizes
    ]
    middles = [top + side.sizes[segment] * side.scale / 2 for segment, top in side.tops().items()]
    tall = [_LINE * len(lines) + _APART for lines in told]
    bottom = middles[-1] + max(tall[-1], _LINE)
    tops = spread_down(
        [middle - (high - _APART) / 2 for middle, high in zip(middles, tall, strict=True)], tall, max(bottom, sum(tall))
    )
    place, beside = f"{side.edge}%", -9 if anchor == "end" else 9
    parts = []
    for lines, top in zip(told, tops, strict=True):
        spans = [
            element("tspan", f"{words} ", x=place, dx=beside, y=top + 13 + _LINE * at) for at, words in enumerate(lines)
        ]
        parts.append(element("text", *spans, class_=f"name {kind}", text_anchor=anchor))
    return parts, tops[-1] + tall[-1] + 4


def _size_words(side: _Side, segment: int, earlier: _Side | None) -> str:
    """How many customers a segment has: "353 (+20)"."""
    size = side.totals.get(segment, side.sizes[segment])
    if earlier is None or not side.compared or segment not in earlier.totals or size == earlier.totals[segment]:
        return texts.format_count(size)
    more = size - earlier.totals[segment]
    return f"{texts.format_count(size)} ({'+' if more > 0 else '−'}{texts.format_count(abs(more))})"


def spread_down(tops: Sequence[float], tall: Sequence[float], height: float) -> list[float]:
    """Places of boxes one under the other, as near to `tops` as can be without overlap, within 0 and `height`.

    >>> spread_down([0, 2, 50], [10, 10, 10], 60)
    [0, 10, 50]
    >>> spread_down([45, 55], [10, 10], 60)
    [40, 50]
    """
    placed: list[float] = []
    for top in tops:
        least = placed[-1] + tall[len(placed) - 1] if placed else 0
        placed.append(max(top, least))
    limit = height
    for at in reversed(range(len(placed))):
        placed[at] = min(placed[at], limit - tall[at])
        limit = placed[at]
    return placed
