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

from clustera.arguments import takes
from clustera.errors import InputError
from clustera.records import Reason
from clustera.refits import fitted_anew
from clustera.texts import NotPossibleError
from clustera.value.fitting import maximum_likelihood
from clustera.value.likelihood_model import MaximumLikelihoodModel, Params
from clustera.value.rows import RANDOM, DistinctRows, Floats, checked_spending, distinct_histories, numbers_from_0


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

    >>> from clustera.value import GammaGamma
    >>> model = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)  # of the CDNOW shop, in dollars
    >>> round(model.mean_spend_, 2)
    35.22

    The mean of one purchase counts for less than the mean of seven:

    >>> model.expected_spend([1, 7], [60, 60]).round(2)
    array([52.45, 58.54])
    """

    names: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    def fit(self, frequency: ArrayLike, monetary_value: ArrayLike) -> Self:
        """Finds the parameters of the highest likelihood from the customers who have bought again.

        Args:
            frequency: Repeat purchases, (n_customers,); customers with 0 are left out.
            monetary_value: Mean spend of the repeat purchases, (n_customers,); customers who paid nothing are left out.

        Returns:
            The model itself: `params_`, `log_likelihood_` and `summary_` are set.

        Raises:
            InputError: columns of RFM, a frequency or spend below 0, or fewer than 3 repeat buyers.

        >>> from clustera.value import GammaGamma
        >>> model = GammaGamma().fit([1, 2, 1, 4, 3, 0] * 50, [12.0, 30.0, 55.0, 21.0, 34.0, 0.0] * 50)
        >>> model.n_customers_, round(model.mean_spend_)
        (250, 28)
        """
        x, m = checked_spending(frequency, monetary_value)
        again = (x > 0) & (m > 0)
        if again.sum() < 3:
            raise NotPossibleError(Reason("few-paid-repeaters", {"paid": int(again.sum()), "customers": len(x)}))
        starts = (np.log([1.0, 2.0, 1.0]), np.log([6.0, 4.0, 0.5]))
        with fitted_anew(self):
            self._fit_rows(distinct_histories(x[again], m[again]), starts)
        return self

    def _fit_rows(self, rows: DistinctRows, starts: tuple[Floats, ...]) -> None:
        x, m = rows.columns
        unit = float(rows.weights @ m) / rows.customers
        fit = maximum_likelihood(_log_likelihood_rows, replace(rows, columns=(x, m / unit)), starts)
        self._log_units = np.array([0.0, 0.0, np.log(unit)])
        self._frequencies = (x, rows.weights)
        self._keep(fit, self._log_units, fit.log_likelihood - rows.customers * np.log(unit), rows.customers)
        self._observed_mean = float((rows.weights * x) @ m / (rows.weights @ x))

    @property
    def mean_spend_(self) -> float:
        """Mean spend per purchase of a customer drawn at random: p v / (q - 1), in the unit of money.

        Where q is at most 1 the model has no mean; then it is the observed one, and infinite where no customers were fitted.

        >>> from clustera.value import GammaGamma
        >>> round(GammaGamma().with_params(p=6.25, q=3.74, v=15.44).mean_spend_, 2)
        35.22
        """
        check_is_fitted(self, "params_")
        p, q, v = (self.params_[name] for name in self.names)
        return p * v / (q - 1.0) if q > 1.0 else getattr(self, "_observed_mean", np.inf)

    def _resampled(self, rng: np.random.Generator) -> Params:
        p, q, v = (self.params_[name] for name in self.names)
        x = np.repeat(self._frequencies[0], self._frequencies[1].astype(np.int64))
        nu = rng.gamma(q, 1.0 / v, x.size)
        m = np.maximum(rng.gamma(p * x) / (nu * x), 1e-12 * v)
        again = type(self)()
        again._fit_rows(distinct_histories(x, m), (self.log_params_ - self._log_units,))
        return again.params_

    def expected_spend(self, frequency: ArrayLike, monetary_value: ArrayLike) -> Floats:
        """Expected mean spend of each customer's future purchases.

        Customers who have not bought again get the mean of all, `mean_spend_`. Where q is at most 1 there is none to draw the
        others to; they get what q = 1 gives, their own mean and v over their number of purchases.

        Args:
            frequency: Repeat purchases, (n_customers,).
            monetary_value: Mean spend of the repeat purchases, 0 without, (n_customers,).

        Returns:
            (n_customers,), in the unit of money.

        Raises:
            InputError: columns of RFM, a frequency below 0, or negative spend.

        Source: eq. (5) of Fader & Hardie (2013).

        >>> from clustera.value import GammaGamma
        >>> GammaGamma().with_params(p=6.25, q=3.74, v=15.44).expected_spend([0, 1, 7], [0, 60, 60]).round(2)
        array([35.22, 52.45, 58.54])
        """
        check_is_fitted(self, "params_")
        x, m = checked_spending(frequency, monetary_value)
        p, q, v = (self.params_[name] for name in self.names)
        again = x > 0
        weight = p * x + q - 1.0 if q > 1.0 else p * x
        spend: Floats = np.where(again, p * (v + x * m) / np.where(again, weight, 1.0), self.mean_spend_)
        return spend

    def spend_unit(self, frequency: ArrayLike, monetary_value: ArrayLike) -> Floats:
        """What a customer's future spend scales with: the parameter v plus frequency times mean spend.

        Args:
            frequency: Repeat purchases, (n_customers,).
            monetary_value: Mean spend of the repeat purchases, (n_customers,).

        Returns:
            (n_customers,), in the unit of money.

        >>> import numpy as np
        >>> from clustera.value import GammaGamma
        >>> model = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
        >>> model.spend_unit(np.array([0.0, 7.0]), np.array([0.0, 60.0])).round(2)
        array([ 15.44, 435.44])
        """
        check_is_fitted(self, "params_")
        x, m = checked_spending(frequency, monetary_value)
        unit: Floats = self.params_["v"] + x * m
        return unit

    @takes(rng=RANDOM)
    def simulate_spend_units(self, purchases: ArrayLike, frequency: ArrayLike, rng: np.random.Generator) -> Floats:
        """Total spend of future purchases over `spend_unit`, one draw from the posterior each.

        Args:
            purchases: How many future purchases, an array of any shape to which `frequency` fits.
            frequency: Repeat purchases until now, float64, in the shape of `purchases`.
            rng: Where the draws come from.

        Returns:
            In the shape of `purchases`; times `spend_unit` it is money.

        >>> import numpy as np
        >>> from clustera.value import GammaGamma
        >>> model = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
        >>> purchases, frequency, spend = np.full(5000, 2), np.full(5000, 7.0), np.full(5000, 60.0)
        >>> units = model.simulate_spend_units(purchases, frequency, np.random.default_rng(0))
        >>> money = units * model.spend_unit(frequency, spend)
        >>> round(float(money.mean())), round(2 * float(model.expected_spend([7], [60])[0]))
        (118, 117)
        """
        check_is_fitted(self, "params_")
        p, q = self.params_["p"], self.params_["q"]
        count, before = numbers_from_0("purchases", purchases), numbers_from_0("frequency", frequency)
        if count.shape != before.shape:
            raise InputError(
                f"purchases has shape {count.shape} and frequency {before.shape}; both must have the same."
            )
        spent = np.zeros(count.shape)
        some = count > 0
        # Where q is next to 0 a draw can be 0; money past all bounds is still a number, which sums and quantiles need.
        spent[some] = rng.gamma(p * count[some]) / np.maximum(rng.gamma(q + p * before[some]), 1e-200)
        return spent


def _log_likelihood_rows(params: Floats, rows: DistinctRows) -> tuple[Floats, Floats]:
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
