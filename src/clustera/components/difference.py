"""Two groups of customers held against each other: what differs, how much, and whether chance would do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clustera import texts
from clustera.components.markup import Markup, element, fill, line
from clustera.records import Difference, title_with_unit

_WIDTH, _ROW = 320, 22
_MOST = 40  # rows that are shown at once


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One row of the table, written."""

    label: str
    one: str
    other: str
    difference: str
    bounds: str
    bar: Markup
    forms: bool


def difference_table(found: Sequence[Difference], *, one: str, other: str, tones: tuple[str, str]) -> Markup:
    """What differs, the most first; a bar to the right: more of it in the first group, to the left: in the other.

    Args:
        found: As `clustera.profile.differences` orders it.
        one: The name of the first group.
        other: The name of the second.
        tones: The class of the color of each.
    """
    told = [entry for entry in found if entry.differs]
    most = max((min(abs(entry.effect), 3.0) for entry in told), default=1.0)
    rows = [_difference_row(entry, most, tones) for entry in told[:_MOST]]
    alike = [_difference_label(entry) for entry in found if not entry.differs]
    return fill("differences.html.j2", rows=rows, alike=alike, one=one, other=other, left=len(told) - len(rows))


def _difference_label(entry: Difference) -> str:
    label = entry.label if entry.fraction else title_with_unit(entry.label, entry.unit)
    return label if entry.value is None or entry.value == "true" else f"{label}: {entry.value}"


def _difference_row(entry: Difference, most: float, tones: tuple[str, str]) -> DifferenceRow:
    share = max(-1.0, min(1.0, entry.effect / most)) if math.isfinite(entry.effect) else math.copysign(1, entry.effect)
    middle = _WIDTH / 2
    width = max(abs(share) * (middle - 2), 1.5)
    box = element(
        "rect", x=middle if share > 0 else middle - width, y=5, width=width, height=_ROW - 10, rx=2, class_="fill"
    )
    bar = element(
        "svg",
        box,
        line(middle, 0, middle, _ROW, "base"),
        viewBox=f"0 0 {_WIDTH} {_ROW}",
        class_=f"chart row-bar {tones[0] if share > 0 else tones[1]}",
        aria_hidden="true",
    )
    return DifferenceRow(
        _difference_label(entry),
        _written_value(entry.one, entry),
        _written_value(entry.other, entry),
        _signed_size(entry.difference, entry),
        texts.translate(
            "{low} to {high}", low=_signed_size(entry.low, entry, unit=False), high=_signed_size(entry.high, entry)
        ),
        bar,
        entry.forms,
    )


def _written_value(value: float, entry: Difference) -> str:
    return texts.format_share(value) if entry.fraction else texts.format_number(value, _decimals_of(value))


def _signed_size(value: float, entry: Difference, *, unit: bool = True) -> str:
    if entry.fraction:
        size = texts.format_number(abs(100 * value), 1)
        size = texts.translate("{n} points", n=size) if unit else size
    else:
        size = texts.format_number(abs(value), _decimals_of(entry.difference))
    return f"+{size}" if value > 0 else f"−{size}" if value < 0 else size


def _decimals_of(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2
