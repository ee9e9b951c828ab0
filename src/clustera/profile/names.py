"""Names from the numbers: true of their own segment and of no other, unique, kept from run to run.

A name makes one to four claims, such as "income is high" and "spending is low". Candidates are tried in a fixed order,
the shortest first; the first whose claims hold for its own segment and for no other is taken. Where no candidate is
that telling, a comparison with those it fits as well is put behind it ("with higher spend"), else the segment's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clustera.profile.levels import HELD, NEW, OPPOSITE, PLAIN, Reading, Standing, Thresholds
from clustera.profile.sentences import capital, kind, listed, mean_with_unit, phrase
from clustera.records import Level
from clustera.texts import Language, WordForm, inline_title

STRENGTHS = (1.25, 0.8)  # scores that are about equally strong are ranked by the vocabulary's order, not by the digits
APART = 0.35  # standard deviations between segments from which on one has "more" of a feature
BOUND_SLACK = 0.1  # a name that is kept may pass a form's bound by this share


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a name says: a level of one feature, by its place in the table."""

    feature: int
    level: Level


Spoken = tuple[Claim, tuple[WordForm, ...]]  # what words claim, and the bounds of which one must hold


def name_segments(readings: Sequence[Reading], *, kept: Mapping[int, str], language: Language) -> dict[int, str]:
    """A name for every segment, by identity.

    Args:
        readings: The segments.
        kept: Names that segments have already. A name made of the vocabulary's words is kept while its claims hold
            (with some slack); any other, given by a person, is kept always.
        language: Whose words are used.
    """
    namer = _Namer(readings, language)
    names: dict[int, str] = {}
    taken: set[str] = set()
    for place, reading in enumerate(readings):
        name = kept.get(reading.segment, "").strip()
        if name and name.casefold() not in taken and namer.may_keep(place, name):
            names[reading.segment] = name
            taken.add(name.casefold())
    for place, reading in enumerate(readings):
        if reading.segment not in names:
            names[reading.segment] = _unused(namer.candidates(place), taken)
            taken.add(names[reading.segment].casefold())
    return names


def _unused(candidates: Iterator[str], taken: set[str]) -> str:
    last = ""
    for last in candidates:
        if last.casefold() not in taken:
            return last
    number = 2
    while f"{last} ({number})".casefold() in taken:
        number += 1
    return f"{last} ({number})"


