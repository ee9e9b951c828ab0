"""Figures of what changed between two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from clustera import display, palette
from clustera.errors import InputError
from clustera.plots import look
from clustera.records import Comparison, SegmentProfile

_BAR = 0.06
_GAP = 0.035  # of all customers


def migration(comparison: Comparison, *, segments: Sequence[SegmentProfile] = (), ax: Axes | None = None) -> Axes:
    """Streams of customers from the segments before to those after, as thick as they are large.

    Args:
        comparison: Two runs held against each other.
        segments: The segments after; they bring their colours.
        ax: Where to draw.

    Raises:
        InputError: the two runs have no customer in common.
    """
    total = sum(move.count for move in comparison.moves)
    if not total:
        raise InputError("The two runs have no customer in common, so nobody can have moved.")
    before, after = Counter[int](), Counter[int]()
    for move in comparison.moves:
        before[move.before] += move.count
        after[move.after] += move.count
    rows = max(len(before), len(after))
    ax = look.axes(ax, width=9.0, height=1.4 + 0.5 * rows)
    look.dress(ax, grid="")
    known = {segment.segment: palette.colour(segment.colour) for segment in segments}
    shades = {number: known.get(number, "#8b919b") for number in (*before, *after)}
    scale = 1 / total
    out, into = _tops(before, scale), _tops(after, scale)
    _bars(ax, before, out, shades, comparison.names_before, left=True)
    _bars(ax, after, into, shades, comparison.names_after, left=False)
    for move in sorted(comparison.moves, key=lambda move: (move.before, move.after)):
        thick = move.count * scale
        strength = 0.25 if move.before == move.after else 0.65
        ax.add_patch(_stream(out[move.before], into[move.after], thick, shades[move.before], strength))
        out[move.before] += thick
        into[move.after] += thick
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(1 + _GAP * rows, -_GAP)
    ax.set_xticks([0, 1], [comparison.before, comparison.after])
    ax.tick_params(top=False, labeltop=True, labelbottom=False, labelcolor=look.ink(ax))
    ax.set_yticks([])
    ax.set_xlabel(
        f"{display.share(comparison.stayed)} of {display.count(comparison.common)} customers stayed; strong streams moved"
    )
    return ax


def _tops(sizes: Mapping[int, int], scale: float) -> dict[int, float]:
    found, y = {}, 0.0
    for segment in sorted(sizes):
        found[segment] = y
        y += sizes[segment] * scale + _GAP
    return found


def _bars(
    ax: Axes,
    sizes: Mapping[int, int],
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
        if tall > 0.02:
            ink = palette.ink(shades[segment])
            ax.text(x + _BAR / 2, middle, str(segment), ha="center", va="center", color=ink, fontsize=9, weight="bold")
        ax.annotate(
            look.wrapped(names.get(segment, f"Segment {segment}"), 30, lines=2),
            (0.0 if left else 1.0, middle),
            (-8 if left else 8, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            color=look.ink(ax),
            fontsize=9,
            annotation_clip=False,
        )


def _stream(y1: float, y2: float, thick: float, shade: str, strength: float) -> PathPatch:
    x1, x2, middle = _BAR, 1 - _BAR, 0.5
    corners = [
        (x1, y1), (middle, y1), (middle, y2), (x2, y2),
        (x2, y2 + thick), (middle, y2 + thick), (middle, y1 + thick), (x1, y1 + thick), (x1, y1),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(Path(corners, codes), facecolor=shade, alpha=strength, linewidth=0)
