"""What a log of orders says of the segments and of each customer: behavior, lifecycle, lifetime value and the next order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from clustera import features
from clustera.days import QUARTER
from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.pipeline.assigning import with_more_cells, with_segment_before
from clustera.pipeline.migration import members_on_day, segment_migration
from clustera.pipeline.sources import Log
from clustera.pipeline.year_ahead import compare_years
from clustera.records import Behavior, LifetimeValue, Model, Outcome, StageSummary
from clustera.settings import Settings
from clustera.texts import NotPossibleError

EVEN = 0.5  # chance of no order from which on no day of the next order is given

if TYPE_CHECKING:
    import pandas as pd

    from clustera.pipeline.past import Past


def with_orders(
    outcome: Outcome,
    log: Log,
    *,
    past: Past | None,
    customers: Rows,
    settings: Settings,
    engine: Engine,
) -> tuple[Outcome, Rows]:
    """The outcome with behavior and value, and the customers with next order and value where they can be forecast.

    Args:
        outcome: Of the segments.
        log: The orders they were drawn from, and the snapshot date.
        past: Segments of an earlier day, where the log allows them.
        customers: id, segment, ...
        settings: What is asked for.
        engine: Where the rows live.
    """
    average = _average_gaps(log)
    outcome = replace(outcome, model=replace(outcome.model, average_gaps=average))
    known = _rhythm(log, average)
    members = customers.select("select id, segment from {rows}").keep()
    behavior = _with_usefulness(_behavior(log, known, members, customers), past, outcome.selection.k)
    try:
        moved, earlier = segment_migration(outcome.model, log, members, engine)
        behavior = replace(behavior, migration=moved)
        customers = with_segment_before(
            customers, earlier, dict(zip(outcome.model.segments, outcome.model.names, strict=True))
        )
    except NotPossibleError as error:
        behavior = replace(behavior, migration_refused=error.reason)
    outcome = replace(outcome, behavior=behavior)
    valued = None
    if settings.value.value:
        try:
            record, valued = _lifetime_value(log, customers, settings)
            outcome = replace(outcome, value=record)
        except NotPossibleError as error:
            outcome = replace(outcome, value_refused=error.reason)
    staged = features.lifecycle_stages(log.orders, as_of=log.as_of)
    customers = _customers_of_log(customers, log, staged, known, valued)
    if outcome.value is not None:
        ahead = compare_years(customers, log, outcome.value)
        outcome = replace(outcome, value=replace(outcome.value, year_ahead=ahead))
    customers = _with_subsets(customers, staged)
    month, quarter = (_days_ago(log, outcome.model, engine, days) for days in (features.WINDOW, QUARTER))
    stages = _order_stages(log, staged, customers, month, quarter)
    return replace(outcome, behavior=replace(behavior, stages=stages)), customers


def _with_subsets(customers: Rows, staged: Rows) -> Rows:
    """The customers with `_subset`: in which subset of their stage they are; NULL without a stage."""
    churn = "c.churn_risk" if "churn_risk" in customers.columns else "null"
    subset = f"case when s.stage is not null then {features.subset_sql('s', churn)} end as _subset"
    return with_more_cells(customers, subset, "left join {staged} s on s.customer_id = c.id", staged=staged)


def _order_stages(
    log: Log,
    staged: Rows,
    customers: Rows,
    earlier: features.EarlierMembers | None,
    quarter: features.EarlierMembers | None,
) -> tuple[StageSummary, ...]:
    categories = None
    if log.orders.column("category") is not None:
        categories = features.customer_behavior(log.orders, as_of=log.as_of, selection=("categories",))
    return features.summarize_stages(
        log.orders, staged, customers, categories=categories, earlier=earlier, quarter=quarter
    )


def _days_ago(log: Log, model: Model, engine: Engine, days: int) -> features.EarlierMembers | None:
    """Who was in which segment some days before the last order; None where less than a quarter lies before that."""
    day = min(log.as_of, log.orders.last_day) - days
    if day - log.orders.first_day < QUARTER:
        return None
    # What customer tables say is only known for today.
    return features.EarlierMembers(day, None if log.others else members_on_day(day, log, model, engine), days)


def expectations(customers: Rows, log: Log, model: Model) -> Rows:
    """The customers with stage, last order, RFM and, where somebody has ordered twice, `next_order`, `overdue` and `days_overdue`.

    Whoever has few purchases is expected by the average customer of the model's run, so that the same purchases give the
    same day as in that run, whoever else is in the log.
    """
    staged = features.lifecycle_stages(log.orders, as_of=log.as_of)
    average = model.average_gaps or _average_gaps(log)
    return _customers_of_log(customers, log, staged, _rhythm(log, average))


def _behavior(log: Log, known: Rows | None, members: Rows, customers: Rows) -> Behavior:
    orders, as_of = log.orders, log.as_of
    scored = features.rfm_scores(orders, as_of=as_of).keep()
    brought = features.money_by_segment(orders, customers, as_of=as_of)
    return Behavior(
        as_of=as_of,
        first_day=orders.first_day,
        money=orders.money,
        set_aside=features.money_left_out(orders),
        contractual=orders.contractual,
        revenue=tuple((one.segment, one.revenue) for one in brought),
        rfm=features.rfm_grid(scored),
        rfm_by_segment=features.rfm_cross_table(scored, members),
        months=features.monthly_segments(orders, members, as_of=as_of),
        cohorts=(cohorts := features.order_cohorts(orders, as_of=as_of)),
        usual_silence=features.usual_silence(orders, as_of=as_of),
        newcomers=features.unusual_newcomers(cohorts, as_of=as_of),
        top_falls=features.count_top_falls(orders, as_of=as_of),
        risk=None if known is None else features.overdue_customers(orders, as_of=as_of, now=known, segments=members),
        usefulness=(),
        affinities=features.category_affinities(orders, members, as_of=as_of),
        returned_lines=sum(one.returned_lines for one in brought),
        returned=sum(one.returned for one in brought),
        outlier_revenue=sum(one.outliers for one in brought),
    )


def _with_usefulness(behavior: Behavior, past: Past | None, k: int) -> Behavior:
    told = past.usefulness(k) if past is not None else ()
    if past is None or not told:
        return behavior
    return replace(behavior, usefulness=told, judged_from=past.day, judged_until=past.until, judged_on_half=past.chose)


def _average_gaps(log: Log) -> tuple[float, float] | None:
    try:
        return features.average_gaps(log.orders, as_of=log.as_of)
    except InputError:
        return None  # nobody has ordered twice


def _rhythm(log: Log, average: tuple[float, float] | None) -> Rows | None:
    return None if average is None else features.order_rhythm(log.orders, as_of=log.as_of, average=average).keep()


def _lifetime_value(log: Log, customers: Rows, settings: Settings) -> tuple[LifetimeValue, pd.DataFrame]:
    from clustera.value import assess
    from clustera.value.history import purchases_of_orders

    members = customers.arrow(["id", "segment"]).to_pandas().set_index("id")["segment"]
    options = settings.value
    found = assess(
        purchases_of_orders(log.orders, as_of=log.as_of),
        as_of=log.as_of,
        segments=members,
        margin=options.margin,
        monthly_discount=options.monthly_discount,
        horizon_months=options.horizon_months,
        seed=settings.run.seed,
    )
    return found.record, found.customers


def _customers_of_log(
    customers: Rows, log: Log, staged: Rows, known: Rows | None, valued: pd.DataFrame | None = None
) -> Rows:
    """The customers with what is known of each: value, stage, last order, RFM, the next order and whether it is overdue."""
    others = {"staged": staged, "rfm": features.rfm_with_before(log.orders, as_of=log.as_of)}
    lately = (
        f"l.stage, date '1970-01-01' + ({log.as_of} - l.silence)::integer as last_order, "
        "round(l.year_spend, 2) as sales_12_months, round(l.recent_spend, 2) as sales_3_months, "
        "round(l.spend_before, 2) as earlier_sales_3_months, f.* exclude (customer_id)"
    )
    cells = [lately]
    joins = ["left join {staged} l on l.customer_id = c.id left join {rfm} f on f.customer_id = c.id"]
    if valued is not None:
        others["worth"] = customers.engine.arrow(_worth(valued))
        cells.insert(0, "v.* exclude (id)")
        joins.append("left join {worth} v on v.id = c.id")
    if known is not None:
        # No day stands beside a forecast that no order is more likely.
        likely = "true" if valued is None else f"coalesce(v.churn_risk, 0) < {EVEN}"
        others["known"] = known
        cells.append(
            f"case when coalesce(r.overdue, 0) = 0 and {likely} then date '1970-01-01' + r.next_day end as next_order, "
            "coalesce(r.overdue = 1, false) as overdue, r.days_overdue, r.typical_gap as usual_gap"
        )
        joins.append("left join {known} r on r.customer_id = c.id")
    return with_more_cells(customers, ", ".join(cells), " ".join(joins), **others)


def _worth(valued: pd.DataFrame) -> pa.Table:
    columns = ["value", "value_low", "value_high", "probability_alive", "churn_risk"]
    return pa.table(
        {
            "id": pa.array(valued["customer_id"].astype(str)),
            **{name: pa.array(np.round(valued[name].to_numpy(dtype=float), 6)) for name in columns},
        }
    )
