"""Skewed features: straightened where one long tail is to blame, left alone where separate groups are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import stats

STRONG_SKEW = 1.0
LOPSIDED = 0.2  # quantile skewness of the inner nine tenths: without it, only a few far values make the skew
BUMPS = 5  # groups that a feature may show
PLACES = 256  # quantiles that stand for a feature's distribution

Floats = npt.NDArray[np.float64]


def straightening_power(values: Floats) -> float | None:
    """Yeo-Johnson's lambda for a strongly skewed feature; None where it should stay as it is.

    A few customers far from a crowd make a feature skewed as well as a long tail does, but pulling them in would hide
    the very group that is looked for. So the scale is taken on which the feature is best described by few bumps of
    equal width, judged by the Bayesian information criterion: as it is, straightened, or in logarithms.

    Args:
        values: (n,), original units, none missing; discrete values jittered.

    Source: Yeo & Johnson (2000), A new family of power transformations to improve normality or symmetry.

    >>> random = np.random.default_rng(0)
    >>> straightening_power(np.exp(random.normal(3, 1, 500))) is None
    False
    >>> straightening_power(np.concatenate([random.normal(0, 1, 490), random.normal(9, 1, 10)])) is None
    True
    """
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    lopsided = abs(high + low - 2 * middle) > LOPSIDED * (high - low)
    if abs(stats.skew(values)) <= STRONG_SKEW or not lopsided:
        return None
    places = np.quantile(values, (np.arange(PLACES) + 0.5) / PLACES)
    best, least = None, _description(places, len(values))
    for power in (_normalising_power(values), 0.0):
        if power is None:
            continue
        straight = stats.yeojohnson(places, power)
        if not np.isfinite(straight).all() or straight.std() < 1e-9 * max(1.0, abs(straight.mean())):
            continue
        # The logarithm of the derivative makes likelihoods on different scales comparable.
        slope = float(np.mean((power - 1) * np.sign(places) * np.log1p(np.abs(places))))
        length = _description(straight, len(values)) - 2 * len(values) * slope
        if length < least:
            best, least = power, length
    return best


def _normalising_power(values: Floats) -> float | None:
    """The power that makes the values most normal."""
    # Values far from 1 leave the search for lambda on a plateau; a flat answer is no help.
    try:
        return float(stats.yeojohnson_normmax(values))
    except (ValueError, RuntimeError, FloatingPointError, OverflowError):
        return None


def _description(places: Floats, n: int) -> float:
    """Bayesian information criterion of the best mixture of up to `BUMPS` normal bumps of equal width."""
    scale = float(places.std())
    if scale == 0:
        return np.inf
    z = (places - places.mean()) / scale
    found = (-2 * n * _likelihood(z, bumps) + 2 * bumps * np.log(n) for bumps in range(1, BUMPS + 1))
    return float(min(found) + 2 * n * np.log(scale))


def _likelihood(z: Floats, bumps: int) -> float:
    """Mean log likelihood of a mixture of normal bumps of equal width, by expectation-maximisation."""
    low, high = np.quantile(z, [0.02, 0.98])
    centres = np.linspace(low, high, bumps) if bumps > 1 else np.zeros(1)
    shares, variance = np.full(bumps, 1 / bumps), float(z.var()) / bumps**2
    history = [-np.inf]
    for _ in range(60):
        logs = np.log(shares) - 0.5 * np.log(2 * np.pi * variance) - np.square(z[:, None] - centres) / (2 * variance)
        total = np.logaddexp.reduce(logs, axis=1)
        history.append(float(total.mean()))
        if all(after - before < 1e-5 for before, after in pairwise(history[-2:])):
            break
        belongs = np.exp(logs - total[:, None])
        size = belongs.sum(axis=0) + 1e-12
        centres, shares = belongs.T @ z / size, size / size.sum()
        # A floor: a bump on one repeated value would describe it infinitely well.
        variance = max(float((belongs * np.square(z[:, None] - centres)).mean(axis=0).sum()), 1e-4)
    return history[-1]


def inverse_yeo_johnson(values: Floats, power: float) -> Floats:
    """Undo `scipy.stats.yeojohnson`; values outside its range stop at its end.

    Source: Yeo & Johnson (2000), Biometrika 87(4).

    >>> inverse_yeo_johnson(stats.yeojohnson(np.array([-3.0, 0.0, 8.0]), 0.25), 0.25).round(9).tolist()
    [-3.0, 0.0, 8.0]
    """
    result = np.empty_like(values)
    up = values >= 0
    with np.errstate(over="ignore"):
        if abs(power) < 1e-12:
            result[up] = np.expm1(values[up])
        else:
            result[up] = np.expm1(np.log1p(np.maximum(power * values[up], 1e-12 - 1)) / power)
        if abs(power - 2) < 1e-12:
            result[~up] = -np.expm1(-values[~up])
        else:
            result[~up] = -np.expm1(np.log1p(np.maximum(-(2 - power) * values[~up], 1e-12 - 1)) / (2 - power))
    return result
