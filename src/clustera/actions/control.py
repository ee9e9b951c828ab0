"""How large a control group is, and which rise of the purchase rate it can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from clustera.records import ControlGroup, Counted

SHARES = (0.10, 0.15, 0.20)  # of the customers, to be left out at random
USUAL = (0.02, 0.05, 0.10)  # response rates that are usual
WORTH_SEEING = 0.02  # points: a test that shows less is more than anybody needs
Z95 = 1.959963984540054
POWER_Z = 0.8416212335729143  # 80 %
FEWEST_SPENDERS = 30  # customers in the smaller group, so that a mean of amounts is about normal
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


def control_group(customers: int, baseline: Baseline | None = None) -> ControlGroup:
    """The smallest usual control share whose test shows a rise of two points; the largest where none does.

    Args:
        customers: Whom the action is for.
        baseline: What is known of such customers; None where nothing is.

    >>> found = control_group(100_000, Baseline(0.65, 5_000))
    >>> found.share, round(found.detectable_lift, 3)
    (0.1, 0.014)
    """
    if baseline is None:
        return ControlGroup(SHARES[0], round(SHARES[0] * customers), None, needed=customers_needed())
    share, lift = SHARES[0], None
    for share in SHARES:
        control = round(share * customers)
        lift = detectable_lift(control, customers - control, baseline.rate)
        if lift is not None and lift <= WORTH_SEEING:
            break
    control = round(share * customers)
    return ControlGroup(
        share=share,
        customers=control,
        base_rate=baseline.rate,
        base_customers=baseline.customers,
        base_in_segment=baseline.in_segment,
        window_days=baseline.days,
        counts=baseline.counts,
        column=baseline.column,
        detectable_lift=lift,
        base_spend=baseline.spend,
        detectable_spend=detectable_spend(control, customers - control, baseline.spend, baseline.spend_sd),
    )


@cache
def customers_needed() -> tuple[tuple[float, int], ...]:
    """For usual rates of 2 %, 5 % and 10 %: the customers with whom a fifth left out shows a rise of two points.

    >>> customers_needed()[2]
    (0.1, 12223)
    """
    found = []
    for rate in USUAL:
        low, high = 1, 10_000_000
        while low < high:
            middle = (low + high) // 2
            control = round(SHARES[-1] * middle)
            lift = detectable_lift(control, middle - control, rate)
            low, high = (low, middle) if lift is not None and lift <= WORTH_SEEING else (middle + 1, high)
        found.append((rate, low))
    return tuple(found)


def detectable_spend(control: int, treated: int, mean: float | None, sd: float | None) -> float | None:
    """The smallest rise of spend per customer that two groups can tell from chance, as a share of the mean.

    Two-sided 5 %, power 80 %, normal approximation; None where the groups or what they spend are too small to say.

    >>> round(detectable_spend(500, 2000, 100.0, 100.0), 3)
    0.14
    """
    if mean is None or sd is None or mean <= 0 or sd <= 0 or min(control, treated) < FEWEST_SPENDERS:
        return None
    return (Z95 + POWER_Z) * sd * math.sqrt(1 / control + 1 / treated) / mean


def detectable_lift(control: int, treated: int, base_rate: float) -> float | None:
    """The smallest rise of a rate that two groups can tell from chance: two-sided 5 %, power 80 %.

    Args:
        control: Customers who are left out.
        treated: Customers who get the action.
        base_rate: Rate without it.

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
    if not _shown(control, treated, base_rate, base_rate + high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _shown(control, treated, base_rate, base_rate + middle) else (middle, high)
    return high


def _shown(control: int, treated: int, base: float, rate: float) -> bool:
    pooled = (control * base + treated * rate) / (control + treated)
    null = Z95 * math.sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
    alternative = POWER_Z * math.sqrt(base * (1 - base) / control + rate * (1 - rate) / treated)
    return rate - base >= null + alternative
