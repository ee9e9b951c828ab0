"""Skewed features: straightened where one long tail is to blame, left alone where separate groups are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from clustera.transform import yeo_johnson

STRONG_SKEW = 1.0
LOPSIDED = 0.2  # quantile skewness of the inner nine tenths: without it, only a few far values make the skew
BUMPS = 8  # groups that a feature may show
NARROWEST = 1e-8  # variance of a bump, for 1 of all values: one on a repeated value would describe it infinitely well
MOST_POWER = 1e100  # its square is still a number; only values below 1e-98 could need a larger one
PRESSED = 0.9  # what a ratio far out in the tail counts at least, where one in the middle counts 1
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
    if abs(skewness(values)) <= STRONG_SKEW or not lopsided:
        return None
    places = np.quantile(values, (np.arange(PLACES) + 0.5) / PLACES)
    best, least = None, _description(places, len(values))
    normal = _normalising_power(values)
    # Of values below zero the power 0 is a square, and would throw who only gave goods back far away.
    logarithm = 0.0 if values.min() > -1 else None
    for power in (None if normal is None else _gentle(normal, values), logarithm):
        if power is None:
            continue
        straight = yeo_johnson(places, power)
        if not np.isfinite(straight).all() or straight.std() < 1e-9 * max(1.0, abs(straight.mean())):
            continue
        # The logarithm of the derivative makes likelihoods on different scales comparable.
        slope = float(np.mean((power - 1) * np.sign(places) * np.log1p(np.abs(places))))
        length = _description(straight, len(values)) - 2 * len(values) * slope
        if length < least:
            best, least = power, length
    return best


def _normalising_power(values: Floats) -> float | None:
    """The power that makes the values most normal, by maximum likelihood."""
    if not np.isfinite(values).all():
        return None
    slope = float(np.sum(np.sign(values) * np.log1p(np.abs(values))))

    def unlikely(power: float) -> float:
        variance = float(np.var(yeo_johnson(values, power)))
        if variance < np.finfo(np.float64).smallest_normal:
            return np.inf
        return len(values) / 2 * float(np.log(variance)) - (power - 1) * slope

    # Bounds within which a value twenty times the largest neither overflows nor loses its variance.
    reach, eps = float(np.log1p(20 * np.max(np.abs(values)))), np.log(np.finfo(np.float64).eps)
    low = (np.log(np.finfo(np.float64).tiny) - eps) / 2 / reach
    high = (np.log(np.finfo(np.float64).max) + eps) / 2 / reach
    low, high = max(low, -MOST_POWER), min(high, MOST_POWER)
    if (values < 0).all():
        low, high = 2 - high, 2 - low
    elif (values < 0).any():
        low, high = max(2 - high, low), min(2 - low, high)
    from scipy.optimize import fminbound

    # Values far from 1 leave the search for lambda on a plateau; a flat answer is no help.
    try:
        with np.errstate(invalid="ignore"):  # two powers without variance: infinity less infinity
            return float(fminbound(unlikely, low, high, xtol=1.48e-08))
    except (ValueError, RuntimeError, FloatingPointError, OverflowError):
        return None


def _gentle(power: float, values: Floats) -> float:
    """The power, or the nearest one that presses the tail hardly more than the logarithm does.

    Where most customers share one value, the most normal distribution is two points: theirs, and one into which all others
    are pressed, with a gap between that nobody's values have.
    """
    if (values < 0).all():
        return 2 - _gentle(2 - power, -values)
    some = values[values > 0]
    if len(some) < 2:
        return power
    middle, far = np.quantile(some, [0.5, 0.975])
    room = float(np.log1p(far) - np.log1p(middle))
    if room <= 0:
        return power
    return max(power, 1 - float(np.log(far / middle / PRESSED)) / room)


def _description(places: Floats, n: int) -> float:
    """Bayesian information criterion of the best mixture of up to `BUMPS` normal bumps of equal width."""
    scale = float(places.std())
    if scale == 0:
        return np.inf
    z = (places - places.mean()) / scale
    found = list[float]()
    for starts in _best_value_cuts(z):
        found.append(-2 * n * _likelihood(z, starts) + 2 * len(starts) * np.log(n))
        if len(found) - int(np.argmin(found)) > 2:  # two bumps more have not helped
            break
    return float(min(found) + 2 * n * np.log(scale))


def _best_value_cuts(z: Floats) -> list[npt.NDArray[np.intp]]:
    """Where rising values are best cut into 1 to `BUMPS` parts: for each number where its parts begin.

    Exact, so that groups are found however far apart they lie: the sum of squares within the parts is the least there is.

    Source: Fisher (1958), On grouping for maximum homogeneity.
    """
    count, total, squares = np.arange(len(z) + 1), np.append(0.0, z.cumsum()), np.append(0.0, np.square(z).cumsum())
    size = count - count[:, None]
    within = squares - squares[:, None] - np.square(total - total[:, None]) / np.maximum(size, 1)
    within[size <= 0] = np.inf
    least, last = within[0], list[npt.NDArray[np.intp]]()
    cuts = [np.zeros(1, np.intp)]
    for _ in range(1, BUMPS):
        every = least[:, None] + within
        last.append(every.argmin(axis=0))
        least = every[last[-1], count]
        begins, end = list[int](), len(z)
        for before in reversed(last):
            end = int(before[end])
            begins.append(end)
        cuts.append(np.array([0, *reversed(begins)], np.intp))
    return cuts


def _likelihood(z: Floats, starts: npt.NDArray[np.intp]) -> float:
    """Mean log likelihood of a mixture of normal bumps of equal width, by expectation-maximization.

    Args:
        z: Rising values.
        starts: Where the part of each bump begins at first.
    """
    shares = np.diff(starts, append=len(z)) / len(z)
    centers = np.add.reduceat(z, starts) / (shares * len(z))
    variance = max(float(np.square(z - np.repeat(centers, np.diff(starts, append=len(z)))).mean()), NARROWEST)
    history = [-np.inf]
    for _ in range(60):
        logs = np.log(shares) - 0.5 * np.log(2 * np.pi * variance) - np.square(z[:, None] - centers) / (2 * variance)
        total = np.logaddexp.reduce(logs, axis=1)
        history.append(float(total.mean()))
        if all(after - before < 1e-5 for before, after in pairwise(history[-2:])):
            break
        belongs = np.exp(logs - total[:, None])
        size = belongs.sum(axis=0) + 1e-12
        centers, shares = belongs.T @ z / size, size / size.sum()
        variance = max(float((belongs * np.square(z[:, None] - centers)).mean(axis=0).sum()), NARROWEST)
    return history[-1]


def skewness(values: Floats) -> float:
    """Third central moment over the 1.5th power of the second; `nan` for values that do not vary.

    >>> skewness(np.array([0.0, 0.0, 0.0, 4.0])).__round__(6)
    1.154701
    """
    mean = values.mean()
    away = values - mean
    # In units of a power of two, which changes no digit: cubes of very small or very large values would be 0 or infinite.
    _, power = np.frexp(np.abs(away).max())
    away = np.ldexp(away, -power)
    square = np.square(away)
    variance = square.mean()
    if variance <= (np.finfo(np.float64).eps * np.ldexp(mean, -power)) ** 2:
        return float("nan")
    return float((square * away).mean() / variance**1.5)
