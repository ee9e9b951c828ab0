"""What is known of the future of each customer, of groups and of all: expectations, and draws from the posterior.

Given that a customer has not left, what he will buy depends on his frequency and age alone, and what he will spend
scales with v + frequency x mean spend (Gamma-Gamma). So a few draws per distinct (frequency, T) give the
distributions of millions of customers, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustera.value.gammagamma import GammaGamma
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats, distinct_with_index

PACE = 0.5  # of a customer who comes back, beside the pace before the pause
_DRAWS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class PurchaseHistories:
    """Histories of repeat purchases as columns, (n_customers,) each. In memory."""

    frequency: Floats
    recency: Floats
    T: Floats
    monetary_value: Floats

    def __len__(self) -> int:
        return len(self.frequency)

    def take(self, chosen: NDArray[np.intp]) -> PurchaseHistories:
        """Some of the customers."""
        return PurchaseHistories(
            self.frequency[chosen], self.recency[chosen], self.T[chosen], self.monetary_value[chosen]
        )


@dataclass(frozen=True, slots=True)
class Prospects:
    """What is expected of each customer within a horizon, those who come back included. All (n_customers,)."""

    active: Floats  # probability to buy again: has not left, or comes back
    pace: Floats  # expected purchases of such a customer, beside those the model expects of one who has not left


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Distributions of purchases and of spend within a horizon, as sorted draws for those who have not left."""

    active: Floats  # probability to buy again, (n_customers,)
    group: NDArray[np.intp]  # of each customer, by frequency and age
    purchases: NDArray[np.int64]  # (n_groups, n_draws), sorted along each row
    spend: Floats  # (n_groups, n_draws), sorted; in units of v + frequency x mean spend
    unit: Floats  # that unit of each customer

    def purchases_at(self, probability: float) -> Floats:
        """Number of purchases that each customer stays at or below with the probability."""
        return self._at(probability, self.purchases.astype(np.float64))

    def spend_at(self, probability: float) -> Floats:
        """Spend that each customer stays at or below with the probability."""
        return self.unit * self._at(probability, self.spend)

    def _at(self, probability: float, draws: Floats) -> Floats:
        gone = 1.0 - self.active
        with np.errstate(divide="ignore", invalid="ignore"):
            among_active = (probability - gone) / self.active
        n = draws.shape[1]
        position = np.clip(np.ceil(among_active * n) - 1, 0, n - 1)
        position = np.nan_to_num(position).astype(np.int64)
        quantile: Floats = np.where(among_active > 0, draws[self.group, position], 0.0)
        return quantile


