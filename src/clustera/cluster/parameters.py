"""The parameters of `KMeans`, checked before anything is computed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from clustera.arguments import NUMBER, WHOLE, shown_value
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
        _refuse_below_1("n_clusters", k, or_auto=True)
        if int(k) > n_samples:
            raise InputError(f"n_samples={n_samples} should be >= n_clusters={k}.")
    if starts != "auto":
        _refuse_below_1("n_init", starts, or_auto=True)
    _refuse_below_1("max_iter", most)
    if not NUMBER.fits(tolerance) or tolerance < 0:
        raise InputError(f"tol is {shown_value(tolerance)}; it must be a number of at least 0.")
    if model.algorithm not in ("lloyd", "elkan"):
        raise InputError(f"algorithm is {shown_value(model.algorithm)}; it must be 'lloyd' or 'elkan'.")
    if not (callable(init) or lists or init in ("k-means++", "random")):
        raise InputError(f"init is {shown_value(init)}; it must be 'k-means++', 'random', an array or a function.")
    if lists and starts not in ("auto", 1):
        warnings.warn(
            f"Explicit initial center position passed: performing only one init in KMeans instead of n_init={starts}.",
            RuntimeWarning,
            stacklevel=3,
        )


def _refuse_below_1(name: str, value: int | str, *, or_auto: bool = False) -> None:
    if not WHOLE.fits(value) or int(value) < 1:
        possible = ", or 'auto'" if or_auto else ""
        raise InputError(f"{name} is {shown_value(value)}; it must be a whole number of at least 1{possible}.")
