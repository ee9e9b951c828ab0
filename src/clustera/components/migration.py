"""Who moved from which segment to which, between two runs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from clustera import texts
from clustera.components.markup import Markup, element, fill, is_listing, listed, tone
from clustera.records import Comparison, Migration, Move, SegmentProfile

_ROW, _BAR, _GAP = 46.0, 28.0, 10.0  # pixels: a usual bar's height, its width, and what lies between two
_LINE = 17.0  # pixels from one line of a name to the next
_COUNT = 16.0  # height of the number of those who moved
_TOLD = 0.02  # share of all customers from which a stream has its number; the table has all
_NEW, _GONE = -1, -2  # stand where a segment does: of customers who came, and of those who are no longer known


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the width is divided; the stylesheet shows one of the two."""

    kind: str
    left: int  # percent of the width: where the names end, and where they begin again
    right: int
    letters: int  # of one line of a name


_BOTH_NAMED = (_Layout("wide", 31, 69, 28), _Layout("narrow", 31, 69, 13))
_RIGHT_NAMED = (_Layout("wide", 6, 69, 28), _Layout("narrow", 13, 57, 18))  # names stand once, on the right


@dataclass(frozen=True, slots=True)
class _Side:
    """The segments of one run, one under the other."""

    sizes: Mapping[int, int]
    names: Mapping[int, str]
    labels: Mapping[int, Sequence[str]]  # the lines beside each bar
    scale: float  # height of one customer
    edge: int  # percent of the width where its bars stand
    anchor: str  # where its names end: "end" on the left, "start" on the right

    def thick(self, segment: int) -> float:
        return self.sizes[segment] * self.scale

    def tall(self, segment: int) -> float:
        """What a segment takes: its bar or its name, whichever is higher."""
        return max(self.thick(segment), _LINE * len(self.labels[segment]))

    def needed(self) -> float:
        return sum(map(self.tall, self.sizes)) + _GAP * (len(self.sizes) - 1)

    def tops(self, height: float) -> dict[int, float]:
        """Where each segment's bar begins, in the middle of what it takes."""
        spare = (height - self.needed()) / len(self.sizes)
        found, y = {}, 0.0
        for segment in self.sizes:
            found[segment] = y + (spare + self.tall(segment) - self.thick(segment)) / 2
            y += spare + self.tall(segment) + _GAP
        return found


def moves_chart(
    comparison: Comparison,
    segments: Sequence[SegmentProfile] = (),
    *,
    lists: bool = True,
    since: str | None = None,
    after_colors: Mapping[int, int] | None = None,
) -> Markup:
    """Streams of customers from the segments before (left) to those after (right), as thick as they are large.

    Drawn twice, for wide screens and for narrow ones; the stylesheet shows one of the two.

    Args:
        comparison: Two runs held against each other.
        segments: The segments after; they bring their colors.
        lists: Whether a stream leads to its customers, where there are lists.
        since: The run before, where a list has to be told it.
        after_colors: Places in the palette of the segments after, where `segments` are those before.
    """
    if not any(move.count for move in comparison.moves):
        return Markup("")
    layouts = _RIGHT_NAMED if comparison.same_definitions else _BOTH_NAMED
    tones = {segment.segment: tone(segment.color) for segment in segments}
    arrived = tones if after_colors is None else {segment: tone(color) for segment, color in after_colors.items()}
    known = {segment.segment: segment.size for segment in segments} if after_colors is None else None
    drawn = []
    for layout in layouts:
        before, after = _sides(comparison, layout, known, beside=after_colors is None)
        height = max(before.needed(), after.needed())
        streams, counts = _streams(
            comparison, before, after, tones, height, lists=lists, since=since, beside=after_colors is None
        )
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
        parts = [flow, *_bars(before, tones, height), *_bars(after, arrived, height), *counts]
        parts += [*_side_names(before, height), *_side_names(after, height)]
        # No viewBox: letters keep their size on every screen, and the streams alone are stretched.
        drawn.append(
            element(
                "svg",
                *parts,
                width="100%",
                height=height,
                role="group" if lists and is_listing() else "img",
                aria_label=_chart_label(comparison),
                class_=f"migration for-{layout.kind}",
            )
        )
    return Markup("").join(drawn)


