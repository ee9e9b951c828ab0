"""Rules for segments in sentences: whom they hold for, how often they are right, what they cost against the segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from clustera.records import FeaturePreparation, Rule, RuleCondition, RuleSet, SegmentRules
from clustera.texts.dates import format_window
from clustera.texts.numbers import (
    format_count,
    format_number,
    format_percent,
    format_share,
    format_with_unit,
    inline_title,
    stands_behind,
)
from clustera.texts.segments import capitalize, join_words
from clustera.texts.translation import translate

HUNDRED = 100  # customers, from which on a share is told as so many of 100


def conditions_text(rule: Rule, features: Sequence[FeaturePreparation]) -> str:
    """The conditions of a rule: "Spending score of 61 or more and annual income of 70 k$ or more".

    >>> rule = Rule(1, (RuleCondition("spend", low=100.0),))
    >>> conditions_text(rule, seg.outcome.preparation.features)
    'Spend (last 358 days) of 100 or more'
    """
    prepared = {feature.name: feature for feature in features}
    told = [_condition(condition, prepared[condition.feature]) for condition in rule.conditions]
    return capitalize(join_words(told)) or translate("Every customer")


def rule_sentence(rule: Rule, features: Sequence[FeaturePreparation], names: Mapping[int, str]) -> str:
    """Whom a rule holds for, and how many of them are in its segment."""
    values = {"conditions": conditions_text(rule, features), "name": names[rule.segment]}
    if not rule.customers:
        return translate("{conditions}: no held-out customer is like this, so this rule was not tried.", **values)
    if rule.customers == 1:
        return (
            translate("{conditions}: one held-out customer is like this, and is in {name}.", **values)
            if rule.right
            else translate("{conditions}: one held-out customer is like this, and is not in {name}.", **values)
        )
    if rule.customers < HUNDRED:
        values |= {"right": format_count(rule.right), "customers": format_count(rule.customers)}
        if rule.right == 1:
            return translate("{conditions}: 1 of {customers} such customers is in {name}.", **values)
        return translate("{conditions}: {right} of {customers} such customers are in {name}.", **values)
    share = 100 * rule.right / rule.customers
    right = format_count(min(max(round(share), 1 if rule.right else 0), 100 if rule.right == rule.customers else 99))
    return translate("{conditions}: {right} of 100 such customers are in {name}.", right=right, **values)


def segment_rules_sentence(rules: SegmentRules, name: str) -> str:
    """How many of a segment's customers its rules find, and how many of those they find are in it.

    >>> rule = Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45)
    >>> segment_rules_sentence(SegmentRules(1, (rule,), customers=60), "Loyal Regulars")
    'Loyal Regulars: one rule finds 75% of its customers; 90% of the customers it finds are in the segment.'
    """
    if not rules.rules:
        return translate("{name}: no few conditions find these customers.", name=name)
    values = {
        "name": name,
        "coverage": format_share(rules.coverage) if rules.coverage is not None else "–",
        "precision": format_share(rules.precision) if rules.precision is not None else "–",
    }
    if len(rules.rules) == 1:
        return translate(
            "{name}: one rule finds {coverage} of its customers; {precision} of the customers it finds are in the segment.",
            **values,
        )
    return translate(
        "{name}: {n} rules find {coverage} of its customers; {precision} of the customers they find are in the segment.",
        n=len(rules.rules),
        **values,
    )


def rules_summary(rules: RuleSet) -> str:
    """How faithful all rules are together, and what they cost.

    >>> rule = Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45)
    >>> from clustera.records import SegmentRules
    >>> rules_summary(RuleSet((SegmentRules(1, (rule,), customers=60),), learned=100, held_out=60))
    'The rules were learned on 100 customers and tried on 60 others. Of these, 75.0% get the segment they have; 25.0% would get another one. Use the rules to explain segments; to assign customers, use clustera predict or clustera sql.'
    """
    return translate(
        "The rules were learned on {learned} customers and tried on {held_out} others. Of these, {fidelity} get the segment "
        "they have; {cost} would get another one. Use the rules to explain segments; to assign customers, use "
        "clustera predict or clustera sql.",
        learned=format_count(rules.learned),
        held_out=format_count(rules.held_out),
        fidelity=format_percent(100 * rules.fidelity, 1),
        cost=format_percent(100 * rules.cost, 1),
    )


def filled_sentence(rules: RuleSet, features: Sequence[FeaturePreparation]) -> str:
    """What a missing value counts as, of the features that the rules use and that miss some; empty where none does."""
    used = {c.feature for segment in rules.segments for rule in segment.rules for c in rule.conditions}
    told = [
        translate("{title} {value}", title=listed_title(f), value=_border_text(round(f.fill, f.decimals + 1), f))
        for f in features
        if f.name in used and f.missing
    ]
    return translate("Missing values count as: {list}.", list=", ".join(told)) if told else ""


def _condition(condition: RuleCondition, feature: FeaturePreparation) -> str:
    title, low, high = listed_title(feature), condition.low, condition.high
    if low is not None and high is not None:
        if feature.step == 1 and low.is_integer() and high == low + 1:
            return translate("{title} of {value}", title=title, value=_border_text(low, feature))
        # One unit behind both: "from 30 to less than 60 years".
        first = _border_text(low, feature, with_unit=not (feature.unit and stands_behind(feature.unit)))
        values = {"title": title, "low": first, "high": _border_text(high, feature)}
        return translate("{title} from {low} to less than {high}", **values)
    if low is not None:
        return translate("{title} of {low} or more", title=title, low=_border_text(low, feature))
    assert high is not None
    return translate("{title} of less than {high}", title=title, high=_border_text(high, feature))


def listed_title(feature: FeaturePreparation) -> str:
    """A title within a list or before a number, so that its comma does not part them: "spend (last 9 months)".

    Args:
        feature: Whose.
    """
    if not feature.looks_back:
        return inline_title(feature.title)
    topic = inline_title(feature.topic)
    if feature.looks_back == 1:
        return translate("{topic} (last day)", topic=topic)
    return translate("{topic} (last {span})", topic=topic, span=format_window(feature.looks_back))


def _border_text(value: float, feature: FeaturePreparation, *, with_unit: bool = True) -> str:
    """A border to its last decimal: who applies the rule by hand must get the same customers."""
    exact = Decimal(repr(value)) * (100 if feature.fraction else 1)
    exponent = exact.normalize().as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    text = format_number(float(exact), decimals)
    if feature.fraction:
        return f"{text}%"
    return format_with_unit(text, feature.unit) if with_unit else text
