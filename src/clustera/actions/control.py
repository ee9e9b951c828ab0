"""How large a control group must be to show a rise of the purchase rate; numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from clustera.power import (
    FEWEST_TESTED,
    SHARES,
    WORTH_SEEING,
    Baseline,
    detectable_lift,
    detectable_spend,
    shown_measure,
)
from clustera.records import ControlGroup

USUAL = (0.02, 0.05, 0.10)  # response rates that are usual


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
        base_buyers=baseline.buyers,
        base_in_segment=baseline.in_segment,
        window_days=baseline.days,
        counts=baseline.counts,
        column=baseline.column,
        detectable_lift=lift,
        base_spend=baseline.spend,
        base_spend_sd=baseline.spend_sd,
        detectable_spend=detectable_spend(control, customers - control, baseline.spend, baseline.spend_sd),
    )


def same_control(control: ControlGroup, customers: int, baseline: Baseline) -> ControlGroup:
    """The same control group, and what it shows of what such customers do within another time.

    Args:
        control: Whom to leave out.
        customers: Whom the action is for, those left out as well.
        baseline: What is known of such customers.

    >>> month = control_group(1000, Baseline(0.65, 500))
    >>> same_control(month, 1000, Baseline(0.9, 500, days=91)).detectable_lift < month.detectable_lift
    True
    """
    left, all_ = (control.pool_control, control.pool) if control.pool else (control.customers, customers)
    return replace(
        control,
        base_rate=baseline.rate,
        base_customers=baseline.customers,
        base_buyers=baseline.buyers,
        base_in_segment=baseline.in_segment,
        window_days=baseline.days,
        detectable_lift=detectable_lift(left, all_ - left, baseline.rate),
        base_spend=baseline.spend,
        base_spend_sd=baseline.spend_sd,
        detectable_spend=detectable_spend(left, all_ - left, baseline.spend, baseline.spend_sd),
    )


def control_too_small(customers: int, baseline: Baseline | None) -> bool:
    """Whether some customers are too few for a test of their own: fewer than 50, or their control group shows no rise.

    >>> control_too_small(49, None), control_too_small(4_000, Baseline(0.65, 500))
    (True, False)
    """
    return customers < FEWEST_TESTED or (
        baseline is not None and not control_shows_rise(control_group(customers, baseline))
    )


def control_shows_rise(control: ControlGroup) -> bool:
    """Whether a control group can show a rise that the action may bring: of the share who buy, else of what they spend."""
    lift, spend = control.detectable_lift, control.detectable_spend
    return shown_measure(control.base_rate, lift, spend, counts=control.counts) is not None


def pooled_control(parts: Sequence[tuple[int, Baseline | None]]) -> Baseline | None:
    """What several groups do together when nothing is done for them; each counts by its customers.

    Args:
        parts: Customers of each group, and what is known of such customers; None if it is not known of one.

    >>> pooled_control([(30, Baseline(0.5, 60)), (10, Baseline(0.9, 40))]).rate
    0.6
    """
    known = [(customers, baseline) for customers, baseline in parts if baseline is not None]
    total = sum(customers for customers, _ in parts)
    if not total or len(known) < len(parts):
        return None
    weighed = [(customers / total, baseline) for customers, baseline in known]
    spend, spread = _mixed_spend(weighed)
    first, (customers, buyers) = known[0][1], _counted_on([baseline for _, baseline in known])
    return replace(
        first,
        rate=sum(weight * baseline.rate for weight, baseline in weighed),
        customers=customers,
        buyers=buyers,
        in_segment=all(baseline.in_segment for _, baseline in known),
        days=max(baseline.days for _, baseline in known),
        spend=spend,
        spend_sd=spread,
    )


def _counted_on(known: Sequence[Baseline]) -> tuple[int, int | None]:
    """On how many customers the rates were counted, and how many of them bought: None where no one group holds them all.

    A rate of all segments includes those of the single ones.
    """
    broad = [baseline for baseline in known if not baseline.in_segment]
    if broad:
        same = len({(baseline.customers, baseline.buyers) for baseline in known}) == 1
        return max(baseline.customers for baseline in broad), known[0].buyers if same else None
    buyers = [baseline.buyers for baseline in known if baseline.buyers is not None]
    return sum(baseline.customers for baseline in known), sum(buyers) if len(buyers) == len(known) else None


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
