"""Prices of the limits: the Lagrangian dual, whose value no choice can exceed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from clustera.allocation.problem import Numbers, OfferProblem

FIRST = 2_000  # customers on whom prices are looked for first; then on ten times as many, and so on
ROUNDS = 150  # at most, on each of these
CLOSE = 2e-6  # of the bound, up to which prices are improved on all customers
DESCENT = 0.1  # part of the promised improvement from which on a step is taken


@dataclass(frozen=True, slots=True)
class Priced:
    """What customers choose at some prices."""

    bound: float  # no choice within the limits is worth more
    slope: Numbers  # of the bound by each price: what is left of the limit
    choice: Numbers  # int64 by customer, -1 for no offer
    margin: Numbers  # how much better the choice is than the next best


def price_choice(problem: OfferProblem, prices: Numbers, *, margins: bool = False) -> Priced:
    """What every customer takes when the limits have prices; prices as `OfferProblem.capacities`, not negative."""
    offers = problem.values.shape[1]
    limited = problem.binding
    gain = problem.values - prices[0] * problem.costs
    gain -= prices[1] + prices[2 : 2 + offers]
    gain += prices[2 + offers :][problem.groups][:, None]
    rows = np.arange(len(gain))
    best = gain.argmax(1)
    top = gain[rows, best]
    choice = np.where(top > 0, best, -1)
    capacities = np.where(limited, problem.capacities, 0.0)
    bound = float(np.maximum(top, 0.0).sum() + prices @ capacities)
    slope = np.where(limited, capacities - problem.used(choice), 0.0)
    margin = np.zeros(0)
    if margins:
        gain[rows, best] = -np.inf
        second = np.maximum(gain.max(1), np.where(top > 0, 0.0, -np.inf)) if offers > 1 else np.zeros(len(gain))
        margin = np.where(top > 0, top - np.maximum(second, 0.0), -top)
    return Priced(bound, slope, choice, margin)


def find_prices(problem: OfferProblem) -> Numbers:
    """Prices at which the bound is about as low as it gets; on a sample first, then on more and more customers."""
    customers = len(problem.values)
    prices = np.zeros(len(problem.capacities))
    sizes = []
    first = customers
    while first > FIRST * 2:
        sizes.append(first)
        first //= 10
    radius = 1.0
    for size in [max(first, min(customers, FIRST)), *reversed(sizes)]:
        part = problem if size == customers else _thinned(problem, size)
        prices = _lower_bound(part, prices, radius=radius)
        radius = 0.05
    return prices


def _thinned(problem: OfferProblem, size: int) -> OfferProblem:
    """Customers at equal distances, with limits in proportion."""
    customers = len(problem.values)
    chosen = np.unique(np.linspace(0, customers - 1, size).astype(np.int64))
    share = len(chosen) / customers
    part = problem.rows(chosen)
    return OfferProblem(
        part.values,
        part.costs,
        None if part.budget is None else part.budget * share,
        part.most * share,
        None if part.contacts is None else part.contacts * share,
        part.groups,
        # Rounded down: a sample may have too few of a small group to reach its part.
        np.minimum(np.floor(part.least * share), np.bincount(part.groups, minlength=len(part.least))),
    )


def _scales(problem: OfferProblem) -> Numbers:
    """About how large a price may be: value per cost for the budget, value for the others."""
    usual = np.isfinite(problem.values) & (problem.values > 0)
    worth = float(np.quantile(problem.values[usual], 0.9)) if usual.any() else 1.0
    costly = usual & (problem.costs > 0)
    rate = float(np.quantile(problem.values[costly] / problem.costs[costly], 0.9)) if costly.any() else 1.0
    scales: Numbers = np.r_[rate, np.full(len(problem.capacities) - 1, worth)]
    return scales


def _lower_bound(problem: OfferProblem, start: Numbers, *, radius: float) -> Numbers:
    """Cutting planes within a box around the best prices so far (Marsten, Hogan & Blankenship 1975, boxstep)."""
    active = np.flatnonzero(problem.binding)
    if not len(active):
        return start
    scale = _scales(problem)[active]
    best = start.copy()
    found = price_choice(problem, best)
    points, slopes, bounds = [best[active] / scale], [found.slope[active] * scale], [found.bound]
    lowest = found.bound
    for _ in range(ROUNDS):
        center = best[active] / scale
        step = _lowest_model(np.array(points), np.array(slopes), np.array(bounds), center, radius)
        if step is None:
            break
        target, promised = step
        if lowest - promised <= CLOSE * max(abs(lowest), 1e-12) and radius >= 0.01:
            break
        tried = best.copy()
        tried[active] = target * scale
        found = price_choice(problem, tried)
        points.append(target)
        slopes.append(found.slope[active] * scale)
        bounds.append(found.bound)
        if found.bound < lowest - DESCENT * (lowest - promised):
            best, lowest, radius = tried, found.bound, radius * 2
        else:
            if found.bound < lowest:
                best, lowest = tried, found.bound
            if lowest - promised <= CLOSE * max(abs(lowest), 1e-12):
                break
            radius = max(radius * 0.7, 1e-6)
    return best


def _lowest_model(
    points: Numbers, slopes: Numbers, bounds: Numbers, center: Numbers, radius: float
) -> tuple[Numbers, float] | None:
    """The lowest point of the cuts within the box, and the bound that they promise there."""
    width = points.shape[1]
    offsets = bounds - (slopes * points).sum(1)
    size = max(np.abs(bounds).max(), 1e-12)  # HiGHS wants numbers of about 1
    result = linprog(
        np.r_[np.zeros(width), 1.0],
        A_ub=np.c_[slopes / size, -np.ones(len(bounds))],
        b_ub=-offsets / size,
        bounds=[(max(c - radius, 0.0), c + radius) for c in center] + [(None, None)],
        method="highs",
    )
    if result.x is None:
        return None
    return result.x[:width], float(result.x[-1] * size)
