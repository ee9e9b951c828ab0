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
    there = int(order[min(1, len(order) - 1)]) if other is None else _place(model, other, here)
    parts = (point - centers[there]) ** 2 - (point - centers[here]) ** 2
    total = float(np.abs(parts).sum()) or 1.0
    in_units = prepare.original_units(centers, model.preparation)
    enough = _borders(model, point, centers, here, there)
    reasons = [
        FeatureReason(
            feature=feature.name,
            value=float(feature.fill if np.isnan(given[0, j]) else given[0, j]),
            missing=bool(np.isnan(given[0, j])),
            here=float(in_units[here, j]),
            there=float(in_units[there, j]),
            weight=float(parts[j] / total),
            enough=enough[j],
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
    model: Model, point: npt.NDArray[np.float64], centers: npt.NDArray[np.float64], here: int, there: int
) -> list[float | None]:
    """Feature by feature the value at which the other center becomes the nearest; None where no real value does it."""
    ahead = float(((point - centers[there]) ** 2).sum() - ((point - centers[here]) ** 2).sum())
    found: list[float | None] = []
    for j, feature in enumerate(model.preparation.features):
        apart = float(centers[here, j] - centers[there, j])
        if abs(apart) < _SAME:
            found.append(None)
            continue
        border = point[j] - ahead / (2 * apart)
        straight = border / feature.weight * feature.scale + feature.mean
        value = float(inverse_yeo_johnson(straight, feature.power))
        moved = point.copy()
        moved[j] = border - np.sign(apart) * _STEP
        # Beyond the border a third center may be nearer than both.
        led = int(((centers - moved) ** 2).sum(axis=1).argmin()) == there
        found.append(value if led and _is_reached(straight, value, feature.power) else None)
    return found


def _is_reached(straight: float, value: float, power: float | None) -> bool:
    """Whether a value of the transformed feature is that of any original value; the transformation may end before it."""
    return bool(np.isfinite(value)) and abs(float(yeo_johnson(value, power)) - straight) <= 1e-6 * max(
        1.0, abs(straight)
    )


def _place(model: Model, segment: int, here: int) -> int:
    if segment not in model.segments or model.segments[here] == segment:
        others = ", ".join(str(s) for i, s in enumerate(model.segments) if i != here)
        raise InputError(f"There is no segment {segment} to compare with.", hint=f"Choose one of: {others}.")
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
