"""Why a customer is in one segment and not in another, from the model alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clustera import prepare
from clustera.errors import InputError, closest
from clustera.records import Explanation, FeaturePreparation, FeatureReason, Model
from clustera.transform import inverse_yeo_johnson, yeo_johnson

_SAME, _STEP = 1e-9, 1e-6  # standard deviations
_NO_ROW, _NO_KEY = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.uint64)


def explain(model: Model, values: Mapping[str, object], *, other: int | None = None) -> Explanation:
    """Where one customer stands between the segments of a model, and which features decide it.

    The squared distances to two centers differ by a sum over features, so each feature's part says how much it speaks for
    the one or the other; along one feature the difference is a straight line, so one value of it is the border.

    Args:
        model: Of a run.
        values: Feature -> value in original units; None, or left out, where it is not known.
        other: The segment to compare hers with; the second nearest when left out.

    Raises:
        InputError: a value is no number, or there is no such segment to compare with.
    """
    features = model.preparation.features
    given = np.array([[_number_of(values.get(feature.name), feature.title) for feature in features]])
    # Whether the customer is an outlier is not asked here; to find out takes longer than all the rest.
    plain = replace(model.preparation, isolation=None)
    point = prepare.block(_NO_ROW, _NO_KEY, given, plain).points[0].astype(np.float64)
    centers = np.array(model.centers)
    distances = np.sqrt(((centers - point) ** 2).sum(axis=1))
    order = np.argsort(distances, kind="stable")
    here = int(order[0])
    there = int(order[min(1, len(order) - 1)]) if other is None else _other_place(model, other, here)
    parts = (point - centers[there]) ** 2 - (point - centers[here]) ** 2
    total = float(np.abs(parts).sum()) or 1.0
    in_units = prepare.original_units(centers, model.preparation)
    borders = _borders(model, point, centers, there) if here != there else [(None, None)] * len(features)
    reasons = [
        FeatureReason(
            feature=feature.name,
            value=float(feature.fill if np.isnan(given[0, j]) else given[0, j]),
            missing=bool(np.isnan(given[0, j])),
            here=float(in_units[here, j]),
            there=float(in_units[there, j]),
            weight=float(parts[j] / total),
            enough=borders[j][0],
            until=borders[j][1],
        )
        for j, feature in enumerate(features)
    ]
    return Explanation(
        segment=model.segments[here],
        second=model.segments[there],
        distances=tuple((model.segments[i], float(distances[i])) for i in order),
        reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.weight))),
    )


def typical(model: Model, segment: int) -> dict[str, float]:
    """The center of a segment in original units, in the decimals that people need: feature -> value.

    Raises:
        InputError: there is no such segment.
    """
    if segment not in model.segments:
        there = ", ".join(map(str, model.segments))
        raise InputError(f"There is no segment {segment}.", hint=f"Choose one of: {there}.")
    at = prepare.original_units(np.array([model.centers[model.segments.index(segment)]]), model.preparation)[0]
    return {
        feature.name: _short(float(value), feature)
        for feature, value in zip(model.preparation.features, at, strict=True)
    }


def _short(value: float, feature: FeaturePreparation) -> float:
    decimals = 0 if feature.step >= 1 else 3 if feature.fraction or abs(value) < 1 else max(feature.decimals, 1)
    return round(value, decimals)


def refuse_unknown(model: Model, names: Iterable[str]) -> None:
    """Refuse a name that is none of the features.

    Raises:
        InputError: it is none; the sentence says which there are.
    """
    known = [feature.name for feature in model.preparation.features]
    for name in names:
        if name not in known:
            near = closest(name, known)
            hint = f"Did you mean {near!r}? " if near else ""
            raise InputError(
                f"The segments have no feature {name[:80]!r}.", hint=f"{hint}They have: {', '.join(known)}."
            )


def _borders(
    model: Model, point: npt.NDArray[np.float64], centers: npt.NDArray[np.float64], there: int
) -> list[tuple[float | None, float | None]]:
    """Feature by feature the values between which the other center is the nearest: the first on the way, and the last.

    The first is None where no real value does it, the last where it stays the nearest however far the way goes.
    """
    found: list[tuple[float | None, float | None]] = []
    for j, feature in enumerate(model.preparation.features):
        low, high = _interval_along(point, centers, there, j)
        if low + 2 * _STEP >= high or low < point[j] < high:
            found.append((None, None))
            continue
        first, last = (low, high) if point[j] <= low else (high, low)
        found.append((enough := _in_units(first, feature), _in_units(last, feature) if enough is not None else None))
    return found


def _interval_along(
    point: npt.NDArray[np.float64], centers: npt.NDArray[np.float64], there: int, j: int
) -> tuple[float, float]:
    """The stretch along one feature in which a center is nearer than each other; low is not below high where there is none.

    The squared distances to two centers differ by a straight line along the feature, so each other center cuts off one side.
    """
    rest = np.arange(len(point)) != j
    low, high = -np.inf, np.inf
    for one in range(len(centers)):
        ahead = ((point - centers[one]) ** 2)[rest].sum() - ((point - centers[there]) ** 2)[rest].sum()
        apart = float(centers[there, j] - centers[one, j])
        if abs(apart) < _SAME:
            if one != there and ahead <= 0:
                return np.inf, -np.inf
            continue
        border = float(centers[there, j] ** 2 - centers[one, j] ** 2 - ahead) / (2 * apart)
        low, high = (max(low, border), high) if apart > 0 else (low, min(high, border))
    return low, high


def _in_units(border: float, feature: FeaturePreparation) -> float | None:
    """A place along a prepared feature in original units; None where no value stands there."""
    if not np.isfinite(border):
        return None
    straight = border / feature.weight * feature.scale + feature.mean
    value = float(inverse_yeo_johnson(straight, feature.power))
    return value if _is_reached(straight, value, feature.power) else None


def _is_reached(straight: float, value: float, power: float | None) -> bool:
    """Whether a value of the transformed feature is that of any original value; the transformation may end before it."""
    return bool(np.isfinite(value)) and abs(float(yeo_johnson(value, power)) - straight) <= 1e-6 * max(
        1.0, abs(straight)
    )


def _other_place(model: Model, segment: int, here: int) -> int:
    if segment not in model.segments or model.segments[here] == segment:
        others = ", ".join(f"{s}" for i, s in enumerate(model.segments) if i != here)
        message = (
            f"There is no segment {segment}."
            if segment not in model.segments
            else f"The customer is in segment {segment} already."
        )
        raise InputError(message, hint=f"Choose another to compare with: {others}.")
    return model.segments.index(segment)


def _number_of(value: object, title: str) -> float:
    if value is None or (isinstance(value, str) and not value.strip()):
        return float("nan")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = float("inf")
    if np.isinf(number):
        raise InputError(f"{title}: {str(value)[:40]!r} is no number.")
    return number
