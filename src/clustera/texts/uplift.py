"""Who responds to a campaign, in words: which rule ranks customers best, and what the contact changed in each third."""

from __future__ import annotations

from clustera.records import RankedUplift, UpliftResults, UpliftThird
from clustera.texts.campaigns import effect_text
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate


def uplift_sentences(results: UpliftResults) -> list[str]:
    """Of whom, and which rule to rank by."""
    head = translate(
        "{contact} customers contacted and {control} in the control group, each ranked by rules made on the other customers.",
        contact=format_count(results.contact),
        control=format_count(results.customers - results.contact),
    )
    if not results.best:
        return [
            head,
            translate(
                "No rule ranks customers better than chance: nothing shows that some respond more than others. Contact all of them or none."
            ),
        ]
    if results.best == "segment":
        return [
            head,
            translate("Choose by segment. The learners do not rank customers better than that, beyond chance."),
        ]
    return [
        head,
        translate(
            "{rule} ranks customers better than their segment does, beyond chance: choose by it.",
            rule=uplift_rule(results.best),
        ),
    ]


def uplift_rule(rule: str) -> str:
    """What a rule is called."""
    return {
        "segment": translate("by segment (simple rule)"),
        "T": translate("T-learner"),
        "DR": translate("DR-learner"),
    }[rule]


def uplift_cells(rule: RankedUplift, results: UpliftResults) -> list[str]:
    """A row of the table of rules: the Qini figure with its interval, and the interval of what it adds to the simple rule."""

    def told(value: float | None) -> str:
        return "" if value is None else effect_text(value, results.measure, results.currency)

    beyond = "" if rule.beyond_low is None else f"{told(rule.beyond_low)} … {told(rule.beyond_high)}"
    return [uplift_rule(rule.rule), told(rule.qini), f"{told(rule.low)} … {told(rule.high)}", beyond]


def uplift_third(third: UpliftThird, results: UpliftResults) -> list[str]:
    """A row of the table of thirds: which, how many customers, and what the contact changed."""
    place = {1: translate("ranked first"), 2: translate("second"), 3: translate("last")}[third.place]
    effect, low, high = (
        effect_text(v, results.measure, results.currency) for v in (third.effect, third.low, third.high)
    )
    return [place, format_count(third.customers), effect, f"{low} … {high}"]
