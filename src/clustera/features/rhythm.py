"""When each customer is expected next, by the own pace; who is late, and the money that hangs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clustera.days import QUARTER, YEAR, sales_days
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.features.catalog import GAP
from clustera.records import Orders, Risk, SegmentRisk

OWN = 3  # gaps between purchase days from which a customer has a pace of his own
PRIOR = 3  # gaps of the average customer that each one's own are mixed with
LATE = 1.5  # times the longest gap so far, from which on a silence is clearly longer than ever
LATE_DAYS = 7  # and at least so many days longer


def is_late(silence: str, longest: str) -> str:
    """SQL: whether a silence is more than 1.5 times the longest gap so far, and at least 7 days longer."""
    return f"({silence} > {LATE} * {longest} and {silence} - {longest} >= {LATE_DAYS})"


def average_gaps(orders: Orders, *, as_of: int) -> tuple[float, float]:
    """Days between the purchases of the average customer with, and without, a pace of their own.

    Args:
        orders: The order lines.
        as_of: Snapshot date.

    Raises:
        InputError: nobody has ordered on two days up to `as_of`.
    """
    seen = (
        _gaps_of_customers(orders, as_of)
        .query(
            f"select gaps >= {OWN} as own, sum({as_of} - first_day) as days, sum(gaps) as gaps from {{rows}} group by own"
        )
        .to_pylist()
    )
    gaps, days = sum(row["gaps"] for row in seen), sum(row["days"] or 0 for row in seen)
    if not gaps:
        raise InputError(
            "Nobody has ordered on two days, so nobody's pace can be seen.", hint="Choose a later --as-of."
        )
    # Who came a few times is no measure for regulars, nor they for him.
    average = {row["own"]: float(row["days"]) / float(row["gaps"]) for row in seen if row["gaps"]}
    every = float(days) / float(gaps)
    return average.get(True, every), average.get(False, every)


def order_rhythm(orders: Orders, *, as_of: int, average: tuple[float, float] | None = None) -> Rows:
    """When each customer is expected to order next.

    The expected wait is the median of an exponential whose rate is the customer's own (purchase days after the first per
    day since the first, the present silence included), mixed with three gaps of the average customer who has, or
    has not, a rhythm as well. On real logs this misses the next order by fewer days than the median of the own gaps
    does (docs/methods/behavior.md).

    Args:
        orders: The order lines.
        as_of: Snapshot date.
        average: As `average_gaps` returns it, of these orders or of those a run was made from; of these when None.

    Returns:
        One row per customer with an order line: `customer_id` (VARCHAR), `last_day` (NULL, as the expectation is, for who
        only gave something back), `gaps` (how many were seen),
        `typical_gap` (median of the own gaps, NULL below three), `longest_gap` (likewise), `expected_wait` (days from
        `as_of`), `next_day`, `overdue` (1: silent for more than 1.5 times the longest gap and at least 7 days longer, but not for more than 364 days; 0 without an own rhythm),
        `days_overdue` (by how many days the silence exceeds the longest gap; NULL for who is not overdue) and
        `year_spend` (of `sales_days`).

    Raises:
        InputError: nobody has ordered on two days up to `as_of`.
    """
    average = average or average_gaps(orders, as_of=as_of)
    each = _gaps_of_customers(orders, as_of)
    # A number with a point is a DECIMAL to the engine, which overflows.
    prior = f"case when gaps >= {OWN} then cast({average[0]!r} as double) else cast({average[1]!r} as double) end"
    wait = f"ln(2) * ({as_of} - first_day + {PRIOR} * {prior}) / (gaps + {PRIOR})"
    late = f"gaps >= {OWN} and {is_late(f'{as_of} - last_day', 'longest')} and {as_of} - last_day <= {YEAR}"
    return each.select(
        f"select customer_id, last_day, gaps, case when gaps >= {OWN} then median_gap end as typical_gap, "
        f"case when gaps >= {OWN} then longest end as longest_gap, {wait} as expected_wait, "
        f"cast({as_of} + ceil({wait}) as integer) as next_day, "
        f"case when {late} then 1 else 0 end as overdue, case when {late} then {as_of} - last_day - longest end as days_overdue, "
        "cast(year_spend as double) as year_spend from {rows}"
    )


def _gaps_of_customers(orders: Orders, as_of: int) -> Rows:
    return orders.rows.select(
        "with days as (select customer_id, day, max(case when kind = 'sale' then 1 else 0 end) as ordered, "
        f"sum(amount) as money from {{rows}} where day <= {as_of} group by customer_id, day), "
        f"gaps as (select *, {GAP} as gap from days) "
        "select cast(customer_id as varchar) as customer_id, min(case when ordered = 1 then day end) as first_day, "
        "max(case when ordered = 1 then day end) as last_day, count(gap) as gaps, max(gap) as longest, "
        "percentile_cont(0.5) within group (order by gap) as median_gap, "
        f"sum(case when day > {as_of - sales_days(orders.first_day, as_of)} then money else 0 end) as year_spend from gaps group by customer_id"
    )


def overdue_customers(orders: Orders, *, as_of: int, now: Rows | None = None, segments: Rows | None = None) -> Risk:
    """How many customers are clearly later than ever before, their money, and what that rule was worth.

    The back-test applies rule and expectation one quarter earlier and looks who ordered in the quarter after it.

    Args:
        orders: The order lines.
        as_of: Snapshot date.
        now: As `order_rhythm` returns it for that day, where it is at hand.
        segments: `id` (VARCHAR) and `segment` of every customer, in the same engine, to tell risk by segment too.

    Raises:
        InputError: nobody has ordered on two days up to `as_of`.
    """
    known = order_rhythm(orders, as_of=as_of) if now is None else now
    money = "cast(year_spend as decimal(38,4))"
    sums = (
        f"count(longest_gap) as n, sum(overdue) as late, sum(case when overdue = 1 then {money} else 0 end) as money, "
        f"sum({money}) as everybody"
    )
    best = "overdue = 1 and year_spend > mean"
    all_ = known.query(
        f"select {sums}, count(*) filter ({best}) as best, coalesce(sum({money}) filter ({best}), 0) as best_money "
        f"from (select *, avg({money}) filter (where last_day is not null) over () as mean from {{rows}})"
    ).to_pylist()[0]
    by_segment = []
    if segments is not None:
        text = f"select segment, {sums} from {{rows}} join {{segments}} s on s.id = customer_id group by segment"
        by_segment = known.select(text, segments=segments).query("select * from {rows} order by segment").to_pylist()
    risk = Risk(
        customers=all_["n"],
        overdue=int(all_["late"]),
        money=float(all_["money"]),
        share=_share(all_),
        best=int(all_["best"]),
        best_money=float(all_["best_money"]),
        segments=tuple(
            SegmentRisk(int(row["segment"]), row["n"], int(row["late"]), float(row["money"]), _share(row))
            for row in by_segment
        ),
    )
    try:
        return _tested(risk, orders, as_of - QUARTER)
    except InputError:  # the log is too young for a look back
        return risk


def _share(row: dict[str, Any]) -> float:
    return float(row["money"] / row["everybody"]) if row["everybody"] else 0.0


def _tested(risk: Risk, orders: Orders, cut: int) -> Risk:
    then, lines = order_rhythm(orders, as_of=cut), orders.rows
    later = lines.engine.view(
        f"with later as (select cast(customer_id as varchar) as customer_id, min(day) as back from {lines.name} "
        f"where kind = 'sale' and day > {cut} and day <= {cut + QUARTER} group by customer_id) "
        f"select t.*, l.back from {then.name} t left join later l using (customer_id) where t.longest_gap is not null"
    )
    came = "case when back is null then 0 else 1 end"
    seen = later.query(
        f"select avg(case when overdue = 1 then {came} end) as late, avg(case when overdue = 0 then {came} end) as others, "
        "avg(abs(back - next_day)) as own, "
        f"avg(cast(abs(back - {cut} - (select median(expected_wait) from {{rows}})) as decimal(18,6))) as same from {{rows}}"
    ).to_pylist()[0]
    return replace(
        risk,
        tested_on=cut,
        returned=seen["late"],
        returned_others=seen["others"],
        error=seen["own"],
        error_same=seen["same"],
    )
