"""What a campaign brought, in words, as far as that can be said.

Where nobody drew the groups at random, no sentence here says that the campaign brought anything.
"""

from __future__ import annotations

from clustera.power import FEWEST
from clustera.records import (
    CampaignMeasure,
    CampaignPart,
    CampaignResults,
    Effect,
    MeasuredEffect,
    MissingOutcomes,
)
from clustera.texts.campaigns import effect_text, format_points, format_signed, signed_amount, weighs_segments
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_amount, format_count, format_share
from clustera.texts.translation import translate

_NEARLY_ALL = 0.9


def decision_title(results: CampaignResults) -> str:
    """The answer in a few words."""
    titles = {
        "too early": translate("Too early to tell."),
        "works": _early_title(results) or translate("It works."),
        "harms": _early_title(results) or translate("It does harm."),
        "no difference shown": translate("The difference could be chance."),
        "not randomized": translate("Not randomized: the effect of the campaign is unknown."),
        "groups differ": translate("The groups are not as they were drawn: the effect of the campaign is unknown."),
        "outcomes missing": translate("Outcomes are missing from one group: the effect of the campaign is unknown."),
        "too few": translate("Nearly everybody bought, in both groups: buyers can't be compared.")
        if _nearly_all_bought(results)
        else translate("Too few customers or buyers to tell."),
        "no control group": translate("No control group: the effect of the campaign is unknown."),
    }
    return titles[results.decision]


def _early_title(results: CampaignResults) -> str:
    """The answer while the campaign goes on; "" when it is over."""
    works = results.decision == "works"
    if results.early:
        return translate("Early result: it works.") if works else translate("Early result: it does harm.")
    if results.over:
        return ""
    return translate("Stop: it works.") if works else translate("Stop: it does harm.")


def _running_sentence(results: CampaignResults) -> str:
    """That the campaign goes on, and what that means for the answer; "" where it is over or has no planned end."""
    if not results.early:
        return ""
    return translate(
        "The campaign still runs (day {n} of {days}), so this is an early result. The interval allows for looking every day.",
        n=results.days,
        days=results.campaign.days,
    )


def decision_sentence(results: CampaignResults, *, commands: bool = True) -> str:
    """What the answer rests on, and what to do now.

    Args:
        results: What a campaign brought.
        commands: Say by which command the next campaign can be measured.
    """
    if not results.causal:
        return _unknown_sentence(results, commands=commands)
    if results.decision == "too few":
        few = translate(
            "Five buyers and five other customers are needed in the smaller group, or for sales 30 customers. Combine segments, or leave more customers out."
        )
        nearly_all = translate(
            "Too few customers did not buy, so no message could have made many more of them buyers. Compare the sales below."
        )
        command = (
            translate("Next time, let sales decide: clustera campaign launch --measure revenue.")
            if commands
            else translate("Next time, let sales decide.")
        )
        return f"{nearly_all} {command}" if _nearly_all_bought(results) else few
    effect = primary_effect(results.parts[0], results.campaign.measure)
    if effect is None:
        return _waiting_sentence(results)
    said = _effect_sentence(effect, results)
    if results.decision == "too early":
        return f"{_waiting_sentence(results)} {said}"
    return " ".join(filter(None, (said, _running_sentence(results))))


def _unknown_sentence(results: CampaignResults, *, commands: bool) -> str:
    """Why the effect of the campaign is unknown."""
    if results.decision == "not randomized":
        said = translate(
            "The contacted customers were chosen, not drawn at random, so the groups may have differed before. The figures below say what each group did, not what the campaign changed."
        )
        return f"{said} {_next_time(commands=commands)}"
    if results.decision == "no control group":
        said = translate("All customers are in one group, so there is nothing to compare.")
        return f"{said} {_next_time(commands=commands)}"
    if results.decision == "groups differ" and results.ratio is not None:
        return translate_count(
            results.ratio.control,
            "{n} customer is in the control group; {expected} were expected (p < 0.001). Customers were lost from one group, or moved to the other. Measure everybody who was assigned, including customers who were not reached.",
            "{n} customers are in the control group; {expected} were expected (p < 0.001). Customers were lost from one group, or moved to the other. Measure everybody who was assigned, including customers who were not reached.",
            expected=format_count(results.ratio.expected),
        )
    return _missing_sentence(results, results.missing) if results.missing is not None else ""


