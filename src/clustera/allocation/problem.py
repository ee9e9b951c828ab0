"""Who gets which offer: values, costs and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class OfferProblem:
    """At most one offer for each customer, with the largest sum of values within the limits.

    Args:
        values: float64 (customers, offers): expected incremental profit; -inf where the customer can't get the offer.
        costs: float64 (customers, offers), not negative: expected cost.
        budget: That all costs together may reach; None: any.
        most: float64 (offers,): customers who get it at most, inf for any.
        contacts: Customers who get any offer at most; None: any.
        groups: int64 (customers,): the number of a group from 0 on.
        least: float64 (groups,): customers of it who get any offer at least.
    """

    values: Numbers
    costs: Numbers
    budget: float | None
    most: Numbers
    contacts: float | None
    groups: Numbers
    least: Numbers

    @property
    def capacities(self) -> Numbers:
        """float64 (limits,): the right-hand sides, all "at most": budget, contacts, offers, groups (negative: at least)."""
        whole = [
            np.inf if self.budget is None else self.budget,
            np.inf if self.contacts is None else self.contacts,
        ]
        return np.concatenate([whole, self.most, -self.least])

    @property
    def binding(self) -> Numbers:
        """Bool (limits,): those that limit anything at all."""
        capacities = self.capacities
        groups = np.r_[np.zeros(len(capacities) - len(self.least), bool), self.least <= 0]
        found: Numbers = np.isfinite(capacities) & ~groups
        return found

    def rows(self, chosen: Numbers) -> OfferProblem:
        """The same limits for some of the customers."""
        return OfferProblem(
            self.values[chosen],
            self.costs[chosen],
            self.budget,
            self.most,
            self.contacts,
            self.groups[chosen],
            self.least,
        )

    def used(self, choice: Numbers) -> Numbers:
        """float64 (limits,): what a choice uses of each; `choice` is int64 (customers,), -1 for no offer."""
        given = choice >= 0
        cost = self.costs[given, choice[given]].sum()
        offers = np.bincount(choice[given], minlength=self.values.shape[1])
        groups = np.bincount(self.groups[given], minlength=len(self.least))
        return np.concatenate([[cost, given.sum()], offers, -groups]).astype(np.float64)

    def worth(self, choice: Numbers) -> float:
        """The sum of the values of a choice."""
        given = choice >= 0
        return float(self.values[given, choice[given]].sum())
