"""What the purchase models share: fitting, errors of the parameters, and predictions that need no more than the likelihood.

All of them let a customer buy at random with a rate of his own, lambda ~ Gamma(r, alpha), until he leaves unseen.
They differ in how he leaves.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from clustera.arguments import takes
from clustera.errors import InputError
from clustera.records import Reason
from clustera.refits import fitted_anew
from clustera.texts import NotPossibleError
from clustera.value.fitting import LOG_BOUND, maximum_likelihood
from clustera.value.likelihood_model import MaximumLikelihoodModel, Params
from clustera.value.rows import (
    COUNT,
    RANDOM,
    SEED,
    DistinctRows,
    Floats,
    checked_histories,
    checked_numbers,
    distinct_histories,
    distinct_with_index,
    positive_horizon,
)

_MOST_EXPECTED = 1e18  # purchases: whole numbers of 64 bits end at nine times this


class PurchaseModel(MaximumLikelihoodModel):
    """How often customers buy, and whether they have left.

    The columns are those of `clustera.value.repeat_purchases`: frequency (repeat purchases), recency (age at the last
    one), T (age), in any unit of time; horizons are in the same unit.
    """

    @abstractmethod
    def _log_likelihood_rows(self, params: Floats, rows: DistinctRows) -> tuple[Floats, Floats]:
        """Log-likelihood of each row, (n,), and its gradient in the parameters, (n_params, n)."""

    @abstractmethod
    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that each customer has not left yet, (n_customers,)."""

    @abstractmethod
    def _expected_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        """Expected purchases within the horizon of customers known to be alive."""

    @abstractmethod
    def expected_purchases_new(self, horizon: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by age `horizon`, shape of `horizon`."""

    @abstractmethod
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Frequency and recency of new customers observed to the ages T, drawn from the model."""

    @takes(rng=RANDOM)
    def simulate_future(
        self, horizon: float, x: ArrayLike, T: ArrayLike, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Purchases within a horizon of customers who have not left, one draw each from the posterior.

        Args:
            horizon: Time above 0, in the unit of T.
            x: Repeat purchases until now, (n_customers,).
            T: Age, (n_customers,).
            rng: Where the draws come from.

        Returns:
            int64 (n_customers,).

        Raises:
            InputError: a horizon of 0 or less.

        >>> import numpy as np
        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> x, T = np.full(5000, 2.0), np.full(5000, 39.0)
        >>> bought = model.simulate_future(26, x, T, np.random.default_rng(0))
        >>> round(float(bought.mean()), 1), round(float(model.expected_if_alive(26, x, T)[0]), 1)
        (1.2, 1.2)
        """
        check_is_fitted(self, "params_")
        positive_horizon(horizon)
        bought_before, age = checked_numbers(x=x, T=T)
        return self._simulate_future(float(horizon), bought_before, age, rng)

    @abstractmethod
    def _simulate_future(self, horizon: float, x: Floats, T: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
        """See `simulate_future`."""

    def fit(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Self:
        """Finds the parameters of the highest likelihood.

        Args:
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            The model itself: `params_`, `log_likelihood_` and `summary_` are set.

        Raises:
            InputError: columns of RFM, impossible checked_histories, or nobody who has bought again.

        >>> import numpy as np
        >>> from clustera.value import BGNBD
        >>> truth = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> T = np.full(2000, 52.0)
        >>> frequency, recency = truth.simulate(T, np.random.default_rng(0))
        >>> BGNBD().fit(frequency, recency, T).summary_[["estimate", "low", "high"]].round(1)
                   estimate  low  high
        parameter
        r               0.2  0.2   0.3
        alpha           4.9  4.2   5.8
        a               0.8  0.5   1.1
        b               2.4  1.5   3.9
        """
        x, t_x, age = checked_histories(frequency, recency, T)
        if not len(x) or not x.any():
            raise NotPossibleError(Reason("no-repeat-purchase", {"customers": len(x)}))
        with fitted_anew(self):
            self._fit_rows(distinct_histories(x, t_x, age), self._starts())
        return self

    def _starts(self) -> tuple[Floats, ...]:
        """Log parameters to start from, for ages scaled to at most 1."""
        return (np.log([0.5, 0.5, 0.8, 2.0]), np.log([1.0, 0.2, 0.1, 5.0]))

    def _fit_rows(self, rows: DistinctRows, starts: tuple[Floats, ...]) -> None:
        x, t_x, age = rows.columns
        unit = float(age.max())
        scaled = replace(rows, columns=(x, t_x / unit, age / unit))
        fit = maximum_likelihood(self._log_likelihood_rows, scaled, starts)
        # A density per unit of time for each of the x purchases: another unit, another constant.
        log_likelihood = fit.log_likelihood - float(rows.weights @ x) * np.log(unit)
        self._log_units = np.log(unit) * np.array([name in {"alpha", "beta"} for name in self.names])
        self._ages = (age, rows.weights)
        self._keep(fit, self._log_units, log_likelihood, rows.customers)

    def _resampled(self, rng: np.random.Generator) -> Params:
        ages = np.repeat(self._ages[0], self._ages[1].astype(np.int64))
        x, t_x = self.simulate(ages, rng)
        again = type(self)()
        again._fit_rows(
            distinct_histories(x, t_x, ages), (np.clip(self.log_params_ - self._log_units, -LOG_BOUND, LOG_BOUND),)
        )
        return again.params_

    def log_likelihood(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Log-likelihood of each customer's history.

        Args:
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            (n_customers,).

        Raises:
            InputError: a history that can't be.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.log_likelihood([2, 0], [30.43, 0], [38.86, 38.86]).round(2)
        array([-9.46, -0.55])
        """
        check_is_fitted(self, "params_")
        rows, index = distinct_with_index(*checked_histories(frequency, recency, T))
        return self._log_likelihood_rows(self._values(), rows)[0][index]

    @takes()
    def expected_purchases(self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Expected purchases of each customer within a horizon, weighed with the probability to have left.

        Args:
            horizon: Time above 0, in the unit of T.
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            (n_customers,).

        Raises:
            InputError: a horizon of 0 or less, or a history that can't be.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.expected_purchases(39, [2], [30.43], [38.86]).round(2)
        array([1.23])
        """
        x, t_x, age = checked_histories(frequency, recency, T)
        return self.probability_alive(x, t_x, age) * self.expected_if_alive(horizon, x, age)

    @takes()
    def expected_if_alive(self, horizon: float, frequency: ArrayLike, T: ArrayLike) -> Floats:
        """Expected purchases within a horizon if the customer has not left.

        Args:
            horizon: Time above 0, in the unit of T.
            frequency: Repeat purchases, (n_customers,).
            T: Age, (n_customers,).

        Returns:
            (n_customers,).

        Raises:
            InputError: a horizon of 0 or less.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.expected_if_alive(39, [2], [38.86]).round(2)
        array([1.69])
        """
        check_is_fitted(self, "params_")
        positive_horizon(horizon)
        rows, index = distinct_with_index(*checked_numbers(frequency=frequency, T=T))
        return self._expected_if_alive(float(horizon), *rows.columns)[index]

    @takes()
    def probability_no_purchase(self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that a customer buys nothing within a horizon, having left or not.

        The likelihood of the same history seen for longer, over the likelihood of the history.

        Args:
            horizon: Time above 0, in the unit of T.
            frequency: Repeat purchases, whole numbers, (n_customers,).
            recency: Age at the last purchase, 0 without a repeat purchase, (n_customers,).
            T: Age, (n_customers,), in the unit of recency.

        Returns:
            (n_customers,), 0 to 1.

        Raises:
            InputError: a horizon of 0 or less, or a history that can't be.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.probability_no_purchase(39, [0, 2, 10], [0, 30, 30], [39, 39, 39]).round(2)
        array([0.86, 0.45, 0.43])
        """
        check_is_fitted(self, "params_")
        positive_horizon(horizon)
        rows, index = distinct_with_index(*checked_histories(frequency, recency, T))
        x, t_x, age = rows.columns
        longer, _ = self._log_likelihood_rows(self._values(), replace(rows, columns=(x, t_x, age + horizon)))
        now, _ = self._log_likelihood_rows(self._values(), rows)
        return np.exp(np.minimum(longer - now, 0.0))[index]

    @takes()
    def time_to_next_purchase(self, frequency: ArrayLike, T: ArrayLike, *, probability: float = 0.5) -> Floats:
        """Time after which a customer who has not left has bought again with a probability.

        The waiting time is Lomax distributed: (1 + t / (alpha + T)) ** -(r + x) is the chance to wait longer.

        Args:
            frequency: Repeat purchases, (n_customers,).
            T: Age, (n_customers,).
            probability: Above 0 and below 1.

        Returns:
            (n_customers,), in the unit of T.

        Raises:
            InputError: a probability that is not between 0 and 1.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.time_to_next_purchase([0, 2, 10], [39, 39, 39]).round(1)
        array([709. ,  15.7,   3. ])
        """
        check_is_fitted(self, "params_")
        if not 0 < probability < 1:
            raise InputError(f"probability is {probability!r}; it must be above 0 and below 1.")
        r, alpha = self.params_["r"], self.params_["alpha"]
        x, age = checked_numbers(frequency=frequency, T=T)
        with np.errstate(over="ignore"):
            wait: Floats = (alpha + age) * np.expm1(-np.log1p(-probability) / (r + x))
        return wait

    @takes(highest=COUNT, seed=SEED, rounds=COUNT)
    def frequency_distribution(self, T: ArrayLike, highest: int, *, seed: int = 0, rounds: int = 20) -> Floats:
        """Expected number of customers with 0, 1, ..., `highest` or more repeat purchases.

        By simulation of customers with the ages T.

        Args:
            T: Ages, (n_customers,).
            highest: The last count, which stands for all higher ones too.
            seed: Of the simulation.
            rounds: How many times customers are simulated.

        Returns:
            (highest + 1,); the sum is n_customers.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # of the CDNOW shop, in weeks
        >>> model.frequency_distribution([39.0] * 1000, 3).round(-1)
        array([580., 200.,  80., 140.])
        """
        (ages,) = checked_numbers(T=T)
        rng = np.random.default_rng(seed)
        counts = np.zeros(highest + 1)
        for _ in range(rounds):
            x = np.minimum(self.simulate(ages, rng)[0], highest).astype(np.int64)
            counts += np.bincount(x, minlength=highest + 1)
        return counts / rounds

    def _values(self) -> Floats:
        return np.array([self.params_[name] for name in self.names])


def purchases_at_rate(rng: np.random.Generator, expected: Floats) -> NDArray[np.int64]:
    """Purchases of customers who buy at random, around so many expected ones; bounded where these are more than can be counted."""
    bought: NDArray[np.int64] = rng.poisson(np.minimum(expected, _MOST_EXPECTED))
    return bought
