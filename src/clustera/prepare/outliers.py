"""Outliers from all others: errors of measurement, or the best customers?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from clustera.records import FeaturePreparation, OutlierFeature, OutlierProfile

MANY = 0.05


def describe_outliers(
    values: npt.NDArray[np.float64],
    outlier: npt.NDArray[np.bool_],
    features: Sequence[FeaturePreparation],
    *,
    additive: Collection[str] = (),
    count: int | None = None,
    customers: int | None = None,
) -> OutlierProfile:
    """What is typical of those who are outliers, held against the others.

    Args:
        values: (n, n_features), original units, NaN where missing.
        outlier: (n,), who the outliers are.
        features: The features, in order.
        additive: Names of the features whose total means something, such as spend.
        count: How many are outliers, where `values` are only some of the customers.
        customers: How many there are, likewise.

    Returns:
        Count and share, and each feature with its medians and how often it lies outside the middle 90 % of the others;
        an empty `features` when there are no outliers or nobody is left.
    """
    n = len(outlier)
    seen = int(outlier.sum())
    count = seen if count is None else count
    share = count / (customers or n or 1)
    if not seen or seen == n:
        return OutlierProfile(count, share, (), share > MANY)
    found = [
        _feature(values[:, j], outlier, feature, share, adds=feature.name in additive)
        for j, feature in enumerate(features)
    ]
    order = np.argsort([-(feature.below + feature.above) for feature in found], kind="stable")
    return OutlierProfile(count, share, tuple(found[j] for j in order), share > MANY)


def _feature(
    values: npt.NDArray[np.float64],
    outlier: npt.NDArray[np.bool_],
    feature: FeaturePreparation,
    share: float,
    *,
    adds: bool,
) -> OutlierFeature:
    known = np.where(np.isnan(values), feature.fill, values)
    apart, others = known[outlier], known[~outlier]
    theirs = share * float(apart.mean())
    total = theirs + (1 - share) * float(others.mean())
    low, high = (float(q) for q in np.quantile(others, [0.05, 0.95]))
    return OutlierFeature(
        feature=feature.name,
        typical=float(np.median(apart)),
        others=float(np.median(others)),
        low=low,
        high=high,
        below=float((apart < low).mean()),
        above=float((apart > high).mean()),
        holds=theirs / total if adds and known.min() >= 0 and total > 0 else None,
    )
