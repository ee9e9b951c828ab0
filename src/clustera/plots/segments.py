"""Figures of segments: sizes and profiles."""

from __future__ import annotations

import math
import textwrap
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from clustera import display, palette
from clustera.plots import look
from clustera.records import Outcome


def sizes(outcome: Outcome, *, ax: Axes | None = None) -> Axes:
    """Customers per segment, with count and share."""
    segments = outcome.segments
    ax = look.axes(ax, width=8.0, height=1.1 + 0.42 * len(segments))
    look.dress(ax, grid="")
    places = range(len(segments))
    bars = ax.barh(places, [s.size for s in segments], color=[palette.colour(s.colour) for s in segments], height=0.66)
    ax.bar_label(
        bars, [f"{display.count(s.size)}  ({display.share(s.share)})" for s in segments], padding=6, color=look.ink(ax)
    )
    ax.set_yticks(places, [look.label(s) for s in segments])
    ax.tick_params(axis="y", labelcolor=look.ink(ax))
    ax.invert_yaxis()
    ax.set_xlim(0, max(s.size for s in segments) * 1.25)
    ax.set_xlabel("Customers")
    ax.xaxis.set_major_formatter(lambda value, _: display.short(value))
    return ax


def profile(outcome: Outcome, *, by: Literal["index", "effect"] = "index", ax: Axes | None = None) -> Axes:
    """Segments against features: shaded by distance from the other customers, written as index or effect.

    Args:
        outcome: What was found.
        by: "index": the segment's average against the average customer (100); "effect": its distance from all others
            in standard deviations. The shading is always the effect, so that it means the same in every column.
        ax: Where to draw.
    """
    features, segments = outcome.preparation.features, outcome.segments
    ax = look.axes(ax, width=3.2 + 1.35 * len(features), height=1.6 + 0.5 * len(segments))
    effect = np.full((len(segments), len(features)), math.nan)
    for i, segment in enumerate(segments):
        known = {p.feature: p for p in segment.features}
        for j, feature in enumerate(features):
            if feature.name in known:
                effect[i, j] = known[feature.name].effect
    look.dress(ax, grid="")
    drawn = ax.imshow(effect, cmap=look.diverging(ax), vmin=-2, vmax=2, aspect="auto")
    for i, segment in enumerate(segments):
        known = {p.feature: p for p in segment.features}
        for j, feature in enumerate(features):
            if feature.name not in known:
                continue
            p = known[feature.name]
            second = (
                display.against_average(p.index)
                if by == "index" and p.index > 0 and p.mean >= 0
                else f"{p.effect:+.1f} sd"
            )
            rgba = drawn.cmap(drawn.norm(effect[i, j]))
            shade = palette.ink("#{:02x}{:02x}{:02x}".format(*(round(255 * v) for v in rgba[:3])))
            ax.text(
                j,
                i,
                f"{display.number(p.mean, feature.decimals)}\n{second}",
                ha="center",
                va="center",
                fontsize=8.5,
                color=shade,
            )
    ax.set_xticks(range(len(features)), ["\n".join(textwrap.wrap(f.label, 16)) for f in features])
    ax.set_yticks(range(len(segments)), [look.label(s) for s in segments])
    ax.tick_params(labelcolor=look.ink(ax), top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set_xticks(np.arange(len(features) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(segments) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=look.ground(ax), linewidth=3)
    ax.tick_params(which="minor", length=0)
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.6, pad=0.02, ticks=[-2, -1, 0, 1, 2])
    bar.set_label("Distance from the other customers (sd)", color=look.ink(ax))
    bar.ax.tick_params(colors=look.muted(ax), length=0)
    bar.outline.set_visible(False)
    return ax
