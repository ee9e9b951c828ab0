"""How many customers usually move within as many days: what the moves since an earlier run stand beside."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from clustera import features
from clustera.engines import Engine
from clustera.pipeline.migration import members_on_day
from clustera.pipeline.sources import Log
from clustera.records import Model, Movers, Outcome, Period


def with_usual_moves(movers: Movers | None, outcome: Outcome, log: Log | None, engine: Engine) -> Movers | None:
    """The same, with who moved in earlier periods of the log that are as long, by the same definitions.

    Args:
        movers: As `summarize_movers` returns it.
        outcome: With the comparison with an earlier run, or with the moves over the log's own months.
        log: The orders, the snapshot date and the window; None for a customer table.
        engine: Where the rows live.
    """
    migration = outcome.behavior.migration if outcome.behavior else None
    periods = migration.periods if migration else ()
    latest = (periods[-1].before, periods[-1].after) if periods else None
    days = _compared_days(outcome, latest)
    if movers is None or log is None or log.others or days is None:
        return movers
    before, after = days
    full = _full_window(outcome.model, log)
    if migration is not None and days == latest:
        usual = tuple(period for period in periods[:-1] if period.before >= log.orders.first_day - 1 + full)
        return replace(movers, days=after - before, months=migration.months, usual=usual)
    spans = features.earlier_periods(log.orders.first_day, before, after - before, full)
    members = {day: members_on_day(day, log, outcome.model, engine) for day in sorted({*chain(*spans)})}
    usual = tuple(
        Period(one, two, features.moves_between_days(members[one], members[two])[0], came=()) for one, two in spans
    )
    return replace(movers, days=after - before, usual=usual)


def _full_window(model: Model, log: Log) -> int:
    """Days of orders before a day that the features of the segments need, so that none is cut short by the log's start."""
    used = {one.name for one in model.preparation.features}
    return max([log.window, *(one.reach for one in features.feature_catalog() if one.name in used)])


def _compared_days(outcome: Outcome, latest: tuple[int, int] | None) -> tuple[int, int] | None:
    """The two days of the comparison, else the `latest` of the log's own; None where the borders of segments are new."""
    comparison = outcome.comparison
    if comparison is None:
        return latest
    before, after = comparison.day_before, comparison.day_after
    if not comparison.same_definitions or before is None or after is None or after <= before:
        return None
    return before, after
