"""What happens over time: segments by month, and cohorts by month of the first order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from clustera.days import to_date, unfinished_month
from clustera.engines import Rows
from clustera.records import Cohort, Newcomers, Orders, SegmentMonth

_MONTH = "strftime(date '1970-01-01' + day, '%Y-%m')"
_MONTHS = "(year(date '1970-01-01' + day) * 12 + month(date '1970-01-01' + day) - 1)"  # as `_month_number`
_USUAL_MONTHS = 6  # whose first orders are the usual number of a month
_FEWEST_NEW = 20  # customers a month; of fewer, twice as many or half can be chance


def monthly_segments(orders: Orders, segments: Rows, *, as_of: int) -> tuple[SegmentMonth, ...]:
    """Customers, purchase days and revenue of each segment, month by month up to `as_of`.

    Args:
        orders: The order lines.
        segments: `id` (VARCHAR) and `segment`, in the same engine; lines of other customers are left out.
        as_of: Snapshot date; its month may be incomplete.
    """
    lines, members = orders.rows, segments
    days = lines.engine.view(
        f"select {_MONTH} as month, s.segment, l.customer_id, l.day, sum(l.amount) as money, "
        f"max(case when l.kind = 'sale' then 1 else 0 end) as ordered from {lines.name} l "
        f"join {members.name} s on s.id = cast(l.customer_id as varchar) where l.day <= {as_of} "
        "group by month, s.segment, l.customer_id, l.day"
    )
    found = days.query(
        "select month, segment, count(distinct case when ordered = 1 then customer_id end) as customers, "
        "sum(ordered) as order_days, sum(money) as revenue from {rows} group by month, segment order by month, segment"
    ).to_pylist()
    return tuple(
        SegmentMonth(row["month"], int(row["segment"]), row["customers"], int(row["order_days"]), float(row["revenue"]))
        for row in found
    )


def first_purchases(orders: Orders, *, as_of: int) -> Rows:
    """`customer_id` and `first_day`, the day of the first purchase, of every customer with one up to `as_of`."""
    return orders.rows.select(
        f"select customer_id, min(day) as first_day from {{rows}} where kind = 'sale' and day <= {as_of} group by customer_id"
    )


def order_cohorts(orders: Orders, *, as_of: int) -> tuple[Cohort, ...]:
    """Retention and revenue by month of the first order and months since.

    Customers who only ever gave goods back belong to no cohort. The month of `as_of` may be incomplete.

    Args:
        orders: The order lines.
        as_of: Snapshot date.
    """
    found = orders.rows.query(
        f"with lines as (select customer_id, day, amount, kind, {_MONTHS} as month from {{rows}} where day <= {as_of}), "
        "firsts as (select customer_id, min(month) as first from lines where kind = 'sale' group by customer_id) "
        "select first, month - first as age, count(distinct case when kind = 'sale' then customer_id end) as customers, "
        "sum(amount) as revenue from lines join firsts using (customer_id) where month >= first "
        "group by first, age order by first, age"
    ).to_pylist()
    last = _month_number(f"{to_date(as_of):%Y-%m}")
    active: dict[int, dict[int, tuple[int, float]]] = defaultdict(dict)
    for row in found:
        active[row["first"]][row["age"]] = (row["customers"], float(row["revenue"]))
    return tuple(
        Cohort(
            month=_month_name(first),
            size=ages[0][0],
            active=tuple(ages.get(age, (0, 0.0))[0] for age in range(last - first + 1)),
            revenue=tuple(ages.get(age, (0, 0.0))[1] for age in range(last - first + 1)),
        )
        for first, ages in active.items()
    )


def unusual_newcomers(cohorts: Sequence[Cohort], *, as_of: int) -> Newcomers | None:
    """The latest whole month, where it has half as many first orders as usual (the median of the six before), or twice as many.

    None also where the log is too short or the customers are too few to tell.

    Args:
        cohorts: As `order_cohorts` returns them; a month without first orders has none.
        as_of: Snapshot date.
    """
    unfinished = unfinished_month(as_of)
    sizes = {_month_number(cohort.month): cohort.size for cohort in cohorts if cohort.month != unfinished}
    last = _month_number(f"{to_date(as_of):%Y-%m}") - bool(unfinished)
    if not sizes or last - min(sizes) < 2 * _USUAL_MONTHS:  # all customers look new where a log begins
        return None
    before = [(last - back, sizes.get(last - back, 0)) for back in range(1, _USUAL_MONTHS + 1)]
    usual = median(size for _, size in before)
    now = sizes.get(last, 0)
    if max(usual, now) < _FEWEST_NEW or usual / 2 < now < 2 * usual:
        return None
    odd = tuple((_month_name(month), size) for month, size in before if not usual / 2 < size < 2 * usual)
    return Newcomers(_month_name(last), now, round(usual), _USUAL_MONTHS, odd)


def _month_name(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _month_number(month: str) -> int:
    year, number = month.split("-")
    return 12 * int(year) + int(number) - 1
