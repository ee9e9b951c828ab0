"""Neighbors, looked at only as far as the question needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_LANES = 8
_f8, _i8 = np.float64, np.int64
LACKS_NEIGHBORS = Kernel("lacks_neighbors", int, int, _f8, int, _f8, _i8, float, np.bool_)
NTH_NEAREST = Kernel("nth_nearest", int, int, _f8, int, _f8, int, _f8, _f8)


def lacks_neighbors(
    z: NDArray[np.float64], reference: NDArray[np.float64], needed: NDArray[np.int64], radius: float
) -> NDArray[np.bool_]:
    """Whether fewer than `needed[i]` reference rows lie within the radius of row i.

    Args:
        z: (n, d).
        reference: (m, d), in random order, so that dense rows are done after a few looks.
        needed: (n,), at least 1.
        radius: Included.

    Cost: O(n m d) at worst, O(n d) times a few looks where most rows have neighbors.
    """
    out, columns = np.empty(len(z), np.bool_), _padded_columns(reference)
    LACKS_NEIGHBORS(z.shape[1], len(z), np.ascontiguousarray(z), columns.shape[1], columns, needed, radius**2, out)
    return out


def nth_nearest(z: NDArray[np.float64], reference: NDArray[np.float64], nth: int) -> NDArray[np.float64]:
    """The distance of every row to its nth nearest among the reference rows.

    Args:
        z: (n, d).
        reference: (m, d).
        nth: From 1 to m.

    Cost: O(n m d).
    """
    out, columns = np.empty(len(z)), _padded_columns(reference)
    NTH_NEAREST(z.shape[1], len(z), np.ascontiguousarray(z), columns.shape[1], columns, nth, np.empty(nth), out)
    return np.sqrt(out)


def _padded_columns(reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows as columns (d, m), filled up with some that are nobody's neighbors."""
    columns = np.full((reference.shape[1], _LANES * -(-len(reference) // _LANES)), np.inf)
    columns[:, : len(reference)] = reference.T
    return columns
