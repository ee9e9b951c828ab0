"""Pareto/NBD: a customer may leave at any time, with a rate of his own, mu ~ Gamma(s, beta).

Sources:
    Schmittlein, Morrison & Colombo (1987), Counting Your Customers: Who Are They and What Will They Do Next?,
    Management Science 33(1), 1-24.
    Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, exprel, gammaln
from sklearn.utils.validation import check_is_fitted

from clustera.arguments import takes
from clustera.value.purchase_model import PurchaseModel, purchases_at_rate
from clustera.value.rows import (
    RANDOM,
    DistinctRows,
    Floats,
    checked_histories,
    checked_numbers,
    distinct_with_index,
    numbers_from_0,
)

_CHUNK = 1024  # rows whose nodes stay in the cache


class ParetoNBD(PurchaseModel):
    """Pareto/NBD model of repeat purchases (Schmittlein, Morrison & Colombo 1987).

    Args:
        bootstrap: Parametric bootstrap samples for the errors of the parameters; 0 for none.
        seed: For the bootstrap.

    Attributes:
        params_: r, alpha (purchase rates), s, beta (rates to leave); alpha and beta in the unit of T.
        log_likelihood_: Of all customers.
        summary_: One row per parameter: estimate, standard_error, 95 % interval; bootstrap columns where asked.

    Fitted to 2,000 customers drawn from known parameters:

    >>> import numpy as np
    >>> from clustera.value import ParetoNBD
    >>> truth = ParetoNBD().with_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> T = np.full(2000, 52.0)
    >>> frequency, recency = truth.simulate(T, np.random.default_rng(0))
    >>> ParetoNBD().fit(frequency, recency, T).summary_[["estimate", "low", "high"]].round(1)
               estimate  low  high
    parameter
    r               0.6  0.5   0.8
    alpha          11.3  9.6  13.4
    s               0.7  0.4   1.0
    beta           12.5  5.3  29.2
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    def _log_likelihood_rows(self, params: Floats, rows: DistinctRows) -> tuple[Floats, Floats]:
        x, t_x, T = rows.columns
        value, gradient = np.empty(len(x)), np.empty((4, len(x)))
        for start in range(0, len(x), _CHUNK):
            part = slice(start, start + _CHUNK)
            value[part], gradient[:, part] = _log_likelihood_chunk(params, x[part], t_x[part], T[part])
        return value, gradient

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that each customer has not left yet.

        Args:
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            (n_customers,), 0 to 1.

        Raises:
            InputError: a history that can't be, such as a recency beyond the age.

        >>> from clustera.value import ParetoNBD
        >>> model = ParetoNBD().with_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)  # of the CDNOW shop, in weeks
        >>> model.probability_alive([0, 2, 10], [0, 30, 30], [39, 39, 39]).round(2)
        array([0.29, 0.86, 0.69])
        """
        check_is_fitted(self, "params_")
        rows, index = distinct_with_index(*checked_histories(frequency, recency, T))
        x, t_x, T = rows.columns
        alive = np.empty(len(x))
        for start in range(0, len(x), _CHUNK):
            part = slice(start, start + _CHUNK)
            log_alive, log_left, *_ = _alive_and_left(self._values(), x[part], t_x[part], T[part])
            alive[part] = np.exp(log_alive - np.logaddexp(log_alive, _log_sum(log_left)))
        return alive[index]

    def _expected_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        span = np.log1p(horizon / (beta + T))
        # (1 - e^(-(s-1) L)) / (s-1), written so that s = 1 is no exception.
        expected: Floats = (r + x) * (beta + T) / (alpha + T) * span * exprel(-(s - 1.0) * span)
        return expected

    def expected_purchases_new(self, horizon: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by an age.

        Args:
            horizon: The age, or several, from 0 on, in the unit of T.

        Returns:
            Purchases, in the shape of `horizon`.

        Raises:
            InputError: a horizon below 0.

        >>> from clustera.value import ParetoNBD
        >>> model = ParetoNBD().with_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)  # of the CDNOW shop, in weeks
        >>> model.expected_purchases_new([13, 26, 52]).round(2)
        array([0.53, 0.91, 1.47])
        """
        check_is_fitted(self, "params_")
        age = numbers_from_0("horizon", horizon)
        r, alpha, s, beta = self._values()
        span = np.log1p(age / beta)
        expected: Floats = r * beta / alpha * span * exprel(-(s - 1.0) * span)
        return expected

    @takes(rng=RANDOM)
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Frequency and recency of new customers observed to the ages T, drawn from the model.

        Args:
            T: Ages, (n_customers,).
            rng: Where the draws come from.

        Returns:
            Frequency (n_customers,) and recency (n_customers,), in the unit of T.

        >>> import numpy as np
        >>> from clustera.value import ParetoNBD
        >>> model = ParetoNBD().with_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)  # of the CDNOW shop, in weeks
        >>> frequency, recency = model.simulate(np.full(1000, 39.0), np.random.default_rng(0))
        >>> round(float(frequency.mean()), 2), round(float(model.expected_purchases_new(39)), 2)
        (1.21, 1.21)
        """
        check_is_fitted(self, "params_")
        r, alpha, s, beta = self._values()
        (age,) = checked_numbers(T=T)
        seen = np.minimum(age, _lifetimes(rng, np.full(age.size, s), np.full(age.size, beta)))
        x = purchases_at_rate(rng, rng.gamma(r, 1.0 / alpha, age.size) * seen).astype(np.float64)
        # The last of x uniform times.
        t_x = np.where(x > 0, seen * rng.beta(np.maximum(x, 1.0), 1.0), 0.0)
        return x, t_x

    def _simulate_future(self, horizon: float, x: Floats, T: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
        r, alpha, s, beta = self._values()
        seen = np.minimum(horizon, _lifetimes(rng, np.full(len(x), s), beta + T))
        return purchases_at_rate(rng, rng.gamma(r + x) / (alpha + T) * seen)


def _lifetimes(rng: np.random.Generator, s: Floats, beta: Floats) -> Floats:
    """Times until customers leave, whose rates are Gamma(s, beta): Lomax, by its inverse, in which nothing overflows."""
    with np.errstate(over="ignore"):
        times: Floats = beta * np.expm1(rng.standard_exponential(len(s)) / s)
    return times


def _alive_and_left(
    params: Floats, x: Floats, t_x: Floats, T: Floats
) -> tuple[Floats, Floats, tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Parts of the likelihood without its constants: alive at T, and left at each of some ages after the last purchase.

    The likelihood of a customer who left is s times the integral of (alpha + y)^-(r+x) (beta + y)^-(s+1) over the age
    y from t_x to T. A difference of two 2F1 is its usual form, which cancels to nothing for long checked_histories; a sum of
    positive terms can't. It is Gauss-Legendre in v, the integral of (gamma + y)^-(1 + (K-1)/6), where (gamma + y)^-K
    agrees with the integrand in value, slope and curvature at t_x: what is left is nearly a polynomial in v of degree
    5, and is one for alpha = beta.

    Returns:
        log alive, (n,); log left at each node, (n, nodes); alpha + y and beta + y at the nodes' ages y, (n, nodes), and their
        logs. Relative error below 1e-9 in usual cases.
    """
    r, alpha, s, beta = params
    k, q, start = (r + x)[:, None], s + 1.0, t_x[:, None]
    from_alpha, from_beta = alpha + start, beta + start
    slope = k / from_alpha + q / from_beta
    origin = slope / (k / from_alpha**2 + q / from_beta**2)  # gamma + t_x
    power = (slope * origin - 1.0) / _EASE
    reach = np.log1p((T[:, None] - start) / origin)
    whole = reach * exprel(-power * reach)  # all of v, over origin
    flat = np.abs(power) < 1e-8
    at = -np.log1p(np.maximum(-power * whole * _NODES, -1 + 1e-16)) / np.where(flat, 1.0, power)
    at = np.minimum(np.where(flat, whole * _NODES, at), reach)
    y = start + origin * np.expm1(at)
    ages = alpha + y, beta + y
    logs = np.log(ages[0]), np.log(ages[1])
    log_left = (
        np.log(np.maximum(s * whole * origin, 1e-300)) + _LOG_WEIGHTS + (power + 1.0) * at - k * logs[0] - q * logs[1]
    )
    return -(r + x) * np.log(alpha + T) - s * np.log(beta + T), log_left, ages, logs


