"""One customer: how far from each segment, what speaks for the own one, and what would be enough for another."""

from __future__ import annotations

from clustera import texts
from clustera.components.markup import Markup, element, fill, line, tone
from clustera.records import Explanation, Outcome
from clustera.texts.explanations import LITTLE

_WIDTH, _ROW = 320, 22
_SHOWN = 6


def distance_bars(explanation: Explanation, outcome: Outcome) -> Markup:
    """How far the customer is from the center of every segment, the nearest first."""
    known = {segment.segment: segment for segment in outcome.segments}
    most = max(distance for _, distance in explanation.distances) or 1.0
    rows = [
        (known[number], distance, _row_bar(distance / most, tone(known[number].color)))
        for number, distance in explanation.distances
        if number in known
    ]
    return fill("distances.html.j2", rows=rows)


def explanation_table(explanation: Explanation, outcome: Outcome) -> Markup:
    """What each feature says for the own segment (to the right) and for the other (to the left)."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    known = {segment.segment: segment for segment in outcome.segments}
    here, there = known[explanation.segment], known[explanation.second]
    told = [reason for reason in explanation.reasons if abs(reason.weight) >= LITTLE][:_SHOWN]
    most = max((abs(reason.weight) for reason in told), default=1.0)
    rows = [
        (prepared[r.feature], r, _leaning(r.weight / most, tone((here if r.weight > 0 else there).color))) for r in told
    ]
    return fill("reasons.html.j2", rows=rows, here=here, there=there, own_value=texts.format_own_value)


def _row_bar(share: float, class_: str) -> Markup:
    box = element("rect", x=0, y=5, width=max(_WIDTH * share, 1.5), height=_ROW - 10, rx=2, class_="fill")
    return element("svg", box, viewBox=f"0 0 {_WIDTH} {_ROW}", class_=f"chart row-bar {class_}", aria_hidden="true")


def _leaning(share: float, class_: str) -> Markup:
    middle = _WIDTH / 2
    width = max(abs(share) * (middle - 2), 1.5)
    box = element(
        "rect", x=middle if share > 0 else middle - width, y=5, width=width, height=_ROW - 10, rx=2, class_="fill"
    )
    axis = line(middle, 0, middle, _ROW, "base")
    return element(
        "svg", box, axis, viewBox=f"0 0 {_WIDTH} {_ROW}", class_=f"chart row-bar {class_}", aria_hidden="true"
    )
