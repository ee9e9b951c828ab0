"""What a campaign brought, read from a later log of orders or from a table of outcomes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from clustera import campaigns, features
from clustera.days import as_day, to_date
from clustera.engines import Engine, Rows, array_of
from clustera.errors import InputError
from clustera.pipeline.campaign_tables import campaign_table_groups, customer_ids, outcome_table
from clustera.pipeline.respelled_ids import respelled_ids
from clustera.read import read, unchanged
from clustera.records import Campaign, CampaignResults, Finding, Orders
from clustera.settings import Settings

BEFORE = 91  # days before the first that tell how customers usually buy: thirteen whole weeks
LEAST_BEFORE = 7
_SOLD = "kind = 'sale' and amount > 0"  # a line by which somebody bought
_LOST_FILES = frozenset({"files-not-read", "empty-files", "cut-off-files"})


@dataclass(frozen=True, slots=True)
class CampaignSources:
    """What a campaign is measured by; paths, or any tables that speak Arrow.

    Args:
        orders: A log of orders that covers the days of the campaign, better also those before.
        outcomes: Instead of it, a table with one row per customer: the id and a number (1 or 0, or an amount).
        contacted: Who was really reached, where that is known.
    """

    orders: object = None
    outcomes: object = None
    contacted: object = None


def campaign_results(
    campaign: Campaign,
    assignments: pa.Table | object,
    sources: CampaignSources,
    settings: Settings,
    *,
    until: int | None = None,
    discounts: float = 0.0,
) -> CampaignResults:
    """What a campaign brought up to a day.

    Args:
        campaign: As it was launched; of groups of one's own the counts are filled in here.
        assignments: customer, segment and group of everybody in it: an Arrow table, a path or a frame.
        sources: What is measured.
        settings: How the tables are read.
        until: Last day to count, since 1970-01-01; the last complete day of the log when left out.
        discounts: Cost of discounts that the amounts of the log do not include.

    Raises:
        InputError: the log ends before the campaign began, the last day to count is after today, or a table can't be used.
    """
    if (sources.orders is None) == (sources.outcomes is None):
        raise InputError(
            "A campaign is measured by a log of orders or by a table of outcomes.",
            hint="Pass one of them: --orders FILE, or --outcomes FILE.",
        )
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        groups, names = campaign_table_groups(assignments, engine=engine, settings=settings)
        campaign = _with_counts(campaign, groups)
        campaign = replace(campaign, segments=campaign.segments or tuple(names.items()))
        if sources.orders is not None:
            found = _results_from_orders(campaign, groups, sources.orders, settings, until=until, discounts=discounts)
        else:
            found = _results_from_table(campaign, groups, sources.outcomes, settings, discounts)
        if sources.contacted is not None:
            found = _with_reached(found, groups, customer_ids(sources.contacted, engine=engine, settings=settings))
        return found


def _with_counts(campaign: Campaign, groups: Rows) -> Campaign:
    counts = groups.query(
        f"select count(*) as n, count(*) filter (where \"group\" = '{campaigns.CONTACT}') as contact from {{rows}}"
    ).to_pylist()[0]
    if not counts["n"]:
        raise InputError("There is no customer in the groups of this campaign.", hint="Pass the table of assignments.")
    return replace(campaign, customers=counts["n"], contact=counts["contact"], control=counts["n"] - counts["contact"])


def _results_from_orders(
    campaign: Campaign, groups: Rows, source: object, settings: Settings, *, until: int | None, discounts: float
) -> CampaignResults:
    orders = campaign_orders(source, groups.engine, settings, until=until)
    last = orders.as_of if campaign.last_day is None else min(orders.as_of, campaign.last_day)
    days = last - campaign.day + 1
    if days < 1:
        raise InputError(
            f"The orders are complete up to {to_date(orders.as_of)}; the campaign began on {to_date(campaign.day)}, so "
            "nothing can be said yet.",
            hint="Export the orders again, with those since the first day.",
        )
    responses = campaign_responses(campaign, groups, orders, last)
    results = campaigns.measure_groups(campaign, responses, days=days, discounts=discounts)
    others = orders.rows.select(
        f"select cast(customer_id as varchar) as customer, cast(sum(amount) as double) as money, bool_or({_SOLD}) as bought from {{rows}} "
        f"where day between {campaign.day} and {last} group by 1"
    ).query(
        "select count(*) filter (where bought) as n, coalesce(sum(money), 0) as money from {rows} r anti join {groups} g "
        "on g.customer = r.customer",
        groups=groups,
    ).to_pylist()[0]  # fmt: skip
    currency = campaign.currency or orders.money.currency
    absent = groups.value(
        "select count(*) from {rows} g anti join "
        "(select distinct cast(customer_id as varchar) as customer from {lines}) o on o.customer = g.customer",
        lines=orders.rows,
    )
    aside = [part for part in features.money_left_out(orders) if part.code != "future-date"]
    return replace(
        results,
        left_out_lines=sum(part.lines for part in aside),
        left_out_money=sum(part.amount for part in aside),
        not_in_log=absent,
        respelled=_respelled(groups, orders.rows, "customer_id") if absent else (),
        others=others["n"],
        others_revenue=float(others["money"]),
        future_lines=sum(finding.count for finding in orders.findings if finding.code == "future-date"),
        lost_files=tuple(finding for finding in orders.findings if finding.code in _LOST_FILES),
        campaign=replace(results.campaign, currency=currency),
    )


def campaign_orders(source: object, engine: Engine, settings: Settings, *, until: int | None) -> Orders:
    """A log of orders up to a day.

    Raises:
        InputError: the day is after today.
    """
    today = settings.orders.latest_day()
    if until is not None and to_date(until) > today:
        raise InputError(
            f"The last day to count is {to_date(until)}, which is after today, {today}. Orders of days that have not come yet "
            "can't be counted.",
            hint=f"Choose {today} or an earlier day, or give no day: then the last day of the log counts.",
        )
    raw = read(source, engine=engine, options=settings.read, role="orders")
    with unchanged(raw):
        return features.read_orders(raw, options=settings.orders, as_of=until)


def campaign_responses(campaign: Campaign, groups: Rows, orders: Orders, last: int) -> campaigns.Responses:
    """What everybody in a campaign did up to a day, and before it; by the customer's id."""
    first = campaign.day
    looked = min(max(BEFORE, campaign.days or 0), first - orders.first_day)
    since, until = f"day between {first} and {last}", f"day between {first - looked} and {first - 1}"
    table = groups.query(
        "with own as (select cast(customer_id as varchar) as customer, "
        f"count(distinct day) filter (where {_SOLD} and {since}) as orders, "
        f"cast(coalesce(sum(amount) filter (where {since}), 0) as double) as revenue, "
        f"cast(count(distinct day) filter (where {_SOLD} and {until}) as double) as orders_before, "
        f"cast(coalesce(sum(amount) filter (where {until}), 0) as double) as revenue_before "
        f"from {{lines}} where day between {first - looked} and {last} group by 1) "
        f"select cast(g.segment as bigint) as segment, g.\"group\" = '{campaigns.CONTACT}' as contact, "
        "cast(coalesce(o.orders, 0) as bigint) as orders, coalesce(o.revenue, 0.0) as revenue, "
        "coalesce(o.orders_before, 0.0) as orders_before, coalesce(o.revenue_before, 0.0) as revenue_before "
        "from {rows} g left join own o on o.customer = g.customer order by g.customer",
        lines=orders.rows,
    )
    known = looked >= LEAST_BEFORE
    count = array_of(table["orders"])
    return campaigns.Responses(
        segment=array_of(table["segment"]),
        contact=array_of(table["contact"]),
        bought=count > 0,
        orders=count,
        revenue=array_of(table["revenue"]),
        revenue_before=array_of(table["revenue_before"]) if known else None,
        orders_before=array_of(table["orders_before"]) if known else None,
    )


