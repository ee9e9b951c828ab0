"""Points as the kernels want them: float32 columns of whole numbers, centered, padded, and the exact sum of their squares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.errors import InputError

LANES = 64  # rows that the kernels take in one breath
MIN_FEATURES = 3  # the kernels' first step takes three features at once
_FINE = 2.0**14  # steps per unit of spread
_FARTHEST = 1e153  # between two values, so that the sum of the squared distances stays below 1e308


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the whole numbers stand: value = origin + step * number.

    A grid makes sums over rows exact: whole numbers add up in float64 without rounding, in any order. Its step is a
    16,384th of the spread, so that it moves the inertia by less than one part in 10^9.
    """

    origin: NDArray[np.float64]
    step: float

    @classmethod
    def over(
        cls,
        sample: NDArray[Any],
        *,
        n: float,
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
    ) -> Grid:
        """The grid for data of which `sample` is a random part.

        Args:
            sample: (n_sample, n_features), in an order that does not depend on the source's.
            n: Total weight of the rows.
            low: (n_features,), the least value of the data in each feature, by default that of the sample.
            high: The same for the largest value.

        Raises:
            InputError: the values are so far apart that their squared distances overflow.
        """
        values = np.asarray(sample, np.float64)
        low = values.min(axis=0) if low is None else low
        high = values.max(axis=0) if high is None else high
        with np.errstate(over="ignore"):
            origin = np.median(values, axis=0)
        # Quantiles and not the variance: one far row must not blur the others.
        away = np.abs(values - origin)
        spread = float(np.quantile(away, 0.9, axis=0).max())
        if spread == 0:
            spread = float(np.median(away[away > 0])) if away.any() else 1.0
        # From the origin, not from 0: values far from 0 may lie close together.
        reach = reach_of_squares(low, high, origin, n)
        step = max(spread / _FINE, reach * n * 2.0**-52, np.finfo(np.float64).tiny)
        # A power of two divides without rounding.
        return cls(origin, float(2.0 ** np.ceil(np.log2(step))))

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Columns of values (n_features, n) in steps: float32 (max(3, n_features), n), whole as far as float32 can."""
        n_features, n = values.shape
        out = np.zeros((max(MIN_FEATURES, n_features), n), np.float32)
        for d in range(n_features):
            moved = values[d] - self.origin[d]
            moved *= 1.0 / self.step
            np.rint(moved, out=moved)
            out[d] = moved
        return out

    def back(self, centers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Centers in steps (k, features) as centers in the units of the points (k, n_features)."""
        return centers[:, : len(self.origin)] * self.step + self.origin

    def onto(self, centers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Centers in the units of the points as centers in steps, not rounded."""
        k, n_features = centers.shape
        out = np.zeros((k, max(MIN_FEATURES, n_features)))
        out[:, :n_features] = (centers - self.origin) / self.step
        return out


def reach_of_squares(
    low: NDArray[np.float64], high: NDArray[np.float64], origin: NDArray[np.float64], n: float
) -> float:
    """How far the farthest value is from the origin of its feature.

    Raises:
        InputError: so far that the sum of the squared distances of n rows overflows.
    """
    with np.errstate(over="ignore"):
        reach = float(np.maximum(high - origin, origin - low).max())
    if reach > _FARTHEST / np.sqrt(n * len(origin)):
        raise InputError(
            f"Some values are {reach:.1e} away from the median of their feature: too far for squared distances.",
            hint="Scale the features first, for example with scikit-learn's StandardScaler or RobustScaler.",
        )
    return reach


@dataclass(frozen=True, eq=False)
class Columns:
    """Rows ready for the kernels.

    Attributes:
        X: float32 (features, rows), rows padded with zeros to a multiple of 64.
        w: float32 (rows,), 0 for padding.
        n: Number of rows without padding.
    """

    X: NDArray[np.float32]
    w: NDArray[np.float32]
    n: int

    @cached_property
    def square(self) -> float:
        """Weighted sum of the squared norms."""
        return sum(_square(x, self.w) for x in self.X)

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take, without their weights: pieces whose weights are 1 share them."""
        return self.X.nbytes

    @classmethod
    def of(cls, X: NDArray[np.float32], weights: NDArray[Any] | None = None) -> Columns:
        """Pad placed points."""
        features, n = X.shape
        short = -n % LANES
        if short:
            padded = np.zeros((features, n + short), np.float32)
            padded[:, :n] = X
            X = padded
        # The kernels are compiled for C order alone; fancy indexing returns another.
        X = np.ascontiguousarray(X)
        if weights is None:
            return cls(X, _ones(n, short), n)
        w = np.zeros(n + short, np.float32)
        w[:n] = weights
        return cls(X, w, n)

    def first(self, rows: int) -> Columns:
        """The first rows alone."""
        return self if rows >= self.n else Columns.of(self.X[:, :rows], self.w[:rows])


@lru_cache(maxsize=4)
def _ones(n: int, short: int) -> NDArray[np.float32]:
    """Weights of 1, and 0 for padding: pieces of the same size share them, and nobody changes them."""
    return np.concatenate([np.ones(n, np.float32), np.zeros(short, np.float32)])


def _square(x: NDArray[np.float32], w: NDArray[np.float32]) -> float:
    """Weighted sum of squares; whole numbers are added exactly, in two parts of at most 53 bits."""
    squares = np.square(x, dtype=np.float64) * w
    high = np.floor(squares * 2.0**-24)
    return float(high.sum()) * 2.0**24 + float((squares - high * 2.0**24).sum())
