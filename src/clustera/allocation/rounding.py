"""From prices to a choice within all limits: the few customers whose choice the prices leave open are chosen exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from clustera.allocation.branching import best_selection
from clustera.allocation.prices import find_prices, price_choice
from clustera.allocation.problem import Numbers, OfferProblem

OPEN = 150  # customers who are chosen exactly at first; four times as many when that does not do
NODES = 60  # linear programs, while there may be more open customers
LAST = 40_000  # entries of all linear programs together, in the end
ENOUGH = 5e-5  # gap up to which no more customers are opened
MOST_OPEN = 2_500


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets which offer, and how far from the best that can be at most."""

    choice: Numbers  # int64 by customer: number of the offer, -1 for none
    value: float  # sum of the values
    bound: float  # no choice within the limits is worth more
    used: Numbers  # of each limit, as `OfferProblem.capacities`
    prices: Numbers  # what one more of each limit would be worth

    @property
    def gap(self) -> float:
        """How much more the best choice can be worth at most, as a share of the bound.

        >>> Allocation(np.array([0, -1]), value=90.0, bound=100.0, used=np.array([5.0]), prices=np.array([1.0])).gap
        0.1
        """
        return max(self.bound - self.value, 0.0) / max(abs(self.bound), 1e-12)


def allocate(problem: OfferProblem, *, open_customers: int = OPEN) -> Allocation | None:
    """The choice worth most, up to the gap that is told; None where the limits can't be met together.

    Prices of the limits are found by the Lagrangian dual. They decide for nearly everybody; for the customers who are about as
    well off with another offer, or none, an integer program decides what fits into what is left of the limits.

    Args:
        problem: Values, costs and limits.
        open_customers: For how many customers an integer program decides at first.
    """
    prices = find_prices(problem)
    priced = price_choice(problem, prices, margins=True)
    limits = problem.capacities
    tolerance = 1e-9 * np.maximum(np.abs(np.where(np.isfinite(limits), limits, 0.0)), 1.0)
    if (problem.used(priced.choice) <= limits + tolerance).all():
        first = priced.choice
        if priced.bound - problem.worth(first) <= 1e-9 * max(abs(priced.bound), 1.0):
            return _allocation_of(problem, first, priced.bound, prices)
    size, best = open_customers, None
    order = np.argsort(priced.margin, kind="stable")
    while True:
        size = min(size, len(order))
        choice = _decide_open(problem, priced.choice, np.sort(order[:size]), ENOUGH / 5 * abs(priced.bound))
        if choice is not None and (best is None or problem.worth(choice) > best.value):
            best = _allocation_of(problem, choice, priced.bound, prices)
        if size == len(order) or (best is not None and (best.gap <= ENOUGH or size * 4 > MOST_OPEN)):
            return best
        size *= 4


def _allocation_of(problem: OfferProblem, choice: Numbers, bound: float, prices: Numbers) -> Allocation:
    return Allocation(choice, problem.worth(choice), bound, problem.used(choice), prices)


def _decide_open(problem: OfferProblem, choice: Numbers, chosen: Numbers, close: float) -> Numbers | None:
    """The best choice of some customers, up to `close`, while all others keep theirs; None where none fits."""
    fixed = choice.copy()
    fixed[chosen] = -1
    left = problem.capacities - problem.used(fixed)
    part = problem.rows(chosen)
    customers, offers = part.values.shape
    person, offer = np.nonzero(np.isfinite(part.values))
    entry = np.arange(len(person))
    one = np.ones(len(person))
    limits = sp.vstack(
        [
            sp.csr_matrix(part.costs[person, offer][None]),
            sp.csr_matrix(one[None]),
            sp.csr_matrix((one, (offer, entry)), shape=(offers, len(entry))),
            sp.csr_matrix((-one, (part.groups[person], entry)), shape=(len(problem.least), len(entry))),
        ]
    ).tocsr()[problem.binding]
    left = left[problem.binding]
    if not len(entry):
        return fixed if (left >= -1e-9).all() else None
    each = sp.csr_matrix((one, (person, entry)), shape=(customers, len(entry)))
    taken = best_selection(
        part.values[person, offer],
        sp.vstack([each, limits]).tocsc(),
        np.r_[np.ones(customers), left],
        nodes=NODES if len(chosen) < len(choice) else max(LAST // len(entry), 2 * NODES),
        close=close,
    )
    if taken is None:
        return None
    fixed[chosen[person[taken]]] = offer[taken]
    return fixed
