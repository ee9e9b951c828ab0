"""The forecast month by month, of all customers and of each segment, so that a later run can look back on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustera.records import ForecastPoint, SegmentPath
from clustera.value.forecast import PACE, PurchaseHistories, simulated_totals
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import DAYS
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats, distinct_with_index

MONTH = DAYS["month"] / DAYS["week"]  # weeks
_RANGED_MONTHS = 3  # for which ranges are simulated
_SIMULATED = 5_000  # customers at most


def expected_path(
    purchases: PurchaseModel,
    spend: GammaGamma,
    customers: PurchaseHistories,
    groups: NDArray[np.intp],
    *,
    months: int,
    returning: float,
) -> Floats:
    """Expected spend of each group within 1, 2, ... months, (months, n_groups).

    Groups add up to what the model expects of all customers; of a group it is the sum of its customers, those who come back
    included (`purchase_prospects`).

    Args:
        purchases: Fitted, time in weeks.
        spend: Fitted.
        customers: Their histories.
        groups: Of each customer, 0, 1, ..., (n_customers,).
        months: How far to look ahead.
        returning: Share of those who seem to have left, who come back.
    """
    n_groups = int(groups.max()) + 1
    alive = purchases.probability_alive(customers.frequency, customers.recency, customers.T)
    rows, index = distinct_with_index(customers.frequency, customers.T)
    money = spend.expected_spend(customers.frequency, customers.monetary_value)
    n_rows, place = len(rows.columns[0]), groups * len(rows.columns[0]) + index
    stays, leaves = (
        np.bincount(place, share * money, n_groups * n_rows).reshape(n_groups, n_rows) for share in (alive, 1.0 - alive)
    )
    path = np.empty((months, n_groups))
    for month in range(1, months + 1):
        staying = stays @ purchases.expected_if_alive(month * MONTH, *rows.columns)
        path[month - 1] = staying
        if returning > 0.0:
            path[month - 1] += returning * (leaves @ purchases.expected_if_alive(PACE * month * MONTH, *rows.columns))
            path[month - 1] *= staying.sum() / path[month - 1].sum()
    return path


def forecast_paths(
    purchases: PurchaseModel,
    spend: GammaGamma,
    customers: PurchaseHistories,
    groups: NDArray[np.intp],
    segments: Sequence[int],
    *,
    months: int,
    returning: float,
    errors: tuple[float, float],
    seed: int,
) -> tuple[tuple[ForecastPoint, ...], tuple[SegmentPath, ...]]:
    """Expected sales month by month of all customers and of each segment; the first three months with 80 % ranges.

    Args:
        purchases: Fitted, time in weeks.
        spend: Fitted.
        customers: Their histories.
        groups: Of each customer: place of its segment in `segments`, or their number where it has none, (n_customers,).
        segments: Numbers of the segments.
        months: How far to look ahead.
        returning: Share of those who seem to have left, who come back.
        errors: Of the total and of a segment, as the back-test showed them (standard deviations of logs).
        seed: Of the draws.
    """
    expected = expected_path(purchases, spend, customers, groups, months=months, returning=returning)
    n_groups = expected.shape[1]
    points: list[list[ForecastPoint]] = [[] for _ in range(1 + n_groups)]
    for month, by_group in enumerate(expected, 1):
        sales = np.append(by_group.sum(), by_group)
        ranges: list[tuple[float | None, float | None]] = [(None, None)] * len(sales)
        if month <= _RANGED_MONTHS:
            futures = simulated_totals(
                purchases,
                spend,
                customers,
                month * MONTH,
                groups,
                returning=returning,
                seed=seed,
                most=max(_SIMULATED // n_groups, 1),
            )
            futures = np.column_stack([futures.sum(axis=1), futures])
            # A model that is wrong is wrong for many customers at once: what the back-test missed widens the ranges.
            missed = np.random.default_rng(seed).normal(size=futures.shape)
            futures *= np.exp(np.array([errors[0], *[errors[1]] * n_groups]) * missed)
            ranges = [(float(low), float(high)) for low, high in np.quantile(futures, [0.1, 0.9], axis=0).T]
        for found, money, (low, high) in zip(points, sales, ranges, strict=True):
            found.append(ForecastPoint(month * DAYS["month"], float(money), low, high))
    by_segment = tuple(SegmentPath(s, tuple(found)) for s, found in zip(segments, points[1:], strict=False))
    return tuple(points[0]), by_segment
