"""Top customers who buy much less than 3 to 6 months ago: the rule, and how many of them usually do."""

from __future__ import annotations

from clustera.days import QUARTER
from clustera.engines import Rows
from clustera.features.trends import first_purchases
from clustera.records import Orders, TopFalls

BEST = 0.8  # share of all customers who spent less in the 3 months before the last 3, for a top customer
FALLEN = 2 / 3  # of that spend, and of the part of it that all customers still spend; at most that much is left
EARLIER = 4  # dates at most on which the same is counted, a quarter apart


def top_customers(orders: Orders, *, as_of: int, earlier: int = 0) -> Rows:
    """The fifth of the customers with the highest sales 3 to 6 months before a date, and who of them spends much less since.

    Much less is two thirds at most; where all customers together spend less, two thirds of the part that these still
    spend, in whole percent.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later orders are ignored.
        earlier: On how many dates 91, 182, ... days before the same is asked, as far as the log covers 182 days before each.

    Returns:
        One row per date and top customer: `back` (dates before the snapshot date), `customer_id`, `kept` (the part of their
        spend that those who fell have kept at most) and `fallen`.
    """
    pace = "greatest(0.0, cast(sum(recent) over dates as double) / nullif(cast(sum(before) over dates as double), 0.0))"
    kept = f"case when {pace} < 1 then floor(round({100 * FALLEN!r} * {pace}, 6)) / 100 else {FALLEN!r} end"
    return orders.rows.select(
        f"with sums as (select customer_id, ({as_of} - day) // {QUARTER} as back, sum(amount) as money from {{rows}} "
        f"where day <= {as_of} and day > {as_of - (earlier + 2) * QUARTER} group by 1, 2), "
        f"dates as (select back from range({earlier + 1}) d(back) where (select min(first_day) from {{firsts}}) <= "
        f"{as_of} - (back + 2) * {QUARTER} + 1), "
        "spent as (select d.back, f.customer_id, coalesce(r.money, 0) as recent, coalesce(e.money, 0) as before from dates d "
        f"join {{firsts}} f on f.first_day <= {as_of} - d.back * {QUARTER} "
        "left join sums r on r.customer_id = f.customer_id and r.back = d.back "
        "left join sums e on e.customer_id = f.customer_id and e.back = d.back + 1), "
        f"ruled as (select *, before > 0 and percent_rank() over (dates order by before) >= {BEST} as top, {kept} as kept "
        "from spent window dates as (partition by back)) "
        "select back, customer_id, kept, recent <= kept * before as fallen from ruled where top",
        firsts=first_purchases(orders, as_of=as_of),
    )


def count_top_falls(orders: Orders, *, as_of: int) -> TopFalls | None:
    """How many top customers spend much less than 3 to 6 months ago, and what share did on earlier dates.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later orders are ignored.

    Returns:
        None where the log covers fewer than 182 days, or nobody bought 3 to 6 months ago.
    """
    found = (
        top_customers(orders, as_of=as_of, earlier=EARLIER)
        .query(
            "select back, any_value(kept) as kept, count(*) as customers, count(*) filter (where fallen) as fallen "
            "from {rows} group by back order by back"
        )
        .to_pylist()
    )
    if not found or found[0]["back"]:
        return None
    now, *before = found
    return TopFalls(
        least=1 - now["kept"],
        customers=now["customers"],
        fallen=now["fallen"],
        usual=tuple(row["fallen"] / row["customers"] for row in before),
    )
