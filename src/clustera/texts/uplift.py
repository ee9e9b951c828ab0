"""Who responds to a campaign, in words: which rule ranks customers best, and what the contact changed in each part of them."""

from __future__ import annotations

from clustera.records import RankedUplift, UpliftGroup, UpliftResults
from clustera.texts.campaigns import effect_text, format_signed, signed_amount
from clustera.texts.numbers import format_amount, format_count, format_share
from clustera.texts.translation import translate


def uplift_sentences(results: UpliftResults) -> list[str]:
    """Of whom, whom to contact next time, and by how much that is better than a choice at random."""
    said = [
        translate(
            "{contact} customers contacted, {control} in the control group. Each rule ranks customers from whom it has not learned.",
            contact=format_count(results.contact),
            control=format_count(results.customers - results.contact),
        )
    ]
    simple, learner = (next(rule for rule in results.rules if rule.rule == name) for name in ("segment", "DR"))
    if not results.best:
        return [
            *said,
            translate(
                "No evidence that some customers respond more than others: no rule is better than a choice at random. Next time contact all of them or nobody, as the results of the campaign say."
            ),
        ]
    if results.best == "segment":
        said.append(translate("Choose by segment next time. The learner is not shown to be better than that."))
    elif simple.low > 0:
        said.append(translate("Choose by the DR-learner next time: it is better than the choice by segment."))
    else:
        said.append(
            translate(
                "Choose by the DR-learner next time: it is better than a choice at random. The choice by segment is not shown to be."
            )
        )
    best = learner if results.best == "DR" else simple
    low, high = _uplift_bounds(best.half_low, best.half_high, results)
    said.append(
        translate(
            "Where half of the customers are contacted, the half that it ranks first brings {value} more than a random half (95% interval {low} to {high}).",
            value=_paid_per_customer(best.half, results),
            low=low,
            high=high,
        )
    )
    if results.measure == "revenue" and results.margin and results.contact_cost:
        said.append(
            translate(
                "At a margin of {margin} and {cost} per contact, a contact pays if it brings more than {revenue} in sales.",
                margin=format_share(results.margin),
                cost=format_amount(results.contact_cost, results.currency),
                revenue=format_amount(results.contact_cost / results.margin, results.currency),
            )
        )
    return said


def _paid_per_customer(value: float, results: UpliftResults) -> str:
    if results.measure == "buyers":
        return translate("{points} points of buyers", points=format_signed(100 * value, 1))
    return effect_text(value, results.measure, results.currency)


def _uplift_bounds(low: float, high: float, results: UpliftResults) -> tuple[str, str]:
    if results.measure == "buyers":
        return format_signed(100 * low, 1), format_signed(100 * high, 1)
    return signed_amount(low), signed_amount(high)


def uplift_rule(rule: str) -> str:
    """What a rule is called."""
    return {
        "segment": translate("by segment (simple rule)"),
        "T": translate("T-learner"),
        "DR": translate("DR-learner"),
    }[rule]


def uplift_heads(results: UpliftResults) -> list[str]:
    """Titles of the table of rules."""
    unit = translate("points") if results.measure == "buyers" else translate("sales")
    return [
        translate("rule"),
        translate("Qini, {unit} per customer", unit=unit),
        translate("beyond the simple rule"),
        translate("best half, {unit} per contact", unit=unit),
    ]


def uplift_cells(rule: RankedUplift, results: UpliftResults) -> list[str]:
    """A row of the table of rules: figures with their intervals."""
    beyond = ""
    if rule.beyond_low is not None and rule.beyond_high is not None:
        beyond = _between(rule.beyond_low, rule.beyond_high, results)
    return [
        uplift_rule(rule.rule),
        f"{_figure(rule.qini, results)} ({_between(rule.low, rule.high, results)})",
        beyond,
        f"{_figure(rule.half, results)} ({_between(rule.half_low, rule.half_high, results)})",
    ]


def uplift_group_heads(results: UpliftResults) -> list[str]:
    """Titles of the table of segments or thirds."""
    who = translate("segment") if results.best == "segment" else translate("third by the learner")
    return [who, translate("customers judged"), translate("the contact changed"), translate("95% interval")]


def uplift_group(group: UpliftGroup, results: UpliftResults) -> list[str]:
    """A row of the table of segments or thirds: which, how many customers, and what the contact changed."""
    if results.best == "segment":
        who = f"{group.place} {dict(results.segments).get(group.place, '')}".rstrip()
    else:
        who = {1: translate("ranked first"), 2: translate("second"), 3: translate("last")}[group.place]
    effect = effect_text(group.effect, results.measure, results.currency)
    return [who, format_count(group.customers), effect, _between(group.low, group.high, results)]


def _figure(value: float, results: UpliftResults) -> str:
    return format_signed(100 * value, 1) if results.measure == "buyers" else signed_amount(value)


def _between(low: float, high: float, results: UpliftResults) -> str:
    return translate("{low} to {high}", low=_figure(low, results), high=_figure(high, results))
