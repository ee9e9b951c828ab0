"""What a purchase model says of leaving, held against the hold-out of the back-test and set right by it.

The purchase models know one pace per customer and one way to stop: for good. Customers pause as well, so whoever bought
often and has been silent for long is given up too soon. Of the customers who seem to have left, a share only pauses and then
buys at half the earlier pace: the share under which those who bought nothing in the hold-out are most likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustera.records import RiskBand
from clustera.samples import SAMPLED
from clustera.value.forecast import PACE, PurchaseHistories
from clustera.value.history import DAYS
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats

BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)  # of the chance to order nothing, in which said is held against seen
_FOLDS = 5
_HALVINGS = 30
_TINY = 1e-9  # no probability is nearer to 0 or 1


@dataclass(frozen=True, slots=True)
class Holdout:
    """What a model says of customers at the start of the hold-out, and who bought nothing in it. All (n_customers,)."""

    alive: Floats  # probability of not having left
    silent: Floats  # probability of no purchase of one who has not left
    resumes: Floats  # probability of a purchase of one who pauses
    stayed_away: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.bool_]) -> Holdout:
        """Some of the customers."""
        return Holdout(self.alive[chosen], self.silent[chosen], self.resumes[chosen], self.stayed_away[chosen])

    def risk(self, returning: float) -> Floats:
        """Probability of no purchase where a share of those who seem to have left comes back."""
        silent = self.alive * self.silent + (1.0 - self.alive) * (1.0 - returning * self.resumes)
        return np.clip(silent, 0.0, 1.0)


def seen_in_holdout(model: PurchaseModel, customers: PurchaseHistories, weeks: float, purchases: Floats) -> Holdout:
    """Up to 20,000 customers of a hold-out, evenly spaced.

    Args:
        model: Fitted to what came before.
        customers: Histories before the hold-out.
        weeks: Its length.
        purchases: Of each customer in it.
    """
    step = max(1, -(-len(customers) // SAMPLED))
    chosen = np.arange(0, len(customers), step)
    return _looked_ahead(model, customers.take(chosen), weeks, purchases[chosen] == 0)


def _looked_ahead(
    model: PurchaseModel, customers: PurchaseHistories, weeks: float, stayed_away: NDArray[np.bool_]
) -> Holdout:
    history = customers.frequency, customers.recency, customers.T
    alive = model.probability_alive(*history)
    silent = (model.probability_no_purchase(weeks, *history) - (1.0 - alive)) / np.maximum(alive, _TINY)
    resumes = _buys_within(model, customers, PACE * weeks)
    return Holdout(alive, np.clip(silent, 0.0, 1.0), resumes, stayed_away)


def _buys_within(model: PurchaseModel, customers: PurchaseHistories, weeks: float | Floats) -> Floats:
    """Probability to buy in a time of who does not leave: the wait of an exponential with a Gamma rate (Lomax)."""
    r, alpha = model.params_["r"], model.params_["alpha"]
    bought: Floats = -np.expm1(-(r + customers.frequency) * np.log1p(weeks / (alpha + customers.T)))
    return bought


def returning_share(seen: Holdout) -> float:
    """Share of those who seem to have left that only pauses: the most likely one, with one customer more who left for good.

    That customer keeps the share at 0 where nobody seems to have left, and near it where few did.

    Args:
        seen: Of the hold-out.

    Returns:
        From 0 to below 1.
    """
    falls = (1.0 - seen.alive) * seen.resumes

    def slope(share: float) -> float:
        """Of the log-likelihood, which is concave in the share."""
        risk = np.clip(seen.risk(share), _TINY, 1.0 - _TINY)
        return float((falls * np.where(seen.stayed_away, -1.0 / risk, 1.0 / (1.0 - risk))).sum() - 1.0 / (1.0 - share))

    low, high = 0.0, 1.0
    if slope(low) <= 0.0:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if slope(middle) > 0.0 else (low, middle)
    return low


def risk_bands(seen: Holdout, seed: int) -> tuple[RiskBand, ...]:
    """Said and seen by bands of the chance to order nothing, on customers from whom the share was not learned.

    Args:
        seen: Of the hold-out.
        seed: Of the five folds.
    """
    fold = np.random.default_rng(seed).permutation(len(seen.alive)) % _FOLDS
    said = np.empty(len(seen.alive))
    for i in range(_FOLDS):
        said[fold == i] = seen.take(fold == i).risk(returning_share(seen.take(fold != i)))
    band = np.clip(np.digitize(said, BANDS) - 1, 0, len(BANDS) - 2)
    return tuple(
        RiskBand(
            low=BANDS[i],
            high=BANDS[i + 1],
            customers=int(here.sum()),
            said=float(said[here].mean()),
            seen=float(seen.stayed_away[here].mean()),
        )
        for i in range(len(BANDS) - 1)
        if (here := band == i).any()
    )


def churn_risk(model: PurchaseModel, customers: PurchaseHistories, weeks: float, returning: float) -> Floats:
    """Probability that each customer orders nothing within the horizon, (n_customers,).

    Args:
        model: Fitted.
        customers: Their histories.
        weeks: The horizon.
        returning: As `returning_share` returns it.
    """
    return _looked_ahead(model, customers, weeks, np.zeros(len(customers), dtype=bool)).risk(returning)


def days_to_next_order(model: PurchaseModel, customers: PurchaseHistories, most: int, returning: float) -> Floats:
    """Days until which each customer has ordered with a probability of one half, whole days from 1 to `most`.

    Args:
        model: Fitted, time in weeks.
        customers: Those whose churn risk within `most` days is below one half.
        most: Days.
        returning: As `returning_share` returns it.
    """
    alive = model.probability_alive(customers.frequency, customers.recency, customers.T)
    low, high = np.zeros(len(customers)), np.full(len(customers), float(most))
    for _ in range(most.bit_length()):
        middle = np.ceil((low + high) / 2.0)
        weeks = middle / DAYS["week"]
        again = returning * (1.0 - alive) * _buys_within(model, customers, PACE * weeks)
        soon = alive * _buys_within(model, customers, weeks) + again >= 0.5
        # The last day that is too early, and the first that is not.
        low, high = np.where(soon | (middle == high), low, middle), np.where(soon, middle, high)
    return high
