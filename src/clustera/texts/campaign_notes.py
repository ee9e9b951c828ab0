"""What to know beside what a campaign brought: how it was measured, and whom it counts."""

from __future__ import annotations

from clustera.records import CampaignMeasure, CampaignResults
from clustera.texts.campaigns import overlap_sentences, signed_amount, weighs_segments
from clustera.texts.counts import translate_count
from clustera.texts.findings import finding_message
from clustera.texts.numbers import format_amount, format_count, format_number, format_share
from clustera.texts.translation import translate

_MEASURES: tuple[CampaignMeasure, ...] = ("buyers", "revenue")


def results_notes(results: CampaignResults, *, commands: bool = True) -> list[str]:
    """How the intervals were made, and who was left out, contacted by mistake or counted elsewhere.

    Args:
        results: What a campaign brought.
        commands: Say by which options the groups are chosen otherwise.
    """
    overlaps = overlap_sentences(results.campaign, commands=commands)
    elsewhere = _elsewhere_notes(results, commands=commands)
    return [note for note in (*elsewhere, *_method_notes(results), *_people_notes(results), *overlaps) if note]


def _elsewhere_notes(results: CampaignResults, *, commands: bool) -> list[str]:
    notes = [
        translate(
            "The campaign {name} contacted {contact} of the {of_contact} contacted customers in the same days, and {control} of the {of_control} in the control group: the difference says what both campaigns brought together.",
            name=other.campaign,
            contact=format_count(other.contact),
            of_contact=format_count(results.campaign.contact),
            control=format_count(other.control),
            of_control=format_count(results.campaign.control),
        )
        for other in results.elsewhere
    ]
    if notes and commands:
        notes.append(translate("To tell two campaigns apart, launch the second one with --include-controls."))
    return notes


def _marks_explained(results: CampaignResults) -> list[str]:
    """What a star and a dagger behind a difference say."""
    notes = []
    if any(effect.adjusted for part in results.parts for effect in (part.buyers, part.revenue) if effect):
        notes.append(
            translate(
                "* The difference after allowing for purchases before the campaign, so not the difference of the two figures beside it."
            )
        )
    if any(weighs_segments(part, measure) for part in results.parts for measure in _MEASURES):
        notes.append(
            translate(
                "† Customers are compared segment by segment. The two groups are spread differently over the segments, so it is not the difference of the two figures beside it."
            )
        )
    return notes


def _method_notes(results: CampaignResults) -> list[str]:
    notes, currency = _marks_explained(results), results.campaign.currency
    if results.causal and results.parts[0].buyers is not None and results.campaign.looks != "end":
        notes.append(
            translate(
                "Intervals hold however often you look: {bound} standard errors on this day, where a single look takes 1.96.",
                bound=format_number(results.bound, 2),
            )
        )
    for measure, share in results.narrower:
        told = format_share(max(share, 0.0))
        if told == format_share(0.0):
            continue
        if measure == "buyers":
            notes.append(
                translate(
                    "What customers bought before is taken into account: the interval of buyers is {share} narrower.",
                    share=told,
                )
            )
        else:
            notes.append(
                translate(
                    "What customers spent before is taken into account: the interval of sales is {share} narrower.",
                    share=told,
                )
            )
    if results.tail is not None:
        effect = results.tail.effect
        notes.append(
            translate_count(
                results.tail.top,
                "A few customers bring much of sales: {n} of {all} buyers brings {share} of it. With amounts above {cap} counted as {cap}, the difference is {value} per customer ({low} to {high}).",
                "A few customers bring much of sales: {n} of {all} buyers bring {share} of it. With amounts above {cap} counted as {cap}, the difference is {value} per customer ({low} to {high}).",
                all=format_count(results.tail.buyers),
                share=format_share(results.tail.share),
                cap=format_amount(results.tail.cap, currency),
                value=signed_amount(effect.value, currency),
                low=signed_amount(effect.low),
                high=signed_amount(effect.high),
            )
        )
    judged = max(
        sum(part.holds(one, results.campaign.measure) is not None for part in results.parts[1:]) for one in _MEASURES
    )
    if judged > 1:
        notes.append(
            translate(
                "A difference in one segment counts only if it holds among all {n} segments (Holm's rule).",
                n=format_count(judged),
            )
        )
    return notes


def _people_notes(results: CampaignResults) -> list[str]:
    notes, currency = [finding_message(finding) for finding in results.lost_files], results.campaign.currency
    notes += [
        translate("{told} What they bought is not counted: write ids as in the groups.", told=finding_message(finding))
        for finding in results.respelled
    ]
    if results.contacted_control:
        notes.append(
            translate_count(
                results.contacted_control,
                "{n} customer of the control group was contacted anyway and stays in it, so the true difference is probably larger.",
                "{n} customers of the control group were contacted anyway. They stay in it, so the true difference is probably larger.",
            )
        )
    if results.not_contacted:
        notes.append(
            translate_count(
                results.not_contacted,
                "{n} customer of the contact group was not reached and stays in the group.",
                "{n} customers of the contact group were not reached. They stay in their group.",
            )
        )
    if results.contacted_unknown:
        notes.append(
            translate_count(
                results.contacted_unknown,
                "{n} contacted customer is in neither group and is not counted.",
                "{n} contacted customers are in neither group; they are not counted.",
            )
        )
    if results.future_lines:
        notes.append(
            translate_count(
                results.future_lines,
                "{n} order line is dated after today and is not counted. If the order is real, its date in the log is wrong.",
                "{n} order lines are dated after today; they are not counted. If the orders are real, their dates in the log are wrong.",
            )
        )
    if results.left_out_lines:
        notes.append(
            translate_count(
                results.left_out_lines,
                "{n} order line of the log with {amount} is left out and not counted: it names no customer, was not paid, repeats another line, or can't be read.",
                "{n} order lines of the log with {amount} are left out and not counted: they name no customer, were not paid, repeat other lines, or can't be read.",
                amount=format_amount(results.left_out_money),
            )
        )
    if results.not_in_log:
        notes.append(
            translate(
                "Customers of the groups who have no order in this log, also not before the campaign: {n}. They count as customers who did not buy. If orders are missing, export the log again.",
                n=format_count(results.not_in_log),
            )
        )
    if results.not_in_table:
        notes.append(
            translate_count(
                results.not_in_table,
                "{n} customer of the groups is not in the table of outcomes and counts as 0.",
                "{n} customers of the groups are not in the table of outcomes; they count as 0.",
            )
        )
    if results.others and results.others_revenue:
        notes.append(
            translate_count(
                results.others,
                "{n} other customer bought in these days for {money} and is in neither group.",
                "{n} other customers bought in these days for {money}; they are in neither group.",
                money=format_amount(results.others_revenue, currency),
            )
        )
    elif results.others:  # a table of outcomes that says yes or no
        notes.append(
            translate_count(
                results.others,
                "{n} other customer bought in these days and is in neither group.",
                "{n} other customers bought in these days; they are in neither group.",
            )
        )
    return notes
