"""Outliers from all others: errors of measurement, or the best customers?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from clustera import texts
from clustera.records import FeaturePreparation, OutlierFeature, OutlierProfile
from clustera.texts import translate

MANY = 0.05
FEW = 5  # below which a percentage of them says less than their number
HOLD = 2.0  # times their share of the customers, from which on what they hold is worth a sentence


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
        Count and share, each feature with its medians and how often it lies outside the middle 90 % of the others, and
        a sentence; an empty `features` when there are no outliers or nobody is left.
    """
    n = len(outlier)
    seen = int(outlier.sum())
    count = seen if count is None else count
    share = count / (customers or n or 1)
    if not seen or seen == n:
        return OutlierProfile(count, share, (), share > MANY, translate("There are no outliers."))
    found = [
        _feature(values[:, j], outlier, feature, share, adds=feature.name in additive)
        for j, feature in enumerate(features)
    ]
    order = np.argsort([-(feature.below + feature.above) for feature in found], kind="stable")
    sorted_features = tuple(found[j] for j in order)
    sentence = _outlier_sentence(sorted_features, {feature.name: feature for feature in features}, count, share)
    if share > MANY:
        sentence += " " + translate("That is more than 5%: a small real segment may be among them.")
    return OutlierProfile(count, share, sorted_features, share > MANY, sentence)


def _outlier_sentence(
    found: Sequence[OutlierFeature], features: Mapping[str, FeaturePreparation], count: int, share: float
) -> str:
    first = found[0]
    named = features[first.feature]

    def said(value: float) -> str:
        return texts.format_with_unit(texts.format_value(value, named), named.unit)

    above = first.above >= first.below
    values = {
        "n": texts.format_count(count),
        "share": texts.format_share(share),
        "feature": texts.inline_title(named.title),
        "often": texts.format_share(first.above if above else first.below),
        "edge": said(first.high if above else first.low),
        "typical": said(first.typical),
        "others": said(first.others),
    }
    if count == 1:
        sentence = translate(
            "One customer is unlike all others, most by {feature}: {typical}, against a typical {others}.",
            **values,
        )
    elif count < FEW:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most by {feature}: typical is {typical}, against {others} for the others.",
            **values,
        )
    elif above:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most often by {feature}: {often} of them lie above {edge}, where only 5% of the others do; typical is {typical}, against {others} for the others.",
            **values,
        )
    else:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most often by {feature}: {often} of them lie below {edge}, where only 5% of the others do; typical is {typical}, against {others} for the others.",
            **values,
        )
    if count == 1:
        return sentence
    held = max((f for f in found if f.holds is not None), key=lambda f: f.holds or 0.0, default=None)
    if held is not None and held.holds is not None and held.holds >= max(HOLD * share, 0.01):
        title = texts.inline_title(features[held.feature].title)
        sentence += " " + translate(
            "Together they hold {share} of all {feature}.", share=texts.format_share(held.holds), feature=title
        )
    return sentence


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
