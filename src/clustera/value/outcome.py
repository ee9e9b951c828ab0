"""One call from orders to the value of every customer, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clustera.arguments import NUMBER, takes
from clustera.days import as_day
from clustera.errors import InputError
from clustera.records import (
    BackTest,
    FittedModel,
    LifetimeValue,
    Parameter,
    Reason,
    SegmentValue,
    readable,
)
from clustera.value.calibration import churn_risk, days_to_next_order
from clustera.value.doubts import model_doubts, refuse_contracts
from clustera.value.forecast import (
    PurchaseHistories,
    discounted_purchases,
    purchase_prospects,
    simulated_totals,
    value_quantiles,
)
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import DAYS, PurchaseDays, histories_until, purchase_days
from clustera.value.holdout import MODELS, as_customers, back_test_purchases
from clustera.value.kinds import SERIES
from clustera.value.likelihood_model import MaximumLikelihoodModel
from clustera.value.path import MONTH, forecast_paths
from clustera.value.pictures import frequency_counts, recency_grids, tracking_counts
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats


@readable
@dataclass(frozen=True, slots=True)
class ValueOutcome:
    """What `assess` found. In memory.

    Attributes:
        customers: One row per customer, sorted by customer_id: segment (where given), frequency, recency and T (weeks),
            monetary_value, probability_alive (of buying again, after a pause or without), expected_purchases,
            expected_spend (per purchase), value, value_low, value_high (80 % range), value_if_active, churn_risk
            (probability of no purchase in the next `record.churn_days` days), next_order_day (since 1970-01-01: the day by
            which the customer has bought with a probability of one half; missing where that is later than those days).
        record: Everything else, as data that can be written and drawn.
        purchase_model: The chosen model, fitted to the whole history, time in weeks.
        spend_model: Fitted to the whole history.

    >>> from clustera.value import assess
    >>> log = orders.rename(columns={"customer": "customer_id", "date": "day"})
    >>> found = assess(log, as_of=20172, horizon_months=6)
    >>> found.customers[["customer_id", "frequency", "value"]].head(3).round()
      customer_id  frequency  value
    0        C000          2   24.0
    1        C001          0   96.0
    2        C002          7   45.0
    >>> found.record.horizon_months, len(found.record.segments)  # no segments were given
    (6, 0)
    """

    customers: pd.DataFrame
    record: LifetimeValue
    purchase_model: PurchaseModel
    spend_model: GammaGamma


_COUNTED = {  # by whether it is all of the spend, and whether later money counts for less
    (True, False): "value-is-spend",
    (True, True): "value-is-spend-discounted",
    (False, False): "value-is-margin",
    (False, True): "value-is-margin-discounted",
}


@takes(
    segments=SERIES,
    margin=NUMBER,
    monthly_discount=NUMBER,
    horizon_months=NUMBER,
    seed=NUMBER,
)
def assess(
    orders: pd.DataFrame | PurchaseDays,
    *,
    as_of: int | date | str,
    segments: pd.Series | None = None,
    margin: float = 1.0,
    monthly_discount: float = 0.0,
    horizon_months: int = 12,
    seed: int = 0,
) -> ValueOutcome:
    """Value of every customer, of every segment and of all: back-test, choice, fit, forecast, doubts.

    Args:
        orders: One row per order: customer_id, day (since 1970-01-01, or dates), amount; or purchase days that are grouped
            already.
        as_of: Snapshot date: a date, a text such as 2017-12-31, or days since 1970-01-01.
        segments: Segment number of each customer, indexed by customer_id; customers without one count in the total only.
        margin: Share of the spend that is earned; 1 for spend itself.
        monthly_discount: 0 counts later money in full; 0.01 takes off 1 % a month, at the end of each month.
        horizon_months: How far to look ahead.
        seed: Of all draws.

    Returns:
        Columns per customer and the record of everything else.

    Raises:
        InputError: no amounts, too little history to test a forecast, or customers under contract.

    >>> from clustera.value import assess
    >>> log = orders.rename(columns={"customer": "customer_id", "date": "day"})
    >>> found = assess(log, as_of=20172, segments=seg.customers.set_index("id")["segment"], horizon_months=6)
    >>> for one in found.record.segments:  # value with its 80 % range
    ...     print(one.segment, one.customers, round(one.value, -3), round(one.low, -3), round(one.high, -3))
    1 48 24000.0 14000.0 42000.0
    2 68 11000.0 6000.0 19000.0
    3 94 4000.0 2000.0 7000.0
    """
    _check_terms(margin, monthly_discount, horizon_months)
    as_of = as_day(as_of)
    purchases = orders if isinstance(orders, PurchaseDays) else purchase_days(orders)
    if purchases.amount is None:
        raise InputError(
            "The orders have no column 'amount'; value needs it.", hint="Use repeat_purchases and a purchase model."
        )
    purchases = purchases.until(as_of)
    test = back_test_purchases(purchases, as_of=as_of, seed=seed)
    refuse_contracts(purchases)
    frame = histories_until(purchases, as_of, "week").infer_objects()
    if segments is not None:
        frame.insert(1, "segment", _segments_of(frame["customer_id"], segments))
    customers = as_customers(frame)
    model = MODELS[test.chosen]().fit(customers.frequency, customers.recency, customers.T)
    spend = GammaGamma().fit(customers.frequency, customers.monetary_value)
    # No longer than the hold-out in which it was held against what customers did.
    churn_days = min(round(horizon_months * DAYS["month"]), test.last_day - test.split_day)
    fitted = _Fitted(customers, model, spend, horizon_months * MONTH, churn_days, test)
    discounted = discounted_purchases(model, customers, horizon_months, monthly_discount, MONTH)
    _add_forecasts(frame, fitted, margin * discounted, as_of=as_of, seed=seed)
    group, names = _grouped_customers(frame)
    total, by_segment = _segment_values(frame, fitted, group, names, seed)
    path, segment_paths = forecast_paths(
        model,
        spend,
        customers,
        group,
        names,
        months=int(horizon_months),
        returning=test.returning,
        errors=(_total_error(test), test.group_error),
        seed=seed,
    )
    record = LifetimeValue(
        as_of=as_of,
        horizon_months=horizon_months,
        margin=margin,
        monthly_discount=monthly_discount,
        purchase_model=_described(test.chosen, model),
        spend_model=_described("Gamma-Gamma", spend),
        back_test=test,
        total=total,
        segments=by_segment,
        doubts=model_doubts(purchases, customers, model, spend, test, horizon_days=horizon_months * DAYS["month"]),
        tracking=tracking_counts(purchases, MODELS[test.chosen], test),
        frequencies=frequency_counts(model, customers, seed=seed),
        churn_days=churn_days,
        matrices=recency_grids(model, customers, fitted.weeks, f"{horizon_months} months"),
        notes=(
            Reason(
                _COUNTED[margin == 1, monthly_discount > 0],
                {"margin": margin, "months": horizon_months, "discount": monthly_discount},
            ),
            Reason("ranges"),
        ),
        path=path,
        segment_paths=segment_paths,
    )
    return ValueOutcome(frame, record, model, spend)


@dataclass(frozen=True, slots=True)
class _Fitted:
    customers: PurchaseHistories
    model: PurchaseModel
    spend: GammaGamma
    weeks: float  # horizon
    churn_days: int  # that the chance to order nothing looks ahead
    test: BackTest


def _add_forecasts(frame: pd.DataFrame, fitted: _Fitted, earned: Floats, *, as_of: int, seed: int) -> None:
    """Writes the forecast columns. `earned`: purchases of a customer who has not left, times margin, discounted."""
    known, model, weeks = fitted.customers, fitted.model, fitted.weeks
    if_alive = model.expected_if_alive(weeks, known.frequency, known.T)
    ahead = purchase_prospects(model, fitted.spend, known, weeks, fitted.test.returning)
    frame["probability_alive"] = ahead.active
    frame["expected_purchases"] = ahead.active * ahead.pace * if_alive
    frame["expected_spend"] = fitted.spend.expected_spend(known.frequency, known.monetary_value)
    frame["value_if_active"] = earned * ahead.pace * frame["expected_spend"]
    frame["value"] = frame["probability_alive"] * frame["value_if_active"]

    ranges = value_quantiles(model, fitted.spend, known, weeks, returning=fitted.test.returning, seed=seed)
    per_spend = np.divide(earned, if_alive, out=np.zeros_like(earned), where=if_alive > 0)
    level = fitted.test.spend_coverage.level
    frame["value_low"] = ranges.spend_at((1.0 - level) / 2.0) * per_spend
    frame["value_high"] = ranges.spend_at((1.0 + level) / 2.0) * per_spend

    frame["churn_risk"] = churn_risk(model, known, fitted.churn_days / DAYS["week"], fitted.test.returning)
    day = np.full(len(known), np.nan)
    expected = np.flatnonzero(frame["churn_risk"] < 0.5)
    day[expected] = as_of + days_to_next_order(model, known.take(expected), fitted.churn_days, fitted.test.returning)
    frame["next_order_day"] = pd.Series(day).astype("Int64")


def _check_terms(margin: float, monthly_discount: float, horizon_months: int) -> None:
    if not 0.0 < margin <= 1.0:
        raise InputError(
            f"margin is {margin}; it must be a share of the spend above 0 and up to 1.", hint="Say 0.3 for 30 %."
        )
    if not 0.0 <= monthly_discount < 1.0:
        raise InputError(
            f"monthly_discount is {monthly_discount}; it must be 0 or more and below 1.", hint="Say 0.01 for 1 %."
        )
    if horizon_months < 1 or horizon_months != int(horizon_months):
        raise InputError(f"horizon_months is {horizon_months}; it must be a whole number of 1 or more.")


def _segments_of(customer_ids: pd.Series, segments: pd.Series) -> pd.Series:
    if not segments.index.is_unique:
        twice = segments.index[segments.index.duplicated()][0]
        raise InputError(f"Customer {twice!r} has more than one segment.", hint="Give one row per customer.")
    if segments.empty:
        raise InputError(
            "segments is an empty series.", hint="Index the segments by customer_id, or leave segments out."
        )
    found = segments.reindex(customer_ids).to_numpy()
    if pd.isna(found).all():
        raise InputError(
            "No customer of the orders has a segment; the customer ids don't match "
            f"(orders: {customer_ids.iloc[0]!r}, segments: {segments.index[0]!r}).",
            hint="Index the segments by customer_id, of the same type.",
        )
    return pd.Series(found, dtype="Int64")


def _grouped_customers(frame: pd.DataFrame) -> tuple[NDArray[np.int64], list[int]]:
    """Place of each customer's segment among the numbers, past the last where it has none; and the numbers, in order."""
    if "segment" not in frame.columns:
        return np.zeros(len(frame), dtype=np.int64), []
    found = frame["segment"].to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = np.unique(found[~np.isnan(found)])
    group = np.where(np.isnan(found), len(numbers), np.searchsorted(numbers, found)).astype(np.int64)
    return group, [int(number) for number in numbers]


