"""Candidates for a name, and what each may claim about a segment: levels of features that hold for it and for no other segment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from clustera.profile.levels import NEW, PLAIN, SegmentReading, Standing
from clustera.profile.name_words import has_lapsed, in_own_unit, is_windowed_count, level_has_words, level_words
from clustera.profile.vocabulary import Term, names_time
from clustera.records import Level, NameBasis, NameClaim
from clustera.texts import Combination, Language

STRENGTHS = (1.25, 0.8)  # scores that are about equally strong are ranked by the vocabulary's order, not by the digits

NEAREST_TO_FARTHEST = 0.95  # of the largest distance: scores from here on count as the largest, too

LONGER = 1.5  # times the silence of another lapsed segment

# Levels of recency (days since the last order) and recent spend that say the same.
_SAME = frozenset({("low", "high"), ("high", "low")})


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a name says: a level of one feature, by its place in the table."""

    feature: int
    level: Level


@dataclass(frozen=True, slots=True)
class NameCandidate:
    """A name, and what it says."""

    name: str
    basis: NameBasis


class Claims:
    """The claims that may be made about each of some segments.

    Args:
        readings: The segments.
        language: Whose vocabulary says which levels have words.
    """

    def __init__(self, readings: Sequence[SegmentReading], language: Language) -> None:
        self.readings = readings
        self.language = language
        self.order = {key: place for place, key in enumerate(language.meanings)}
        # Of 100 segments each level, and whom a claim fits, is asked for a thousand times.
        self.level, self._fitting = cache(self._level), cache(self._whom_it_fits)

    def sets(self, place: int) -> Iterator[tuple[str, list[Claim]]]:
        """Sets of claims about one segment, the best first, with the noun of a combination where it is one.

        None says twice when the customers bought last: "recently active" beside "active".
        """
        standings = self.readings[place].standings
        for noun, claims in self._all_sets(place):
            yield noun, _without_repeats(claims, standings)

    def sets_without_farthest(self, place: int) -> Iterator[list[Claim]]:
        """Pairs that leave out what sets a segment apart most: where nothing else tells it apart without a number."""
        strong, standings = self.strong(place), self.readings[place].standings
        left = {claim for claim in strong if _has_left(standings[claim.feature], claim)}
        yield from (list(pair) for pair in combinations(strong[1:6], 2) if left <= {*pair})

    def _all_sets(self, place: int) -> Iterator[tuple[str, list[Claim]]]:
        standings = self.readings[place].standings
        strong = self.strong(place)
        yield from self._combined(standings, strong)
        yield from (("", claims) for claims in self._uncombined(place, strong))

    def _uncombined(self, place: int, strong: Sequence[Claim]) -> Iterator[list[Claim]]:
        standings = self.readings[place].standings
        # What has to be said, with what is strongest, else with another one, else with two, each also with what is in the middle.
        needed = [claim for claim in strong if claim == strong[0] or _has_left(standings[claim.feature], claim)]
        further = [claim for claim in strong if claim not in needed]
        if needed and not further and _has_left(standings[needed[0].feature], needed[0]):
            # "Lapsed regular buyers" says more than "lapsed customers".
            yield from ([*needed, middle] for middle in self._middles_with_nouns(place))
        pairs = [[needed[0], other] for other in further[:3]] if len(needed) == 1 else []
        for claims in (*(pairs or [needed]), [*needed, *further][:3]):
            yield claims
            for middle in self.middles(place, claims):
                yield [*claims, middle]
        if len(strong) > 3:
            yield [*needed, *further][:4]

    def strong(self, place: int) -> list[Claim]:
        """High and low levels: what sets the segment apart most, then by strength.

        Little recent spend of a lapsed segment is told by "lapsed", in its place: "less active" would be too mild.
        """
        found = []
        for j, standing in enumerate(self.readings[place].standings):
            tier = self.level(place, j)
            if tier is not None and tier != "middle" and is_clear(standing.term):
                found.append((standing, Claim(j, self._said_level(place, j, tier))))
        quiet = [standing for standing, claim in found if self.is_too_mild(place, claim)]
        found = [one for one in found if one[0] not in quiet]
        found.sort(key=lambda one: min(map(self._rank, (one[0], *(quiet if has_lapsed(one[0]) else ())))))
        if any(_has_left(*one) for one in found):
            found = [one for one in found if not _bought_nothing_lately(one[0])]
        return [claim for _, claim in _farthest_first(found)]

    def _level(self, place: int, feature: int) -> Level | None:
        """The level of a feature that a name may claim; None where it may claim nothing.

        Long silence is claimed by its days alone where it is clearly longer than that of all customers, or "less active" would
        be said otherwise, however far from the average; "very high" beside another segment that has lapsed for less long.
        Nobody is called older while another segment is older by as much as makes a difference.
        """
        standings = self.readings[place].standings
        tier = standings[feature].tier
        if tier is not None and self._is_surpassed(place, feature, tier):
            return None
        own = standings[feature]
        if not has_lapsed(own):
            return tier
        if own.clear(own.profile.mean - own.overall.mean, NEW) or any(_is_less_active(s, s.tier) for s in standings):
            return "very_high" if self._has_lapsed_longer(own, feature) else "high"
        return tier

    def _said_level(self, place: int, feature: int, tier: Level) -> Level:
        """The level as a name says it: "very" where there are words for it, or where a title alone fits another segment."""
        standing = self.readings[place].standings[feature]
        if not level_has_words(standing, tier):
            return PLAIN[tier]
        others = [self.level(other, feature) for other in range(len(self.readings)) if other != place]
        needed = any(other is not None and PLAIN[other] == PLAIN[tier] for other in others)
        return tier if needed or level_words(standing, tier) is not None else PLAIN[tier]

    def _has_lapsed_longer(self, own: Standing, feature: int) -> bool:
        """Whether another segment has lapsed as well, and this one for much longer."""
        others = [reading.standings[feature] for reading in self.readings]
        lapsed = [other for other in others if has_lapsed(other)]
        return any(own.profile.mean >= LONGER * other.profile.mean for other in lapsed)

    def _is_surpassed(self, place: int, feature: int, tier: Level) -> bool:
        """Whether words that only compare, such as "older", fit another segment materially more."""
        own = self.readings[place].standings[feature]
        if not own.least_gap or tier == "middle":
            return False
        form = level_words(own, PLAIN[tier])
        if form is not None and form.bounded:
            return False
        sign = own.term.sign * (1 if PLAIN[tier] == "high" else -1)
        others = [reading.standings[feature] for reading in self.readings]
        return any(other.told and sign * (other.profile.mean - own.profile.mean) >= own.least_gap for other in others)

    def _rank(self, standing: Standing) -> tuple[int, bool, bool, int]:
        weaker = sum(abs(standing.score) < strength for strength in STRENGTHS)
        meaning, tier = standing.term.meaning, standing.tier
        if meaning is None or tier is None or not standing.term.alone:
            return weaker, True, True, 0
        form = level_words(standing, PLAIN[tier])
        urgent = form is not None and form.bounded and PLAIN[tier] in meaning.urgent
        return weaker, not urgent, False, -self.order[standing.term.key]

    def _combined(self, standings: Sequence[Standing], strong: Sequence[Claim]) -> Iterator[tuple[str, list[Claim]]]:
        """Combinations of the vocabulary that hold and tell the strongest claim; bounds, as of a stage, tell enough."""
        by_key = {standings[c.feature].term.key: c for c in strong if standings[c.feature].term.alone}
        for combination in self.language.combinations:
            claims = [
                by_key[key] for key, level in combination.when.items() if key in by_key and by_key[key].level == level
            ]
            if len(claims) < len(combination.when) or not _within_bounds(combination, claims, standings):
                continue
            if combination.below or strong[0] in claims:
                yield combination.noun, claims
                others = [claim for claim in strong if claim not in claims]
                for other in others[:3]:
                    yield combination.noun, [*claims, other]

    def is_too_mild(self, place: int, claim: Claim) -> bool:
        """Whether a claim says "less active" of a segment that has lapsed."""
        standings = self.readings[place].standings
        return _is_less_active(standings[claim.feature], claim.level) and any(map(has_lapsed, standings))

    def middles(self, place: int, claims: Sequence[Claim]) -> list[Claim]:
        """Middle levels that tell the segment from those that the claims fit as well, the most telling first."""
        alike = self.lookalikes(place, claims)
        if not claims or not alike:
            return []
        contrast = {
            j: min(abs(self.readings[other].standings[j].score) for other in alike)
            for j, standing in enumerate(self.readings[place].standings)
            if standing.tier == "middle" and level_has_words(standing, "middle")
        }
        return [Claim(j, "middle") for j in sorted(contrast, key=lambda j: -contrast[j])]

    def middles_alone(self, place: int) -> list[Claim]:
        """Middle levels that have a noun and no other segment has, the nearest to the average first."""
        return [claim for claim in self._middles_with_nouns(place) if not self.lookalikes(place, [claim])]

    def _middles_with_nouns(self, place: int) -> list[Claim]:
        """Middle levels that a noun says, the nearest to the average first."""
        standings = self.readings[place].standings
        claims = [Claim(j, "middle") for j, standing in enumerate(standings) if standing.tier == "middle"]
        forms = {claim: level_words(standings[claim.feature], "middle") for claim in claims}
        told = [claim for claim in claims if (form := forms[claim]) and form.noun]
        return sorted(told, key=lambda claim: abs(standings[claim.feature].score))

    def lookalikes(self, place: int, claims: Sequence[Claim]) -> list[int]:
        """Other segments of which all claims would be true as well."""
        everybody = frozenset(range(len(self.readings)))
        return sorted(everybody.intersection(*map(self._fitting, claims)) - {place})

    def _whom_it_fits(self, claim: Claim) -> frozenset[int]:
        """The segments of which a claim is true; "big spenders" are told from "top spenders", where there are words for both."""
        tiers = {other: self.level(other, claim.feature) for other in range(len(self.readings))}
        return frozenset(
            other
            for other, tier in tiers.items()
            if tier == claim.level
            or (
                tier is not None
                and PLAIN[tier] == claim.level
                and not level_has_words(self.readings[other].standings[claim.feature], tier)
            )
        )

    def alike(self, place: int, claims: Sequence[Claim]) -> list[int]:
        """Other segments for which a name that makes these claims, or none, would do as well."""
        if claims:
            return self.lookalikes(place, claims)
        return [other for other in range(len(self.readings)) if other != place and not self.strong(other)]


