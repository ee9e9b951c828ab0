"""The forecast of an earlier run, held against the orders that came since."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from clustera.pipeline.keeping import Earlier
from clustera.pipeline.sources import Log
from clustera.records import ForecastCheck, ForecastPoint

FEWEST_DAYS = 28  # after the earlier run, from which on there is enough to compare
SAME = 0.5  # of the earlier customers that the log knows, below which it is another log


def check_earlier_forecast(earlier: Earlier | None, log: Log | None) -> ForecastCheck | None:
    """What the earlier run expected until today, or until its horizon ends, and what its customers spent.

    Args:
        earlier: The earlier run, with its forecast as it was made.
        log: The orders, and the snapshot date.

    Returns:
        None where the earlier run has no forecast, fewer than 28 days lie between, or the log is of other customers or in
        another currency.
    """
    if earlier is None or log is None or earlier.as_of is None or earlier.customers is None or not earlier.forecast:
        return None
    if earlier.currency != log.orders.money.currency:
        return None
    after = min(log.as_of, earlier.as_of + int(earlier.forecast[-1].days))
    if after - earlier.as_of < FEWEST_DAYS:
        return None
    engine = log.orders.rows.engine
    before = engine.arrow(pa.table({"id": earlier.customers["id"].cast(pa.string())}))
    # What the model takes for a purchase: a day with an order, less what came back on it.
    spent = log.orders.rows.select(
        "with days as (select cast(customer_id as varchar) as id, day, greatest(cast(sum(amount) as double), 0) as amount, "
        "bool_or(kind = 'sale') as ordered from {rows} group by customer_id, day) "
        f"select id, sum(amount) filter (where day > {earlier.as_of} and day <= {after}) as since from days where ordered "
        f"and day <= {after} group by id"
    )
    seen = spent.select(
        "select s.since, b.id is not null as known from {rows} s left join (select distinct id from {before}) b using (id)",
        before=before,
    ).query(
        "select count(*) filter (known) as known, coalesce(sum(since) filter (known), 0) as actual, "
        "count(since) filter (not known) as new, coalesce(sum(since) filter (not known), 0) as new_sales from {rows}"
    )
    row = seen.to_pylist()[0]
    if row["known"] < SAME * earlier.customers.num_rows:
        return None
    point = forecast_point(earlier.forecast, after - earlier.as_of)
    return ForecastCheck(
        before=earlier.as_of,
        after=after,
        customers=earlier.customers.num_rows,
        expected=point.sales,
        low=point.low,
        high=point.high,
        actual=float(row["actual"]),
        new_customers=int(row["new"]),
        new_sales=float(row["new_sales"]),
    )


def forecast_point(path: Sequence[ForecastPoint], days: int) -> ForecastPoint:
    """The forecast for some days: between two points of its path in a straight line, the range relative to what is expected.

    Args:
        path: At least one point, by days.
        days: From 1 to those of the last point.

    >>> forecast_point([ForecastPoint(30, 100, 90, 110), ForecastPoint(60, 180, 153, 207)], 45)
    ForecastPoint(days=45, sales=140, low=122.5, high=157.5)
    >>> forecast_point([ForecastPoint(30, 100), ForecastPoint(60, 180)], 15).sales
    50.0
    """
    place = next((i for i, point in enumerate(path) if point.days >= days), len(path) - 1)
    end = path[place]
    start = path[place - 1] if place else ForecastPoint(0.0, 0.0)
    part = min((days - start.days) / (end.days - start.days), 1.0)
    sales = start.sales + part * (end.sales - start.sales)
    if end.low is None or end.high is None or end.sales <= 0:
        return ForecastPoint(days, sales)
    low, high = end.low / end.sales, end.high / end.sales
    if place and start.low is not None and start.high is not None and start.sales > 0:
        low += (1.0 - part) * (start.low / start.sales - low)
        high += (1.0 - part) * (start.high / start.sales - high)
    return ForecastPoint(days, sales, low * sales, high * sales)