def _segment_values(
    frame: pd.DataFrame, fitted: _Fitted, group: NDArray[np.int64], names: list[int], seed: int
) -> tuple[SegmentValue, tuple[SegmentValue, ...]]:
    """The total, and each segment in the order of its number."""
    totals = simulated_totals(
        fitted.model, fitted.spend, fitted.customers, fitted.weeks, group, returning=fitted.test.returning, seed=seed
    )
    # Margin and discount scale a group's range as they scale its value.
    expected = np.bincount(group, frame["expected_purchases"] * frame["expected_spend"])
    value = np.bincount(group, frame["value"])
    futures = totals * np.divide(value, expected, out=np.zeros_like(value), where=expected > 0)
    # A model that is wrong is wrong for many customers at once: what the back-test missed widens the ranges.
    missed = np.random.default_rng(seed).normal(size=(len(futures), 1 + len(value)))
    test, error = fitted.test, _total_error(fitted.test)
    whole = _segment_value(None, frame, futures.sum(axis=1) * np.exp(error * missed[:, 0]))
    futures *= np.exp(test.group_error * missed[:, 1:])
    return whole, tuple(_segment_value(name, frame[group == i], futures[:, i]) for i, name in enumerate(names))


def _total_error(test: BackTest) -> float:
    # One hold-out without bias is no proof of none: the total is not surer than ten independent groups.
    return float(np.hypot(np.log1p(test.spend_bias), test.group_error / np.sqrt(10.0)))


