"""The words of a name: how claims, comparisons and categories are said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from clustera.profile.levels import HELD, NEW, OPPOSITE, Standing, Thresholds
from clustera.profile.vocabulary import names_time
from clustera.records import Level
from clustera.texts import Language, WordForm, capitalize, join_list

BOUND_SLACK = 0.1  # a name that is kept may pass a form's bound by this share


def compose_name(said: Sequence[tuple[Standing, Level]], language: Language, noun: str = "") -> str:
    """A name that says levels: "Young, affluent customers with many devices".

    Args:
        said: What it says, in the order in which adjectives stand.
        language: Whose words are used.
        noun: Of a combination; without one the last level that has a noun gives it.
    """
    adjectives: list[str] = []
    tails: dict[str, list[str]] = {}  # titles by the level that they share: "high milk and grocery"
    for standing, level in reversed(said):
        form = level_words(standing, level)
        if form is not None and form.noun and not noun:
            noun = form.noun
        elif form is not None and form.adjective:
            adjectives.append(form.adjective)
        else:
            tails.setdefault(_level_key(standing, level, language), []).append(standing.term.title)
    adjectives.reverse()
    last = language.grammar["and"]
    parts = [
        language.grammar[key].format(title=join_list(_without_shared_end(titles[::-1]), last))
        for key, titles in reversed(tails.items())
    ]
    name = noun or language.grammar["customers"]
    if adjectives:
        together = language.grammar["between_adjectives"].join(adjectives)
        name = language.grammar["adjective_noun"].format(adjectives=together, noun=name)
    if parts:
        joint = last if noun or adjectives else ", "  # "customers with low wine spend, few web purchases"
        name = language.grammar["with"].format(name=name, list=join_list(parts, joint))
    return capitalize(name)


def _without_shared_end(titles: Sequence[str]) -> list[str]:
    """Titles of which only the last keeps the word that all end with: "wine and meat spend"."""
    parted = [title.split() for title in titles]
    if len({parts[-1] for parts in parted}) > 1 or min(map(len, parted)) < 2:
        return list(titles)
    return [*(" ".join(parts[:-1]) for parts in parted[:-1]), titles[-1]]


def level_has_words(standing: Standing, level: Level) -> bool:
    """Whether a level of a feature can be said: by the vocabulary, or by the column's title."""
    meaning = standing.term.meaning
    if meaning is None or not standing.term.alone:
        return level != "middle"  # "high data usage" needs no vocabulary; "medium data usage" names nobody
    return any(word_form_fits(form, standing) for form in meaning.forms(level))


def level_words(standing: Standing, level: Level) -> WordForm | None:
    """The vocabulary's words for a level that may be said of a segment."""
    meaning = standing.term.meaning
    if meaning is None or not standing.term.alone:
        return None
    shared = dict(standing.shared).get(level)
    if shared is not None:
        return meaning.forms(level)[shared]
    return next((form for form in meaning.forms(level) if word_form_fits(form, standing)), None)


def with_shared_words(standings: Sequence[Standing]) -> list[Standing]:
    """How segments stand on one feature, with one word for one level: nobody is "more recent" beside others who are "active".

    A segment that lies just beyond the bounds of the word that another one gets, within the slack of names that are kept, gets
    that word too; a word that is relative to the other customers would say the same again.
    """
    found = list(standings)
    for at, standing in enumerate(standings):
        meaning, level = standing.term.meaning, standing.tier
        form = level_words(standing, level) if level else None
        if meaning is None or level is None or form is None or form.bounded:
            continue
        for place, other in enumerate(meaning.forms(level)):
            used = any(one.tier == level and level_words(one, level) is other for one in standings)
            if other.bounded and used and word_form_fits(other, standing, HELD):
                found[at] = replace(standing, shared=((level, place),))
                break
    return found


def word_form_fits(form: WordForm, standing: Standing, thresholds: Thresholds = NEW) -> bool:
    """Whether the segment's share and mean lie within a form's bounds, in the form's unit."""
    if (form.if_often and not standing.often) or (form.repeated and _is_once(standing)):
        return False
    slack = BOUND_SLACK if thresholds is HELD else 0.0
    if standing.share > form.up_to_share * (1 + slack):
        return False
    return not form.bounded or _mean_within_bounds(form, standing, slack)


