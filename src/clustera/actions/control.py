"""How large a control group is, and which rise of the purchase rate it can show."""

from __future__ import annotations

from functools import cache

from clustera.power import SHARES, WORTH_SEEING, Baseline, detectable_lift, detectable_spend
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
        base_in_segment=baseline.in_segment,
        window_days=baseline.days,
        counts=baseline.counts,
        column=baseline.column,
        detectable_lift=lift,
        base_spend=baseline.spend,
        base_spend_sd=baseline.spend_sd,
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
