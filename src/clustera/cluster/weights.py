"""Weights of samples, as scikit-learn's estimators take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _check_sample_weight

from clustera.arguments import refuse_masked_values
from clustera.errors import InputError


def checked_weights(sample_weight: ArrayLike | None, X: Any) -> NDArray[np.float64] | None:  # noqa: ANN401
    """Weights as float64 (n_samples,), or None where all are 1.

    Args:
        sample_weight: As the caller gave them; a number counts for every sample.
        X: The samples, an array or a sparse matrix.

    Raises:
        InputError: another length than `X`, a value that is missing, masked, infinite or below 0, or 0 for every sample.

    >>> checked_weights([1, 2], np.zeros((2, 1))).tolist()
    [1.0, 2.0]
    """
    if sample_weight is None:
        return None
    refuse_masked_values(
        "sample_weight", sample_weight, hint="Fill them: sample_weight.filled(0) leaves their samples out."
    )
    if isinstance(sample_weight, Sequence) and len(sample_weight) != X.shape[0]:  # a range may be of any length
        raise InputError(f"sample_weight has {len(sample_weight):,} values for {X.shape[0]:,} samples.")
    try:
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(str(error)) from error
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise InputError(
            "The sample weights, or their sum, are infinite or no numbers.", hint="Pass finite numbers from 0 on."
        )
    if not (weights > 0).any():
        raise InputError("All sample weights are 0; at least one must be above 0.")
    return np.asarray(weights)
