"""One sentence per segment with its numbers, and the phrases it is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from clustera.profile.levels import Reading, Standing
from clustera.profile.numbers import wilson
from clustera.records import DescriptorShare
from clustera.samples import KNOWN
from clustera.texts import Language, format_count, format_number, format_share, format_with_unit, inline_title
from clustera.texts.numbers import ONES, TENS

FEATURES = 4  # in a sentence; more than that nobody keeps in mind
CLEAR_SHARE = 0.2  # Cohen's h from which a descriptor is worth a word
MANY_TIMES = 250.0  # an index from which people say "times the average"


def sentence(reading: Reading, *, everyone: int, language: Language, titles: Mapping[str, str]) -> str:
    """What the segment is, in one sentence.

    Args:
        reading: The segment.
        everyone: Number of all customers.
        language: Whose words are used.
        titles: Of the descriptors, by name.
    """
    own = reading.figures
    size = language.sentence["size"].format(
        count=format_count(own.size),
        everyone=format_count(everyone),
        share=format_share(own.share),
    )
    speaking = {standing.term.feature.name for standing in reading.standings if standing.told}
    chosen = [feature for feature in own.distinguishing if feature in speaking][:FEATURES]
    standings = [standing for standing in reading.standings if standing.term.feature.name in chosen]
    told: dict[str, list[str]] = {"phrase": [], "having": [], "plain": []}
    for standing in standings:
        told[kind(standing)].append(compared(standing, phrase(standing, language), language))
    text = ", ".join([size, *told["phrase"]])
    if told["having"]:
        text += " " + language.sentence["having"].format(list=listed(told["having"], language.sentence["and"]))
    if told["plain"]:
        text += language.sentence["only" if text == size else "rest"].format(list=", ".join(told["plain"]))
    telling = telling_share(reading)
    if telling is not None:
        title = inline_title(titles.get(telling.descriptor, telling.descriptor))
        text += language.sentence["descriptor"].format(
            share=format_share(telling.share),
            overall=format_share(telling.overall),
            descriptor=title,
            value=telling.value,
        )
    return capital(text) + "."


def telling_share(reading: Reading) -> DescriptorShare | None:
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
        middle, half = wilson(share.count, known)
        excludes = abs(share.overall - middle) > half
        effect = 2 * math.asin(math.sqrt(share.share)) - 2 * math.asin(math.sqrt(share.overall))
        if excludes and effect >= largest:
            best, largest = share, effect
    return best


def phrase(standing: Standing, language: Language) -> str:
    """A feature of a segment in words: "earning 87 k$", "a spending score of 82", "data usage 12 GB"."""
    meaning, way = standing.term.meaning, kind(standing)
    if meaning is None or way == "plain":
        return _plain(standing, language)
    template = meaning.phrase if way == "phrase" else meaning.having
    text = rounded(standing, standing.profile.mean)
    return template.format(number=text, value=format_with_unit(text, standing.term.feature.unit or standing.term.unit))


def figure(standing: Standing, language: Language) -> str:
    """A feature by its title, with its number and comparison: "annual income 87 k$ (index 143)"."""
    return compared(standing, _plain(standing, language), language)


def _plain(standing: Standing, language: Language) -> str:
    title = inline_title(standing.term.feature.title)
    return language.sentence["plain"].format(title=title, value=mean_with_unit(standing))


def mean_with_unit(standing: Standing) -> str:
    """A feature's mean as a person writes it: "87 k$", "14%"."""
    return format_with_unit(rounded(standing, standing.profile.mean), standing.term.feature.unit)


def rounded(standing: Standing, value: float) -> str:
    """A value of a feature, rounded for people."""
    if standing.term.feature.fraction:
        return format_share(value)
    # A table keeps three figures of a typical difference, a sentence two; 1.4 and 2.3 orders are not "1" and "2", though.
    least = 0 if abs(value) >= TENS or value == 0 else 1 if abs(value) >= ONES else 2
    return format_number(value, max(standing.term.feature.decimals - 1, least))


def compared(standing: Standing, text: str, language: Language) -> str:
    """A phrase with how it compares to the average customer, where that is of use."""
    meaning = standing.term.meaning
    if meaning is not None and not meaning.index:
        return text
    if not standing.overall.ratio:
        average = rounded(standing, standing.overall.mean)
        return language.sentence["against"].format(phrase=text, average=average)
    index = standing.profile.index
    if index >= MANY_TIMES:
        return language.sentence["times"].format(phrase=text, times=format_number(index / 100, 1))
    return language.sentence["index"].format(phrase=text, index=format_number(index, 0))


def kind(standing: Standing) -> Literal["phrase", "having", "plain"]:
    """How a feature is told: by a phrase of its own, after "with", or by its title and number."""
    meaning = standing.term.meaning
    if meaning is None or not standing.term.alone or standing.term.sign < 0:
        return "plain"
    if meaning.phrase_units is not None and standing.term.unit not in meaning.phrase_units:
        return "plain"
    return "phrase" if meaning.phrase else "having" if meaning.having else "plain"


def listed(parts: Sequence[str], last: str) -> str:
    """Parts of a list in words.

    >>> listed(["a", "b", "c"], " and ")
    'a, b and c'
    """
    return ", ".join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else "".join(parts)


def capital(text: str) -> str:
    """With a capital first letter.

    >>> capital("young, affluent big spenders")
    'Young, affluent big spenders'
    """
    return text[:1].upper() + text[1:]
