"""What the evidence says of one number of segments: whether there are gaps, and whether its segments are found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from clustera.records import KEvidence, Reason

VALLEY_NEEDED = 0.65  # at one number of segments at least, there must be so clear a gap
VALLEY_ADMITTED = 0.80  # between the two segments that are least apart, where all are found again
VALLEY_DEEP = 0.50  # and where one of them is small enough to be drawn differently now and then
PATH_NEEDED, PATH_ADMITTED = 0.35, 0.50  # the same along the densest path of customers between them
FADED_ADMITTED = 0.40  # the same where no window ends; stricter, since so clear a gap was there before
JACCARD_SHALLOW, JACCARD_DEEP = 0.80, 0.60
SMALL = 0.05  # share of the customers; a smaller segment may be missed by K-Means on half of them
VALLEY_EMPTY = 0.20  # then so few must stand between the segments as all customers draw them
STRENGTH_SOME = 0.60  # and so much of each must be drawn by other customers even so
GAP_WHOLE, FOUND_OFTEN = 0.30, 0.50  # many segments: so few between them, and each made again half of the time
STRENGTH_NEEDED = 0.80
OUTWARD = 3  # the largest numbers so far: while there is a gap at one of them, more are looked at
ERROR_RATIO, ERROR_SHARE = 0.40, 0.10  # by how much one measurement of a gap, or of a share found again, may be off
JACCARD_NEEDED = 0.75


def gap_strength(e: KEvidence) -> float:
    """How dense it is between the segments that are least apart; the less the stronger."""
    return max(min(e.valley, e.valley_whole), e.path_ratio)


def shows_groups(e: KEvidence) -> bool:
    """Whether the segments of this k alone show that there are clear groups."""
    if why_no_clear_groups(e):
        return False
    return (e.valley <= VALLEY_NEEDED and e.path_ratio <= PATH_NEEDED) or is_empty_around(e) or _are_many(e)


def is_empty_around(e: KEvidence) -> bool:
    """Whether hardly anybody stands between the segments, though one is too small to be drawn from every half."""
    return e.smallest <= SMALL and e.valley_whole <= VALLEY_EMPTY and e.prediction_strength >= STRENGTH_SOME


def _are_many(e: KEvidence) -> bool:
    """Whether few stand between the segments, on a line and along a path, though halves do not always draw them all."""
    found = min(e.prediction_strength, e.jaccard) >= FOUND_OFTEN
    return e.valley_whole <= GAP_WHOLE and e.path_ratio <= GAP_WHOLE and found


def is_drawn_again(e: KEvidence) -> bool:
    """Whether there are gaps between the segments that either half draws, and every one is found again."""
    return e.valley <= VALLEY_ADMITTED and e.jaccard >= (JACCARD_DEEP if e.valley <= VALLEY_DEEP else JACCARD_SHALLOW)


def has_gaps(e: KEvidence) -> bool:
    """Whether there are gaps between the segments on the lines between centers, and each is found again often enough."""
    return is_drawn_again(e) or is_empty_around(e) or _are_many(e)


def why_no_clear_groups(e: KEvidence) -> Reason | None:
    """Why the segments of this k are not clear groups; None where they are."""
    apart = has_gaps(e)
    if apart and e.path_ratio <= PATH_ADMITTED:
        faded = {"path": e.path_faded, "path_needed": FADED_ADMITTED}
        return Reason("edge-of-window", faded) if e.path_faded > FADED_ADMITTED else None
    if apart:
        return Reason("no-gap-along", {"path": e.path_ratio, "path_needed": PATH_ADMITTED})
    if e.valley > VALLEY_ADMITTED:
        return Reason("no-gap", {"gap": e.valley, "needed": VALLEY_ADMITTED})
    return Reason("changes", {"jaccard": e.jaccard})


def why_gaps_too_weak(e: KEvidence, enough: float) -> Reason | None:
    """Why the gaps of this k are not as strong as is enough; None where they are."""
    return Reason("weaker", {"strength": gap_strength(e)}) if gap_strength(e) > enough else None


def why_not_found_again(e: KEvidence) -> Reason | None:
    """Why the segments of this k are not all found again; None where they are."""
    error = 2 * e.prediction_strength_se
    if e.prediction_strength - error < STRENGTH_NEEDED:
        values = {"prediction": e.prediction_strength, "error": error, "prediction_needed": STRENGTH_NEEDED}
        return Reason("not-predicted", values)
    if e.jaccard < JACCARD_NEEDED:
        return Reason("unstable", {"jaccard": e.jaccard, "jaccard_needed": JACCARD_NEEDED})
    return None


def evidence_at_best(e: KEvidence) -> KEvidence:
    """The same number with every measurement as good as its error allows."""
    return replace(_shifted(e, 1.0), prediction_strength_se=0.0)


def evidence_at_worst(e: KEvidence) -> KEvidence:
    """The same number with every measurement as bad as its error allows."""
    return _shifted(e, -1.0)


def _shifted(e: KEvidence, toward: float) -> KEvidence:
    """Measurements better (1) or worse (-1) by their error, which falls with the square root of the draws."""
    error = toward / e.draws**0.5
    narrower = (1 + ERROR_RATIO * abs(error)) ** -toward
    return replace(
        e,
        valley=e.valley * narrower,
        valley_whole=e.valley_whole * narrower,
        path_ratio=e.path_ratio * narrower,
        jaccard=e.jaccard + ERROR_SHARE * error,
        prediction_strength=e.prediction_strength + ERROR_SHARE * error,
    )


def close_calls(evidence: Sequence[KEvidence]) -> list[int]:
    """The numbers for which chance in the measurement may decide whether their segments are clear or stable groups.

    Only those beyond the largest number that is so in any case: the answer depends on them. Where clear groups are sure,
    nobody asks for stable ones.
    """
    if any(shows_groups(evidence_at_worst(e)) for e in evidence):
        return _beyond_sure(evidence, why_no_clear_groups)
    clear = [e.k for e in evidence if shows_groups(evidence_at_best(e))]
    return sorted({*clear, *_beyond_sure(evidence, why_not_found_again)})


def _beyond_sure(evidence: Sequence[KEvidence], refused: Callable[[KEvidence], Reason | None]) -> list[int]:
    """The numbers that may be refused or not, beyond the largest that is not refused in any case."""
    sure = max((e.k for e in evidence if not refused(evidence_at_worst(e))), default=0)
    return [e.k for e in evidence if e.k > sure and not refused(evidence_at_best(e))]
