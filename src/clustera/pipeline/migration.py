"""The same segments on earlier days: who was in which, who moved, and what that lets expect."""

from __future__ import annotations

from dataclasses import replace

from clustera import features
from clustera.engines import Engine, Rows
from clustera.pipeline.assigning import assigned_by, pick_sql
from clustera.pipeline.causes import move_causes
from clustera.pipeline.sources import Log
from clustera.records import Migration, Model, Reason
from clustera.texts import NotPossibleError


def segment_migration(model: Model, log: Log, members: Rows, engine: Engine) -> tuple[Migration, Rows]:
    """Sizes, moves and their forecast; and `id` and `segment` on the last of the earlier days.

    Sums and counts look back over the same number of days on each day, so nobody moves by the mere passing of time.

    Args:
        model: Of the segments: preparation and centers are applied as they are to what was known on each earlier day.
        log: The orders, the snapshot date and the window.
        members: `id` and `segment` on that date.
        engine: Where the rows live.

    Raises:
        InputError: there is no earlier day on which the segments can be looked at.
    """
    if log.others:
        raise NotPossibleError(Reason("segments-by-other-columns", {"columns": log.others}))
    days, months = features.as_of_days(log.orders.first_day, log.as_of, log.window)
    if len(days) < 2:
        raise NotPossibleError(Reason("no-earlier-month", {"window": log.window}))
    names = tuple(feature.name for feature in model.preparation.features)
    periods = [members_on_day(day, log, model, engine) for day in days[:-1]]
    found = features.moves_over_time([*periods, members], days=days, months=months)
    then, now = (
        features.customer_behavior(log.orders, as_of=day, selection=names, window=log.window).select(
            "select customer_id as id, * exclude (customer_id) from {rows}"
        )
        for day in days[-2:]
    )
    causes = move_causes(model, _with_values(periods[-1], then), _with_values(members, now))
    return replace(found, ranking=model.ranking, ranked_by=model.ranked_by, causes=causes), periods[-1]


def _with_values(members: Rows, values: Rows) -> Rows:
    return members.select("select m.segment, v.* from {rows} m join {values} v on v.id = m.id", values=values)


def members_on_day(day: int, log: Log, model: Model, engine: Engine) -> Rows:
    """`id` and `segment` of everybody known on an earlier day, by the same definitions."""
    names = tuple(feature.name for feature in model.preparation.features)
    seen = features.customer_behavior(log.orders, as_of=day, selection=names, window=log.window)
    # Hashes are for drawing; nobody is drawn here.
    rows = seen.select(
        "select row_number() over (order by customer_id) as _row, customer_id as _id, cast(0 as ubigint) as _key, "
        "* exclude (customer_id) from {rows}"
    ).keep()
    placed = assigned_by(model, rows, engine)
    return placed.select(f"select _id as id, {pick_sql(model.segments)}[place + 1] as segment from {{rows}}").keep()
