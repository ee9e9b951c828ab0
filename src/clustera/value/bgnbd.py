"""BG/NBD and MBG/NBD: a customer may leave after each purchase, with a probability of his own, p ~ Beta(a, b).

In the BG/NBD nobody leaves before the first repeat purchase; in the modified model one may leave right after the
first purchase of all.

Sources:
    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
    Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24(3), 201-209 (the modified model).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma, expit, gammaln
from sklearn.utils.validation import check_is_fitted

from clustera.arguments import takes
from clustera.value.purchase_model import PurchaseModel, purchases_at_rate
from clustera.value.rows import RANDOM, DistinctRows, Floats, checked_histories, checked_numbers, numbers_from_0


class BGNBD(PurchaseModel):
    """Beta-geometric/NBD model of repeat purchases (Fader, Hardie & Lee 2005).

    Args:
        bootstrap: Parametric bootstrap samples for the errors of the parameters; 0 for none.
        seed: For the bootstrap.

    Attributes:
        params_: r, alpha (purchase rates; alpha in the unit of T), a, b (probability to leave after a purchase).
        log_likelihood_: Of all customers.
        summary_: One row per parameter: estimate, standard_error, 95 % interval; bootstrap columns where asked.

    >>> from clustera.value import BGNBD
    >>> model = BGNBD().fit([0, 1, 4, 0, 2, 9], [0, 2, 20, 0, 11, 30], [30, 30, 30, 25, 25, 31])
    >>> sorted(model.params_)
    ['a', 'alpha', 'b', 'r']
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    _chances = 0.0  # to leave, before the first repeat purchase: 0, or 1 in the modified model

    def _log_likelihood_rows(self, params: Floats, rows: DistinctRows) -> tuple[Floats, Floats]:
        r, alpha, a, b = params
        x, t_x, T = rows.columns
        stayed = rows.levels + self._chances  # times a customer could have left and did not, if still alive
        last = np.maximum(b + stayed - 1, 1e-300)
        log_odds = np.where(stayed > 0, np.log(a) - np.log(last), -np.inf)
        known = gammaln(r + rows.levels) - gammaln(r) + r * np.log(alpha) + betaln(a, b + stayed) - betaln(a, b)
        in_r = digamma(r + rows.levels) - digamma(r) + np.log(alpha)
        in_a = digamma(a + b) - digamma(a + b + stayed)
        in_b = in_a + digamma(b + stayed) - digamma(b)

        k, until_last, until_end = r + x, 1.0 / (alpha + t_x), 1.0 / (alpha + T)
        log_end = np.log(alpha + T)
        silence = np.log1p((T - t_x) * until_last)
        odds = k * silence + log_odds[rows.level]  # of having left, in logs
        left = 0.5 + 0.5 * np.tanh(0.5 * odds)
        value = known[rows.level] - k * log_end + np.maximum(odds, 0.0) + np.log1p(np.exp(-np.abs(odds)))
        gradient = np.empty((4, len(x)))
        gradient[0] = in_r[rows.level] - log_end + left * silence
        gradient[1] = r / alpha - k * (until_end + left * (until_last - until_end))
        gradient[2] = in_a[rows.level] + left / a
        gradient[3] = in_b[rows.level] - left * (1.0 / last)[rows.level]
        return value, gradient

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that each customer has not left yet.

        The BG/NBD takes everybody without a repeat purchase as still there; MBGNBD does not.

        Args:
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            (n_customers,), 0 to 1.

        Raises:
            InputError: a history that can't be, such as a recency beyond the age.

        Source: Fader, Hardie & Lee (2008), Computing P(alive) Using the BG/NBD Model.

        Two repeat purchases each, the last one after 3 weeks and after 30 weeks of 39:

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.probability_alive([2, 2], [3, 30], [39, 39]).round(2)
        array([0.08, 0.72])
        """
        check_is_fitted(self, "params_")
        r, alpha, a, b = self._values()
        x, t_x, T = checked_histories(frequency, recency, T)
        stayed = np.maximum(x + self._chances, 1.0)
        odds = np.log(a) - np.log(b + stayed - 1) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
        alive: Floats = expit(-odds)
        return alive if self._chances else np.where(x == 0, 1.0, alive)

    def _expected_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        r, alpha, a, b = self._values()
        return purchases_before_leaving(r + x, horizon / (alpha + T), a, b + x + self._chances)

    def expected_purchases_new(self, horizon: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by an age.

        Args:
            horizon: The age, or several, from 0 on, in the unit of T.

        Returns:
            Purchases, in the shape of `horizon`.

        Raises:
            InputError: a horizon below 0.

        Source: eq. (9) of Fader, Hardie & Lee (2005).

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.expected_purchases_new([13, 26, 52]).round(2)
        array([0.53, 0.9 , 1.45])
        """
        check_is_fitted(self, "params_")
        t = numbers_from_0("horizon", horizon)
        r, alpha, a, b = self._values()
        k = np.full(t.size, r)
        reached = purchases_before_leaving(k, t.ravel() / alpha, a, np.full(t.size, b + self._chances))
        # In the modified model b / (a + b) of the customers come back at all.
        share = b / (a + b) if self._chances else 1.0
        expected: Floats = (share * reached).reshape(t.shape)
        return expected

    @takes(rng=RANDOM)
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Frequency and recency of new customers observed to the ages T, drawn from the model.

        Given the number of purchases without leaving, their times are uniform: the one after which a customer leaves
        is an order statistic, so no purchase has to be drawn by itself.

        Args:
            T: Ages, (n_customers,).
            rng: Where the draws come from.

        Returns:
            Frequency (n_customers,) and recency (n_customers,), in the unit of T.

        >>> import numpy as np
        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> frequency, recency = model.simulate(np.full(1000, 39.0), np.random.default_rng(0))
        >>> round(float(frequency.mean()), 2), round(float(model.expected_purchases_new(39)), 2)
        (1.14, 1.2)
        """
        check_is_fitted(self, "params_")
        r, alpha, a, b = self._values()
        (age,) = checked_numbers(T=T)
        unlimited = purchases_at_rate(rng, rng.gamma(r, 1.0 / alpha, age.size) * age)
        limit = geometric_purchases(rng, rng.beta(a, b, age.size)) - int(self._chances)
        x = np.minimum(unlimited, limit).astype(np.float64)
        later = np.maximum(unlimited - x, 0.0) + 1.0
        t_x = np.where(x > 0, age * rng.beta(np.maximum(x, 1.0), later), 0.0)
        return x, t_x

    def _simulate_future(self, horizon: float, x: Floats, T: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
        r, alpha, a, b = self._values()
        unlimited = purchases_at_rate(rng, rng.gamma(r + x) / (alpha + T) * horizon)
        limit = geometric_purchases(rng, rng.beta(a, b + x + self._chances))
        bought: NDArray[np.int64] = np.minimum(unlimited, limit)
        return bought


class MBGNBD(BGNBD):
    """Modified BG/NBD: a customer may also leave right after the first purchase (Batislam et al. 2007).

    Args:
        bootstrap: Parametric bootstrap samples for the errors of the parameters; 0 for none.
        seed: For the bootstrap.

    Attributes:
        params_, log_likelihood_, summary_: As of `BGNBD`.

    Who has not come back after 39 weeks may have left; the BG/NBD can't say so:

    >>> from clustera.value import BGNBD, MBGNBD
    >>> params = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    >>> for model in (MBGNBD(), BGNBD()):
    ...     print(model.with_params(**params).probability_alive([0], [0], [39]).round(2))
    [0.39]
    [1.]
    """

    _chances = 1.0


def geometric_purchases(rng: np.random.Generator, p: Floats) -> NDArray[np.int64]:
    """Purchases up to and with the one after which a customer leaves: 1, 2, ...; bounded where p is next to 0."""
    purchases: NDArray[np.int64] = rng.geometric(np.clip(p, 1e-15, 1.0))
    return purchases


def purchases_before_leaving(k: Floats, c: Floats, a: float, b: Floats) -> Floats:
    """E[(1 - (1 + p c)^-k) / p] for p ~ Beta(a, b): expected purchases of a customer who is alive.

    The customer buys with a rate ~ Gamma(k) over the time c (in units of the rate) and leaves after each purchase
    with probability p. Equal to eq. (10) of Fader, Hardie & Lee (2005) without its 2F1, which overflows for long
    checked_histories and is singular at a = 1: the mean is taken by the trapezoidal rule in logit(p), which converges
    exponentially.

    Args:
        k: Shape of the rate's distribution, r + x, (n,).
        c: Horizon / (alpha + T), (n,).
        a: First parameter of the Beta distribution.
        b: Second parameter, b + x, (n,).

    Returns:
        Expected purchases, (n,). Relative error below 1e-9 in usual cases, 1e-6 for horizons of 1,000 times the age.
    """
    expected = np.empty_like(k)
    chunk = 4096  # rows whose nodes stay in the cache
    for start in range(0, len(k), chunk):
        part = slice(start, start + chunk)
        expected[part] = _mean_over_leaving(k[part, None], c[part, None], a, b[part, None])[:, 0]
    return expected


def _mean_over_leaving(k: Floats, c: Floats, a: float, b: Floats) -> Floats:
    # What is linear in p has a known mean; the rest vanishes at both ends, so that its tails are short.
    at_0, at_1 = k * c, -np.expm1(-k * np.log1p(c))
    # logit(p) has its mode at log((a + 1) / (b + 1)) in the remainder and a width of about sqrt(1/(a+1) + 1/(b+1)).
    width = np.sqrt(1.0 / (a + 1.0) + 1.0 / (b + 1.0))
    steps = np.arange(-_NODES, _NODES + 1)
    y = np.log((a + 1.0) / (b + 1.0)) + np.sinh(steps * _STEP) * width * _SPREAD
    stretch = np.cosh(steps * _STEP) * _STEP * width * _SPREAD
    p = expit(y)
    log_density = a * -np.logaddexp(0.0, -y) - b * np.logaddexp(0.0, y) - betaln(a, b)
    bought = -np.expm1(-k * np.log1p(p * c)) / p
    rest = (np.exp(log_density) * (bought - at_0 * expit(-y) - at_1 * p) * stretch).sum(axis=1, keepdims=True)
    mean: Floats = rest + at_0 * (b / (a + b)) + at_1 * (a / (a + b))
    return mean


# 81 nodes, dense at the mode and ever wider apart towards the tails.
_STEP, _NODES, _SPREAD = 0.1, 40, 0.8
