"""Why a customer is in one segment and not in another, from the model alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from contextlib import suppress

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import prepare
from clustera.check import check_like
from clustera.engines import Engine, identifier
from clustera.errors import InputError, closest
from clustera.read import read
from clustera.records import Column, Explanation, FeaturePreparation, FeatureReason, Model, columns_told
from clustera.transform import FAR, Powers

_SAME, _STEP = 1e-9, 1e-6  # standard deviations


class Explainer:
    """Explains one customer after the other by a model; what the model says of all of them is worked out once.

    The squared distances to two centers differ by a sum over features, so each feature's part says how much it speaks for
    the one or the other; along one feature the difference is a straight line, so one value of it is the border.

    Args:
        model: Of a run.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._features = features = model.preparation.features
        self._names = [(feature.name, feature.title) for feature in features]
        self._fills, self._mean, self._scale, self._weight = (
            np.array([getattr(feature, field) for feature in features], dtype=np.float64)
            for field in ("fill", "mean", "scale", "weight")
        )
        self._powers = Powers([feature.power for feature in features])
        self._centers = np.array(model.centers)
        self._in_units = prepare.original_units(self._centers, model.preparation).tolist()
        self._others = 1 - np.eye(len(features))

    def explain(self, values: Mapping[str, object], *, other: int | None = None) -> Explanation:
        """Where one customer stands, and why.

        Args:
            values: Feature -> value in original units; None, or left out, where it is not known.
            other: The segment to compare hers with; the second nearest when left out.

        Raises:
            InputError: a value is no number, or there is no such segment to compare with.
        """
        model = self._model
        given = np.array([_number_of(values.get(name), title) for name, title in self._names])
        missing = np.isnan(given)
        known = np.where(missing, self._fills, given)
        point = self._point(known)
        squares = (self._centers - point) ** 2
        apart = squares.cumsum(axis=1)[:, -1]  # feature after feature, as `assign` adds up: ties go the same way
        order = np.argsort(apart, kind="stable").tolist()
        here = order[0]
        there = order[min(1, len(order) - 1)] if other is None else _other_place(model, other, here)
        parts = squares[there] - squares[here]
        shares = (parts / (float(np.abs(parts).sum()) or 1.0)).tolist()
        enough, until = self._borders(point, squares, there) if here != there else ([None] * len(shares),) * 2
        reasons = [
            FeatureReason(name, *said)
            for (name, _), *said in zip(
                self._names,
                known.tolist(),
                missing.tolist(),
                self._in_units[here],
                self._in_units[there],
                shares,
                enough,
                until,
                strict=True,
            )
        ]
        away = np.sqrt(apart).tolist()
        return Explanation(
            segment=model.segments[here],
            second=model.segments[there],
            distances=tuple((model.segments[i], away[i]) for i in order),
            reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.weight))),
        )

    def _point(self, known: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The same numbers as `prepare.block` makes of a table; whether the customer is an outlier is not asked here."""
        z = ((self._powers.forward(known) - self._mean) / self._scale).clip(-FAR, FAR)
        return (z * self._weight).astype(np.float32).astype(np.float64)

    def _borders(
        self, point: npt.NDArray[np.float64], squares: npt.NDArray[np.float64], there: int
    ) -> tuple[list[float | None], list[float | None]]:
        """Feature by feature the values between which the other center is the nearest: the first on the way, and the last.

        The first is None where no real value does it, the last where it stays the nearest however far the way goes.
        """
        low, high = self._intervals(squares, there)
        never = (low + 2 * _STEP >= high) | ((low < point) & (point < high))
        ahead = point <= low
        ends = np.where(never, np.inf, np.where(ahead, (low, high), (high, low)))
        with np.errstate(all="ignore"):
            straight = ends / self._weight * self._scale + self._mean
            value = self._powers.inverse(straight)
            # The transformation may end before a place: then no original value stands there.
            off = np.abs(self._powers.forward(value) - straight)
            reached = np.isfinite(ends) & np.isfinite(value) & (off <= 1e-6 * np.maximum(1.0, np.abs(straight)))
        reached[1] &= reached[0]
        first, last = (
            [number if there else None for number, there in zip(*pair, strict=True)]
            for pair in zip(value.tolist(), reached.tolist(), strict=True)
        )
        return first, last

    def _intervals(
        self, squares: npt.NDArray[np.float64], there: int
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
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
        return np.where(never, np.inf, low), np.where(never, -np.inf, high)


def typical_values(model: Model, segment: int) -> dict[str, float]:
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


def known_features(model: Model, values: Mapping[str, object]) -> dict[str, object]:
    """Values by the names that the features have in the model; text such as a bracket is read as a cell of a table is.

    Args:
        model: Of a run.
        values: By these names, or by those that the columns have in their own table.

    Raises:
        InputError: a name is none of either, and the sentence says which there are; or a text can't be read.
    """
    told = columns_told(model.columns)
    names = [feature.name for feature in model.preparation.features]
    meant = {told.get(name, name): name for name in names}
    spelled = {column.own_name: column.name for column in model.columns if column.own_name and column.name in names}
    found = {}
    for given, value in values.items():
        name = given if given in meant else spelled.get(given, given)
        if name not in meant and name not in names:
            near = closest(name, meant)
            hint = f"Did you mean {near!r}? " if near else ""
            raise InputError(
                f"The segments have no feature {name[:80]!r}.", hint=f"{hint}They have: {', '.join(meant)}."
            )
        found[meant.get(name, name)] = value
    return _texts_read(model, found)


def _texts_read(model: Model, values: Mapping[str, object]) -> dict[str, object]:
    """The values of features, with text such as a bracket read as a cell of their column."""
    titles = {feature.name: feature.title for feature in model.preparation.features}
    columns = {column.name: column for column in model.columns}
    found = dict(values)
    for name, value in values.items():
        if isinstance(value, str) and value.strip() and not _is_number(value) and name in columns:
            found[name] = _read_cell(value, columns[name], titles[name])
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_cell(text: str, column: Column, title: str) -> float:
    """What the text means in a table that is assigned to the segments."""
    brackets = column.format.brackets
    if text.strip() in brackets:
        return brackets[text.strip()]
    with Engine(memory_limit=None, threads=1) as engine, suppress(InputError):
        rows = check_like(read(pa.table({column.name: [text]}), engine=engine), [column]).rows
        number = rows.value(f"select {identifier(column.name)} as number from {{rows}}")
        if number is not None:
            return float(number)
    raise _no_number(text, title, brackets)


def _no_number(value: object, title: str, brackets: Collection[str] = ()) -> InputError:
    hint = (
        f"Say one of: {', '.join(brackets)}."
        if brackets
        else "Say a number, such as 41; leave it out where it is not known."
    )
    return InputError(f"{title}: {str(value)[:40]!r} is no number.", hint=hint)


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
        raise _no_number(value, title)
    return number