def _results_from_table(
    campaign: Campaign, groups: Rows, source: object, settings: Settings, discounts: float
) -> CampaignResults:
    outcomes, flags = outcome_table(source, engine=groups.engine, settings=settings)
    table = groups.query(
        f"select cast(g.segment as bigint) as segment, g.\"group\" = '{campaigns.CONTACT}' as contact, "
        "coalesce(o.outcome, 0.0) as outcome, o.customer is null as missing "
        "from {rows} g left join {outcomes} o on o.customer = g.customer order by g.customer",
        outcomes=outcomes,
    )
    values = array_of(table["outcome"])
    bought = values > 0
    responses = campaigns.Responses(
        segment=array_of(table["segment"]),
        contact=array_of(table["contact"]),
        bought=bought,
        orders=bought.astype(np.int64),
        revenue=np.zeros(len(values)) if flags else values,
    )
    days = _days_until(campaign, as_day(settings.orders.latest_day()))
    judged = replace(campaign, measure="buyers") if flags else campaign
    missing = array_of(table["missing"])
    # A table without a single 0 lists those who bought: who is not in it did not buy.
    lists_all = bool((values[~missing] == 0).any())
    results = campaigns.measure_groups(
        judged,
        responses,
        days=days,
        discounts=discounts,
        has_revenue=not flags,
        missing=campaigns.missing_outcomes(responses.contact, missing) if lists_all else None,
    )
    strangers = outcomes.query(
        "select count(*) filter (where outcome > 0) as n, coalesce(sum(outcome), 0) as money from {rows} o anti join {groups} g on g.customer = o.customer",
        groups=groups,
    ).to_pylist()[0]
    return replace(
        results,
        others=strangers["n"],
        others_revenue=0.0 if flags else float(strangers["money"]),
        not_in_table=int(missing.sum()),
        respelled=_respelled(groups, outcomes, "customer") if missing.any() else (),
    )


def _respelled(groups: Rows, rows: Rows, column: str) -> tuple[Finding, ...]:
    """Ids of a log or table that are those of customers of the groups, written otherwise: what they did is not seen."""
    there = rows.select(f"select distinct cast({column} as varchar) as _id from {{rows}}").keep()
    return respelled_ids(groups.query("select customer as id from {rows}"), there)


def _days_until(campaign: Campaign, today: int) -> int:
    """Days of a campaign that a table of outcomes can know of: those up to today, one at least."""
    return max(min(campaign.days or 1, today - campaign.day + 1), 1)


def _with_reached(results: CampaignResults, groups: Rows, reached: Rows) -> CampaignResults:
    counts = groups.query(
        "select count(*) filter (where \"group\" = 'control' and r.customer is not null) as control, "
        "count(*) filter (where \"group\" = 'contact' and r.customer is null) as missed from {rows} g "
        "left join {reached} r on r.customer = g.customer",
        reached=reached,
    ).to_pylist()[0]
    unknown = reached.value(
        "select count(*) from {rows} r anti join {groups} g on g.customer = r.customer", groups=groups
    )
    return replace(
        results,
        contacted_control=counts["control"],
        not_contacted=counts["missed"],
        contacted_unknown=unknown,
    )
