"""The usual ways to choose the number of segments, each as its source or its best-known program has it.

All see the same z-scores and the same K-Means solutions, so that the rules alone are compared.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from clustera.cluster.assign import assign
from clustera.cluster.silhouette import mean_silhouettes
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep

Floats = NDArray[np.float64]

LARGEST = 20
REFERENCES = 10
JUDGED = 2_500  # rows of silhouette, Davies-Bouldin and Calinski-Harabasz
VIEWERS = 300  # customers whose distances dip-means tests in one segment


USUAL = (
    "silhouette", "Davies-Bouldin", "Calinski-Harabasz", "gap", "elbow (kneed)", "yellowbrick", "X-means", "dip-means",
    "HDBSCAN",
)  # fmt: skip


def usual_answers(points: Floats, rules: Collection[str] = USUAL) -> dict[str, int]:
    """What each rule answers; 1 where a rule can say, and says, that there are no segments.

    Args:
        points: (n, d) raw features; they are standardized here, as every tutorial does.
        rules: Those that are asked.
    """
    z = (points - points.mean(axis=0)) / points.std(axis=0)
    ks = range(1, max(3, min(LARGEST, len(z) // 10)) + 1)
    sweep = solve_sweep(z, ks, seed=0)
    inertia = {k: solution.inertia for k, solution in sweep.items()}
    judged = z[np.random.default_rng(0).permutation(len(z))[:JUDGED]]
    labels = {k: assign(judged, sweep[k].centers)[0] for k in ks if k > 1}
    labels = {k: label for k, label in labels.items() if len(np.unique(label)) == k}
    ask: dict[str, Callable[[], int]] = {
        "silhouette": lambda: _largest_silhouette(judged, labels),
        "Davies-Bouldin": lambda: min(labels, key=lambda k: float(davies_bouldin_score(judged, labels[k]))),
        "Calinski-Harabasz": lambda: max(labels, key=lambda k: float(calinski_harabasz_score(judged, labels[k]))),
        "gap": lambda: gap_first_se(z, sweep),
        "elbow (kneed)": lambda: knee(inertia),
        # KElbowVisualizer's defaults: k from 2 to 10, distortion, kneedle.
        "yellowbrick": lambda: knee({k: inertia[k] for k in ks if 2 <= k <= 10}),
        "X-means": lambda: x_means(z),
        "dip-means": lambda: dip_means(z),
        "HDBSCAN": lambda: hdbscan(z),
    }
    return {rule: ask[rule]() for rule in rules}


def _largest_silhouette(points: Floats, labels: Mapping[int, NDArray[np.int32]]) -> int:
    found = mean_silhouettes(points, labels)
    return max(labels, key=lambda k: found[k][0])


def knee(inertia: Mapping[int, float]) -> int:
    """Source: Satopaa, Albrecht, Irwin & Raghavan (2011), Finding a "kneedle" in a haystack."""
    from kneed import KneeLocator  # only where this rule is asked

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = KneeLocator(list(inertia), list(inertia.values()), curve="convex", direction="decreasing").knee
    return int(found) if found is not None else 1


def gap_first_se(z: Floats, sweep: Mapping[int, Solution]) -> int:
    """The first k whose gap is within a standard error of the next. Source: Tibshirani, Walther & Hastie (2001)."""
    random = np.random.default_rng(0)
    center = z.mean(axis=0)
    axes = np.linalg.svd(z - center, full_matrices=False)[2]
    along = (z - center) @ axes.T
    expected = np.empty((REFERENCES, len(sweep)))
    for reference in range(REFERENCES):
        box = random.uniform(along.min(axis=0), along.max(axis=0), size=along.shape)
        # As careful a search as for the customers: references searched worse look like gaps.
        found = solve_sweep(box, list(sweep), seed=reference, restarts=5)
        expected[reference] = np.log([found[k].inertia for k in sweep])
    gap = expected.mean(axis=0) - np.log([sweep[k].inertia for k in sweep])
    error = expected.std(axis=0) * np.sqrt(1 + 1 / REFERENCES)
    ks = list(sweep)
    for j in range(len(ks) - 1):
        if gap[j] >= gap[j + 1] - error[j + 1]:
            return ks[j]
    return ks[-1]


def x_means(z: Floats) -> int:
    """Segments are split in two as long as the BIC gains. Source: Pelleg & Moore (2000), X-means."""
    centers = z.mean(axis=0, keepdims=True)
    while len(centers) < LARGEST:
        labels = KMeans(len(centers), init=centers, n_init=1).fit_predict(z)
        grown: list[Floats] = []
        for j in range(len(centers)):
            own = z[labels == j]
            if len(own) > 3 * z.shape[1]:
                halves = KMeans(2, n_init=3, random_state=0).fit(own)
                if _bic(own, halves.cluster_centers_, halves.labels_) > _bic(
                    own, own.mean(axis=0)[None], np.zeros(len(own), int)
                ):
                    grown += list(halves.cluster_centers_)
                    continue
            grown.append(own.mean(axis=0))
        if len(grown) == len(centers):
            break
        centers = np.array(grown[:LARGEST])
    return len(centers)


def _bic(points: Floats, centers: Floats, labels: NDArray[np.int64]) -> float:
    """Of spherical Gaussians with one common variance."""
    n, d = points.shape
    k = len(centers)
    size = np.bincount(labels, minlength=k)
    variance = max(float(np.square(points - centers[labels]).sum()) / (d * max(n - k, 1)), 1e-300)
    likelihood = (
        float((size * np.log(np.maximum(size, 1) / n)).sum())
        - n * d / 2 * np.log(2 * np.pi * variance)
        - d * (n - k) / 2
    )
    return likelihood - (k - 1 + k * d + 1) / 2 * float(np.log(n))


def dip_means(z: Floats) -> int:
    """The segment that looks least unimodal from its members is split, until none does.

    Source: Kalogeratos & Likas (2012), Dip-means: an incremental clustering method for estimating the number of
    clusters; 1 % of split viewers, significance below .001.
    """
    import diptest  # only where this rule is asked

    random = np.random.default_rng(0)
    centers = z.mean(axis=0, keepdims=True)
    while len(centers) < LARGEST:
        labels = assign(z, centers)[0]
        scores = []
        for j in range(len(centers)):
            own = z[labels == j]
            own = own[random.permutation(len(own))[:VIEWERS]]
            dips, chances = np.zeros(len(own)), np.ones(len(own))
            if len(own) > 10:
                for i, viewer in enumerate(own):
                    dips[i], chances[i] = diptest.diptest(np.linalg.norm(own - viewer, axis=1))
            split = chances < 0.001
            scores.append(float(dips[split].mean()) if split.mean() > 0.01 else 0.0)
        worst = int(np.argmax(scores))
        if scores[worst] == 0:
            break
        halves = KMeans(2, n_init=5, random_state=0).fit(z[labels == worst]).cluster_centers_
        starts = np.vstack([np.delete(centers, worst, axis=0), halves])
        centers = KMeans(len(starts), init=starts, n_init=1).fit(z).cluster_centers_
    return len(centers)


def hdbscan(z: Floats) -> int:
    """Groups of at least 2 % of the customers; none counts as one. Source: Campello, Moulavi & Sander (2013)."""
    labels = HDBSCAN(min_cluster_size=max(10, len(z) // 50), copy=True).fit_predict(z)
    return max(1, len(np.unique(labels[labels >= 0])))
