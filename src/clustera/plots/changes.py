"""Figures of what changes: between two runs, and as it is expected to go on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from clustera import palette, texts
from clustera.errors import InputError
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import Comparison, Migration, MigrationForecast, SegmentProfile

_BAR = 0.06
_GAP = 0.035  # of all customers
_GREY = "#8b919b"
_OUTSIDE = 1 << 60  # stands below all segments: customers who come, or who leave

Flows = Mapping[tuple[int, int], float]  # (segment before, segment after) -> customers


@checked
def migration(comparison: Comparison, *, segments: Sequence[SegmentProfile] = (), ax: Axes | None = None) -> Axes:
    """Streams of customers from the segments before to those after, as thick as they are large.

    Args:
        comparison: Two runs, or two days, held against each other: `later.comparison`, or `seg.compare(later)`.
        segments: The segments after; they bring their colors.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: the two runs have no customer in common.

    >>> from clustera import plots
    >>> ax = plots.migration(later.comparison, segments=later.outcome.segments)
    >>> ax.get_xlabel()
    '94% of 210 customers stayed; strong streams moved'
    """
    flows = {(move.before, move.after): float(move.count) for move in comparison.moves}
    if not sum(flows.values()):
        raise InputError("The two runs have no customer in common, so nobody can have moved.")
    ax = _draw_streams(ax, flows, comparison.names_before, comparison.names_after, segments)
    ax.set_xticks([0, 1], [comparison.before, comparison.after])
    said = f"{texts.format_share(comparison.stayed)} of {texts.format_count(comparison.common)} customers stayed; strong streams moved"
    ax.set_xlabel("\n".join(filter(None, [said, texts.unshown_sentence(comparison)])))
    return ax


@checked
def forecast(migration: Migration, *, segments: Sequence[SegmentProfile] = (), ax: Axes | None = None) -> Axes:
    """Where customers are expected to be one period later, with those who come and those who leave.

    Args:
        migration: Segments on several days, what is expected next, and how well that went before:
            `seg.outcome.behavior.migration`.
        segments: The segments; they bring their names and colors.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is nobody whose way could be foreseen.

    >>> from clustera import plots
    >>> ax = plots.forecast(seg.outcome.behavior.migration, segments=seg.outcome.segments)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['March 25, 2025', 'expected a month later']
    >>> print(ax.texts[5].get_text())  # the last of the bars on the left
    Rarely seen low spenders
    94
    """
    record, numbers, sizes = migration.forecast, migration.segments, migration.sizes[-1]
    flows: dict[tuple[int, int], float] = {}
    for segment, size, shares, came in zip(numbers, sizes, record.matrix, record.arrivals, strict=True):
        for to, share in zip(numbers, shares, strict=True):
            flows[segment, to] = size * share
        flows[segment, _OUTSIDE] = size * max(1 - sum(shares), 0.0)
        flows[_OUTSIDE, segment] = came
    # A share of 1 written in binary leaves a trace of nobody.
    flows = {way: amount for way, amount in flows.items() if amount > 1e-6}
    if not flows:
        raise InputError("There is no customer whose way could be foreseen.")
    known = {segment.segment: segment.name for segment in segments}
    lost = sum(amount for (_, new), amount in flows.items() if new == _OUTSIDE)
    before: dict[int, str] = {_OUTSIDE: f"New customers\n{texts.format_count(sum(record.arrivals))}"}
    after: dict[int, str] = {_OUTSIDE: f"No longer customers\n{texts.format_count(lost)}"}
    for segment, now, then in zip(numbers, sizes, record.expected, strict=True):
        name = look.wrapped(known.get(segment, f"Segment {segment}"), 38, lines=1 if len(numbers) > 7 else 2)
        before[segment] = f"{name}\n{texts.format_count(now)}"
        change = f" ({texts.format_index(100 * then / now, same='as now')})" if now else ""
        after[segment] = f"{name}\n{texts.format_count(then)}{change}"
    ax = _draw_streams(ax, flows, before, after, segments)
    later = "a month later" if migration.months == 1 else f"{migration.months} months later"
    ax.set_xticks([0, 1], [texts.format_day(migration.days[-1]), f"expected {later}"])
    ax.set_xlabel(_tried(record))
    return ax


@checked
def sizes_over_time(migration: Migration, *, segments: Sequence[SegmentProfile] = (), ax: Axes | None = None) -> Axes:
    """Customers of each segment on several days, by the same definitions; the ring is what is expected next.

    Args:
        migration: Segments on several days: `seg.outcome.behavior.migration`.
        segments: The segments; they bring their names and colors.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    >>> from clustera import plots
    >>> ax = plots.sizes_over_time(seg.outcome.behavior.migration, segments=seg.outcome.segments)
    >>> [" ".join(label.get_text().split()) for label in ax.get_xticklabels()]
    ['December 25, 2024', 'January 25, 2025', 'February 25, 2025', 'March 25, 2025', 'next']
    >>> [int(size) for size in ax.lines[0].get_ydata()]  # segment 1
    [48, 49, 48, 48]
    """
    ax = look.axes(ax, width=10.0, height=max(4.4, 1.2 + 0.42 * len(segments)))
    look.dress(ax, grid="y")
    last = len(migration.days) - 1
    drawn = [segment for segment in segments if segment.segment in migration.segments]
    ends = []
    for segment in drawn:
        place = migration.segments.index(segment.segment)
        sizes = [row[place] for row in migration.sizes]
        shade, shape = palette.color(segment.color), palette.marker(segment.color)
        then = migration.forecast.expected[place]
        ax.plot(range(last + 1), sizes, color=shade, marker=shape, markersize=5, linewidth=2)
        ax.plot([last, last + 1], [sizes[-1], then], color=shade, linewidth=1, linestyle=":")
        ax.scatter([last + 1], [then], s=42, facecolors=[look.ground(ax)], edgecolors=[shade], zorder=3, clip_on=False)
        ends.append(then)
    step = max(1, math.ceil((last + 2) / 6))
    every = ["\n".join(texts.format_day(day).rsplit(" ", 1)) for day in migration.days] + ["next"]
    shown = sorted({*range(last, -1, -step), last + 1})
    ax.set_xticks(shown, [every[i] for i in shown])
    ax.set_ylim(0, 1.06 * max([*ends, *(n for row in migration.sizes for n in row), 1]))
    ax.set_xlim(-0.3, (last + 1) * 1.045 + 0.1)
    ax.yaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    ax.set_ylabel("Customers")
    ax.set_xlabel(_tried(migration.forecast))
    look.named_at_the_end(ax, drawn, last + 1, ends)
    return ax


def _tried(record: MigrationForecast) -> str:
    times = "period" if record.transitions == 1 else "periods"
    said = f"Learned from {record.transitions} {times}; "
    if record.error is None or record.error_unchanged is None:
        return said + "not tried on the past"
    return said + (
        f"tried on {record.tested} of them: {texts.format_share(record.error)} of the customers counted in a wrong segment,\n"
        f"{texts.format_share(record.error_unchanged)} if every size is said to stay"
    )


def _draw_streams(
    ax: Axes | None,
    flows: Flows,
    names_before: Mapping[int, str],
    names_after: Mapping[int, str],
    segments: Sequence[SegmentProfile],
) -> Axes:
    before, after = defaultdict[int, float](float), defaultdict[int, float](float)
    flows = {way: amount for way, amount in flows.items() if amount > 0}
    for (old, new), amount in flows.items():
        before[old] += amount
        after[new] += amount
    rows = max(len(before), len(after))
    ax = look.axes(ax, width=9.0, height=1.4 + 0.5 * rows)
    look.dress(ax, grid="")
    known = {segment.segment: palette.color(segment.color) for segment in segments}
    shades = {number: known.get(number, _GREY) for number in (*before, *after)}
    scale = 1 / sum(flows.values())
    out, into = _tops(before, scale), _tops(after, scale)
    _draw_size_bars(ax, before, out, shades, names_before, left=True)
    _draw_size_bars(ax, after, into, shades, names_after, left=False)
    for (old, new), amount in sorted(flows.items()):
        thick = amount * scale
        strength = 0.25 if old == new else 0.65
        ax.add_patch(_stream(out[old], into[new], thick, shades[old], strength))
        out[old] += thick
        into[new] += thick
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(1 + _GAP * rows, -_GAP)
    ax.tick_params(top=False, labeltop=True, labelbottom=False, labelcolor=look.ink(ax))
    ax.set_yticks([])
    return ax


def _tops(sizes: Mapping[int, float], scale: float) -> dict[int, float]:
    found, y = {}, 0.0
    for segment in sorted(sizes):
        found[segment] = y
        y += sizes[segment] * scale + _GAP
    return found


def _draw_size_bars(
    ax: Axes,
    sizes: Mapping[int, float],
    tops: Mapping[int, float],
    shades: Mapping[int, str],
    names: Mapping[int, str],
    *,
    left: bool,
) -> None:
    total = sum(sizes.values())
    for segment, top in tops.items():
        tall = sizes[segment] / total
        x = 0.0 if left else 1 - _BAR
        ax.add_patch(Rectangle((x, top), _BAR, tall, color=shades[segment], linewidth=0))
        middle = top + tall / 2
        if tall > 0.02 and segment != _OUTSIDE:
            ink = palette.ink_on(shades[segment])
            ax.text(x + _BAR / 2, middle, str(segment), ha="center", va="center", color=ink, fontsize=9, weight="bold")
        ax.annotate(
            _wrapped_label(names.get(segment, f"Segment {segment}")),
            (0.0 if left else 1.0, middle),
            (-8 if left else 8, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            color=look.ink(ax),
            fontsize=9,
            annotation_clip=False,
        )


def _wrapped_label(name: str) -> str:
    return name if "\n" in name else look.wrapped(name, 30, lines=2)


def _stream(y1: float, y2: float, thick: float, shade: str, strength: float) -> PathPatch:
    x1, x2, middle = _BAR, 1 - _BAR, 0.5
    corners = [
        (x1, y1), (middle, y1), (middle, y2), (x2, y2),
        (x2, y2 + thick), (middle, y2 + thick), (middle, y1 + thick), (x1, y1 + thick), (x1, y1),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(Path(corners, codes), facecolor=shade, alpha=strength, linewidth=0)
