"""What is said of a segment: which features, in which way, against what; the words are made by `clustera.texts`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from clustera.profile.levels import SegmentReading, Standing
from clustera.profile.numbers import wilson_interval
from clustera.records import DescriptorShare, FeatureStatement, SegmentStatement
from clustera.samples import KNOWN

FEATURES = 4  # in a sentence; more than that nobody keeps in mind
CLEAR_SHARE = 0.2  # Cohen's h from which a descriptor is worth a word
MANY_TIMES = 250.0  # an index from which people say "times the average"


def state_segment(reading: SegmentReading, *, titles: Mapping[str, str]) -> SegmentStatement:
    """What the segment's sentence holds.

    Args:
        reading: The segment.
        titles: Of the descriptors, by name.
    """
    own = reading.figures
    speaking = {standing.term.feature.name for standing in reading.standings if standing.told}
    chosen = [feature for feature in own.distinguishing if feature in speaking][:FEATURES]
    telling = find_telling_share(reading)
    return SegmentStatement(
        features=tuple(state_feature(s) for s in reading.standings if s.term.feature.name in chosen),
        descriptor=telling,
        descriptor_title=titles.get(telling.descriptor, telling.descriptor) if telling else "",
    )


def state_feature(standing: Standing) -> FeatureStatement:
    """One feature of a segment: the way it is told, its mean, and what it is compared to."""
    feature, term = standing.term.feature, standing.term
    comparison, against = _comparison(standing)
    return FeatureStatement(
        title=feature.title,
        way=choose_way(standing),
        mean=standing.profile.mean,
        meaning=term.key,
        decimals=feature.decimals,
        fraction=feature.fraction,
        unit=feature.unit or term.unit,
        own_unit=feature.unit,
        comparison=comparison,
        against=against,
    )


def choose_way(standing: Standing) -> Literal["phrase", "having", "plain"]:
    """How a feature is told: by a phrase of its own, after "with", or by its title and number."""
    meaning = standing.term.meaning
    if meaning is None or not standing.term.alone or standing.term.sign < 0:
        return "plain"
    if meaning.phrase_units is not None and standing.term.unit not in meaning.phrase_units:
        return "plain"
    return "phrase" if meaning.phrase else "having" if meaning.having else "plain"


def find_telling_share(reading: SegmentReading) -> DescriptorShare | None:
    """The share of a descriptor that the sentence may mention.

    Its 95 % interval excludes the share of all customers, its effect (Cohen's h) is at least .2, and no feature tells
    the segment more clearly.

    Source: Cohen (1988), Statistical Power Analysis, chapter 6, for h.
    """
    clearest = max((abs(profile.effect) for profile in reading.figures.features), default=0.0)
    best, largest = None, max(CLEAR_SHARE, clearest)
    for share in reading.figures.descriptors:
        known = round(share.count / share.share) if share.share else 0
        if known < KNOWN:
            continue
        middle, half = wilson_interval(share.count, known)
        excludes = abs(share.overall - middle) > half
        effect = 2 * math.asin(math.sqrt(share.share)) - 2 * math.asin(math.sqrt(share.overall))
        if excludes and effect >= largest:
            best, largest = share, effect
    return best


def _comparison(standing: Standing) -> tuple[Literal["", "average", "index", "times"], float]:
    """How a mean compares to the average customer, where that is of use."""
    meaning, index = standing.term.meaning, standing.profile.index
    if meaning is not None and not meaning.index:
        return "", 0.0
    if not standing.overall.ratio:
        return "average", standing.overall.mean
    return ("times" if index >= MANY_TIMES else "index"), index
