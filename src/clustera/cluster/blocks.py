"""Points that need not fit into memory: blocks of rows that can be gone through again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

CHUNK = 65_536  # rows that are worked on at a time: they fit the processor's cache


@runtime_checkable
class Blocks(Protocol):
    """Rows in blocks. Every pass must bring the same rows, in any order and any cut.

    Attributes:
        n_rows: Number of rows.
        n_features: Number of features.
    """

    @property
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    def n_features(self) -> int:
        """Number of features."""

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Blocks float32 or float64 (n_some, n_features)."""


Points = NDArray[Any] | Blocks


def row_chunks(points: Points) -> Iterator[NDArray[Any]]:
    """The rows in pieces of at most `CHUNK`."""
    for block in [points] if isinstance(points, np.ndarray) else points:
        for start in range(0, len(block), CHUNK):
            yield block[start : start + CHUNK]


def block_shape(points: Points) -> tuple[int, int]:
    """Number of rows and of features."""
    if isinstance(points, np.ndarray):
        return points.shape[0], points.shape[1]
    return points.n_rows, points.n_features
