"""Suggested actions in words: for whom, what to do, what it follows from, what is at stake, how to test it.

What is claimed here is in the record's numbers; `tests/actions` holds every sentence against them.
"""

from __future__ import annotations

from functools import cache

from clustera.records import Action, ControlGroup, Evidence, FeaturePreparation, Outcome
from clustera.texts.catalog import load_language
from clustera.texts.numbers import (
    format_amount,
    format_count,
    format_index,
    format_number,
    format_share,
    format_value,
    format_with_unit,
    inline_title,
)
from clustera.texts.translation import translate

MOST = 0.9  # share who buy anyway; beyond it spend tells more
# How the numbers of orders behind an action are told; {share}, {points} and {n} are the same number, written in three ways.
_MEASURES: dict[str, str] = {
    "value_index": "spend per customer {n} (all customers = 100)",
    "frequency_index": "purchase days per customer {n} (all customers = 100)",
    "basket_index": "spend per purchase day {n} (all customers = 100)",
    "trend": "spend last quarter {share} of the quarter before",
    "trend_index": "spend last quarter against the quarter before {n} (all customers = 100)",
    "bought_lately": "{share} bought in the last 91 days",
    "loyal_share": "{share} of the segment are Champions or Loyal by RFM",
    "categories_index": "categories per customer {n} (all customers = 100)",
    "category_gap": "share of spend {points} points below that of all customers",
    "discount": "discounts are {share} of their undiscounted spend",
    "discount_index": "discount share {n} (all customers = 100)",
    "silence_days": "no purchase for at least {n} days",
    "spend_share": "{share} of all spend in the last 364 days",
    "forecast_share": "{share} of the forecast",
    "segment_spend_share": "the whole segment: {share} of all spend",
    "segment_year_share": "the whole segment: {share} of all spend in the last 364 days",
    "segment_forecast_share": "the whole segment: {share} of the forecast",
}
_STAGES: dict[tuple[str, ...], str] = {
    ("overdue",): "{n} overdue customers",
    ("lapsed",): "{n} lapsed customers",
    ("new",): "{n} new customers",
    ("returned",): "{n} customers who came back",
    ("active",): "{n} active customers",
}
_ONE: dict[tuple[str, ...], str] = {
    ("overdue",): "one overdue customer",
    ("lapsed",): "one lapsed customer",
    ("new",): "one new customer",
    ("returned",): "one customer who came back",
    ("active",): "one active customer",
}


def action_audience(action: Action) -> str:
    """For whom: "34 overdue customers"."""
    if action.customers == 1:
        return translate(_ONE.get(action.stages, "one customer"))
    return translate(_STAGES.get(action.stages, "{n} customers"), n=format_count(action.customers))


def action_label(action: Action) -> str:
    """What the action is called, everywhere: "Next-purchase offer"; the playbook's own label where it has one."""
    if action.label:
        return action.label
    label = load_language().action_labels.get(action.rule)
    return translate(label) if label else default_label(action.rule)


def default_label(rule: str) -> str:
    """What a rule of one's own is called when its playbook names no label.

    >>> default_label("printed_catalog")
    'Printed catalog'
    """
    said = rule.replace("_", " ").strip()
    return f"{said[:1].upper()}{said[1:]}"


def action_text(action: Action) -> str:
    """What to do, in one or two sentences; the playbook's own words where it has some."""
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
    if not action.offered_customers or action.kind in ("no special campaign", "sunset"):
        return ""
    return translate(
        "customers.csv suggests to {n} of them what similar customers buy and they have not bought, most often {item} ({most}).",
        n=format_count(action.offered_customers),
        item=action.suggested,
        most=format_count(action.suggested_customers),
    )


def action_reasons(action: Action, outcome: Outcome) -> str:
    """The numbers it follows from: "Spend 2,931 (index 157), orders 12 (index 140)."."""
    features = {feature.name: feature for feature in outcome.preparation.features}
    told = ", ".join(_evidence_sentence(evidence, features) for evidence in action.evidence)
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def action_stake(action: Action, *, currency: str = "", months: int = 0) -> str:
    """The money that depends on it and what is expected without it; "" for a customer table."""
    said = []
    if action.money is not None:
        said.append(
            translate(
                "They spent {money} in the last 364 days ({share} of all spend).",
                money=format_amount(action.money, currency),
                share=format_share(action.money_share or 0.0),
            )
        )
    if action.forecast is not None and months:
        said.append(
            translate(
                "Expected in the next {months} months without it: {money}.",
                months=months,
                money=format_amount(action.forecast, currency),
            )
        )
    return " ".join(said)