def _missing_sentence(results: CampaignResults, missing: MissingOutcomes) -> str:
    contact, control = results.parts[0].contact.customers, results.parts[0].control.customers
    return translate(
        "The table of outcomes lacks {contact} of those contacted and {control} of the control group; chance does not explain the difference (p < 0.001). Customers who are not in it would count as 0. Use a table that has every customer of both groups, with 0 for those who did not buy.",
        contact=format_share(missing.contact / contact),
        control=format_share(missing.control / control),
    )


def _nearly_all_bought(results: CampaignResults) -> bool:
    """Whether there are buyers enough in the smaller group, and too few others, who are a small share of all."""
    groups = (results.parts[0].contact, results.parts[0].control)
    smaller, customers = min(group.customers for group in groups), sum(group.customers for group in groups)
    rate = sum(group.buyers for group in groups) / customers if customers else 0.0
    few_others = smaller * rate >= FEWEST > smaller * (1 - rate)
    return results.campaign.measure == "buyers" and few_others and rate >= _NEARLY_ALL


def effect_verdict(effect: Effect | None, holds: bool | None) -> str:
    """What a difference says in a word or two: "more", "less" or "unclear" (it could be chance); empty where it is not judged.

    >>> found = Effect(0.13, 0.041, 0.22, 0.51, 0.04)
    >>> effect_verdict(found, True), effect_verdict(found, False), effect_verdict(None, None)
    ('more', 'unclear', '')
    """
    if effect is None or holds is None:
        return ""
    if not holds:
        return translate("unclear")
    return translate("more") if effect.value > 0 else translate("less")


def effect_interval_text(part: CampaignPart, measure: CampaignMeasure) -> str:
    """A difference with its interval, points of buyers or revenue per customer; empty where there is none.

    A star or dagger marks one that is not the difference of the two groups' figures: `results_notes` says why.

    >>> from clustera.records import GroupOutcome
    >>> one, other = GroupOutcome(100, 64, 70, 900.0), GroupOutcome(100, 51, 60, 800.0)
    >>> effect_interval_text(CampaignPart(None, one, other, Effect(0.13, 0.041, 0.22, 0.51, 0.04), None), "buyers")
    '+13.0 (+4.1 to +22.0)'
    """
    effect = part.buyers if measure == "buyers" else part.revenue
    if effect is None:
        return ""
    value, low, high = (
        format_signed(100 * v, 1) if measure == "buyers" else format_signed(v, 2 if abs(v) < 100 else 0)
        for v in (effect.value, effect.low, effect.high)
    )
    star = "*" if effect.adjusted else "†" if weighs_segments(part, measure) else ""
    return translate("{value} ({low} to {high})", value=value, low=low, high=high) + star


def ratio_sentence(results: CampaignResults) -> str:
    """Whether the groups are as large as they were drawn, where they are; empty where that is not known."""
    ratio = results.ratio
    if ratio is None or not ratio.holds:
        return ""
    return translate_count(
        ratio.control,
        "The groups are as they were drawn: {n} customer is in the control group, and {expected} were expected.",
        "The groups are as they were drawn: {n} customers are in the control group, and {expected} were expected.",
        expected=format_count(ratio.expected),
    )


def _waiting_sentence(results: CampaignResults) -> str:
    last = results.campaign.last_day
    if last is None:
        return translate("No end was planned: look as often as you like, until the interval is narrow enough.")
    if results.campaign.looks == "end":
        return translate("Results are computed once, when the campaign is over: on {day}.", day=format_day(last))
    return translate(
        "The campaign runs until {day}. You can look every day: the intervals allow for it.", day=format_day(last)
    )


