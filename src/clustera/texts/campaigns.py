"""Campaigns in words: what a plan can show, what was launched, and what a campaign brought, as far as that can be said.

Where nobody drew the groups at random, no sentence here says that the campaign brought anything.
"""

from __future__ import annotations

from clustera.records import (
    Campaign,
    CampaignMeasure,
    CampaignPart,
    CampaignPlan,
    CampaignResults,
    Effect,
    MeasuredEffect,
    PlannedAudience,
)
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_amount, format_count, format_number, format_share
from clustera.texts.translation import translate


def format_points(value: float) -> str:
    """A difference of shares: "+2.1 points".

    >>> format_points(0.0213), format_points(-0.004)
    ('+2.1 points', '−0.4 points')
    """
    return translate("{number} points", number=format_signed(100 * value, 1))


def effect_text(value: float, measure: CampaignMeasure, currency: str = "") -> str:
    """A difference of what decides: points of buyers, or money per customer."""
    if measure == "buyers":
        return format_points(value)
    return translate("{money} per customer", money=_signed_amount(value, currency))


def measured_text(effect: MeasuredEffect, currency: str = "") -> str:
    """What the last campaign with an action brought: "measured +2.1 points of buyers [+0.4, +3.8]"."""
    if effect.measure == "buyers":
        low, value, high = (format_signed(100 * number, 1) for number in (effect.low, effect.value, effect.high))
        return translate("measured {value} points of buyers [{low}, {high}]", value=value, low=low, high=high)
    low, value, high = (_signed_amount(number, currency) for number in (effect.low, effect.value, effect.high))
    return translate("measured {value} revenue per customer [{low}, {high}]", value=value, low=low, high=high)


def measured_sentence(effect: MeasuredEffect, currency: str = "") -> str:
    """The same with where it was measured and what that means."""
    said = measured_text(effect, currency)
    where = translate(
        "{said}: campaign {name}, {days} days from {day}, {n} customers, 95% interval.",
        said=f"{said[:1].upper()}{said[1:]}",
        name=effect.campaign,
        days=effect.days,
        day=format_day(effect.day),
        n=format_count(effect.customers),
    )
    verdict = {
        "works": translate("It worked."),
        "harms": translate("It did harm: do not repeat it as it is."),
        "no difference shown": translate("No difference was shown."),
    }.get(effect.decision, "")
    return f"{where} {verdict}".strip()


def decision_title(results: CampaignResults) -> str:
    """The answer in a few words."""
    titles = {
        "too early": translate("Too early to tell."),
        "works": translate("It works.") if results.over else translate("Stop: it works."),
        "harms": translate("It does harm.") if results.over else translate("Stop: it does harm."),
        "no difference shown": translate("No difference shown."),
        "not randomized": translate("Not randomized: what the campaign brought can't be said."),
        "groups differ": translate("The groups are not as they were drawn: what the campaign brought can't be said."),
        "too few": translate("Too few customers or buyers to tell."),
        "no control group": translate("No control group: what the campaign brought can't be said."),
    }
    return titles[results.decision]


def decision_sentence(results: CampaignResults) -> str:
    """What the answer rests on, and what to do now."""
    campaign = results.campaign
    if results.decision == "not randomized":
        return translate(
            "Who was contacted was chosen, not drawn, so the groups may have differed before. The figures below say what each group did, not what the campaign changed. Next time leave some out at random: clustera campaign launch."
        )
    if results.decision == "no control group":
        return translate(
            "All customers are in one group, so there is nothing to compare with. Next time leave some out at random: clustera campaign launch."
        )
    if results.decision == "groups differ" and results.ratio is not None:
        return translate(
            "{n} customers are in the control group; {expected} were to be expected (p < 0.001). Customers were lost from one group, or moved to the other. Measure everybody who was assigned, whether reached or not.",
            n=format_count(results.ratio.control),
            expected=format_count(results.ratio.expected),
        )
    if results.decision == "too few":
        return translate(
            "Five buyers are needed in the smaller group, or for revenue 30 customers. Combine segments, or leave more customers out."
        )
    effect = primary_effect(results.parts[0], campaign.measure)
    if effect is None:
        return _waiting(results)
    said = _effect_sentence(effect, results)
    return said if results.over or results.decision != "too early" else f"{_waiting(results)} {said}"


def _waiting(results: CampaignResults) -> str:
    last = results.campaign.last_day
    if last is None:
        return translate("No end was planned: look as often as you like, until the interval is narrow enough for you.")
    if results.campaign.looks == "end":
        return translate("It is looked at once, when it is over: on {day}.", day=format_day(last))
    return translate(
        "The campaign runs until {day}. You may look every day: the bounds allow for it.", day=format_day(last)
    )


