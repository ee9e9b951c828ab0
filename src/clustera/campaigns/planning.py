"""What a campaign can show before it is launched: how large its control group must be, and where a test can't work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clustera.campaigns.looks import bound_at
from clustera.power import (
    FEWEST_TESTED,
    MOST_BUY,
    SHARES,
    WORTH_SEEING,
    Z95,
    Baseline,
    detectable_lift,
    detectable_spend,
    shown_measure,
)
from clustera.records import CampaignMeasure, ControlSize, LooksPlanned, MeasuredEffect, PlanAdvice, PlannedAudience

HALF = 0.5  # the largest control group there is any use for


@dataclass(frozen=True, slots=True)
class CampaignAudience:
    """Customers whom a campaign is for, and what such customers do without it."""

    segment: int | None
    action_code: str
    customers: int
    baseline: Baseline | None
    measured: MeasuredEffect | None = None
    action_label: str = ""


def plan_audiences(
    audiences: Sequence[CampaignAudience],
    *,
    looks: LooksPlanned = "daily",
    measure: CampaignMeasure | None = None,
    shares: Sequence[float] = SHARES,
    combine: bool = True,
) -> tuple[tuple[PlannedAudience, ...], PlannedAudience | None]:
    """What a test can show for each audience, and for all of them together.

    Args:
        audiences: Whom the campaigns are for.
        looks: Whether somebody looks every day: the bounds are a little wider then.
        measure: What decides; chosen by how many buy anyway when left out.
        shares: Sizes of the control group to try.
        combine: Whether the audiences are parts of one campaign, so that they can be tested together.

    Returns:
        The audiences, and all together (None where there is one only, or where they are no parts of one campaign).
    """
    together = None
    if combine and len(audiences) > 1:
        together = _planned_part(combine_audiences(audiences), looks, measure, shares, can_combine=False)
    can_combine = together is not None and not together.advice
    parts = tuple(_planned_part(audience, looks, measure, shares, can_combine=can_combine) for audience in audiences)
    if any(part.advice == "larger control" for part in (*parts, *([together] if together else []))):
        # What is advised is one of the sizes that are shown.
        parts = tuple(_with_half(part, one, looks) for part, one in zip(parts, audiences, strict=True))
        together = _with_half(together, combine_audiences(audiences), looks) if together else None
    return parts, together


def _with_half(part: PlannedAudience, audience: CampaignAudience, looks: LooksPlanned) -> PlannedAudience:
    """The same plan with a control group of half of the customers among its sizes."""
    size = _control_size(audience, HALF, _critical(looks, part.days))
    share = HALF if part.advice == "larger control" else part.share
    return replace(part, sizes=(*part.sizes, size), share=share)


def combine_audiences(audiences: Sequence[CampaignAudience]) -> CampaignAudience:
    """All customers of several audiences as one; what they do is the mean over the customers.

    >>> both = combine_audiences([CampaignAudience(1, "", 100, Baseline(0.1, 50)), CampaignAudience(2, "", 300, Baseline(0.2, 80))])
    >>> both.customers, both.baseline.rate
    (400, 0.175)
    """
    customers = sum(audience.customers for audience in audiences)
    codes = {audience.action_code for audience in audiences}
    known = [(a.customers, a.baseline) for a in audiences if a.baseline is not None]
    baseline = combine_baselines(known) if len(known) == len(audiences) else None
    code = codes.pop() if len(codes) == 1 else ""
    label = audiences[0].action_label if code else ""
    # What one campaign brought in several segments has no sum here; what it brought to all of them together has.
    measured = {audience.measured for audience in audiences}
    return CampaignAudience(None, code, customers, baseline, measured.pop() if len(measured) == 1 else None, label)


def _combined_spend(parts: Sequence[tuple[float, float | None, float | None]]) -> tuple[float | None, float | None]:
    """Mean and standard deviation of groups together, each with its weight; None where one group's are not known."""
    known = [(weight, mean, sd) for weight, mean, sd in parts if mean is not None and sd is not None]
    if len(known) < len(parts):
        return None, None
    spend = sum(weight * mean for weight, mean, _ in known)
    squares = sum(weight * (sd**2 + mean**2) for weight, mean, sd in known)
    return spend, math.sqrt(max(squares - spend**2, 0.0))


def combine_baselines(parts: Iterable[tuple[int, Baseline]]) -> Baseline:
    """The baseline of several groups together, each with its customers.

    >>> combine_baselines([(100, Baseline(0.1, 50)), (300, Baseline(0.2, 80))]).rate
    0.175
    """
    weighed = list(parts)
    customers = sum(count for count, _ in weighed) or 1
    rate = sum(count * baseline.rate for count, baseline in weighed) / customers
    spend, deviation = _combined_spend([(count / customers, b.spend, b.spend_sd) for count, b in weighed])
    first = weighed[0][1]
    return replace(
        first,
        rate=rate,
        customers=sum(baseline.customers for _, baseline in weighed),
        in_segment=all(baseline.in_segment for _, baseline in weighed),
        buyers=first.buyers if len(weighed) == 1 else None,
        spend=spend,
        spend_sd=deviation,
    )


