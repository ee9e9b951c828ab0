"""From checked rows to points: fill, unskew, set isolated rows aside, standardize, weigh - and back again.

Everything is learned on at most `SAMPLED` customers with the smallest hashes, so that neither the order of the rows
nor their number changes what is learned; it is applied to all, batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import Rows, array_of, identifier
from clustera.errors import InputError, closest
from clustera.isolation import FEWEST, is_isolated, learn_fence, learn_isolation
from clustera.prepare.options import PrepareOptions
from clustera.prepare.skew import STRONG_SKEW, skewness, straightening_power
from clustera.records import Column, FeaturePreparation, Preparation, Reason, columns_told
from clustera.samples import SAMPLED
from clustera.transform import FAR, inverse_yeo_johnson, yeo_johnson

BLOCK_ROWS = 262_144  # that are prepared at a time
MANY_OUTLIERS = 0.05  # share of the customers, from which on a small real segment may be among them
SHARED = 0.8  # distinct values for one customer, up to which a column has steps

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Some prepared customers, in the order they were read.

    row, key: (n,) row number in the source and hash; points: float32 (n, n_features); outlier: isolated by the rule;
    complete: no feature was missing.
    """

    row: npt.NDArray[np.int64]
    key: Keys
    points: Points
    outlier: Mask
    complete: Mask


def learn_preparation(rows: Rows, features: Sequence[Column], *, options: PrepareOptions | None = None) -> Preparation:
    """Learn from a hashed sample how rows become points.

    Args:
        rows: Checked rows: `_key` and the features as DOUBLE, NULL where missing.
        features: The feature columns, in order.
        options: What is asked for.

    Returns:
        The preparation; its `outliers` is 0 until all rows have been seen.

    Raises:
        InputError: a weight for a column that is no feature, or a feature that does not vary.
    """
    options = options or PrepareOptions()
    options = options.model_copy(update={"weights": _weights_by_column(options.weights, features)})
    names = [column.name for column in features]
    keys, values = _learning_sample(rows, names)
    if alike := [column for j, column in enumerate(features) if _is_alike(values[~np.isnan(values[:, j]), j])]:
        raise _alike_error(rows, alike[0])
    prepared = [_learn_feature(column, values[:, j], options) for j, column in enumerate(features)]
    if options.unskew:
        known = values + _jitter(_unequal_keys(keys), prepared)
        powers = [straightening_power(of[~np.isnan(of)]) for of in known.T]
        prepared = [replace(feature, power=power) for feature, power in zip(prepared, powers, strict=True)]
    spread = _spreads(_straighten(values, prepared))
    complete = ~np.isnan(values).any(axis=1)
    if complete.sum() >= max(10, 0.5 * len(values)):
        keys, values = keys[complete], values[complete]
    straight = _straighten(values, prepared)
    preparation = Preparation(features=tuple(_standardise(prepared, straight, spread)), isolation=None, outliers=0)
    if not options.outliers or len(values) < FEWEST:
        return preparation
    judged = _straighten(values + _jitter(_unequal_keys(keys), prepared), prepared)
    # Two rounds: the far ones would else set the scale by which they are judged.
    for _ in range(2):
        isolation = learn_fence(_coordinates(judged, preparation), keys)
        kept = ~is_isolated(_coordinates(judged, preparation), keys, isolation)
        preparation = replace(preparation, features=tuple(_standardise(prepared, straight[kept], spread)))
    return replace(preparation, isolation=learn_isolation(_coordinates(judged, preparation), keys))


def _weights_by_column(weights: Mapping[str, float], features: Sequence[Column]) -> dict[str, float]:
    """Weights by the names that columns have here."""
    told = columns_told(features)
    meant = {told.get(column.name, column.name): column.name for column in features}
    names = [column.name for column in features]
    for name in weights:
        if name not in meant and name not in names:
            near = closest(name, meant)
            raise InputError(
                f"A weight is given for {name!r}, which is no feature; the features are: {', '.join(meant)}.",
                hint=f"Did you mean {near!r}?" if near else "",
            )
    return {meant.get(name, name): weight for name, weight in weights.items()}


