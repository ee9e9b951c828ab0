"""How far a difference must be from zero when it is looked at again and again: bounds for every look.

Somebody who looks every day and stops at the first "significant" day is wrong far more often than one time in twenty.
The bounds here spend the 5 % over all looks, little of it early (O'Brien-Fleming type), so that the last look is almost
as sharp as a single one. They are computed by numerical integration, not simulated.

Sources: Lan & DeMets (1983), Biometrika 70; Jennison & Turnbull (2000), Group Sequential Methods, chapters 7 and 19;
for campaigns without an end Robbins (1970), Annals of Mathematical Statistics 41.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

ALPHA = 0.05
NODES = 320  # of the integration; twice as many change no bound in its fourth decimal
STEP = 0.05  # to which a share of buyers is rounded up, so that few bounds are computed
MOST = 0.95
NEVER = 8.0  # a bound that nothing passes by chance: where less than 1e-15 is to be spent
MIXTURE = 0.1  # where the bound without an end is narrowest, as a part of `REFERENCE_DAYS`
REFERENCE_DAYS = 30
Floats = npt.NDArray[np.float64]


def alpha_spent(share: float, alpha: float = ALPHA) -> float:
    """The part of alpha that may have been spent when a share of the planned days is over; two-sided.

    >>> round(alpha_spent(1.0), 4), round(alpha_spent(0.5), 4)
    (0.05, 0.0031)
    """
    from scipy.special import ndtr, ndtri

    return float(4 * ndtr(ndtri(alpha / 4) / math.sqrt(share)))


def bound_at(day: int, days: int | None, *, alpha: float = ALPHA, rate: float | None = None) -> float:
    """How many standard errors from zero a difference must be on a day, when every day may be looked at.

    Args:
        day: Days that are over, from 1.
        days: Days that were planned; None where no end was planned.
        alpha: False alarms over all looks together.
        rate: Of shares of buyers: how many have bought by this day. The more have, the less do early looks say of later
            ones, since nobody buys for the first time twice; the bounds get a little wider.

    >>> round(bound_at(14, 14), 2), round(bound_at(7, 14), 2), round(bound_at(14, None), 2)
    (2.1, 3.01, 3.06)
    """
    if days is None:
        return mixture_bound(day / REFERENCE_DAYS, alpha=alpha)
    day = min(day, days)
    if not rate:
        return look_bounds(tuple((number + 1) / days for number in range(days)), alpha)[day - 1]
    return _bound_of_buyers(day, days, alpha, min(math.ceil(rate / STEP), round(MOST / STEP)) * STEP)


@cache
def _bound_of_buyers(day: int, days: int, alpha: float, rate: float) -> float:
    """The bound where the share of buyers grows from 0 to `rate` at a steady pace: what is known grows with its odds."""
    pace = -math.log1p(-rate) / day
    return look_bounds(
        tuple((number + 1) / days for number in range(day)),
        alpha,
        tuple(math.expm1(pace * (number + 1)) for number in range(day)),
    )[-1]


@cache
def look_bounds(
    shares: tuple[float, ...], alpha: float = ALPHA, known: tuple[float, ...] | None = None
) -> tuple[float, ...]:
    """The bound of each look, so that all looks together give a false alarm with probability alpha.

    Args:
        shares: What part of the planned days is over at each look, ascending; at most 1.
        alpha: Two-sided.
        known: How much is known at each look, on any scale; as the days go when left out.

    >>> [round(bound, 2) for bound in look_bounds((0.2, 0.4, 0.6, 0.8, 1.0))]
    [4.88, 3.36, 2.68, 2.29, 2.03]
    """
    from scipy.optimize import brentq

    found: list[float] = []
    walk = _Walk()
    before = 0.0
    for share, time in zip(shares, known or shares, strict=True):
        leave = max(alpha_spent(share, alpha) - before, 0.0)
        walk.to(time)
        if walk.outside(NEVER) >= leave:
            found.append(NEVER)
        else:
            found.append(float(brentq(lambda bound, aim=leave: walk.outside(bound) - aim, 0.0, NEVER, xtol=1e-10)))
        before += walk.outside(found[-1])
        walk.keep(found[-1])
    return tuple(found)


def crossing_probability(shares: Sequence[float], limits: Sequence[float], *, drift: float = 0.0) -> float:
    """The probability that a difference passes one of the bounds, on either side.

    Args:
        shares: What part of the planned days is over at each look.
        limits: The bound of each.
        drift: Expected standard errors from zero at share 1; 0 where nothing works.

    Pocock's constant for five looks (Jennison & Turnbull 2000, table 2.1):

    >>> round(crossing_probability([0.2, 0.4, 0.6, 0.8, 1.0], [2.413] * 5), 4)
    0.05
    """
    return sum(_walk_steps(shares, limits, drift))


def _walk_steps(shares: Sequence[float], limits: Sequence[float], drift: float) -> Iterator[float]:
    walk = _Walk(drift)
    for share, limit in zip(shares, limits, strict=True):
        walk.to(share)
        yield walk.outside(limit)
        walk.keep(limit)


def mixture_bound(time: float, *, alpha: float = ALPHA, tuned: float = MIXTURE) -> float:
    """The bound without an end: it holds at every moment, however long one looks (normal mixture).

    Args:
        time: Days over, as a part of any fixed number of days.
        alpha: Two-sided.
        tuned: Where it is narrowest, on the same scale.
    """
    total = time + tuned
    return math.sqrt(total * (math.log(total / tuned) - 2 * math.log(alpha)) / time)


class _Walk:
    """A Brownian path that has passed no bound so far: its density on the nodes of an integration.

    Armitage, McPherson & Rowe (1969), with Gauss-Legendre nodes.
    """

    def __init__(self, drift: float = 0.0) -> None:
        self._drift = drift
        self._share, self._step = 0.0, 0.0
        self._at: Floats = np.zeros(1)
        self._mass: Floats = np.ones(1)  # density times weight of the node

    def to(self, share: float) -> None:
        """Go on to a later share of the days."""
        self._step, self._share = share - self._share, share

    def outside(self, bound: float) -> float:
        """The probability of being beyond a bound (in standard errors) now, without having been so before."""
        from scipy.special import ndtr

        limit, sd = bound * math.sqrt(self._share), math.sqrt(self._step)
        middle = self._at + self._drift * self._step
        beyond: Any = ndtr((-limit - middle) / sd) + ndtr((middle - limit) / sd)
        return float(self._mass @ beyond)

    def keep(self, bound: float) -> None:
        """Leave out the paths that are beyond a bound now."""
        limit, sd = bound * math.sqrt(self._share), math.sqrt(self._step)
        nodes, weights = _nodes()
        at = limit * nodes
        apart = (at[:, None] - self._at[None, :] - self._drift * self._step) / sd
        density = np.exp(-0.5 * apart**2) @ self._mass / (sd * math.sqrt(2 * math.pi))
        self._at, self._mass = at, density * limit * weights


@cache
def _nodes() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(NODES)
