"""Suggested actions in words: for whom, what to do, what it follows from, what is at stake, how to test it.

What is claimed here is in the record's numbers; `tests/actions` holds every sentence against them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from clustera.errors import InputError, closest
from clustera.records import SENDS_NOTHING, Action, ActionEvidence, FeaturePreparation, Movers, Outcome
from clustera.texts.catalog import load_language
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day, format_months, sales_span
from clustera.texts.forecasts import APART
from clustera.texts.numbers import (
    format_amount,
    format_count,
    format_number,
    format_share,
    format_value,
    format_with_unit,
)
from clustera.texts.translation import translate

MOSTLY = (
    0.4  # share of an action's customers from which on one category is suggested to so many that it may be too common
)
MUCH = 0.005  # share of all customers' spend from which the money of a further action stands on the card
# How the numbers of orders behind an action are told; {share}, {points} and {n} are the same number, written in three ways.
_MEASURES: dict[str, str] = {
    "value_index": "They have spent {times} the average since {since}.",
    "frequency_index": "Purchase days per customer, last {span}: {n}% of the average.",
    "basket_index": "Spend per purchase day, last {span}: {n}% of the average.",
    "trend": "Their spend in the last 3 months is {share} of that in the 3 months before.",
    "trend_index": "Spend in the last 3 months against the 3 months before: {n}% of the average.",
    "bought_lately": "{share} bought in the last 3 months.",
    "loyal_share": "{share} of the segment buy both lately and often (RFM groups Champions and Loyal).",
    "categories_index": "Categories per customer: {n}% of the average.",
    "category_gap": "Its share of their spend is {points} percentage points below that of all customers.",
    "discount": "Discounts are {share} of their undiscounted spend.",
    "discount_index": "Discount share: {n}% of the average.",
    "silence_days": "They have bought nothing for at least {n} days.",
    "usual_gap": "Their usual days between orders: {n} on average.",
    "spend_share": "They brought {share} of all sales in the last {span}.",
    "forecast_share": "They bring {share} of the expected sales.",
    "segment_spend_share": "The whole segment brought {share} of all sales since {since}.",
    "segment_year_share": "The whole segment brought {share} of all sales in the last {span}.",
    "messaged_index": "Expected sales per customer: {n} (of the lapsed who are sent something, the segment with the lowest: 100).",
    "segment_forecast_share": "The whole segment brings {share} of the expected sales.",
}
_STAGES: dict[tuple[str, ...], str] = {
    ("overdue",): "{n} overdue customers",
    ("lapsed",): "{n} lapsed customers",
    ("new",): "{n} new customers (first purchase in the last 3 months)",
    ("returned",): "{n} customers who came back",
    ("active",): "{n} active customers",
}
_TIMES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}
_ONE: dict[tuple[str, ...], str] = {
    ("overdue",): "one overdue customer",
    ("lapsed",): "one lapsed customer",
    ("new",): "one new customer (first purchase in the last 3 months)",
    ("returned",): "one customer who came back",
    ("active",): "one active customer",
}
# Of those in a subset of some stages, and of those in none where a stage has one.
_SUBSETS: dict[tuple[tuple[str, ...], str], tuple[str, str]] = {
    ((), "valuable"): (
        "one overdue customer (sales above average)",
        "{n} overdue customers (sales above average)",
    ),
    (("overdue",), ""): (
        "one overdue customer (sales average or less)",
        "{n} overdue customers (sales average or less)",
    ),
    ((), "falling"): ("one top customer who buys less", "{n} top customers who buy less"),
    ((), "likely lost"): ("one customer who is likely lost", "{n} customers who are likely lost"),
}


def action_audience(action: Action) -> str:
    """For whom: "34 overdue customers".

    >>> action_audience(seg.outcome.actions[0])
    '23 active customers'
    """
    one, several = _audience_forms(action)
    if action.customers == 1:
        return translate(one)
    return translate(several, n=format_count(action.customers))


def action_part(action: Action, size: int) -> str:
    """For how many of a segment of so many customers: "56 of 244"; "" where it is for all of them."""
    if action.customers >= size:
        return ""
    return translate("{n} of {all}", n=format_count(action.customers), all=format_count(size))


def action_audience_within(action: Action, size: int) -> str:
    """For whom of a segment of so many customers: "34 overdue customers of 263", where it is not for most of them."""
    audience = action_audience(action)
    if action.is_for_most(size):
        return audience
    return translate("{audience} of {n}", audience=audience, n=format_count(size))


def _audience_forms(action: Action) -> tuple[str, str]:
    """What one such customer, and several, are called."""
    subsets = {subset for _, subset in action.groups}
    if len(subsets) == 1 and (whose := _SUBSETS.get((action.stages if subsets == {""} else (), subsets.pop()))):
        return whose
    return _ONE.get(action.stages, "one customer"), _STAGES.get(action.stages, "{n} customers")


def action_label(action: Action) -> str:
    """What the action is called, everywhere: "Next-purchase offer"; the playbook's own label where it has one.

    >>> [action_label(action) for action in seg.outcome.actions[:2]]
    ['Extra visit', 'Personal check-in']
    """
    if action.label:
        return action.label
    label = load_language().action_labels.get(action.rule)
    return translate(label) if label else default_label(action.rule)


def action_labels(actions: Sequence[Action]) -> dict[str, str]:
    """What each action of a run is called, by its rule.

    >>> action_labels(seg.outcome.actions)["call_overdue"]
    'Overdue call'
    """
    return {action.rule: action_label(action) for action in actions}


def find_action(labels: Mapping[str, str], text: str) -> str:
    """The rule of the action that somebody calls by its rule, or as the report does.

    Args:
        labels: Of the run's actions, by their rules.
        text: What was written.

    Raises:
        InputError: no customer has such an action.

    >>> find_action({"second_category": "Offer a new category"}, "offer a  new category")
    'second_category'
    """
    if text in labels:
        return text
    plain = " ".join(text.split()).casefold()
    known = {name.casefold(): (rule, name) for rule, label in labels.items() for name in (rule, label)}
    if plain in known:
        return known[plain][0]
    near = closest(plain, known)
    listed = f"Actions of this run: {', '.join(map(repr, labels.values())) or 'none'}."
    raise InputError(
        f"No customer has the action {text!r}.",
        hint=f"Did you mean {known[near][1]!r}? {listed}" if near else listed,
    )


def default_label(rule: str) -> str:
    """What a rule of one's own is called when its playbook names no label.

    >>> default_label("printed_catalog")
    'Printed catalog'
    """
    said = rule.replace("_", " ").strip()
    return f"{said[:1].upper()}{said[1:]}"


def action_text(action: Action) -> str:
    """What to do, and how many of its customers to leave out where there is a control group."""
    advice = action_advice(action)
    left_out = action.control.customers if action.control else 0
    if not left_out:
        return advice
    return f"{advice} {translate('Leave out {n}.', n=format_count(left_out))}"


def action_advice(action: Action) -> str:
    """What to do, in one or two sentences; the playbook's own words where it has some.

    >>> action_advice(seg.outcome.actions[0])
    'Give them a reason to come once more: they spend more per visit than average and come less often.'
    """
    if action.text:
        return action.text
    known = {evidence.measure: evidence.mean for evidence in action.evidence}
    return translate(
        _english_actions()[action.rule],
        bought=format_share(known.get("bought_lately", 0.0)),
        silence=format_count(known.get("silence_days", 0.0)),
        category=action.category,
        all_share=format_share(action.category_share or 0.0),
        own_share=format_share(action.category_own_share or 0.0),
    )


def action_content(action: Action) -> str:
    """What the files name for each of its customers; "" where nothing is known, and where nothing is to be sold."""
    have, most = action.offered_customers, _most(action)
    if not have or action.kind in SENDS_NOTHING:
        return ""
    if action.suggested_kind == "category":
        said = translate("Offer each customer the category in the column suggested_category{most}.", most=most)
    else:
        said = translate("Offer each customer the product in the column suggested_product{most}.", most=most)
    if have < action.customers:
        counts = {"n": format_count(have), "all": format_count(action.customers)}
        said += " " + translate("It is filled for {n} of {all}.", **counts)
    if action.suggested_kind == "category" and action.suggested and action.suggested_customers >= MOSTLY * have:
        item = action.suggested if action.suggested.isalnum() else f'"{action.suggested}"'  # as a command line takes it
        said += " " + translate("To suggest others instead: --set exclude_categories={item}.", item=item)
    return said


def _most(action: Action) -> str:
    """What most of its customers have suggested to them; "" where several things are as frequent."""
    if not action.suggested:
        return ""
    return translate(
        " (most often {item}, {n} of {all})",
        item=action.suggested,
        n=format_count(action.suggested_customers),
        all=format_count(action.offered_customers),
    )


def action_reasons(action: Action, outcome: Outcome) -> str:
    """The numbers it follows from, a sentence each: "Spend: 2,931 (all customers: 1,867). Orders: 12 (all customers: 9).".

    >>> action_reasons(seg.outcome.actions[0], seg.outcome)
    'Spend per purchase day, last 12 months: 354% of the average. Purchase days per customer, last 12 months: 82% of the average.'
    """
    features = {feature.name: feature for feature in outcome.preparation.features}
    behavior = outcome.behavior
    bases = {"span": sales_span(behavior), "since": format_day(behavior.first_day) if behavior else ""}
    said = dict.fromkeys(
        _evidence_reason(evidence, action, features, bases)
        for evidence in action.evidence
        if not _says_nothing(evidence, action)
    )
    return " ".join(said)


def also_for(actions: Sequence[Action], *, currency: str = "") -> str:
    """The further actions of a segment with their customers, and their money where it is much; "" where there is none."""
    if not actions:
        return ""
    said = []
    for action in actions:
        label = action_label(action)
        if action.money is not None and (action.money_share or 0.0) >= MUCH:
            money = format_amount(action.money, currency)
            said.append(
                translate_count(
                    action.customers,
                    "{action} ({n} customer, who spent {money})",
                    "{action} ({n} customers, who spent {money})",
                    action=label,
                    money=money,
                )
            )
        else:
            said.append(
                translate_count(action.customers, "{action} ({n} customer)", "{action} ({n} customers)", action=label)
            )
    return translate("Also: {actions}.", actions=", ".join(said))


def action_stake(
    action: Action,
    *,
    currency: str = "",
    months: int = 0,
    margin: float = 1.0,
    discount: float = 0.0,
    span: str = "12 months",
    recent: float | None = None,
) -> str:
    """What its customers spent and what is expected of them without it; "" for a customer table.

    Args:
        action: One action.
        currency: Of its money.
        months: Of the forecast.
        margin: The share of sales that the forecast counts; what is told is the sales.
        discount: Of later money in the forecast, a month; it is told.
        span: Of the sales, in words.
        recent: What its customers spent in the last 91 days, told where the forecast is over a quarter above it, carried on:
            it is tested on all customers, not on those who are picked for what they did lately.
    """
    said = []
    if action.money is not None:
        money, share = format_amount(action.money, currency), format_share(action.money_share or 0.0)
        spent = {"money": money, "span": span, "share": share}
        said.append(translate("They spent {money} in the last {span} ({share} of all sales).", **spent))
    if action.forecast is not None and months and action.kind not in SENDS_NOTHING:
        sales, pace = action.forecast / margin, None if recent is None else max(recent, 0.0) * months / 3
        values = {"span": format_months(months), "money": format_amount(sales, currency)}
        told = translate("Without the action, we expect them to spend {money} in the next {span}.", **values)
        if pace is not None and sales > (1 + APART) * pace:
            told = translate(
                "Without the action, we expect them to spend {money} in the next {span}; at the pace of their last 3 months, {pace}.",
                **(values | {"pace": format_amount(pace, currency)}),
            )
        said.append(told)
        if discount:
            share = format_share(discount)
            said.append(translate("Money that comes later counts for less ({share} a month).", share=share))
    return " ".join(said)


def fallen_sentences(movers: Movers | None, name: str, actions: Sequence[Action]) -> str:
    """How to list those who left the segment with the highest sales per customer, and what they get; "" where nobody did."""
    if movers is None or not movers.fell_actions:
        return ""
    labels = action_labels(actions)
    told = ", ".join(f"{labels.get(rule, rule)} ({format_count(n)})" for rule, n in movers.fell_actions)
    values = {"name": name, "best": movers.best, "actions": told}
    return translate_count(
        movers.fell,
        "{n} who left {name}: filter customers.csv by segment_before is {best} and segment is not {best}. This customer gets: {actions}.",
        "{n} who left {name}: filter customers.csv by segment_before is {best} and segment is not {best}. They get: {actions}.",
        **values,
    )


def _says_nothing(evidence: ActionEvidence, action: Action) -> bool:
    """Whether it is told already or not known: of a log of a year the share of all of it is that of the last 12 months."""
    if evidence.measure == "messaged_index":
        return evidence.mean == 0
    if evidence.measure != "segment_spend_share":
        return False
    year = [other.mean for other in action.evidence if other.measure == "segment_year_share"]
    return bool(year) and format_share(year[0]) == format_share(evidence.mean)


def _evidence_reason(
    evidence: ActionEvidence, action: Action, features: dict[str, FeaturePreparation], bases: Mapping[str, str]
) -> str:
    if evidence.measure == "category_gap" and action.category:
        return translate(
            "{category} is {own} of their sales and {all} of all customers' sales.",
            category=action.category,
            own=format_share(action.category_own_share or 0.0),
            all=format_share(action.category_share or 0.0),
        )
    return _evidence_sentence(evidence, features, bases)


def _evidence_sentence(
    evidence: ActionEvidence, features: dict[str, FeaturePreparation], bases: Mapping[str, str]
) -> str:
    """One number with the time it is of: `since` the log begins, or the last `span`."""
    feature = features.get(evidence.measure)
    if feature is None:
        value = evidence.mean
        if evidence.measure == "value_index" and round(value / 100, 1) == 0:
            return translate("They have spent almost nothing since {since}.", **bases)
        if evidence.measure == "value_index" and value < 100:
            less = format_share(1 - value / 100)
            return translate("They have spent {share} less than the average since {since}.", share=less, **bases)
        if evidence.measure == "segment_spend_share" and not bases["since"]:
            return translate("The whole segment brings {share} of all sales.", share=format_share(value))
        return translate(
            _MEASURES.get(evidence.measure, "{n}"),
            share=format_share(value),
            points=format_number(100 * value, 1),
            n=format_count(value),
            times=_times(value),
            **bases,
        )
    title, shown = feature.title, format_with_unit(format_value(evidence.mean, feature), feature.unit)
    if evidence.index is None or evidence.index <= 0:
        return translate("{title}: {value}.", title=title, value=shown)
    average = format_value(100 * evidence.mean / evidence.index, feature)
    return translate("{title}: {value} (all customers: {average}).", title=title, value=shown, average=average)


@cache
def _english_actions() -> dict[str, str]:
    return load_language().actions


def _times(index: float) -> str:
    """An index in words: "three times"."""
    rounded = round(index / 100)
    if rounded in _TIMES and abs(index / 100 - rounded) <= 0.15:
        return translate(_TIMES[rounded])
    return translate("{n} times", n=format_number(index / 100, 1))