class _Namer:
    def __init__(self, readings: Sequence[Reading], language: Language) -> None:
        self.readings = readings
        self.language = language
        self.order = {key: place for place, key in enumerate(language.meanings)}
        self.spoken = _spoken(readings[0].standings, language) if readings else {}

    # -- candidates ----------------------------------------------------------------------------------------------

    def candidates(self, place: int) -> Iterator[str]:
        """Names for one segment, the best first: all that no other segment could bear, then one with its number."""
        tried: list[tuple[int, list[Claim]]] = []
        for noun, claims in self._claim_sets(place):
            alike = self._lookalikes(place, claims)
            if claims and not alike:
                yield self._composed(place, claims, noun)
            tried.append((len(alike), claims))
        if not self._strong(place) and not all(standing.near_average for standing in self.readings[place].standings):
            # "Middle earners" says more than "mid-range customers".
            for claim in self._middles_alone(place):
                yield self._composed(place, [claim])
        # Of those that fit the fewest others the first, which is the shortest.
        nearest = min(tried, key=lambda one: one[0])[1] if tried else []
        if not self._alike(place, nearest):
            yield self._composed(place, nearest)
        yield from self._with_comparison(place, nearest)
        yield self._with_number(place, nearest)

    def _claim_sets(self, place: int) -> Iterator[tuple[str, list[Claim]]]:
        standings = self.readings[place].standings
        strong = self._strong(place)
        yield from self._combined(standings, strong)
        # The two strongest, else the strongest with another one, else three, each also with what is in the middle.
        pairs = [[strong[0], other] for other in strong[1:4]] or [strong]
        for claims in (*pairs, strong[:3]):
            yield "", claims
            for middle in self._middles(place, claims):
                yield "", [*claims, middle]
        if len(strong) > 3:
            yield "", strong[:4]

    def _strong(self, place: int) -> list[Claim]:
        """High and low levels, the strongest first; "very" wherever that holds and there are words for it."""
        found = []
        for j, standing in enumerate(self.readings[place].standings):
            tier = standing.tier
            if tier is not None and tier != "middle":
                found.append((standing, Claim(j, tier if self._has_words(standing, tier) else PLAIN[tier])))
        found.sort(key=lambda one: self._rank(one[0]))
        return [claim for _, claim in found]

    def _rank(self, standing: Standing) -> tuple[int, bool, bool, int]:
        weaker = sum(abs(standing.score) < strength for strength in STRENGTHS)
        meaning, tier = standing.term.meaning, standing.tier
        if meaning is None or tier is None or not standing.term.alone:
            return weaker, True, True, 0
        form = self._form(standing, PLAIN[tier])
        urgent = form is not None and form.bounded and PLAIN[tier] in meaning.urgent
        return weaker, not urgent, False, -self.order[standing.term.key]

    def _combined(self, standings: Sequence[Standing], strong: Sequence[Claim]) -> Iterator[tuple[str, list[Claim]]]:
        """Combinations of the vocabulary that hold and tell the strongest claim."""
        by_key = {standings[c.feature].term.key: c for c in strong if standings[c.feature].term.alone}
        for combination in self.language.combinations:
            claims = [by_key.get(key) for key in combination.when]
            told = [
                c
                for c, level in zip(claims, combination.when.values(), strict=True)
                if c is not None and c.level == level
            ]
            if len(told) == len(claims) and strong[0] in told:
                yield combination.noun, told

    def _middles(self, place: int, claims: Sequence[Claim]) -> list[Claim]:
        """Middle levels that tell the segment from those that the claims fit as well, the most telling first."""
        alike = self._lookalikes(place, claims)
        if not claims or not alike:
            return []
        contrast = {
            j: min(abs(self.readings[other].standings[j].score) for other in alike)
            for j, standing in enumerate(self.readings[place].standings)
            if standing.tier == "middle" and self._has_words(standing, "middle")
        }
        return [Claim(j, "middle") for j in sorted(contrast, key=lambda j: -contrast[j])]

    def _middles_alone(self, place: int) -> list[Claim]:
        """Middle levels that no other segment has, those with a noun first."""
        claims = [
            Claim(j, "middle")
            for j, standing in enumerate(self.readings[place].standings)
            if standing.tier == "middle" and self._has_words(standing, "middle")
        ]
        forms = {claim: self._form(self.readings[place].standings[claim.feature], "middle") for claim in claims}
        told = [
            claim for claim in claims if (form := forms[claim]) and form.noun and not self._lookalikes(place, [claim])
        ]
        return sorted(told, key=lambda claim: abs(self.readings[place].standings[claim.feature].score))

    def _lookalikes(self, place: int, claims: Sequence[Claim]) -> list[int]:
        """Other segments of which all claims would be true as well."""
        return [
            other
            for other, reading in enumerate(self.readings)
            if other != place and all(self._fits(claim, reading.standings[claim.feature]) for claim in claims)
        ]

    def _fits(self, claim: Claim, standing: Standing) -> bool:
        tier = standing.tier
        if tier is None or tier == claim.level:
            return tier is not None
        # "Big spenders" are told from "top spenders", where the vocabulary has both.
        return PLAIN[tier] == claim.level and not self._has_words(standing, tier)

    # -- words ---------------------------------------------------------------------------------------------------

    def _has_words(self, standing: Standing, level: Level) -> bool:
        meaning = standing.term.meaning
        if meaning is None or not standing.term.alone:
            return level != "middle"  # "high data usage" needs no vocabulary; "medium data usage" names nobody
        return any(may_say(form, standing) for form in meaning.forms(level))

    def _composed(self, place: int, claims: Sequence[Claim], noun: str = "") -> str:
        grammar, standings = self.language.grammar, self.readings[place].standings
        if not claims:
            # Where a few spend very much, customers in the middle lie well below the average: "average" would mislead.
            near = all(standing.near_average for standing in standings)
            return capital(grammar["average" if near else "typical"])
        adjectives, tails = [], []
        told = (
            [] if noun else sorted(claims, key=lambda c: (self.order.get(standings[c.feature].term.key, -1), c.feature))
        )
        for claim in reversed(told):
            form = self._form(standings[claim.feature], claim.level)
            if form is None:
                tails.append(_by_title(standings[claim.feature], claim.level, self.language))
            elif form.noun and not noun:
                noun = form.noun
            elif form.adjective:
                adjectives.append(form.adjective)
            else:
                tails.append(_by_title(standings[claim.feature], claim.level, self.language))
        tails.reverse()
        if not noun and not adjectives:
            return capital(", ".join(tails))
        name = noun or grammar["customers"]
        if adjectives:
            together = grammar["between_adjectives"].join(reversed(adjectives))
            name = self.language.grammar["adjective_noun"].format(adjectives=together, noun=name)
        if tails:
            name = self.language.grammar["with"].format(name=name, list=listed(tails, grammar["and"]))
        return capital(name)

    def _form(self, standing: Standing, level: Level) -> WordForm | None:
        meaning = standing.term.meaning
        if meaning is None or not standing.term.alone:
            return None
        return next((form for form in meaning.forms(level) if may_say(form, standing)), None)

    def _alike(self, place: int, claims: Sequence[Claim]) -> list[int]:
        """Other segments for which a name that makes these claims, or none, would do as well."""
        if claims:
            return self._lookalikes(place, claims)
        return [other for other in range(len(self.readings)) if other != place and not self._strong(other)]

    def _with_comparison(self, place: int, claims: Sequence[Claim]) -> Iterator[str]:
        """The name with what the segment has more, or less, of than all others the claims fit, the most telling first."""
        own, alike = self.readings[place].standings, self._alike(place, claims)
        if not alike:
            return
        said = {claim.feature for claim in claims}
        found: list[tuple[float, str]] = []
        for j, standing in enumerate(own):
            others = [self.readings[other].standings[j] for other in alike]
            if j in said or not all(one.told for one in (standing, *others)):
                continue
            for sign, way in ((1, "more"), (-1, "less")):
                apart = min(sign * (standing.score - other.score) for other in others)
                gaps = [sign * (standing.profile.mean - other.profile.mean) for other in others]
                if apart >= APART and all(gap > 0 and standing.clear(gap, NEW) for gap in gaps):
                    name = self._composed(place, claims)
                    found.append((-apart, _compared_by(name, standing, way, self.language)))
        for _, name in sorted(found):
            yield name

    def _with_number(self, place: int, claims: Sequence[Claim]) -> str:
        """The name with the number that sets the segment apart from those the claims fit as well."""
        own, alike = self.readings[place].standings, self._alike(place, claims)
        others = alike or [other for other in range(len(self.readings)) if other != place]
        gaps = [
            min((abs(one.score - self.readings[other].standings[j].score) for other in others), default=0.0) * one.told
            for j, one in enumerate(own)
        ]
        place_of_telling = gaps.index(max(gaps))
        telling = own[place_of_telling]
        besides = [claim for claim in claims if claim.feature != place_of_telling]
        if claims and not besides:
            value = mean_with_unit(telling)
            return self.language.grammar["at_own"].format(name=self._composed(place, claims), value=value)
        at = "at_having" if kind(telling) == "having" else "at"
        name = self._composed(place, besides)
        return self.language.grammar[at].format(name=name, phrase=phrase(telling, self.language))

    # -- names of an earlier run ---------------------------------------------------------------------------------

    def may_keep(self, place: int, name: str) -> bool:
        """Whether a name from before still fits: what the vocabulary's words in it claim must hold."""
        claims = self._claims_in(name)
        if claims is None:
            for head, feature, sign in self._compared_in(name):
                if (told := self._claims_in(head)) is not None:
                    return self._bears(place, told) and self._still_apart(place, told, feature, sign)
            # "Average customers, earning 54 k$": the words are ours and the number is an old one.
            ours = any(self._claims_in(part) is not None for part in _heads(name))
            return not (ours and any(letter.isdigit() for letter in name))
        if not claims:
            return not self._strong_even_if_held(place)
        return self._bears(place, claims)

    def _bears(self, place: int, claims: Sequence[Spoken]) -> bool:
        """Whether the claims of a name from before still hold, with some slack."""
        standings = self.readings[place].standings
        return all(
            standings[claim.feature].means(claim.level, HELD)
            and (not forms or any(may_say(form, standings[claim.feature], HELD) for form in forms))
            for claim, forms in claims
        )

    def _still_apart(self, place: int, told: Sequence[Spoken], feature: int, sign: int) -> bool:
        """Whether a segment still has more (sign 1) or less (-1) of a feature than those it was compared with, or all."""
        own = self.readings[place].standings[feature]
        alike = self._alike(place, [claim for claim, _ in told])
        means = [self.readings[other].standings[feature].profile.mean for other in alike] or [own.overall.mean]
        gaps = [sign * (own.profile.mean - mean) for mean in means]
        return own.told and all(gap > 0 and own.clear(gap, HELD) for gap in gaps)

    def _compared_in(self, name: str) -> list[tuple[str, int, int]]:
        """What a name that ends in "with higher spend" says: what stands before it, the feature, and 1 or -1."""
        found = []
        for j, standing in enumerate(self.readings[0].standings):
            for sign, way in ((1, "more"), (-1, "less")):
                tail = _compared_by("", standing, way, self.language).casefold()
                if name.casefold().endswith(tail):
                    found.append((name[: -len(tail)], j, sign))
        return found

    def _strong_even_if_held(self, place: int) -> bool:
        """Whether a feature stands out so clearly that "average" has become wrong."""
        far = Thresholds(very=NEW.very, high=0.7, middle=NEW.middle, clear=NEW.clear, clear_share=NEW.clear_share)
        return any(s.means("high", far) or s.means("low", far) for s in self.readings[place].standings)

    def _claims_in(self, name: str) -> list[Spoken] | None:
        """What a name of ours claims; None when it has words that are not the vocabulary's."""
        rest = name.casefold()
        found: list[Spoken] = []
        while rest:
            words = next((words for words in self.spoken if _starts(rest, words)), None)
            if words is None:
                return None
            found.extend(self.spoken[words])
            rest = rest[len(words) :]
        return found


