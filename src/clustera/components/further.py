"""The Sensitivity analysis in plain words: other seeds, other methods, fewer features, outliers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clustera import texts
from clustera.records import Examination, FeaturePreparation, Outcome, OutlierFeature, OutlierProfile, SegmentProfile
from clustera.texts import translate

ALIKE = 0.9  # agreement from which two drawings are told as the same
SIMILAR = 0.7
MAJORITY = 0.5  # share of the outliers beyond which they are told as lying on one side


class FoundAgain(NamedTuple):
    """One segment and how much of it other drawings find again: the seeds, then each method."""

    segment: SegmentProfile
    overlaps: tuple[float, ...]


class FeatureWeight(NamedTuple):
    """What one feature does to the segments, and how well it follows from the others."""

    label: str
    agreement: float
    lost: str  # names of the segments that are not found again without it
    follows: float
    sources: str  # titles of the features it follows from, where it is a score of them


def segments_found_again(outcome: Outcome) -> list[FoundAgain]:
    """Every segment with its overlaps, in the order of the report."""
    examination = outcome.examination
    if examination is None:
        return []
    # Overlaps stand in the order of the centers, segments in an order of their own.
    place = {segment: i for i, segment in enumerate(outcome.model.segments)}
    columns = (examination.seeds.segments, *(method.segments for method in examination.methods))
    return [
        FoundAgain(segment, tuple(column[place[segment.segment]] for column in columns)) for segment in outcome.segments
    ]


def feature_weights(outcome: Outcome) -> list[FeatureWeight]:
    """Every feature, the one that matters most first."""
    examination = outcome.examination
    if examination is None:
        return []
    features = {feature.name: feature for feature in outcome.preparation.features}
    names = {segment.segment: segment.name for segment in outcome.segments}
    leaks = {leak.feature: leak for leak in examination.leaks}
    rows = []
    for effect in examination.features:
        leak = leaks.get(effect.feature)
        sources = [features[source].title for source in leak.sources] if leak and leak.leaks else []
        lost = [names[outcome.model.segments[i]] for i in effect.lost]
        rows.append(
            FeatureWeight(
                features[effect.feature].label,
                effect.agreement,
                ", ".join(lost),
                leak.r2 if leak else float("nan"),
                texts.join_words(sources),
            )
        )
    return rows


def other_seeds(examination: Examination) -> str:
    """Whether another seed would have drawn the same."""
    values = {
        "n": texts.format_number(examination.seeds.seeds),
        "mean": texts.format_number(examination.seeds.mean, 2),
        "worst": texts.format_number(examination.seeds.worst, 2),
    }
    if examination.seeds.worst >= ALIKE:
        return translate(
            "Yes: {n} other seeds draw the same segments (agreement {mean} on average, {worst} at worst).", **values
        )
    if examination.seeds.mean >= SIMILAR:
        return translate(
            "Mostly: {n} other seeds, with one try each, draw similar segments (agreement {mean} on average, {worst} at worst).",
            **values,
        )
    return translate(
        "No: {n} other seeds, with one try each, draw other segments (agreement {mean} on average, {worst} at worst). The segments here are the tightest of many tries; take their borders as a choice.",
        **values,
    )


def other_methods(examination: Examination) -> str:
    """Whether other methods find the same groups."""
    if not examination.methods:
        return ""
    told = ", ".join(
        f"{translate(method.method)} {texts.format_number(method.ari, 2)}" for method in examination.methods
    )
    least = min(method.ari for method in examination.methods)
    if least >= ALIKE:
        return translate("Other methods, asked for as many, find the same groups (agreement: {told}).", told=told)
    if least >= SIMILAR:
        return translate("Other methods, asked for as many, find similar groups (agreement: {told}).", told=told)
    return translate(
        "Other methods, asked for as many, divide the customers differently (agreement: {told}). That is usual where customers shade into one another or where groups are not round.",
        told=told,
    )


def leaking_features(outcome: Outcome) -> list[str]:
    """Features that are a score of the others."""
    return [
        translate(
            "{feature} follows almost entirely from {sources}, so these count twice. Leave it out, or describe with it.",
            feature=row.label,
            sources=row.sources,
        )
        for row in feature_weights(outcome)
        if row.sources
    ]


def outlier_rows(
    profile: OutlierProfile, features: Sequence[FeaturePreparation]
) -> list[tuple[FeaturePreparation, OutlierFeature]]:
    """Every feature of those who are outliers, what sets them apart most often first."""
    known = {feature.name: feature for feature in features}
    return [(known[found.feature], found) for found in profile.features]


def first_outliers(profile: OutlierProfile, features: Sequence[FeaturePreparation]) -> str:
    """Customers who bring most, or errors: what to look at first, by the feature that sets outliers apart most often.

    A direction is claimed where more than half of them lie beyond the middle 90 % of the others on that side; "the
    customers who bring most" where more than half lie above it in something that adds up, of which they hold twice their share or more.
    """
    if not profile.features:
        return ""
    first = profile.features[0]
    if profile.count == 1 or not first.below + first.above:
        return translate(
            "Check the values first: a misplaced decimal point, an empty cell read as zero or a test account looks the same as an unusual customer."
        )
    feature = texts.inline_title({known.name: known.title for known in features}[first.feature])
    below, above = (texts.outlier_part(part, profile.count) for part in (first.below, first.above))
    if first.below > MAJORITY:
        return translate(
            "In {feature}, {share} are below the middle 90% of the others. Check first whether these are real customers or gaps in the data: empty cells read as zero, test accounts, customers who have only just come.",
            feature=feature,
            share=below,
        )
    if any(_holds_much(found, profile.share) for found in profile.features):
        return translate(
            "Where the values are right, most of these are among the customers who bring most: know them by name. Check the largest few first, as a misplaced decimal point looks the same."
        )
    if first.above > MAJORITY:
        return translate(
            "In {feature}, {share} are above the middle 90% of the others. Check the largest values first: a misplaced decimal point, a reseller or a test account looks the same as an unusual customer.",
            feature=feature,
            share=above,
        )
    return translate(
        "In {feature}, {below} are below the middle 90% of the others, and {above} above it: no one direction sets them apart. Check the smallest and the largest values first: an empty cell read as zero, a misplaced decimal point or a test account looks the same as an unusual customer.",
        feature=feature,
        below=below,
        above=above,
    )


def _holds_much(found: OutlierFeature, share: float) -> bool:
    return found.above > MAJORITY and found.holds is not None and found.holds >= 2 * share
