"""The power transformation that features are brought into before they are compared, and its inverse.

One definition for fitting, assigning, showing and exporting.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FAR = 1e9  # standard deviations at which coordinates stop: what single precision can still square and add up
EPS = float(np.finfo(np.float64).eps)  # a power this near to 0 (or to 2, below 0) is the logarithm


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
    if abs(power) < 1e-12:
        return np.asarray(np.expm1(y))
    return np.asarray(np.expm1(np.log1p(np.maximum(power * y, 1e-12 - 1)) / power))
