"""The assumptions of the models, tested on the orders at hand, and what to think where they fail."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln
from scipy.stats import spearmanr, wilcoxon

from clustera.errors import InputError
from clustera.records import BackTest, Finding
from clustera.value.fitting import maximum_likelihood
from clustera.value.forecast import Customers
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import PurchaseDays
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import Floats, Rows, distinct

_ENOUGH = 30  # customers to judge a habit by


def refuse_contracts(purchases: PurchaseDays) -> None:
    """Refuses customers who buy like clockwork: they are subscribers, and these models are not for them.

    Raises:
        InputError: the gaps between a customer's purchases hardly vary.
    """
    variation, gap = _regularity(purchases)
    if np.isfinite(variation) and variation < 0.2:
        raise InputError(
            f"Half of the customers buy every {gap:.0f} days almost to the day (their gaps vary by {100 * variation:.0f} % "
            "or less, where chance would give 100 %): this looks like subscriptions. The purchase models are for "
            "customers who come and go unseen; under a contract leaving is seen.",
            hint="For subscribers take the retention rate from the cancellations and use clustera.value.relative_value.",
        )


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


def doubts(
    purchases: PurchaseDays,
    customers: Customers,
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
        one_timers_never_leave(customers, model),
    )
    return tuple(finding for finding in found if finding is not None)


def spend_follows_frequency(customers: Customers) -> Finding | None:
    """Gamma-Gamma holds spend per purchase for independent of how often a customer buys."""
    again = (customers.frequency > 0) & (customers.monetary_value > 0)
    if again.sum() < _ENOUGH or np.ptp(customers.frequency[again]) == 0:
        return None
    correlation, p_value = spearmanr(customers.frequency[again], customers.monetary_value[again])
    if not (p_value < 0.01 and abs(correlation) >= 0.1):
        return None
    more = "more" if correlation > 0 else "less"
    low = "low" if correlation > 0 else "high"
    return Finding(
        code="spend-follows-frequency",
        severity="warning",
        message=f"Customers who buy more often spend {more} per purchase (rank correlation {correlation:+.2f}).",
        rule="Spearman's correlation of frequency and mean spend among repeat buyers; told from 0.1 with p < 0.01.",
        cure=f"The value of the most frequent buyers may be too {low}; trust ranges of segments more than single customers.",
        column="amount",
        count=int(again.sum()),
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
        message=f"The same customers spend {100 * abs(change):.0f} % {'more' if change > 0 else 'less'} per purchase in the later half of their purchases.",
        rule="Mean spend of the later against the earlier half of each customer's purchases, 4 purchases or more; "
        "told from 10 % with p < 0.01 (Wilcoxon).",
        cure="The models forecast a customer's average so far; expect the value to be off by about as much.",
        column="amount",
        count=int(enough.sum()),
    )


def no_measurable_attrition(customers: Customers, model: PurchaseModel) -> Finding | None:
    """Whether a model without leaving (NBD) describes the purchases as well."""
    gain = model.log_likelihood_ - nbd_log_likelihood(customers)
    share = float(model.probability_alive(customers.frequency, customers.recency, customers.T).mean())
    # Two parameters more must earn more than Akaike's price for each.
    if gain > 2.0 and share < 0.99:
        return None
    return Finding(
        code="no-measurable-attrition",
        severity="warning",
        message=f"No measurable attrition: {100 * share:.0f} % of the customers are held for active, and a model in which nobody "
        f"ever leaves describes the purchases {'as well' if gain <= 2 else 'almost as well'}.",
        rule="Log-likelihood above that of the NBD model (told up to 2), or a mean probability to be active of 0.99 or more.",
        cure="Do not read churn from these numbers; a longer history, or customers won at different times, may show it.",
    )


def nbd_log_likelihood(customers: Customers) -> float:
    """Highest log-likelihood of a model in which nobody leaves (Ehrenberg 1959): purchases at random, rates Gamma."""
    unit = float(customers.T.max())
    fit = maximum_likelihood(_nbd_rows, distinct(customers.frequency, customers.T / unit), (np.log([0.5, 0.5]),))
    return fit.log_likelihood - float(customers.frequency.sum() * np.log(unit))


def _nbd_rows(params: Floats, rows: Rows) -> tuple[Floats, Floats]:
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
        message=f"Very different values of {' and '.join(model.flat_)} describe the purchases equally well, so they have no errors.",
        rule="The curvature of the likelihood is zero in some direction, or a parameter is at its bound.",
        cure="Forecasts are hardly touched; the ranges of segments and of the total leave this doubt out.",
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
        message=f"{at_once:,} customers appear in the first {window} days, only {next_window:,} in the next {window}: "
        "most of the first were customers before the history starts.",
        rule="First purchases in the first typical gap between purchases (at most a twelfth of the history) against the "
        "next; told from 1.5 times as many, beyond 3 standard errors.",
        cure="Their age is understated. Give the full history, or only customers whose first purchase is known.",
        column="day",
        count=at_once,
    )


def regular_purchases(purchases: PurchaseDays) -> Finding | None:
    """Purchases are held for random in time; regular ones are better foreseeable than the models say."""
    variation, gap = _regularity(purchases)
    if not np.isfinite(variation) or variation >= 0.5:
        return None
    return Finding(
        code="regular-purchases",
        severity="warning",
        message=f"Customers buy rather regularly, about every {gap:.0f} days (gaps vary by {100 * variation:.0f} %, by chance it were 100 %).",
        rule="Median over customers of the coefficient of variation of their gaps, 4 purchases or more; told below 50 %.",
        cure="A customer who is overdue has left more likely than the models say.",
        column="day",
    )


def spend_without_mean(spend: GammaGamma) -> Finding | None:
    """Below q = 1 the mean of the fitted distribution has no end."""
    if spend.params_["q"] > 1.0:
        return None
    return Finding(
        code="spend-without-mean",
        severity="warning",
        message=f"A few customers spend so much more than the others that the fitted mean has no end (q = {spend.params_['q']:.2f}).",
        rule="q of the Gamma-Gamma model is 1 or less.",
        cure="Customers without repeat purchase get the observed mean; look for wholesale buyers or wrong amounts.",
        column="amount",
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
        message=f"'{name}' forecast the hold-out better than {test.chosen}: it misses by {score.mae:.3g} purchases per customer, not {chosen.mae:.3g}.",
        rule="Mean absolute error lower by more than 2 standard errors of the paired difference.",
        cure=f"To rank single customers by purchases to come, '{name}' is the better guide; the model adds ranges and churn.",
    )


def forecast_biased(test: BackTest) -> Finding | None:
    """All customers together were missed in the hold-out."""
    if abs(test.spend_bias) < 0.1:
        return None
    return Finding(
        code="forecast-biased",
        severity="warning",
        message=f"In the back-test all customers together were forecast {100 * abs(test.spend_bias):.0f} % too {'high' if test.spend_bias > 0 else 'low'}.",
        rule="Forecast against actual spend of the hold-out; told from 10 %.",
        cure="The range of the total is widened by this error; the values themselves are not changed.",
    )


def ranges_recalibrated(test: BackTest) -> Finding | None:
    """The ranges of single customers covered too many or too few of the hold-out."""
    coverage = test.spend_coverage
    if abs(coverage.raw - 0.8) < 0.03:
        return None
    return Finding(
        code="ranges-recalibrated",
        severity="note",
        message=f"80 % ranges of single customers covered {100 * coverage.raw:.0f} % of the hold-out; "
        f"they are recalibrated and then cover {100 * coverage.recalibrated:.0f} %.",
        rule="Coverage of spend in the hold-out, measured on customers that the recalibration has not seen; told from 3 points.",
        cure=f"Ranges in the table are the model's {100 * coverage.level:.0f} % ranges.",
    )


def beyond_the_test(test: BackTest, horizon_days: float) -> Finding | None:
    """The forecast looks further ahead than the back-test did."""
    tested = test.last_day - test.split_day
    if horizon_days <= 1.1 * tested:
        return None
    return Finding(
        code="beyond-the-test",
        severity="note",
        message=f"The forecast looks {horizon_days:.0f} days ahead; the history allowed to test {tested} days.",
        rule="Horizon above 1.1 times the hold-out.",
        cure="Errors grow with the horizon; a shorter one, or a longer history, is safer.",
    )


def one_timers_never_leave(customers: Customers, model: PurchaseModel) -> Finding | None:
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
        message=f"The BG/NBD model holds all {int(once.sum()):,} customers with a single purchase for active.",
        rule="Follows from the model: customers leave only after a repeat purchase.",
        cure="Read their expected purchases, not their probability to be active.",
        count=int(once.sum()),
    )
