"""Who stands apart from all others: errors of measurement, or the best customers?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clustera.records import FeaturePreparation, OutlierFeature, OutlierProfile

MANY = 0.05


def describe_outliers(
    values: npt.NDArray[np.float64], outlier: npt.NDArray[np.bool_], features: Sequence[FeaturePreparation]
) -> OutlierProfile:
    """What is typical of those who stand apart, held against the others.

    Args:
        values: (n, n_features), original units, NaN where missing.
        outlier: (n,), who stands apart.
        features: The features, in order.

    Returns:
        Count and share, each feature with its medians and how often it lies outside the middle 90 % of the others, and
        a sentence; an empty `features` when nobody stands apart or nobody is left.
    """
    count = int(outlier.sum())
    share = count / len(outlier) if len(outlier) else 0.0
    if not count or count == len(outlier):
        return OutlierProfile(count, share, (), share > MANY, "Nobody stands apart from all others.")
    found = [_feature(values[:, j], outlier, feature) for j, feature in enumerate(features)]
    order = np.argsort([-(feature.below + feature.above) for feature in found], kind="stable")
    labels = {feature.name: feature for feature in features}
    sorted_features = tuple(found[j] for j in order)
    first = sorted_features[0]
    named = labels[first.feature]
    unit = f" {named.unit}" if named.unit else ""
    decimals = named.decimals
    side, often = ("above", first.above) if first.above >= first.below else ("below", first.below)
    edge = first.high if side == "above" else first.low
    sentence = (
        f"{count:,} customers ({share:.1%}) stand apart from all others; most often by {named.title}: {often:.0%} of them lie {side} "
        f"{edge:,.{decimals}f}{unit}, where 5 % of the others do (typical: {first.typical:,.{decimals}f}{unit} against {first.others:,.{decimals}f}{unit})."
    )
    if share > MANY:
        sentence += " That is more than 5 %: a small real segment may be among them."
    return OutlierProfile(count, share, sorted_features, share > MANY, sentence)


def _feature(
    values: npt.NDArray[np.float64], outlier: npt.NDArray[np.bool_], feature: FeaturePreparation
) -> OutlierFeature:
    known = np.where(np.isnan(values), feature.fill, values)
    apart, others = known[outlier], known[~outlier]
    low, high = (float(q) for q in np.quantile(others, [0.05, 0.95]))
    return OutlierFeature(
        feature=feature.name,
        typical=float(np.median(apart)),
        others=float(np.median(others)),
        low=low,
        high=high,
        below=float((apart < low).mean()),
        above=float((apart > high).mean()),
    )