def value_quantiles(
    purchases: PurchaseModel,
    spend: GammaGamma,
    customers: PurchaseHistories,
    horizon: float,
    *,
    returning: float = 0.0,
    draws: int = 400,
    seed: int = 0,
) -> Quantiles:
    """Posterior distributions of every customer's purchases and spend within the horizon.

    Args:
        purchases: Fitted.
        spend: Fitted.
        customers: Their histories.
        horizon: In the unit of T.
        returning: Share of those who seem to have left, who come back; 0 leaves the model as it is.
        draws: Per distinct (frequency, T).
        seed: Of the draws.
    """
    rows, group = distinct_with_index(customers.frequency, customers.T)
    x, T = rows.columns
    counts = np.empty((len(x), draws), dtype=np.int64)
    money = np.empty((len(x), draws))
    rng = np.random.default_rng(seed)
    step = max(1, _DRAWS_AT_ONCE // draws)
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        many_x, many_T = np.repeat(x[part], draws), np.repeat(T[part], draws)
        bought = purchases.simulate_future(horizon, many_x, many_T, rng)
        counts[part] = np.sort(bought.reshape(-1, draws), axis=1)
        money[part] = np.sort(spend.simulate_spend_units(bought, many_x, rng).reshape(-1, draws), axis=1)
    ahead = purchase_prospects(purchases, spend, customers, horizon, returning)
    unit = ahead.pace * spend.spend_unit(customers.frequency, customers.monetary_value)
    return Quantiles(ahead.active, group, counts, money, unit)


def simulated_totals(
    purchases: PurchaseModel,
    spend: GammaGamma,
    customers: PurchaseHistories,
    horizon: float,
    groups: NDArray[np.intp],
    *,
    returning: float = 0.0,
    rounds: int = 200,
    seed: int = 0,
    most: int = 20_000,
) -> Floats:
    """Total spend of each group within the horizon in `rounds` possible futures, (rounds, n_groups).

    Each round draws the parameters of both models anew (from the normal approximation around the fitted ones), then
    every customer's staying, purchases and spend. Of groups with more than `most` customers a random part is drawn
    and scaled up to the group's expected total, which makes their ranges slightly too wide, never too narrow.

    Args:
        purchases: Fitted.
        spend: Fitted.
        customers: Their histories.
        horizon: In the unit of T.
        groups: Of each customer, 0, 1, ..., (n_customers,).
        returning: Share of those who seem to have left, who come back; 0 leaves the model as it is.
        rounds: Possible futures.
        seed: Of the draws.
        most: Customers drawn per group.
    """
    rng = np.random.default_rng(seed)
    ahead = purchase_prospects(purchases, spend, customers, horizon, returning)
    money = ahead.active * ahead.pace * expected_spend_if_alive(purchases, spend, customers, horizon)
    expected = np.bincount(groups, money)
    chosen = _some_of_each(groups, most, rng)
    part, part_groups, pace = customers.take(chosen), groups[chosen], ahead.pace[chosen]
    part_expected = np.bincount(part_groups, money[chosen], len(expected))
    scale = np.divide(expected, part_expected, out=np.ones_like(expected), where=part_expected > 0)
    totals = np.empty((rounds, len(expected)))
    for i, (bought_by, spent_by) in enumerate(
        zip(purchases.param_draws(rounds, rng), spend.param_draws(rounds, rng), strict=True)
    ):
        alive = bought_by.probability_alive(part.frequency, part.recency, part.T)
        active = rng.random(len(part)) < alive + returning * (1.0 - alive)
        bought = np.where(active, bought_by.simulate_future(horizon, part.frequency, part.T, rng), 0)
        spent = spent_by.simulate_spend_units(bought, part.frequency, rng)
        spent *= pace * spent_by.spend_unit(part.frequency, part.monetary_value)
        totals[i] = np.bincount(part_groups, spent, len(expected))
    return totals * scale


def expected_spend_if_alive(
    purchases: PurchaseModel, spend: GammaGamma, customers: PurchaseHistories, horizon: float
) -> Floats:
    """Expected spend of each customer within the horizon if the customer has not left, (n_customers,)."""
    bought = purchases.expected_if_alive(horizon, customers.frequency, customers.T)
    return bought * spend.expected_spend(customers.frequency, customers.monetary_value)


def purchase_prospects(
    purchases: PurchaseModel, spend: GammaGamma, customers: PurchaseHistories, horizon: float, returning: float
) -> Prospects:
    """Who buys again, and at which pace.

    The models are fitted to all purchases, those of returning customers included, so their total is right on average: what
    the returning bring is taken from all in equal proportion, and the expected spend of all customers stays the model's.

    Args:
        purchases: Fitted.
        spend: Fitted.
        customers: Their histories.
        horizon: In the unit of T.
        returning: Share of those who seem to have left, who come back; 0 leaves the model as it is.
    """
    alive = purchases.probability_alive(customers.frequency, customers.recency, customers.T)
    if returning == 0.0:
        return Prospects(alive, np.ones(len(customers)))
    active = alive + returning * (1.0 - alive)
    bought = purchases.expected_if_alive(horizon, customers.frequency, customers.T)
    slowed = purchases.expected_if_alive(PACE * horizon, customers.frequency, customers.T)
    slower = np.divide(slowed, bought, out=np.zeros_like(bought), where=bought > 0)
    expected = alive + (active - alive) * slower
    money = bought * spend.expected_spend(customers.frequency, customers.monetary_value)
    whole, calibrated = float((alive * money).sum()), float((expected * money).sum())
    pace = np.divide(expected, active, out=np.ones_like(active), where=active > 0)
    return Prospects(active, pace * (whole / calibrated if calibrated > 0 else 1.0))


def discounted_purchases(
    purchases: PurchaseModel, customers: PurchaseHistories, months: int, monthly_discount: float, month: float
) -> Floats:
    """Expected purchases if the customer has not left, each discounted from the end of its month, (n_customers,).

    Args:
        purchases: Fitted.
        customers: Their histories.
        months: Horizon.
        monthly_discount: 0.01 for 1 % a month.
        month: Length of a month in the unit of T.
    """
    rows, index = distinct_with_index(customers.frequency, customers.T)
    x, T = rows.columns
    total, before = np.zeros(len(x)), np.zeros(len(x))
    for i in range(1, months + 1):
        until = purchases.expected_if_alive(i * month, x, T)
        total += (until - before) / (1.0 + monthly_discount) ** i
        before = until
    return total[index]


def _some_of_each(groups: NDArray[np.intp], most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    order = np.lexsort((rng.random(len(groups)), groups))
    count = np.bincount(groups)
    rank = np.arange(len(groups)) - np.repeat(np.cumsum(count) - count, count)
    return np.sort(order[rank < most])
