"""Figures of the money in a log of orders: who brings it, when, and for what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from clustera import days, palette, scales, texts
from clustera.errors import InputError
from clustera.plots import look
from clustera.plots.kinds import checked
from clustera.records import Behavior, CategoryAffinity, SegmentProfile

_MOST_CATEGORIES = 10
_LEAST_SHARE = 0.002  # of all spend: an index of less is chance


@checked
def revenue(behavior: Behavior, segments: Sequence[SegmentProfile], *, ax: Axes | None = None) -> Axes:
    """Each segment's share of the revenue beside its share of the customers.

    Args:
        behavior: What the log says: `seg.outcome.behavior`.
        segments: The segments drawn from it: `seg.outcome.segments`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    >>> from clustera import plots
    >>> ax = plots.revenue(seg.outcome.behavior, seg.outcome.segments)
    >>> [text.get_text() for text in ax.texts]  # shares of the customers, then of the revenue
    ['23%', '32%', '45%', '62%   1,209 each', '32%   436 each', '6.1%   60.38 each']
    """
    spent = dict(behavior.revenue)
    money = [spent.get(segment.segment, 0.0) for segment in segments]
    total, customers = sum(money) or 1.0, sum(segment.size for segment in segments) or 1
    ax = look.axes(ax, width=8.6, height=1.4 + 0.6 * len(segments))
    look.dress(ax, grid="")
    places = np.arange(len(segments))
    shares = [segment.size / customers for segment in segments]
    brought = [amount / total for amount in money]
    above = ax.barh(places - 0.19, shares, 0.34, color=look.muted(ax, 0.4))
    below = ax.barh(places + 0.19, brought, 0.34, color=[palette.color(segment.color) for segment in segments])
    ax.bar_label(above, [texts.format_share(s) for s in shares], padding=5, color=look.muted(ax, 0.75), fontsize=9)
    each = [
        f"{texts.format_share(part)}   {texts.format_amount(amount / max(segment.size, 1), behavior.money.currency)} each"
        for part, amount, segment in zip(brought, money, segments, strict=True)
    ]
    ax.bar_label(below, each, padding=5, color=look.ink(ax), fontsize=9)
    look.segment_ticks(ax, segments)
    most = max(*shares, *brought)
    ax.set_xlim(min(0.0, *brought), 1.32 * most)
    ax.set_xticks([tick for tick in scales.round_ticks(0, most) if tick >= 0])
    ax.xaxis.set_major_formatter(lambda value, _: texts.format_share(value))
    ax.set_xlabel("Share of the customers (gray, above) and of sales (in color, below)")
    return ax


@checked
def months(
    behavior: Behavior,
    segments: Sequence[SegmentProfile],
    *,
    of: Literal["revenue", "customers", "order_days"] = "revenue",
    ax: Axes | None = None,
) -> Axes:
    """One line per segment over the months; a month that is not over is a ring.

    Args:
        behavior: What the log says: `seg.outcome.behavior`.
        segments: The segments drawn from it: `seg.outcome.segments`.
        of: Money with returns deducted, customers who ordered, or days with an order (a customer's orders of one day
            count once).
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: there is no month to draw.

    >>> from clustera import plots
    >>> ax = plots.months(seg.outcome.behavior, seg.outcome.segments, of="customers")
    >>> ax.get_ylabel()
    'Customers who ordered, per month'
    >>> ax.get_xlabel()
    'Ring: Mar 2025 is not over'
    """
    if not behavior.months:
        raise InputError("No segment has a month with orders, so there is nothing to draw.")
    known = {(entry.segment, entry.month): float(getattr(entry, of)) for entry in behavior.months}
    named = sorted({entry.month for entry in behavior.months})
    every = days.list_months(named[0], named[-1])
    whole = len(every) - (every[-1] == days.unfinished_month(behavior.as_of))
    ax = look.axes(ax, width=10.0, height=max(4.4, 1.2 + 0.42 * len(segments)))
    look.dress(ax, grid="y")
    ends = []
    for segment in segments:
        values = [known.get((segment.segment, month), 0.0) for month in every]
        shade, shape = palette.color(segment.color), palette.marker(segment.color)
        size = 4.5 if len(every) <= 36 else 0
        ax.plot(range(whole), values[:whole], color=shade, marker=shape, markersize=size, linewidth=2)
        if whole < len(every):
            inside = look.ground(ax)
            ax.scatter([whole], values[whole:], s=42, facecolors=[inside], edgecolors=[shade], zorder=3, clip_on=False)
        ends.append(values[max(whole, 1) - 1])
    step = max(1, math.ceil(len(every) / 7))
    ax.set_xticks(range(0, len(every), step), [texts.format_month(month) for month in every[::step]])
    ax.set_ylim(bottom=min(0.0, *known.values()), top=1.06 * max(*known.values(), 1e-9))
    ax.set_xlim(-0.5, (len(every) - 1) * 1.045 + 0.2)
    ax.yaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    currency = behavior.money.currency
    ax.set_ylabel(
        {
            "revenue": f"Sales per month{f' ({currency})' if currency else ''}",
            "customers": "Customers who ordered, per month",
            "order_days": "Days with an order, per month",
        }[of]
    )
    if whole < len(every):
        ax.set_xlabel(f"Ring: {texts.format_month(every[-1])} is not over")
    look.named_at_the_end(ax, segments, max(whole, 1) - 1, ends)
    return ax


@checked
def affinities(behavior: Behavior, segments: Sequence[SegmentProfile], *, ax: Axes | None = None) -> Axes:
    """Heat map of categories: each segment's share of spend, and how it compares with all customers' share.

    Args:
        behavior: What the log says: `seg.outcome.behavior`.
        segments: The segments drawn from it: `seg.outcome.segments`.
        ax: Where to draw. Default: on Axes of its own.

    Returns:
        The Axes that were drawn on.

    Raises:
        InputError: the log has no categories.

    >>> from clustera import plots
    >>> ax = plots.affinities(seg.outcome.behavior, seg.outcome.segments)
    >>> [" ".join(label.get_text().split()) for label in ax.get_xticklabels()]  # with the share of all spend
    ['tea 35%', 'gifts 35%', 'coffee 30%']
    """
    if not behavior.affinities:
        raise InputError(
            "The orders have no categories, so it is not known what segments buy.",
            hint="Name the column (category=...), or give a table of products (products=...).",
        )
    cells = {(entry.segment, entry.category): entry for entry in behavior.affinities}
    spend: dict[str, float] = {}
    for entry in behavior.affinities:
        spend[entry.category] = spend.get(entry.category, 0.0) + entry.spend
    total = sum(spend.values())
    shown = [name for name, money in spend.items() if money >= _LEAST_SHARE * total][:_MOST_CATEGORIES]
    ax = look.axes(ax, width=3.4 + 0.92 * len(shown), height=1.9 + 0.5 * len(segments))
    look.dress(ax, grid="")
    strength = np.array([[_doublings(cells, segment.segment, name) for name in shown] for segment in segments])
    drawn = ax.imshow(strength, cmap=look.diverging(ax), vmin=-1, vmax=1, aspect="auto")
    for i, segment in enumerate(segments):
        for j, name in enumerate(shown):
            cell = cells.get((segment.segment, name))
            if cell is None:
                continue
            said = f"{texts.format_share(cell.share)}\n{texts.format_index(cell.index)}"
            shade = palette.ink_on(look.shade_of(drawn, float(strength[i, j])))
            ax.text(j, i, said, ha="center", va="center", fontsize=8.5, color=shade)
    heads = [f"{look.wrapped(name, 13, lines=3)}\n{texts.format_share(spend[name] / total)}" for name in shown]
    ax.set_xticks(range(len(shown)), heads, fontsize=8)
    look.segment_ticks(ax, segments)
    ax.tick_params(labelcolor=look.ink(ax), top=True, labeltop=True, bottom=False, labelbottom=False)
    look.tiles(ax, len(shown), len(segments))
    look.color_bar(ax, drawn, "Against all customers", (-1, 0, 1))
    bar = ax.figure.axes[-1]
    bar.set_yticks([-1, 0, 1], ["half", "the same", "twice"])
    ax.set_xlabel("Share of the segment's spend, and against all customers' share\n(below the category's name)")
    return ax


def _doublings(cells: Mapping[tuple[int, str], CategoryAffinity], segment: int, category: str) -> float:
    """How far a share lies from all customers', on a scale where half and twice are equally far."""
    cell = cells.get((segment, category))
    return 0.0 if cell is None else float(np.clip(math.log2(max(cell.index, 1.0) / 100), -1, 1))
