"""High, low or in the middle: what may be claimed about a segment, by stated thresholds.

A feature's score is the segment's center on the scale on which segments were drawn: standard deviations from the average
of all, after straightening. A claim needs both the score and the plain means, so that no name contradicts a table:

- high (low): score at least .5 (at most -.5), and the segment's mean lies clearly above (below) the mean of all, by a
  quarter of a standard deviation (and by 5 % where the vocabulary knows an amount) or by 10 %, and by the meaning's least gap
  (5 years of age);
- very high (very low): the same with 1.5;
- low, too: next to nothing of what others have, less than 2 % of the mean of all (most customers may have nothing);
- middle: score within .35, mean within .35 standard deviations and 25 % of the mean of all.

Between .35 and .5 nothing is claimed, nor where the values of more than half of the members are missing. A name that a segment already has is kept longer: high while the score is at least
.3, very high while at least 1.2, middle while within .5 (`HELD`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clustera.profile.numbers import Figures, Overall
from clustera.profile.vocabulary import Term
from clustera.records import FeatureProfile, Level


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a level is claimed."""

    very: float
    high: float
    middle: float
    clear: float  # standard deviations between the means
    clear_share: float  # or this share of the mean of all
    least_share: float  # in any case this share of the mean of all, of what the vocabulary knows as an amount
    gap_share: float  # and this share of the meaning's least gap


NEW = Thresholds(very=1.5, high=0.5, middle=0.35, clear=0.25, clear_share=0.10, least_share=0.05, gap_share=1.0)
HELD = Thresholds(very=1.2, high=0.3, middle=0.5, clear=0.15, clear_share=0.05, least_share=0.03, gap_share=0.8)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one segment stands on one feature."""

    term: Term
    overall: Overall
    profile: FeatureProfile
    score: float  # standard deviations from the average, on the scale of the segments
    known: int  # members whose value is known
    size: int  # all members
    share: float = 0.0  # of all customers
    often: bool = False  # whether the segment orders, visits or uses about as often as all customers, or more often
    shared: tuple[tuple[Level, int], ...] = ()  # levels said by a form of words of another segment, by its place

    def holds(self, level: Level, thresholds: Thresholds = NEW) -> bool:
        """Whether a level of the column itself may be claimed; "high" also holds for what is very high."""
        if not self.told or self.overall.sd <= 0:
            return False
        gap = self.profile.mean - self.overall.mean
        if level == "middle":
            return abs(self.score) <= thresholds.middle and self._near(gap, thresholds)
        sign = 1 if level in ("high", "very_high") else -1
        least = thresholds.very if level.startswith("very") else thresholds.high
        far = self.score * sign >= least or (level == "low" and self.overall.ratio and self.has_nothing)
        return far and gap * sign > 0 and self.clear(gap, thresholds)

    def means(self, level: Level, thresholds: Thresholds = NEW) -> bool:
        """Whether a level of what the column means may be claimed: an early birth year is a high age."""
        return self.holds(OPPOSITE[level] if self.term.sign < 0 else level, thresholds)

    @property
    def told(self) -> bool:
        """Whether enough is known to speak of it: the values of at least half of the members."""
        return self.known > 0 and 2 * self.known >= self.size

    @property
    def has_nothing(self) -> bool:
        """Whether its customers have next to nothing of what others have: that is little, though most may have as little."""
        return abs(self.profile.mean) < NOTHING * abs(self.overall.mean)

    @property
    def tier(self) -> Level | None:
        """The level of what the column means; None where nothing may be claimed."""
        return next((level for level in TIERS if self.means(level)), None)

    @property
    def near_average(self) -> bool:
        """Whether the mean lies so near to the mean of all that "average" is true in a table as well."""
        return not self.told or self._near(self.profile.mean - self.overall.mean, HELD)

    @property
    def least_gap(self) -> float:
        """Below this, in the column's unit, a difference is too small to be told; 0 where any may be."""
        meaning = self.term.meaning
        return meaning.least_gap if meaning is not None and self.term.unit in ("", meaning.unit) else 0.0

    def clear(self, gap: float, thresholds: Thresholds) -> bool:
        """Whether two means lie so far apart that a table supports a name."""
        if abs(gap) < thresholds.gap_share * self.least_gap:
            return False
        apart = abs(gap) >= thresholds.clear * self.overall.sd
        if not self.overall.ratio:
            return apart
        share = abs(gap) / self.overall.mean
        amount = self.term.meaning is not None and self.term.sign > 0  # no year of birth, whose zero means nothing
        return share >= thresholds.clear_share or (apart and (not amount or share >= thresholds.least_share))

    def _near(self, gap: float, thresholds: Thresholds) -> bool:
        near = abs(gap) <= thresholds.middle * self.overall.sd
        return near and (not self.overall.ratio or abs(gap) <= 0.25 * self.overall.mean)


NOTHING = 0.02  # of the mean of all customers
OPPOSITE: dict[Level, Level] = {
    "very_high": "very_low",
    "high": "low",
    "middle": "middle",
    "low": "high",
    "very_low": "very_high",
}
OFTEN = ("frequency", "visits", "usage", "gifts")  # meanings that count how often customers come
TIERS: tuple[Level, ...] = ("very_high", "very_low", "high", "low", "middle")
PLAIN: dict[Level, Level] = {
    "very_high": "high",
    "high": "high",
    "middle": "middle",
    "low": "low",
    "very_low": "low",
}


@dataclass(frozen=True, slots=True)
class SegmentReading:
    """One segment, read: its figures and where it stands on every feature."""

    figures: Figures
    standings: tuple[Standing, ...]

    @property
    def segment(self) -> int:
        """Its identity."""
        return self.figures.segment


def read_levels(
    figures: Sequence[Figures],
    overall: Sequence[Overall],
    terms: Sequence[Term],
    scores: Sequence[Sequence[float]],
) -> tuple[SegmentReading, ...]:
    """All segments, read.

    Args:
        figures: By segment.
        overall: By feature.
        terms: By feature.
        scores: (k, d), standard deviations from the average, on the scale of the segments.
    """
    readings = []
    for own, row in zip(figures, scores, strict=True):
        standings = [
            Standing(term, everyone, profile, float(score), known, own.size, own.share)
            for term, everyone, profile, score, known in zip(terms, overall, own.features, row, own.known, strict=True)
        ]
        often = any(one.term.key in OFTEN and one.tier in ("very_high", "high", "middle") for one in standings)
        readings.append(SegmentReading(own, tuple(replace(one, often=often) for one in standings)))
    return tuple(readings)
