"""The same segments on earlier days: who was in which, who moved, and what that lets expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera import features
from clustera.engines import DuckEngine, identifier
from clustera.errors import InputError
from clustera.pipeline.assigning import assigned_by, pick
from clustera.pipeline.sources import Log
from clustera.records import Migration, Model, Rows


def migration(model: Model, log: Log, table: Rows, members: Rows, engine: DuckEngine) -> Migration:
    """Sizes, moves and their forecast.

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
    periods = [_members_on(day, model, log, names, means, engine=engine) for day in days[:-1]]
    return features.over_time([*periods, members], days=days, months=months, features=names)


def _members_on(
    day: int, model: Model, log: Log, names: Sequence[str], means: Mapping[str, float], *, engine: DuckEngine
) -> Rows:
    """`id` and `segment` of everybody with an order up to a day."""
    seen = features.behaviour(log.orders, as_of=day, selection=names).keep()
    then = _means(seen, tuple(means))
    cells = ", ".join(
        f"{identifier(name)} * {means[name] / then[name]!r} as {identifier(name)}"
        if then.get(name, 0.0) > 0 and means.get(name, 0.0) > 0
        else identifier(name)
        for name in names
    )
    # Hashes are for drawing; nobody is drawn here.
    rows = seen.select(
        "select row_number() over (order by customer_id) as _row, customer_id as _id, cast(0 as ubigint) as _key, "
        f"{cells} from {{rows}}"
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
