"""Why one customer is in her segment, and not in another: numbers, no sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeatureReason:
    """What one feature says for the one segment and against the other."""

    feature: str
    value: float  # the customer's, original units; what stands in for it where it is missing
    missing: bool
    here: float  # the center of her segment, original units
    there: float  # the center of the other
    weight: (
        float  # share of all that speaks for the one or the other, in squared distance; below 0: speaks for the other
    )
    enough: float | None  # value from which on she would be in the other segment, all else as it is; None: none does it
    until: float | None = None  # value beyond which she would be in a third segment; None: however far it goes


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the mere passing of time does to a customer who does not order: the first move, if there is one."""

    horizon: int  # days that were looked ahead
    days: int | None = None  # from the snapshot date; None where she stays where she is
    day: int | None = None  # the same as a date, days since 1970-01-01
    segment: int | None = None  # where she would be then


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one customer stands between the segments.

    `distances` are in standard deviations over all features, nearest first; `reasons` compare her segment with the
    second nearest, what says most first.
    """

    segment: int
    second: int
    distances: tuple[tuple[int, float], ...]  # (segment, distance)
    reasons: tuple[FeatureReason, ...]
    waiting: Waiting | None = None  # None where the customer's orders are not known
