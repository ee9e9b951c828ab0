"""The power transformation that features are brought into before they are compared, and its inverse.

One definition for fitting, assigning, showing and exporting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FAR = 1e9  # standard deviations at which coordinates stop: what single precision can still square and add up
EPS = float(np.finfo(np.float64).eps)  # a power this near to 0 (or to 2, below 0) is the logarithm
_NO_POWER = 1e-12  # the same for the way back


def yeo_johnson(values: npt.ArrayLike, power: float | None) -> Floats:
    """Yeo-Johnson's transformation; the same numbers as `scipy.stats.yeojohnson`, which takes long to load.

    Args:
        values: Any shape, original units; NaN stays NaN.
        power: Lambda; None leaves the values as they are.

    Returns:
        A new array of the same shape.

    Source: Yeo & Johnson (2000), Biometrika 87(4).

    >>> yeo_johnson([-3.0, 0.0, 3.0], 1.0).round(12).tolist(), yeo_johnson([0.0, 3.0], 0.0).round(3).tolist()
    ([-3.0, 0.0, 3.0], [0.0, 1.386])
    """
    x = np.asarray(values, dtype=np.float64)
    if power is None:
        return x.copy()
    down = x < 0
    if not down.any():
        return _powered(x, power, exact=abs(power) < EPS)
    result = np.empty_like(x)
    mirror = 2 - power
    result[~down] = _powered(x[~down], power, exact=abs(power) < EPS)
    result[down] = -_powered(-x[down], mirror, exact=abs(mirror) <= EPS)
    return result


def _powered(x: Floats, power: float, *, exact: bool) -> Floats:
    """((1 + x) ** power - 1) / power of values from 0 on; the logarithm where the power is 0."""
    logs = np.log1p(x, out=np.empty_like(x))
    if exact:
        return logs
    logs *= power
    np.expm1(logs, out=logs)
    logs /= power
    return logs


def inverse_yeo_johnson(values: npt.ArrayLike, power: float | None) -> Floats:
    """Undo `yeo_johnson`; values outside its range stop at its end.

    Args:
        values: Any shape, transformed.
        power: Lambda; None leaves the values as they are.

    Returns:
        A new array of the same shape, original units.

    Source: Yeo & Johnson (2000), Biometrika 87(4).

    >>> inverse_yeo_johnson(yeo_johnson([-3.0, 0.0, 8.0], 0.25), 0.25).round(9).tolist()
    [-3.0, 0.0, 8.0]
    """
    y = np.asarray(values, dtype=np.float64)
    if power is None:
        return y.copy()
    up = ~(y < 0)
    with np.errstate(over="ignore"):
        if up.all():
            return _unpowered(y, power)
        result = np.empty_like(y)
        result[up] = _unpowered(y[up], power)
        result[~up] = -_unpowered(-y[~up], 2 - power)
    return result


def _unpowered(y: Floats, power: float) -> Floats:
    """Undo `_powered` of values from 0 on."""
    if abs(power) < _NO_POWER:
        return np.asarray(np.expm1(y))
    return np.asarray(np.expm1(np.log1p(np.maximum(power * y, _NO_POWER - 1)) / power))


class Powers:
    """`yeo_johnson` of single rows, all columns at once: the same numbers, without a call for each column.

    Args:
        powers: Of the columns; None leaves a column as it is.

    >>> powers = Powers([None, 0.0, 1.0, 0.25])
    >>> powers.forward(np.array([5.0, 3.0, -3.0, 8.0])).round(3).tolist()
    [5.0, 1.386, -3.0, 2.928]
    >>> powers.inverse(powers.forward(np.array([5.0, 3.0, -3.0, 8.0]))).round(9).tolist()
    [5.0, 3.0, -3.0, 8.0]
    """

    def __init__(self, powers: Sequence[float | None]) -> None:
        self._kept = np.array([power is None for power in powers], dtype=bool)
        self._any_kept = bool(self._kept.any())
        up = np.array([1.0 if power is None else power for power in powers], dtype=np.float64)
        down = 2 - up
        self._forward = _Sides(up, np.abs(up) < EPS, down, np.abs(down) <= EPS)
        self._inverse = _Sides(up, np.abs(up) < _NO_POWER, down, np.abs(down) < _NO_POWER)

    def forward(self, values: Floats) -> Floats:
        """Transform values (..., n_columns) in original units; NaN stays NaN."""
        below = values < 0
        power, exact = self._forward.of(below)
        logs = np.log1p(np.abs(values))
        with np.errstate(over="ignore"):
            found = np.expm1(logs * power) / power
        return self._signed(found if exact is None else np.where(exact, logs, found), below, values)

    def inverse(self, values: Floats) -> Floats:
        """Undo `forward`; values outside its range stop at its end."""
        below = values < 0
        power, exact = self._inverse.of(below)
        size = np.abs(values)
        with np.errstate(over="ignore"):
            found = np.expm1(np.log1p(np.maximum(power * size, _NO_POWER - 1)) / power)
            if exact is not None:
                found = np.where(exact, np.expm1(size), found)
        return self._signed(found, below, values)

    def _signed(self, found: Floats, below: npt.NDArray[np.bool_], values: Floats) -> Floats:
        signed = np.where(below, -found, found)
        return np.where(self._kept, values, signed) if self._any_kept else signed


class _Sides:
    """By column: the powers of values from 0 on and of those below, and where the transformation is the logarithm."""

    def __init__(self, up: Floats, up_exact: npt.NDArray[Any], down: Floats, down_exact: npt.NDArray[Any]) -> None:
        self._up, self._down = np.where(up_exact, 1.0, up), np.where(down_exact, 1.0, down)
        self._up_exact, self._down_exact = up_exact, down_exact
        self._any_exact = bool(up_exact.any() or down_exact.any())

    def of(self, below: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.bool_] | None]:
        power = np.where(below, self._down, self._up)
        return power, np.where(below, self._down_exact, self._up_exact) if self._any_exact else None
