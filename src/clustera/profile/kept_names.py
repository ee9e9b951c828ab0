"""Names of an earlier run: kept while what their words claim nearly holds, and always where a person gave them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clustera.profile.levels import HELD, NEW, OPPOSITE, Standing, Thresholds
from clustera.profile.name_claims import Claim, Claims
from clustera.profile.name_contrasts import WAYS, beyond_all
from clustera.profile.name_words import may_say, say_by_title, say_comparison
from clustera.records import Level
from clustera.texts import Language, WordForm

Spoken = tuple[Claim, tuple[WordForm, ...]]  # what words claim, and the bounds of which one must hold


class KeptNames:
    """What the words of earlier names claim.

    Args:
        claims: The claims that may be made about the segments.
    """

    def __init__(self, claims: Claims) -> None:
        self.claims = claims
        self.readings = claims.readings
        self.language = claims.language
        self.spoken = _spoken(self.readings[0].standings, self.language) if self.readings else {}
        standings = self.readings[0].standings if self.readings else ()
        self.titles = {standing.term.title.casefold(): j for j, standing in enumerate(standings) if standing.term.title}

    def may_keep(self, place: int, name: str) -> bool:
        """Whether a name from before still fits: what the vocabulary's words in it claim must hold."""
        claims = self._claims_in(name)
        if claims is None:
            for head, feature, sign in self._compared_in(name):
                if (told := self._claims_in(head)) is not None:
                    return self._bears(place, told) and self._still_apart(place, told, feature, sign)
            # "Average customers, earning 54 k$": the words are ours and the number is an old one.
            ours = any(self._claims_in(part) is not None for part in _name_heads(name))
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
        alike = self.claims.alike(place, [claim for claim, _ in told])
        means = [self.readings[other].standings[feature].profile.mean for other in alike] or [own.overall.mean]
        gaps = [sign * (own.profile.mean - mean) for mean in means]
        return own.told and beyond_all(own, sign) and all(gap > 0 and own.clear(gap, HELD) for gap in gaps)

    def _compared_in(self, name: str) -> list[tuple[str, int, int]]:
        """What a name that ends in "with higher spend" says: what stands before it, the feature, and 1 or -1."""
        found = []
        for j, standing in enumerate(self.readings[0].standings):
            for sign, way in WAYS:
                tail = say_comparison("", standing, way, self.language).casefold()
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
            said = self.spoken[words] if words is not None else []
            if words is None:
                # "High milk and grocery": a title without a level of its own has that of the one before it.
                words = next((title for title in self.titles if _starts(rest, title)), None)
                if words is None or not found:
                    return None
                said = [(Claim(self.titles[words], self._level_as(found[-1][0], self.titles[words])), ())]
            found.extend(said)
            rest = rest[len(words) :]
        return found

    def _level_as(self, claim: Claim, feature: int) -> Level:
        """The level of a feature that is said with the same words as another claim."""
        standings = self.readings[0].standings
        turned = standings[claim.feature].term.sign != standings[feature].term.sign
        return OPPOSITE[claim.level] if turned else claim.level


def _starts(text: str, words: str) -> bool:
    """Whether a text starts with words, and not in the middle of one."""
    if not text.startswith(words):
        return False
    return len(text) == len(words) or not (words[-1].isalnum() and text[len(words)].isalnum())


def _name_heads(name: str) -> list[str]:
    return [name[: match.start()] for match in re.finditer(", ", name)] + [re.sub(r" \([^()]*\)$", "", name)]


def _spoken(standings: Sequence[Standing], language: Language) -> dict[str, list[Spoken]]:
    """Everything that names are made of, the longest first, with what it claims."""
    spoken = _words_without_claims(language)
    levels: tuple[Level, ...] = ("very_high", "high", "middle", "low", "very_low")
    places = {}
    for j, standing in enumerate(standings):
        meaning = standing.term.meaning if standing.term.alone else None
        places[standing.term.key] = j
        for level in levels:
            spoken[say_by_title(standing, level, language)] = [(Claim(j, level), ())]
            forms = meaning.forms(level) if meaning else ()
            for text in {text for form in forms for text in (form.noun, form.adjective) if text}:
                spoken[text] = [(Claim(j, level), tuple(form for form in forms if text in (form.noun, form.adjective)))]
    for combination in language.combinations:
        if all(key in places for key in combination.when):
            spoken[combination.noun] = [(Claim(places[key], level), ()) for key, level in combination.when.items()]
    return {text.casefold(): spoken[text] for text in sorted(spoken, key=lambda text: (-len(text), text))}


def _words_without_claims(language: Language) -> dict[str, list[Spoken]]:
    """What a name holds besides its claims: "customers", "with", commas."""
    grammar = language.grammar
    spoken: dict[str, list[Spoken]] = {grammar[key]: [] for key in ("customers", "average", "typical")}
    templates = (grammar["with"], grammar["adjective_noun"], grammar["and"], grammar["between_adjectives"], ", ", " ")
    for template in templates:
        spoken |= {text: [] for text in re.split(r"\{\w+\}", template) if text}
    return spoken
