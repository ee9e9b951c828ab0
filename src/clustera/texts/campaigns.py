"""Campaigns in words: what a plan can show, and what was launched."""

from __future__ import annotations

from clustera.records import (
    Campaign,
    CampaignMeasure,
    CampaignPart,
    CampaignPlan,
    ControlSize,
    PlannedAudience,
)
from clustera.texts.counts import count_days, translate_count
from clustera.texts.numbers import format_amount, format_count, format_number, format_share
from clustera.texts.translation import translate


def format_points(value: float) -> str:
    """A difference of shares: "+2.1 points".

    >>> format_points(0.0213), format_points(-0.004)
    ('+2.1 points', '−0.4 points')
    """
    return translate("{number} points", number=format_signed(100 * value, 1))


def effect_text(value: float, measure: CampaignMeasure, currency: str = "", *, base: float | None = None) -> str:
    """A difference of what decides: points of buyers, or money per customer with its share of what is spent without.

    Args:
        value: The difference.
        measure: What decides.
        currency: Of the money.
        base: What a customer spends without the campaign; None where that is not known.

    >>> effect_text(0.145, "buyers"), effect_text(4.5, "revenue", base=18.0), effect_text(-4.5, "revenue")
    ('+14.5 points', '+4.50 per customer (+25%)', '−4.50 per customer')
    """
    if measure == "buyers":
        return format_points(value)
    money = translate("{money} per customer", money=signed_amount(value, currency))
    if not base or base <= 0:
        return money
    share = format_share(abs(value) / base)
    return f"{money} ({'+' if value > 0 else '−' if value < 0 else ''}{share})"


def launched_head(record: Campaign) -> str:
    """How many customers a campaign contacts and leaves out."""
    name = f"{record.name} ({record.action_label})" if record.action_label else record.name
    return translate_count(
        record.contact,
        "Campaign {name}: {n} customer to contact, {control} in the control group ({share}).",
        "Campaign {name}: {n} customers to contact, {control} in the control group ({share}).",
        name=name,
        control=format_count(record.control),
        share=format_share(record.control / record.customers),
    )


def control_sentences(record: Campaign) -> list[str]:
    """Where the control group comes from."""
    n, share = format_count(record.drawn_from), format_share(record.drawn_share or 0.0)
    marked = translate(
        "The control group is the one that run {run} marked: column control of customers.csv.", run=record.run
    )
    said = [*_control_origin(record, marked, n, share), _control_share(record)]
    return [sentence for sentence in said if sentence]


def _control_share(record: Campaign) -> str:
    """Why the control group is another share of those who take part than was asked for, or than the run marked."""
    now = format_share(record.control / record.customers)
    planned = record.steps[0].customers if record.steps else 0
    if record.control_from == "run" and planned > record.customers and record.marked:
        return translate_count(
            record.marked,
            "Of the {planned} customers planned, the run marked {n} ({share}); of the {all} who take part, {control} are marked ({now}).",
            "Of the {planned} customers planned, the run marked {n} ({share}); of the {all} who take part, {control} are marked ({now}).",
            planned=format_count(planned),
            share=format_share(record.marked / planned),
            all=format_count(record.customers),
            control=format_count(record.control),
            now=now,
        )
    drawn = record.control_from in ("asked", "drawn") and record.drawn_share and not record.exported
    return _drawn_number(record, now) if drawn else ""


def _drawn_number(record: Campaign, now: str) -> str:
    """How many more or fewer were drawn than the share means; "" where they are as many."""
    wanted = int((record.drawn_share or 0.0) * record.customers + 0.5)
    differ = abs(record.control - wanted)
    if not differ:
        return ""
    told = {
        "asked": format_share(record.drawn_share or 0.0),
        "all": format_count(record.customers),
        "wanted": format_count(wanted),
        "control": format_count(record.control),
        "now": now,
    }
    if record.control < wanted:
        return translate_count(
            differ,
            "{asked} of {all} customers are {wanted}; {control} were drawn ({now}), {n} fewer, because each customer is drawn separately.",
            "{asked} of {all} customers are {wanted}; {control} were drawn ({now}), {n} fewer, because each customer is drawn separately.",
            **told,
        )
    return translate_count(
        differ,
        "{asked} of {all} customers are {wanted}; {control} were drawn ({now}), {n} more, because each customer is drawn separately.",
        "{asked} of {all} customers are {wanted}; {control} were drawn ({now}), {n} more, because each customer is drawn separately.",
        **told,
    )


def _control_origin(record: Campaign, marked: str, n: str, share: str) -> list[str]:
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