def _farthest_first(ranked: Sequence[tuple[Standing, Claim]]) -> list[tuple[Standing, Claim]]:
    """Ranked claims, that of the feature farthest from all customers before the others."""
    least = NEAREST_TO_FARTHEST * max((abs(standing.score) for standing, _ in ranked), default=0.0)
    return sorted(ranked, key=lambda one: one != next(far for far in ranked if abs(far[0].score) >= least))


def _has_left(standing: Standing, claim: Claim) -> bool:
    """Whether a claim says that the customers have not bought for long: "lapsed", "rarely seen"."""
    form = level_words(standing, claim.level)
    return standing.term.key == "recency" and PLAIN[claim.level] == "high" and form is not None and form.bounded


def _is_less_active(standing: Standing, level: Level | None) -> bool:
    """Whether a level says that little was bought lately."""
    return standing.term.key == "recent_spend" and level is not None and PLAIN[level] == "low"


def _bought_nothing_lately(standing: Standing) -> bool:
    """Whether almost nothing was bought within a window: of who left, that says when they left, not how they bought."""
    counted = standing.term.key in ("spend", "recent_spend", "frequency") and names_time(standing.term.feature)
    return counted and standing.has_nothing


def _without_repeats(claims: list[Claim], standings: Sequence[Standing]) -> list[Claim]:
    """The claims without recent spend where recency says the same."""
    plain = {standings[c.feature].term.key: PLAIN.get(c.level, c.level) for c in claims}
    if (plain.get("recency"), plain.get("recent_spend")) not in _SAME:
        return claims
    return [claim for claim in claims if standings[claim.feature].term.key != "recent_spend"]


