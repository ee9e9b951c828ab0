"""When time alone moves a customer: the same orders, seen from later and later days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from clustera import features
from clustera.engines import Engine, Rows
from clustera.features.catalog import Feature
from clustera.pipeline.assigning import predicted_labels
from clustera.records import Model, Waiting

HORIZON = 364  # days ahead that are looked at
_WEEK = 7


def days_until_move(model: Model, lines: pa.Table, values: Mapping[str, Any], *, as_of: int) -> Waiting | None:
    """The first day on which a customer who does not order again would be in another segment.

    Seen from t days later, orders are t days older. So every later day is a copy of the customer whose orders lie t days
    earlier, and one query answers for all of them. Whether a day is one of the weekend stays true in whole weeks only, so
    where a feature asks that, the weeks are looked at first and then the days of the week that was found.

    Args:
        model: Of a run that was drawn from orders.
        lines: The customer's order lines up to the snapshot date.
        values: Her features today; those that orders don't tell stay as they are.
        as_of: Snapshot date, days since 1970-01-01.

    Returns:
        None where she has no order, or where a feature ranks her among all customers.
    """
    if not lines.num_rows:
        return None
    with Engine(threads=1) as engine:
        rows = engine.arrow(lines)
        wanted = _order_features(model, rows, values, as_of)
        return _first_move(_Known(model, rows, wanted, values, as_of)) if wanted else None


def _first_move(known: _Known) -> Waiting:
    model, values, as_of, wanted = known.model, known.values, known.as_of, known.wanted
    here = _segments_of(model, [values])[0]
    weekly = any("weekend" in feature.name for feature in wanted)
    days = range(_WEEK if weekly else 1, HORIZON + 1, _WEEK if weekly else 1)
    moves = ((day, at) for day, at in zip(days, known.segments(days), strict=True) if at != here)
    first = next(moves, None)
    if first is None:
        return Waiting(HORIZON)
    day, there = known.first_of_week(*first, here=here) if weekly else first
    return Waiting(HORIZON, day, as_of + day, there)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a customer."""

    model: Model
    lines: Rows
    wanted: Sequence[Feature]
    values: Mapping[str, Any]
    as_of: int

    def segments(self, days: Sequence[int]) -> list[int]:
        """Her segment some days later, for each of them."""
        later = self.lines.engine.arrow(pa.table({"later": pa.array(days, pa.int32())}))
        copies = self.lines.select(
            "select r.* replace (cast(d.later as varchar) as customer_id, r.day - d.later as day) "
            "from {rows} r cross join {later} d",
            later=later,
        )
        asked = features.behavior_query(self.wanted, as_of=self.as_of, window=self.model.window)
        found = {row["customer_id"]: row for row in copies.query(asked).to_pylist()}
        return _segments_of(self.model, [dict(self.values) | found.get(str(day), {}) for day in days])

    def first_of_week(self, week: int, there: int, *, here: int) -> tuple[int, int]:
        """The first day of the week up to a day on which she has moved, and where to."""
        for day in range(week - _WEEK + 1, week):
            asked = features.behavior_query(self.wanted, as_of=self.as_of + day, window=self.model.window)
            at = _segments_of(self.model, [dict(self.values) | self.lines.query(asked).to_pylist()[0]])[0]
            if at != here:
                return day, at
        return week, there


def _order_features(model: Model, lines: Rows, values: Mapping[str, Any], as_of: int) -> list[Feature]:
    """The features that the lines tell; none where one of them ranks all customers.

    A column of the customer table may have the name of a feature. It is told from it by its value.
    """
    known = {feature.name: feature for feature in features.feature_catalog()}
    named = [known[feature.name] for feature in model.preparation.features if feature.name in known]
    columns = lines.columns
    named = [feature for feature in named if all(need in columns for need in feature.needs)]
    if not named or any(feature.relation == "customers" for feature in named):
        return []
    today = lines.query(features.behavior_query(named, as_of=as_of, window=model.window)).to_pylist()[0]
    return [feature for feature in named if _nearly_same(today[feature.name], values.get(feature.name))]


def _nearly_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.isclose(one, other, rtol=1e-6, atol=1e-9))


def _segments_of(model: Model, seen: Sequence[Mapping[str, Any]]) -> list[int]:
    """The segment for each set of values."""
    names = [feature.name for feature in model.preparation.features]
    given = np.array([[np.nan if row.get(name) is None else float(row[name]) for name in names] for row in seen])
    return list(predicted_labels(model, given).tolist())
