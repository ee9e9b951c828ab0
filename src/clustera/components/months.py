"""What each segment brings, month by month."""

from __future__ import annotations

import math
from collections.abc import Mapping

from clustera import scales, texts
from clustera.components.markup import Markup, drawing, element, fill, line, text, tone
from clustera.days import logged_days, partial_months
from clustera.records import Behavior, Preparation, SegmentProfile

_WIDTH, _HEIGHT = 210, 124
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 10, 26


def month_panels(
    behavior: Behavior, segments: tuple[SegmentProfile, ...], preparation: Preparation | None = None
) -> Markup:
    """Revenue by month, one small chart per segment, each from 0 on its own scale; an incomplete month is a ring.

    Args:
        behavior: What customers bought.
        segments: The segments, one chart each.
        preparation: The features that formed the segments, to say where these make the last months empty.
    """
    months, revenue = _monthly_revenue(behavior)
    if not months:
        return Markup("")
    partial = _partial_days(behavior, months)
    charts = []
    for s in segments:
        values = [revenue.get(s.segment, {}).get(m, 0.0) for m in months]
        charts.append((s, _month_panel(s, values, months, _month_ticks(values), partial)))
    emptied = texts.emptied_months_sentence(segments, preparation) if preparation else ""
    return fill("months.html.j2", charts=charts, partial=partial, emptied=emptied)


def month_table(behavior: Behavior, segments: tuple[SegmentProfile, ...]) -> Markup:
    """The same revenue as numbers, the latest month first."""
    months, revenue = _monthly_revenue(behavior)
    rows = [(m, [revenue.get(s.segment, {}).get(m, 0.0) for s in segments]) for m in reversed(months)]
    partial = _partial_days(behavior, months)
    said = [
        texts.translate_count(days, "{month} has {n} day", "{month} has {n} days", month=texts.format_month(month))
        for month, days in sorted(partial.items())
    ]
    return fill("months_table.html.j2", rows=rows, segments=segments, partial=partial, said=", ".join(said))


def _partial_days(behavior: Behavior, months: list[str]) -> dict[str, int]:
    """How many days of the log each month has that is not whole."""
    first, last = behavior.first_day, behavior.as_of
    return {month: logged_days(month, first, last) for month in partial_months(first, last) & {*months}}


def _monthly_revenue(behavior: Behavior) -> tuple[list[str], dict[int, dict[str, float]]]:
    """Every month from the first to the last, also those in which nobody ordered, and revenue by segment and month."""
    revenue: dict[int, dict[str, float]] = {}
    for entry in behavior.months:
        revenue.setdefault(entry.segment, {})[entry.month] = entry.revenue
    names = sorted({entry.month for entry in behavior.months})
    if not names:
        return [], revenue
    first, last = (12 * int(name[:4]) + int(name[5:]) - 1 for name in (names[0], names[-1]))
    return [f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(first, last + 1)], revenue


def _month_ticks(values: list[float]) -> tuple[float, ...]:
    """Round values of the axis, few, up to one that none of the months exceeds; below 0 only where it is worth a mark.

    >>> _month_ticks([0.0, 19_591.0]), _month_ticks([0.0, 0.0]), _month_ticks([-30.0, 70.0]), _month_ticks([-3.0, 70.0])
    ((0.0, 20000.0), (0.0, 1.0), (-100.0, 0.0, 100.0), (0.0, 100.0))
    """
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        return 0.0, 1.0
    step = scales.round_step(high - low)
    lowest = math.floor(low / step) if low < -step / 4 else 0
    return tuple(float(step * at) for at in range(lowest, math.ceil(high / step) + 1))


def _spaced_month(month: str) -> list[Markup]:
    """The words of a month, apart without a space between them: they are one mark of the axis."""
    words = texts.format_month(month).split(" ")
    return [element("tspan", word, dx=3 if place else None) for place, word in enumerate(words)]


def _month_panel(
    segment: SegmentProfile,
    values: list[float],
    months: list[str],
    ticks: tuple[float, ...],
    partial: Mapping[str, int],
) -> Markup:
    low, high = min(ticks[0], *values), ticks[-1]
    floor = _HEIGHT - _BOTTOM

    def x(i: int) -> float:
        return _LEFT + 6 + (_WIDTH - _LEFT - _RIGHT - 12) * (i / (len(months) - 1) if len(months) > 1 else 0.5)

    def y(value: float) -> float:
        return floor - (floor - _TOP) * (value - low) / (high - low)

    parts: list[str] = []
    for tick in ticks:
        parts.append(line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid"))
        if tick or low < 0:
            parts.append(text(_LEFT - 6, y(tick) + 4, texts.format_tick(tick), "tick", "end"))
    for at in (0, len(months) - 1)[: len(months)]:
        ends = {0: "start", len(months) - 1: "end"} if len(months) > 1 else {0: "middle"}
        parts.append(
            element("text", *_spaced_month(months[at]), x=x(at), y=_HEIGHT - 6, class_="tick", text_anchor=ends[at])
        )
    whole = [i for i, month in enumerate(months) if month not in partial]
    path = "".join(f"{'L' if i > whole[0] else 'M'}{x(i):.1f} {y(values[i]):.1f}" for i in whole)
    if len(whole) > 1:
        closed = f"{path}L{x(whole[-1]):.1f} {y(0):.1f}L{x(whole[0]):.1f} {y(0):.1f}z"
        parts += [element("path", d=closed, class_="area"), element("path", d=path, class_="run")]
    for i, value in enumerate(values):
        month = texts.format_month(months[i])
        if days := partial.get(months[i]):
            month = texts.translate_count(days, "{month}, {n} day", "{month}, {n} days", month=month)
        said = f"{month}: {texts.format_amount(value)}"
        shade = "ring" if months[i] in partial else "spot"
        parts.append(
            element(
                "circle", element("title", said), cx=x(i), cy=y(value), r=4 if shade == "ring" else 2.5, class_=shade
            )
        )
    most = max(range(len(values)), key=values.__getitem__)
    label = texts.translate(
        "Sales of {name} by month, {first} to {last}; most in {month}: {money}. The table has every month.",
        name=segment.name,
        first=texts.format_month(months[0]),
        last=texts.format_month(months[-1]),
        month=texts.format_month(months[most]),
        money=texts.format_amount(values[most]),
    )
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_=f"panel months {tone(segment.color)}")