def _starts(text: str, words: str) -> bool:
    """Whether a text starts with words, and not in the middle of one."""
    if not text.startswith(words):
        return False
    return len(text) == len(words) or not (words[-1].isalnum() and text[len(words)].isalnum())


def _heads(name: str) -> list[str]:
    return [name[: match.start()] for match in re.finditer(", ", name)] + [re.sub(r" \([^()]*\)$", "", name)]


def _spoken(standings: Sequence[Standing], language: Language) -> dict[str, list[Spoken]]:
    """Everything that names are made of, the longest first, with what it claims."""
    grammar = language.grammar
    spoken: dict[str, list[Spoken]] = {grammar[key]: [] for key in ("customers", "average", "typical")}
    for template in (
        grammar["with"],
        grammar["adjective_noun"],
        grammar["and"],
        grammar["between_adjectives"],
        ", ",
        " ",
    ):
        spoken |= {text: [] for text in re.split(r"\{\w+\}", template) if text}
    levels: tuple[Level, ...] = ("very_high", "high", "middle", "low", "very_low")
    places = {}
    for j, standing in enumerate(standings):
        meaning = standing.term.meaning if standing.term.alone else None
        places[standing.term.key] = j
        for level in levels:
            spoken[_by_title(standing, level, language)] = [(Claim(j, level), ())]
            forms = meaning.forms(level) if meaning else ()
            for text in {text for form in forms for text in (form.noun, form.adjective) if text}:
                spoken[text] = [(Claim(j, level), tuple(form for form in forms if text in (form.noun, form.adjective)))]
    for combination in language.combinations:
        if all(key in places for key in combination.when):
            spoken[combination.noun] = [(Claim(places[key], level), ()) for key, level in combination.when.items()]
    return {text.casefold(): spoken[text] for text in sorted(spoken, key=lambda text: (-len(text), text))}