def action_test(action: Action, *, currency: str = "") -> str:
    """Whom to leave out, what to compare and which rise that can show; "" where there is nothing to test."""
    control = action.control
    if action.kind == "no special campaign":
        return ""
    if action.kind == "sunset":
        return translate("No control group: no campaign is sent to them.")
    if control is None:
        return translate("Too few for a control group: combine months.")
    leave_out = translate(
        "Leave {share} of them out at random ({n}).",
        share=format_share(control.share),
        n=format_count(control.customers),
    )
    if control.base_rate is None:
        return f"{leave_out} {_unknown_rate(control)}"
    if control.counts != "bought":
        return f"{leave_out} {_table_baseline(control)} {_table_detectable(control)}"
    return " ".join(filter(None, (leave_out, _baseline_sentence(action), _detectable(action, currency))))


def _unknown_rate(control: ControlGroup) -> str:
    """Which figure is missing, and how many customers a test needs at usual rates."""
    unknown = translate("How many respond without it is not known here, so neither is the rise it can show.")
    if not control.needed:
        return unknown
    enter = translate("Enter your usual response rate: --set response_rate=0.05, or --set response=COLUMN.")
    needs = translate("A rise of two points shows with {sizes}.", sizes=_sizes(control.needed))
    return f"{unknown} {enter} {needs}"


def _sizes(needed: tuple[tuple[float, int], ...]) -> str:
    said = [
        translate("{n} customers at a rate of {rate}", n=format_count(n), rate=format_share(rate)) for rate, n in needed
    ]
    return ", ".join(said)


def _table_baseline(control: ControlGroup) -> str:
    """What a customer table, or the user, says of such customers."""
    rate = format_share(control.base_rate or 0.0)
    if not control.column:
        return translate("Your usual response rate is {share}.", share=rate)
    whom = (
        "Of {n} customers in this segment, {share} stayed ({column})."
        if control.counts == "stayed"
        else "Of {n} customers in this segment, {share} responded ({column})."
    )
    if not control.base_in_segment:
        whom = (
            "Of {n} customers in all segments, {share} stayed ({column})."
            if control.counts == "stayed"
            else "Of {n} customers in all segments, {share} responded ({column})."
        )
    return translate(whom, n=format_count(control.base_customers), share=rate, column=control.column)


def _table_detectable(control: ControlGroup) -> str:
    if control.detectable_lift is None:
        return translate("This group alone can show no rise: combine months.")
    worked = (
        "It worked if {rate} or more of the others stayed."
        if control.counts == "stayed"
        else "It worked if {rate} or more of the others responded."
    )
    return translate(worked, rate=format_share((control.base_rate or 0.0) + control.detectable_lift))


def _baseline_sentence(action: Action) -> str:
    """What such customers did lately: of those in the same segment and stage a window earlier."""
    control = action.control
    if control is None or control.base_rate is None:
        return ""
    whom = (
        "Of {n} customers in this segment and stage {days} days earlier, {share} bought in those days."
        if control.base_in_segment
        else "Of {n} customers in this stage {days} days earlier, {share} bought in those days."
    )
    said = translate(
        whom,
        n=format_count(control.base_customers),
        days=control.window_days,
        share=format_share(control.base_rate),
    )
    if action.expected_buyers is None:
        return said
    low, high = map(format_count, action.expected_buyers)
    if low == high:
        return f"{said} {translate('Now that would be {n}.', n=low)}"
    return f"{said} {translate('Now that would be {low} to {high}.', low=low, high=high)}"


def _detectable(action: Action, currency: str) -> str:
    """Which rise the test can show: of the share who buy, else of what they spend."""
    control = action.control
    if control is None or control.base_rate is None:
        return ""
    if control.detectable_lift is not None and control.base_rate <= MOST:
        said = translate(
            "Wait {days} days, then compare: it worked if {rate} or more of the others bought.",
            days=control.window_days,
            rate=format_share(control.base_rate + control.detectable_lift),
        )
        if action.point_value is None:
            return said
        value = format_amount(action.point_value, currency)
        return f"{said} " + translate("Each point more brings about {money} of sales in those days.", money=value)
    if control.detectable_spend is not None and control.detectable_spend <= 1:
        said = translate(
            "Compare their spend ({money} each in those days): the test shows a rise of {share} or more.",
            money=format_amount(control.base_spend or 0.0, currency),
            share=format_share(control.detectable_spend),
        )
        if action.percent_value is None:
            return said
        value = format_amount(action.percent_value, currency)
        return f"{said} " + translate("Each 1% more brings about {money} of sales in those days.", money=value)
    return translate("This group alone can show no rise: combine months.")


def _evidence_sentence(evidence: Evidence, features: dict[str, FeaturePreparation]) -> str:
    feature = features.get(evidence.measure)
    if feature is None:
        value = evidence.mean
        return translate(
            _MEASURES.get(evidence.measure, "{n}"),
            share=format_share(value),
            points=format_number(100 * value, 1),
            n=format_count(value),
        )
    said = f"{inline_title(feature.title)} {format_with_unit(format_value(evidence.mean, feature), feature.unit)}"
    if evidence.index is None or evidence.index <= 0:
        return said
    return translate("{said} ({index})", said=said, index=format_index(evidence.index))


@cache
def _english_actions() -> dict[str, str]:
    return load_language().actions
