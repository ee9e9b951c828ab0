"""Counting neighbours, only as far as the question needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_f8, _i8 = np.float64, np.int64
LACKS_NEIGHBOURS = Kernel("lacks_neighbours", int, int, _f8, int, _f8, _i8, float, np.bool_)


def lacks_neighbours(
    z: NDArray[np.float64], reference: NDArray[np.float64], needed: NDArray[np.int64], radius: float
) -> NDArray[np.bool_]:
    """Whether fewer than `needed[i]` reference rows lie within the radius of row i.

    Args:
        z: (n, d).
        reference: (m, d), in random order, so that dense rows are done after a few looks.
        needed: (n,), at least 1.
        radius: Included.

    Cost: O(n m d) at worst, O(n d) times a few looks where most rows have neighbours.
    """
    out = np.empty(len(z), np.bool_)
    LACKS_NEIGHBOURS(z.shape[1], len(z), z, len(reference), reference, needed, radius**2, out)
    return out
