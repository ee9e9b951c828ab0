"""How every figure looks: quiet axes, the palette, text that can be read on light and dark."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from unicodedata import east_asian_width

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from clustera import palette, scales, texts, transform
from clustera.plots.kinds import checked
from clustera.records import FeaturePreparation, SegmentProfile

Color = tuple[float, float, float]
Where = Literal["beside", "corner", "margin"]
MOST_ACROSS = 40  # columns of a picture: more of them are wider than can be read, and in the end than can be drawn
_TWO_LINES = 12  # segments whose names may have two lines each in a legend


def axes(ax: Axes | None, *, width: float = 7.0, height: float = 4.4) -> Axes:
    """The given Axes, or new ones of that size (inches)."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def axes_3d(*, width: float, height: float) -> Any:  # noqa: ANN401 - Axes3D
    """New Axes in three dimensions of that size (inches)."""
    import matplotlib.pyplot as plt

    size = (width, height)
    # The grid of three-dimensional Axes takes its color when it is made, and only from the settings.
    with mpl.rc_context({"grid.color": "#8b919b55", "grid.linewidth": 0.6}):
        return plt.subplots(figsize=size, layout="constrained", subplot_kw={"projection": "3d"})[1]


def figure(rows: int, columns: int, *, width: float, height: float) -> tuple[Figure, Any]:
    """A new figure with a grid of Axes, (rows, columns)."""
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", squeeze=False)


def ground(ax: Axes) -> Color:
    """The color behind the drawing; white where it is transparent and nothing lies beneath."""
    for shade in (ax.get_facecolor(), ax.figure.get_facecolor()):
        rgba = mpl.colors.to_rgba(shade)
        if rgba[3] > 0:
            return rgba[:3]
    return (1.0, 1.0, 1.0)


def ink(ax: Axes) -> Color:
    """The color of text and lines: what is set, unless it can't be seen on these Axes."""
    wanted = to_rgb(ax.xaxis.label.get_color())
    return (
        wanted
        if abs(_light(wanted) - _light(ground(ax))) > 0.35
        else (0.1, 0.11, 0.13)
        if _light(ground(ax)) > 0.5
        else (0.93, 0.92, 0.9)
    )


def muted(ax: Axes, strength: float = 0.65) -> Color:
    """Between ink and ground: 1 is ink, 0 is invisible."""
    front, back = np.array(ink(ax)), np.array(ground(ax))
    mixed = strength * front + (1 - strength) * back
    return (float(mixed[0]), float(mixed[1]), float(mixed[2]))


