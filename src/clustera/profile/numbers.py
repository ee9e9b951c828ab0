"""The figures of each segment: sizes, means, quantiles, index, effect, shares of descriptors. Grouped in SQL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.engines import Rows, identifier, literal, quantiles
from clustera.profile.sums import Spread, exact_total, numeric_spreads
from clustera.records import DescriptorShare, FeatureProfile

PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)
VALUES = 12  # of a descriptor, the most frequent ones over all customers
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Overall:
    """One feature over all customers, original units; missing values left out."""

    feature: str
    known: int
    low: float
    high: float
    mean: float
    sd: float

    @property
    def ratio(self) -> bool:
        """Whether "twice the average" makes sense: nothing below zero, and an average above."""
        return self.low >= 0 and self.mean > 0


@dataclass(frozen=True, slots=True)
class Figures:
    """One segment in figures."""

    segment: int
    size: int
    share: float
    outliers: int
    features: tuple[FeatureProfile, ...]
    known: tuple[int, ...]  # members whose value is known, by feature
    descriptors: tuple[DescriptorShare, ...]

    @property
    def distinguishing(self) -> tuple[str, ...]:
        """Features by the size of their effect, largest first."""
        ranked = sorted(self.features, key=lambda profile: -abs(profile.effect))
        return tuple(profile.feature for profile in ranked)


def segment_figures(
    rows: Rows,
    *,
    features: Sequence[str],
    descriptors: Sequence[str],
    centers: Mapping[int, Sequence[float]],
) -> tuple[tuple[Overall, ...], tuple[Figures, ...]]:
    """All customers and each segment in figures.

    Args:
        rows: Features (DOUBLE) and descriptors (VARCHAR) under their names, `segment` (INTEGER), `outlier` (BOOLEAN).
        features: In the order of the centers' coordinates.
        descriptors: What describes customers without having formed the segments.
        centers: By segment, original units. Stand in where a segment has no known value of a feature at all.
    """
    found = numeric_spreads(rows, features)
    groups = _groups_by_segment(rows, found)
    everyone = sum(group.size for group in groups.values())
    overall = _overall_spreads(found, list(groups.values()))
    places = quantiles(rows, features, PROBABILITIES, by="segment")
    nowhere = (None,) * len(features)
    shares = _descriptor_shares(rows, descriptors, list(centers))
    result = []
    for segment, center in centers.items():
        group = groups.get(segment, _Group.none(len(features)))
        profiles = tuple(
            _profile(overall[j], found[j], group, places.get(segment, nowhere)[j], j=j, center=float(center[j]))
            for j in range(len(features))
        )
        share = group.size / everyone if everyone else 0.0
        result.append(Figures(segment, group.size, share, group.outliers, profiles, group.known, shares[segment]))
    return overall, tuple(result)


@dataclass(frozen=True, slots=True)
class _Group:
    """Exact sums over one segment, by feature."""

    size: int
    outliers: int
    known: tuple[int, ...]
    one: tuple[float, ...]
    two: tuple[float, ...]

    @classmethod
    def none(cls, features: int) -> _Group:
        return cls(0, 0, (0,) * features, (0.0,) * features, (0.0,) * features)


def _groups_by_segment(rows: Rows, found: Sequence[Spread]) -> dict[int, _Group]:
    asked = ["segment", "count(*) as size", "count(*) filter (where outlier) as outliers"]
    for j, spread in enumerate(found):
        asked.append(f"count({identifier(spread.column)}) as known_{j}")
        asked.append(f"{spread.power_sum(1)} as one_{j}, {spread.power_sum(2)} as two_{j}")
    table = rows.query(f"select {', '.join(asked)} from {{rows}} group by segment order by segment")
    count = range(len(found))
    return {
        int(row["segment"]): _Group(
            size=int(row["size"]),
            outliers=int(row["outliers"]),
            known=tuple(int(row[f"known_{j}"]) for j in count),
            one=tuple(exact_total(row[f"one_{j}"]) for j in count),
            two=tuple(exact_total(row[f"two_{j}"]) for j in count),
        )
        for row in table.to_pylist()
    }


def _overall_spreads(found: Sequence[Spread], groups: Sequence[_Group]) -> tuple[Overall, ...]:
    result = []
    for j, spread in enumerate(found):
        n = max(spread.known, 1)
        # Whole multiples of 2^-50, added exactly: no order of the groups changes the sum.
        one = math.fsum(group.one[j] for group in groups) / n
        two = math.fsum(group.two[j] for group in groups) / n
        sd = spread.half * math.sqrt(max(two - one * one, 0.0)) if spread.high > spread.low else 0.0
        result.append(Overall(spread.column, spread.known, spread.low, spread.high, spread.value(one), sd))
    return tuple(result)


def _profile(
    overall: Overall, spread: Spread, group: _Group, places: tuple[float, ...] | None, *, j: int, center: float
) -> FeatureProfile:
    known = group.known[j]
    mean = spread.value(group.one[j] / known) if known else center
    low, first, median, third, high = places or (center,) * len(PROBABILITIES)
    others = overall.known - known
    effect = 0.0
    if known and others and overall.sd > 0:
        # mean - mean of the others = (mean - mean of all) x all / others
        effect = (mean - overall.mean) * overall.known / others / overall.sd
    return FeatureProfile(
        feature=overall.feature,
        mean=mean,
        median=median,
        low=low,
        high=high,
        quartiles=(first, third),
        center=center,
        index=100.0 * mean / overall.mean if overall.mean else 100.0,
        effect=effect,
    )


def _descriptor_shares(
    rows: Rows, descriptors: Sequence[str], segments: Sequence[int]
) -> dict[int, tuple[DescriptorShare, ...]]:
    found: dict[int, list[DescriptorShare]] = {segment: [] for segment in segments}
    for descriptor in descriptors:
        values = _frequent(rows, descriptor)
        counts = _counts(rows, descriptor, [value for value, _ in values])
        everyone = sum(sum(own.values()) for own in counts.values())
        for segment in segments:
            own = counts.get(segment, {})
            known = sum(own.values())
            for value, number in values:
                count = own.get(value, 0)
                found[segment].append(
                    DescriptorShare(
                        descriptor=descriptor,
                        value=value,
                        count=count,
                        share=count / known if known else 0.0,
                        overall=number / everyone,
                        margin=wilson_interval(count, known)[1],
                        known=known,
                    )
                )
    return {segment: tuple(shares) for segment, shares in found.items()}


def _frequent(rows: Rows, descriptor: str) -> list[tuple[str, int]]:
    name = identifier(descriptor)
    table = rows.query(
        f"select {name} as value, count(*) as n from {{rows}} where {name} is not null "
        f"group by 1 order by n desc, value limit {VALUES}"
    )
    return [(str(row["value"]), int(row["n"])) for row in table.to_pylist()]


def _counts(rows: Rows, descriptor: str, values: Sequence[str]) -> dict[int, dict[str | None, int]]:
    """By segment, how many of its members have each of `values`; None stands for any other known value."""
    if not values:
        return {}
    name = identifier(descriptor)
    listed = ", ".join(map(literal, values))
    table = rows.query(
        f"select segment, case when {name} in ({listed}) then {name} end as value, count(*) as n from {{rows}} "
        f"where {name} is not null group by 1, 2 order by 1, 2"
    )
    counts: dict[int, dict[str | None, int]] = {}
    for row in table.to_pylist():
        counts.setdefault(int(row["segment"]), {})[row["value"]] = int(row["n"])
    return counts


def wilson_interval(count: int, n: int) -> tuple[float, float]:
    """Middle and half width of the 95 % score interval of a share; (.5, .5) when nobody was counted.

    Source: Wilson (1927), Journal of the American Statistical Association 22.

    >>> middle, half = wilson_interval(5, 10)
    >>> round(middle - half, 4), round(middle + half, 4)
    (0.2366, 0.7634)
    """
    if n == 0:
        return 0.5, 0.5
    share, z2 = count / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return middle, half
