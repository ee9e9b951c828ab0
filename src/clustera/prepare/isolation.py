"""Customers who are unlike all others: left out while segments are drawn, assigned afterwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clustera.kernels.neighbors import lacks_neighbors, nth_nearest
from clustera.records import Isolation
from clustera.samples import PAIRED

NEIGHBORS = 10
# Tukey's outer fence, on the log scale: his inner one (1.5) took half of a real group of 2 % along.
FENCE = 3.0
FEWEST = 30  # customers below whom nobody can be told to are outliers
MOST_OUTLIERS = 0.10

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


def learn_isolation(z: Floats, keys: Keys) -> Isolation:
    """The fence: third quartile plus `FENCE` interquartile ranges of the log distances, at most 10 % beyond it.

    Args:
        z: (n, n_features), standard deviations from the mean, before weights, jittered.
        keys: (n,), hashes of the customers.
    """
    reference, keys = z[:PAIRED], keys[:PAIRED]
    neighbors = int(np.clip(len(reference) // 50, 3, NEIGHBORS))
    # A row finds itself first.
    logs = np.log(nth_nearest(reference, reference, neighbors + 1) + 1e-9)
    low, high = np.quantile(logs, [0.25, 0.75])
    fence = max(float(high + FENCE * (high - low)), float(np.quantile(logs, 1 - MOST_OUTLIERS)))
    return Isolation(
        neighbors=neighbors,
        fence=float(np.exp(fence)),
        reference=tuple(map(tuple, reference.tolist())),
        keys=tuple(keys.tolist()),
    )


def isolated(z: Floats, keys: Keys, isolation: Isolation) -> Mask:
    """Outliers: the n-th nearest of the sample, oneself not counted, is beyond the fence.

    Args:
        z: (n, n_features), standard deviations from the mean, before weights, jittered.
        keys: (n,), hashes of the customers.
        isolation: The rule.
    """
    known = _among(keys, np.array(isolation.keys, dtype=np.uint64))
    # A row of the reference finds itself first.
    needed = np.where(known, isolation.neighbors + 1, isolation.neighbors).astype(np.int64)
    return lacks_neighbors(z, np.array(isolation.reference), needed, isolation.fence)


def _among(keys: Keys, sample: Keys) -> Mask:
    """Which keys are in the sample: only the smallest can be, for the sample has the smallest."""
    found = np.zeros(len(keys), dtype=np.bool_)
    few = np.flatnonzero(keys <= sample.max(initial=0))
    found[few] = np.isin(keys[few], sample)
    return found
