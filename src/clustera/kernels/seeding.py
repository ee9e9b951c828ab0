"""Greedy k-means++, with a random generator of its own, so that a seed means the same everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_BLOCK = 1024
_f4, _f8, _i8, _u8 = np.float32, np.float64, np.int64, np.uint64
SEED = Kernel("seed", int, int, _f4, _f4, int, int, int, _u8, _f4, _f8, _i8)


def greedy_seeds(
    X: NDArray[np.float32], w: NDArray[np.float32], k: int, trials: int, states: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Greedy k-means++ seeds; the first of them serve every smaller k.

    Args:
        X: (n_features, n_rows), rows a multiple of 64; w: (n_rows,), 0 for padding.
        k: Seeds per draw.
        trials: Candidates per seed, of which the one that lowers the cost most is kept.
        states: (draws,), one random state per draw; changed.

    Returns:
        Row numbers (draws, k).

    Source: Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding; greedy variant of section 5.
        Random numbers: SplitMix64 (Steele, Lea & Flood 2014).
    Cost: O(draws k trials n_rows n_features).
    """
    n_features, n = X.shape
    seeds = np.empty((len(states), k), np.int64)
    closest, potentials = np.empty((1 + trials, n), np.float32), np.empty((1 + trials, -(-n // _BLOCK)))
    SEED(n_features, n, X, w, trials, len(states), k, states, closest, potentials, seeds)
    return seeds
