"""The same segments on earlier days: who was in which, who moved, and what that lets expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from clustera import features
from clustera.engines import DuckEngine, identifier
from clustera.errors import InputError
from clustera.pipeline.assigning import assigned_by, pick
from clustera.pipeline.sources import Log
from clustera.records import Migration, Model, Rows, SeenOn


def migration(
    model: Model, log: Log, table: Rows, members: Rows, engine: DuckEngine
) -> tuple[Migration, tuple[SeenOn, ...]]:
    """Sizes, moves and their forecast; and what growing features were scaled by, day by day.

    What adds up over time, such as spend, is scaled on earlier days to the mean of the day of judgement: else everybody
    would move up by the mere passing of time.

    Args:
        model: Of the segments: preparation and centres are applied as they are to what was known on each earlier day.
        log: The orders and the day of judgement.
        table: The features on that day.
        members: `id` and `segment` on that day.
        engine: Where the rows live.

    Raises:
        InputError: there is no earlier day on which the segments can be looked at.
    """
    if log.others:
        raise InputError(
            f"The segments are formed by columns of the customer table ({', '.join(log.others)}), which says how customers "
            "are today: on earlier days nobody can be assigned to them."
        )
    days, months = features.as_of_days(log.orders.first_day, log.as_of)
    if len(days) < 2:
        raise InputError(
            "The orders reach back too short a time to look at the same segments on an earlier day: a quarter of orders, "
            "and half of all, must lie before it."
        )
    names = tuple(feature.name for feature in model.preparation.features)
    means = _means(table, features.growing(names))
    seen_on, periods = [], []
    for day in days[:-1]:
        factors, known = _members_on(day, model, log, means, engine)
        seen_on.append(factors)
        periods.append(known)
    seen_on.append(SeenOn(days[-1], tuple((name, 1.0) for name in means)))
    return features.over_time([*periods, members], days=days, months=months, features=names), tuple(seen_on)


def members_on(day: int, model: Model, log: Log, table: Rows, engine: DuckEngine) -> Rows:
    """`id` and `segment` of everybody known on an earlier day, by the same definitions, as `migration` has them."""
    names = tuple(feature.name for feature in model.preparation.features)
    return _members_on(day, model, log, _means(table, features.growing(names)), engine)[1]


def _members_on(
    day: int, model: Model, log: Log, means: Mapping[str, float], engine: DuckEngine
) -> tuple[SeenOn, Rows]:
    names = tuple(feature.name for feature in model.preparation.features)
    seen = features.behaviour(log.orders, as_of=day, selection=names).keep()
    then = _means(seen, tuple(means))
    both = {name: (mean, then.get(name, 0.0)) for name, mean in means.items()}
    factors = SeenOn(day, tuple((name, a / b if a > 0 and b > 0 else 1.0) for name, (a, b) in both.items()))
    return factors, _members(scaled(seen, dict(factors.factors)), model, engine)


def factors_on(seen_on: Sequence[SeenOn], day: int) -> dict[str, float]:
    """What growing features are multiplied by on a day, between the days that are known along a straight line.

    Before the first known day its factors hold, from the day of the segments on 1.

    >>> factors_on([SeenOn(100, (("spend", 3.0),)), SeenOn(200, (("spend", 1.0),))], 150)
    {'spend': 2.0}
    """
    days = [seen.day for seen in seen_on]
    known = [dict(seen.factors) for seen in seen_on]
    return {
        name: float(np.interp(day, days, [factors[name] for factors in known])) for name in (known[0] if known else ())
    }


def scaled(rows: Rows, factors: Mapping[str, float]) -> Rows:
    """The same rows with some features multiplied."""
    cells = ", ".join(
        f"{identifier(name)} * {factor!r} as {identifier(name)}" for name, factor in factors.items() if factor != 1.0
    )
    return rows.select(f"select * replace ({cells}) from {{rows}}") if cells else rows


def _members(seen: Rows, model: Model, engine: DuckEngine) -> Rows:
    """`id` and `segment` of everybody whose behaviour is seen."""
    # Hashes are for drawing; nobody is drawn here.
    rows = seen.select(
        "select row_number() over (order by customer_id) as _row, customer_id as _id, cast(0 as ubigint) as _key, "
        "* exclude (customer_id) from {rows}"
    ).keep()
    placed = rows.beside(assigned_by(model, rows, engine))
    return placed.select(f"select _id as id, {pick(model.segments)}[place + 1] as segment from {{rows}}").keep()


def _means(rows: Rows, names: Sequence[str]) -> dict[str, float]:
    """Of what is known, by name; sums of decimals, as those of doubles depend on their order."""
    if not names:
        return {}
    cells = (f"sum(cast({identifier(name)} as decimal(38,4))) / count({identifier(name)})" for name in names)
    listed = ", ".join(f"{cell} as {identifier(name)}" for cell, name in zip(cells, names, strict=True))
    (row,) = rows.query(f"select {listed} from {{rows}}").to_pylist()
    return {name: float(value) for name, value in row.items() if value is not None}
