"""The back-test decides: forecasts from the first part of the history, held against the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clustera.arguments import WHOLE, takes
from clustera.days import as_day
from clustera.errors import InputError
from clustera.records import BackTest, Coverage, ForecastScore, Reason, Value
from clustera.texts import NotPossibleError, count_days, format_day
from clustera.value.bgnbd import BGNBD, MBGNBD
from clustera.value.boosting import DENSE, boosted_purchases
from clustera.value.calibration import returning_share, risk_bands, seen_in_holdout
from clustera.value.forecast import PurchaseHistories, purchase_prospects, value_quantiles
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import DAYS, PurchaseDays, histories_until, purchase_days
from clustera.value.paretonbd import ParetoNBD
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats

MODELS: dict[str, type[PurchaseModel]] = {"BG/NBD": BGNBD, "MBG/NBD": MBGNBD, "Pareto/NBD": ParetoNBD}
BOOSTING = "gradient boosting"
Kind = Literal["model", "rule", "learner"]
LEAST_DAYS = 90  # of history
LEAST_REPEATERS = 100  # customers with a repeat purchase before the split
LEAST_PURCHASES = 100  # in the hold-out
COVERED = 0.8
_FOLDS = 5
_LEVELS = np.concatenate([np.arange(0.02, 0.98, 0.02), [0.98, 0.99, 0.995, 0.999]])


@dataclass(frozen=True, slots=True)
class Split:
    """A history cut in two. In memory; all arrays are (n_customers,), customers known at the split."""

    split_day: int
    days: int  # of the hold-out
    index: NDArray[np.intp]  # of the customers in `PurchaseDays.customers`
    customers: PurchaseHistories
    purchases: Floats  # in the hold-out
    spend: Floats


def as_customers(frame: pd.DataFrame) -> PurchaseHistories:
    """The columns of `repeat_purchases`."""
    columns = (frame[name].to_numpy(dtype=np.float64) for name in ("frequency", "recency", "T", "monetary_value"))
    return PurchaseHistories(*columns)


def split_history(purchases: PurchaseDays, *, as_of: int, holdout_days: int) -> Split:
    """What is known `holdout_days` before `as_of`, and what came after."""
    split_day = as_of - holdout_days
    frame = histories_until(purchases, split_day, "week")
    index = np.unique(purchases.customer[purchases.day <= split_day])
    n = len(purchases.customers)
    later = (purchases.day > split_day) & (purchases.day <= as_of)
    amount = np.zeros(len(purchases.day)) if purchases.amount is None else purchases.amount
    return Split(
        split_day=split_day,
        days=holdout_days,
        index=index,
        customers=as_customers(frame),
        purchases=np.bincount(purchases.customer[later], minlength=n).astype(np.float64)[index],
        spend=np.bincount(purchases.customer[later], amount[later], n)[index].astype(np.float64),
    )


@takes(holdout_days=WHOLE, seed=WHOLE)
def back_test(
    orders: pd.DataFrame, *, as_of: int | date | str, holdout_days: int | None = None, seed: int = 0
) -> BackTest:
    """Fits every model to the first part of the history and scores it on the second, beside naive rules.

    The model with the lowest mean absolute error is chosen. Rules ("own rate", "last period") and, where customers
    buy often, gradient boosting are scored beside it; those that beat it by more than two standard errors of the
    paired difference are named in `beaten_by`.

    Args:
        orders: customer_id, day, amount; one row per order.
        as_of: Snapshot date: a date, a text such as 2017-12-31, or days since 1970-01-01.
        holdout_days: Length of the second part; half of the history without, at most a year.
        seed: Of the draws and folds.

    Returns:
        A record: chosen (the model), scores (of every model and rule, the smallest error first), beaten_by, deciles and how
        often customers were inside their ranges.

    Raises:
        InputError: too little history; the minima are told.

    >>> from clustera.value import back_test
    >>> log = orders.rename(columns={"customer": "customer_id", "date": "day"})
    >>> found = back_test(log, as_of=20172)
    >>> found.customers, found.purchases, len(found.scores)
    (196, 1033, 5)
    >>> rule = next(score for score in found.scores if score.name == "last period")
    >>> round(rule.mae, 1), round(found.scores[0].mae, 1)  # purchases per customer
    (2.8, 2.6)
    """
    return back_test_purchases(purchase_days(orders), as_of=as_day(as_of), holdout_days=holdout_days, seed=seed)


def back_test_purchases(
    purchases: PurchaseDays, *, as_of: int, holdout_days: int | None = None, seed: int = 0
) -> BackTest:
    """`back_test` on purchase days that are already made."""
    first_day = _first_day(purchases, as_of)
    days = min(365, (as_of - first_day + 1) // 2) if holdout_days is None else holdout_days
    if not 0 < days < as_of - first_day:
        raise InputError(
            f"The hold-out is {count_days(days)}, the history {count_days(max(as_of - first_day + 1, 0))}; something must be "
            "left to learn from.",
            hint="Choose a hold-out of about half of the history.",
        )
    cut = split_history(purchases, as_of=as_of, holdout_days=days)
    _refuse_too_little(cut)
    known = cut.customers
    horizon = days / DAYS["week"]
    models = {name: model().fit(known.frequency, known.recency, known.T) for name, model in MODELS.items()}
    forecasts = {
        name: model.expected_purchases(horizon, known.frequency, known.recency, known.T)
        for name, model in models.items()
    }
    chosen = min(models, key=lambda name: _mae(forecasts[name], cut.purchases))
    rules = _rule_forecasts(purchases, cut, seed)
    scores = [_forecast_score(name, "model", forecasts[name], forecasts[chosen], cut.purchases) for name in models]
    scores += [
        _forecast_score(name, "learner" if name == BOOSTING else "rule", rule, forecasts[chosen], cut.purchases)
        for name, rule in rules.items()
    ]
    spend = GammaGamma().fit(known.frequency, known.monetary_value)
    seen = seen_in_holdout(models[chosen], known, horizon, cut.purchases)
    returning = returning_share(seen)
    ahead = purchase_prospects(models[chosen], spend, known, horizon, returning)
    expected = ahead.active * ahead.pace * models[chosen].expected_if_alive(horizon, known.frequency, known.T)
    ranges = value_quantiles(models[chosen], spend, known, horizon, returning=returning, seed=seed)
    expected_spend = expected * spend.expected_spend(known.frequency, known.monetary_value)
    beaten_by = tuple(s.name for s in scores if s.kind != "model" and s.excess < -2 * s.excess_se)
    return BackTest(
        first_day=first_day,
        split_day=cut.split_day,
        last_day=as_of,
        customers=len(known),
        purchases=int(cut.purchases.sum()),
        spend=float(cut.spend.sum()),
        scores=tuple(sorted(scores, key=lambda score: score.mae)),
        chosen=chosen,
        reason=_choice_reason(chosen, scores, beaten_by),
        beaten_by=beaten_by,
        deciles=_deciles(expected, cut.purchases),
        purchase_coverage=_coverage(ranges.purchases_at, cut.purchases, seed),
        spend_coverage=_coverage(ranges.spend_at, cut.spend, seed),
        spend_bias=float(expected_spend.sum() / max(cut.spend.sum(), 1e-300) - 1.0),
        group_error=_group_error(expected_spend, cut.spend),
        returning=returning,
        risk_bands=risk_bands(seen, seed),
    )


def _first_day(purchases: PurchaseDays, as_of: int) -> int:
    seen = purchases.day[purchases.day <= as_of]
    if not seen.size or as_of - int(seen.min()) + 1 < LEAST_DAYS:
        days = as_of - int(seen.min()) + 1 if seen.size else 0
        raise NotPossibleError(Reason("short-history", {"day": format_day(as_of), "days": days, "needed": LEAST_DAYS}))
    return int(seen.min())


def _refuse_too_little(cut: Split) -> None:
    repeaters = int((cut.customers.frequency > 0).sum())
    if repeaters < LEAST_REPEATERS:
        raise NotPossibleError(
            Reason(
                "few-repeat-customers",
                {"repeaters": repeaters, "customers": len(cut.customers), "days": cut.days, "needed": LEAST_REPEATERS},
            )
        )
    if cut.purchases.sum() < LEAST_PURCHASES:
        raise NotPossibleError(
            Reason(
                "few-purchases", {"purchases": int(cut.purchases.sum()), "days": cut.days, "needed": LEAST_PURCHASES}
            )
        )


def _rule_forecasts(purchases: PurchaseDays, cut: Split, seed: int) -> dict[str, Floats]:
    """Forecasts that need no model, and boosting where customers buy often."""
    known, weeks = cut.customers, cut.days / DAYS["week"]
    age = np.maximum(known.T, 1.0 / DAYS["week"])
    window = min(cut.days, max(1, round(float(known.T.max()) * DAYS["week"] / 2)))
    recent = (purchases.day > cut.split_day - window) & (purchases.day <= cut.split_day)
    counts = np.bincount(purchases.customer[recent], minlength=len(purchases.customers))[cut.index]
    # The first purchase of all made a customer; it is no repeat.
    counts = counts - (known.T * DAYS["week"] < window - 0.5)
    rules = {"own rate": known.frequency / age * weeks, "last period": counts * cut.days / window}
    if known.frequency.mean() >= DENSE:
        rules[BOOSTING] = boosted_purchases(purchases, cut.split_day, cut.days, seed=seed)[cut.index]
    return rules


def _mae(forecast: Floats, actual: Floats) -> float:
    return float(np.abs(forecast - actual).mean())


def _forecast_score(name: str, kind: Kind, forecast: Floats, chosen: Floats, actual: Floats) -> ForecastScore:
    excess = np.abs(forecast - actual) - np.abs(chosen - actual)
    return ForecastScore(
        name=name,
        kind=kind,
        mae=_mae(forecast, actual),
        rmse=float(np.sqrt(((forecast - actual) ** 2).mean())),
        predicted=float(forecast.sum()),
        bias=float(forecast.sum() / actual.sum() - 1.0),
        excess=float(excess.mean()),
        excess_se=float(excess.std(ddof=1) / np.sqrt(len(excess))),
    )


def _choice_reason(chosen: str, scores: list[ForecastScore], beaten_by: tuple[str, ...]) -> Reason:
    by_name = {score.name: score for score in scores}
    rule = min((score for score in scores if score.kind != "model"), key=lambda score: score.mae)
    other = by_name[beaten_by[0]] if beaten_by else rule
    case = "beaten" if beaten_by else "best" if rule.excess > 2 * rule.excess_se else "alike"
    told: dict[str, Value] = {
        "case": case,
        "model": chosen,
        "error": by_name[chosen].mae,
        "other": other.name,
        "other_error": other.mae,
    }
    return Reason("forecast-model", told)


def _deciles(forecast: Floats, actual: Floats) -> tuple[tuple[float, float, int], ...]:
    parts = np.array_split(np.argsort(forecast, kind="stable"), 10)
    return tuple((float(forecast[part].mean()), float(actual[part].mean()), len(part)) for part in parts)


def _group_error(forecast: Floats, actual: Floats) -> float:
    """Root mean square of log(actual / forecast) over tenths of the customers, weighted by what was forecast."""
    parts = np.array_split(np.argsort(forecast, kind="stable"), 10)
    sums = np.array([(forecast[part].sum(), actual[part].sum()) for part in parts])
    sums = sums[(sums > 0).all(axis=1)]
    return float(np.sqrt(np.average(np.log(sums[:, 1] / sums[:, 0]) ** 2, weights=sums[:, 0])))


def _coverage(quantile: Callable[[float], Floats], actual: Floats, seed: int) -> Coverage:
    """Shares of customers inside their ranges; the recalibrated one is measured on customers it was not fitted to."""
    inside = np.array([_within_range(quantile, level, actual) for level in _LEVELS])
    fold = np.random.default_rng(seed).permutation(len(actual)) % _FOLDS
    hits = 0
    for i in range(_FOLDS):
        level = _nearest_level(inside[:, fold != i])
        hits += int(inside[level, fold == i].sum())
    return Coverage(
        raw=float(_within_range(quantile, COVERED, actual).mean()),
        recalibrated=hits / len(actual),
        level=float(_LEVELS[_nearest_level(inside)]),
    )


def _within_range(quantile: Callable[[float], Floats], level: float, actual: Floats) -> NDArray[np.bool_]:
    low, high = quantile((1.0 - level) / 2.0), quantile((1.0 + level) / 2.0)
    covered: NDArray[np.bool_] = (actual >= low) & (actual <= high)
    return covered


def _nearest_level(inside: NDArray[np.bool_]) -> int:
    return int(np.argmin(np.abs(inside.mean(axis=1) - COVERED)))
