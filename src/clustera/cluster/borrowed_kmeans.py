"""scikit-learn's own K-Means, for fits that it does better: very many features, large sparse matrices, many segments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans as Reference

from clustera.cluster.solution import Solution
from clustera.cluster.sweep import LARGEST_K

MOST_FEATURES = 512  # beyond, matrix products beat our search: 2 to 10 times on 1,024 features
MOST_DENSE_BYTES = 256 * 2**20  # that a sparse matrix may take when it is made dense


def sklearn_fits_better(X: Any, k: int) -> bool:  # noqa: ANN401 - array or sparse matrix
    """Whether scikit-learn's K-Means should fit `X` (n_samples, n_features), dense or sparse, with k segments."""
    n_samples, n_features = X.shape
    large = not isinstance(X, np.ndarray) and n_samples * n_features * 8 > MOST_DENSE_BYTES
    return bool(large or n_features > MOST_FEATURES or k > LARGEST_K)


def solve_by_sklearn(
    X: Any,  # noqa: ANN401 - array or sparse matrix
    k: int,
    *,
    weights: NDArray[np.float64] | None = None,
    restarts: int = 10,
    **parameters: Any,  # noqa: ANN401
) -> Solution:
    """The best of several fits of scikit-learn's K-Means.

    Args:
        X: Dense or sparse (n_samples, n_features), finite.
        k: Number of segments.
        weights: (n_samples,), at least 0.
        restarts: Starts.
        **parameters: Others of `sklearn.cluster.KMeans`.
    """
    found = Reference(k, n_init=restarts, **parameters).fit(X, sample_weight=weights)
    return Solution(k, np.asarray(found.cluster_centers_, np.float64), float(found.inertia_), int(found.n_iter_))
