"""What the table shows before anything is clustered: distributions, categories, correlations, redundant columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clustera.engines import Rows, array_of, column_batches, identifier, quantiles
from clustera.profile.sums import Spread, exact_number, exact_total, numeric_spreads
from clustera.rank_correlation import REDUNDANT, double_ranks, rank_correlation
from clustera.records import CategoryCounts, Checked, Column, Distribution, Item, Patterns, Reason
from clustera.samples import SAMPLED

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
BARS = 24  # about as many as a histogram in a report can show
VALUES = 12  # of a descriptor that are listed by name

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def patterns(checked: Checked) -> Patterns:
    """Distributions, categories, rank correlations and redundant pairs of a checked table.

    The same input gives the same bytes, whatever the number of threads and the order of the rows.

    Args:
        checked: What the check handed on; features and descriptors are looked at.
    """
    rows, features = checked.rows, checked.role("feature")
    seen = [pair for some in column_batches(features) for pair in _distributions(rows, some)]
    correlation, sampled = _rank_correlation(rows, [column.name for column in features])
    redundant = _redundant(correlation, features)
    notes = [note for _, note in seen if note]
    if sampled:
        notes.append(Reason("correlation-sample", {"customers": sampled}))
    return Patterns(
        distributions=tuple(distribution for distribution, _ in seen),
        categories=tuple(_count_categories(rows, column) for column in checked.role("descriptor")),
        correlation=tuple(map(tuple, correlation.tolist())),
        redundant=redundant,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    column: Column
    spread: Spread
    mean: float
    sd: float
    skew: float
    whole: bool  # all values are whole numbers
    missing: int


def _moments(rows: Rows, features: Sequence[Column]) -> list[_Moments]:
    found = numeric_spreads(rows, [column.name for column in features])
    if not found:
        return []
    asked = ", ".join(
        f"{s.power_sum(1)} as one_{j}, {s.power_sum(2)} as two_{j}, {s.power_sum(3)} as three_{j}, "
        f"bool_and({identifier(s.column)} = floor({identifier(s.column)})) as whole_{j}"
        for j, s in enumerate(found)
    )
    (row,) = rows.query(f"select count(*) as n, {asked} from {{rows}}").to_pylist()
    moments = []
    for j, (column, spread) in enumerate(zip(features, found, strict=True)):
        known = max(spread.known, 1)
        one, two, three = (exact_total(row[f"{power}_{j}"]) / known for power in ("one", "two", "three"))
        variance = max(two - one * one, 0.0)
        varies = spread.high > spread.low
        third = three - 3 * one * two + 2 * one**3
        moments.append(
            _Moments(
                column=column,
                spread=spread,
                mean=spread.value(one),
                sd=spread.half * math.sqrt(variance) if varies else 0.0,
                skew=third / variance**1.5 if varies and variance > 0 else 0.0,
                whole=bool(row[f"whole_{j}"]),
                missing=int(row["n"]) - spread.known,
            )
        )
    return moments


def _distributions(rows: Rows, features: Sequence[Column]) -> list[tuple[Distribution, Reason | None]]:
    """The distribution of each feature, and a sentence where its histogram needs one."""
    measured = _moments(rows, features)
    if not measured:
        return []
    found = quantiles(rows, [column.name for column in features], QUANTILES).get(None, (None,) * len(features))
    places = [some or (0.0,) * len(QUANTILES) for some in found]
    edges = [histogram_edges(some, whole=moments.whole) for some, moments in zip(places, measured, strict=True)]
    bars = _bars_of_features(rows, measured, edges)
    return [
        (
            Distribution(
                name=moments.column.name,
                label=moments.column.label,
                edges=edges[j],
                counts=bars[j][0],
                mean=moments.mean,
                sd=moments.sd,
                quantiles=places[j],
                skew=moments.skew,
                missing=moments.missing,
            ),
            bars[j][1],
        )
        for j, moments in enumerate(measured)
    ]


def histogram_edges(quantiles: Sequence[float], *, whole: bool) -> tuple[float, ...]:
    """Evenly spaced edges at round numbers, at most about `BARS` bars.

    They span the values, except that a few extreme ones do not squeeze all others into one bar: beyond half of the
    distance between the 1st and the 99th percentile from either, values are counted in the bar at the end.

    Args:
        quantiles: At `QUANTILES`.
        whole: All values are whole numbers, and no bar may be narrower than one.

    >>> histogram_edges([0, 0, 0, 1, 2, 3, 4, 5, 5], whole=True)
    (-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
    """
    lowest, first, last, highest = quantiles[0], quantiles[1], quantiles[-2], quantiles[-1]
    beyond = (last - first) / 2
    low = max(lowest, first - beyond) if beyond > 0 else lowest
    high = min(highest, last + beyond) if beyond > 0 else highest
    if not high > low:
        half = 0.5 if whole else abs(low) * 0.005 or 0.5
        return (low - half, low + half)
    width = _round_up((high - low) / BARS)
    if whole:
        # Bars of 2.5 would hold two and three whole numbers in turn: a comb that is not in the data.
        width = float(math.ceil(width))
    shift = 0.5 if whole and width == 1 else 0.0
    start = math.floor((low + shift) / width)
    stop = math.floor((high + shift) / width) + 1
    digits = max(12, 2 - math.floor(math.log10(width)))
    return tuple(float(round(i * width - shift, digits)) for i in range(start, stop + 1))


def _round_up(width: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(width))
    return next(step * magnitude for step in (1, 2, 2.5, 5, 10) if step * magnitude >= width * (1 - 1e-12))


def _bars_of_features(
    rows: Rows, measured: Sequence[_Moments], edges: Sequence[Sequence[float]]
) -> list[tuple[tuple[int, ...], Reason | None]]:
    """For each feature counts per bar, and a sentence when values beyond the edges were counted in the bars at the ends."""
    asked = []
    for j, (moments, own) in enumerate(zip(measured, edges, strict=True)):
        bars = len(own) - 1
        name, width = identifier(moments.column.name), exact_number((own[-1] - own[0]) / bars)
        place = f"cast(greatest(least(floor(({name} - {exact_number(own[0])}) / {width}), {bars}), -1) as integer)"
        # `least` passes over NULL, so what is missing would fall beyond the last bar.
        asked.append(f"histogram({place}) filter ({name} is not null) as bars_{j}")
    (row,) = rows.query(f"select {', '.join(asked)} from {{rows}}").to_pylist()
    return [
        _bar_counts(dict(row[f"bars_{j}"] or ()), moments, own)
        for j, (moments, own) in enumerate(zip(measured, edges, strict=True))
    ]


def _bar_counts(
    found: dict[int, int], moments: _Moments, edges: Sequence[float]
) -> tuple[tuple[int, ...], Reason | None]:
    """Counts per bar from those by place, where -1 and the number of bars lie beyond the edges."""
    bars = len(edges) - 1
    below, above = found.pop(-1, 0), found.pop(bars, 0)
    counts = [found.get(bar, 0) for bar in range(bars)]
    counts[0] += below
    counts[-1] += above
    ends = (("first", below, "below", edges[0]), ("last", above, "above", edges[-1]))
    told: tuple[Item, ...] = tuple(
        {"bar": which, "count": n, "side": side, "edge": edge} for which, n, side, edge in ends if n
    )
    return tuple(counts), Reason("beyond-the-bars", {"label": moments.column.label, "ends": told}) if told else None


def _count_categories(rows: Rows, column: Column) -> CategoryCounts:
    name = identifier(column.name)
    table = rows.query(
        f"select value, n, sum(n) over () as everyone from (select {name} as value, count(*) as n from {{rows}} group by 1) "
        f"order by value is null desc, n desc, value limit {VALUES + 1}"
    ).to_pylist()
    everyone = int(table[0]["everyone"]) if table else 0
    missing = sum(row["n"] for row in table if row["value"] is None)
    listed = [row for row in table if row["value"] is not None][:VALUES]
    return CategoryCounts(
        name=column.name,
        values=tuple(str(row["value"]) for row in listed),
        counts=tuple(int(row["n"]) for row in listed),
        other=everyone - missing - sum(row["n"] for row in listed),
        missing=missing,
    )


def _rank_correlation(rows: Rows, names: Sequence[str]) -> tuple[Floats, int]:
    """Spearman's rank correlation of each pair, on the customers for whom both are known; the sample's size, or 0 for all.

    Source: Spearman (1904), American Journal of Psychology 15.
    """
    if not names:
        return np.empty((0, 0)), 0
    values, sampled = _sample(rows, names)
    known = ~np.isnan(values)
    complete = [bool(column.all()) for column in known.T]
    ranks = np.stack([double_ranks(values[:, j]) for j in range(len(names))])
    table = _all_pearson(ranks)
    for i, j in zip(*np.tril_indices(len(names), -1), strict=True):
        if not (complete[i] and complete[j]):
            both = known[:, i] & known[:, j]
            table[i, j] = table[j, i] = rank_correlation(values[both, i], values[both, j])
    return table, sampled


def _sample(rows: Rows, names: Sequence[str]) -> tuple[Floats, int]:
    count = rows.count()
    # Ties between keys are broken by the values, so that the order of the rows plays no part.
    table = rows.lowest(names, SAMPLED)
    values = np.column_stack([array_of(table[name]).astype(np.float64) for name in names])
    return values, SAMPLED if count > SAMPLED else 0


def _all_pearson(ranks: Ints) -> Floats:
    """The correlation of every pair of rows of `ranks` (features, customers), at most `SAMPLED` customers."""
    n = ranks.shape[1]
    if n < 2:
        return np.eye(len(ranks))
    # At most 20,000 ranks of at most 40,001: sums of products stay below 2^53, and n times those below 2^63.
    products = (ranks.astype(np.float64) @ ranks.T.astype(np.float64)).astype(np.int64)
    sums = ranks.sum(axis=1)
    shared = n * products - np.outer(sums, sums)
    own = np.sqrt(shared.diagonal().astype(np.float64))
    scale = np.outer(own, own)
    table = np.clip(np.where(scale > 0, shared / np.where(scale > 0, scale, 1.0), 0.0), -1.0, 1.0)
    np.fill_diagonal(table, 1.0)
    return np.asarray(table)


def _redundant(correlation: Floats, features: Sequence[Column]) -> tuple[tuple[str, str, float], ...]:
    pairs = [
        (features[i].name, features[j].name, float(correlation[i, j]))
        for i in range(len(features))
        for j in range(i + 1, len(features))
        if abs(correlation[i, j]) >= REDUNDANT
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair[2])))
