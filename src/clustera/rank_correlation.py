"""Spearman's correlation of ranks in whole numbers, so that the order of the customers changes no digit."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

REDUNDANT = 0.95  # |correlation| from which two features rank the customers alike


def double_ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Twice the mean ranks, from the smallest value on: whole numbers, whose sums are exact.

    >>> double_ranks(np.array([7.0, 5.0, 7.0])).tolist()
    [5, 2, 5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((2 * count.cumsum() - count + 1)[place], dtype=np.int64)


def rank_correlation(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Spearman's correlation of two columns without missing values; 0 where one of them does not vary.

    Source: Spearman (1904), American Journal of Psychology 15.

    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([3.0, 4.0, 5.0]))
    1.0
    """
    n = len(left)
    if n < 2:
        return 0.0
    one, other = double_ranks(left), double_ranks(right)
    # Python's integers: n times a sum of products of ranks can pass 2^63.
    sum_one, sum_other = int(one.sum()), int(other.sum())
    shared = n * int((one * other).sum()) - sum_one * sum_other
    own_one = n * int((one * one).sum()) - sum_one**2
    own_other = n * int((other * other).sum()) - sum_other**2
    return min(max(shared / math.sqrt(own_one * own_other), -1.0), 1.0) if own_one and own_other else 0.0
