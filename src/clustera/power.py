"""What two groups of customers can tell from chance: the normal approximation that suggested tests and campaigns share."""

from __future__ import annotations

import math

Z95 = 1.959963984540054  # two-sided 5 %
POWER_Z = 0.8416212335729143  # 80 %
FEWEST_SPENDERS = 30  # customers in the smaller group, so that a mean of amounts is about normal
FEWEST = 5  # expected buyers, and others, in the smaller group; with fewer the normal approximation is worth nothing


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
        low, high = (low, middle) if _shown(control, treated, base_rate, base_rate + middle, critical) else (middle, high)
    return high


def _shown(control: int, treated: int, base: float, rate: float, critical: float) -> bool:
    pooled = (control * base + treated * rate) / (control + treated)
    null = critical * math.sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
    alternative = POWER_Z * math.sqrt(base * (1 - base) / control + rate * (1 - rate) / treated)
    return rate - base >= null + alternative