def _segment_value(segment: int | None, frame: pd.DataFrame, futures: Floats) -> SegmentValue:
    value = frame["value"].to_numpy()
    alive = frame["probability_alive"].to_numpy()
    low, high = np.quantile(futures, [0.1, 0.9])
    return SegmentValue(
        segment=segment,
        customers=len(frame),
        active=float(alive.sum()),
        purchases=float(frame["expected_purchases"].sum()),
        value=float(value.sum()),
        low=float(low),
        high=float(high),
        churn_loss=float((frame["value_if_active"].to_numpy() * (1.0 - alive)).sum()),
        upgrade=_upgrade(value, alive >= 0.5),
    )


def _upgrade(value: Floats, active: NDArray[np.bool_]) -> float:
    if not active.any():
        return 0.0
    return float(np.maximum(np.quantile(value[active], 0.75) - value[active], 0.0).sum())


def _described(name: str, model: MaximumLikelihoodModel) -> FittedModel:
    parameters = []
    for parameter, row in model.summary_.iterrows():
        known = bool(np.isfinite(row["standard_error"]))
        error, low, high = (float(row[column]) if known else None for column in ("standard_error", "low", "high"))
        parameters.append(Parameter(str(parameter), float(row["estimate"]), error, low, high))
    return FittedModel(name, tuple(parameters), model.log_likelihood_, model.n_customers_)
