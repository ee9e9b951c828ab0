"""Figures of segments: sizes, profiles, descriptors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from clustera import palette, scales, texts
from clustera.errors import InputError, closest
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.plots.people import features_drawn
from clustera.records import Outcome

_MOST_VALUES = 6


@checked
def sizes(outcome: Outcome, *, ax: Axes | None = None) -> Axes:
    """Customers per segment, with count and share.

    Args:
        outcome: What was found: `seg.outcome`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    >>> from clustera import plots
    >>> ax = plots.sizes(seg.outcome)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['1  Recently active big spenders', '2  Active frequent buyers', '3  Rarely seen low spenders']
    >>> [text.get_text() for text in ax.texts]
    ['48  (23%)', '68  (32%)', '94  (45%)']
    """
    segments = outcome.segments
    ax = look.axes(ax, width=8.0, height=1.1 + 0.42 * len(segments))
    look.dress(ax, grid="")
    shades = [palette.color(segment.color) for segment in segments]
    bars = ax.barh(range(len(segments)), [segment.size for segment in segments], color=shades, height=0.66)
    said = [f"{texts.format_count(segment.size)}  ({texts.format_share(segment.share)})" for segment in segments]
    ax.bar_label(bars, said, padding=6, color=look.ink(ax))
    look.segment_ticks(ax, segments)
    ax.set_xlim(0, max(segment.size for segment in segments) * 1.25)
    ax.set_xlabel("Customers")
    ax.xaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    return ax


@checked
def profile(
    outcome: Outcome,
    *,
    by: Literal["index", "effect"] = "index",
    features: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Segments against features: shaded by distance from the other customers, written as index or effect.

    Args:
        outcome: What was found: `seg.outcome`.
        by: "index": the segment's average against the average customer; "effect": its distance from all others in
            standard deviations. The shading is always the effect, so that it means the same in every column.
        features: Which ones; by default all, of more than 40 those that set segments apart most.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such feature.

    >>> from clustera import plots
    >>> ax = plots.profile(seg.outcome)
    >>> [" ".join(label.get_text().split()) for label in ax.get_xticklabels()][:2]
    ['Days since last order', 'Purchase days, last 358 days']
    >>> ax.texts[0].get_text().split()  # the mean of segment 1, and against the average customer
    ['57', '−20%']
    """
    shown, segments = features_drawn(outcome, features, most=look.MOST_ACROSS), outcome.segments
    ax = look.axes(ax, width=3.2 + 1.35 * len(shown), height=max(3.0, 1.6 + 0.5 * len(segments)))
    look.dress(ax, grid="")
    cells = [{entry.feature: entry for entry in segment.features} for segment in segments]
    effect = np.array([[c[f.name].effect if f.name in c else math.nan for f in shown] for c in cells])
    drawn = ax.imshow(effect, cmap=look.diverging(ax), vmin=-2, vmax=2, aspect="auto")
    for i, known in enumerate(cells):
        for j, feature in enumerate(shown):
            if feature.name not in known:
                continue
            entry = known[feature.name]
            indexed = by == "index" and entry.index > 0 and entry.mean >= 0
            second = (
                texts.format_index(entry.index)
                if indexed
                else f"{round(entry.effect, 1) + 0.0:+.1f} sd".replace("-", "−")
            )
            said = f"{texts.format_value(entry.mean, feature)}\n{second}"
            shade = palette.ink_on(look.shade_of(drawn, float(effect[i, j])))
            ax.text(j, i, said, ha="center", va="center", fontsize=8.5, color=shade)
    ax.set_xticks(range(len(shown)), [look.wrapped(feature.label, 16) for feature in shown])
    _tell_left_out(ax, len(shown), features, outcome)
    look.segment_ticks(ax, segments)
    ax.tick_params(labelcolor=look.ink(ax), top=True, labeltop=True, bottom=False, labelbottom=False)
    look.tiles(ax, len(shown), len(segments))
    look.color_bar(ax, drawn, "Distance from the other customers (sd)", (-2, -1, 0, 1, 2))
    return ax