def name_claim(claim: Claim, standing: Standing, *, combined: Collection[str]) -> NameClaim:
    """A claim as a run keeps it.

    Args:
        claim: What a name says.
        standing: Of its feature.
        combined: Keys of meanings that are said by the noun of a combination, and by no words of their own.
    """
    term = standing.term
    form = None if term.key in combined else level_words(standing, claim.level)
    place = term.meaning.forms(claim.level).index(form) if form is not None and term.meaning is not None else None
    return NameClaim(term.feature.name, claim.level, place)


def is_clear(term: Term) -> bool:
    """Whether words of a feature can mean no other: it has a meaning or a title of its own."""
    return bool(term.title) or (term.meaning is not None and term.alone)


def _within_bounds(combination: Combination, claims: Sequence[Claim], standings: Sequence[Standing]) -> bool:
    """Whether a segment's share and means lie below what a combination may be said of."""
    own = [standings[claim.feature] for claim in claims]
    if any(standing.share > combination.up_to_share for standing in own):
        return False
    if any(level_words(standing, claim.level) is None for standing, claim in zip(own, claims, strict=True)):
        return False
    return all(
        standing.profile.mean < bound and in_own_unit(standing) and not is_windowed_count(standing)
        for key, bound in combination.below.items()
        for standing in own
        if standing.term.key == key
    )
