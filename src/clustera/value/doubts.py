"""The assumptions of the models, tested on the orders at hand, and what to think where they fail."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln
from scipy.stats import spearmanr, wilcoxon

from clustera.records import BackTest, Finding, Reason
from clustera.texts import NotPossibleError
from clustera.value.fitting import maximum_likelihood
from clustera.value.forecast import PurchaseHistories
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import PurchaseDays
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import DistinctRows, Floats, distinct_histories

_ENOUGH = 30  # customers to judge a habit by
_LONG = 120  # days of a hold-out that tell pauses from leaving (docs/methods/lifetime-value.md)


def refuse_contracts(purchases: PurchaseDays) -> None:
    """Refuses customers who buy like clockwork: they are subscribers, and these models are not for them.

    Raises:
        InputError: the gaps between a customer's purchases hardly vary.
    """
    variation, gap = _regularity(purchases)
    if np.isfinite(variation) and variation < 0.2:
        raise NotPossibleError(Reason("subscriptions", {"gap": round(gap), "variation": round(variation, 2)}))


def _regularity(purchases: PurchaseDays) -> tuple[float, float]:
    """Median over customers of the coefficient of variation of their gaps, and their median gap; NaN for too few."""
    same = np.diff(purchases.customer) == 0
    gap, customer = np.diff(purchases.day)[same].astype(np.float64), purchases.customer[1:][same]
    count = np.bincount(customer)
    enough = count >= 3
    if enough.sum() < _ENOUGH:
        return np.nan, np.nan
    mean = np.bincount(customer, gap)[enough] / count[enough]
    square = np.bincount(customer, gap**2)[enough] / count[enough]
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0) * count[enough] / (count[enough] - 1))
    return float(np.median(deviation / mean)), float(np.median(mean))


def model_doubts(
    purchases: PurchaseDays,
    customers: PurchaseHistories,
    model: PurchaseModel,
    spend: GammaGamma,
    test: BackTest,
    *,
    horizon_days: float,
) -> tuple[Finding, ...]:
    """Every doubt that the data raise, in plain words.

    Args:
        purchases: Those that the models were fitted to.
        customers: Their histories.
        model: Fitted to them.
        spend: Fitted to them.
        test: The back-test that chose the model.
        horizon_days: Of the forecast.
    """
    found = (
        spend_follows_frequency(customers),
        spend_drifts(purchases),
        no_measurable_attrition(customers, model),
        parameters_without_errors(model),
        left_truncation(purchases),
        regular_purchases(purchases),
        spend_without_mean(spend),
        forecast_beaten(test),
        forecast_biased(test),
        ranges_recalibrated(test),
        beyond_the_test(test, horizon_days),
        churn_from_short_test(test),
        one_timers_never_leave(customers, model),
    )
    return tuple(finding for finding in found if finding is not None)


def spend_follows_frequency(customers: PurchaseHistories) -> Finding | None:
    """Gamma-Gamma holds spend per purchase for independent of how often a customer buys."""
    again = (customers.frequency > 0) & (customers.monetary_value > 0)
    if again.sum() < _ENOUGH or np.ptp(customers.frequency[again]) == 0:
        return None
    correlation, p_value = spearmanr(customers.frequency[again], customers.monetary_value[again])
    if not (p_value < 0.01 and abs(correlation) >= 0.1):
        return None
    case = "more" if correlation > 0 else "less"
    return Finding(
        code="spend-follows-frequency",
        severity="warning",
        column="amount",
        count=int(again.sum()),
        values={"case": case, "sign": case, "correlation": float(correlation)},
    )


def spend_drifts(purchases: PurchaseDays) -> Finding | None:
    """A customer's spend per purchase is held for steady over time."""
    if purchases.amount is None:
        return None
    count = np.bincount(purchases.customer)
    start = np.cumsum(count) - count
    position = np.arange(len(purchases.customer)) - start[purchases.customer]
    late = position >= count[purchases.customer] / 2
    enough = count >= 4
    if enough.sum() < _ENOUGH:
        return None
    means = []
    for half in (~late, late):
        total = np.bincount(purchases.customer[half], purchases.amount[half], len(count))
        means.append(total[enough] / np.bincount(purchases.customer[half], minlength=len(count))[enough])
    earlier, later = means
    if np.allclose(earlier, later):
        return None
    change = float(later.sum() / earlier.sum() - 1.0)
    if abs(change) < 0.1 or wilcoxon(later, earlier).pvalue >= 0.01:
        return None
    return Finding(
        code="spend-drifts",
        severity="warning",
        column="amount",
        count=int(enough.sum()),
        values={"change": abs(change), "case": "more" if change > 0 else "less"},
    )


def no_measurable_attrition(customers: PurchaseHistories, model: PurchaseModel) -> Finding | None:
    """Whether a model without leaving (NBD) describes the purchases as well."""
    gain = model.log_likelihood_ - nbd_log_likelihood(customers)
    share = float(model.probability_alive(customers.frequency, customers.recency, customers.T).mean())
    # Two parameters more must earn more than Akaike's price for each.
    if gain > 2.0 and share < 0.99:
        return None
    return Finding(
        code="no-measurable-attrition",
        severity="warning",
        values={"active": share, "case": "as_well" if gain <= 2 else "almost"},
    )


