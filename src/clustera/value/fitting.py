"""Maximum likelihood for models with a few positive parameters: solve on a sample, polish on all.

Works in the logarithms of the parameters, where they are free and errors are nearer to normal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from clustera.borrowed import plain_products
from clustera.samples import SAMPLED
from clustera.value.rows import DistinctRows, Floats

# Of each row, (n,), and its gradient in the parameters, (n_params, n).
LogLikelihood = Callable[[Floats, DistinctRows], tuple[Floats, Floats]]

LOG_BOUND = 16.0  # exp(16) is 9 million: a parameter there stands for "without limit"
_CURVATURE = 100_000  # customers that tell the errors
_WORTH_A_SAMPLE = 40_000  # distinct rows
_FLAT = 1e-7  # slope per customer that ends the search


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the likelihood is highest."""

    log_params: Floats  # (n_params,)
    covariance: Floats  # of log_params, (n_params, n_params), 0 along directions in which the likelihood is flat
    flat: tuple[bool, ...]  # parameters that such a direction moves, or that stand at their bound
    log_likelihood: float  # of all customers
    gradient: float  # largest |slope| per customer that is left


@plain_products
def maximum_likelihood(log_likelihood: LogLikelihood, rows: DistinctRows, starts: tuple[Floats, ...]) -> Fit:
    """Log parameters of the highest likelihood, with their covariance from the observed information.

    Of large tables a systematic sample finds the neighborhood, and all customers the maximum; the curvature there is
    measured on 100,000 customers, which tells standard errors to a percent.

    Args:
        log_likelihood: Of each row, and its gradient in the parameters.
        rows: Distinct histories with their counts.
        starts: Log parameters to start from; the best end wins.
    """
    loss = _Loss(log_likelihood, rows)
    if len(rows.weights) > _WORTH_A_SAMPLE:
        sample = _Loss(log_likelihood, rows.thinned(SAMPLED))
        near = _best(sample, starts)
        log_params = _newton(loss, near, sample.hessian(near))
        if np.abs(loss(log_params)[1]).max() > _FLAT:
            log_params = _best(loss, (log_params,))
        hessian = _Loss(log_likelihood, rows.thinned(_CURVATURE)).hessian(log_params)
    else:
        log_params = _best(loss, starts)
        hessian = loss.hessian(log_params)
        log_params = _newton(loss, log_params, hessian)
    value, gradient = loss(log_params)
    covariance, flat = _covariance(hessian * rows.customers)
    at_bound = np.abs(log_params) > LOG_BOUND - 0.01
    return Fit(
        log_params=log_params,
        covariance=covariance,
        flat=tuple(bool(either) for either in at_bound | np.array(flat)),
        log_likelihood=-value * rows.customers,
        gradient=float(np.abs(gradient).max()),
    )


class _Loss:
    """Minus the mean log-likelihood per customer and its gradient in the log parameters; remembers the last point."""

    def __init__(self, log_likelihood: LogLikelihood, rows: DistinctRows) -> None:
        self.log_likelihood = log_likelihood
        self.chunks = rows.chunks()
        self.customers = rows.customers
        self.last: tuple[bytes, float, Floats] = (b"", 0.0, np.zeros(0))

    def __call__(self, log_params: Floats) -> tuple[float, Floats]:
        key = log_params.tobytes()
        if key != self.last[0]:
            self.last = (key, *self._at(np.exp(log_params)))
        return self.last[1], self.last[2]

    def _at(self, params: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros(len(params))
        for chunk in self.chunks:
            value, gradient = self.log_likelihood(params, chunk)
            total += float(value @ chunk.weights)
            slope += gradient @ chunk.weights
        return -total / self.customers, -slope * params / self.customers

    def hessian(self, log_params: Floats) -> Floats:
        """Central differences of the gradient."""
        steps = 1e-4 * np.eye(len(log_params))
        lines = np.array([self(log_params + step)[1] - self(log_params - step)[1] for step in steps]) / 2e-4
        hessian: Floats = (lines + lines.T) / 2
        return hessian


def _best(loss: _Loss, starts: tuple[Floats, ...]) -> Floats:
    ends = [
        minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-LOG_BOUND, LOG_BOUND)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-15, "gtol": _FLAT, "maxcor": 20},
        )
        for start in starts
    ]
    return np.asarray(min(ends, key=lambda end: end.fun).x, dtype=np.float64)


def _newton(loss: _Loss, log_params: Floats, hessian: Floats) -> Floats:
    """Steps with a fixed Hessian while they lower the loss; none where the Hessian is not positive."""
    value, gradient = loss(log_params)
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian)[0] <= 0:
        return log_params
    for _ in range(8):
        if np.abs(gradient).max() < 0.1 * _FLAT:
            break
        tried = np.clip(log_params - np.linalg.solve(hessian, gradient), -LOG_BOUND, LOG_BOUND)
        new_value, new_gradient = loss(tried)
        if not new_value < value:
            break
        log_params, value, gradient = tried, new_value, new_gradient
    return log_params


def _covariance(information: Floats) -> tuple[Floats, tuple[bool, ...]]:
    """The inverse, without the directions in which the likelihood is flat; and which parameters those move.

    Flat is a direction whose standard error would be wider than the bounds: it says nothing, whatever rounding leaves of it.
    """
    if not np.isfinite(information).all():
        return np.zeros_like(information), (True,) * len(information)
    values, vectors = np.linalg.eigh(information)
    flat = values <= max(1e-9 * values[-1], LOG_BOUND**-2)
    known = vectors[:, ~flat]
    covariance: Floats = (known / values[~flat]) @ known.T
    return covariance, tuple(bool(moved) for moved in (np.abs(vectors[:, flat]) > 0.1).any(axis=1))
