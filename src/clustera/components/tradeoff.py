"""What speaks for and against each number of segments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clustera import scales, texts
from clustera.components.markup import Markup, drawing, element, fill, line, text
from clustera.records import KEvidence, KSelection

_WIDTH, _HEIGHT = 300, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 14, 22, 30


@dataclass(frozen=True, slots=True)
class _PanelCriterion:
    title: str
    better: str
    value: Callable[[KEvidence], float]
    write: Callable[[float], str]
    error: Callable[[KEvidence], float] | None = None
    limit: float | None = None
    limit_words: str = ""


CRITERIA: tuple[_PanelCriterion, ...] = (
    _PanelCriterion(
        "Separation (silhouette)", "higher is better", lambda e: e.silhouette, lambda v: texts.format_number(v, 2)
    ),
    _PanelCriterion(
        "Customers between segments",
        "lower is better",
        lambda e: e.valley,
        lambda v: texts.format_number(v, 2),
        limit=0.65,
        limit_words="gap below",
    ),
    _PanelCriterion(
        "Comes back (prediction strength)",
        "higher is better",
        lambda e: e.prediction_strength,
        lambda v: texts.format_number(v, 2),
        error=lambda e: e.prediction_strength_se,
        limit=0.8,
        limit_words="stable above",
    ),
    _PanelCriterion("Smallest segment", "share of customers", lambda e: e.smallest, texts.format_share),
)

LATER = _PanelCriterion(
    "Predicts later spending",
    "higher is better",
    lambda e: math.nan if e.explains_future_spend is None else e.explains_future_spend,
    texts.format_share,
)


def trade_off(selection: KSelection) -> Markup:
    """Small charts over the number of segments, the chosen one marked; with orders, also what it tells of the future."""
    criteria = CRITERIA
    if _foresees(selection):
        decided = any(reason.code.startswith("later-spending") for reason in selection.because)
        criteria = (LATER, *CRITERIA) if decided else (*CRITERIA, LATER)
    charts = [_criterion_panel(criterion, selection) for criterion in criteria]
    return fill("tradeoff.html.j2", panels=zip(criteria, charts, strict=True))


def trade_off_table(selection: KSelection) -> Markup:
    """Every number of segments with its evidence, and why it was not taken."""
    return fill("tradeoff_table.html.j2", selection=selection, later=_foresees(selection), judged=texts.judge_number)


def _foresees(selection: KSelection) -> bool:
    return any(entry.explains_future_spend is not None for entry in selection.evidence)


def _criterion_panel(criterion: _PanelCriterion, selection: KSelection) -> Markup:
    known = [(e, criterion.value(e)) for e in selection.evidence if math.isfinite(criterion.value(e))]
    if not known:
        label = texts.translate("{name}: not measured", name=texts.translate(criterion.title))
        return drawing(_WIDTH, 40, text(4, 24, texts.translate("Not measured"), "note"), label=label)
    values = [value for _, value in known]
    low, high = min(0.0, *values), max(*values, criterion.limit or 0.0, 0.0) * 1.08 or 1.0
    first, last = known[0][0].k, known[-1][0].k

    def x(k: float) -> float:
        return _LEFT + 8 + (_WIDTH - _LEFT - _RIGHT - 16) * ((k - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    parts = [*_grid(criterion, low, high, y), *_numbers_below([e.k for e, _ in known], selection.k, x)]
    parts += _limit(criterion, values, y)
    path = "".join(f"{'L' if i else 'M'}{x(e.k):.1f} {y(v):.1f}" for i, (e, v) in enumerate(known))
    parts.append(element("path", d=path, class_="line"))
    for entry, _ in known:
        parts += _mark(criterion, entry, x(entry.k), y, texts.judge_number(entry, selection)[0])
    said = ", ".join(f"{e.k}: {criterion.write(v)}" for e, v in known)
    label = texts.translate(
        "{name} by number of segments ({better}). {values}. Chosen: {k}.",
        name=texts.translate(criterion.title),
        better=texts.translate(criterion.better),
        values=said,
        k=selection.k,
    )
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_="panel")


def _grid(criterion: _PanelCriterion, low: float, high: float, y: Callable[[float], float]) -> list[Markup]:
    """Lines across the panel, with their values."""
    parts = []
    for tick in scales.round_ticks(low, high, 4):
        words = texts.format_share(tick) if criterion.write is texts.format_share else texts.format_tick(tick)
        parts += [
            line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid"),
            text(_LEFT - 7, y(tick) + 4, words, "tick", "end"),
        ]
    return parts


def _numbers_below(numbers: Sequence[int], chosen: int, x: Callable[[float], float]) -> list[Markup]:
    """The numbers of segments under the panel, at most about eight: the chosen one, and others that leave it room."""
    every = max(1, math.ceil(len(numbers) / 8))
    spaced = [k for k in numbers[::every] if abs(k - chosen) >= every]
    return [
        text(x(k), _HEIGHT - 10, str(k), "tick chosen" if k == chosen else "tick", "middle")
        for k in numbers
        if k == chosen or k in spaced
    ]


def _limit(criterion: _PanelCriterion, values: list[float], y: Callable[[float], float]) -> list[Markup]:
    """The line of a limit; its words stand at the end where the curve is further away."""
    if criterion.limit is None:
        return []
    third = max(1, len(values) // 3)
    limit = criterion.limit
    left, right = (min(abs(value - limit) for value in part) for part in (values[:third], values[-third:]))
    words = f"{texts.translate(criterion.limit_words)} {texts.format_number(criterion.limit, 2)}"
    place = y(limit)
    words_at = (
        text(_LEFT + 3, place - 5, words, "note halo")
        if left > right
        else text(_WIDTH - _RIGHT, place - 5, words, "note halo", "end")
    )
    return [line(_LEFT, place, _WIDTH - _RIGHT, place, "limit"), words_at]


def _mark(
    criterion: _PanelCriterion, entry: KEvidence, x: float, y: Callable[[float], float], judged: str
) -> list[Markup]:
    value, here = criterion.value(entry), judged == "chosen"
    parts = [line(x, _TOP, x, _HEIGHT - _BOTTOM, "chosen-line")] if here else []
    error = criterion.error(entry) if criterion.error else 0.0
    if math.isfinite(error) and error > 0:
        parts.append(line(x, y(value - error), x, y(value + error), "error"))
    shade = "admissible" if judged == "possible" else judged
    title = element("title", texts.translate("{k} segments: {value}", k=entry.k, value=criterion.write(value)))
    parts.append(element("circle", title, cx=x, cy=y(value), r=5.5 if here else 3.5, class_=f"mark {shade}"))
    if here:
        parts.append(text(x, _TOP - 8, criterion.write(value), "value", "middle"))
    return parts
