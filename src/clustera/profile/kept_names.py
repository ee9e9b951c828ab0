"""Names of an earlier run, kept while what they say nearly holds: by the claims that the run kept, never by their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustera.profile.levels import HELD, NEW, PLAIN, Standing
from clustera.profile.name_claims import Claim, Claims
from clustera.profile.name_contrasts import beyond_all
from clustera.profile.name_words import has_lapsed, word_form_fits
from clustera.records import NameBasis, NameClaim

_MOST = 0.5  # share of a segment's customers from which on "mostly" is true


class KeptNames:
    """Which names of an earlier run still fit.

    Args:
        claims: The claims that may be made about the segments.
    """

    def __init__(self, claims: Claims) -> None:
        self.claims = claims
        self.readings = claims.readings
        standings = self.readings[0].standings if self.readings else ()
        self.places = {standing.term.feature.name: j for j, standing in enumerate(standings)}

    def may_keep(self, place: int, basis: NameBasis) -> bool:
        """Whether a name from before still fits: all that it says must hold, with some slack."""
        if basis.numbered or not all(feature in self.places for feature in _named_features(basis)):
            return False
        if not basis.claims and basis.contrast is None and self._strong_even_if_held(place):
            return False
        if any(self.claims.is_too_mild(place, Claim(self.places[c.feature], c.level)) for c in basis.claims):
            return False
        return (
            all(_still_holds(claim, self._standing(place, claim)) for claim in basis.claims)
            and (basis.contrast is None or self._still_apart(place, basis.claims, *basis.contrast))
            and (basis.category is None or self._still_most(place, *basis.category))
        )

    def _standing(self, place: int, claim: NameClaim) -> Standing:
        return self.readings[place].standings[self.places[claim.feature]]

    def _still_apart(self, place: int, told: Sequence[NameClaim], feature: str, sign: int) -> bool:
        """Whether a segment still has more (sign 1) or less (-1) of a feature than those it was compared with, or all."""
        j = self.places[feature]
        own = self.readings[place].standings[j]
        alike = self.claims.alike(place, [Claim(self.places[claim.feature], claim.level) for claim in told])
        means = [self.readings[other].standings[j].profile.mean for other in alike] or [own.overall.mean]
        gaps = [sign * (own.profile.mean - mean) for mean in means]
        return own.told and beyond_all(own, sign) and all(gap > 0 and own.clear(gap, HELD) for gap in gaps)

    def _still_most(self, place: int, descriptor: str, value: str) -> bool:
        shares = self.readings[place].figures.descriptors
        return any(one.share > _MOST for one in shares if (one.descriptor, one.value) == (descriptor, value))

    def _strong_even_if_held(self, place: int) -> bool:
        """Whether a feature stands out so clearly that "average" has become wrong."""
        far = replace(NEW, high=0.7)
        return any(s.means("high", far) or s.means("low", far) for s in self.readings[place].standings)


def _named_features(basis: NameBasis) -> list[str]:
    named = [claim.feature for claim in basis.claims]
    return named if basis.contrast is None else [*named, basis.contrast[0]]


def _still_holds(claim: NameClaim, standing: Standing) -> bool:
    """Whether a level still holds, within the bounds of the words by which it was said."""
    if not standing.means(claim.level, HELD) and not (PLAIN[claim.level] == "high" and has_lapsed(standing, HELD)):
        return False
    meaning = standing.term.meaning
    forms = meaning.forms(claim.level) if meaning is not None and claim.form is not None else ()
    return all(word_form_fits(form, standing, HELD) for form in forms[claim.form :][:1])
