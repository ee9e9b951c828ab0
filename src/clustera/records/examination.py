"""Segments examined: other seeds, fewer features, other methods, and who the outliers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustera.records.segments import Verdict


@dataclass(frozen=True, slots=True)
class SeedAgreement:
    """Whether other seeds draw the same segments."""

    seeds: int
    mean: float  # adjusted Rand index against the segments that are used, mean over the seeds
    worst: float  # of the seed that agrees least
    segments: tuple[float, ...]  # Jaccard overlap of each segment with its best match, mean over the seeds


@dataclass(frozen=True, slots=True)
class FeatureEffect:
    """What becomes of the segments when one feature is left out."""

    feature: str
    agreement: float  # adjusted Rand index of the segments drawn without it against those that are used
    lost: tuple[int, ...]  # places of the segments that are not found again without it (overlap below one half)


@dataclass(frozen=True, slots=True)
class FeatureLeak:
    """How well one feature follows from the others."""

    feature: str
    r2: float  # share of its variance that the others predict, on customers not used to learn it
    kind: Literal["linear", "tree"]  # which of both foretold better
    sources: tuple[str, ...]  # the features it follows from, the strongest first
    leaks: bool  # it is a score of the others and counts them twice


@dataclass(frozen=True, slots=True)
class MethodAgreement:
    """Whether another method finds the same groups."""

    method: str  # "Gaussian mixture", "Ward"
    ari: float  # adjusted Rand index against the segments that are used
    segments: tuple[float, ...]  # Jaccard overlap of each segment with its best match


@dataclass(frozen=True, slots=True)
class OutlierFeature:
    """One feature among those who are outliers, original units."""

    feature: str
    typical: float  # median of the outliers
    others: float  # median of the others
    low: float  # 5th percentile of the others
    high: float  # 95th percentile of the others
    below: float  # share of the outliers that lie below `low`
    above: float  # and above `high`
    holds: float | None = None  # share of all customers' total that is theirs; None where a total says nothing


@dataclass(frozen=True, slots=True)
class OutlierProfile:
    """Outliers from all others."""

    count: int
    share: float
    features: tuple[OutlierFeature, ...]  # by how often it sets them apart, most often first
    many: bool  # more than 5 %: a small real segment may be among them


@dataclass(frozen=True, slots=True)
class OutlierEffect:
    """What the choice of k would be if nobody were left out, neither in the scale of the features nor in the fit."""

    k_without: int  # outliers left out, as it is
    k_with: int  # outliers included
    verdict_without: Verdict
    verdict_with: Verdict
    agreement: float  # adjusted Rand index of both segmentations at k_without, on all but the outliers
    k_kept: bool = False  # the same number was drawn, as it was asked for or chosen by later spending


@dataclass(frozen=True, slots=True)
class Examination:
    """The answers to the Sensitivity analysis; `outlier_effect` is None when nobody was left out."""

    seeds: SeedAgreement
    features: tuple[FeatureEffect, ...]  # none where there is only one
    leaks: tuple[FeatureLeak, ...]  # likewise
    methods: tuple[MethodAgreement, ...]  # none where there are too few customers for them
    outliers: OutlierProfile
    outlier_effect: OutlierEffect | None
