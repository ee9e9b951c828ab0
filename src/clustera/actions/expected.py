"""How many of some customers will buy, as a range that is honest for shares of none and of all too."""

from __future__ import annotations

import math

import numpy as np

TAIL = 0.1  # of the chance on either side: an 80 % range


def expected_buyers(customers: int, rate: float, seen: int) -> tuple[int, int]:
    """80 % range of how many buy within the window: chance among them, and in the rate as it was counted.

    Args:
        customers: Of whom the number is asked; 1 or more.
        rate: Share who bought among those who were counted, from 0 to 1.
        seen: How many were counted.

    Returns:
        The 10 % and 90 % quantiles of the beta-binomial distribution that follows from Jeffreys' prior, wide enough to hold
        the rate as counted (0 where nobody bought). The ends always differ: what was seen of some is never certain for others.

    Source: Brown, Cai & DasGupta (2001), Interval Estimation for a Binomial Proportion, Statistical Science 16, for the
    prior.

    >>> expected_buyers(40, 0.0, 25), expected_buyers(40, 1.0, 25), expected_buyers(1000, 0.1, 500)
    ((0, 2), (38, 40), (80, 122))
    """
    bought, rest = rate * seen + 0.5, (1 - rate) * seen + 0.5
    k = np.arange(customers, dtype=np.float64)
    steps = np.log((customers - k) / (k + 1)) + np.log((bought + k) / (rest + customers - k - 1))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(logs - logs.max())
    up_to = np.cumsum(chances) / chances.sum()
    low, high = (int(np.searchsorted(up_to, share)) for share in (TAIL, 1 - TAIL))
    low = min(low, math.floor(rate * customers))
    high = min(max(high, math.ceil(rate * customers)), customers)
    if low == high:
        return (low, high + 1) if high < customers else (low - 1, high)
    return low, high
