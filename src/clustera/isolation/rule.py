"""Customers who are unlike all others: left out while segments are drawn, assigned afterwards.

Customers far from the rest but near each other are a small segment, and not outliers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clustera.isolation.dense_groups import dense_groups
from clustera.kernels.neighbors import lacks_neighbors, nth_nearest
from clustera.records import DenseGroup, Isolation
from clustera.samples import PAIRED

NEIGHBORS = 10
# Tukey's outer fence, on the log scale: his inner one (1.5) took half of a real group of 2 % along.
FENCE = 3.0
FEWEST = 30  # customers below whom nobody can be told to are outliers
MOST_OUTLIERS = 0.10
SHARE_BEYOND = 0.1  # of a group; with fewer it is the edge of a larger one

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


def learn_isolation(z: Floats, keys: Keys) -> Isolation:
    """The fence and the dense groups beyond it.

    Args:
        z: (n, n_features), standard deviations from the mean, before weights, jittered; in random order.
        keys: (n,), hashes of the customers.
    """
    fence = learn_fence(z, keys)
    return replace(fence, groups=_groups_beyond(z, is_isolated(z, keys, fence)))


def learn_fence(z: Floats, keys: Keys) -> Isolation:
    """The fence: third quartile plus `FENCE` interquartile ranges of the log distances, at most 10 % beyond it.

    Args:
        z: As for `learn_isolation`.
        keys: As for `learn_isolation`.
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


def _groups_beyond(z: Floats, far: Mask) -> tuple[DenseGroup, ...]:
    """The dense groups of whom many are beyond the fence.

    A small group may have only one or two customers among the `PAIRED` first, so all that are beyond the fence are
    looked at, with those of the others who are nearest to them. Customers of a group are nearer to each other than any
    two customers usually are: in standard deviations, the square root of twice the number of features.
    """
    beyond, others = np.flatnonzero(far)[:PAIRED], np.flatnonzero(~far)
    if not len(beyond):
        return ()
    others = others[np.argsort(nth_nearest(z[others], z[beyond], 1), kind="stable")[:PAIRED]]
    looked = np.concatenate([beyond, others])
    return tuple(
        DenseGroup(tuple(map(tuple, z[looked[places]].tolist())), reach)
        for places, reach in dense_groups(z[looked], most=int(MOST_OUTLIERS * len(z)), link=np.sqrt(2 * z.shape[1]))
        if far[looked[places]].mean() >= SHARE_BEYOND
    )


def is_isolated(z: Floats, keys: Keys, isolation: Isolation) -> Mask:
    """Outliers: the n-th nearest of the sample, oneself not counted, is beyond the fence, and no dense group within reach.

    Args:
        z: (n, n_features), standard deviations from the mean, before weights, jittered.
        keys: (n,), hashes of the customers.
        isolation: The rule.
    """
    known = _among(keys, np.array(isolation.keys, dtype=np.uint64))
    # A row of the reference finds itself first.
    needed = np.where(known, isolation.neighbors + 1, isolation.neighbors).astype(np.int64)
    apart = lacks_neighbors(z, np.array(isolation.reference), needed, isolation.fence)
    for group in isolation.groups:
        far = np.flatnonzero(apart)
        apart[far] = lacks_neighbors(z[far], np.array(group.members), np.ones(len(far), np.int64), group.reach)
    return apart


def _among(keys: Keys, sample: Keys) -> Mask:
    """Which keys are in the sample: only the smallest can be, for the sample has the smallest."""
    found = np.zeros(len(keys), dtype=np.bool_)
    few = np.flatnonzero(keys <= sample.max(initial=0))
    found[few] = np.isin(keys[few], sample)
    return found
