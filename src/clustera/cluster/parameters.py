"""The parameters of `KMeans`, checked before anything is computed."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np

from clustera.errors import InputError


def refuse_parameters(model: Any, n_samples: int) -> None:  # noqa: ANN401 - a KMeans, which imports this
    """Refuse parameters of `KMeans` that mean nothing.

    Args:
        model: The estimator.
        n_samples: Rows it is to be fitted to.

    Raises:
        InputError: a parameter is out of its range, or there are fewer samples than segments.
    """
    init = model.init
    k: int | str = model.n_clusters
    starts: int | str = model.n_init
    most: int = model.max_iter
    tolerance: float = model.tol
    lists = not (isinstance(init, str) or callable(init)) and np.ndim(init) > 0
    if k != "auto":
        if not isinstance(k, Integral) or k < 1:
            raise InputError(f"n_clusters is {k!r}; it must be a whole number of at least 1, or 'auto'.")
        if k > n_samples:
            raise InputError(f"n_samples={n_samples} should be >= n_clusters={k}.")
    if starts != "auto" and (not isinstance(starts, Integral) or starts < 1):
        raise InputError(f"n_init is {starts!r}; it must be a whole number of at least 1, or 'auto'.")
    if not isinstance(most, Integral) or most < 1:
        raise InputError(f"max_iter is {most!r}; it must be a whole number of at least 1.")
    if not isinstance(tolerance, Real) or not tolerance >= 0:
        raise InputError(f"tol is {tolerance!r}; it must be a number of at least 0.")
    if model.algorithm not in ("lloyd", "elkan"):
        raise InputError(f"algorithm is {model.algorithm!r}; it must be 'lloyd' or 'elkan'.")
    if not (callable(init) or lists or init in ("k-means++", "random")):
        raise InputError(f"init is {init!r}; it must be 'k-means++', 'random', an array or a function.")
    if lists and starts not in ("auto", 1):
        warnings.warn(
            f"Explicit initial center position passed: performing only one init in KMeans instead of n_init={starts}.",
            RuntimeWarning,
            stacklevel=3,
        )