def _effect_sentence(effect: Effect, results: CampaignResults) -> str:
    campaign, contact, control = results.campaign, results.parts[0].contact, results.parts[0].control
    if campaign.measure == "buyers":
        return translate(
            "{rate} of those contacted bought, {control} of the control group. The campaign made a difference of {value} (95% interval {low} to {high}).",
            rate=format_share(contact.buyers / contact.customers),
            control=format_share(control.buyers / control.customers),
            value=format_points(effect.value),
            low=format_signed(100 * effect.low, 1),
            high=format_signed(100 * effect.high, 1),
        )
    return translate(
        "Those contacted brought {rate} each, the control group {control}. The campaign made a difference of {value} (95% interval {low} to {high}).",
        rate=format_amount(contact.revenue / contact.customers, campaign.currency),
        control=format_amount(control.revenue / control.customers, campaign.currency),
        value=_signed_amount(effect.value, campaign.currency),
        low=_signed_amount(effect.low),
        high=_signed_amount(effect.high),
    )


def primary_effect(part: CampaignPart, measure: CampaignMeasure) -> Effect | None:
    """The difference that decides."""
    return part.buyers if measure == "buyers" else part.revenue


def results_head(results: CampaignResults) -> str:
    """Which campaign, which days, how many customers."""
    campaign = results.campaign
    days = (
        translate("{days} of {all} days", days=results.days, all=campaign.days)
        if campaign.days is not None
        else translate("{days} days, no end planned", days=results.days)
    )
    return translate(
        "Campaign {name}, {first} to {last} ({days}): {contact} customers contacted, {control} in the control group.",
        name=campaign.name or translate("without a name"),
        first=format_day(campaign.day),
        last=format_day(results.day),
        days=days,
        contact=format_count(campaign.contact),
        control=format_count(campaign.control),
    )


def results_money(results: CampaignResults) -> list[str]:
    """Totals over all who were contacted, and the profit."""
    said, currency = list[str](), results.campaign.currency
    if results.decision == "too early":
        return said  # sums of what is still open are read as promises
    if results.total_buyers is not None:
        effect = results.total_buyers
        said.append(
            translate(
                "Over all who were contacted: {value} buyers ({low} to {high}).",
                value=format_signed(effect.value, 0),
                low=format_signed(effect.low, 0),
                high=format_signed(effect.high, 0),
            )
        )
    if results.total_revenue is not None:
        effect = results.total_revenue
        said.append(
            translate(
                "Revenue: {value} ({low} to {high}).",
                value=_signed_amount(effect.value, currency),
                low=_signed_amount(effect.low),
                high=_signed_amount(effect.high),
            )
        )
    if results.profit is not None:
        effect = results.profit
        said.append(
            translate(
                "Profit at a margin of {margin}, after {cost} for contacts and discounts: {value} ({low} to {high}).",
                margin=format_share(results.campaign.margin or 0.0),
                cost=format_amount(results.cost, currency),
                value=_signed_amount(effect.value, currency),
                low=_signed_amount(effect.low),
                high=_signed_amount(effect.high),
            )
        )
    elif results.total_revenue is not None:
        said.append(translate("No profit is given: launch with --margin 0.3 (and --contact-cost) to see it."))
    return said


def results_notes(results: CampaignResults) -> list[str]:
    """How the intervals were made, and who was left out, contacted by mistake or counted elsewhere."""
    return [note for note in (*_method_notes(results), *_people_notes(results)) if note]


def _method_notes(results: CampaignResults) -> list[str]:
    notes, currency = [], results.campaign.currency
    if results.causal and results.parts[0].buyers is not None and results.campaign.looks != "end":
        notes.append(
            translate(
                "Intervals hold however often you look: {bound} standard errors on this day, where a single look takes 1.96.",
                bound=format_number(results.bound, 2),
            )
        )
    for measure, share in results.narrower:
        told = format_share(max(share, 0.0))
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
                    "What customers spent before is taken into account: the interval of revenue is {share} narrower.",
                    share=told,
                )
            )
    if results.tail is not None:
        effect = results.tail.effect
        notes.append(
            translate(
                "Few customers carry the sum: 1% of the buyers bring {share} of the revenue. With amounts above {cap} counted as {cap}, the difference is {value} per customer ({low} to {high}).",
                share=format_share(results.tail.share),
                cap=format_amount(results.tail.cap, currency),
                value=_signed_amount(effect.value, currency),
                low=_signed_amount(effect.low),
                high=_signed_amount(effect.high),
            )
        )
    judged = sum(part.shown is not None for part in results.parts[1:])
    if judged > 1:
        notes.append(
            translate(
                "A difference in one segment is called shown only if it holds among all {n} segments (Holm's rule).",
                n=format_count(judged),
            )
        )
    return notes


def _people_notes(results: CampaignResults) -> list[str]:
    notes, currency = [], results.campaign.currency
    if results.contacted_control:
        notes.append(
            translate(
                "{n} customers of the control group were contacted anyway. They stay in it, so the difference is rather too small.",
                n=format_count(results.contacted_control),
            )
        )
    if results.not_contacted:
        notes.append(
            translate(
                "{n} customers who were to be contacted were not reached. They stay in their group.",
                n=format_count(results.not_contacted),
            )
        )
    if results.contacted_unknown:
        notes.append(
            translate(
                "{n} contacted customers are in neither group; they are not counted.",
                n=format_count(results.contacted_unknown),
            )
        )
    if results.not_in_table:
        notes.append(
            translate(
                "{n} customers of the groups are not in the table of outcomes; they count as 0.",
                n=format_count(results.not_in_table),
            )
        )
    if results.others:
        notes.append(
            translate(
                "{n} other customers bought in these days for {money}; they are in neither group.",
                n=format_count(results.others),
                money=format_amount(results.others_revenue, currency),
            )
        )
    return [*notes, *overlap_sentences(results.campaign)]


