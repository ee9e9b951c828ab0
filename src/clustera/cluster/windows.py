"""Customers counted in windows from one segment to another: where the emptiest place between two centers is.

The way from the first center (-1) to the second (+1) is divided in steps, a quarter beyond either end; a window reaches a quarter of the
way to either side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REACH, STEPS, WINDOW = 1.5, 20, 10
TOTAL = int(2 * REACH * STEPS)
FIRST, LAST = 11, 39  # windows in which a gap is looked for: centered at -.7 to .7

Counts = NDArray[np.int64]


def count_windows(place: NDArray[np.int64], lines: int) -> Counts:
    """Customers in every window of every line: int64 (lines, 51), centered at -1.25 to 1.25.

    Args:
        place: Of each customer on a line: the step, plus `TOTAL` times the number of the line.
        lines: How many there are.

    >>> count_windows(np.array([0, 9, 10, 60]), 2)[:, :2].tolist()
    [[2, 2], [1, 0]]
    """
    steps = np.bincount(place, minlength=TOTAL * lines).reshape(lines, TOTAL)
    summed = np.concatenate([np.zeros((lines, 1), np.int64), steps.cumsum(axis=1)], axis=1)
    return np.asarray(summed[:, WINDOW:] - summed[:, :-WINDOW])


def emptiest_windows(windows: Counts) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each line the emptiest window between the centers, and the fullest on either side that does not touch it.

    >>> [found.tolist() for found in emptiest_windows(np.abs(np.arange(51)[None] - 25))]
    [[25], [0], [50]]
    """
    count = windows.shape[1]
    position = np.arange(count)
    between = windows[:, FIRST : LAST + 1]
    least = between.min(axis=1, keepdims=True)
    # Of nearly equal ones the middle: an empty stretch is judged where it is safest.
    tied = between <= least + 0.5 * np.sqrt(least)
    nth = (tied.sum(axis=1, keepdims=True) + 1) // 2
    middle = FIRST + (tied.cumsum(axis=1) >= nth).argmax(axis=1)
    low = np.where(position <= np.maximum(middle - WINDOW, 0)[:, None], windows, -1).argmax(axis=1)
    reversed_high = np.where(position >= np.minimum(middle + WINDOW, count - 1)[:, None], windows, -1)[:, ::-1]
    return middle, low, count - 1 - reversed_high.argmax(axis=1)


def gap_ratios(
    windows: Counts, middle: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.float64]:
    """For each line the customers in one window beside those in the lower of two others: 0 = none between, near .5 = as many.

    Args:
        windows: (lines, 51), perhaps of other customers than those who chose the windows.
        middle: The window between, as `emptiest_windows` gives it.
        low: That on the side of the first center.
        high: That on the side of the second.
    """
    each = np.arange(len(windows))
    between = windows[each, middle] + 0.25
    return np.asarray(between / (between + np.minimum(windows[each, low], windows[each, high]) + 0.25))
