"""Descent by single rows, for few rows: a row changes its segment as soon as that lowers the inertia.

Lloyd's iterations stop where no row is nearer to another center; many of these places are poor when rows are few.
Here a row also counts what its leaving and coming does to both means, which rules most of them out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_LANES = 8
_f4, _f8, _i8, _u1 = np.float32, np.float64, np.int64, np.uint8
SINGLE_MOVES = Kernel("single_moves", int, int, _f8, _f4, int, _i8, int, _u1, int, _f8, int, int, _f8)


def single_moves(
    rows: NDArray[np.float64],
    w: NDArray[np.float32],
    offsets: NDArray[np.int64],
    labels: NDArray[np.uint8],
    sums: NDArray[np.float64],
    passes: int,
) -> None:
    """Bring every set of segments to where no single row can better it.

    Args:
        rows: (n_rows, n_features); w: (n_rows,), above 0.
        offsets: (sets + 1,), where each set begins in `sums`.
        labels: (sets, n_rows or more), changed.
        sums: (total, n_features + 1 or more), weighted sums of the labeled rows and, last, weights; changed.
        passes: Over the rows at most.

    Cost: O(n_rows n_features) per segment and pass; as a rule 5 to 15 passes.
    Source: Hartigan (1975), Clustering Algorithms, chapter 4; Telgarsky & Vattani (2010), Hartigan's method: k-means
        clustering without Voronoi.
    """
    n, n_features = rows.shape
    most = _LANES * -(-int(np.diff(offsets).max()) // _LANES)
    scratch = np.empty((n_features + 3) * most)
    sets = len(labels), offsets, labels.shape[1], labels
    SINGLE_MOVES(n_features, n, rows, w, *sets, sums.shape[1], sums, passes, most, scratch)