def _chart_label(comparison: Comparison) -> str:
    return texts.translate(
        "Streams of {n} customers from the segments of {before} (left) to those of {after} (right). {share} stayed. The table has the largest moves.",
        n=texts.format_count(sum(move.count for move in comparison.moves)),
        before=comparison.before,
        after=comparison.after,
        share=texts.format_share(comparison.stayed),
    )


def _sides(
    comparison: Comparison, layout: _Layout, known: Mapping[int, int] | None, *, beside: bool
) -> tuple[_Side, _Side]:
    """Both sides, with those who came at the foot of the left one, and those who left at the foot of the right one."""
    moves = _all_moves(comparison)
    left, right = Counter[int](), Counter[int]()
    for move in moves:
        left[move.before] += move.count
        right[move.after] += move.count
    places = _places_of_segments(comparison, {*left, *right} - {_NEW, _GONE})
    last = len(places) + max(places.values(), default=0)
    sizes = [{s: side[s] for s in sorted(side, key=lambda s: places.get(s, last))} for side in (left, right)]
    totals_before, totals_after, whole = comparison.sizes(known)
    compared = totals_before if beside and whole else None
    names_before = {**comparison.names_before, _NEW: texts.translate("New")}
    names_after = {**comparison.names_after, _GONE: texts.translate("No longer in the data")}

    def named(names: Mapping[int, str], segment: int) -> list[str]:
        return textwrap.wrap(_segment_name(names, segment), layout.letters)

    bare = comparison.same_definitions
    # Where the right side says how many more there are, the left one needs no numbers.
    labels_before = {
        s: [
            *(named(names_before, s) if s == _NEW or not bare else []),
            *([texts.format_count(totals_before.get(s, n))] if s == _NEW or not (bare and compared) else []),
        ]
        for s, n in sizes[0].items()
    }
    labels_after = {
        s: [*named(names_after, s), _size_words(totals_after.get(s, n), (compared or {}).get(s))]
        for s, n in sizes[1].items()
    }
    scale = _ROW * max(map(len, sizes)) / sum(move.count for move in moves)
    return (
        _Side(sizes[0], names_before, labels_before, scale, layout.left, "end"),
        _Side(sizes[1], names_after, labels_after, scale, layout.right, "start"),
    )


def _all_moves(comparison: Comparison) -> list[Move]:
    """The moves, and those who came or left, in the order of the segments; these two at the foot."""
    came = [Move(_NEW, segment, count) for segment, count in comparison.came if count]
    left = [Move(segment, _GONE, count) for segment, count in comparison.left if count]
    foot = {_NEW: float("inf"), _GONE: float("inf")}
    moves = [*(move for move in comparison.moves if move.count), *came, *left]
    return sorted(moves, key=lambda move: (foot.get(move.before, move.before), foot.get(move.after, move.after)))


def _segment_name(names: Mapping[int, str], segment: int) -> str:
    return names.get(segment) or texts.translate("Segment {n}", n=segment)


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
    comparison: Comparison,
    before: _Side,
    after: _Side,
    tones: Mapping[int, str],
    height: float,
    *,
    lists: bool,
    since: str | None,
    beside: bool,
) -> tuple[list[Markup], list[Markup]]:
    """The streams, and how many customers the larger ones of those who moved have.

    Args:
        comparison: Two runs held against each other.
        before: The left side.
        after: The right side.
        tones: Classes of the colors by segment before.
        height: Of the chart (pixels).
        lists: Whether a stream leads to its customers, where there are lists.
        since: The run before, where a list has to be told it.
        beside: Whether a number is the same segment on both sides.
    """
    out, into = before.tops(height), after.tops(height)
    x1, middle, x2 = 0.0, 50.0, 100.0
    parts = []
    starts = []
    for move in _all_moves(comparison):
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
            before=_segment_name(before.names, move.before),
            after=_segment_name(after.names, move.after),
        )
        kind = "stayed" if beside and comparison.stays(move) else "moved"
        shade = tones.get(move.before, "tone-none")
        mark = element("path", element("title", said), d=path, class_=f"stream {kind} {shade}")
        led = lists and {move.before, move.after}.isdisjoint({_NEW, _GONE})
        parts.append(listed(mark, said, segment=move.after, before=move.before, since=since) if led else mark)
        if kind == "moved" and move.count >= max(_TOLD * comparison.common, 1):
            starts.append((move, y1 + thick / 2))
    return parts, [_move_count(move, y, before.edge, tones) for move, y in _spaced(starts)]