def nbd_log_likelihood(customers: PurchaseHistories) -> float:
    """Highest log-likelihood of a model in which nobody leaves (Ehrenberg 1959): purchases at random, rates Gamma."""
    unit = float(customers.T.max())
    fit = maximum_likelihood(
        _nbd_rows, distinct_histories(customers.frequency, customers.T / unit), (np.log([0.5, 0.5]),)
    )
    return fit.log_likelihood - float(customers.frequency.sum() * np.log(unit))


def _nbd_rows(params: Floats, rows: DistinctRows) -> tuple[Floats, Floats]:
    r, alpha = params
    x, T = rows.columns
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    slope = np.array([digamma(r + x) - digamma(r) + np.log(alpha / (alpha + T)), r / alpha - (r + x) / (alpha + T)])
    return value, slope


def parameters_without_errors(model: PurchaseModel) -> Finding | None:
    """A flat likelihood: many parameters fit alike."""
    if not model.flat_:
        return None
    return Finding(
        code="flat-likelihood",
        severity="note",
        values={"parameters": tuple(model.flat_)},
    )


def left_truncation(purchases: PurchaseDays) -> Finding | None:
    """Customers older than the history look new on its first days."""
    first_of_customer = np.diff(purchases.customer, prepend=-1) != 0
    start = purchases.day[first_of_customer] - purchases.day.min()
    span = int(purchases.day.max() - purchases.day.min()) + 1
    gap = np.diff(purchases.day)[np.diff(purchases.customer) == 0]
    if not gap.size:
        return None
    window = int(np.clip(np.median(gap), 1, span / 12))
    at_once, next_window = int((start < window).sum()), int(((start >= window) & (start < 2 * window)).sum())
    if at_once <= 1.5 * next_window or at_once < next_window + 3 * np.sqrt(at_once + next_window):
        return None
    return Finding(
        code="left-truncation",
        severity="warning",
        column="day",
        count=at_once,
        values={"days": window, "next": next_window},
    )


def regular_purchases(purchases: PurchaseDays) -> Finding | None:
    """Purchases are held for random in time; regular ones are better foreseeable than the models say."""
    variation, gap = _regularity(purchases)
    if not np.isfinite(variation) or variation >= 0.5:
        return None
    return Finding(
        code="regular-purchases",
        severity="warning",
        column="day",
        values={"days": float(gap), "variation": float(variation)},
    )


def spend_without_mean(spend: GammaGamma) -> Finding | None:
    """Below q = 1 the mean of the fitted distribution has no end."""
    if spend.params_["q"] > 1.0:
        return None
    return Finding(
        code="spend-without-mean",
        severity="warning",
        column="amount",
        values={"q": float(spend.params_["q"])},
    )


def forecast_beaten(test: BackTest) -> Finding | None:
    """A simple rule did better in the hold-out."""
    if not test.beaten_by:
        return None
    name = test.beaten_by[0]
    score = next(score for score in test.scores if score.name == name)
    chosen = next(score for score in test.scores if score.name == test.chosen)
    return Finding(
        code="forecast-beaten",
        severity="warning",
        values={"better": name, "chosen": test.chosen, "error": score.mae, "chosen_error": chosen.mae},
    )


def forecast_biased(test: BackTest) -> Finding | None:
    """All customers together were missed in the hold-out."""
    if abs(test.spend_bias) < 0.1:
        return None
    return Finding(
        code="forecast-biased",
        severity="warning",
        values={"bias": abs(test.spend_bias), "case": "high" if test.spend_bias > 0 else "low"},
    )


def ranges_recalibrated(test: BackTest) -> Finding | None:
    """The ranges of single customers covered too many or too few of the hold-out."""
    coverage = test.spend_coverage
    if abs(coverage.raw - 0.8) < 0.03:
        return None
    return Finding(
        code="ranges-recalibrated",
        severity="note",
        values={"raw": coverage.raw, "recalibrated": coverage.recalibrated, "level": coverage.level},
    )


def beyond_the_test(test: BackTest, horizon_days: float) -> Finding | None:
    """The forecast looks further ahead than the back-test did."""
    tested = test.last_day - test.split_day
    if horizon_days <= 1.1 * tested:
        return None
    return Finding(
        code="beyond-the-test",
        severity="note",
        values={"ahead": float(horizon_days), "tested": int(tested)},
    )


def churn_from_short_test(test: BackTest) -> Finding | None:
    """Who pauses and who has left can hardly be told apart in a short hold-out, and too many are given up."""
    tested = test.last_day - test.split_day
    if tested >= _LONG:
        return None
    return Finding(code="churn-from-short-test", severity="note", values={"tested": int(tested)})


def one_timers_never_leave(customers: PurchaseHistories, model: PurchaseModel) -> Finding | None:
    """The BG/NBD lets nobody leave before the first repeat purchase."""
    once = customers.frequency == 0
    if not once.any():
        return None
    certain = model.probability_alive(customers.frequency[once], customers.recency[once], customers.T[once]) == 1.0
    if not certain.any():
        return None
    return Finding(
        code="one-timers-never-leave",
        severity="note",
        count=int(once.sum()),
        values={"case": "one" if once.sum() == 1 else "many"},
    )
