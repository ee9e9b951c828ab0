"""How sure one segment is, in words: what was measured, told by its statement and under the names that segments have now."""

from __future__ import annotations

from clustera.records import SegmentTrust
from clustera.texts.catalog import load_language
from clustera.texts.numbers import format_share
from clustera.texts.translation import translate

MANY_BORDERLINE = 0.1  # share of customers nearly as close to another segment, from which it is said at once


def trust_sentence(trust: SegmentTrust, *, neighbor: str = "") -> str:
    """The statement on a segment in a sentence or two.

    Args:
        trust: What was measured.
        neighbor: Name of the nearest other segment; empty when there is none.

    >>> trust_sentence(SegmentTrust(0.9, 0.8, 2, 0.02, "stable"), neighbor="Big spenders")
    'Stable: found again on other customers (90% overlap), but it blends into Big spenders.'
    """
    templates = load_language().trust
    values = {
        "neighbor": neighbor,
        "jaccard": format_share(trust.jaccard),
        "borderline": format_share(trust.borderline),
    }
    said = translate(templates[_trust_key(trust, neighbor)], **values)
    return f"{said} {translate(templates['borderline'], **values)}" if says_borderline(trust) else said


def says_neighbor(trust: SegmentTrust, neighbor: str) -> bool:
    """Whether the sentence names the nearest other segment."""
    return bool(neighbor) and "{neighbor}" in load_language().trust[_trust_key(trust, neighbor)]


def says_borderline(trust: SegmentTrust) -> bool:
    """Whether the sentence tells how many customers are nearly as close to another segment."""
    return trust.statement != "practical" and trust.borderline > MANY_BORDERLINE


def _trust_key(trust: SegmentTrust, neighbor: str) -> str:
    return trust.statement if neighbor else f"{trust.statement}_alone"
