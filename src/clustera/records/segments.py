"""Segments: how customers were prepared, why there are k of them, who is in each and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Literal

from clustera.records.moves import RankedBy
from clustera.records.rows import Column, Reason
from clustera.records.titles import title_with_unit

Level = Literal["very_high", "high", "middle", "low", "very_low"]
Verdict = Literal["clear", "stable", "practical"]


@dataclass(frozen=True, slots=True)
class FeaturePreparation:
    """How one feature becomes a coordinate: fill, power, center, scale, weight - and back."""

    name: str
    title: str
    unit: str
    fill: float  # stands in for a missing value, original units
    missing: int
    skew: float  # of the values as they are
    power: float | None  # Yeo-Johnson's lambda; None when left as it is
    mean: float  # of the (transformed) kept rows
    scale: float  # their standard deviation
    weight: float = 1.0
    step: float = 0.0  # distance between neighboring values of a discrete feature; 0 when continuous
    decimals: int = 0  # how many decimals a person needs
    fraction: bool = False  # a share between 0 and 1, told in percent
    measures: str | None = None  # what the check found that it holds, see `Column`
    topic: str = ""  # the title without the time that it looks back over, see `Column`
    looks_back: int = 0  # days that the title names, see `Column`

    @property
    def label(self) -> str:
        """Title and unit, as an axis shows them; "days" is not said twice.

        >>> FeaturePreparation("recency", "Days since last order", "days", 0.0, 0, 0.0, None, 30.0, 10.0).label
        'Days since last order'
        """
        return title_with_unit(self.title, self.unit)

    @property
    def by_values(self) -> tuple[bool, float, str]:
        """Sorts features by what their values are, not by name, unit or place: by skewness, and equal ones by name.

        >>> few = FeaturePreparation("visits", "Visits", "", 0.0, 0, 2.5, None, 3.0, 2.0)
        >>> even = FeaturePreparation("zeal", "Zeal", "", 0.0, 0, 0.1, None, 5.0, 1.0)
        >>> [feature.name for feature in sorted([few, even], key=lambda feature: feature.by_values)]
        ['zeal', 'visits']
        """
        return isnan(self.skew), self.skew, self.name


@dataclass(frozen=True, slots=True)
class DenseGroup:
    """Some customers far from the rest and near each other; whoever is within reach of one belongs to them."""

    members: tuple[tuple[float, ...], ...]  # standard deviations, before weights, jittered
    reach: float


@dataclass(frozen=True, slots=True)
class Isolation:
    """The rule that sets rows apart: their distance to the n-th nearest of a hashed sample exceeds the fence.

    Rows that belong to a small dense group are not apart, however far the group is from the rest.
    """

    neighbors: int
    fence: float  # distance in standard deviations, before weights
    reference: tuple[tuple[float, ...], ...]  # the sample: standard deviations, before weights, jittered
    keys: tuple[int, ...]  # of the sample's customers: nobody is his own neighbor
    groups: tuple[DenseGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Preparation:
    """All that turns a checked row into a point; stored with the model."""

    features: tuple[FeaturePreparation, ...]
    isolation: Isolation | None
    outliers: int  # rows left out for the fit
    notes: tuple[Reason, ...] = ()  # what was done and why, for the report


@dataclass(frozen=True, slots=True)
class KEvidence:
    """What speaks for and against one number of segments."""

    k: int
    inertia: float  # of all customers that draw segments; exact for the chosen k, within a thousandth for the others
    explained: float  # share of the variance between segments, 0..1
    silhouette: float
    calinski_harabasz: float
    gap: float
    prediction_strength: float  # of the weakest segment, mean over half-splits
    prediction_strength_se: float
    valley: float  # 0 = nobody between neighboring segments, 1 = no gap
    jaccard: float  # of the weakest segment over bootstraps
    smallest: float  # share of the smallest segment
    rank: float  # sum of ranks among admissible ks; higher is better
    admissible: bool
    refused: Reason | None = None  # why k is not admissible; None when it is
    explains_future_spend: float | None = None  # by as many segments drawn a quarter earlier: share of the variance of
    # log(1 + spend) in that quarter, cross-fitted; of all customers, or of those who chose k by it
    explains_future_spend_se: float | None = None  # standard error of the distance to the best k
    least_share: float | None = (
        None  # of the customers or of that quarter's spend, the larger, in the least of those segments
    )
    valley_whole: float = 1.0  # as `valley`, of the segments as all customers draw them
    path_ratio: float = 0.0  # as `valley`, along the densest path between neighbors; 1 where it was not worth measuring
    draws: int = 1  # how many times it was measured; the figures are means
    path_faded: float = 0.0  # as `path_ratio`, where the windows of the features fade out; 0 where nothing looks back


@dataclass(frozen=True, slots=True)
class KSelection:
    """How many segments, for which reason."""

    k: int
    verdict: Verdict
    because: tuple[Reason, ...]  # why this number, the first of them deciding
    evidence: tuple[KEvidence, ...]
    alternatives: tuple[int, ...]  # the next best ks
    asked: tuple[Reason, ...] = ()  # the caller's constraints: k, range-of-k, min-size, later-spending
    price: Reason | None = None  # what they cost against the free choice
    sample: int = 0  # customers the evidence was measured on
    note: Reason | None = None  # clear groups that are hidden by keeping the number of the run before
    kept: bool = False  # the segments are kept from an earlier run, and all of this was measured there
    made_on: int | None = None  # the snapshot date of that run, where its segments were made from orders

    @property
    def adds(self) -> dict[int, float]:
        """By k: how much more of the differences between customers k segments explain than the k before.

        >>> {k: round(share, 2) for k, share in seg.outcome.selection.adds.items() if k < 5}
        {2: 0.68, 3: 0.11, 4: 0.06}
        """
        explained = [0.0, *(e.explained for e in self.evidence)]
        return {e.k: e.explained - before for e, before in zip(self.evidence, explained[:-1], strict=True)}


@dataclass(frozen=True, slots=True)
class FeatureProfile:
    """One feature within one segment, original units."""

    feature: str
    mean: float
    median: float
    low: float  # 10th percentile
    high: float  # 90th percentile
    quartiles: tuple[float, float]
    center: float  # the K-Means center, carried back to original units
    index: float  # 100 x segment mean / mean of all customers; nan-free: 100 when the mean of all is 0
    effect: float  # (segment mean - mean of the others) / standard deviation of all, in standard deviations


_Z95_SQUARED = 3.841458820694124


@dataclass(frozen=True, slots=True)
class DescriptorShare:
    """How often one value of a descriptor occurs in one segment."""

    descriptor: str
    value: str
    count: int
    share: float  # of the segment's customers whose value is known
    overall: float  # of all customers whose value is known
    margin: float  # half width of the 95 % (Wilson) interval of `share`
    known: int | None = None  # customers of the segment whose value is known; None in runs of older versions

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % (Wilson) interval of the share, which is not centered on it: near 0 it reaches up, near 1 down.

        >>> low, high = DescriptorShare("sex", "f", 0, 0.0, 0.4, 0.0567, known=30).interval
        >>> round(low, 4), round(high, 4)
        (0.0001, 0.1135)
        """
        known = self.known or (round(self.count / self.share) if self.share else 0)
        extra = _Z95_SQUARED / known if known else 0.0
        middle = (self.share + extra / 2) / (1 + extra)
        return max(middle - self.margin, 0.0), min(middle + self.margin, 1.0)


