"""Who responds to a campaign: what is known of each customer before it, and what they did after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from clustera import campaigns, features
from clustera.days import to_date
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.campaign_results import BEFORE, campaign_responses
from clustera.pipeline.campaign_tables import assigned_groups
from clustera.read import read
from clustera.records import Campaign, UpliftResults
from clustera.settings import Settings

KNOWN_BEFORE = ("days_since", "days_known", "purchase_days", "spend", "recent_purchase_days", "recent_spend", "largest")


def campaign_uplift(
    campaign: Campaign, assignments: pa.Table | object, source: object, settings: Settings, *, until: int | None = None
) -> UpliftResults:
    """Who responds to a campaign, by what they bought before it.

    Args:
        campaign: As it was launched.
        assignments: customer, segment and group of everybody in it.
        source: A log of orders that covers the days of the campaign and those before.
        settings: How it is read.
        until: Last day to count; the last complete day of the log when left out.

    Raises:
        InputError: the groups were not drawn at random, are too small, or the log ends before the campaign began.
    """
    if not campaign.randomized:
        raise InputError(
            "The groups of this campaign were not drawn at random, so nobody can say who responds to it.",
            hint="Launch it with a control group: clustera campaign launch NAME.",
        )
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        groups, _ = assigned_groups(assignments, engine=engine, settings=settings)
        raw = read(source, engine=engine, options=settings.read, role="orders")
        orders = features.read_orders(raw, options=settings.orders, as_of=until)
        last = orders.as_of if campaign.last_day is None else min(orders.as_of, campaign.last_day)
        if last < campaign.day:
            raise InputError(
                f"The orders are complete up to {to_date(orders.as_of)}; the campaign began on {to_date(campaign.day)}.",
                hint="Export the orders again, with those since the first day.",
            )
        found = campaign_responses(campaign, groups, orders, last)
        smaller = int(min(found.contact.sum(), (~found.contact).sum()))
        if smaller < campaigns.FEWEST_LEARNED:
            raise InputError(
                f"The smaller group has {smaller:,} customers; {campaigns.FEWEST_LEARNED} are needed to learn who responds.",
                hint="`clustera campaign results` says what it brought to all of them.",
            )
        day, recent = campaign.day, campaign.day - BEFORE
        table = groups.query(
            "with own as (select cast(customer_id as varchar) as customer, max(day) as last, min(day) as first, "
            "count(distinct day) as purchase_days, cast(sum(amount) as double) as spend, "
            f"count(distinct day) filter (where day >= {recent}) as recent_purchase_days, "
            f"cast(coalesce(sum(amount) filter (where day >= {recent}), 0) as double) as recent_spend, "
            "cast(max(amount) as double) as largest from {lines} "
            f"where kind = 'sale' and amount > 0 and day < {day} group by 1) "
            f"select {day} - o.last as days_since, {day} - o.first as days_known, o.purchase_days, o.spend, "
            "o.recent_purchase_days, o.recent_spend, o.largest "
            "from {rows} g left join own o on o.customer = g.customer order by g.customer",
            lines=orders.rows,
        )
        columns = np.column_stack(
            [table[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in KNOWN_BEFORE]
        )
        buyers = campaign.measure == "buyers"
        results = campaigns.measure_uplift(
            campaigns.UpliftData(
                columns=np.column_stack([columns, found.segment]),
                segment=found.segment,
                contact=found.contact,
                outcome=found.bought.astype(np.float64) if buyers else found.revenue,
                share=float(found.contact.mean()),
            )
        )
        return replace(
            results,
            campaign=campaign.name,
            measure=campaign.measure,
            currency=campaign.currency or orders.money.currency,
            columns=(*KNOWN_BEFORE, "segment"),
        )
