"""How large a control group is, and which rise of the purchase rate it can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from clustera.records import ControlGroup, Counted

SHARES = (0.10, 0.15, 0.20)  # of the customers, to be left out at random
USUAL = (0.02, 0.05, 0.10)  # response rates that are usual
WORTH_SEEING = 0.02  # points: a test that shows less is more than anybody needs
Z95 = 1.959963984540054
POWER_Z = 0.8416212335729143  # 80 %
FEWEST = 50  # customers from whom on some are left out
MOST_BUYERS = 0.9  # share who buy anyway; beyond it spend tells more
MOST_SPEND = 1.0  # rise of spend, as a share of it, that is still worth naming
FEWEST_SPENDERS = 30  # customers in the smaller group, so that a mean of amounts is about normal
FEWEST_EXPECTED = (
    5  # expected buyers, and others, in the smaller group; with fewer the normal approximation is worth nothing
)


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


def too_small(customers: int, baseline: Baseline | None) -> bool:
    """Whether some customers are too few for a test of their own: fewer than 50, or their control group shows no rise.

    >>> too_small(49, None), too_small(4_000, Baseline(0.65, 500))
    (True, False)
    """
    return customers < FEWEST or (baseline is not None and not shows_rise(control_group(customers, baseline)))


def shows_rise(control: ControlGroup) -> bool:
    """Whether a control group can show a rise: of the share who buy, else of what they spend."""
    rate, spend = control.base_rate, control.detectable_spend
    of_rate = control.detectable_lift is not None and (control.counts != "bought" or (rate or 0.0) <= MOST_BUYERS)
    return of_rate or (spend is not None and spend <= MOST_SPEND)


def pooled(parts: Sequence[tuple[int, Baseline | None]]) -> Baseline | None:
    """What several groups do together when nothing is done for them; each counts by its customers.

    Args:
        parts: Customers of each group, and what is known of such customers; None if it is not known of one.

    >>> pooled([(30, Baseline(0.5, 60)), (10, Baseline(0.9, 40))]).rate
    0.6
    """
    known = [(customers, baseline) for customers, baseline in parts if baseline is not None]
    total = sum(customers for customers, _ in parts)
    if not total or len(known) < len(parts):
        return None
    weighed = [(customers / total, baseline) for customers, baseline in known]
    spend, spread = _mixed_spend(weighed)
    first = known[0][1]
    return replace(
        first,
        rate=sum(weight * baseline.rate for weight, baseline in weighed),
        customers=sum(_groups_counted(known)),
        in_segment=all(baseline.in_segment for _, baseline in known),
        days=max(baseline.days for _, baseline in known),
        spend=spend,
        spend_sd=spread,
    )


def _groups_counted(known: Sequence[tuple[int, Baseline]]) -> list[int]:
    """On how many customers each rate was counted; a rate that was counted for all segments at once counts one time."""
    broad = {baseline for _, baseline in known if not baseline.in_segment}
    return [baseline.customers for _, baseline in known if baseline.in_segment] + [b.customers for b in broad]


def _mixed_spend(weighed: Sequence[tuple[float, Baseline]]) -> tuple[float | None, float | None]:
    """Mean and standard deviation of spend over a mixture of groups."""
    means = [(weight, baseline.spend) for weight, baseline in weighed if baseline.spend is not None]
    if len(means) < len(weighed):
        return None, None
    mean = sum(weight * value for weight, value in means)
    squares = [
        weight * (baseline.spend_sd**2 + baseline.spend**2)
        for weight, baseline in weighed
        if baseline.spend is not None and baseline.spend_sd is not None
    ]
    return mean, math.sqrt(max(sum(squares) - mean**2, 0.0)) if len(squares) == len(weighed) else None


def control_of_parts(sizes: Sequence[int], baseline: Baseline | None) -> tuple[ControlGroup, ...]:
    """One control group over several segments: its part in each, in proportion to their customers.

    >>> [part.customers for part in control_of_parts([20, 32, 47, 72], None)]
    [2, 3, 5, 7]
    """
    whole = control_group(sum(sizes), baseline)
    exact = [size * whole.customers / sum(sizes) for size in sizes]
    parts = [int(value) for value in exact]
    for place in sorted(range(len(sizes)), key=lambda i: (parts[i] - exact[i], i))[: whole.customers - sum(parts)]:
        parts[place] += 1
    return tuple(replace(whole, customers=n, pool=sum(sizes), pool_control=whole.customers) for n in parts)


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
    if small * base_rate < FEWEST_EXPECTED or small * (1 - base_rate) < FEWEST_EXPECTED:
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
