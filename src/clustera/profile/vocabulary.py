"""Which marketing meaning a column has, by its name."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clustera import lexicon
from clustera.days import MONTH
from clustera.profile.plain_titles import plain_titles, without_aside
from clustera.records import FeaturePreparation, Patterns
from clustera.texts import Language, Meaning, inline_title, is_scale


@dataclass(frozen=True, slots=True)
class Term:
    """One feature as marketers know it."""

    feature: FeaturePreparation
    key: str  # the meaning's id; empty when unknown
    meaning: Meaning | None
    sign: int  # -1 when the column runs against its meaning, as a birth year against age
    unit: str  # "days", "weeks", "months" or "years" when it is one of them, else the unit as given
    alone: bool  # no other feature has the same meaning, so the meaning's words are clear
    title: str = ""  # in plain words, as a name says it

    @property
    def sensitive(self) -> bool:
        """No action may rest on it."""
        return self.meaning is not None and self.meaning.sensitive


def feature_terms(features: Sequence[FeaturePreparation], language: Language) -> tuple[Term, ...]:
    """The meaning of each feature, as far as its name tells."""
    found = _meanings(features, language)
    meant = [key for key, _, _ in found]
    keys = _looking_back_longest(meant, features, language)
    recent = [key != own or key in {f"recent_{other}" for other in keys} for key, own in zip(keys, meant, strict=True)]
    known = lexicon.titles_in_table([feature.title for feature in features])
    titles = plain_titles(
        [
            title or (_recent_title(feature, language) if shorter else feature.title)
            for feature, title, shorter in zip(features, known, recent, strict=True)
        ],
        language,
        topics=[
            "" if title or shorter else feature.topic
            for feature, title, shorter in zip(features, known, recent, strict=True)
        ],
    )
    return tuple(
        Term(
            feature=feature,
            key=key,
            meaning=language.meanings[key] if key else None,
            sign=sign,
            unit=unit,
            alone=keys.count(key) == 1,
            title=title,
        )
        for feature, title, key, (_, sign, unit) in zip(features, titles, keys, found, strict=True)
    )


def additive_features(features: Sequence[FeaturePreparation], language: Language) -> frozenset[str]:
    """Names of the features whose total over customers means something: spend and orders, not shares and ages."""
    shares = set(language.shares)
    return frozenset(
        feature.name
        for feature, (key, sign, _) in zip(features, _meanings(features, language), strict=True)
        if key and language.meanings[key].adds_up and sign > 0 and not shares & {*title_words(feature.name)}
    )


def with_fractions(
    features: Sequence[FeaturePreparation], patterns: Patterns, language: Language
) -> tuple[FeaturePreparation, ...]:
    """The features, marked where they are shares told in percent: values from 0 to 1 under a name such as rate."""
    ends = {
        found.name: (found.quantiles[0], found.quantiles[-1]) for found in patterns.distributions if found.quantiles
    }
    return tuple(
        replace(feature, fraction=_named_share(feature, language) and _is_open_range(ends.get(feature.name)))
        for feature in features
    )


def _named_share(feature: FeaturePreparation, language: Language) -> bool:
    return not feature.unit and any(word in language.shares for word in title_words(feature.name))


def _is_open_range(ends: tuple[float, float] | None) -> bool:
    return ends is not None and ends[0] >= 0 and ends[1] <= 1


def title_words(name: str) -> tuple[str, ...]:
    """A column's name cut into small words without plural s.

    >>> title_words("AnnualIncome_k$"), title_words("Days since last orders (12M)")
    (('annual', 'income', 'k'), ('day', 'since', 'last', 'order', '12', 'm'))
    """
    parts = re.findall(r"[^\W\d_]+|\d+", lexicon.part_at_capitals(name))
    return tuple(_singular(part.lower()) for part in parts)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


DAYS_OF = {"days": 1.0, "weeks": 7.0, "months": MONTH, "years": 12 * MONTH}
SUMS = 100  # half of the customers or more have this much: such "purchases" are not counted
_COUNTED = frozenset({"number", "num", "no", "nr", "n", "count", "cnt", "frequency", "day"})
_MONEY = frozenset({"income", "balance", "spend", "value", "payments", "basket"})
Phrase = tuple[str, int, tuple[str, ...]]  # a meaning's id, the sign, the words


def _phrases_of(language: Language) -> list[Phrase]:
    return [
        (key, sign, title_words(name))
        for key, meaning in language.meanings.items()
        for sign, names in ((1, meaning.names), (-1, meaning.reversed))
        for name in names
    ]


def _meanings(features: Sequence[FeaturePreparation], language: Language) -> list[tuple[str, int, str]]:
    phrases = _phrases_of(language)
    return [_meaning(feature, phrases, language) for feature in features]


def _looking_back_longest(keys: Sequence[str], features: Sequence[FeaturePreparation], language: Language) -> list[str]:
    """The meanings; of features that mean the same over different times, only the longest time keeps the meaning.

    Spend of the last 12 months makes a big spender; beside it spend of the last 3 months is recent spend where the
    vocabulary has that, else it is told by its title.
    """
    spans = [_span(feature, language) for feature in features]
    longest = {key: max(span for own, span in zip(keys, spans, strict=True) if own == key) for key in keys}
    shorter = {key: f"recent_{key}" if f"recent_{key}" in language.meanings else "" for key in keys}
    return [key if span == longest[key] else shorter[key] for key, span in zip(keys, spans, strict=True)]


def names_time(feature: FeaturePreparation) -> bool:
    """Whether a feature names the time that it looks back over: our own by its days, a column of a table by a number in its header."""
    return feature.looks_back > 0 or any(letter.isdigit() for letter in feature.title)


def _recent_title(feature: FeaturePreparation, language: Language) -> str:
    """The title of a feature that looks back less far than another of its meaning: "recent spend"."""
    topic = feature.topic or without_aside(feature.title)
    return language.grammar["recent"].format(title=inline_title(topic)) if topic != feature.title else feature.title


def _span(feature: FeaturePreparation, language: Language) -> float:
    """Days that a feature looks back over; of a column of a table what its header names; infinite where it names no time."""
    return feature.looks_back or days_in_header(feature.title, language)


def days_in_header(header: str, language: Language) -> float:
    """Days that a column of a table looks back over, by its header; infinite where it names no time.

    >>> from clustera.texts import load_language
    >>> [round(days_in_header(name, load_language())) for name in ("Spend 8 months", "spend_12wk", "Orders last quarter 90 days")]
    [244, 84, 90]
    """
    said = title_words(header)
    for number, word in itertools.pairwise(said):
        if number.isdigit() and (unit := _unit_of(word, language)):
            return int(number) * DAYS_OF[unit]
    return math.inf


def _meaning(feature: FeaturePreparation, phrases: Sequence[Phrase], language: Language) -> tuple[str, int, str]:
    """The meaning's id, the sign and the unit of time.

    Of the meanings' names the longest counts that occurs in the column's, where nothing but neutral words is left over.
    """
    found: tuple[int, str, int] = (0, "", 1)
    matched: tuple[str, ...] = ()
    plain = tuple(map(_singular, lexicon.plain_words(feature.title)))
    for spelling in (title_words(feature.name), title_words(feature.title), plain):
        for key, sign, phrase in phrases:
            if sign < 0 and spelling == title_words(feature.name) != title_words(feature.title):
                continue  # a date or year that was counted up to a day no longer runs against its meaning
            if len(phrase) > found[0] and _only_neutral_besides(spelling, phrase, language):
                found, matched = (len(phrase), key, sign), phrase
    _, key, sign = found
    key = _meaning_of_cells(feature, key, matched, language)
    if not key or not language.meanings[key].counts:
        return key, sign, _unit(feature, (), language)
    # "purchase days" counts days, it does not last for days; but "orders per month" are told with their month.
    unit = _unit(feature, matched, language)
    return (key, sign, unit) if unit in ("", *language.units) else ("", 1, unit)


def _meaning_of_cells(feature: FeaturePreparation, key: str, matched: tuple[str, ...], language: Language) -> str:
    """The meaning that the cells allow, where the name says one; else what the check found that they hold."""
    if not key:
        # Who complained last a year ago has not lapsed.
        came = feature.measures == "last" and lexicon.name_says(feature.name, "columns", "last")
        return "recency" if came and "recency" in language.meanings else ""
    key = _money_of(key, matched, language) if _has_sums(feature) else key
    return "" if _means_otherwise(feature, key, language) else key


def _money_of(key: str, matched: tuple[str, ...], language: Language) -> str:
    """The meaning of money that the same words have where the values are sums, else the meaning itself."""
    named = {title_words(name): other for other, meaning in language.meanings.items() for name in meaning.names_of_sums}
    return named.get(matched, key)


def _has_sums(feature: FeaturePreparation) -> bool:
    """Whether values are too large, and come in no steps, to count purchases: 1,076.23 are an amount."""
    return feature.step == 0 and feature.fill >= SUMS and not _COUNTED & {*title_words(feature.title)}


def _means_otherwise(feature: FeaturePreparation, key: str, language: Language) -> bool:
    """Months of delay under the name of pay; a margin of 20 %, which is no margin of 20."""
    if key in _MONEY and feature.measures == "level":
        return True
    return language.meanings[key].adds_up and (feature.unit == "%" or feature.fraction)


def _only_neutral_besides(spelling: tuple[str, ...], phrase: tuple[str, ...], language: Language) -> bool:
    for start in range(len(spelling) - len(phrase) + 1):
        if spelling[start : start + len(phrase)] == phrase:
            rest = (*spelling[:start], "", *spelling[start + len(phrase) :])
            if all(_is_neutral(rest, place, language) for place in range(len(rest))):
                return True
    return False


def _is_neutral(rest: tuple[str, ...], place: int, language: Language) -> bool:
    word = rest[place]
    if word in language.periods:
        after = rest[place + 1] if place + 1 < len(rest) else ""
        return after.isdigit() or _unit_of(after, language) != ""
    return word == "" or word.isdigit() or word in language.neutral or _unit_of(word, language) != ""


def _unit(feature: FeaturePreparation, matched: tuple[str, ...], language: Language) -> str:
    """The feature's unit; where unknown, a unit of time that its name holds besides the words that were matched."""
    if feature.unit and not is_scale(feature.unit):
        unit = _unit_of(feature.unit.lower(), language)
        # The unit may have been read from the name: the days of "order_days".
        return "" if unit and unit in {_unit_of(word, language) for word in matched} else unit or feature.unit
    found = [_unit_of(word, language) for word in title_words(feature.name) if word not in matched]
    return next((unit for unit in found if unit), "")


def _unit_of(word: str, language: Language) -> str:
    return next((unit for unit, spellings in language.units.items() if word in spellings), "")
