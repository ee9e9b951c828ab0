"""What all models fitted by maximum likelihood share: their parameters with errors, and draws of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from clustera.arguments import NUMBER, POSITIVE, shown_value, takes
from clustera.errors import InputError
from clustera.value.fitting import LOG_BOUND, Fit
from clustera.value.rows import COUNT, RANDOM, SEED, Floats

Params = dict[str, float]


class MaximumLikelihoodModel(BaseEstimator):  # type: ignore[misc]
    """A model of a few positive parameters: `params_`, `log_likelihood_`, `summary_`.

    Args:
        bootstrap: Parametric bootstrap samples for the errors of the parameters; 0 for none. The errors from the
            curvature of the likelihood understate those of the leaving parameters in small samples.
        seed: For the bootstrap.
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(self, *, bootstrap: int = 0, seed: int = 0) -> None:
        self.bootstrap = bootstrap
        self.seed = seed

    @abstractmethod
    def _resampled(self, rng: np.random.Generator) -> Params:
        """Parameters fitted to customers drawn from this fitted model."""

    def _keep(self, fit: Fit, log_units: Floats, log_likelihood: float, customers: float) -> None:
        """Sets the fitted attributes. `log_units` carry log parameters back to the caller's units."""
        log_params = fit.log_params + log_units
        self.log_params_ = log_params
        self.covariance_ = fit.covariance
        self.params_: Params = dict(zip(self.names, np.exp(log_params).tolist(), strict=True))
        self.log_likelihood_ = log_likelihood
        self.flat_ = tuple(name for name, flat in zip(self.names, fit.flat, strict=True) if flat)
        self.n_customers_ = int(customers)
        self.summary_ = self._summary()

    def _summary(self) -> pd.DataFrame:
        estimate = np.exp(self.log_params_)
        error = np.sqrt(np.diag(self.covariance_))
        error[[name in self.flat_ for name in self.names]] = np.nan
        summary = pd.DataFrame(
            {
                "estimate": estimate,
                "standard_error": estimate * error,
                "low": estimate * np.exp(-1.959964 * error),
                "high": estimate * np.exp(1.959964 * error),
            },
            index=pd.Index(self.names, name="parameter"),
        )
        if not NUMBER.fits(self.bootstrap):
            raise InputError(f"bootstrap must be a number of samples, not {shown_value(self.bootstrap)}.")
        if self.bootstrap:
            draws = self.bootstrap_params(self.bootstrap, seed=self.seed)
            summary["bootstrap_error"] = draws.std(ddof=1)
            summary["bootstrap_low"] = draws.quantile(0.025)
            summary["bootstrap_high"] = draws.quantile(0.975)
        return summary

    @takes(samples=COUNT, seed=SEED)
    def bootstrap_params(self, samples: int, *, seed: int = 0) -> pd.DataFrame:
        """Parameters fitted to customers that are drawn from this fitted model, again and again: how sure they are.

        Args:
            samples: How many times.
            seed: Of the draws.

        Returns:
            One row per sample, one column per parameter.

        Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap (the parametric bootstrap).

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().fit([0, 1, 4, 0, 2, 9] * 50, [0, 2, 20, 0, 11, 30] * 50, [30, 30, 30, 25, 25, 31] * 50)
        >>> model.bootstrap_params(20)["r"].agg(["count", "min", "max"]).round(1)
        count    20.0
        min       0.6
        max       1.0
        Name: r, dtype: float64
        """
        check_is_fitted(self, "covariance_")  # parameters that were given have no customers to draw
        streams = np.random.SeedSequence(seed).spawn(samples)
        return pd.DataFrame([self._resampled(np.random.default_rng(stream)) for stream in streams])

    @takes(draws=COUNT, rng=RANDOM)
    def param_draws(self, draws: int, rng: np.random.Generator) -> list[Self]:
        """Models with parameters drawn from the normal approximation around the fitted ones, in their logs.

        Along directions in which the likelihood is flat (`flat_`) they keep their fitted values.

        Args:
            draws: How many models.
            rng: Where the draws come from.

        >>> import numpy as np
        >>> from clustera.value import BGNBD
        >>> model = BGNBD().fit([0, 1, 4, 0, 2, 9] * 50, [0, 2, 20, 0, 11, 30] * 50, [30, 30, 30, 25, 25, 31] * 50)
        >>> drawn = model.param_draws(100, np.random.default_rng(0))
        >>> len(drawn), round(float(np.std([one.params_["r"] for one in drawn])), 1)
        (100, 0.1)
        """
        check_is_fitted(self, "covariance_")
        logs = rng.multivariate_normal(self.log_params_, self.covariance_, draws, method="eigh")
        # Where the data hardly bound a parameter, a draw may lie beyond what floats can hold.
        drawn = np.exp(np.clip(logs, -2 * LOG_BOUND, 2 * LOG_BOUND))
        return [type(self)().with_params(**dict(zip(self.names, params, strict=True))) for params in drawn]

    def with_params(self, **params: float) -> Self:
        """This model with given parameters instead of fitted ones, ready to predict.

        What an earlier fit has set (`summary_`, `log_likelihood_`, ...) is gone.

        Args:
            params: Every parameter of the model, above 0.

        Raises:
            InputError: a parameter is missing, unknown or not above 0.

        >>> from clustera.value import BGNBD
        >>> model = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(float(model.expected_purchases_new(52)), 2)
        1.45
        """
        if set(params) != set(self.names) or not all(map(POSITIVE.fits, params.values())):
            raise InputError(
                f"{type(self).__name__} has the parameters {', '.join(self.names)}, all above 0; "
                f"got {', '.join(f'{name}={shown_value(value)}' for name, value in params.items()) or 'none'}."
            )
        for name in vars(self).keys() - self.get_params().keys():
            delattr(self, name)
        self.params_ = {name: float(params[name]) for name in self.names}
        return self
