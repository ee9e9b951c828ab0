"""Campaigns in words: what a plan can show, and what was launched."""

from __future__ import annotations

from clustera.records import (
    Campaign,
    CampaignMeasure,
    CampaignPlan,
    ControlSize,
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
    return translate("{money} per customer", money=signed_amount(value, currency))


def measured_text(effect: MeasuredEffect, currency: str = "") -> str:
    """What the last campaign with an action brought: "measured +2.1 points of buyers [+0.4, +3.8]"."""
    if effect.measure == "buyers":
        low, value, high = (format_signed(100 * number, 1) for number in (effect.low, effect.value, effect.high))
        return translate("measured {value} points of buyers [{low}, {high}]", value=value, low=low, high=high)
    low, value, high = (signed_amount(number, currency) for number in (effect.low, effect.value, effect.high))
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
        "The control group is the one that run {run} marked: column control of customers.csv.", run=record.run
    )
    if record.control_from == "run":
        return [marked]
    if record.control_from == "both":
        more = translate(
            "The run marked no control group among {n} of the customers (their segment is too small, or their action sends nothing), so {share} of them were drawn at random.",
            n=n,
            share=share,
        )
        return [f"{marked} {more}"]
    if record.control_from == "drawn":
        return [
            translate(
                "The run marked no control group among these customers (their segment is too small, or their action sends nothing), so {share} were drawn at random.",
                share=share,
            )
        ]
    return [
        translate("The control group was drawn at random for this campaign; it is not the one that the run marked.")
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
    return _shown_sentence(audience, next(s for s in audience.sizes if s.share == audience.share), plan)


def _shown_sentence(audience: PlannedAudience, size: ControlSize, plan: CampaignPlan) -> str:
    """The smallest rise that a control group shows."""
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


def signed_amount(value: float, currency: str = "") -> str:
    """An amount with its sign: "+12.30"."""
    text = format_amount(value, currency)
    return f"+{text}" if value > 0 else text