@dataclass(frozen=True, slots=True)
class FeatureLevel:
    """Where one segment stands on one feature, in terms of what the feature means."""

    feature: str  # column
    meaning: str  # "spend"; "" where the column's name tells none
    level: Level | None  # of what it means: an early birth year is a high age; None where nothing may be claimed
    score: float  # standard deviations from the average, on the scale of the segments
    known: bool  # the values of at least half of the members
    near_average: bool  # "average" would be true in a table as well
    sensitive: bool = False  # no action may rest on it
    absolute: bool = True  # the level is more than relative to other customers, where that matters


@dataclass(frozen=True, slots=True)
class TrustNumbers:
    """What was measured about one segment's stability, before it is put into words."""

    segment: int  # identity
    jaccard: float  # bootstrap mean of the best match
    valley: float  # towards the nearest neighbor: 0 = nobody between, 1 = no gap
    neighbor: int  # identity of the nearest neighbor; the segment's own when it is the only one
    borderline: float  # share of members nearly as close to another center


@dataclass(frozen=True, slots=True)
class SegmentTrust:
    """How sure one segment is."""

    jaccard: float  # bootstrap mean of the best match
    valley: float  # towards the nearest neighbor
    neighbor: int  # segment id of the nearest neighbor
    borderline: float  # share of members nearly as close to another center
    statement: Literal["distinct", "stable", "pattern", "unreliable", "practical"]