def launched_head(record: Campaign) -> str:
    """How many customers a campaign contacts and leaves out."""
    name = f"{record.name} ({record.action_label})" if record.action_label else record.name
    return translate(
        "Campaign {name}: {contact} customers to contact, {control} in the control group ({share}).",
        name=name,
        contact=format_count(record.contact),
        control=format_count(record.control),
        share=format_share(record.control / record.customers),
    )


def control_sentences(record: Campaign) -> list[str]:
    """Where the control group comes from."""
    n, share = format_count(record.drawn_from), format_share(record.drawn_share or 0.0)
    marked = translate(
        "The control group is the one that run {run} has marked: column control of customers.csv.", run=record.run
    )
    if record.control_from == "run":
        return [marked]
    if record.control_from == "both":
        more = translate(
            "The run has marked nobody among {n} of the customers (too few in their segment, or nothing was to be sent): {share} of those were drawn at random.",
            n=n,
            share=share,
        )
        return [f"{marked} {more}"]
    if record.control_from == "drawn":
        return [
            translate(
                "The run has marked no control group among these customers (too few in their segment, or nothing was to be sent): {share} were drawn at random.",
                share=share,
            )
        ]
    return [
        translate("The control group was drawn at random for this campaign: it is not the one that the run has marked.")
    ]


def overlap_sentences(campaign: Campaign) -> list[str]:
    """Customers who are in other campaigns at the same time, or whom the run does not know."""
    said = []
    for overlap in campaign.overlaps:
        n, name = format_count(overlap.customers), overlap.campaign
        if overlap.excluded:
            said.append(
                translate(
                    "{n} customers are in the campaign {name} at the same time; they take no part in this one.",
                    n=n,
                    name=name,
                )
            )
        elif overlap.same_control:
            said.append(
                translate(
                    "{n} customers are in the campaign {name} at the same time. Both leave out the same customers, so the results say what both bring together. To tell them apart leave these out (--exclude-running) or draw another control group (--control 20%).",
                    n=n,
                    name=name,
                )
            )
        else:
            said.append(
                translate(
                    "{n} customers are in the campaign {name} at the same time. Both groups have such customers, so the comparison still holds: it says what this campaign adds. Leave them out: --exclude-running.",
                    n=n,
                    name=name,
                )
            )
    if campaign.in_other_control:
        said.append(
            translate(
                "{n} customers are in the control group of a running campaign or held out of an audience, so they take no part. To include the control groups of campaigns, use --include-controls.",
                n=format_count(campaign.in_other_control),
            )
        )
    if campaign.not_in_run:
        said.append(
            translate(
                "{n} customers of the audience are not in the run; they take no part.",
                n=format_count(campaign.not_in_run),
            )
        )
    return said


def audience_sentence(audience: PlannedAudience, plan: CampaignPlan) -> str:
    """What a test of an audience can show, or why it can't work and what to do."""
    advice = audience.advice
    if advice == "unknown rate":
        return translate(
            "How many buy without it is not known, so what a test can show is not either. Enter your usual rate when you segment: --set response_rate=0.05."
        )
    if advice == "larger control":
        return translate("Only a control group of half of the customers could show anything: leave half out.")
    if advice == "combine segments":
        return translate(
            "Too few customers to show anything alone: test the segments together and read the first line of the results."
        )
    if advice == "longer":
        return translate(
            "Too few buyers in {days} days to show anything. Plan more days, with the log: --days {more} --orders FILE; or a larger audience.",
            days=audience.days or plan.days,
            more=2 * (audience.days or plan.days),
        )
    size = next(size for size in audience.sizes if size.share == audience.share)
    if audience.measure == "buyers":
        return translate(
            "Leave {share} out ({n}) for {days} days: a rise from {rate} to {aim} of buyers or more shows.",
            share=format_share(size.share),
            n=format_count(size.customers),
            days=audience.days or plan.days,
            rate=format_share(audience.base_rate or 0.0),
            aim=format_share((audience.base_rate or 0.0) + (size.buyers_lift or 0.0)),
        )
    return translate(
        "Leave {share} out ({n}) for {days} days: a rise of revenue per customer by {lift} or more shows ({money} each now).",
        share=format_share(size.share),
        n=format_count(size.customers),
        days=audience.days or plan.days,
        lift=format_share(size.spend_lift or 0.0),
        money=format_amount(audience.base_spend or 0.0, plan.currency),
    )


def format_signed(value: float, decimals: int = 0) -> str:
    """A number with its sign.

    >>> format_signed(12.34, 1), format_signed(-3.0), format_signed(0.01)
    ('+12.3', '−3', '0')
    """
    text = format_number(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text


def _signed_amount(value: float, currency: str = "") -> str:
    text = format_amount(value, currency)
    return f"+{text}" if value > 0 else text
