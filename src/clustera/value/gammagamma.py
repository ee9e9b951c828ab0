"""Gamma-Gamma model of spend: each customer's purchases vary around a mean of his own, which varies between customers.

Source: Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, brucehardie.com/notes/025.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln
from sklearn.utils.validation import check_is_fitted

from clustera.records import Reason
from clustera.texts import NotPossibleError
from clustera.value.fitting import maximum_likelihood
from clustera.value.purchase_model import MaximumLikelihoodModel, Params
from clustera.value.rows import Floats, Rows, distinct_rows, spending


class GammaGamma(MaximumLikelihoodModel):
    """Mean spend per purchase of each customer, drawn towards the mean of all where he has bought seldom.

    Args:
        bootstrap: Parametric bootstrap samples for the errors of the parameters; 0 for none.
        seed: For the bootstrap.

    Attributes:
        params_: p, q, v (v in the unit of money).
        log_likelihood_: Of all repeat buyers.
        mean_spend_: Mean spend per purchase of a customer drawn at random.
        summary_: One row per parameter: estimate, standard_error, 95 % interval; bootstrap columns where asked.
    """

    names: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    def fit(self, frequency: ArrayLike, monetary_value: ArrayLike) -> Self:
        """Finds the parameters of the highest likelihood from the customers who have bought again.

        Args:
            frequency: Repeat purchases, (n_customers,); customers with 0 are left out.
            monetary_value: Mean spend of the repeat purchases, (n_customers,); customers who paid nothing are left out.

        Raises:
            InputError: columns of RFM, negative spend, or fewer than 3 repeat buyers.
        """
        x, m = spending(frequency, monetary_value)
        again = (x > 0) & (m > 0)
        if again.sum() < 3:
            raise NotPossibleError(Reason("few-paid-repeaters", {"paid": int(again.sum()), "customers": len(x)}))
        self._fit_rows(distinct_rows(x[again], m[again]), (np.log([1.0, 2.0, 1.0]), np.log([6.0, 4.0, 0.5])))
        return self

    def _fit_rows(self, rows: Rows, starts: tuple[Floats, ...]) -> None:
        x, m = rows.columns
        unit = float(rows.weights @ m) / rows.customers
        fit = maximum_likelihood(_log_likelihood_rows, replace(rows, columns=(x, m / unit)), starts)
        self._log_units = np.array([0.0, 0.0, np.log(unit)])
        self._frequencies = (x, rows.weights)
        self._keep(fit, self._log_units, fit.log_likelihood - rows.customers * np.log(unit), rows.customers)
        self._observed_mean = float((rows.weights * x) @ m / (rows.weights @ x))

    @property
    def mean_spend_(self) -> float:
        """Mean spend per purchase of a customer drawn at random; the observed one where q <= 1 and the mean has no end."""
        check_is_fitted(self, "params_")
        p, q, v = (self.params_[name] for name in self.names)
        return p * v / (q - 1.0) if q > 1.0 else self._observed_mean

    def _resampled(self, rng: np.random.Generator) -> Params:
        p, q, v = (self.params_[name] for name in self.names)
        x = np.repeat(self._frequencies[0], self._frequencies[1].astype(np.int64))
        nu = rng.gamma(q, 1.0 / v, x.size)
        m = np.maximum(rng.gamma(p * x) / (nu * x), 1e-12 * v)
        again = type(self)()
        again._fit_rows(distinct_rows(x, m), (self.log_params_ - self._log_units,))
        return again.params_

    def expected_spend(self, frequency: ArrayLike, monetary_value: ArrayLike) -> Floats:
        """Expected mean spend of each customer's future purchases, (n_customers,).

        Customers who have not bought again get the mean of all, `mean_spend_`.
        """
        check_is_fitted(self, "params_")
        x, m = spending(frequency, monetary_value)
        p, q, v = (self.params_[name] for name in self.names)
        again = x > 0
        spend: Floats = np.where(again, p * (v + x * m) / np.where(again, p * x + q - 1.0, 1.0), self.mean_spend_)
        return spend

    def spend_unit(self, frequency: Floats, monetary_value: Floats) -> Floats:
        """V + frequency x mean spend: what a customer's future spend scales with, (n_customers,)."""
        unit: Floats = self.params_["v"] + frequency * monetary_value
        return unit

    def simulate_spend_units(self, purchases: ArrayLike, frequency: Floats, rng: np.random.Generator) -> Floats:
        """Total spend of as many future purchases over `spend_unit`, one posterior draw each, shape of `purchases`."""
        p, q = self.params_["p"], self.params_["q"]
        count = np.asarray(purchases, dtype=np.float64)
        spent = np.zeros(count.shape)
        some = count > 0
        spent[some] = rng.gamma(p * count[some]) / rng.gamma(q + p * frequency[some])
        return spent


def _log_likelihood_rows(params: Floats, rows: Rows) -> tuple[Floats, Floats]:
    """Eq. (1a) of the note, and its gradient."""
    p, q, v = params
    x, m = rows.columns
    shape = p * rows.levels
    known = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
    in_p = rows.levels * (digamma(shape + q) - digamma(shape))
    in_q = digamma(shape + q) - digamma(q) + np.log(v)

    total = x * m
    log_sum = np.log(v + total)
    log_share = np.log(total) - log_sum
    value = known[rows.level] + p * x * log_share - q * log_sum - np.log(m)
    gradient = np.array(
        [
            in_p[rows.level] + x * log_share,
            in_q[rows.level] - log_sum,
            q / v - (p * x + q) / (v + total),
        ]
    )
    return value, gradient