def _planned_part(
    audience: CampaignAudience,
    looks: LooksPlanned,
    measure: CampaignMeasure | None,
    shares: Sequence[float],
    *,
    can_combine: bool,
) -> PlannedAudience:
    baseline, measured = audience.baseline, audience.measured
    chosen: CampaignMeasure = measure or chosen_measure(audience, shares)
    days = baseline.days if baseline is not None else 0
    critical = _critical(looks, days)
    sizes = tuple(_control_size(audience, share, critical) for share in shares)
    worth = _worth_seeing(chosen, measured, baseline)
    lifts = [_lift_of(size, chosen) for size in sizes]
    first = next((i for i, lift in enumerate(lifts) if lift is not None and lift <= worth), len(sizes) - 1)
    return PlannedAudience(
        segment=audience.segment,
        action_code=audience.action_code,
        action_label=audience.action_label,
        customers=audience.customers,
        days=days,
        base_customers=baseline.customers if baseline is not None else 0,
        base_rate=None if baseline is None else baseline.rate,
        base_spend=None if baseline is None else baseline.spend,
        base_spend_sd=None if baseline is None else baseline.spend_sd,
        sizes=sizes,
        share=sizes[first].share,
        measure=chosen,
        advice=_advice(audience, sizes, chosen, critical, can_combine=can_combine),
        measured=measured,
    )


def chosen_measure(audience: CampaignAudience, shares: Sequence[float]) -> CampaignMeasure:
    """What decides: the share who buy, or the revenue per customer where nearly all buy anyway or it alone can show a rise."""
    shown = _shown_by(audience, max(shares)) or _shown_by(audience, HALF)
    if shown is not None or audience.baseline is None:
        return shown or "buyers"
    return "revenue" if audience.baseline.rate > MOST_BUY and audience.baseline.spend is not None else "buyers"


def _shown_by(
    audience: CampaignAudience, share: float, measure: CampaignMeasure | None = None
) -> CampaignMeasure | None:
    """What a control group of this size can show with one look at the end: as the cards of suggested actions judge it."""
    baseline, size = audience.baseline, _control_size(audience, share, Z95)
    if baseline is None or audience.customers < FEWEST_TESTED:
        return None
    return shown_measure(baseline.rate, size.buyers_lift, size.spend_lift, counts=baseline.counts, measure=measure)


def _critical(looks: LooksPlanned, days: int) -> float:
    if looks == "end" or days < 1:
        return Z95
    return bound_at(days, days if looks == "daily" else None)


def _control_size(audience: CampaignAudience, share: float, critical: float) -> ControlSize:
    control = round(share * audience.customers)
    contact, baseline = audience.customers - control, audience.baseline
    if baseline is None:
        return ControlSize(share, control, None, None)
    return ControlSize(
        share,
        control,
        detectable_lift(control, contact, baseline.rate, critical=critical),
        detectable_spend(control, contact, baseline.spend, baseline.spend_sd, critical=critical),
    )


def _lift_of(size: ControlSize, measure: CampaignMeasure) -> float | None:
    return size.buyers_lift if measure == "buyers" else size.spend_lift


def _worth_seeing(measure: CampaignMeasure, measured: MeasuredEffect | None, baseline: Baseline | None) -> float:
    """The rise that a test should show: what the last campaign brought where that is known, else two points or 2 %."""
    if measured is None or measured.measure != measure or measured.low <= 0:
        return WORTH_SEEING
    if measure == "buyers":
        return measured.value
    return measured.value / baseline.spend if baseline is not None and baseline.spend else WORTH_SEEING


def _works(audience: CampaignAudience, size: ControlSize, measure: CampaignMeasure) -> bool:
    """Whether a test can show a rise that a campaign may bring, however often it is looked at."""
    return _lift_of(size, measure) is not None and _shown_by(audience, size.share, measure) is not None


def _advice(
    audience: CampaignAudience,
    sizes: Sequence[ControlSize],
    measure: CampaignMeasure,
    critical: float,
    *,
    can_combine: bool,
) -> PlanAdvice:
    if audience.baseline is None:
        return "unknown rate"
    if any(_works(audience, size, measure) for size in sizes):
        return ""
    if can_combine:  # parts of one campaign have one control group: what is right for all together is right for each
        return "combine segments"
    return "larger control" if _works(audience, _control_size(audience, HALF, critical), measure) else "longer"