def dress(ax: Axes, *, title: str = "", grid: str = "both", frame: Sequence[str] = ()) -> Axes:
    """Quiet axes: a faint grid behind, no box (but the sides named in `frame`), the title at the left."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in frame)
        spine.set_color(muted(ax, 0.4))
    ax.set_axisbelow(True)
    ax.grid(False)
    if grid:
        ax.grid(True, axis=grid, color=muted(ax, 0.13), linewidth=0.8)  # type: ignore[arg-type]
    ax.tick_params(length=0, colors=muted(ax, 0.75), labelcolor=muted(ax, 0.75))
    ax.xaxis.label.set_color(ink(ax))
    ax.yaxis.label.set_color(ink(ax))
    if title:
        ax.set_title(title, loc="left", color=ink(ax), fontweight="bold", pad=12)
    return ax


def label(segment: SegmentProfile, width: int = 34, *, lines: int = 2) -> str:
    """Number and name of a segment on at most two lines of `width` letters."""
    return wrapped(f"{segment.segment}  {segment.name}", width, lines=lines)


def beside_legend(height: float, segments: Sequence[SegmentProfile]) -> float:
    """The height (inches) of Axes that are at least as tall as the legend of their segments."""
    return max(height, 0.8 + (0.36 if len(segments) <= _TWO_LINES else 0.2) * len(segments))


def legend_labels(segments: Sequence[SegmentProfile]) -> list[str]:
    """Number and name of each segment as a legend has them: on one line where there are many."""
    return [label(segment) if len(segments) <= _TWO_LINES else label(segment, 46, lines=1) for segment in segments]


def feature_axis(
    ax: Axes, which: str, feature: FeaturePreparation, ends: tuple[float, float], *, wanted: int = 6
) -> None:
    """Let an axis run evenly in the prepared feature, with round values in original units at its ticks."""
    low, high = ends
    axis = ax.xaxis if which == "x" else ax.yaxis
    if feature.power is not None:
        power = feature.power
        scale = ax.set_xscale if which == "x" else ax.set_yscale
        scale(
            "function",
            functions=(lambda v: transform.yeo_johnson(v, power), lambda v: transform.inverse_yeo_johnson(v, power)),
        )
    (ax.set_xlim if which == "x" else ax.set_ylim)(low, high)
    places = scales.axis_ticks(low, high, feature.power, wanted)
    axis.set_ticks(list(places), [texts.format_tick(place) for place in places], minor=False)
    axis.set_minor_locator(mpl.ticker.NullLocator())
    axis.set_label_text(wrapped(feature.label, 44, lines=2))


def legend(ax: Axes) -> None:
    """A legend without a box, beside the drawing."""
    drawn = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, borderaxespad=0.0, fontsize="small")
    for text in drawn.get_texts():
        text.set_color(ink(ax))


def segment_legend(
    ax: Axes, segments: Sequence[SegmentProfile], *, rings: bool = False, where: Where = "beside"
) -> None:
    """Color, number and name of every segment; `rings` explains outliers too.

    Args:
        ax: The Axes that are explained.
        segments: What is listed.
        rings: Outliers are drawn as rings.
        where: Beside the Axes, in the figure's upper right corner (which must be empty), or in a margin of the figure.
    """
    marks = [
        Line2D([], [], linestyle="", marker=palette.marker(s.color), color=palette.color(s.color), label=name)
        for s, name in zip(segments, legend_labels(segments), strict=True)
    ]
    if rings:
        marks.append(Line2D([], [], linestyle="", marker="o", color=muted(ax), markerfacecolor="none", label="outlier"))
    look = {"frameon": False, "borderaxespad": 0.0, "fontsize": "small"}
    whole = ax.get_figure(root=True)
    assert whole is not None
    if where == "beside":
        drawn = ax.legend(handles=marks, loc="upper left", bbox_to_anchor=(1.01, 1.0), **look)
    elif where == "corner":
        drawn = whole.legend(handles=marks, loc="upper right", bbox_to_anchor=(0.99, 0.985), **look)
        drawn.set_in_layout(False)
    else:
        drawn = whole.legend(handles=marks, loc="outside right upper", **look)
    for text in drawn.get_texts():
        text.set_color(ink(ax))


def segment_ticks(ax: Axes, segments: Sequence[SegmentProfile], places: Sequence[float] = ()) -> None:
    """The segments down the vertical axis, the first on top."""
    ax.set_yticks(list(places) or range(len(segments)), [label(segment) for segment in segments])
    ax.tick_params(axis="y", labelcolor=ink(ax))
    ax.set_ylim(len(segments) - 0.5, -0.5)


def tiles(ax: Axes, across: int, down: int) -> None:
    """Gaps between the cells of a heat map."""
    ax.set_xticks([i - 0.5 for i in range(across + 1)], minor=True)
    ax.set_yticks([i - 0.5 for i in range(down + 1)], minor=True)
    ax.grid(which="minor", color=ground(ax), linewidth=3)
    ax.tick_params(which="minor", length=0)


def color_bar(ax: Axes, drawn: AxesImage, title: str, places: Sequence[float]) -> None:
    """What the shades of a heat map mean."""
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.6, pad=0.02, ticks=list(places))
    bar.set_label(wrapped(title, 22), color=ink(ax), fontsize="small")
    bar.ax.tick_params(colors=muted(ax), length=0)
    bar.outline.set_visible(False)


def shade_of(drawn: AxesImage, value: float) -> str:
    """The color a heat map gives to a value, as #rrggbb."""
    red, green, blue = (float(part) for part in drawn.to_rgba(np.array([value]))[0][:3])
    return to_hex((red, green, blue))


def neutrals(ax: Axes, n: int) -> list[Color]:
    """Shades that no segment has, for up to six values; the shape tells them apart as well."""
    return [muted(ax, 1 - 0.55 * i / max(n - 1, 1)) for i in range(n)]


def set_apart(places: Sequence[float], least: float) -> list[float]:
    """Places moved as little as needed, keeping their order, until neighbors are `least` apart.

    >>> set_apart([0.0, 0.1, 5.0], 1.0)
    [-0.45, 0.55, 5.0]
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    groups: list[tuple[float, list[int]]] = []  # center of a run of touching places, and who is in it
    for i in order:
        center, members = places[i], [i]
        while groups and center - groups[-1][0] < least * (len(members) + len(groups[-1][1])) / 2:
            members = groups.pop()[1] + members
            center = sum(places[m] for m in members) / len(members)
        groups.append((center, members))
    moved = dict.fromkeys(order, 0.0)
    for center, members in groups:
        for rank, i in enumerate(members):
            moved[i] = center + least * (rank - (len(members) - 1) / 2)
    return [round(moved[i], 12) for i in range(len(places))]


def shape(i: int) -> str:
    """The shape of the i-th value's mark."""
    return "osD^vP"[i % 6]


