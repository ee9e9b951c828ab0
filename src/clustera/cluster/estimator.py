"""The sweep over k as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from clustera.arguments import WHOLE, shown_value
from clustera.cluster.assign import assign
from clustera.cluster.halves import Halves, judge_halves
from clustera.cluster.parameters import points_given, random_given
from clustera.cluster.scores import calinski_harabasz, davies_bouldin, gap_statistic
from clustera.cluster.silhouette import mean_silhouettes
from clustera.cluster.stability import bootstrap_jaccard
from clustera.cluster.sweep import solve_sweep
from clustera.cluster.threads import allowed_threads
from clustera.cluster.weights import checked_weights
from clustera.errors import InputError
from clustera.refits import fitted_anew

if TYPE_CHECKING:
    import pandas as pd


class KMeansSweep(BaseEstimator):  # type: ignore[misc]
    """K-Means for every k of a range, with the indices by which ks are compared.

    Parameters:
        n_clusters: The ks; by default 2 to 12.
        n_init: k-means++ starts per k.
        random_state: Seed, generator (`np.random.default_rng()` or `np.random.RandomState()`) or None: another one for every fit.
        silhouette, calinski_harabasz, davies_bouldin: Whether to compute them.
        gap, prediction_strength, valley, jaccard: Whether to compute these, which take more time: the gap statistic,
            the prediction strength of the weakest segment, the density between neighboring segments (0 = nobody
            there, 1 = no gap), and the mean bootstrap Jaccard of the weakest segment.
        n_jobs: Threads of the search; None and -1 mean one per processor, -2 one less.

    Attributes:
        scores_: pandas DataFrame, one row per k: inertia, then the indices asked for. `silhouette_error` is the
            standard error of a silhouette from a sample, 0 up to 100,000 rows.
        labels_: For each k int32 (n_samples,).
        cluster_centers_: For each k (k, n_features).
        inertia_: For each k.
        jaccard_: For each k (k,), when `jaccard` was asked for.

    Sources: Rousseeuw (1987) for the silhouette, Calinski & Harabasz (1974), Davies & Bouldin (1979), Tibshirani, Walther &
    Hastie (2001) for the gap, Tibshirani & Walther (2005) for the prediction strength, Hennig (2007) for the Jaccard.

    >>> import numpy as np
    >>> from clustera import KMeansSweep
    >>> X = np.repeat([[0.0, 0.0], [5.0, 5.0], [0.0, 9.0]], 20, axis=0) + np.arange(60)[:, None] / 100
    >>> sweep = KMeansSweep(range(2, 5)).fit(X)
    >>> int(sweep.scores_["silhouette"].idxmax())
    3
    """

    scores_: pd.DataFrame
    labels_: dict[int, NDArray[np.int32]]
    cluster_centers_: dict[int, NDArray[np.float64]]
    inertia_: dict[int, float]
    jaccard_: dict[int, NDArray[np.float64]]

    def __init__(
        self,
        n_clusters: Iterable[int] = tuple(range(2, 13)),
        *,
        n_init: int = 10,
        random_state: int | np.random.RandomState | np.random.Generator | None = 0,
        silhouette: bool = True,
        calinski_harabasz: bool = True,
        davies_bouldin: bool = True,
        gap: bool = False,
        prediction_strength: bool = False,
        valley: bool = False,
        jaccard: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.random_state = random_state
        self.silhouette = silhouette
        self.calinski_harabasz = calinski_harabasz
        self.davies_bouldin = davies_bouldin
        self.gap = gap
        self.prediction_strength = prediction_strength
        self.valley = valley
        self.jaccard = jaccard
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> KMeansSweep:
        """Solve every k and score it.

        Args:
            X: Dense (n_samples, n_features), finite.
            y: Ignored.
            sample_weight: (n_samples,), at least 0; the indices do not take it into account.

        Returns:
            The estimator itself.

        Raises:
            InputError: a k is less than 1, more than 250 or more than the number of samples, or a weight can't be used.
            TypeError: X is sparse.

        >>> import numpy as np
        >>> from clustera import KMeansSweep
        >>> X = np.array([[1.0, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
        >>> KMeansSweep([2, 3]).fit(X).scores_[["inertia", "silhouette"]].round(2)
           inertia  silhouette
        k
        2     16.0        0.71
        3     10.0        0.44
        """
        with fitted_anew(self):
            self._solve(X, sample_weight)
        return self

    def _solve(self, X: ArrayLike, sample_weight: ArrayLike | None) -> None:
        """Every k, and what was asked to be known of it."""
        points = points_given(self, X)
        ks = self._ks(len(points))
        weights = checked_weights(sample_weight, points)
        seed = int(random_given(self.random_state).randint(2**31 - 1))
        found = solve_sweep(points, ks, weights=weights, seed=seed, restarts=self.n_init, threads=self._threads())
        nearest = {k: assign(points, some.centers)[:2] for k, some in found.items()}
        self.labels_ = {k: label for k, (label, _) in nearest.items()}
        self.cluster_centers_ = {k: some.centers for k, some in found.items()}
        self.inertia_ = {k: some.inertia for k, some in found.items()}
        columns: dict[str, dict[int, float]] = {"inertia": self.inertia_}
        if self.silhouette:
            values = mean_silhouettes(points, self.labels_, seed=seed)
            columns["silhouette"] = {k: value for k, (value, _) in values.items()}
            columns["silhouette_error"] = {k: error for k, (_, error) in values.items()}
        columns |= self._distance_scores(points, nearest)
        if self.gap:
            columns["gap"] = gap_statistic(points, ks, seed=seed)
        if self.prediction_strength or self.valley:
            columns |= self._half_scores(judge_halves(points, found, seed=seed))
        if self.jaccard:
            self.jaccard_ = bootstrap_jaccard(points, found, seed=seed)
            columns["jaccard"] = {k: float(values.min()) for k, values in self.jaccard_.items()}
        self.scores_ = _frame_by_k(columns, ks)

    def _distance_scores(
        self, points: NDArray[Any], nearest: Mapping[int, tuple[NDArray[np.int32], NDArray[np.float64]]]
    ) -> dict[str, dict[int, float]]:
        """The indices that were asked for and need only the distances to the centers."""
        columns: dict[str, dict[int, float]] = {}
        if self.calinski_harabasz:
            squared = {k: float(np.square(distance).sum()) for k, (_, distance) in nearest.items()}
            total = float(np.var(points, axis=0, dtype=np.float64).sum()) * len(points)
            columns["calinski_harabasz"] = {
                k: calinski_harabasz(inside, total, len(points), k) for k, inside in squared.items()
            }
        if self.davies_bouldin:
            columns["davies_bouldin"] = {k: davies_bouldin(self.cluster_centers_[k], *nearest[k]) for k in nearest}
        return columns

    def _half_scores(self, halves: Mapping[int, Halves]) -> dict[str, dict[int, float]]:
        """The indices that were asked for and need halves of the samples."""
        columns = {}
        if self.prediction_strength:
            columns["prediction_strength"] = {k: half.prediction_strength for k, half in halves.items()}
        if self.valley:
            columns["valley"] = {k: half.valley for k, half in halves.items()}
        return columns

    def _ks(self, n_samples: int) -> list[int]:
        """The ks in rising order; refuses parameters that mean nothing."""
        if WHOLE.fits(self.n_clusters):
            raise InputError(
                f"n_clusters is {self.n_clusters}; it must be several numbers, such as range(2, 9).",
                hint=f"For one number say KMeansSweep([{self.n_clusters}]) or KMeans({self.n_clusters}).",
            )
        # Of a range without end no more is taken than there can be.
        ks = list(islice(self.n_clusters, n_samples + 1)) if isinstance(self.n_clusters, Iterable) else []
        if not ks or not all(WHOLE.fits(k) and k >= 1 for k in ks):
            raise InputError(
                f"n_clusters is {self.n_clusters!r}; it must be whole numbers of at least 1, such as range(2, 9)."
            )
        if len(ks) > n_samples:
            raise InputError(f"n_clusters has more than {n_samples:,} numbers, but there are only so many samples.")
        if max(ks) > n_samples:
            raise InputError(f"n_clusters goes up to {max(ks)}, but there are only {n_samples} samples.")
        if not WHOLE.fits(self.n_init) or self.n_init < 1:
            raise InputError(f"n_init is {shown_value(self.n_init)}; it must be a whole number of at least 1.")
        return sorted({int(k) for k in ks})

    def _threads(self) -> int | None:
        """`n_jobs` as threads, counted as joblib counts; refuses what is no number of them."""
        jobs = self.n_jobs
        if jobs is None:
            return None
        if not WHOLE.fits(jobs) or jobs == 0:
            raise InputError(
                f"n_jobs is {shown_value(jobs)}; it must be a whole number of at least 1, or None or -1 for one per processor."
            )
        return int(jobs) if jobs > 0 else max(1, allowed_threads(None) + 1 + int(jobs))

    def predict(self, X: ArrayLike, k: int | None = None) -> NDArray[np.int32]:
        """Nearest of the k centers for every row.

        Args:
            X: (n_samples, n_features), finite.
            k: One of the ks that were fitted; not needed where it is the only one.

        Returns:
            int32 (n_samples,).

        Raises:
            InputError: the sweep was not fitted for this k, or for several and none is given.

        >>> from clustera import KMeansSweep
        >>> sweep = KMeansSweep([2, 3]).fit([[1.0, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
        >>> sweep.predict([[0.0, 0], [12, 3]], k=2).tolist()
        [1, 0]
        """
        check_is_fitted(self)
        if k is None and len(self.cluster_centers_) > 1:
            raise InputError(f"The sweep was fitted for k in {sorted(self.cluster_centers_)}.", hint="Say which k.")
        k = next(iter(self.cluster_centers_)) if k is None else k
        if not WHOLE.fits(k) or k not in self.cluster_centers_:
            raise InputError(
                f"k is {shown_value(k)}, but the sweep was fitted for k in {sorted(self.cluster_centers_)}."
            )
        points = points_given(self, X, reset=False)
        return assign(points, self.cluster_centers_[k])[0]


def _frame_by_k(columns: dict[str, dict[int, Any]], ks: list[int]) -> pd.DataFrame:
    """The indices as a frame indexed by k; what could not be computed for a k is missing."""
    import pandas as pd

    return pd.DataFrame(columns, index=pd.Index(ks, name="k"))
