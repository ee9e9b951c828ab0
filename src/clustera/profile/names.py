"""Names from the numbers: true of their own segment and of no other, unique, short, kept from run to run.

A name makes one to four claims, such as "income is high" and "spending is low", and among them is what sets the segment
apart most from all customers. Candidates are tried in a fixed order, the shortest first; the first whose claims hold for
its own segment and for no other is taken. Where no candidate is that telling, a comparison with those it fits as well is put behind it ("with more spend"), else a category that most of
its customers have, else nothing where the others are told apart from it, else the segment's number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clustera.profile.kept_names import KeptNames
from clustera.profile.levels import SegmentReading
from clustera.profile.name_claims import Claim, Claims, NameCandidate, name_claim
from clustera.profile.name_contrasts import most_telling_feature, name_categories, name_comparisons, name_with_number
from clustera.profile.name_words import compose_name, with_shared_words
from clustera.records import NameBasis
from clustera.texts import Language, capitalize

SHORT, LONG = 6, 9  # words of a name: at most six, a few more where that spares a number


def name_segments(
    readings: Sequence[SegmentReading],
    *,
    kept: Mapping[int, str],
    bases: Mapping[int, NameBasis],
    language: Language,
) -> dict[int, tuple[str, NameBasis | None]]:
    """A name for every segment, by identity, and what it says; None where a person gave it.

    Args:
        readings: The segments.
        kept: Names that segments have already, or had: a name of one is never given to another.
        bases: What these say, where an earlier run gave them: they are kept while that holds (with some slack). A name
            without a basis was given by a person and is kept always.
        language: Whose words are used.
    """
    readings = _shared_words([_sorted_by_values(one) for one in readings])
    claims = Claims(readings, language)
    earlier = KeptNames(claims)
    names: dict[int, tuple[str, NameBasis | None]] = {}
    taken: set[str] = set()
    for place, reading in enumerate(readings):
        name = kept.get(reading.segment, "").strip()
        basis = bases.get(reading.segment)
        if name and name.casefold() not in taken and (basis is None or earlier.may_keep(place, basis)):
            names[reading.segment] = name, basis
            taken.add(name.casefold())
    open_namers = [_Namer(claims, place) for place, reading in enumerate(readings) if reading.segment not in names]
    for find in (_Namer.telling_name, _Namer.plain_name, _Namer.numbered_name):
        for namer in open_namers:
            segment = namer.own.segment
            others = {name.strip().casefold() for other, name in kept.items() if other != segment}
            found = None if segment in names else find(namer, frozenset(taken | others), frozenset(names))
            if found is not None:
                names[segment] = found.name, found.basis
                taken.add(found.name.casefold())
    return names


def _sorted_by_values(reading: SegmentReading) -> SegmentReading:
    """The segment with its features in an order that their columns' places do not change, so that they name it alike."""
    return replace(reading, standings=tuple(sorted(reading.standings, key=lambda one: one.term.feature.by_values)))


def _shared_words(readings: Sequence[SegmentReading]) -> Sequence[SegmentReading]:
    """The segments, with one word for one level of a feature."""
    columns = [with_shared_words(column) for column in zip(*(one.standings for one in readings), strict=True)]
    return [replace(one, standings=tuple(column[at] for column in columns)) for at, one in enumerate(readings)]