def _is_once(standing: Standing) -> bool:
    """Whether the middle 80% of the customers did it once, all of them."""
    return standing.profile.low == standing.profile.high == 1


def _mean_within_bounds(form: WordForm, standing: Standing, slack: float) -> bool:
    meaning = standing.term.meaning
    default = meaning.unit if meaning is not None else ""
    if standing.term.sign < 0 or (standing.term.unit or default) != (form.unit or default):
        return False
    if is_windowed_count(standing):
        return False
    own = standing.profile
    lowest, highest = (
        (min(own.mean, own.quartiles[0]), max(own.mean, own.quartiles[1])) if form.for_most else (own.mean, own.mean)
    )
    above = form.at_least is None or lowest >= form.at_least * (1 - slack)
    return above and (form.below is None or highest < form.below * (1 + slack))


def has_lapsed(standing: Standing, thresholds: Thresholds = NEW) -> bool:
    """Whether it is long since the last purchase for most of a segment, by the words' own bound, and longer than for all."""
    if standing.term.key != "recency" or not standing.told or standing.profile.mean <= standing.overall.mean:
        return False
    forms = standing.term.meaning.forms("high") if standing.term.meaning is not None and standing.term.alone else ()
    return any(form.for_most and word_form_fits(form, standing, thresholds) for form in forms)


def in_own_unit(standing: Standing) -> bool:
    """Whether a feature is told in the unit that its meaning assumes: days since the last order."""
    meaning = standing.term.meaning
    default = (meaning.unit or "days") if meaning is not None and not meaning.counts else ""
    return standing.term.sign > 0 and standing.term.unit in ("", default)


def is_windowed_count(standing: Standing) -> bool:
    """Whether a feature counts only a part of the past: one order in the last 12 months need not be the only one."""
    meaning = standing.term.meaning
    return meaning is not None and meaning.counts and names_time(standing.term.feature)


def _level_key(standing: Standing, level: Level, language: Language) -> str:
    said = level if standing.term.sign > 0 else OPPOSITE[level]
    measured = _what_is_measured(standing, language)
    return f"{measured}_{said}" if measured in ("count", "time") else said


def name_with_comparison(name: str, standing: Standing, way: Literal["more", "less"], language: Language) -> str:
    """A name with what there is more, or less, of: "Frequent buyers with more spend".

    Args:
        name: Of the segment, so far.
        standing: The feature.
        way: Whether the column itself has more or less.
        language: Whose words are used.
    """
    meaning = standing.term.meaning if standing.term.alone and standing.term.sign > 0 else None
    own = "" if meaning is None else meaning.more if way == "more" else meaning.less
    if own:
        return language.grammar["with"].format(name=name, list=own)
    measured = _what_is_measured(standing, language)
    return language.grammar[f"{measured}_{way}" if measured else way].format(name=name, title=standing.term.title)


def _what_is_measured(standing: Standing, language: Language) -> Literal["count", "time", "money", ""]:
    """Whether a title names what is counted ("many devices"), lasts ("long lead time"), is money ("more spend") or neither.

    The title is the column's own name, as people gave it: it is data, read by the words of the language file as `check` reads
    the names of columns by the lexicon. It decides which words a level gets, and nothing else.
    """
    feature, title = standing.term.feature, standing.term.title.lower()
    first = _measured_word(title)
    if first in language.counted:
        return "count"
    if standing.term.unit in language.units:
        return "time" if first in language.lasting else ""
    if first in language.lasting and not feature.unit:
        return "time"
    if first in language.money:
        return "money"
    counted = not feature.unit and first.endswith("s") and not first.endswith(("ss", "us", "is"))
    return "count" if counted and first not in language.amounts else ""


def _measured_word(title: str) -> str:
    """The word of a title that says what is measured: nights of "nights per stay", events of "events attended"."""
    words = re.split(r" (?:per|in|of|by|at|on|last|past) ", title)[0].split()
    return words[-2] if len(words) > 1 and words[-1].endswith("ed") else words[-1]
