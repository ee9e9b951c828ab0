"""Why a customer is in a segment, in sentences: what decides, how sure it is, and which change would be enough."""

from __future__ import annotations

import math
from collections.abc import Mapping

from clustera.records import Distribution, Explanation, FeaturePreparation, FeatureReason, Outcome
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import ONES, TENS, format_own_value, format_share, format_with_unit
from clustera.texts.rules import listed_title
from clustera.texts.translation import translate

_CLEAR = 0.4  # share by which the own center is closer, from which on it is sure
LITTLE = 0.02  # share of what decides, below which a feature is not told
_FIXED = {"age", "birth", "joined"}  # what nobody can change, by what is measured
_FIXED_BEHAVIOR = {"tenure"}


def why_sentences(explanation: Explanation, outcome: Outcome) -> list[str]:
    """Why here, why not there, and the smallest single change that would be enough, in plain words."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    names = {segment.segment: segment.name for segment in outcome.segments}
    if explanation.segment == explanation.second:
        return []
    here, there = names[explanation.segment], names[explanation.second]
    said = []
    first = next((r for r in explanation.reasons if r.weight >= LITTLE), None)
    if first:
        said.append(
            translate(
                "Mostly because of {title}: {value}, where {typical} is typical of {near} and {other} of {far}.",
                **_compared_values(first, prepared[first.feature], here, there),
            )
        )
    against = next((r for r in explanation.reasons if r.weight <= -LITTLE), None)
    if against:
        said.append(
            translate(
                "What speaks for {near} is {title}: {value}, where {typical} is typical there and {other} of {far}.",
                **_compared_values(against, prepared[against.feature], there, here),
            )
        )
    return [*said, *smallest_change(explanation, outcome, there)]


def smallest_change(explanation: Explanation, outcome: Outcome, there: str) -> list[str]:
    """The smallest change of one feature that would be enough, among values that customers have and that can change."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    seen = {entry.name: entry for entry in outcome.patterns.distributions}
    fixed = [feature for feature in prepared.values() if feature.measures in _FIXED or feature.name in _FIXED_BEHAVIOR]
    possible = [
        reason
        for reason in explanation.reasons
        if prepared[reason.feature] not in fixed and _is_possible(reason, prepared[reason.feature], seen)
    ]
    if not possible:
        none = translate(
            "No change of a single feature within what customers have would be enough for {name}.", name=there
        )
        return [none, *(translate("{title} is not looked at: nobody can change it.", title=f.title) for f in fixed)]
    best = min(possible, key=lambda reason: _gap_size(reason, seen.get(reason.feature)))
    feature, enough = prepared[best.feature], best.enough or 0.0
    values = {
        "title": listed_title(feature),
        "value": _value_text(_rounded_border(enough, feature, up=enough > best.value), feature),
        "now": _value_text(best.value, feature),
        "name": there,
    }
    if (end := _end_of_change(best, feature, seen.get(best.feature))) is not None:
        low, high = sorted((_rounded_border(enough, feature, up=enough > best.value), end))
        values |= {"low": format_own_value(low, feature), "high": _value_text(high, feature)}
        return [
            translate(
                "With {title} of {low} to {high} (now {now}), all else as it is, this customer would be in {name}.",
                **values,
            )
        ]
    if enough > best.value:
        return [
            translate(
                "With {title} of {value} or more (now {now}), all else as it is, this customer would be in {name}.",
                **values,
            )
        ]
    return [
        translate(
            "With {title} of {value} or less (now {now}), all else as it is, this customer would be in {name}.",
            **values,
        )
    ]


def confidence_sentence(explanation: Explanation, outcome: Outcome) -> str:
    """How much nearer the own center is than the next one, in plain words."""
    names = {segment.segment: segment.name for segment in outcome.segments}
    (here, near), *rest = explanation.distances
    if not rest:
        return translate("There is only one segment.")
    there, far = rest[0]
    ahead = (far - near) / far if far > 0 else 0.0
    said = {"here": names[here], "there": names[there], "share": format_share(ahead)}
    if ahead < outcome.model.borderline:
        return translate("A close call: {there} is nearly as close as {here}; the difference is {share}.", **said)
    if ahead < _CLEAR:
        return translate(
            "Fairly sure: this customer is {share} closer to {here} than to {there}, the next one.", **said
        )
    return translate("Sure: this customer is {share} closer to {here} than to {there}, the next one.", **said)