def _effect_sentence(effect: Effect, results: CampaignResults) -> str:
    campaign, contact, control = results.campaign, results.parts[0].contact, results.parts[0].control
    if campaign.measure == "buyers":
        groups = translate(
            "{rate} of those contacted bought, {control} of the control group.",
            rate=format_share(contact.buyers / contact.customers),
            control=format_share(control.buyers / control.customers),
        )
        value, low, high = (
            format_points(effect.value),
            format_signed(100 * effect.low, 1),
            format_signed(100 * effect.high, 1),
        )
    else:
        groups = translate(
            "Those contacted brought {rate} each, the control group {control}.",
            rate=format_amount(contact.revenue / contact.customers, campaign.currency),
            control=format_amount(control.revenue / control.customers, campaign.currency),
        )
        value, low, high = (
            effect_text(effect.value, "revenue", campaign.currency),
            signed_amount(effect.low),
            signed_amount(effect.high),
        )
    told = {"value": value, "low": low, "high": high}
    way = (
        "before" if effect.adjusted else "segments" if weighs_segments(results.parts[0], campaign.measure) else "plain"
    )
    made = {
        ("before", True): translate(
            "After allowing for purchases before the campaign, the difference is {value} (95% interval {low} to {high}), which could be chance.",
            **told,
        ),
        ("before", False): translate(
            "After allowing for purchases before the campaign, it made a difference of {value} (95% interval {low} to {high}).",
            **told,
        ),
        ("segments", True): translate(
            "Compared segment by segment, the difference is {value} (95% interval {low} to {high}), which could be chance.",
            **told,
        ),
        ("segments", False): translate(
            "Compared segment by segment, the campaign made a difference of {value} (95% interval {low} to {high}).",
            **told,
        ),
        ("plain", True): translate(
            "The difference is {value} (95% interval {low} to {high}), which could be chance.", **told
        ),
        ("plain", False): translate(
            "The campaign made a difference of {value} (95% interval {low} to {high}).", **told
        ),
    }
    return f"{groups} {made[way, effect.low <= 0 <= effect.high]}"


def primary_effect(part: CampaignPart, measure: CampaignMeasure) -> Effect | None:
    """The difference that decides.

    >>> part = CampaignPart(None, contact=None, control=None, buyers=Effect(0.13, 0.04, 0.22, 0.5, 0.04), revenue=None)
    >>> primary_effect(part, "buyers").value, primary_effect(part, "revenue")
    (0.13, None)
    """
    return part.buyers if measure == "buyers" else part.revenue


def results_head(results: CampaignResults) -> str:
    """Which campaign, which days, how many customers."""
    campaign = results.campaign
    days = (
        translate_count(campaign.days, "{days} of {n} day", "{days} of {n} days", days=results.days)
        if campaign.days is not None
        else translate_count(results.days, "{n} day, no end planned", "{n} days, no end planned")
    )
    return translate_count(
        campaign.contact,
        "Campaign {name}, {first} to {last} ({days}): {n} customer contacted, {control} in the control group.",
        "Campaign {name}, {first} to {last} ({days}): {n} customers contacted, {control} in the control group.",
        name=campaign.name or translate("without a name"),
        first=format_day(campaign.day),
        last=format_day(results.day),
        days=days,
        control=format_count(campaign.control),
    )


def _next_time(*, commands: bool) -> str:
    if commands:
        return translate("Next time, leave out a random control group: clustera campaign launch.")
    return translate("Next time, leave out a random control group.")


