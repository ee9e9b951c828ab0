"""Who the outliers are, and what they would change, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import FeaturePreparation, OutlierEffect, OutlierProfile
from clustera.texts.counts import translate_count
from clustera.texts.numbers import (
    format_count,
    format_number,
    format_share,
    format_value,
    format_with_unit,
    inline_title,
)
from clustera.texts.translation import translate

FEW = 5  # below which a percentage of them says less than their number
COUNTED = 100  # below which they are told by their number
HOLD = 2.0  # times their share of the customers, from which on what they hold is worth a sentence
ALIKE = 0.9  # agreement from which the others count as grouped alike


def outliers_bring(customers: int, share: float, *, since: str) -> str:
    """What share of sales the outliers bring.

    Args:
        customers: How many they are.
        share: Of sales.
        since: Since when those are counted; "" where they are of the last 12 months.

    >>> outliers_bring(29, 0.058, since="January 1, 1997"), outliers_bring(1, 0.2, since="")
    ('29 unusual customers bring 5.8% of sales since January 1, 1997.', '1 unusual customer brings 20% of sales.')
    """
    told = format_share(share)
    if since:
        return translate_count(
            customers,
            "{n} unusual customer brings {share} of sales since {since}.",
            "{n} unusual customers bring {share} of sales since {since}.",
            share=told,
            since=since,
        )
    return translate_count(
        customers,
        "{n} unusual customer brings {share} of sales.",
        "{n} unusual customers bring {share} of sales.",
        share=told,
    )


def outlier_sentence(profile: OutlierProfile, features: Sequence[FeaturePreparation]) -> str:
    """How many customers are outliers, and what sets them apart most often.

    Args:
        profile: What was found.
        features: All features, for titles and units.

    >>> outlier_sentence(OutlierProfile(0, 0.0, (), many=False), ())
    'There are no outliers.'
    """
    if not profile.features:
        return translate("There are no outliers.")
    sentence = _most_often(profile, {feature.name: feature for feature in features})
    if profile.many:
        sentence += " " + translate("That is more than 5%: a small real segment may be among them.")
    return sentence


def _most_often(profile: OutlierProfile, features: dict[str, FeaturePreparation]) -> str:
    found, count, share = profile.features, profile.count, profile.share
    first = found[0]
    named = features[first.feature]

    def said(value: float) -> str:
        return format_with_unit(format_value(value, named), named.unit)

    above = first.above >= first.below
    values = {
        "n": format_count(count),
        "share": format_share(share),
        "feature": inline_title(named.title),
        "often": outlier_part(first.above if above else first.below, count),
        "edge": said(first.high if above else first.low),
        "typical": said(first.typical),
        "others": said(first.others),
    }
    if count == 1:
        sentence = translate(
            "One customer is unlike all others, most of all in {feature}: {typical}; the median of all others is {others}.",
            **values,
        )
    elif count < FEW:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most of all in {feature}: their median is {typical}, that of all others {others}.",
            **values,
        )
    elif above:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most often in {feature}: {often} are above {edge}, as only 5% of all others are. Their median is {typical}, that of all others {others}.",
            **values,
        )
    else:
        sentence = translate(
            "{n} customers ({share}) are unlike all others, most often in {feature}: {often} are below {edge}, as only 5% of all others are. Their median is {typical}, that of all others {others}.",
            **values,
        )
    if count == 1:
        return sentence
    held = max((f for f in found if f.holds is not None), key=lambda f: f.holds or 0.0, default=None)
    if held is not None and held.holds is not None and held.holds >= max(HOLD * share, 0.01):
        title = inline_title(features[held.feature].title)
        sentence += " " + translate(
            "Together they hold {share} of all {feature}.", share=format_share(held.holds), feature=title
        )
    return sentence


def outlier_part(share: float, count: int) -> str:
    """A part of the outliers: their number where they are few, else their share.

    >>> outlier_part(1 / 3, 6), outlier_part(0.25, 800)
    ('2 of these 6 customers', '25% of these customers')
    """
    if count < COUNTED:
        return translate("{n} of these {all} customers", n=format_count(round(share * count)), all=format_count(count))
    return translate("{share} of these customers", share=format_share(share))


def outlier_effect_sentence(effect: OutlierEffect) -> str:
    """What would be chosen if the outliers took part."""
    values = {"k": effect.k_with, "agreement": format_number(effect.agreement, 2)}
    if effect.k_kept and effect.agreement >= ALIKE:
        return translate("With them, {k} segments would group the others alike (agreement {agreement}).", **values)
    if effect.k_kept:
        return translate(
            "With them, {k} segments would have other borders (agreement {agreement} on the others).", **values
        )
    if (effect.k_without, effect.verdict_without) != (effect.k_with, effect.verdict_with):
        return translate(
            "Included in the fit, they would make it {k} segments ({verdict}) instead of {used} ({used_verdict}): look at them before you act.",
            verdict=translate(effect.verdict_with),
            used=effect.k_without,
            used_verdict=translate(effect.verdict_without),
            **values,
        )
    if effect.agreement >= ALIKE:
        return translate(
            "Leaving them out changed little: with them it would be {k} segments as well, and the others would be grouped alike (agreement {agreement}).",
            **values,
        )
    return translate(
        "With them it would be {k} segments as well, but with other borders (agreement {agreement} on the others).",
        **values,
    )
