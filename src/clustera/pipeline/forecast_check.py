"""The forecast of an earlier run, held against the orders that came since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from clustera.engines import exact_sum_sql
from clustera.pipeline.keeping import Earlier
from clustera.pipeline.sources import Log
from clustera.records import ForecastCheck, ForecastPoint, SegmentCheck

FEWEST_DAYS = 28  # after the earlier run, from which on there is enough to compare
SAME = 0.5  # of the earlier customers that the log knows, below which it is another log
WORTH_TELLING = 0.02  # of what was expected of all customers, from which a difference is told


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
    seen = _spent_since(earlier.customers, log, earlier.as_of, after)
    known, new = ([row for row in seen if row["known"] is of_them] for of_them in (True, False))
    if _sum_of(known, "seen") < SAME * earlier.customers.num_rows:
        return None
    point = forecast_point(earlier.forecast, after - earlier.as_of)
    segments = _checked_segments(earlier, {row["segment"]: row["spent"] for row in known}, after)
    return ForecastCheck(
        before=earlier.as_of,
        after=after,
        customers=earlier.customers.num_rows,
        expected=point.sales,
        low=point.low,
        high=point.high,
        actual=_sum_of(known, "spent"),
        new_customers=int(_sum_of(new, "buyers")),
        new_sales=_sum_of(new, "spent"),
        segments=segments,
        furthest=furthest_segment(segments, point.sales),
        returned=round(_sum_of(known, "spent") - _sum_of(known, "net"), 2),
    )


def _sum_of(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    return float(sum(row[name] for row in rows))


def _spent_since(customers: pa.Table, log: Log, before: int, after: int) -> list[dict[str, Any]]:
    """By segment of the earlier run (NULL: none, or not known then): customers seen, who of them bought since, for how much, and the net of all days.

    A purchase is what the model takes for one: a day with an order, less what came back on it.
    """
    engine = log.orders.rows.engine
    earlier = engine.arrow(pa.table({"id": customers["id"].cast(pa.string()), "segment": customers["segment"]}))
    spent = log.orders.rows.select(
        "with days as (select cast(customer_id as varchar) as id, day, sum(amount) as net, "
        f"bool_or(kind = 'sale') as ordered, day > {before} as later from {{rows}} where day <= {after} group by customer_id, day) "
        "select id, sum(greatest(net, 0)) filter (where later and ordered) as since, sum(net) filter (where later) as net "
        "from days group by id having bool_or(ordered)"
    )
    found: list[dict[str, Any]] = (
        spent.select(
            "select s.since, s.net, b.id is not null as known, b.segment from {rows} s left join (select id, any_value(segment) as segment "
            "from {before} group by id) b using (id)",
            before=earlier,
        )
        .query(
            f"select known, segment, count(*) as seen, count(since) as buyers, coalesce({exact_sum_sql('since')}, 0) as spent, "
            f"coalesce({exact_sum_sql('net')}, 0) as net from {{rows}} group by known, segment order by known, segment"
        )
        .to_pylist()
    )
    return found


def _checked_segments(earlier: Earlier, spent: Mapping[int | None, float], after: int) -> tuple[SegmentCheck, ...]:
    """What was expected of each segment and what came; none where the earlier run kept the forecast of its total only."""
    if earlier.as_of is None or earlier.customers is None:
        return ()
    sizes = {row["values"]: row["counts"] for row in earlier.customers["segment"].value_counts().to_pylist()}
    found = []
    for path in earlier.segment_forecasts:
        point = forecast_point(path.points, after - earlier.as_of)
        found.append(
            SegmentCheck(
                segment=path.segment,
                name=earlier.names[path.segment],
                customers=sizes.get(path.segment, 0),
                expected=point.sales,
                low=point.low,
                high=point.high,
                actual=float(spent.get(path.segment, 0.0)),
            )
        )
    return tuple(found)


def furthest_segment(segments: Sequence[SegmentCheck], expected: float) -> int | None:
    """The segment whose sales are furthest from its forecast, in money; None below 2 % of what was expected of all.

    Args:
        segments: With what was expected and what came.
        expected: Of all customers.

    >>> furthest_segment((SegmentCheck(1, "A", 9, 900.0, None, None, 700.0), SegmentCheck(2, "B", 9, 90.0, None, None, 190.0)), 990)
    1
    >>> furthest_segment((SegmentCheck(1, "A", 9, 900.0, None, None, 890.0), SegmentCheck(2, "B", 9, 9.0, None, None, 19.0)), 909)
    """
    off = {one.segment: abs(one.actual - one.expected) for one in segments}
    found = max(off, key=lambda segment: off[segment], default=None)
    return found if found is not None and off[found] > 0 and off[found] >= WORTH_TELLING * expected else None


def forecast_point(path: Sequence[ForecastPoint], days: int) -> ForecastPoint:
    """The forecast for some days: between two points of its path in a straight line, the range relative to what is expected.

    Less than a day after the last point with a range, that range holds: a quarter may have 92 days.

    Args:
        path: At least one point, by days.
        days: From 1 to those of the last point.

    >>> forecast_point([ForecastPoint(30, 100, 90, 110), ForecastPoint(60, 180, 153, 207)], 45)
    ForecastPoint(days=45, sales=140, low=122.5, high=157.5)
    >>> forecast_point([ForecastPoint(30, 100), ForecastPoint(60, 180)], 15).sales
    50.0
    >>> forecast_point([ForecastPoint(91.3, 100, 90, 110), ForecastPoint(121.8, 130)], 92).low is None
    False
    >>> forecast_point([ForecastPoint(91.3, 100, 90, 110), ForecastPoint(121.8, 130)], 93).low is None
    True
    """
    place = next((i for i, point in enumerate(path) if point.days >= days), len(path) - 1)
    end = path[place]
    start = path[place - 1] if place else ForecastPoint(0.0, 0.0)
    part = min((days - start.days) / (end.days - start.days), 1.0)
    sales = start.sales + part * (end.sales - start.sales)
    if end.low is None and days - start.days < 1:  # a quarter of 92 days: three months of the path are 91.3
        end = start
    if end.low is None or end.high is None or end.sales <= 0:
        return ForecastPoint(days, sales)
    low, high = end.low / end.sales, end.high / end.sales
    if place and start.low is not None and start.high is not None and start.sales > 0:
        low += (1.0 - part) * (start.low / start.sales - low)
        high += (1.0 - part) * (start.high / start.sales - high)
    return ForecastPoint(days, sales, low * sales, high * sales)
