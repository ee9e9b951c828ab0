"""Repeat purchases over time: what happened, and what the model expected."""

from __future__ import annotations

from itertools import accumulate

from clustera import scales, texts
from clustera.components.markup import Markup, drawing, element, line, text
from clustera.records import Tracking
from clustera.texts import translate

_WIDTH, _HEIGHT = 460, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 24, 30


def tracking_chart(tracking: Tracking, *, added: bool = False) -> Markup:
    """Actual and expected repeat purchases per period, or added up; the model saw nothing right of the dashed line."""
    days = tracking.days
    actual, expected = (
        list(accumulate(values)) if added else list(values) for values in (tracking.actual, tracking.expected)
    )
    if len(days) < 2:
        short = text(4, 24, translate("Too short to draw"), "note")
        return drawing(_WIDTH, 40, short, label=translate("Too few periods to draw"))
    top = max(*actual, *expected) or 1.0
    floor = _HEIGHT - _BOTTOM

    def x(day: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - days[0]) / (days[-1] - days[0])

    def y(value: float) -> float:
        return floor - (floor - _TOP) * value / top

    parts: list[str] = []
    for tick in scales.round_ticks(0, top, 4):
        parts += [
            line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid"),
            text(_LEFT - 7, y(tick) + 5, texts.format_tick(tick), "tick", "end"),
        ]
    for day, anchor in ((days[0], "start"), (days[-1], "end")):
        parts.append(text(x(day), _HEIGHT - 8, texts.format_day(day), "tick", anchor))
    split = x(tracking.split_day)
    parts.append(line(split, _TOP - 14, split, floor, "limit"))
    near_end = split > 0.75 * _WIDTH
    place, anchor = (split - 5, "end") if near_end else (split + 5, "start")
    parts.append(text(place, _TOP - 8, translate("test period"), "note", anchor))
    for values, class_ in ((actual, "actual"), (expected, "expected")):
        path = "".join(
            f"{'L' if i else 'M'}{x(d):.1f} {y(v):.1f}" for i, (d, v) in enumerate(zip(days, values, strict=True))
        )
        parts.append(element("path", d=path, class_=class_))
    after = [i for i, day in enumerate(days) if day > tracking.split_day]
    came, foreseen = (sum(values[i] for i in after) for values in (tracking.actual, tracking.expected))
    said = {
        "first": texts.format_day(days[0]),
        "last": texts.format_day(days[-1]),
        "split": texts.format_day(tracking.split_day),
        "actual": texts.format_count(came),
        "expected": texts.format_count(foreseen),
    }
    if added:
        label = translate(
            "Repeat purchases added up, {first} to {last}: actual and expected. After {split} there were {actual}, expected were {expected}.",
            **said,
        )
    else:
        label = translate(
            "Repeat purchases per period, {first} to {last}: actual and expected. After {split} there were {actual}, expected were {expected}.",
            **said,
        )
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_="panel tracking")
