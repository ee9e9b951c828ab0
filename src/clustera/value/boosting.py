"""Gradient boosting as a competitor in the back-test, where customers buy often enough to learn from."""

from __future__ import annotations

import numpy as np

from clustera.value.history import PurchaseDays
from clustera.value.rows import Floats

DENSE = 5.0  # mean repeat purchases per customer from which boosting competes


def boosted_purchases(purchases: PurchaseDays, split_day: int, days: int, *, seed: int = 0) -> Floats:
    """Purchases of each customer in the `days` after the split, learnt from the same number of days before it.

    Where the history before the split is too short for that, half of it is the lesson and the forecast is scaled.

    Args:
        purchases: All; what comes after `split_day` is not used.
        split_day: Snapshot date.
        days: To forecast.
        seed: Of the learner.

    Returns:
        Forecasts, (n customers of `purchases`,); 0 for customers not yet seen.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    known = purchases.until(split_day)
    lesson = min(days, (split_day - int(known.day.min())) // 2)
    earlier = known.until(split_day - lesson)
    n = len(purchases.customers)
    target = np.bincount(known.customer[known.day > split_day - lesson], minlength=n)
    past, seen = _history_features(earlier, split_day - lesson, lesson)
    learner = HistGradientBoostingRegressor(
        loss="poisson", max_iter=150, learning_rate=0.05, min_samples_leaf=20, early_stopping=False, random_state=seed
    )
    now, present = _history_features(known, split_day, lesson)
    forecast = np.zeros(n)
    # Tables of this size are learnt faster by one thread than by many that wait for each other.
    with threadpool_limits(1):
        learner.fit(past[seen], target[seen])
        forecast[present] = learner.predict(now[present]) * days / lesson
    return forecast


def _history_features(
    purchases: PurchaseDays, day: int, lesson: int
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Counts in windows before the day, age, time since the last purchase and mean spend; who is known at all."""
    n = len(purchases.customers)
    ages = day - purchases.day
    count = np.bincount(purchases.customer, minlength=n)
    windows = [np.bincount(purchases.customer[ages < lesson / part], minlength=n) for part in (1, 2, 4, 8)]
    oldest, latest = np.zeros(n), np.full(n, np.inf)
    np.maximum.at(oldest, purchases.customer, ages)
    np.minimum.at(latest, purchases.customer, ages)
    amount = np.ones(len(ages)) if purchases.amount is None else purchases.amount
    spend = np.bincount(purchases.customer, amount, n) / np.maximum(count, 1)
    rate = np.maximum(count - 1, 0) / np.maximum(oldest, 1.0)
    return np.column_stack([*windows, count, oldest, latest, spend, rate]), count > 0
