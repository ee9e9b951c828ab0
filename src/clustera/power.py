"""What two groups of customers can tell from chance: the normal approximation that suggested tests and campaigns share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clustera.records import Action, CampaignMeasure, ControlGroup, Counted, StageSummary

QUARTER = 91  # days
SHARES = (0.10, 0.15, 0.20)  # of the customers, to be left out at random
WORTH_SEEING = 0.02  # points: a test that shows less is more than anybody needs
Z95 = 1.959963984540054  # two-sided 5 %
POWER_Z = 0.8416212335729143  # 80 %
FEWEST_SPENDERS = 30  # customers in the smaller group, so that a mean of amounts is about normal
LARGE_LIFT = 0.03  # a rise from which on whole points are exact enough
A_LOT = 0.10  # a rise that one mailing seldom brings
MOST_BUY = 0.9  # share who buy anyway; beyond it spend tells more
FEWEST_TESTED = 50  # customers of an action from whom on some are left out
WATCHED = 1.15  # looking every day asks for a rise at most so many times as large as one look does
FEWEST = 5  # expected buyers, and others, in the smaller group; with fewer the normal approximation is worth nothing


@dataclass(frozen=True, slots=True)
class Baseline:
    """What such customers did within a window of days when nothing was done for them."""

    rate: float  # share who bought
    customers: int  # on whom that was counted
    in_segment: bool = True  # all of them in the segment the action is for
    days: int = 30
    counts: Counted = "bought"  # what the rate is the share of
    column: str = ""  # of the customer table that says so
    spend: float | None = None  # per customer
    spend_sd: float | None = None  # over customers
    buyers: int | None = None  # of `customers`; None where the rate is a mean of groups counted apart


def _spend_of_stages(stages: Sequence[StageSummary], weights: Sequence[float]) -> tuple[float, float | None]:
    """Mean spend within the window and its standard deviation; None where a stage does not know its own."""
    spends = [stage.earlier_buyers_spend / stage.earlier_customers for stage in stages]
    spend = sum(weight * value for weight, value in zip(weights, spends, strict=True))
    squares = 0.0
    for stage, weight, own in zip(stages, weights, spends, strict=True):
        if stage.earlier_spend_sd is None:
            return spend, None
        squares += weight * (stage.earlier_spend_sd**2 + own**2)
    return spend, math.sqrt(max(squares - spend**2, 0.0))


def baseline_of_stages(stages: Sequence[StageSummary]) -> Baseline | None:
    """What such customers do within the window by themselves; each stage counts by its customers today."""
    if not stages or any(not stage.earlier_customers for stage in stages):
        return None
    customers = sum(stage.customers for stage in stages)
    weights = [stage.customers / customers for stage in stages]
    spend, spend_sd = _spend_of_stages(stages, weights)
    scopes = {stage.earlier_in_segment for stage in stages}
    return Baseline(
        rate=sum(w * stage.earlier_buyers / stage.earlier_customers for w, stage in zip(weights, stages, strict=True)),
        customers=sum(stage.earlier_customers for stage in stages),
        in_segment=all(stage.earlier_in_segment for stage in stages),
        days=max(stage.window_days for stage in stages),
        spend=spend,
        spend_sd=spend_sd,
        buyers=sum(stage.earlier_buyers for stage in stages) if len(scopes) == 1 else None,
    )


def quarter_of_stages(stages: Sequence[StageSummary]) -> Baseline | None:
    """What such customers do within 91 days by themselves; None where the log is too short to say."""
    return baseline_of_stages(
        [
            replace(
                stage,
                window_days=QUARTER,
                earlier_in_segment=stage.quarter_in_segment,
                earlier_customers=stage.quarter_customers,
                earlier_buyers=stage.quarter_buyers,
                earlier_buyers_spend=stage.quarter_buyers_spend,
                earlier_spend_sd=stage.quarter_spend_sd,
            )
            for stage in stages
        ]
    )


def shown_measure(
    rate: float | None,
    lift: float | None,
    spend: float | None,
    *,
    counts: Counted = "bought",
    measure: CampaignMeasure | None = None,
) -> CampaignMeasure | None:
    """What a test can tell from chance, of all that a campaign may bring: twice as many buyers or two points at most, or twice the revenue.

    The one judge of what is enough: suggested actions, their cards, and plans of campaigns ask it.

    Args:
        rate: Share who buy without it; None where nobody knows.
        lift: Smallest rise of that share that one look at the end shows; None: none.
        spend: Smallest rise of spend that it shows, as a share; None: none.
        counts: What the rate is the share of.
        measure: The one that somebody asked for, judged alone.

    >>> shown_measure(0.35, 0.12, None), shown_measure(0.35, 0.35, None), shown_measure(0.95, 0.02, 0.2)
    ('buyers', None, 'revenue')
    """
    if rate is None:
        return None
    by_buyers = measure == "buyers" or (measure is None and (counts != "bought" or rate <= MOST_BUY))
    if by_buyers and lift is not None and WATCHED * lift <= min(max(rate, WATCHED * WORTH_SEEING), 1 - rate):
        return "buyers"
    return "revenue" if measure != "buyers" and spend is not None and WATCHED * spend <= 1 else None


def detectable_spend(
    control: int, treated: int, mean: float | None, sd: float | None, *, critical: float = Z95
) -> float | None:
    """The smallest rise of spend per customer that two groups can tell from chance, as a share of the mean.

    Two-sided 5 % (or what `critical` stands for), power 80 %, normal approximation; None where the groups or what they spend
    are too small to say.

    >>> round(detectable_spend(500, 2000, 100.0, 100.0), 3)
    0.14
    """
    if mean is None or sd is None or mean <= 0 or sd <= 0 or min(control, treated) < FEWEST_SPENDERS:
        return None
    return (critical + POWER_Z) * sd * math.sqrt(1 / control + 1 / treated) / mean


def detectable_lift(control: int, treated: int, base_rate: float, *, critical: float = Z95) -> float | None:
    """The smallest rise of a rate that two groups can tell from chance: two-sided 5 %, power 80 %.

    Args:
        control: Customers who are left out.
        treated: Customers who get the action.
        base_rate: Rate without it.
        critical: What the difference in standard errors must exceed; larger where it is looked at more than once.

    Returns:
        The rise (0.02 = two points); None where no rise can be shown, or the groups are too small to say.

    Source: Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, chapter 4, without continuity
    correction.

    >>> round(detectable_lift(3841, 3841, 0.10), 4)
    0.02
    """
    small = min(control, treated)
    if small * base_rate < FEWEST or small * (1 - base_rate) < FEWEST:
        return None
    low, high = 0.0, 1 - base_rate
    if not _shown(control, treated, base_rate, base_rate + high, critical):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if _shown(control, treated, base_rate, base_rate + middle, critical) else (middle, high)
        )
    return high


def _shown(control: int, treated: int, base: float, rate: float, critical: float) -> bool:
    pooled = (control * base + treated * rate) / (control + treated)
    null = critical * math.sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
    alternative = POWER_Z * math.sqrt(base * (1 - base) / control + rate * (1 - rate) / treated)
    return rate - base >= null + alternative


@dataclass(frozen=True, slots=True)
class Success:
    """The smallest success that a test can tell from chance."""

    spend: bool  # of what they spend, in percent; else of the share who buy, in points
    rise: float  # rounded up so that it can be shown
    each: float | None  # what one point, or one percent, brings from those who get it; None where unknown


def smallest_success(action: Action) -> Success | None:
    """The smallest rise that a test of the action can tell from chance; None where it can't tell any."""
    return _success_of(action.control, action)


def quarter_success(action: Action) -> Success | None:
    """The smallest rise that the same control group can tell from chance in 3 months; None where it can't tell any."""
    return _success_of(action.quarter, action)


def _success_of(control: ControlGroup | None, action: Action) -> Success | None:
    if control is None or control.base_rate is None:
        return None
    lift, spend = control.detectable_lift, control.detectable_spend
    shown = shown_measure(control.base_rate, lift, spend, counts=control.counts)
    if shown == "buyers":
        return Success(False, lift_in_points(lift or 0.0)[0], action.point_value)
    return Success(True, float(math.ceil(100 * (spend or 0.0) - 1e-9)), action.percent_value) if shown else None


def lift_in_points(lift: float) -> tuple[float, int]:
    """A rise of a share in percentage points, rounded up so that it can be shown, and its decimals.

    >>> lift_in_points(0.0662), lift_in_points(0.0121)
    ((7.0, 0), (1.3, 1))
    """
    decimals = 0 if lift >= LARGE_LIFT else 1
    step = 10**decimals
    return math.ceil(100 * lift * step - 1e-9) / step, decimals