def unseen_sentences(explanation: Explanation, outcome: Outcome) -> list[str]:
    """Values that no customer of the run has, and values that are not known."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    seen = {entry.name: entry for entry in outcome.patterns.distributions}
    said = []
    for reason in explanation.reasons:
        feature, known = prepared[reason.feature], seen.get(reason.feature)
        if reason.missing:
            text = translate(
                "{title} is not known; {value} stands in for it.",
                title=feature.title,
                value=_value_text(reason.value, feature),
            )
            said.append(text)
        elif (
            known is not None
            and len(known.quantiles) == 9
            and not known.quantiles[0] <= reason.value <= known.quantiles[-1]
        ):
            said.append(
                translate(
                    "{title}: no customer of this run has {value}; they have {low} to {high}.",
                    title=feature.title,
                    value=_value_text(reason.value, feature),
                    low=_value_text(known.quantiles[0], feature),
                    high=_value_text(known.quantiles[-1], feature),
                )
            )
    return said


def waiting_sentence(explanation: Explanation, outcome: Outcome) -> str:
    """What the mere passing of time does to the customer; "" where her orders are not known."""
    found = explanation.waiting
    if found is None:
        return ""
    names = {segment.segment: segment.name for segment in outcome.segments}
    if found.days is None or found.day is None or found.segment is None:
        return translate("Without another order this customer stays here for the next {days} days.", days=found.horizon)
    return translate_count(
        found.days,
        "Without another order this customer moves to {name} on {day}, {n} day after the snapshot date.",
        "Without another order this customer moves to {name} on {day}, {n} days after the snapshot date.",
        name=names[found.segment],
        day=format_day(found.day),
    )


def _compared_values(reason: FeatureReason, feature: FeaturePreparation, near: str, far: str) -> dict[str, str]:
    typical, other = (reason.here, reason.there) if reason.weight > 0 else (reason.there, reason.here)
    return {
        "title": listed_title(feature),
        "value": _value_text(reason.value, feature),
        "near": near,
        "far": far,
        "typical": _value_text(typical, feature),
        "other": _value_text(other, feature),
    }


def _value_text(value: float, feature: FeaturePreparation) -> str:
    return format_with_unit(format_own_value(value, feature), feature.unit if not feature.fraction else "")


def _rounded_border(value: float, feature: FeaturePreparation, *, up: bool) -> float:
    """A border in the decimals it is told with, rounded to the side where it is passed."""
    size = abs(value)
    if feature.fraction:
        decimals = 2 if size >= 0.1 else 3
    elif feature.step >= 1:
        decimals = 0
    else:
        decimals = max(feature.decimals, 0 if size >= TENS else 1 if size >= ONES else 2)
    scaled = value * 10**decimals
    return float((math.ceil(scaled) if up else math.floor(scaled)) / 10**decimals)


def _happens(value: float, seen: Distribution | None) -> bool:
    """Whether customers have such values: between the lowest and the highest one."""
    return seen is not None and len(seen.quantiles) == 9 and seen.quantiles[0] <= value <= seen.quantiles[-1]


def _is_possible(reason: FeatureReason, feature: FeaturePreparation, seen: Mapping[str, Distribution]) -> bool:
    """Whether customers have values that would be enough, in the decimals they are told with."""
    if reason.enough is None or not _happens(reason.enough, seen.get(reason.feature)):
        return False
    up = reason.enough > reason.value
    end = _end_of_change(reason, feature, seen.get(reason.feature))
    border = _rounded_border(reason.enough, feature, up=up)
    return end is None or (border <= end if up else border >= end)


def _end_of_change(reason: FeatureReason, feature: FeaturePreparation, seen: Distribution | None) -> float | None:
    """Up to which value of customers a change would be enough, in the decimals it is told with; None where it has no end."""
    if reason.enough is None or reason.until is None or seen is None:
        return None
    last = min(max(reason.until, seen.quantiles[0]), seen.quantiles[-1])
    return _rounded_border(last, feature, up=reason.enough < reason.value)


def _gap_size(reason: FeatureReason, seen: Distribution | None) -> float:
    spread = seen.sd if seen is not None and seen.sd > 0 else 1.0
    return abs((reason.enough or 0.0) - reason.value) / spread
