"""One suggested action per segment, by readable rules over what its features mean to a marketer.

The first rule whose levels all hold gives the action. Every action is a hypothesis: it says which numbers it follows
from and how a randomised hold-out would show whether it works.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.profile.levels import PLAIN, Reading, Standing
from clustera.profile.names import may_say
from clustera.profile.numbers import Z95
from clustera.profile.sentences import figure
from clustera.profile.trust import Statement
from clustera.profile.wording import capital, count, percent
from clustera.records import Action
from clustera.texts import Language, Level

BASE_RATE = 0.10  # responses without the action, when nothing is known
WORTH_SEEING = 0.12  # the rise a test should be able to show
POWER_Z = 0.8416212335729143  # 80 %
HOPELESS = 0.5  # a test that shows nothing below this rate shows nothing


@dataclass(frozen=True, slots=True)
class Rule:
    """When an action is suggested: levels by meaning, all of which must hold."""

    key: str  # its text in the language file
    kind: str
    when: Mapping[str, Level]


# Valuable customers at risk first, then those in the act of leaving, then habits, then value, then single traits.
RULES = (
    Rule("win_back_big", "win back", {"recency": "high", "spend": "high"}),
    Rule("win_back_regular", "win back", {"recency": "high", "frequency": "high"}),
    Rule("let_rest", "leave alone", {"recency": "high", "spend": "low"}),
    Rule("let_rest", "leave alone", {"recency": "high", "frequency": "low"}),
    Rule("risk_big", "retain", {"risk": "high", "spend": "high"}),
    Rule("risk", "retain", {"risk": "high"}),
    Rule("paying_not_using", "retain", {"usage": "low", "spend": "high"}),
    Rule("outgrowing", "upsell", {"usage": "high", "spend": "low"}),
    Rule("low_satisfaction", "retain", {"satisfaction": "low"}),
    Rule("returns", "retain", {"returns": "high"}),
    Rule("win_back", "win back", {"recency": "high"}),
    Rule("discount_habit", "offer", {"discount": "high", "frequency": "high"}),
    Rule("discount_habit", "offer", {"discount": "high", "spend": "high"}),
    Rule("discount_habit", "offer", {"discount": "high", "recency": "low"}),
    Rule("discount", "discount", {"discount": "high"}),
    Rule("recognise_loyal", "recognise", {"spend": "high", "frequency": "high"}),
    Rule("big_rare", "cross-sell", {"spend": "high", "frequency": "low"}),
    Rule("frequent_small", "upsell", {"frequency": "high", "spend": "low"}),
    Rule("visits_not_buying", "offer", {"visits": "high", "spend": "low"}),
    Rule("affluent_big", "recognise", {"income": "high", "spend": "high"}),
    Rule("modest_big", "retain", {"income": "low", "spend": "high"}),
    Rule("affluent_careful", "upsell", {"income": "high", "spend": "low"}),
    Rule("welcome", "offer", {"tenure": "low"}),
    Rule("modest_careful", "offer", {"income": "low", "spend": "low"}),
    Rule("recognise_big", "recognise", {"spend": "high"}),
    Rule("seldom_small", "offer", {"frequency": "low", "spend": "low"}),
    Rule("low_engagement", "retain", {"engagement": "low"}),
    Rule("low_use", "retain", {"usage": "low"}),
    Rule("full_price", "recognise", {"discount": "low", "frequency": "high"}),
    Rule("frequent", "cross-sell", {"frequency": "high"}),
    Rule("frequent_visitors", "cross-sell", {"visits": "high"}),
    Rule("heavy_use", "upsell", {"usage": "high"}),
    Rule("active", "cross-sell", {"recency": "low"}),
    Rule("small_spend", "cross-sell", {"spend": "low"}),
    Rule("seldom", "offer", {"frequency": "low"}),
    Rule("full_price", "leave alone", {"discount": "low"}),
    Rule("high_balance", "cross-sell", {"balance": "high"}),
    Rule("affluent", "upsell", {"income": "high"}),
    Rule("modest", "offer", {"income": "low"}),
    Rule("small_basket", "cross-sell", {"basket": "low"}),
    Rule("big_basket", "recognise", {"basket": "high"}),
    Rule("rare_visits", "offer", {"visits": "low"}),
    Rule("long_standing", "recognise", {"tenure": "high"}),
)


def suggest(reading: Reading, statement: Statement, language: Language) -> Action:
    """The action of the first rule that holds.

    An unreliable segment is left alone. Sensitive features (age) never give an action: where only they stand out, that
    is said. Where what stands out has no known meaning, the suggestion is to find one.
    """
    if statement == "unreliable":
        text, test = language.actions["unconfirmed"], language.test["again"]
        return Action("leave alone", text, _because(_standing_out(reading) or _told(reading), language), test)
    levels = _levels(reading, language)
    for rule in RULES:
        if all(key in levels and levels[key][0] == level for key, level in rule.when.items()):
            used = [standing for key in rule.when for standing in levels[key][1]]
            return Action(
                rule.kind, language.actions[rule.key], _because(used, language), _test(rule.kind, reading, language)
            )
    key, kind = _otherwise(reading)
    used = _standing_out(reading) or _told(reading)
    test = language.test["none"] if kind == "leave alone" else _test(kind, reading, language)
    return Action(kind, language.actions[key], _because(used, language), test)


def _levels(reading: Reading, language: Language) -> dict[str, tuple[Level, list[Standing]]]:
    """The plain level of each meaning on which all its columns agree, with those columns."""
    found: dict[str, list[Standing]] = {}
    for standing in reading.standings:
        meaning = standing.term.meaning
        if meaning is not None and not meaning.sensitive and standing.told:
            found.setdefault(meaning.counts_as or standing.term.key, []).append(standing)
    levels: dict[str, tuple[Level, list[Standing]]] = {}
    for key, standings in found.items():
        tiers = {PLAIN[standing.tier] if standing.tier else None for standing in standings}
        level = tiers.pop()
        if not tiers and level is not None and all(_really(standing, level) for standing in standings):
            levels[key] = (level, standings)
    return levels


def _really(standing: Standing, level: Level) -> bool:
    """Whether an urgent level is more than relative: nobody is won back who bought last month, however often others buy."""
    meaning = standing.term.meaning
    if meaning is None or level not in meaning.urgent or not standing.term.unit or standing.term.sign < 0:
        return True
    form = next((form for form in meaning.forms(level) if may_say(form, standing)), None)
    return form is None or form.bounded


def _standing_out(reading: Reading) -> list[Standing]:
    return [standing for standing in reading.standings if standing.tier not in (None, "middle")]


def _told(reading: Reading) -> list[Standing]:
    return [standing for standing in reading.standings if standing.told]


def _otherwise(reading: Reading) -> tuple[str, str]:
    """The text and kind where no rule holds."""
    outstanding = _standing_out(reading)
    if not outstanding:
        known = any(standing.term.meaning is not None for standing in reading.standings)
        if known and all(standing.near_average for standing in reading.standings):
            return "average", "cross-sell"
        return "no_rule" if known else "unknown", "leave alone"
    if all(standing.term.sensitive for standing in outstanding):
        return "sensitive_only", "leave alone"
    known = all(standing.term.meaning is not None for standing in outstanding)
    return "no_rule" if known else "unknown", "leave alone"


def _because(standings: Sequence[Standing], language: Language) -> str:
    """The numbers an action follows from; the three clearest."""
    clearest = sorted(standings, key=lambda standing: -abs(standing.score))[:3]
    return capital(", ".join(figure(standing, language) for standing in standings if standing in clearest))


def _test(kind: str, reading: Reading, language: Language) -> str:
    size = reading.figures.size
    holdout, seen = hold_out(size)
    outcome = language.outcomes[kind.replace(" ", "_").replace("-", "_")]
    values = {"size": count(size, language), "holdout": count(holdout, language), "outcome": outcome}
    if kind == "leave alone":
        return language.say("test", "leave" if seen < HOPELESS else "leave_tiny", **values)
    if seen <= WORTH_SEEING:
        return language.say("test", "large", **values)
    values["seen"] = percent(math.ceil(100 * seen) / 100, language)
    return language.say("test", "small" if seen < HOPELESS else "tiny", **values)


def hold_out(size: int) -> tuple[int, float]:
    """How many of a segment to leave out of a test, and which response rate the test can then tell from 10 %.

    The smallest hold-out that shows a rise from 10 % to 12 % (two-sided 5 %, power 80 %); half of the segment where even
    that does not suffice.

    Source: Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, chapter 4, without continuity
    correction.

    >>> hold_out(100_000)
    (1959, 0.12)
    """
    if size < 2:
        return 0, 1.0
    each = _needed(BASE_RATE, WORTH_SEEING)
    if size < 2 * each:
        return size // 2, _visible(size // 2)
    # Groups of h and size - h are worth as much as two equal ones where 1/h + 1/(size - h) = 2/each.
    holdout = size / 2 - math.sqrt(size * size / 4 - size * each / 2)
    return math.ceil(holdout), WORTH_SEEING


def _needed(base: float, rate: float) -> float:
    """Customers in each of two equal groups, to tell two response rates apart."""
    middle = (base + rate) / 2
    null = Z95 * math.sqrt(2 * middle * (1 - middle))
    alternative = POWER_Z * math.sqrt(base * (1 - base) + rate * (1 - rate))
    return ((null + alternative) / (rate - base)) ** 2


def _visible(each: int) -> float:
    """The smallest rate that `each` customers per group can tell from the base rate."""
    low, high = BASE_RATE + 1e-6, 1.0
    if _needed(BASE_RATE, high) > each:
        return 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _needed(BASE_RATE, middle) <= each else (middle, high)
    return high
