"""What tells a segment apart from those its name fits as well: a comparison, a category, and in the end a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from clustera.profile.levels import NEW, SegmentReading, Standing
from clustera.profile.name_claims import NameCandidate
from clustera.profile.name_words import name_with_comparison
from clustera.profile.numbers import wilson_interval
from clustera.profile.statements import choose_way, state_feature
from clustera.records import DescriptorShare, NameBasis
from clustera.samples import KNOWN
from clustera.texts import Language, feature_mean, feature_phrase

APART = 0.35  # standard deviations between segments from which on one has "more" of a feature
CLEAR_SHARE = 0.2  # Cohen's h between two shares from which on a category tells segments apart
_WAYS: tuple[tuple[int, Literal["more", "less"]], ...] = ((1, "more"), (-1, "less"))


def name_comparisons(
    base: NameCandidate,
    own: SegmentReading,
    others: Sequence[SegmentReading],
    *,
    unsaid: Sequence[int],
    language: Language,
) -> Iterator[NameCandidate]:
    """A name with what its segment has more, or less, of than others and than all customers, the most telling first.

    Args:
        base: The name that fits the segment and the others.
        own: The segment.
        others: Those it has to be told from; none gives no comparison.
        unsaid: Places of the features that the name does not claim yet.
        language: Whose words are used.
    """
    found: list[tuple[bool, float, str, NameBasis]] = []
    for j in unsaid if others else ():
        standing, theirs = own.standings[j], [other.standings[j] for other in others]
        if not standing.term.title or not all(one.told for one in (standing, *theirs)):
            continue
        for sign, way in _WAYS:
            apart = min(sign * (standing.score - other.score) for other in theirs)
            if apart >= APART and _clearly_apart(standing, theirs, sign) and beyond_all(standing, sign):
                told = name_with_comparison(base.name, standing, way, language)
                basis = replace(base.basis, contrast=(standing.term.feature.name, sign))
                found.append((standing.term.meaning is None, -apart, told, basis))
    for *_, told, basis in sorted(found, key=lambda one: one[:3]):
        yield NameCandidate(told, basis)


def beyond_all(standing: Standing, sign: int) -> bool:
    """Whether a segment has more (sign 1) or less (-1) of a feature than all customers, in score and in mean."""
    return sign * standing.score > 0 and sign * (standing.profile.mean - standing.overall.mean) > 0


def name_categories(
    base: NameCandidate, own: SegmentReading, others: Sequence[SegmentReading], language: Language
) -> Iterator[NameCandidate]:
    """A name with a category that most of its customers have, more than all customers and than the others."""
    found = [
        (-_effect(share.share, share.overall), share.value, share.descriptor)
        for share in own.figures.descriptors
        if others and _tells(share, [_share_of(share, other) for other in others])
    ]
    for _, value, descriptor in sorted(found):
        told = language.grammar["mostly"].format(name=base.name, value=value)
        yield NameCandidate(told, replace(base.basis, category=(descriptor, value)))


def _tells(share: DescriptorShare, theirs: Sequence[float | None]) -> bool:
    known = round(share.count / share.share) if share.share else 0
    if known < KNOWN or share.share <= 0.5 or not _is_word(share.value):
        return False
    middle, half = wilson_interval(share.count, known)
    if share.overall >= middle - half or _effect(share.share, share.overall) < CLEAR_SHARE:
        return False
    return all(other is not None and _effect(share.share, other) >= CLEAR_SHARE for other in theirs)


def _share_of(share: DescriptorShare, other: SegmentReading) -> float | None:
    same = [s.share for s in other.figures.descriptors if (s.descriptor, s.value) == (share.descriptor, share.value)]
    return same[0] if same else None


def _is_word(value: str) -> bool:
    """Whether a value says what it is without its column: "Berlin", and not "yes" or "2"."""
    return (
        len(value) > 3
        and len(value.split()) <= 2
        and not any(letter.isdigit() for letter in value)
        and value.lower() not in ("true", "false", "other", "none", "unknown")
    )


def _effect(share: float, other: float) -> float:
    """Cohen's h of two shares."""
    return 2 * math.asin(math.sqrt(min(1.0, share))) - 2 * math.asin(math.sqrt(min(1.0, other)))


def most_telling_feature(own: SegmentReading, others: Sequence[SegmentReading]) -> int:
    """The place of the feature on which a segment lies farthest from all others."""
    gaps = [
        min((abs(one.score - other.standings[j].score) for other in others), default=0.0) * one.told
        for j, one in enumerate(own.standings)
    ]
    return gaps.index(max(gaps))


def name_with_number(name: str, standing: Standing, language: Language, *, claimed: bool) -> str:
    """A name with the number of one feature.

    Args:
        name: So far.
        standing: The feature.
        language: Whose words are used.
        claimed: Whether the name speaks of this feature already, so that its number alone is enough.
    """
    if claimed:
        return language.grammar["at_own"].format(name=name, value=feature_mean(state_feature(standing)))
    at = "at_having" if choose_way(standing) == "having" else "at"
    return language.grammar[at].format(name=name, phrase=feature_phrase(state_feature(standing)))


def _clearly_apart(own: Standing, others: Sequence[Standing], sign: int) -> bool:
    gaps = [sign * (own.profile.mean - other.profile.mean) for other in others]
    return all(gap > 0 and own.clear(gap, NEW) for gap in gaps)