class _Namer:
    """The names that one segment can have."""

    def __init__(self, claims: Claims, place: int) -> None:
        self.claims = claims
        self.language = claims.language
        self.place = place
        self.own = claims.readings[place]
        self.sets = list(claims.sets(place))
        # Of those that fit the fewest others the first, which is the shortest.
        self.nearest = min((told for _, told in self.sets), key=lambda told: len(self._others(told)), default=[])

    def candidates(self) -> Iterator[NameCandidate]:
        """Names without a number, the best first: all that no other segment could bear, then those with a contrast."""
        for noun, told in self.sets:
            if told and not self._others(told):
                yield self._composed(told, noun)
        if not self.claims.strong(self.place) and not all(one.near_average for one in self.own.standings):
            # "Middle-income medium spenders" says more than "mid-range customers".
            middles = self.claims.middles_alone(self.place)
            for told in (middles[:2], *([claim] for claim in middles)):
                if told:
                    yield self._composed(told)
        yield from self._contrasted()

    def _contrasted(self) -> Iterator[NameCandidate]:
        """Names that fit others as well, with what tells the segment apart from them."""
        alike = self._alike(self.nearest)
        if not alike:
            yield self._composed(self.nearest)
        shortest = sorted((told for _, told in self.sets), key=len)
        for told in (self.nearest, *shortest):
            base, others = self._composed(told), self._alike(told)
            said = {claim.feature for claim in told}
            unsaid = [j for j in range(len(self.own.standings)) if j not in said]
            yield from name_comparisons(base, self.own, others, unsaid=unsaid, language=self.language)
            yield from name_categories(base, self.own, others, self.language)

    def telling_name(self, taken: frozenset[str], _: frozenset[int]) -> NameCandidate | None:
        """The first short name without a number that is free, else a longer one; None where there is none."""
        for candidates in (self.candidates(), self._without_farthest()):
            free = [one for one in candidates if one.name.casefold() not in taken]
            for longest in (SHORT, LONG):
                found = next((one for one in free if len(one.name.split()) <= longest), None)
                if found is not None:
                    return found
        return None

    def _without_farthest(self) -> Iterator[NameCandidate]:
        """Names that leave out what sets the segment apart most, where its words are too long or fit others as well."""
        for told in self.claims.sets_without_farthest(self.place):
            if not self._others(told):
                yield self._composed(told)

    def plain_name(self, taken: frozenset[str], named: frozenset[int]) -> NameCandidate | None:
        """The name that fits others as well, where all of them have names that tell them apart; else None."""
        found = self._composed(self.nearest)
        apart = all(other.segment in named for other in self._alike(self.nearest))
        return found if apart and found.name.casefold() not in taken else None

    def numbered_name(self, taken: frozenset[str], _: frozenset[int]) -> NameCandidate:
        """The name with the number that sets the segment apart from those it fits as well."""
        others = self._alike(self.nearest) or [r for r in self.claims.readings if r is not self.own]
        telling = most_telling_feature(self.own, others)
        besides = [claim for claim in self.nearest if claim.feature != telling]
        claimed = bool(self.nearest) and not besides
        base = self._composed(self.nearest if claimed else besides[:2])
        last = name = name_with_number(base.name, self.own.standings[telling], self.language, claimed=claimed)
        number = 2
        while name.casefold() in taken:
            name, number = f"{last} ({number})", number + 1
        return NameCandidate(name, replace(base.basis, numbered=True))

    def _composed(self, told: Sequence[Claim], noun: str = "") -> NameCandidate:
        standings, combined = self.own.standings, self._combined_keys(noun)
        claims = tuple(name_claim(c, standings[c.feature], combined=combined) for c in told)
        return NameCandidate(self._words(told, noun), NameBasis(claims))

    def _combined_keys(self, noun: str) -> set[str]:
        """The meanings that a combination's noun says."""
        return {key for one in self.language.combinations if noun and one.noun == noun for key in one.when}

    def _words(self, told: Sequence[Claim], noun: str) -> str:
        standings, order = self.own.standings, self.claims.order
        if not told:
            # Where a few spend very much, customers in the middle lie well below the average: "average" would mislead.
            near = all(standing.near_average for standing in standings)
            return capitalize(self.language.grammar["average" if near else "typical"])
        combined = self._combined_keys(noun)
        told = [claim for claim in told if standings[claim.feature].term.key not in combined]
        said = sorted(told, key=lambda c: (order.get(standings[c.feature].term.key, -1), c.feature))
        return compose_name([(standings[c.feature], c.level) for c in said], self.language, noun)

    def _others(self, told: Sequence[Claim]) -> list[int]:
        return self.claims.lookalikes(self.place, told)

    def _alike(self, told: Sequence[Claim]) -> list[SegmentReading]:
        return [self.claims.readings[other] for other in self.claims.alike(self.place, told)]
