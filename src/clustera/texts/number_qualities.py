"""What there is to know of a number of segments before somebody chooses it, in plain words: distinct, steady, large enough."""

from __future__ import annotations

from typing import NamedTuple

from clustera.records import KEvidence, KSelection
from clustera.texts.choice import SMALLEST
from clustera.texts.numbers import format_percent, format_share
from clustera.texts.translation import translate

_OF_GAPS = {"no-gap", "no-gap-along", "edge-of-window", "changes", "weaker"}  # asked only where there are clear groups


TOO_SMALL = format_percent(100 * SMALLEST, 0)


class Quality(NamedTuple):
    """One quality of the segments of a number."""

    good: bool | None  # None: it was not asked of this number
    answer: str  # a word or two, for a table
    sentence: str


class NumberQualities(NamedTuple):
    """What the segments of a number are like."""

    distinct: Quality  # few customers between neighboring segments
    steady: Quality  # its segments are found again on other customers
    size: Quality  # of the smallest segment


def number_qualities(entry: KEvidence, selection: KSelection) -> NumberQualities:
    """Whether the segments of a number are distinct, steady and large enough, by the rules that chose the number.

    Args:
        entry: What was measured for the number.
        selection: The choice among all numbers.
    """
    codes = {other.refused.code for other in selection.evidence if other.refused}
    by_gaps = selection.verdict == "clear" or bool(codes & _OF_GAPS)
    return NumberQualities(_distinct(entry, by_gaps=by_gaps), _steady(entry, by_gaps=by_gaps), _size(entry))


def _distinct(entry: KEvidence, *, by_gaps: bool) -> Quality:
    code = entry.refused.code if entry.refused else ""
    if by_gaps and code == "weaker":
        return Quality(
            True, translate("Less than others"), translate("Its gaps are weaker than those of fewer segments.")
        )
    if by_gaps and code in ("", "changes"):
        return Quality(True, translate("Yes"), translate("There are clear gaps between its segments."))
    told = translate(
        "There is no clear gap between some of its segments: customers change gradually from one to the next."
    )
    return Quality(False, translate("No"), told)


def _steady(entry: KEvidence, *, by_gaps: bool) -> Quality:
    code = entry.refused.code if entry.refused else ""
    if not code:
        return Quality(True, translate("Yes"), translate("Its segments are found again on other customers."))
    if by_gaps and code != "changes":
        return Quality(None, "–", "")
    return Quality(False, translate("No"), _not_found_again(entry))


def _not_found_again(entry: KEvidence) -> str:
    """That a segment is not found again on other customers, by the test that says so."""
    told = entry.refused.values if entry.refused else {}
    values = {key: float(value) for key, value in told.items() if isinstance(value, (int, float))}
    if "prediction_needed" in values:
        least = max(values["prediction"] - values["error"], 0.0)
        return translate(
            "One of its segments is not found again on other customers: made from two halves of the customers, for certain only {share} of the pairs in it stay together; {needed} are needed.",
            share=format_share(least),
            needed=format_share(values["prediction_needed"]),
        )
    if "jaccard_needed" in values:
        return translate(
            "One of its segments is not found again on other customers: made from random samples, on average {share} of its customers are the same; {needed} are needed.",
            share=format_share(entry.jaccard),
            needed=format_share(values["jaccard_needed"]),
        )
    return translate(
        "One of its segments is not found again on other customers: made from random samples, on average {share} of its customers are the same.",
        share=format_share(entry.jaccard),
    )


def _size(entry: KEvidence) -> Quality:
    share = format_share(entry.smallest)
    least = entry.smallest if entry.least_share is None else entry.least_share
    if least >= SMALLEST:
        return Quality(True, share, translate("Its smallest segment has {share} of the customers.", share=share))
    told = translate(
        "Its smallest segment has {share} of the customers: too small for a campaign of its own.", share=share
    )
    return Quality(False, translate("{share}, too small", share=share), told)