def _spaced(starts: Sequence[tuple[Move, float]]) -> list[tuple[Move, float]]:
    """The larger of the streams that begin too near to each other for two numbers."""
    kept: list[tuple[Move, float]] = []
    for move, y in sorted(starts, key=lambda start: -start[0].count):
        if all(abs(y - other) >= _COUNT for _, other in kept):
            kept.append((move, y))
    return kept


def _move_count(move: Move, y: float, edge: int, tones: Mapping[int, str]) -> Markup:
    """How many moved and to which segment, in the color of their stream, where it begins."""
    said = texts.format_count(move.count) + (f"→{move.after}" if move.after != _GONE else "")
    width = 7.0 * len(said) + 12
    return element(
        "g",
        element("rect", x=f"{edge}%", y=y - _COUNT / 2, width=width, height=_COUNT, rx=_COUNT / 2, class_="fill"),
        element("text", said, x=f"{edge}%", dx=width / 2, y=y + 4, class_="on-fill count", text_anchor="middle"),
        class_=tones.get(move.before, "tone-none"),
        transform=f"translate({_BAR + 4:g} 0)",
    )


def _bars(side: _Side, tones: Mapping[int, str], height: float) -> list[Markup]:
    place, shift = f"{side.edge}%", 0.0 if side.anchor == "end" else -_BAR
    parts = []
    for segment, top in side.tops(height).items():
        tall = max(side.thick(segment), 1.0)
        inside = [
            element("title", _sized(_segment_name(side.names, segment), side.sizes[segment])),
            element("rect", x=place, y=top, width=_BAR, height=tall, rx=2, class_="fill"),
        ]
        if tall >= _LINE and segment not in {_NEW, _GONE}:
            number = element(
                "text", str(segment), x=place, dx=_BAR / 2, y=top + tall / 2 + 5, class_="on-fill", text_anchor="middle"
            )
            inside.append(number)
        moved = f"translate({shift:g} 0)" if shift else None
        parts.append(element("g", *inside, class_=tones.get(segment, "tone-none"), transform=moved))
    return parts


def _sized(name: str, customers: int) -> str:
    return texts.translate_count(customers, "{name}: {n} customer", "{name}: {n} customers", name=name)


def _side_names(side: _Side, height: float) -> list[Markup]:
    """The lines beside each bar, at its middle."""
    place, shift = f"{side.edge}%", -9 if side.anchor == "end" else 9
    parts = []
    for segment, top in side.tops(height).items():
        lines = side.labels[segment]
        first = top + (side.thick(segment) - _LINE * len(lines)) / 2 + 13
        # The space between two lines stands where it moves no line.
        spaced = [f"{words} " if shift > 0 else f" {words}" for words in lines]
        spans = [element("tspan", words, x=place, dx=shift, y=first + _LINE * at) for at, words in enumerate(spaced)]
        parts.append(element("text", *spans, class_="name", text_anchor=side.anchor))
    return parts


def _size_words(size: int, earlier: int | None) -> str:
    """How many customers a segment has, and how many more than before: "353 (+20)"."""
    if earlier is None or size == earlier:
        return texts.format_count(size)
    more = size - earlier
    return f"{texts.format_count(size)} ({'+' if more > 0 else '−'}{texts.format_count(abs(more))})"
