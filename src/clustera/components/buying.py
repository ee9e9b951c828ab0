"""What the report says of orders in plain words, by stated rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from clustera import texts
from clustera.records import Behavior, Comparison, Migration, Risk, SegmentProfile, Usefulness

OUTCOMES: dict[str, str] = {
    "log_spend": "how much they spend (as ratios)",
    "spend": "how much they spend (in money)",
    "active": "whether they order at all",
    "categories": "what they buy",
}
_EQUAL = 0.01  # shares of the variance nearer than this count as the same


def late(risk: Risk) -> str:
    """What the rule "overdue" was worth three months earlier."""
    if risk.returned is None or risk.returned_others is None:
        return "This could not be tested on the past: take it as a list to look at, not as a forecast."
    told = (
        f"Tested on the past: of the customers overdue on {texts.format_day(risk.tested_on)}, "
        f"{texts.format_share(risk.returned)} ordered within the next 3 months; of the other repeat customers {texts.format_share(risk.returned_others)}. "
    )
    if risk.returned >= risk.returned_others:
        return told + "So being overdue did not show who stays away; do not act on it."
    if risk.returned >= 0.5:
        return told + "So overdue customers come back less often, yet most of them do come back."
    return told + "So overdue customers come back less often, but not all of them are lost."


def expectation(risk: Risk) -> str:
    """How well the next order's day was foreseen; empty where that was not tried."""
    if risk.error is None or risk.error_same is None:
        return ""
    better = "the better guide" if risk.error < risk.error_same else "no better guide"
    return (
        f"The expected day of the next order was off by {texts.format_number(risk.error, 1)} days on average, among those who ordered; "
        f"one common waiting time for everybody would be off by {texts.format_number(risk.error_same, 1)}. So each customer's own pace is {better}."
    )


def last_period(found: Migration, segments: Sequence[SegmentProfile]) -> Comparison:
    """The latest moves as a comparison of two days."""
    names = {segment.segment: segment.name for segment in segments}
    return found.last(names, texts.format_day(found.days[-2]), texts.format_day(found.days[-1]))


def moved(found: Migration, segments: Sequence[SegmentProfile]) -> str:
    """Who moved in the latest period, beside the periods before it."""
    *before, last = found.periods
    said = (
        f"From {texts.format_day(last.before)} to {texts.format_day(last.after)}: "
        f"{texts.moves_sentence(last_period(found, segments))}"
    )
    if not before:
        return said
    low, high = (texts.format_share(bound(p.stayed for p in before)) for bound in (min, max))
    told = low if low == high else f"{low} to {high}"
    each = " each time" if len(before) > 1 and found.months > 1 else ""
    return f"{said} In the {_whole_months(len(before) * found.months)} before, {told} stayed{each}."


def foreseen(found: Migration) -> str:
    """Whether the forecast of sizes and moves was worth anything, tried on the periods that are known."""
    test = found.forecast
    later = "a month" if found.months == 1 else _whole_months(found.months)
    if test.error is None or test.error_unchanged is None:
        return f"The sizes expected {later} later could not be tested on the past: the log covers too few moves."
    tried = f"Tested on the last {_whole_months(test.tested * found.months)}"
    numbers = (
        f"{tried}, the forecast put {_exact_share(test.error)} of the customers into a wrong segment; "
        f"expecting no change, {_exact_share(test.error_unchanged)}."
    )
    if test.better:
        return f"{numbers} So the sizes expected {later} later are the better forecast."
    return f"{numbers} So the forecast of sizes is no better than expecting no change: do not plan with it."


def _whole_months(n: int) -> str:
    """Whole months after "the last" or "the".

    >>> _whole_months(1), _whole_months(3)
    ('month', '3 months')
    """
    return "month" if n == 1 else f"{n} months"


def _exact_share(fraction: float) -> str:
    return f"{texts.format_number(100 * fraction, 2)}%"


def verdict(judged: Sequence[Usefulness]) -> str:
    """Where the segments tell more about the future than groups that need no clustering, and where less."""
    own = next((entry for entry in judged if entry.groups == "segments"), None)
    others = [entry for entry in judged if entry.groups != "segments"]
    if own is None or not others:
        return ""
    said = _compared_outcomes(own, others)
    parts = []
    if said["more"]:
        parts.append(
            f"The segments predict better than simpler groups (RFM, spend quantiles): {_listed_words(said['more'])}."
        )
    if said["as much"]:
        parts.append(f"They predict as well as those: {_listed_words(said['as much'])}.")
    if said["less"]:
        parts.append(f"They predict less well: {_listed_words(said['less'])}.")
    if parts and not said["more"]:
        parts[0] = parts[0].replace("They", "The segments", 1)
    if said["nothing"]:
        parts.append(f"None of these groups predicts {_listed_words(said['nothing'])}.")
    return " ".join(parts)


def _compared_outcomes(own: Usefulness, others: Sequence[Usefulness]) -> dict[str, list[str]]:
    """Outcomes in words, by how the segments do beside the best of the others."""
    said: dict[str, list[str]] = {"more": [], "as much": [], "less": [], "nothing": []}
    for outcome, words in OUTCOMES.items():
        mine = getattr(own, outcome)
        rivals = [(value, entry) for entry in others if (value := getattr(entry, outcome)) is not None]
        if mine is None or not rivals:
            continue
        best, rival = max(rivals, key=lambda pair: pair[0])
        if max(mine, best) < _EQUAL:
            said["nothing"].append(words)
        elif abs(mine - best) < _EQUAL:
            said["as much"].append(words)
        elif mine > best:
            said["more"].append(words)
        else:
            said["less"].append(f"{words} ({grouping(rival)} do better)")
    return said


def outnumbered(judged: Sequence[Usefulness]) -> str:
    """What to do where groups that are more than the segments tell more; empty where that is not so."""
    own = next((entry for entry in judged if entry.groups == "segments"), None)
    if own is None:
        return ""
    ahead = [
        entry.count
        for entry in judged
        if entry.count > own.count
        for outcome in OUTCOMES
        if (getattr(entry, outcome) or 0.0) - (getattr(own, outcome) or 0.0) >= _EQUAL
    ]
    if not ahead:
        return ""
    return (
        f"But those are up to {max(ahead)} groups, the segments only {own.count}. To get as many segments as later spending "
        "supports, run again with --choose-by future-spend."
    )


def grouping(entry: Usefulness) -> str:
    """A way of grouping, with the number of groups where the name does not say it."""
    return f"{entry.count} {entry.groups}"


def incomplete(behavior: Behavior) -> str:
    """The name of the last month where it is not over on the snapshot date, else empty."""
    last = date(1970, 1, 1) + timedelta(days=behavior.as_of)
    return f"{last:%Y-%m}" if (last + timedelta(days=1)).day != 1 else ""


def _listed_words(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
