"""How likely a customer buys again what the customer has bought: from the customer's own history with the item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustera.borrowed import plain_products
from clustera.recommender.purchases import History, ItemTotals, Numbers

PRIOR_DAYS = 150.0  # for how many days of a customer's own history what all customers do counts
SHORTEST_GAP = 3.0  # days; a shorter gap says that a purchase was spread over days
RATE_DAYS = (
    30.0  # added to the days in which a customer bought, so that two purchases close together are no daily habit
)
MOST_MISSED = 20.0
SPAN = 180.0  # days for which counts are told, so that a longer log does not make them larger
FEWEST_EACH = 100  # purchases, and as many others, from whom on a logistic regression is trusted


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression on standardized columns."""

    mean: Numbers
    scale: Numbers
    slopes: Numbers
    intercept: float

    def probability(self, columns: Numbers) -> Numbers:
        """Of each row of `columns` (rows, columns)."""
        logit = ((columns - self.mean) / self.scale) @ self.slopes + self.intercept
        chance: Numbers = 1 / (1 + np.exp(-np.clip(logit, -50, 50)))
        return chance


def corrected_probability(chance: Numbers, correction: Logistic | None) -> Numbers:
    """A probability after its correction: what was told before, held against what came true; in the same order."""
    if correction is None:
        return chance
    return correction.probability(logit_column(chance))


def logit_column(chance: Numbers) -> Numbers:
    """Logarithms of the odds, float64 (rows, 1)."""
    kept = np.clip(chance, 1e-9, 1 - 1e-9)
    odds: Numbers = np.log(kept / (1 - kept))[:, None]
    return odds


@plain_products
def fit_logistic(columns: Numbers, bought: Numbers) -> Logistic | None:
    """Columns float64 (rows, columns) and whether it was bought; None where too few rows say yes, or no."""
    yes = int(bought.sum())
    if min(yes, len(bought) - yes) < FEWEST_EACH:
        return None
    from sklearn.linear_model import LogisticRegression

    mean, scale = columns.mean(0), columns.std(0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    fitted = LogisticRegression(max_iter=300).fit((columns - mean) / scale, bought)
    return Logistic(mean, scale, fitted.coef_[0], float(fitted.intercept_[0]))


def purchase_rate(count: Numbers, item: Numbers, totals: ItemTotals) -> Numbers:
    """Purchase days a day of a customer and an item: own ones, drawn towards what customers on average do.

    The mean of a gamma distribution after Poisson counts: (own days + 150 x average rate) / (days + 150).

    Args:
        count: Purchase days, by entry.
        item: By entry.
        totals: Of all customers.
    """
    average = totals.purchases[item] / max(totals.customers, 1) / totals.days
    rate: Numbers = (count + PRIOR_DAYS * average) / (totals.days + PRIOR_DAYS)
    return rate


def rate_probability(count: Numbers, item: Numbers, totals: ItemTotals, days: int) -> Numbers:
    """Probability of at least one purchase in some days at that rate."""
    chance: Numbers = 1 - np.exp(-purchase_rate(count, item, totals) * days)
    return chance


def silence_columns(history: History) -> Numbers:
    """How often the customer buys anything, and for how long nothing was bought, float64 (customers, 5).

    Days since the last purchase (log), purchase days (log), whether there is one only, and the purchases missed: those that the
    customer's rate would have brought since the last one, as a number (20 at most) and its logarithm.
    """
    visits = history.visits.astype(np.float64)
    since = (history.before - history.last_visit).astype(np.float64)
    missed = since * visits / (history.last_visit - history.first_visit + RATE_DAYS)
    once = (visits < 2).astype(np.float64)
    return np.column_stack([np.log1p(since), np.log1p(visits), once, np.minimum(missed, MOST_MISSED), np.log1p(missed)])


def history_columns(history: History, totals: ItemTotals) -> Numbers:
    """What the customer's own history with an item says, float64 (entries, 13).

    Purchase days in half a year (log), days with older ones counting less (twice), the shrunken rate, days since the last purchase,
    these by the usual gap between purchases (0 with one purchase, which the next column says), and how many buyers of
    the item buy it again; then the silence of the customer.
    """
    count, item = history.count, history.item
    since = (history.before - history.last).astype(np.float64)
    gap = np.maximum((history.last - history.first) / np.maximum(count - 1, 1), SHORTEST_GAP)
    once = count < 2
    return np.column_stack(
        [
            np.log1p(count * SPAN / totals.days),
            *(np.log1p(recent) for recent in history.recent),
            np.log(purchase_rate(count, item, totals)),
            np.log1p(since),
            np.where(once, np.log(1.1), np.log(since / gap + 0.1)),
            once.astype(np.float64),
            totals.repeat_share[item],
            silence_columns(history)[history.row],
        ]
    )


def frequency_columns(history: History, totals: ItemTotals) -> Numbers:
    """The simple rule: how often the customer has bought it, and the silence of the customer, float64 (entries, 6)."""
    return np.column_stack([np.log1p(history.count * SPAN / totals.days), silence_columns(history)[history.row]])