def _log_sum(logs: Floats) -> Floats:
    """Log of the sum of the exponentials of each row, (n,): SciPy's `logsumexp` to the last bit, without its inspections."""
    largest = logs.max(axis=1, keepdims=True)
    at_top = logs == largest
    tied = at_top.sum(axis=1).astype(np.float64)
    others = np.exp(np.where(at_top, -np.inf, logs) - largest).sum(axis=1)
    total: Floats = np.log1p(others / tied) + np.log(tied) + largest[:, 0]
    return total


def _log_likelihood_chunk(params: Floats, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats]:
    r, alpha, s, beta = params
    log_alive, log_left, (from_alpha, from_beta), (log_alpha, log_beta) = _alive_and_left(params, x, t_x, T)
    total = np.logaddexp(log_alive, _log_sum(log_left))
    alive, left = np.exp(log_alive - total), np.exp(log_left - total[:, None])
    gone = left.sum(axis=1)
    gradient = np.array(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - alive * np.log(alpha + T) - (left * log_alpha).sum(1),
            r / alpha - (r + x) * (alive / (alpha + T) + (left / from_alpha).sum(1)),
            np.log(beta) + gone / s - alive * np.log(beta + T) - (left * log_beta).sum(1),
            s / beta - s * alive / (beta + T) - (s + 1.0) * (left / from_beta).sum(1),
        ]
    )
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + total, gradient


_EASE = 6.0
_LEGENDRE = np.polynomial.legendre.leggauss(16)
_NODES, _LOG_WEIGHTS = (_LEGENDRE[0] + 1.0) / 2.0, np.log(_LEGENDRE[1] / 2.0)
