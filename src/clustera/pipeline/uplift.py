"""Who responds to a campaign: what is known of each customer before it, and what they did after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import campaigns
from clustera.days import to_date
from clustera.engines import Engine, Rows, array_of
from clustera.errors import InputError
from clustera.pipeline.campaign_results import BEFORE, campaign_orders, campaign_responses
from clustera.pipeline.campaign_tables import MOST_CATEGORIES, campaign_table_groups, read_campaign_table
from clustera.records import Campaign, Orders, UpliftResults
from clustera.settings import Settings
from clustera.texts import translate_count

KNOWN_BEFORE = ("days_since", "days_known", "purchase_days", "spend", "recent_purchase_days", "recent_spend", "largest")


@dataclass(frozen=True, slots=True)
class FoundUplift:
    """Who responds to a campaign, and whom to contact next time."""

    results: UpliftResults
    ranking: pa.Table | None  # customer, segment, expected: as known on the log's last day, the first to contact first


def campaign_uplift(
    campaign: Campaign, assignments: pa.Table | object, source: object, settings: Settings, *, until: int | None = None
) -> FoundUplift:
    """Who responds to a campaign, by what they bought before it.

    Args:
        campaign: As it was launched.
        assignments: customer, segment and group of everybody in it.
        source: A log of orders that covers the days of the campaign and those before.
        settings: How it is read.
        until: Last day to count; the last complete day of the log when left out.

    Raises:
        InputError: the groups were not drawn at random or are not as they were drawn, the campaign is not over, or too few
            customers took part or bought.
    """
    _refuse_chosen_groups(randomized=campaign.randomized)
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        groups, _ = campaign_table_groups(assignments, engine=engine, settings=settings)
        orders = campaign_orders(source, engine, settings, until=until)
        last = orders.as_of if campaign.last_day is None else campaign.last_day
        if orders.as_of < max(last, campaign.day):
            raise InputError(
                f"The orders are complete up to {to_date(orders.as_of)}; who responds is judged once, after the last day of "
                f"the campaign, {to_date(max(last, campaign.day))}.",
                hint="`clustera campaign results` may be asked on any day. Afterwards export the orders again.",
            )
        found = campaign_responses(campaign, groups, orders, last)
        buyers = campaign.measure == "buyers"
        refuse_unfit_groups(found, campaign.share)
        data = campaigns.UpliftData(
            columns=_known_columns(groups, orders, campaign.day, found.segment),
            segment=found.segment,
            contact=found.contact,
            outcome=found.bought.astype(np.float64) if buyers else found.revenue,
            categories=(len(KNOWN_BEFORE),),
        )
        learned = campaigns.learn_uplift(data)
        results = replace(
            campaigns.judge_uplift(learned),
            campaign=campaign.name,
            measure=campaign.measure,
            currency=campaign.currency or orders.money.currency,
            columns=(*KNOWN_BEFORE, "segment"),
            segments=campaign.segments,
            margin=campaign.margin,
            contact_cost=campaign.contact_cost,
        )
        if not results.best:
            return FoundUplift(results, None)
        today = _known_columns(groups, orders, orders.as_of + 1, found.segment)
        expected = campaigns.expected_uplift(learned, results.best, today)
        customers = groups.query("select customer, segment from {rows} order by customer")
        return FoundUplift(results, _ranking(customers, expected))


def table_uplift(source: object, settings: Settings, *, randomized: bool, share: float | None) -> FoundUplift:
    """Who responds to a campaign that is one table: group, outcome, and what was known of each customer before.

    Args:
        source: One row per customer.
        settings: How it is read.
        randomized: The groups were drawn at random.
        share: Of the control group, as it was drawn.

    Raises:
        InputError: the groups were not drawn at random or are not as they were drawn, too few customers took part or bought, or
            the table can't be used.
    """
    _refuse_chosen_groups(randomized=randomized)
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        table = read_campaign_table(source, engine=engine, settings=settings)
    bought = table.outcome > 0
    flags = bool(np.isin(table.outcome, (0.0, 1.0)).all())
    refuse_unfit_groups(
        campaigns.Responses(table.segment, table.contact, bought, bought.astype(np.int64), table.outcome), share
    )
    data = campaigns.UpliftData(table.columns, table.segment, table.contact, table.outcome, table.categories)
    learned = campaigns.learn_uplift(data)
    results = replace(
        campaigns.judge_uplift(learned),
        measure="buyers" if flags else "revenue",
        columns=table.column_names,
        segments=tuple(table.names.items()),
    )
    if not results.best:
        return FoundUplift(results, None)
    expected = campaigns.expected_uplift(learned, results.best, data.columns)
    return FoundUplift(results, _ranking(pa.table({"customer": table.customer, "segment": table.segment}), expected))


def _ranking(customers: pa.Table, expected: npt.NDArray[np.float64]) -> pa.Table:
    found = customers.append_column("expected", pa.array(expected))
    return found.sort_by([("expected", "descending"), ("customer", "ascending")])


def _refuse_chosen_groups(*, randomized: bool) -> None:
    if not randomized:
        raise InputError(
            "The groups of this campaign were not drawn at random, so nobody can say who responds to it.",
            hint="Next time leave out a random control group: clustera campaign launch NAME.",
        )


def refuse_unfit_groups(found: campaigns.Responses, share: float | None) -> None:
    """Nothing is learned from groups that are not as they were drawn, or too small.

    Raises:
        InputError: so they are.
    """
    ratio = campaigns.sample_ratio(found, share)
    if ratio is not None and not ratio.holds:
        raise InputError(
            f"The control group has {ratio.control:,} {'customer' if ratio.control == 1 else 'customers'}; "
            f"{ratio.expected:,.0f} were expected (p < 0.001). The groups "
            "are not as they were drawn, so nobody can say who responds.",
            hint="Measure everybody who was assigned, including customers who were not reached.",
        )
    smaller = int(min(found.contact.sum(), (~found.contact).sum()))
    if smaller < campaigns.FEWEST_LEARNED:
        raise InputError(
            translate_count(
                smaller,
                "The smaller group has {n} customer; {needed} are needed to learn who responds.",
                "The smaller group has {n} customers; {needed} are needed to learn who responds.",
                needed=campaigns.FEWEST_LEARNED,
            ),
            hint="`clustera campaign results` says what the campaign brought to all of them.",
        )
    bought = int(found.bought.sum())
    for n, one, many in (
        (
            bought,
            "{n} customer bought; {needed} are needed to learn who responds.",
            "{n} customers bought; {needed} are needed to learn who responds.",
        ),
        (
            len(found.bought) - bought,
            "{n} customer did not buy; {needed} are needed to learn who responds.",
            "{n} customers did not buy; {needed} are needed to learn who responds.",
        ),
    ):
        if n < campaigns.FEWEST_ANSWERS:
            raise InputError(
                translate_count(n, one, many, needed=campaigns.FEWEST_ANSWERS),
                hint="`clustera campaign results` says what the campaign brought to all of them.",
            )


def _known_columns(groups: Rows, orders: Orders, day: int, segment: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What was known of each customer on the morning of a day, and the segment; by the customer's id."""
    recent = day - BEFORE
    table = groups.query(
        "with own as (select cast(customer_id as varchar) as customer, max(day) as last, min(day) as first, "
        "count(distinct day) as purchase_days, cast(sum(amount) as double) as spend, "
        f"count(distinct day) filter (where day >= {recent}) as recent_purchase_days, "
        f"cast(coalesce(sum(amount) filter (where day >= {recent}), 0) as double) as recent_spend, "
        "cast(max(amount) as double) as largest from {lines} "
        f"where kind = 'sale' and amount > 0 and day < {day} group by 1) "
        f"select {day} - o.last as days_since, {day} - o.first as days_known, o.purchase_days, o.spend, "
        "o.recent_purchase_days, o.recent_spend, o.largest from {rows} g left join own o on o.customer = g.customer order by g.customer",
        lines=orders.rows,
    )
    # Segments are numbered anew: a category can have so many numbers.
    _, places = np.unique(segment, return_inverse=True)
    return np.column_stack(
        [*(array_of(table[name].cast(pa.float64())) for name in KNOWN_BEFORE), np.minimum(places, MOST_CATEGORIES - 1)]
    )
