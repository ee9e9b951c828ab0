"""Lloyd's iteration over float32 rows, for many sets of centers at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

BLOCK = 512
UNASSIGNED = 255  # label of a row that no scan has seen yet; so at most 255 centers in a set
_f4, _f8, _i8, _u1 = np.float32, np.float64, np.int64, np.uint8
ITERATE = Kernel(
    *("iterate", int, int, _f4, _f4, _f8, _f4, _f4, _i8, int, _i8, _u1, int, _f8, _f4, float, int, _i8), returns=int
)


def sums_width(n_features: int) -> int:
    """Columns of `sums`: features and a weight, rounded up to whole fours."""
    return 4 * (n_features // 4 + 1)


def lloyd_iteration(
    X: NDArray[np.float32],
    w: NDArray[np.float32],
    C: NDArray[np.float64],
    minus: NDArray[np.float32],
    half: NDArray[np.float32],
    offsets: NDArray[np.int64],
    which: NDArray[np.int64],
    labels: NDArray[np.uint8],
    sums: NDArray[np.float64],
    *,
    enough: float = 0.0,
    rounds: int = 0,
) -> tuple[int, int]:
    """Assign all rows to some sets of centers, bring the sums up to date and move the centers to their means.

    Again and again, each set until it hardly moves.

    Args:
        X: (n_features, n_rows), at least 3 features, rows a multiple of 64.
        w: (n_rows,), 0 for padding.
        C: (total, n_features), the centers of all sets, one set after the other. Changed, as are minus and half.
        minus: (total, n_features), the centers, negated.
        half: (total,), half the squared norm of each center.
        offsets: (sets + 1,), where each set begins among the centers.
        which: The sets that take part; those that go on come to its front.
        labels: (sets, n_rows), as the last scan left them, or a whole set `UNASSIGNED`; rewritten. The lower label on a tie.
        sums: (total, width), weighted sums of the features, zeros, and, last, weights; changed.
        enough: A set is left where the sum of its squared steps is no more.
        rounds: At most; 0 assigns the rows once and moves nothing.

    Returns:
        How many rounds are done, and how many sets go on. Where a center has no rows left the round is left before its
        move: somebody must fill the center, and move.

    Cost: O(n_rows n_features) per center and round, and per set O(n_features) for every row that changed its label.
    """
    (n_features, n), columns = X.shape, sums.shape[1]
    flat = np.zeros((BLOCK, columns), np.float32)
    flat[:, -1] = 1
    going = np.empty(1, np.int64)
    state = C, minus, half, offsets, len(which), which, labels, columns, sums
    return ITERATE(n_features, n, X, w, *state, flat, enough, rounds, going), int(going[0])
