"""Who stands for whom: the assignment of least cost.

SciPy has it too, but takes longer to load than everything else that a run needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_f8, _i8 = np.float64, np.int64
MATCH = Kernel("match", int, _f8, _i8, _f8, _f8, _f8, _i8, _i8, np.bool_)


def match_pairs(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The column of each row, so that the chosen costs sum to the least.

    Args:
        cost: (k, k), finite.

    Cost: O(k^3).
    Source: Kuhn (1955), The Hungarian method for the assignment problem; Jonker & Volgenant (1987), A shortest augmenting
        path algorithm for dense and sparse linear assignment problems.

    >>> match_pairs(np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])).tolist()
    [1, 0, 2]
    """
    k = len(cost)
    chosen, owner, before = np.empty(k, np.int64), np.empty(k + 1, np.int64), np.empty(k + 1, np.int64)
    prices = np.empty(k), np.empty(k + 1), np.empty(k + 1)
    MATCH(k, np.ascontiguousarray(cost), chosen, *prices, owner, before, np.empty(k + 1, np.bool_))
    return chosen
