"""Records for the figures: what a model says, in a form that any renderer can draw."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from clustera.arguments import ONE_VALUE, takes
from clustera.days import as_day
from clustera.errors import InputError
from clustera.records import AliveHistory, BackTest, FrequencyCounts, FrequencyRecency, Tracking
from clustera.texts import format_day
from clustera.value.forecast import PurchaseHistories
from clustera.value.history import DAYS, PurchaseDays, frame_of_orders, histories_until, purchase_days
from clustera.value.kinds import MODEL
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats

_WEEK = int(DAYS["week"])


def tracking_counts(purchases: PurchaseDays, model: type[PurchaseModel], test: BackTest) -> Tracking:
    """Repeat purchases of the customers known at the split, week by week, and as the model fitted until then expects.

    Args:
        purchases: All.
        model: Its kind; fitted here to what the back-test's forecasts saw.
        test: Where the history is split.
    """
    known = histories_until(purchases, test.split_day, "week")
    fitted = model().fit(known["frequency"], known["recency"], known["T"])
    born, customers = np.unique(test.split_day - np.rint(known["T"] * _WEEK).astype(np.int64), return_counts=True)
    ends = np.arange(test.first_day + _WEEK - 1, test.last_day + 1, _WEEK)
    ages = np.maximum(ends[:, None] - born[None, :], 0) / DAYS["week"]
    expected = fitted.expected_purchases_new(np.maximum(ages, 1e-9)) @ customers

    first = np.diff(purchases.customer, prepend=-1) != 0
    joined = purchases.day[first][np.searchsorted(purchases.customer[first], purchases.customer)]
    repeat = ~first & (joined <= test.split_day)
    bought = np.searchsorted(np.sort(purchases.day[repeat]), ends, side="right").astype(np.float64)
    return Tracking(
        days=tuple(int(day) for day in ends),
        actual=tuple(np.diff(bought, prepend=0.0).tolist()),
        expected=tuple(np.diff(expected, prepend=0.0).tolist()),
        split_day=test.split_day,
    )


def frequency_counts(
    model: PurchaseModel, customers: PurchaseHistories, *, highest: int = 7, seed: int = 0
) -> FrequencyCounts:
    """Customers with 0, 1, ..., `highest` or more repeat purchases: counted, and as the model expects."""
    actual = np.bincount(np.minimum(customers.frequency, highest).astype(np.int64), minlength=highest + 1)
    rounds = int(np.clip(200_000 // len(customers), 1, 50))
    expected = model.frequency_distribution(customers.T, highest, seed=seed, rounds=rounds)
    return FrequencyCounts(tuple(actual.astype(float).tolist()), tuple(expected.tolist()))


def recency_grids(
    model: PurchaseModel, customers: PurchaseHistories, horizon: float, horizon_name: str
) -> tuple[FrequencyRecency, ...]:
    """Probability to be active, and expected purchases, for customers of the median age and every possible history."""
    age = float(np.median(customers.T))
    top = int(np.clip(np.quantile(customers.frequency, 0.99), 5, 30))
    frequency = np.arange(top + 1)
    recency = np.linspace(0.0, age, 14)
    x, t_x = (grid.ravel() for grid in np.meshgrid(frequency.astype(np.float64), recency))
    possible = (x == 0) == (t_x == 0)
    x, t_x = np.where(possible, x, 0.0), np.where(possible, t_x, 0.0)
    T = np.full(len(x), age)
    alive = model.probability_alive(x, t_x, T)
    expected = alive * model.expected_if_alive(horizon, x, T)

    def matrix(title: str, values: Floats) -> FrequencyRecency:
        table = np.where(possible, values, np.nan).reshape(len(recency), len(frequency))
        return FrequencyRecency(
            title=title,
            unit="weeks",
            frequency=tuple(int(f) for f in frequency),
            recency=tuple(recency.tolist()),
            values=tuple(tuple(None if np.isnan(v) else float(v) for v in row) for row in table),
        )

    return (matrix("Probability to be active", alive), matrix(f"Expected purchases in {horizon_name}", expected))


@takes(model=MODEL, customer_id=ONE_VALUE)
def alive_history(
    orders: pd.DataFrame, model: PurchaseModel, customer_id: object, *, as_of: int | date | str, returning: float = 0.0
) -> AliveHistory:
    """Probability that one customer had not left, as the model saw it on every day since the first purchase.

    The forecasts of `assess` also count on those who seem to have left and come back: with `returning` the last day's
    probability is the `probability_alive` of its table.

    Args:
        orders: customer_id, day; one row per order.
        model: Fitted to histories in weeks.
        customer_id: Whose history.
        as_of: Snapshot date: a date, a text such as 2017-12-31, or days since 1970-01-01.
        returning: Share of those who seem to have left, who come back: `record.back_test.returning` of `assess`.

    Returns:
        A record: days (since 1970-01-01), the probability on each, and purchases (the days of the orders).

    Raises:
        InputError: the customer has no order up to `as_of`, or `returning` is no share.

    Two orders in a week, then nothing for a year:

    >>> import pandas as pd
    >>> from clustera.value import BGNBD, alive_history
    >>> log = pd.DataFrame({"customer_id": ["C1", "C1"], "day": [0, 7]})
    >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> found = alive_history(log, model, "C1", as_of=371)
    >>> [round(found.probability[day], 2) for day in (0, 7, 98, 371)]
    [1.0, 0.75, 0.4, 0.14]
    """
    if not 0.0 <= returning <= 1.0:
        raise InputError(f"returning is {returning}; it must be a share from 0 to 1.")
    orders, as_of = frame_of_orders(orders), as_day(as_of)
    days = purchase_days(orders[orders["customer_id"] == customer_id]).until(as_of).day
    if not days.size:
        raise InputError(f"Customer {customer_id!r} has no order up to {format_day(as_of)}.")
    dates = np.arange(days[0], as_of + 1)
    count = np.searchsorted(days, dates, side="right")
    x = (count - 1).astype(np.float64)
    t_x, T = (days[count - 1] - days[0]) / DAYS["week"], (dates - days[0]) / DAYS["week"]
    alive = model.probability_alive(x, t_x, T)
    return AliveHistory(
        customer=str(customer_id),
        days=tuple(dates.tolist()),
        probability=tuple((alive + returning * (1.0 - alive)).tolist()),
        purchases=tuple(days.tolist()),
    )
