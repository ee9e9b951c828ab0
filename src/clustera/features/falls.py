"""Top customers who buy much less than 3 to 6 months ago: the rule, and how many of them usually do."""

from __future__ import annotations

from clustera.days import QUARTER
from clustera.records import Orders, TopFalls

BEST = 0.8  # share of all customers who spent less in the 3 months before the last 3, for a top customer
FALLEN = 2 / 3  # of that spend, and of the part of it that all customers still spend; at most that much is left
EARLIER = 4  # dates at most on which the same is counted, a quarter apart

_PACE = "greatest(0.0, cast(sum(recent_spend) over {over} as double) / nullif(cast(sum(earlier_spend) over {over} as double), 0.0))"


def kept_at_most(over: str = "()") -> str:
    """SQL: the part of their earlier spend that top customers who buy less have kept at most.

    Two thirds; where all customers together spend less, two thirds of the part that these still spend, in whole percent.

    Args:
        over: Window of the rows that are all customers of one date.
    """
    pace = _PACE.format(over=over)
    return f"case when {pace} < 1 then floor(round({100 * FALLEN!r} * {pace}, 6)) / 100 else {FALLEN!r} end"


def is_top(over: str = "") -> str:
    """SQL: whether a customer is in the fifth with the highest earlier spend.

    Args:
        over: What divides the rows by date ("partition by ..."); nothing where they are of one.
    """
    return f"earlier_spend > 0 and percent_rank() over ({over} order by earlier_spend) >= {BEST}"


def count_top_falls(orders: Orders, *, as_of: int) -> TopFalls | None:
    """How many top customers spend much less than 3 to 6 months ago, and what share did on earlier dates.

    The earlier dates lie 91, 182, ... days back, as far as the log covers 182 days before each, four at most.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later orders are ignored.

    Returns:
        None where the log covers fewer than 182 days, or nobody bought 3 to 6 months ago.
    """
    rows = orders.rows
    found = rows.query(
        f"with sums as (select customer_id, ({as_of} - day) // {QUARTER} as back, sum(amount) as money from {{rows}} "
        f"where day <= {as_of} and day > {as_of - (EARLIER + 2) * QUARTER} group by 1, 2), "
        f"firsts as (select customer_id, min(day) as first_day from {{rows}} where kind = 'sale' and day <= {as_of} group by 1), "
        f"dates as (select back from range({EARLIER + 1}) d(back) where (select min(first_day) from firsts) <= "
        f"{as_of} - (back + 2) * {QUARTER} + 1), "
        "spent as (select d.back, coalesce(r.money, 0) as recent_spend, coalesce(e.money, 0) as earlier_spend from dates d "
        f"join firsts f on f.first_day <= {as_of} - d.back * {QUARTER} "
        "left join sums r on r.customer_id = f.customer_id and r.back = d.back "
        "left join sums e on e.customer_id = f.customer_id and e.back = d.back + 1), "
        f"ruled as (select *, {is_top('partition by back')} as top, {kept_at_most('(partition by back)')} as kept from spent) "
        "select back, any_value(kept) as kept, count(*) filter (where top) as customers, "
        "count(*) filter (where top and recent_spend <= kept * earlier_spend) as fallen from ruled group by back order by back"
    ).to_pylist()
    told = [row for row in found if row["customers"]]
    if not told or told[0]["back"]:
        return None
    now, *before = told
    return TopFalls(
        least=1 - now["kept"],
        customers=now["customers"],
        fallen=now["fallen"],
        usual=tuple(row["fallen"] / row["customers"] for row in before),
    )