def prepared_blocks(rows: Rows, preparation: Preparation, *, batch_rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """Apply a preparation to all rows, batch by batch, in the table's order."""
    names = [feature.name for feature in preparation.features]
    for batch in rows.batches(["_row", "_key", *names], rows=batch_rows):
        if batch.num_rows:
            yield prepared_block(batch, preparation)


def prepared_block(batch: pa.RecordBatch, preparation: Preparation) -> Block:
    """Prepare some checked customers: `_row`, `_key` and the features in original units, NULL where missing."""
    # Column by column in memory, as every step takes them.
    values = np.empty((batch.num_rows, len(preparation.features)), order="F")
    for j, feature in enumerate(preparation.features):
        values[:, j] = _floats(batch.column(feature.name))
    return prepare_block(array_of(batch.column("_row")), array_of(batch.column("_key")), values, preparation)


def prepare_block(row: npt.NDArray[np.int64], key: Keys, values: Floats, preparation: Preparation) -> Block:
    """Prepare some customers: values (n, n_features) in original units, NaN where missing."""
    z = _coordinates(_straighten(values, preparation.features), preparation)
    outlier = np.zeros(len(values), dtype=bool)
    if preparation.isolation is not None:
        outlier = is_isolated(_judged(values, key, z, preparation), key, preparation.isolation)
    complete = np.asarray(~np.isnan(values).any(axis=1))
    return Block(row, key, (z * _weights(preparation)).astype(np.float32), outlier, complete)


def _judged(values: Floats, key: Keys, z: Floats, preparation: Preparation) -> Floats:
    """Coordinates by which outliers are told: those of discrete features spread by noise, all others as they are."""
    stepped = [j for j, feature in enumerate(preparation.features) if feature.step]
    if not stepped:
        return z
    judged = z.copy()
    streams = _noise_streams(preparation.features)
    for j in stepped:
        feature = preparation.features[j]
        noisy = values[:, j] + (_uniform(key, streams[j]) - 0.5) * feature.step
        only = replace(preparation, features=(feature,))
        judged[:, j] = _coordinates(_straighten(noisy[:, None], only.features), only)[:, 0]
    return judged


def original_units(points: npt.NDArray[Any], preparation: Preparation) -> Floats:
    """Carry points (n, n_features) back to years and dollars."""
    result = np.asarray(points, dtype=np.float64).copy()
    for j, feature in enumerate(preparation.features):
        value = result[:, j] / feature.weight * feature.scale + feature.mean
        result[:, j] = value if feature.power is None else inverse_yeo_johnson(value, feature.power)
    return result


def jittered_points(points: npt.NDArray[Any], keys: Keys, preparation: Preparation) -> Floats:
    """Points (n, n_features) with the values of discrete features spread over up to half a step to either side.

    Only judgments (who is isolated, how many segments) use it: equal values pile up and look like gaps between piles.
    The noise comes from the customer's hash, so it is the same in every run.
    """
    stepped = [j for j, feature in enumerate(preparation.features) if feature.step]
    spread = np.asarray(points, np.float64).copy()  # without steps to the last digit, so that other draws never differ
    if stepped:
        values = original_units(points, preparation)
        values += _jitter(_unequal_keys(keys), preparation.features)
        anew = _coordinates(_straighten(values, preparation.features), preparation) * _weights(preparation)
        spread[:, stepped] = anew[:, stepped]
    return spread


def preparation_notes(preparation: Preparation, customers: int) -> tuple[Reason, ...]:
    """What was done and why, as codes for the report."""
    told = [note for feature in preparation.features for note in _on_feature(feature)]
    if preparation.isolation is not None:
        share = preparation.outliers / customers if customers else 0.0
        counts = {"outliers": preparation.outliers, "share": share, "many": share > MANY_OUTLIERS}
        told.append(Reason("isolated", counts) if preparation.outliers else Reason("none-isolated"))
        groups = preparation.isolation.groups
        if groups:
            members = sum(len(group.members) for group in groups)
            told.append(Reason("small-groups", {"groups": len(groups), "members": members}))
    return (*told, Reason("standardized"))


def _on_feature(feature: FeaturePreparation) -> Iterator[Reason]:
    if feature.missing:
        fill = round(feature.fill, feature.decimals)
        yield Reason("filled", {"title": feature.title, "missing": feature.missing, "fill": fill})
    if feature.power is not None:
        yield Reason("straightened", {"title": feature.title, "skew": feature.skew, "power": feature.power})
    elif abs(feature.skew) > STRONG_SKEW:
        yield Reason("left-skewed", {"title": feature.title, "skew": feature.skew})
    if feature.weight != 1.0:
        yield Reason("weighed", {"title": feature.title, "weight": feature.weight})


def alike_features(rows: Rows, features: Sequence[Column]) -> tuple[Column, ...]:
    """Features in which the customers by whom `learn_preparation` learns do not differ, which it would refuse.

    Args:
        rows: Checked rows.
        features: Features, any number.
    """
    _, values = _learning_sample(rows, [column.name for column in features])
    return tuple(column for column, own in zip(features, values.T, strict=True) if _is_alike(own[~np.isnan(own)]))


def _is_alike(known: Floats) -> bool:
    return len(known) == 0 or bool(known.min() == known.max())


def _learning_sample(rows: Rows, names: Sequence[str]) -> tuple[Keys, Floats]:
    table = rows.lowest(["_key", *names], SAMPLED)
    return array_of(table["_key"]), np.column_stack([_floats(table[name]) for name in names])


def _floats(column: pa.Array | pa.ChunkedArray) -> Floats:
    return array_of(column).astype(np.float64, copy=False)


def _alike_error(rows: Rows, column: Column) -> InputError:
    called, cell = columns_told([column]).get(column.name, column.name), identifier(column.name)
    lowest, highest, known = rows.value(f"select [min({cell}), max({cell}), count({cell})] as n from {{rows}}")
    if not known:
        seen = "has no value that can be read for any customer"
    elif lowest == highest:
        seen = "has the same value for every customer"
    else:
        seen = "has the same value for nearly every customer"
    return InputError(f"{called!r} {seen}; it can't form segments.", hint=f"Leave it out: --exclude {called!r}.")


def _learn_feature(column: Column, values: Floats, options: PrepareOptions) -> FeaturePreparation:
    known = values[~np.isnan(values)]
    return FeaturePreparation(
        name=column.name,
        title=column.title,
        unit=column.unit,
        fill=float(np.median(known)),
        missing=column.missing,
        skew=skewness(known),
        power=None,
        mean=0.0,
        scale=1.0,
        weight=options.weights.get(column.name, 1.0),
        step=_step(known),
        decimals=_decimals_kept(known),
        measures=column.measures,
        topic=column.topic,
        looks_back=column.looks_back,
    )


def _step(known: Floats) -> float:
    """The step that values come in, or 0; of two gaps in the middle the smaller: the other may be a hole.

    Values come in steps where many customers share one: a column that is measured finely enough has hardly a value twice.
    """
    distinct = np.unique(known)
    if not 2 < len(distinct) <= max(30, SHARED * len(known)):
        return 0.0
    gaps = np.diff(distinct)
    return float(np.quantile(gaps, 0.25) if len(distinct) > 30 else np.quantile(gaps, 0.5, method="lower"))


def _decimals_kept(known: Floats) -> int:
    """Decimals that keep about three figures of a typical difference."""
    spread = float(np.quantile(known, 0.75) - np.quantile(known, 0.25)) or float(known.std())
    return int(np.clip(1 - np.floor(np.log10(spread)), 0, 6)) if spread > 0 else 0


def _straighten(values: Floats, features: Sequence[FeaturePreparation]) -> Floats:
    straight = np.empty_like(values)
    for j, feature in enumerate(features):
        filled = np.where(np.isnan(values[:, j]), feature.fill, values[:, j])
        straight[:, j] = filled if feature.power is None else yeo_johnson(filled, feature.power)
    return straight


def _standardise(
    features: Sequence[FeaturePreparation], straight: Floats, everyone: Floats
) -> list[FeaturePreparation]:
    """Mean and scale of each feature; where all these customers are alike, the scale is that of everyone."""
    own = _spreads(straight)
    scale = np.where(own > 0, own, np.where(everyone > 0, everyone, 1.0))
    return [
        replace(feature, mean=float(mean), scale=float(sd))
        for feature, mean, sd in zip(features, straight.mean(axis=0), scale, strict=True)
    ]


def _spreads(straight: Floats) -> Floats:
    """Standard deviation of each feature, 0 where all values are equal."""
    # In units of a power of two, which changes no digit: squares of very small values would be 0.
    power = np.frexp(np.abs(straight).max(axis=0))[1]
    spread = np.ldexp(np.ldexp(straight, -power).std(axis=0), power)
    # The mean of equal values is rounded, so that their deviation may be as large as that, which is no scale.
    return np.asarray(np.where(straight.min(axis=0) == straight.max(axis=0), 0.0, spread))


def _coordinates(straight: Floats, preparation: Preparation) -> Floats:
    """Standard deviations from the mean, before weights."""
    mean = np.array([feature.mean for feature in preparation.features])
    scale = np.array([feature.scale for feature in preparation.features])
    z = straight - mean  # in place from here on: new memory for each step takes longer than the steps
    z /= scale
    return np.asarray(np.clip(z, -FAR, FAR, out=z))


def _weights(preparation: Preparation) -> Floats:
    return np.array([feature.weight for feature in preparation.features])


def _jitter(keys: Keys, features: Sequence[FeaturePreparation]) -> Floats:
    """Noise (n, n_features) in original units; 0 for continuous features."""
    noise = np.zeros((len(keys), len(features)))
    streams = _noise_streams(features)
    for j, feature in enumerate(features):
        if feature.step:
            noise[:, j] = (_uniform(keys, streams[j]) - 0.5) * feature.step
    return noise


def order_by_values(features: Sequence[FeaturePreparation]) -> list[int]:
    """Places of the features in an order that neither the columns' names nor their places change."""
    return sorted(range(len(features)), key=lambda j: features[j].by_values)


def _noise_streams(features: Sequence[FeaturePreparation]) -> list[int]:
    """Which noise each feature has: the same whatever its column is called and wherever it stands."""
    order = order_by_values(features)
    return [order.index(j) for j in range(len(order))]


def _unequal_keys(keys: Keys) -> Keys:
    """The same hashes where they differ; equal ones (equal rows of a table without ids) get a running number."""
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))
    if len(first) == len(keys):
        return keys
    running = np.arange(len(keys)) - np.repeat(first, np.diff(np.append(first, len(keys))))
    apart = keys.copy()
    with np.errstate(over="ignore"):
        apart[order] += running.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
    return apart


def _uniform(keys: Keys, stream: int) -> Floats:
    """Numbers in [0, 1) from 64-bit hashes. Source: splitmix64, Steele, Lea & Flood (2014)."""
    with np.errstate(over="ignore"):
        x = keys + np.uint64((stream + 1) * 0x9E3779B97F4A7C15 % 2**64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)).astype(np.float64) * 2.0**-53)
