"""In which stage of its life each customer relationship is, by stated rules over the gaps between purchases.

The first rule that fits gives the stage; "silence" is the days from the last purchase to the snapshot date:

- lapsed: silence of more than 364 days;
- overdue: at least three gaps between purchases, and a silence of more than 1.5 times the longest of them, at least 7 days
  longer;
- new: first purchase in the last 91 days;
- returned: a purchase in the last 91 days that ended a gap of 182 days or more;
- lapsed: silence longer than nine of ten gaps between purchases in the whole log (91 days at least, 364 at most);
- active: everybody else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, cast

from clustera.days import QUARTER, YEAR, sales_days
from clustera.engines import Rows, exact_sum_sql
from clustera.features.catalog import GAP
from clustera.features.falls import top_customers
from clustera.features.rhythm import OWN, is_late
from clustera.records import Orders, Stage, StageSummary

Group = tuple[int | None, str | None, str]  # segment (None: all), stage, subset
Response = tuple[int, int, float, float]  # customers, buyers, what those spent, the sum of its squares
STAGES: tuple[Stage, ...] = ("new", "active", "overdue", "lapsed", "returned")
AWAY = 2 * QUARTER  # days between two purchases from which on somebody has returned
USUAL = 0.9  # share of all gaps between purchases that are no longer than the usual silence
WINDOW = 30  # days in which customers are looked at who got no action
LIKELY_LOST = 0.9  # chance of no order from which on nobody is offered what active customers get
FEWEST = 30  # customers of a segment in a stage from which on their rate is their own
_MOST_SQUARED = 10**14  # of the money of one customer: its square is not exact beyond


def lifecycle_stages(orders: Orders, *, as_of: int) -> Rows:
    """The stage of every customer, and the money that goes with it.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later orders are ignored.

    Returns:
        One row per customer with an order line: `customer_id` (VARCHAR), `stage` (NULL for who never bought and only gave
        something back, so that no sum of money lacks it; "new" only where the log covers at least 91
        days before the first purchase: nobody can tell who bought before it begins), `silence` (days since the last purchase),
        `usual_gap` (median days between purchases; NULL below three gaps),
        `spend` (whole log, returns deducted), `year_spend`, `year_days` (of `sales_days`; purchase days), `recent_spend`
        (last 91 days), `earlier_spend` (the 91 before), `spend_before` (the same; NULL where the log covers fewer than
        182 days), `recent_days`, `sales` (returns not deducted), where the log
        names discounts `discounts` (money taken off, else NULL), `valuable` (overdue, with a `year_spend` above the mean
        of all customers), `fallen` (in the fifth with the highest `earlier_spend`, whose `recent_spend` is at most two
        thirds of it, and of what it would be at the pace of all customers in whole percent; false where the log covers
        fewer than 182 days) and `falling` (fallen and active). Money in the log's currency.
    """
    rows, year = orders.rows, sales_days(orders.first_day, as_of)
    taken_off = "sum(discount)" if "discount" in rows.columns else "null"
    each = rows.select(
        "with days as (select customer_id, day, max(case when kind = 'sale' then 1 else 0 end) as ordered, "
        "sum(amount) as money, sum(case when kind = 'sale' then amount else 0 end) as sold, "
        f"{taken_off} as taken_off from {{rows}} where day <= {as_of} group by customer_id, day), "
        f"gaps as (select *, {GAP} as gap from days) "
        "select cast(customer_id as varchar) as customer_id, min(case when ordered = 1 then day end) as first_day, "
        f"{as_of} - max(case when ordered = 1 then day end) as silence, count(gap) as gaps, max(gap) as longest, "
        f"case when count(gap) >= {OWN} then percentile_cont(0.5) within group (order by gap) end as usual_gap, "
        f"max(case when day > {as_of - QUARTER} then gap end) as latest_gap, sum(money) as spend, "
        f"{_sum(as_of, 0, year, 'money')} as year_spend, {_sum(as_of, 0, year, 'ordered')} as year_days, "
        f"{_sum(as_of, 0, QUARTER, 'money')} as recent_spend, {_sum(as_of, QUARTER, 2 * QUARTER, 'money')} as earlier_spend, "
        f"{_sum(as_of, 0, QUARTER, 'ordered')} as recent_days, sum(sold) as sales, sum(taken_off) as discounts "
        "from gaps group by customer_id"
    )
    usual = usual_silence(orders, as_of=as_of)
    stage = (
        f"case when silence > {YEAR} then 'lapsed' when gaps >= {OWN} and {is_late('silence', 'longest')} then 'overdue' "
        f"when first_day > {as_of - QUARTER} and first_day >= log_begins + {QUARTER} then 'new' "
        f"when latest_gap >= {AWAY} then 'returned' "
        f"when silence > {usual} then 'lapsed' else 'active' end"
    )
    money = ", ".join(
        f"cast({name} as double) as {name}"
        for name in ("spend", "year_spend", "recent_spend", "earlier_spend", "sales", "discounts")
    )
    staged = each.select(
        "with begun as (select *, min(first_day) over () as log_begins from {rows} where silence is not null) "
        f"select customer_id, {stage} as stage, silence, usual_gap, year_days, recent_days, {money}, "
        f"case when log_begins <= {as_of - 2 * QUARTER + 1} then cast(earlier_spend as double) end as spend_before, "
        "year_spend > avg(year_spend) over () as above, coalesce(t.fallen, false) as fallen from begun "
        "left join (select cast(customer_id as varchar) as customer_id, fallen from {tops}) t using (customer_id) "
        f"union all by name select customer_id, year_days, recent_days, {money}, "
        f"case when (select min(first_day) from {{rows}}) <= {as_of - 2 * QUARTER + 1} then cast(earlier_spend as double) end "
        "as spend_before, false as above, false as fallen from {rows} where silence is null",
        tops=top_customers(orders, as_of=as_of),
    )
    return staged.select(
        "select * exclude (above), coalesce(stage = 'overdue', false) and above as valuable, "
        "coalesce(stage = 'active', false) and fallen as falling "
        "from {rows}"
    ).keep()


def subset_sql(staged: str, churn_risk: str = "null") -> str:
    """SQL: in which subset of the stage a customer is.

    Args:
        staged: Name of a table as `lifecycle_stages` returns it.
        churn_risk: The chance of no order, where a model has told it.
    """
    lost = f"{staged}.stage in ('new', 'active', 'returned') and coalesce({churn_risk}, 0) >= {LIKELY_LOST}"
    return (
        f"case when {staged}.valuable then 'valuable' when {lost} then 'likely lost' "
        f"when {staged}.falling then 'falling' else '' end"
    )


def usual_silence(orders: Orders, *, as_of: int) -> int:
    """Days within which nine of ten repeat purchases of the log came: between 91 and 364."""
    found = orders.rows.value(
        f"with days as (select distinct customer_id, day from {{rows}} where kind = 'sale' and day <= {as_of}), "
        "gaps as (select day - lag(day) over (partition by customer_id order by day) as gap from days) "
        f"select percentile_disc({USUAL}) within group (order by gap) from gaps where gap is not null"
    )
    return min(max(int(found or 0), QUARTER), YEAR)


@dataclass(frozen=True, slots=True)
class EarlierMembers:
    """Who was where some days ago: `id` and `segment` of the customers known then; None where only stages are known."""

    day: int  # since 1970-01-01
    members: Rows | None
    window: int = WINDOW  # days from then on in which it is counted what they did


def summarize_stages(
    orders: Orders,
    staged: Rows,
    members: Rows,
    *,
    categories: Rows | None = None,
    earlier: EarlierMembers | None = None,
    quarter: EarlierMembers | None = None,
) -> tuple[StageSummary, ...]:
    """Every lifecycle stage of every segment: customers, money, and what such customers did lately.

    Args:
        orders: The order lines.
        staged: As `lifecycle_stages` returns it for the snapshot date.
        members: `id` (VARCHAR), `segment` and, where there is a forecast, `value` and `churn_risk` of every customer, in the
            same engine.
        categories: `customer_id` and `categories`, where the log names categories.
        earlier: An earlier day, a window of orders before the last; None where the log is too young.
        quarter: The same with a window of 91 days.
    """
    base3 = _stage_responses(orders, quarter) if quarter is not None else {}
    base = _stage_responses(orders, earlier) if earlier is not None else {}
    subset = subset_sql("s", "m.churn_risk" if "churn_risk" in members.columns else "null")
    forecast = f"coalesce({exact_sum_sql('m.value')}, 0)" if "value" in members.columns else "cast(null as double)"
    joined, broad = "", "cast(null as double)"
    others = {"members": members}
    if categories is not None:
        joined, broad = " left join {categories} c on c.customer_id = s.customer_id", "avg(c.categories)"
        others["categories"] = categories
    rows = staged.select(
        f"select m.segment, s.stage, {subset} as subset, count(*) as customers, "
        + ", ".join(
            f"{exact_sum_sql('s.' + name)} as {name}"
            for name in ("spend", "year_spend", "recent_spend", "earlier_spend")
        )
        + ", cast(sum(s.year_days) as bigint) as year_days, count(case when s.recent_days > 0 then 1 end) as recent_buyers, "
        f"min(s.silence) as shortest_silence, cast(avg(s.usual_gap) as double) as usual_gap, {broad} as categories, "
        f"{exact_sum_sql('s.discounts')} as discounts, "
        f"case when count(s.discounts) > 0 then {exact_sum_sql('s.sales')} + {exact_sum_sql('s.discounts')} end as full_price, "
        "count(case when s.fallen then 1 end) as fallen, "
        f"coalesce({exact_sum_sql('s.year_spend', 's.fallen')}, 0) as fallen_spend, "
        f"{forecast} as forecast from {{rows}} s join {{members}} m on m.id = s.customer_id{joined} "
        "group by 1, 2, 3",
        **others,
    )
    found = rows.query("select * from {rows} order by segment, stage, subset").to_pylist()
    return tuple(
        _with_quarter(_stage_summary(row, base, earlier.window if earlier else WINDOW), base3) for row in found
    )


def _with_quarter(stage: StageSummary, base: dict[Group, Response]) -> StageSummary:
    in_segment, (customers, buyers, spent, squares) = _response_of(stage.segment, stage.stage, stage.subset, base)
    return replace(
        stage,
        quarter_in_segment=in_segment,
        quarter_customers=customers,
        quarter_buyers=buyers,
        quarter_buyers_spend=spent,
        quarter_spend_sd=_deviation(customers, spent, squares),
    )


def _response_of(segment: int, stage: str | None, subset: str, base: dict[Group, Response]) -> tuple[bool, Response]:
    """What such customers did: those of the segment where they are enough, and whether so; else those of all."""
    own = base.get((segment, stage, subset), (0, 0, 0.0, 0.0))
    return (True, own) if own[0] >= FEWEST else (False, base.get((None, stage, subset), (0, 0, 0.0, 0.0)))


def _deviation(customers: int, spent: float, squares: float) -> float | None:
    return math.sqrt(max(squares / customers - (spent / customers) ** 2, 0.0)) if customers else None


def _stage_summary(row: dict[str, Any], base: dict[Group, Response], window: int) -> StageSummary:
    in_segment, (customers, buyers, spent, squares) = _response_of(row["segment"], row["stage"], row["subset"], base)
    return replace(
        StageSummary(**row),
        window_days=window if customers else 0,
        earlier_in_segment=in_segment and bool(customers),
        earlier_customers=customers,
        earlier_buyers=buyers,
        earlier_buyers_spend=spent,
        earlier_spend_sd=_deviation(customers, spent, squares),
    )


def _stage_responses(orders: Orders, earlier: EarlierMembers) -> dict[Group, Response]:
    """By segment, stage and subset on the earlier day: customers, those who bought in the window, what they spent.

    Who was likely lost on that day is not known: they are counted with the others of their stage.
    """
    then, lines = lifecycle_stages(orders, as_of=earlier.day), orders.rows
    bought = lines.engine.view(
        f"select cast(customer_id as varchar) as customer_id, sum(amount) as money from {lines.name} "
        f"where kind = 'sale' and day > {earlier.day} and day <= {earlier.day + earlier.window} group by customer_id"
    )
    segment, joined = "cast(null as integer)", ""
    others: dict[str, Rows] = {"bought": bought}
    if earlier.members is not None:
        segment, joined = "m.segment", " left join {members} m on m.id = s.customer_id"
        others["members"] = earlier.members
    # Decimals add up to the same in any order; to cents and within bounds, their squares fit into 38 digits. `least`
    # and `greatest` leave out nulls, so that who did not buy is left out by name.
    bounded = f"cast(greatest(least(b.money, {_MOST_SQUARED}), -{_MOST_SQUARED}) as decimal(19,2))"
    squared = f"{bounded} * {bounded}"
    rows = then.select(
        f"select {segment} as segment, s.stage, {subset_sql('s')} as subset, count(*) as customers, count(b.money) as buyers, "
        "cast(coalesce(sum(b.money), 0) as double) as money, "
        f"cast(coalesce(sum({squared}) filter (where b.money is not null), 0) as double) as squares from {{rows}} s left join {{bought}} b using (customer_id)"
        f"{joined} where s.stage is not null group by 1, 2, 3",
        **others,
    )
    found: dict[Group, Response] = {}
    for row in rows.query("select * from {rows} order by all").to_pylist():
        numbers = (row["customers"], row["buyers"], row["money"], row["squares"])
        for key in {(row["segment"], row["stage"], row["subset"]), (None, row["stage"], row["subset"])}:
            before = found.get(key, (0, 0, 0.0, 0.0))
            found[key] = cast("Response", tuple(a + b for a, b in zip(before, numbers, strict=True)))
    return found


def _sum(as_of: int, youngest: int, oldest: int, column: str) -> str:
    """SQL: what lies at least `youngest` and less than `oldest` days back, added up."""
    return f"sum(case when day <= {as_of - youngest} and day > {as_of - oldest} then {column} else 0 end)"