@dataclass(frozen=True, slots=True)
class FeatureStatement:
    """How one feature of a segment is told: in which way, with which numbers."""

    title: str
    way: Literal["phrase", "having", "plain"]  # which words of the meaning, or its title and number
    mean: float  # original units
    meaning: str = ""  # key in the language file; empty when unknown
    decimals: int = 0  # of a table; a sentence has fewer
    fraction: bool = False  # told in percent
    unit: str = ""  # as far as the column's name tells it, where the data do not
    own_unit: str = ""  # as the data give it
    comparison: Literal["", "average", "index", "times"] = ""
    against: float = 0.0  # the mean of all customers, or the mean in percent of it


@dataclass(frozen=True, slots=True)
class SegmentStatement:
    """What the sentence on a segment holds; `clustera.texts` makes the sentence."""

    features: tuple[FeatureStatement, ...] = ()
    descriptor: DescriptorShare | None = None  # one that tells more than any feature
    descriptor_title: str = ""


@dataclass(frozen=True, slots=True)
class NameClaim:
    """A level of a feature that a name says."""

    feature: str
    level: Level  # of what the column means: an early birth year is a high age
    form: int | None = None  # which of the level's words, in the language file; None where the column's title is used


@dataclass(frozen=True, slots=True)
class NameBasis:
    """What a name says, so that a later run can see whether it still holds without reading its words."""

    claims: tuple[NameClaim, ...] = ()  # none: average customers
    contrast: tuple[str, int] | None = (
        None  # a feature, and 1 for more of it than others whom the claims fit, -1 for less
    )
    category: tuple[str, str] | None = None  # a descriptor and the value that most customers have
    numbered: bool = False  # it ends in a number of this run


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """One segment, explained."""

    segment: int  # identity; stays with the segment over runs
    name: str
    size: int
    share: float
    outliers: int
    color: int  # index into the palette; stays with the segment
    center: tuple[float, ...]  # prepared units
    features: tuple[FeatureProfile, ...]
    descriptors: tuple[DescriptorShare, ...]
    distinguishing: tuple[str, ...]  # features by |effect|, largest first
    trust: SegmentTrust
    levels: tuple[FeatureLevel, ...] = ()  # in the order of `features`
    statement: SegmentStatement = SegmentStatement()  # empty in runs of older versions
    basis: NameBasis | None = None  # what the name says; None where a person gave it, and in runs of older versions


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one column is distributed over all customers."""

    name: str
    label: str
    edges: tuple[float, ...]  # histogram edges, original units
    counts: tuple[int, ...]  # one fewer than edges
    mean: float
    sd: float
    quantiles: tuple[float, ...]  # 0, 1, 5, 25, 50, 75, 95, 99, 100 %
    skew: float
    missing: int


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """How one descriptor is distributed over all customers; rare values are gathered under `other`."""

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    missing: int


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the table shows before anything is clustered."""

    distributions: tuple[Distribution, ...]
    categories: tuple[CategoryCounts, ...]
    correlation: tuple[tuple[float, ...], ...]  # Spearman, in the order of `distributions`
    redundant: tuple[tuple[str, str, float], ...]  # pairs with |correlation| >= .95
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """What is needed to assign a new customer: columns, preparation, centers, names."""

    columns: tuple[Column, ...]
    preparation: Preparation
    centers: tuple[tuple[float, ...], ...]  # prepared units, one per segment
    segments: tuple[int, ...]  # identities, in the order of `centers`
    names: tuple[str, ...]
    colors: tuple[int, ...]
    borderline: float = 0.1  # (d2 - d1) / d2 below this
    window: int = 0  # segments of a log: days that sums and counts look back on every day the segments are applied to
    ranking: tuple[int, ...] = ()  # segments by what a customer brings, most first; empty where no feature is money
    ranked_by: RankedBy = "spend"  # what `ranking` goes by: forecast sales, sales of the last 3 months, or spend
    average_gaps: tuple[float, float] | None = (
        None  # days between purchases, of customers with and without a pace of their own
    )
    last_number: int = 0  # highest number of a segment in this run and those it was made after; 0 in older runs
