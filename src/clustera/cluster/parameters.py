"""The parameters of `KMeans`, checked before anything is computed."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from clustera.arguments import NUMBER, WHOLE, refuse_masked_values, shown_value
from clustera.errors import InputError


def points_given(model: Any, X: Any, *, reset: bool = True, sparse: bool = False) -> Any:  # noqa: ANN401
    """X as an array of floats (n_samples, n_features), or a sparse matrix.

    Args:
        model: The estimator that it is for.
        X: As the caller gave it.
        reset: Whether the estimator is to remember how many features there are; else X must have as many.
        sparse: Whether a sparse matrix stays one; it is refused otherwise.

    Raises:
        InputError: numbers without rows, more of them than the memory holds, or masked values.
        TypeError, ValueError: anything else that is no such array, in scikit-learn's words.
    """
    refuse_single_values("X", X)
    refuse_masked_values(
        "X", X, hint="Leave their rows out with np.ma.compress_rows(X), or fill them with X.filled(...)."
    )
    try:
        return validate_data(
            model, X, reset=reset, accept_sparse="csr" if sparse else False, dtype=[np.float64, np.float32]
        )
    except MemoryError as error:
        raise InputError("X does not fit into memory as an array of numbers.", hint="Pass fewer rows.") from error


def refuse_single_values(name: str, values: object) -> None:
    """Refuse a sequence of numbers where rows are needed, before it is made an array: a range may be of any length."""
    if isinstance(values, Sequence) and len(values) and isinstance(values[0], numbers.Number):
        raise InputError(
            f"{name} needs rows and columns, not {shown_value(values)} of single values.",
            hint="Pass a table or an array of two dimensions; of one column as [[1], [2], ...].",
        )


def random_given(random_state: object) -> np.random.RandomState:
    """What `random_state` draws from; a generator goes on where it stands.

    Raises:
        InputError: it is neither a seed nor a generator.

    >>> random_given(np.random.default_rng(0)).randint(10) == random_given(np.random.default_rng(0)).randint(10)
    True
    """
    if isinstance(random_state, np.random.Generator):
        return np.random.RandomState(random_state.bit_generator)
    try:
        taken: np.random.RandomState = check_random_state(random_state)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"random_state is {shown_value(random_state)}; it must be a whole number from 0 to {2**32 - 1:,}, a generator of NumPy or None."
        ) from error
    return taken


def refuse_parameters(model: Any, n_samples: int) -> None:  # noqa: ANN401 - a KMeans, which imports this
    """Refuse parameters of `KMeans` that mean nothing.

    Args:
        model: The estimator.
        n_samples: Rows it is to be fitted to.

    Raises:
        InputError: a parameter is out of its range, or there are fewer samples than segments.
    """
    init = model.init
    refuse_single_values("init", init)
    refuse_masked_values("init", init, hint="Fill them with init.filled(...).")
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
