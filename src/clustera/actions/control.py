"""How large a control group is, and which rise of the purchase rate it can show."""

from __future__ import annotations

import math

from clustera.records import ControlGroup

SHARES = (0.10, 0.15, 0.20)  # of the customers, to be left out at random
WORTH_SEEING = 0.02  # points: a test that shows less is more than anybody needs
Z95 = 1.959963984540054
POWER_Z = 0.8416212335729143  # 80 %
FEWEST = 5  # expected buyers, and others, in the smaller group; with fewer the normal approximation is worth nothing


def control_group(
    customers: int, *, base_rate: float | None = None, base_customers: int = 0, window_days: int = 0
) -> ControlGroup:
    """The smallest usual control share whose test shows a rise of two points; the largest where none does.

    Args:
        customers: Whom the action is for.
        base_rate: Share of such customers who buy within the window without it; None where that is not known.
        base_customers: On how many customers that was counted.
        window_days: Length of the window.

    >>> control_group(100_000, base_rate=0.65).share, round(control_group(100_000, base_rate=0.65).detectable_lift, 3)
    (0.1, 0.014)
    """
    share, lift = SHARES[0], None
    for share in SHARES:
        control = round(share * customers)
        lift = None if base_rate is None else detectable_lift(control, customers - control, base_rate)
        if lift is not None and lift <= WORTH_SEEING:
            break
    return ControlGroup(share, round(share * customers), base_rate, base_customers, window_days, lift)


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