def overlap_sentences(campaign: Campaign, *, commands: bool = True) -> list[str]:
    """Customers who are in other campaigns at the same time, or whom the run does not know.

    Args:
        campaign: The campaign.
        commands: Say by which options that is changed.
    """
    said = []
    for overlap in campaign.overlaps:
        here = translate_count(
            overlap.customers,
            "{n} customer is in the campaign {name} at the same time.",
            "{n} customers are in the campaign {name} at the same time.",
            name=overlap.campaign,
        )
        more, command = "", translate("To leave them out: --exclude-running")
        if overlap.excluded:
            more, command = translate("Customers of the other campaign take no part in this one."), ""
        elif overlap.customers == 1:
            command = translate("To leave this customer out: --exclude-running")
        elif overlap.same_control:
            more = translate("Both leave out the same customers, so the results say what both bring together.")
            command = translate(
                "To tell them apart, leave these customers out (--exclude-running) or draw another control group (--control 20%)."
            )
        else:
            more = translate(
                "They are in both groups at random, so the comparison still holds: it says what this campaign adds."
            )
        said.append(" ".join(filter(None, (here, more, command if commands else ""))))
    if controls := campaign.in_other_control - campaign.held_out:
        here = translate_count(
            controls,
            "{n} customer is in the control group of a running campaign and takes no part.",
            "{n} customers are in the control group of a running campaign and take no part.",
        )
        command = (
            translate("To include this customer: --include-controls")
            if controls == 1
            else translate("To include them: --include-controls")
        )
        said.append(f"{here} {command}" if commands else here)
    if campaign.held_out:
        said.append(
            translate_count(
                campaign.held_out,
                "{n} customer is held out of an audience and takes no part. No option includes customers who are held out.",
                "{n} customers are held out of an audience and take no part. No option includes customers who are held out.",
            )
        )
    if campaign.not_in_run:
        said.append(
            translate_count(
                campaign.not_in_run,
                "{n} customer of the audience is not in the run and takes no part.",
                "{n} customers of the audience are not in the run and take no part.",
            )
        )
    return said


def audience_sentence(audience: PlannedAudience, plan: CampaignPlan, *, commands: bool = True) -> str:
    """What a test of an audience can show, or why it can't work and what to do.

    Args:
        audience: The audience.
        plan: The plan it stands in.
        commands: Say by which options a test could work.
    """
    advice = audience.advice
    if advice == "unknown rate":
        said = translate("How many buy without it is not known, so what a test can show is not either.")
        command = translate("Enter your usual rate when you segment: --set response_rate=0.05.")
        return f"{said} {command}" if commands else said
    if advice == "larger control":
        return translate(
            "Only a control group of half of the customers could show a rise that a campaign may bring: leave half out."
        )
    if advice == "combine segments":
        return translate(
            "Alone these customers are too few to show a rise that a campaign may bring: test the segments together and read the first line of the results."
        )
    if advice == "longer":
        days = audience.days or plan.days
        said = translate("Too few buyers in {days} to show a rise that a campaign may bring.", days=count_days(days))
        command = translate(
            "Plan more days, with the log: --days {more} --orders FILE; or a larger audience.", more=2 * days
        )
        return f"{said} {command}" if commands else said
    return _shown_sentence(audience, next(s for s in audience.sizes if s.share == audience.share), plan)


def base_rate_sentence(plan: CampaignPlan) -> str:
    """Of whom the share is who buy without a campaign, so that the same customers never have two."""
    if plan.rates_from == "orders":
        return translate(
            "How many buy without a campaign is counted in the orders, on customers who were in the same segment and lifecycle stage {days} days before. A row is the mean over exactly its customers, so the same customers have the same share in every row.",
            days=plan.days,
        )
    if plan.rates_from == "table":
        return translate(
            "How many respond without a campaign is counted in the table, segment by segment. Customers of an audience are taken to respond as their segments do."
        )
    if plan.rates_from == "stated":
        return translate(
            "How many respond without a campaign is the usual rate that you entered, the same in every row."
        )
    return ""


def _shown_sentence(audience: PlannedAudience, size: ControlSize, plan: CampaignPlan) -> str:
    """The smallest rise that a control group shows."""
    leave = translate_count(
        size.customers,
        "Leave out {share} ({n} customer) for {days}.",
        "Leave out {share} ({n} customers) for {days}.",
        share=format_share(size.share),
        days=count_days(audience.days or plan.days),
    )
    if audience.measure == "buyers":
        can = translate(
            "The test can then show a rise from {rate} of buyers to {aim} or more.",
            rate=format_share(audience.base_rate or 0.0),
            aim=format_share((audience.base_rate or 0.0) + (size.buyers_lift or 0.0)),
        )
    else:
        money = audience.base_spend or 0.0
        can = translate(
            "The test can then show a rise from {money} of sales per customer to {aim} or more (+{lift}).",
            money=format_amount(money, plan.currency),
            aim=format_amount(money * (1 + (size.spend_lift or 0.0)), plan.currency),
            lift=format_share(size.spend_lift or 0.0),
        )
    return f"{leave} {can}"


def smallest_rise(size: ControlSize, audience: PlannedAudience, currency: str = "") -> str:
    """The smallest rise that a control group of some size shows, as a result says it; "too few" where it shows none.

    Args:
        size: Of the control group.
        audience: The audience, with what decides and what its customers spend.
        currency: Of the money.
    """
    if audience.measure == "buyers":
        return translate("too few") if size.buyers_lift is None else effect_text(size.buyers_lift, "buyers")
    if size.spend_lift is None or audience.base_spend is None:
        return translate("too few")
    return effect_text(size.spend_lift * audience.base_spend, "revenue", currency, base=audience.base_spend)


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


def weighs_segments(part: CampaignPart, measure: CampaignMeasure) -> bool:
    """Whether a difference is visibly not that of the two figures beside it, as the groups are not spread alike over the segments."""
    effect, one, other = (part.buyers if measure == "buyers" else part.revenue), part.contact, part.control
    if effect is None or effect.adjusted:
        return False
    if measure == "buyers":
        shown = one.buyers / one.customers, other.buyers / other.customers
        steps = [0.001, *(0.01 if share >= 0.0995 else 0.001 for share in shown)]
    else:
        shown = one.revenue / one.customers, other.revenue / other.customers
        steps = [0.01 if abs(money) < 100 else 1.0 for money in (*shown, effect.value)]
    return abs(effect.value - (shown[0] - shown[1])) > sum(steps) / 2