def wrapped(text: str, width: int, *, lines: int = 4) -> str:
    r"""Words on at most `lines` lines of at most `width` letters, half as many of Chinese or Japanese; what is left over becomes an ellipsis.

    Two dollar signs are written so that they stay what they are: what is between them, matplotlib would set as a formula.

    >>> wrapped("Steady households who wait for a discount", 12, lines=2)
    'Steady\nhouseholds…'
    """
    if any(east_asian_width(letter) in "WF" for letter in text):
        width //= 2
    folded = textwrap.wrap(text, width, drop_whitespace=True) or [text]
    if len(folded) > lines:
        folded = [*folded[: lines - 1], folded[lines - 1][: width - 1] + "…"]
    whole = "\n".join(folded)
    return whole.replace("$", r"\$") if mpl.cbook.is_math_text(whole) and mpl.rcParams["text.parse_math"] else whole


def draw_badges(ax: Axes, places: Sequence[tuple[float, float]], segments: Sequence[SegmentProfile]) -> None:
    """The segments' numbers on discs of their color."""
    for (x, y), segment in zip(places, segments, strict=True):
        shade = palette.color(segment.color)
        ax.scatter(
            [x],
            [y],
            s=250,
            marker=palette.marker(segment.color),
            color=shade,
            edgecolors=[ground(ax)],
            linewidths=1.8,
            zorder=5,
        )
        ax.annotate(
            str(segment.segment),
            (x, y),
            ha="center",
            va="center_baseline",
            fontsize=9,
            fontweight="bold",
            color=palette.ink_on(shade),
            zorder=6,
        )


def named_at_the_end(ax: Axes, segments: Sequence[SegmentProfile], last: int, values: Sequence[float]) -> None:
    """Number and name of each segment at the right end of its line, moved apart where lines meet."""
    low, high = ax.get_ylim()
    whole = ax.get_figure(root=True)
    assert whole is not None
    width, lines = (30, 2) if len(segments) < 9 else (52, 1)
    inches = 0.34 if lines == 2 else 0.27  # a badge is 0.24 tall
    least = (high - low) * inches / (0.82 * whole.get_figheight())
    places = set_apart(list(values), least)
    # Moved apart, some may stand below the axis: they move up, and push up those above them.
    floor = low
    for i in sorted(range(len(places)), key=places.__getitem__):
        places[i] = max(places[i], floor)
        floor = places[i] + least
    x = ax.get_xlim()[1]
    for segment, place, value in zip(segments, places, values, strict=True):
        shade = palette.color(segment.color)
        ax.plot([last, x], [value, place], color=shade, linewidth=0.8, alpha=0.6, clip_on=False)
        ax.annotate(
            wrapped(segment.name, width, lines=lines),
            (x, place),
            (13, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=ink(ax),
            annotation_clip=False,
        )
    draw_badges(ax, [(x, place) for place in places], segments)
    for mark in ax.collections[-len(segments) :]:
        mark.set_clip_on(False)


def diverging(ax: Axes) -> LinearSegmentedColormap:
    """From below the average through the ground to above it."""
    return LinearSegmentedColormap.from_list("clustera", [palette.LOW, to_hex(muted(ax, 0.04)), palette.HIGH])


@checked
def save(drawn: Axes | Figure, path: Path | str, *, dpi: float = 150) -> None:
    """Write a figure so that the same figure gives the same bytes (SVG ids and dates are fixed).

    Args:
        drawn: What a function of this package returned.
        path: .svg, .png or .pdf.
        dpi: Dots per inch of a .png.

    >>> from pathlib import Path
    >>> from clustera import plots
    >>> plots.save(plots.sizes(seg.outcome), "sizes.svg")
    >>> plots.save(plots.sizes(seg.outcome), "again.svg")
    >>> Path("sizes.svg").read_bytes() == Path("again.svg").read_bytes()
    True
    """
    target = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    assert target is not None
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(Path(path).suffix.lower())
    with mpl.rc_context({"svg.hashsalt": "clustera"}):
        target.savefig(path, metadata=dates, dpi=dpi)


def _light(color: Color) -> float:
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
