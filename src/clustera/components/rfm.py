"""Customers by recency and frequency, and the named groups against the segments."""

from __future__ import annotations

import math

from clustera.components.markup import Markup, fill
from clustera.records import Behavior, RfmGrid, SegmentProfile
from clustera.texts.behavior import only_returned_sentence


def rfm_shade(part: float, most: float) -> int:
    """How strongly a cell is shaded, 0 (nothing) to 4 (the most in the table).

    >>> rfm_shade(0, 10), rfm_shade(1, 10), rfm_shade(6, 10), rfm_shade(10, 10)
    (0, 1, 3, 4)
    """
    return min(math.ceil(4 * part / most), 4) if part > 0 and most > 0 else 0


def rfm_table(grid: RfmGrid, currency: str = "") -> Markup:
    """The grid: how recently downwards, how often across; shaded by the spend."""
    cells = {(cell.r, cell.f): cell for cell in grid.cells}
    most = max((cell.spend for cell in grid.cells), default=0.0)
    rows = [(r, [cells.get((r, f)) for f in range(1, grid.bins + 1)]) for r in range(grid.bins, 0, -1)]
    held = {(threshold.letter, threshold.score): threshold for threshold in grid.thresholds}
    thresholds = [(score, [held.get((letter, score)) for letter in "rfm"]) for score in range(grid.bins, 0, -1)]
    return fill(
        "rfm.html.j2",
        rows=rows,
        bins=grid.bins,
        shade=lambda spend: _shade(spend, most),
        currency=currency,
        thresholds=thresholds if held else [],
    )


def rfm_groups_table(behavior: Behavior, segments: tuple[SegmentProfile, ...]) -> Markup:
    """Each named group's customers and spend, and how its customers are spread over the segments."""
    counts = {(name, segment): n for name, segment, n in behavior.rfm_by_segment}
    groups = behavior.rfm.groups
    total = sum(spend for _, _, spend in groups) or 1.0
    everybody = sum(n for _, n, _ in groups) or 1
    rows = [
        (name, n, n / everybody, spend, spend / total, [counts.get((name, s.segment), 0) for s in segments])
        for name, n, spend in groups
    ]
    return fill(
        "rfm_groups.html.j2",
        rows=rows,
        segments=segments,
        depth=rfm_shade,
        currency=behavior.money.currency,
        only_returned=only_returned_sentence(behavior),
    )


def _shade(spend: float, most: float) -> int:
    """By the root: one corner holds most of the money, and the others must still be told apart."""
    return rfm_shade(math.sqrt(max(spend, 0.0)), math.sqrt(max(most, 0.0)))
