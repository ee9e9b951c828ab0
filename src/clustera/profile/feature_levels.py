"""The levels of a segment as its record keeps them, so that other steps can build on them."""

from __future__ import annotations

from clustera.profile.levels import NEW, PLAIN, SegmentReading, Standing
from clustera.profile.name_words import has_lapsed, word_form_fits
from clustera.records import FeatureLevel, Level


def feature_levels(reading: SegmentReading) -> tuple[FeatureLevel, ...]:
    """The levels of one segment as its record keeps them, in the order of the features."""
    return tuple(
        FeatureLevel(
            feature=standing.term.feature.name,
            meaning=standing.term.key,
            level=_level(standing),
            score=standing.score,
            known=standing.told,
            near_average=standing.near_average,
            sensitive=standing.term.sensitive,
            absolute=_is_absolute(standing),
        )
        for standing in reading.standings
    )


def _level(standing: Standing) -> Level | None:
    """The level that is claimed; long silence by its days alone, as a name says it: the action fits the name."""
    lapsed = has_lapsed(standing) and standing.clear(standing.profile.mean - standing.overall.mean, NEW)
    return "high" if lapsed and standing.tier != "very_high" else standing.tier


def _is_absolute(standing: Standing) -> bool:
    """Whether an urgent level is more than relative: nobody is won back who bought last month, however often others buy."""
    meaning = standing.term.meaning
    level = _level(standing)
    plain = PLAIN[level] if level else None
    if meaning is None or plain not in meaning.urgent or not standing.term.unit or standing.term.sign < 0:
        return True
    form = next((form for form in meaning.forms(plain) if word_form_fits(form, standing)), None)
    return form is None or form.bounded