def _by_title(standing: Standing, level: Level, language: Language) -> str:
    # The title names the column, not what it means: an early birth year is a high age.
    said = level if standing.term.sign > 0 else OPPOSITE[level]
    kind = _amount(standing, language)
    return language.grammar[f"{kind}_{said}" if kind else said].format(title=_running(standing))


def _compared_by(name: str, standing: Standing, way: str, language: Language) -> str:
    """A name with what there is more, or less, of: "Frequent buyers with higher spend"."""
    kind = _amount(standing, language)
    return language.grammar[f"{kind}_{way}" if kind else way].format(name=name, title=_running(standing))


def _running(standing: Standing) -> str:
    """A feature's title within a phrase: "spend last quarter"."""
    return inline_title(standing.term.feature.title).replace(", ", " ")


def _amount(standing: Standing, language: Language) -> Literal["count", "time", ""]:
    """Whether what a title names is counted ("many devices"), lasts ("long lead time") or neither ("high balance")."""
    feature = standing.term.feature
    first = re.split(r" (?:per|in|of|by|at|last|past) ", feature.title.lower())[0].rsplit(" ", 1)[-1]
    if standing.term.unit in language.units:
        return "time" if first in language.lasting else ""
    counted = not feature.unit and first.endswith("s") and not first.endswith(("ss", "us", "is"))
    return "count" if counted and first not in language.amounts else ""


def may_say(form: WordForm, standing: Standing, thresholds: Thresholds = NEW) -> bool:
    """Whether the segment's mean lies within a form's bounds, in the form's unit."""
    if not form.bounded:
        return True
    meaning = standing.term.meaning
    default = meaning.unit if meaning is not None else ""
    if standing.term.sign < 0 or (standing.term.unit or default) != (form.unit or default):
        return False
    slack = BOUND_SLACK if thresholds is HELD else 0.0
    above = form.at_least is None or standing.profile.mean >= form.at_least * (1 - slack)
    return above and (form.below is None or standing.profile.mean < form.below * (1 + slack))
