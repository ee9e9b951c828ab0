"""Columns whose values come in steps: counts, rounded answers, and any monotone function of such.

Equal values pile up, and between two piles stands nobody: to a judgment of gaps every step would be a border.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SURE, SHARE = 30, 0.8  # distinct values up to which a column has steps: always, and of the rows
HOLE = 2.5  # a gap so many times as wide as those around it is a hole in the data, not a step


def spread_steps(points: NDArray[Any], sample: NDArray[Any], *, seed: int = 0) -> NDArray[np.float64]:
    """Points with values that come in steps spread evenly over their own step.

    Steps may differ along a column (those of log(1 + count) shrink): a value is spread half way to the next one on
    either side, in a hole no farther than the steps around it. Columns without steps stay as they are.

    Args:
        points: (n_points, n_features), finite, in an order that does not depend on the table's.
        sample: (n_sample, n_features), of which `points` are a part: what the steps are learned from.
        seed: Of the spreading.

    >>> rows = np.repeat([[0.0], [1.0], [2.0]], 20, axis=0)
    >>> spread = spread_steps(rows, rows)
    >>> bool(np.abs(spread - rows).max() <= 0.5), len(np.unique(spread))
    (True, 60)
    """
    random = np.random.default_rng(seed)
    spread = np.asarray(points, np.float64).copy()
    for j, column in enumerate(np.asarray(sample, np.float64).T):
        chance = random.random(len(spread)) - 0.5  # drawn for every column: one of them must not change the others
        values = np.unique(column)
        if 2 < len(values) <= max(SURE, SHARE * len(column)):
            width = _widths(values)
            place = np.searchsorted(values, spread[:, j])
            spread[:, j] += chance * np.where(chance < 0, width[place], width[place + 1])
    return spread


def _widths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps below each value and above the last one: (n_values + 1,), holes narrowed to the steps around them."""
    gaps = np.diff(values)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(gaps, 2, constant_values=np.nan), 5)
    gaps = np.minimum(gaps, HOLE * np.nanmedian(around, axis=1))
    return np.concatenate([gaps[:1], gaps, gaps[-1:]])
