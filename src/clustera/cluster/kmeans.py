"""K-Means as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from clustera.cluster import borrowed_kmeans
from clustera.cluster.aside import isolated_rows
from clustera.cluster.assign import assign, center_distances
from clustera.cluster.auto import select_k
from clustera.cluster.parameters import points_given, random_given, refuse_parameters
from clustera.cluster.solution import Solution
from clustera.cluster.starts import best_of_starts, drawn_start, given_start
from clustera.cluster.sweep import solve_sweep
from clustera.cluster.weights import checked_weights
from clustera.errors import InputError
from clustera.refits import fitted_anew

_PIECE = 2**23  # values of sparse rows that are made dense at a time


class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-Means clustering; parameters and attributes are those of `sklearn.cluster.KMeans`.

    With `init="k-means++"` the search is that of `solve_sweep`: more restarts than `n_init` where they are cheap, on
    samples where the rows are many; the order of the rows does not matter. With any other start Lloyd's iterations
    run from it as they are.

    scikit-learn's K-Means is faster on more than 512 features and on large sparse matrices, and takes more than 250
    segments. Such fits are done by it, with the best of `n_init` starts (10 for "auto"): sparse rows stay sparse, `max_iter` and
    `tol` count, and the order of the rows matters as it does there. Sparse rows that take at most 256 MB as dense ones are
    made dense.

    docs/methods/kmeans-sweep.md lists where results differ from scikit-learn's.

    Parameters:
        n_clusters: Number of segments, or "auto": chosen by the rule of `clustera.cluster.choose`, which counts a row by
            its weight. As in `clustera.segment`, isolated rows are then left out while the number is chosen and centers
            are fitted, and assigned afterwards. All columns count: features that do not tell the segments apart, which
            `clustera.segment` leaves out, are kept here. Weights count by their proportions: gaps are judged on as many rows as
            there are, drawn by weight, so where rows stand several times instead, more rows are judged, and a number that is
            a close call may be another, as it may in another unit (4 * X), as float32, or with columns in another order.
        init: "k-means++", "random", an array (n_clusters, n_features), or a function (X, n_clusters, random_state)
            that returns one.
        n_init: Starts; "auto" means 10, or 1 when `init` is an array.
        max_iter: Lloyd's iterations per start, where `init` is not "k-means++".
        tol: Stop when the squared steps of the centers sum to no more than this share of the mean variance, where
            `init` is not "k-means++".
        verbose: Taken for compatibility; nothing is printed.
        random_state: Seed, generator (`np.random.default_rng()` or `np.random.RandomState()`) or None: another one for every fit.
        copy_x: Taken for compatibility; X is never written to.
        algorithm: "lloyd" or "elkan": taken for compatibility, the result is the same.

    Attributes:
        cluster_centers_: (n_clusters, n_features), of X's dtype.
        labels_: int32 (n_samples,).
        inertia_: Weighted sum of squared distances to the nearest center.
        n_iter_: Iterations of the last stage, or of the best start; at most `max_iter`.
        n_clusters_: Number of segments.
        isolated_: bool (n_samples,), rows unlike all others (docs/methods/outliers.md); with n_clusters="auto" only.
        n_features_in_, feature_names_in_: As scikit-learn has them.

    Source: Lloyd (1982), Least squares quantization in PCM, IEEE Transactions on Information Theory 28(2); Arthur &
    Vassilvitskii (2007), k-means++: The advantages of careful seeding, SODA.

    >>> import numpy as np
    >>> from clustera import KMeans
    >>> X = np.array([[1.0, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> kmeans = KMeans(2, random_state=0).fit(X)
    >>> kmeans.labels_.tolist()
    [1, 1, 1, 0, 0, 0]
    >>> kmeans.cluster_centers_
    array([[10.,  2.],
           [ 1.,  2.]])
    >>> three = np.repeat([[0.0, 0.0], [5.0, 5.0], [0.0, 9.0]], 20, axis=0) + np.arange(60)[:, None] / 100
    >>> KMeans("auto", random_state=0).fit(three).n_clusters_
    3
    """

    cluster_centers_: NDArray[Any]
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    n_clusters_: int
    isolated_: NDArray[np.bool_]

    def __init__(
        self,
        n_clusters: int | Literal["auto"] = 8,
        *,
        init: str | ArrayLike | Callable[..., ArrayLike] = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
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
        """Find the centers.

        Args:
            X: Dense or sparse (n_samples, n_features).
            y: Ignored.
            sample_weight: (n_samples,), at least 0.

        Returns:
            The estimator itself.

        Raises:
            InputError: a parameter is out of its range, or there are fewer samples than segments.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit(X, sample_weight=[8, 1, 1, 1, 1, 8]).cluster_centers_
        array([[ 1. ,  2. ],
               [10. ,  0.6]])
        """
        with fitted_anew(self):
            points = points_given(self, X, sparse=True)
            refuse_parameters(self, points.shape[0])
            weights = checked_weights(sample_weight, points)
            random = random_given(self.random_state)
            k = 0 if self.n_clusters == "auto" else int(self.n_clusters)
            borrowed = borrowed_kmeans.sklearn_fits_better(points, k)
            points = points if borrowed else _dense(points)
            if k:
                best = self._solved(points, weights, k, random, borrowed=borrowed)
            else:
                best = self._chosen(points, weights, random, borrowed=borrowed)
            self._keep(points, weights, best)
        return self

    def _chosen(
        self,
        points: Any,  # noqa: ANN401 - array or sparse matrix
        weights: NDArray[np.float64] | None,
        random: np.random.RandomState,
        *,
        borrowed: bool,
    ) -> Solution:
        """The number of segments and the segments for n_clusters="auto", without isolated rows."""
        if not isinstance(points, np.ndarray) or points.shape[1] > borrowed_kmeans.MOST_FEATURES:
            raise InputError(
                f'n_clusters="auto" takes at most {borrowed_kmeans.MOST_FEATURES} features, and sparse rows of at most '
                f"256 MB when made dense; here are {points.shape[0]:,} rows of {points.shape[1]:,} features.",
                hint="Reduce the features first, for example with scikit-learn's TruncatedSVD, or give n_clusters.",
            )
        seed = int(random.randint(2**31 - 1))
        if isinstance(self.random_state, Integral):  # the same search as `clustera.segment(seed=...)`
            seed = int(self.random_state)
        self.isolated_ = np.zeros(len(points), np.bool_)
        counted = np.arange(len(points)) if weights is None else np.flatnonzero(weights)
        own = None if weights is None else weights[counted]
        self.isolated_[counted] = isolated_rows(points[counted], weights=own)
        kept = ~self.isolated_
        points, weights = points[kept], None if weights is None else weights[kept]
        return self._solved(points, weights, select_k(points, weights=weights, seed=seed).k, random, borrowed=borrowed)

    def _solved(
        self,
        points: Any,  # noqa: ANN401 - array or sparse matrix
        weights: NDArray[np.float64] | None,
        k: int,
        random: np.random.RandomState,
        *,
        borrowed: bool,
    ) -> Solution:
        """The best segments found."""
        if borrowed:
            return self._borrowed(points, weights, k, random)
        if isinstance(self.init, str) and self.init == "k-means++":
            return self._searched(points, weights, k, random)
        return self._from_starts(points, weights, k, random)

    @property
    def _starts(self) -> int:
        """How many starts `init` and `n_init` ask for."""
        if not (isinstance(self.init, str) or callable(self.init)):
            return 1
        return 10 if self.n_init == "auto" else int(self.n_init)

    def _borrowed(
        self,
        points: Any,  # noqa: ANN401 - array or sparse matrix
        weights: NDArray[np.float64] | None,
        k: int,
        random: np.random.RandomState,
    ) -> Solution:
        """The best of scikit-learn's own fits."""
        init = self.init
        if not (isinstance(init, str) or callable(init)):
            init = self._start(points, weights, k, random)
        return borrowed_kmeans.solve_by_sklearn(
            points,
            k,
            weights=weights,
            restarts=self._starts,
            init=init,
            max_iter=self.max_iter,
            tol=self.tol,
            random_state=random,
            algorithm=self.algorithm,
        )

    def _searched(
        self, points: NDArray[Any], weights: NDArray[np.float64] | None, k: int, random: np.random.RandomState
    ) -> Solution:
        """The best that the sweep's search finds."""
        seed = int(random.randint(2**31 - 1))
        positive = len(points) if weights is None else int(np.count_nonzero(weights))
        found = solve_sweep(points, [min(k, positive)], weights=weights, seed=seed, restarts=self._starts)
        best = next(iter(found.values()))
        if best.k < k:  # fewer rows of any weight than segments: some centers have none
            spare = np.repeat(best.centers[:1], k - best.k, axis=0)
            best = Solution(k, np.concatenate([best.centers, spare]), best.inertia, best.iterations)
        return best

    def _from_starts(
        self, points: NDArray[Any], weights: NDArray[np.float64] | None, k: int, random: np.random.RandomState
    ) -> Solution:
        """Lloyd's iterations from starts that were given or drawn; the best of them."""
        return best_of_starts(
            points,
            weights,
            lambda: self._start(points, weights, k, random),
            restarts=self._starts,
            tol=self.tol,
            max_iter=int(self.max_iter),
        )

    def _start(
        self,
        points: Any,  # noqa: ANN401 - array or sparse matrix
        weights: NDArray[np.float64] | None,
        k: int,
        random: np.random.RandomState,
    ) -> NDArray[np.float64]:
        """One start as `init` says."""
        if isinstance(self.init, str):
            return drawn_start(points, weights, k, random)
        return given_start(self.init(points, k, random_state=random) if callable(self.init) else self.init, points, k)

    def _keep(self, points: NDArray[Any], weights: NDArray[np.float64] | None, best: Solution) -> None:
        """Set the attributes; labels are those of the centers as they are kept."""
        self.cluster_centers_ = best.centers.astype(points.dtype)
        self.labels_, distance = self._nearest(points)
        squared = np.square(distance)
        self.inertia_ = float((squared if weights is None else squared * weights).sum())
        self.n_iter_ = min(max(best.iterations, 1), int(self.max_iter))
        self.n_clusters_ = best.k
        distinct = len(np.unique(self.labels_))
        if distinct < best.k:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters ({best.k}). "
                "Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _points(self, X: ArrayLike) -> Any:  # noqa: ANN401 - array or sparse matrix
        """X as the fitted estimator needs it."""
        check_is_fitted(self)
        return points_given(self, X, reset=False, sparse=True)

    def _nearest(self, points: Any) -> tuple[NDArray[np.int32], NDArray[np.float64]]:  # noqa: ANN401
        """Nearest center of every row and the distance from it."""
        centers = self.cluster_centers_.astype(np.float64)
        parts = [assign(piece, centers)[:2] for piece in _dense_pieces(points)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Nearest center of every row.

        Args:
            X: Dense or sparse (n_samples, n_features).

        Returns:
            int32 (n_samples,).

        Raises:
            sklearn.exceptions.NotFittedError: `fit` was not called.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit(X).predict([[0, 0], [12, 3]]).tolist()
        [1, 0]
        """
        return self._nearest(self._points(X))[0]

    def fit_predict(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> NDArray[np.int32]:
        """Fit, and return `labels_`, int32 (n_samples,); the arguments are those of `fit`.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit_predict(X).tolist()
        [1, 1, 1, 0, 0, 0]
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Euclidean distance of every row to every center.

        Args:
            X: Dense or sparse (n_samples, n_features).

        Returns:
            (n_samples, n_clusters).

        Raises:
            sklearn.exceptions.NotFittedError: `fit` was not called.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit(X).transform([[1, 2], [10, 1]]).round(1)
        array([[9. , 0. ],
               [1. , 9.1]])
        """
        points, centers = self._points(X), self.cluster_centers_.astype(np.float64)
        distance = np.concatenate([center_distances(piece, centers) for piece in _dense_pieces(points)])
        return distance.astype(points.dtype, copy=False)

    def fit_transform(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> NDArray[Any]:
        """Fit, and return what `transform` returns for X, (n_samples, n_clusters); the arguments are those of `fit`.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit_transform(X)[:2].round(1)
        array([[9. , 0. ],
               [9.2, 2. ]])
        """
        return np.asarray(self.fit(X, y, sample_weight=sample_weight).transform(X))

    def score(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Minus the inertia of X around the centers: the higher, the nearer the rows are to them.

        Args:
            X: Dense or sparse (n_samples, n_features).
            y: Ignored.
            sample_weight: (n_samples,), at least 0.

        Raises:
            sklearn.exceptions.NotFittedError: `fit` was not called.

        >>> from clustera import KMeans
        >>> X = [[1.0, 2.0], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
        >>> KMeans(2, random_state=0).fit(X).score([[1, 2], [1, 3]])
        -1.0
        """
        points = self._points(X)
        weights = checked_weights(sample_weight, points)
        with np.errstate(over="ignore"):
            squared = np.square(self._nearest(points)[1])
        return -float((squared if weights is None else squared * weights).sum())

    @property
    def _n_features_out(self) -> int:
        """Number of columns that `transform` returns."""
        return len(self.cluster_centers_)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _dense_pieces(points: Any) -> Iterator[NDArray[Any]]:  # noqa: ANN401 - array or sparse matrix
    """Rows as an array; sparse ones are made dense a few at a time."""
    if isinstance(points, np.ndarray):
        yield points
        return
    rows = max(1, _PIECE // points.shape[1])
    for start in range(0, points.shape[0], rows):
        yield _dense(points[start : start + rows])


def _dense(X: Any) -> NDArray[Any]:  # noqa: ANN401
    """Sparse rows as dense ones."""
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X)