def results_money(results: CampaignResults, *, commands: bool = True) -> list[str]:
    """Totals over all who were contacted, and the profit."""
    said, currency = list[str](), results.campaign.currency
    if results.decision == "too early":
        return said  # sums of what is still open are read as promises
    if results.total_buyers is not None:
        effect = results.total_buyers
        said.append(
            translate(
                "Over all who were contacted: {value} buyers ({low} to {high}). {verdict}",
                verdict=_sum_verdict(
                    effect,
                    translate("The campaign brought more buyers."),
                    translate("The campaign cost buyers."),
                    translate("This could be chance."),
                ),
                value=format_signed(effect.value, 0),
                low=format_signed(effect.low, 0),
                high=format_signed(effect.high, 0),
            )
        )
    if results.total_revenue is not None:
        effect = results.total_revenue
        said.append(
            translate(
                "Sales: {value} ({low} to {high}). {verdict}",
                verdict=_sum_verdict(
                    effect,
                    translate("The campaign brought more sales."),
                    translate("The campaign cost sales."),
                    translate("This could be chance."),
                ),
                value=signed_amount(effect.value, currency),
                low=signed_amount(effect.low),
                high=signed_amount(effect.high),
            )
        )
    if results.profit is not None:
        effect = results.profit
        said.append(
            translate(
                "Profit at a margin of {margin}, after {cost} for contacts and discounts: {value} ({low} to {high}). {verdict}",
                verdict=_sum_verdict(
                    effect,
                    translate("It paid."),
                    translate("It cost more than it brought."),
                    translate("This could be chance."),
                ),
                margin=format_share(results.campaign.margin or 0.0),
                cost=format_amount(results.cost, currency),
                value=signed_amount(effect.value, currency),
                low=signed_amount(effect.low),
                high=signed_amount(effect.high),
            )
        )
    elif results.total_revenue is not None and commands:
        said.append(translate("To see the profit, launch with --margin 0.3 (and --contact-cost)."))
    return said


def _sum_verdict(effect: Effect, more: str, less: str, neither: str) -> str:
    return more if effect.low > 0 else less if effect.high < 0 else neither


def measured_text(effect: MeasuredEffect, currency: str = "") -> str:
    """What the last campaign with an action brought: "measured +2.1 points of buyers [+0.4, +3.8]"; or its early result.

    >>> measured_text(MeasuredEffect("spring", 1, 19_800, 30, "buyers", 0.021, 0.004, 0.038, "works", 900))
    'measured +2.1 points of buyers [+0.4, +3.8]'
    """
    if effect.measure == "buyers":
        low, value, high = (format_signed(100 * number, 1) for number in (effect.low, effect.value, effect.high))
        if effect.early:
            return translate("early result {value} points of buyers [{low}, {high}]", value=value, low=low, high=high)
        return translate("measured {value} points of buyers [{low}, {high}]", value=value, low=low, high=high)
    low, value, high = (signed_amount(number, currency) for number in (effect.low, effect.value, effect.high))
    if effect.early:
        return translate("early result {value} sales per customer [{low}, {high}]", value=value, low=low, high=high)
    return translate("measured {value} sales per customer [{low}, {high}]", value=value, low=low, high=high)


def measured_sentence(effect: MeasuredEffect, currency: str = "") -> str:
    """The same with where it was measured and what that means.

    >>> measured_sentence(MeasuredEffect("spring", 1, 19_800, 30, "buyers", 0.021, 0.004, 0.038, "works", 900))
    'Measured +2.1 points of buyers [+0.4, +3.8]: campaign spring, 30 days from March 18, 2024, 900 customers, 95% interval. It worked.'
    """
    said = measured_text(effect, currency)
    where = translate_count(
        effect.days,
        "{said}: campaign {name}, {n} day from {day}, {customers} customers, 95% interval{allowing}.",
        "{said}: campaign {name}, {n} days from {day}, {customers} customers, 95% interval{allowing}.",
        said=f"{said[:1].upper()}{said[1:]}",
        name=effect.campaign,
        day=format_day(effect.day),
        customers=format_count(effect.customers),
        allowing=translate(", after allowing for purchases before the campaign") if effect.adjusted else "",
    )
    early = translate(
        "The campaign was still running (day {n} of {days}): measure it again when it is over.",
        n=effect.days,
        days=effect.planned,
    )
    verdict = {
        "works": translate("It worked."),
        "harms": translate("It did harm: do not repeat it as it is."),
        "no difference shown": translate("The difference could be chance."),
    }.get(effect.decision, "")
    whole = "" if effect.segment is not None else translate("Measured over all customers of the campaign together.")
    return " ".join(filter(None, (where, early if effect.early else verdict, whole)))