@checked
def snake(outcome: Outcome, *, features: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """One line per segment over all features on one scale: how far its center lies from the average customer.

    Args:
        outcome: What was found: `seg.outcome`.
        features: Which ones; by default all, of more than 40 those that set segments apart most.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such feature.

    >>> from clustera import plots
    >>> ax = plots.snake(seg.outcome)
    >>> [round(float(height), 1) for height in ax.lines[0].get_ydata()]  # segment 1, feature by feature
    [-0.1, -0.3, 1.3, 0.6]
    """
    shown, segments = features_drawn(outcome, features, most=look.MOST_ACROSS), outcome.segments
    ax = look.axes(ax, width=4.2 + 1.35 * len(shown), height=look.beside_legend(5.2, segments))
    look.dress(ax, grid="x")
    places = range(len(shown))
    whole = outcome.preparation.features
    centers = scales.picture_centers(segments, whole)[:, [whole.index(feature) for feature in shown]]
    for segment, center, name in zip(segments, centers, look.legend_labels(segments), strict=True):
        shade, shape = palette.color(segment.color), palette.marker(segment.color)
        ax.plot(places, center, color=shade, marker=shape, markersize=7, linewidth=2.2, label=name)
    ax.axhline(0, color=look.muted(ax, 0.6), linewidth=1, linestyle=(0, (4, 4)), zorder=1)
    ax.set_xticks(places, [look.wrapped(feature.label, 16) for feature in shown])
    _tell_left_out(ax, len(shown), features, outcome)
    ax.set_ylabel("Standard deviations from the average\n(of the prepared feature)")
    ax.margins(x=0.06)
    look.legend(ax)
    return ax


@checked
def descriptors(outcome: Outcome, descriptor: str, *, ax: Axes | None = None) -> Axes:
    """How often each value of a descriptor occurs in each segment, with the 95 % interval, and among all customers.

    Args:
        outcome: What was found: `seg.outcome`.
        descriptor: Name of a descriptor column. Its six most frequent values are drawn.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no such descriptor.

    >>> from clustera import plots
    >>> ax = plots.descriptors(seg.outcome, "city")
    >>> ax.get_xlabel()
    'city: share of the segment (bar: 95% interval; dotted: all customers)'
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Jena', 'Ulm', 'Bonn']
    """
    known = sorted({entry.descriptor for segment in outcome.segments for entry in segment.descriptors})
    if descriptor not in known:
        near = closest(descriptor, known)
        raise InputError(
            f"There is no descriptor {descriptor!r}; there {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}.",
            hint=f"Did you mean {near!r}?" if near else "",
        )
    segments = outcome.segments
    ax = look.axes(ax, width=8.6, height=1.8 + 0.48 * len(segments))
    look.dress(ax, grid="x")
    overall = {e.value: e.overall for s in segments for e in s.descriptors if e.descriptor == descriptor}
    values = sorted(overall, key=lambda value: (-overall[value], value))[:_MOST_VALUES]
    shades = look.neutrals(ax, len(values))
    step = 0.62 / max(len(values), 1)
    for v, value in enumerate(values):
        places, shares, below, above = [], [], [], []
        for i, segment in enumerate(segments):
            for entry in segment.descriptors:
                if (entry.descriptor, entry.value) == (descriptor, value):
                    places.append(i + (v - (len(values) - 1) / 2) * step)
                    shares.append(entry.share)
                    low, high = entry.interval
                    below.append(max(entry.share - low, 0.0))
                    above.append(max(high - entry.share, 0.0))
        ax.errorbar(
            shares,
            places,
            xerr=(below, above),
            fmt=look.shape(v),
            color=shades[v],
            markersize=6,
            elinewidth=1.2,
            label=look.wrapped(value, 24, lines=2),
        )
        ax.axvline(overall[value], color=shades[v], linewidth=1, linestyle=(0, (2, 3)), zorder=0)
    look.segment_ticks(ax, segments)
    for place, segment in zip(ax.get_yticklabels(), segments, strict=True):
        place.set_color(look.ink(ax))
        ax.axhline(segments.index(segment) + 0.5, color=look.muted(ax, 0.12), linewidth=0.8, zorder=0)
    ax.set_ylim(len(segments) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(lambda value, _: texts.format_share(max(value, 0.0)))
    ax.set_xlabel(look.wrapped(f"{descriptor}: share of the segment (bar: 95% interval; dotted: all customers)", 72))
    look.legend(ax)
    return ax


def _tell_left_out(ax: Axes, shown: int, asked: Sequence[str], outcome: Outcome) -> None:
    """Says below the drawing that there are more features, where nobody chose those that are drawn."""
    there = len(outcome.preparation.features)
    if not asked and shown < there:
        ax.set_xlabel(f"{shown} of {there} features: those that set the segments apart most")
