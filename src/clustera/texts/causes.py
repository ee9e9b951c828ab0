"""Because of which feature customers moved, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from clustera.records import MoveCause
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate

_NAMED = 2  # reasons of one sentence


def came_because(causes: Sequence[MoveCause], titles: Mapping[str, str], *, came: bool) -> str:
    """Because of which features most came to a segment, or went from it; empty where that is not known.

    Args:
        causes: Of those who came, or of those who went.
        titles: Feature -> how it is called.
        came: Whether they came.

    >>> causes = [MoveCause(1, 2, "spend", False, 80), MoveCause(3, 2, "spend", False, 2), MoveCause(3, 2, "recency", True, 38)]
    >>> came_because(causes, {"spend": "Spend, last 358 days", "recency": "Days since last order"}, came=True)
    '120 came: 82 because Spend (last 358 days) fell, 38 because Days since last order rose.'
    """
    found = _counted_causes(causes)
    everybody = sum(n for n, _, _ in found)
    if not everybody:
        return ""
    reasons = [
        translate("{n} because {feature} rose", n=format_count(n), feature=_short_title(feature, titles))
        if rose
        else translate("{n} because {feature} fell", n=format_count(n), feature=_short_title(feature, titles))
        for n, feature, rose in found[:_NAMED]
    ]
    if others := sum(n for n, _, _ in found[_NAMED:]):
        reasons.append(translate("{n} because of another feature", n=format_count(others)))
    values = {"n": format_count(everybody), "reasons": ", ".join(reasons)}
    return translate("{n} came: {reasons}.", **values) if came else translate("{n} went: {reasons}.", **values)


def moved_because(causes: Sequence[MoveCause], titles: Mapping[str, str]) -> str:
    """Because of which feature most made one move; empty where that is not known.

    >>> moved_because([MoveCause(1, 2, "spend", False, 2), MoveCause(1, 2, "spend", True, 1)], {"spend": "Spend"})
    'Spend fell: main reason for 2 of 3'
    """
    found = _counted_causes(causes)
    if not found:
        return ""
    n, feature, rose = found[0]
    values = {"n": format_count(n), "all": format_count(sum(count for count, _, _ in found))}
    title = _short_title(feature, titles)
    return (
        translate("{feature} rose: main reason for {n} of {all}", feature=title, **values)
        if rose
        else translate("{feature} fell: main reason for {n} of {all}", feature=title, **values)
    )


def all_causes(causes: Sequence[MoveCause], titles: Mapping[str, str]) -> str:
    """Every feature whose change made one move, and for how many; empty where that is not known.

    >>> all_causes([MoveCause(1, 2, "spend", False, 2), MoveCause(1, 2, "spend", True, 1)], {"spend": "Spend"})
    'Spend fell: 2; Spend rose: 1'
    """
    told = []
    for n, feature, rose in _counted_causes(causes):
        values = {"feature": _short_title(feature, titles), "n": format_count(n)}
        told.append(translate("{feature} rose: {n}", **values) if rose else translate("{feature} fell: {n}", **values))
    return "; ".join(told)


def _counted_causes(causes: Sequence[MoveCause]) -> list[tuple[int, str, bool]]:
    """How many moved because of which feature, and whether it rose; the most frequent first."""
    counted: Counter[tuple[str, bool]] = Counter()
    for cause in causes:
        counted[cause.feature, cause.rose] += cause.count
    return sorted(((n, *key) for key, n in counted.items()), key=lambda found: (-found[0], found[1:]))


def _short_title(feature: str, titles: Mapping[str, str]) -> str:
    """A feature's title within a sentence: "Spend (last 3 months)"."""
    title = titles.get(feature, feature)
    head, comma, rest = title.partition(", ")
    return f"{head} ({rest})" if comma else title
