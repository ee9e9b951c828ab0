"""Why a customer is in one segment and not in another, from the model alone."""

from __future__ import annotations

import math
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
    """Where one customer stands between the segments of a model, and which features decide it; see `Explainer`."""
    return Explainer(model).explain(values, other=other)


class Explainer:
    """Explains one customer after the other by a model; what the model says of all of them is worked out once.

    The squared distances to two centers differ by a sum over features, so each feature's part says how much it speaks for
    the one or the other; along one feature the difference is a straight line, so one value of it is the border.

    Args:
        model: Of a run.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._features = model.preparation.features
        # Whether the customer is an outlier is not asked here; to find out takes longer than all the rest.
        self._preparation = replace(model.preparation, isolation=None)
        self._centers = np.array(model.centers)
        self._in_units = prepare.original_units(self._centers, model.preparation).tolist()
        self._others = 1 - np.eye(len(self._features))

    def explain(self, values: Mapping[str, object], *, other: int | None = None) -> Explanation:
        """Where one customer stands, and why.

        Args:
            values: Feature -> value in original units; None, or left out, where it is not known.
            other: The segment to compare hers with; the second nearest when left out.

        Raises:
            InputError: a value is no number, or there is no such segment to compare with.
        """
        model = self._model
        numbers = [_number_of(values.get(feature.name), feature.title) for feature in self._features]
        found = prepare.block(_NO_ROW, _NO_KEY, np.array([numbers]), self._preparation)
        point = found.points[0].astype(np.float64)
        squares = (self._centers - point) ** 2
        distances = np.sqrt(squares.sum(axis=1))
        order = np.argsort(distances, kind="stable").tolist()
        here = order[0]
        there = order[min(1, len(order) - 1)] if other is None else _other_place(model, other, here)
        parts = squares[there] - squares[here]
        shares = (parts / (float(np.abs(parts).sum()) or 1.0)).tolist()
        borders = self._borders(point, squares, there) if here != there else [(None, None)] * len(numbers)
        reasons = [
            FeatureReason(
                feature=feature.name,
                value=float(feature.fill) if math.isnan(number) else number,
                missing=math.isnan(number),
                here=self._in_units[here][j],
                there=self._in_units[there][j],
                weight=shares[j],
                enough=borders[j][0],
                until=borders[j][1],
            )
            for j, (feature, number) in enumerate(zip(self._features, numbers, strict=True))
        ]
        away = distances.tolist()
        return Explanation(
            segment=model.segments[here],
            second=model.segments[there],
            distances=tuple((model.segments[i], away[i]) for i in order),
            reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.weight))),
        )

    def _borders(
        self, point: npt.NDArray[np.float64], squares: npt.NDArray[np.float64], there: int
    ) -> list[tuple[float | None, float | None]]:
        """Feature by feature the values between which the other center is the nearest: the first on the way, and the last.

        The first is None where no real value does it, the last where it stays the nearest however far the way goes.
        """
        lows, highs = self._intervals(squares, there)
        found: list[tuple[float | None, float | None]] = []
        for feature, at, low, high in zip(self._features, point.tolist(), lows, highs, strict=True):
            if low + 2 * _STEP >= high or low < at < high:
                found.append((None, None))
                continue
            first, last = (low, high) if at <= low else (high, low)
            found.append(
                (enough := _in_units(first, feature), _in_units(last, feature) if enough is not None else None)
            )
        return found

    def _intervals(self, squares: npt.NDArray[np.float64], there: int) -> tuple[list[float], list[float]]:
        """The stretch along each feature in which a center is nearer than each other; low is not below high where there is none.

        The squared distances to two centers differ by a straight line along a feature, so each other center cuts off one side.

        Args:
            squares: Of the distance to each center (k, n_features), feature by feature.
            there: Place of the center.
        """
        rest = squares @ self._others  # over all features but one
        ahead, apart = rest - rest[there], self._centers[there] - self._centers
        beside = np.abs(apart) < _SAME
        squared = self._centers**2
        border = (squared[there] - squared - ahead) / (2 * np.where(beside, 1.0, apart))
        low = np.where(~beside & (apart > 0), border, -np.inf).max(axis=0)
        high = np.where(~beside & (apart < 0), border, np.inf).min(axis=0)
        nearer = beside & (ahead <= 0)
        nearer[there] = False
        never = nearer.any(axis=0)
        return np.where(never, np.inf, low).tolist(), np.where(never, -np.inf, high).tolist()


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


def _in_units(border: float, feature: FeaturePreparation) -> float | None:
    """A place along a prepared feature in original units; None where no value stands there."""
    if not math.isfinite(border):
        return None
    straight = border / feature.weight * feature.scale + feature.mean
    value = float(inverse_yeo_johnson(straight, feature.power))
    return value if _is_reached(straight, value, feature.power) else None


def _is_reached(straight: float, value: float, power: float | None) -> bool:
    """Whether a value of the transformed feature is that of any original value; the transformation may end before it."""
    return math.isfinite(value) and abs(float(yeo_johnson(value, power)) - straight) <= 1e-6 * max(1.0, abs(straight))


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
    if math.isinf(number):
        raise InputError(f"{title}: {str(value)[:40]!r} is no number.")
    return number
