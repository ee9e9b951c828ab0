"""K-Means as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from clustera.cluster.assign import assign
from clustera.cluster.auto import select_k
from clustera.cluster.finish import lloyd
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.errors import InputError


class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-Means clustering; parameters and attributes are those of `sklearn.cluster.KMeans`.

    With `init="k-means++"` the search is that of `solve_sweep`: more restarts than `n_init` where they are cheap, on
    samples where the rows are many; the order of the rows does not matter. With any other start Lloyd's iterations
    run from it as they are.

    Parameters:
        n_clusters: Number of segments, or "auto": chosen by the rule of `clustera.cluster.choose`.
        init: "k-means++", "random", an array (n_clusters, n_features), or a function (X, n_clusters, random_state)
            that returns one.
        n_init: Starts; "auto" means 10, or 1 when `init` is an array or a function.
        max_iter: Lloyd's iterations per start, where `init` is not "k-means++".
        tol: Stop when the squared steps of the centres sum to no more than this share of the mean variance, where
            `init` is not "k-means++".
        verbose: Taken for compatibility; nothing is printed.
        random_state: Seed, generator or None.
        copy_x: Taken for compatibility; X is never written to.
        algorithm: "lloyd" or "elkan"; taken for compatibility, the result is the same.

    Attributes:
        cluster_centers_: (n_clusters, n_features), of X's dtype.
        labels_: int32 (n_samples,).
        inertia_: Weighted sum of squared distances to the nearest centre.
        n_iter_: Iterations of the last stage, or of the best start.
        n_clusters_: Number of segments.
        n_features_in_, feature_names_in_: As scikit-learn has them.
    """

    cluster_centers_: NDArray[Any]
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    n_clusters_: int

    def __init__(
        self,
        n_clusters: int | Literal["auto"] = 8,
        *,
        init: str | ArrayLike | Callable[..., ArrayLike] = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> KMeans:
        """Find the centres.

        Args:
            X: Dense or sparse (n_samples, n_features); sparse rows are made dense.
            y: Ignored.
            sample_weight: (n_samples,), at least 0.

        Raises:
            InputError: a parameter is out of its range, or there are fewer samples than segments.
        """
        points = _dense(validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32]))
        self._check(points)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, points, dtype=np.float64, ensure_non_negative=True)
            if not (weights > 0).any():
                raise InputError("All sample weights are 0.")
        random = check_random_state(self.random_state)
        k = self._choose(points, weights, random) if self.n_clusters == "auto" else int(self.n_clusters)
        if isinstance(self.init, str) and self.init == "k-means++":
            restarts = 10 if self.n_init == "auto" else int(self.n_init)
            seed = int(random.randint(2**31 - 1))
            positive = points if weights is None else points[weights > 0]
            found = solve_sweep(points, [min(k, len(positive))], weights=weights, seed=seed, restarts=restarts)
            best = next(iter(found.values()))
            if best.k < k:  # fewer rows of any weight than segments: some centres have none
                spare = np.repeat(best.centres[:1], k - best.k, axis=0)
                best = Solution(k, np.concatenate([best.centres, spare]), best.inertia, best.iterations)
        else:
            best = self._from_starts(points, weights, k, random)
        self._keep(points, weights, best)
        return self

    def _check(self, points: NDArray[Any]) -> None:
        """Refuse parameters that mean nothing."""
        k = self.n_clusters
        if k != "auto":
            if not isinstance(k, Integral) or k < 1:
                raise InputError(f"n_clusters is {k!r}; it must be a whole number of at least 1, or 'auto'.")
            if k > len(points):
                raise InputError(f"n_samples={len(points)} should be >= n_clusters={k}.")
        if self.n_init != "auto" and (not isinstance(self.n_init, Integral) or self.n_init < 1):
            raise InputError(f"n_init is {self.n_init!r}; it must be a whole number of at least 1, or 'auto'.")
        if not isinstance(self.max_iter, Integral) or self.max_iter < 1:
            raise InputError(f"max_iter is {self.max_iter!r}; it must be a whole number of at least 1.")
        if self.tol < 0:
            raise InputError(f"tol is {self.tol!r}; it must be at least 0.")
        if self.algorithm not in {"lloyd", "elkan"}:
            raise InputError(f"algorithm is {self.algorithm!r}; it must be 'lloyd' or 'elkan'.")
        if isinstance(self.init, str) and self.init not in {"k-means++", "random"}:
            raise InputError(f"init is {self.init!r}; it must be 'k-means++', 'random', an array or a function.")

    def _choose(self, points: NDArray[Any], weights: NDArray[np.float64] | None, random: np.random.RandomState) -> int:
        """The number of segments for n_clusters="auto"."""
        seed = int(random.randint(2**31 - 1))
        return select_k(points, weights=weights, seed=seed).k

    def _from_starts(
        self, points: NDArray[Any], weights: NDArray[np.float64] | None, k: int, random: np.random.RandomState
    ) -> Solution:
        """Lloyd's iterations from starts that were given or drawn; the best of them."""
        once = not isinstance(self.init, str)
        starts = (1 if once else 10) if self.n_init == "auto" else int(self.n_init)
        middle = points.mean(axis=0, dtype=np.float64)
        tolerance = self.tol * float(np.var(points, axis=0, dtype=np.float64).mean())
        best: Solution | None = None
        for _ in range(1 if hasattr(self.init, "__array__") or (isinstance(self.init, Sequence) and once) else starts):
            start = self._start(points, weights, k, random)
            found = lloyd(
                points - middle, start - middle, weights=weights, tolerance=tolerance, max_iter=int(self.max_iter)
            )
            if best is None or found.inertia < best.inertia:
                best = found
        assert best is not None
        return Solution(k, best.centres + middle, best.inertia, best.iterations)

    def _start(
        self, points: NDArray[Any], weights: NDArray[np.float64] | None, k: int, random: np.random.RandomState
    ) -> NDArray[np.float64]:
        """One start as `init` says."""
        if isinstance(self.init, str):
            chance = None if weights is None else weights / weights.sum()
            enough = weights is None or np.count_nonzero(weights) >= k
            return np.asarray(points[random.choice(len(points), k, replace=not enough, p=chance)], np.float64)
        given = self.init(points, k, random_state=random) if callable(self.init) else self.init
        start = np.asarray(given, np.float64)
        if start.shape != (k, points.shape[1]):
            raise InputError(
                f"The shape of the initial centers {start.shape} does not match n_clusters={k} and "
                f"n_features={points.shape[1]}."
            )
        return start

    def _keep(self, points: NDArray[Any], weights: NDArray[np.float64] | None, best: Solution) -> None:
        """Set the attributes; labels are those of the centres as they are kept."""
        self.cluster_centers_ = best.centres.astype(points.dtype)
        self.labels_, distance, _, _ = assign(points, self.cluster_centers_.astype(np.float64))
        squared = np.square(distance)
        self.inertia_ = float((squared if weights is None else squared * weights).sum())
        self.n_iter_ = max(best.iterations, 1)
        self.n_clusters_ = best.k
        distinct = len(np.unique(self.labels_))
        if distinct < best.k:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters ({best.k}). "
                "Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _points(self, X: ArrayLike) -> NDArray[Any]:
        """X as the fitted estimator needs it."""
        check_is_fitted(self)
        return _dense(validate_data(self, X, reset=False, accept_sparse="csr", dtype=[np.float64, np.float32]))

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Nearest centre of every row: int32 (n_samples,)."""
        return assign(self._points(X), self.cluster_centers_.astype(np.float64))[0]

    def fit_predict(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> NDArray[np.int32]:
        """Fit and return `labels_`."""
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Euclidean distance of every row to every centre: (n_samples, n_clusters)."""
        return np.asarray(euclidean_distances(self._points(X), self.cluster_centers_))

    def score(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Minus the inertia of X around the centres."""
        points = self._points(X)
        squared = np.square(assign(points, self.cluster_centers_.astype(np.float64))[1])
        if sample_weight is not None:
            squared = squared * _check_sample_weight(sample_weight, points, dtype=np.float64)
        return -float(squared.sum())

    @property
    def _n_features_out(self) -> int:
        """Number of columns that `transform` returns."""
        return len(self.cluster_centers_)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _dense(X: Any) -> NDArray[Any]:  # noqa: ANN401
    """Sparse rows as dense ones."""
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X)
