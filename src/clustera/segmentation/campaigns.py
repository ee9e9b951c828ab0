"""Campaigns in Python: `seg.plan_campaign`, `seg.launch_campaign`, `clustera.load_campaign` and `measure_campaign`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustera import frames, pipeline, texts
from clustera.arguments import DAY, NUMBER, PLACE, SHARE, TEXT, TRUTH, one_of, takes
from clustera.days import as_day
from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.records import Campaign, CampaignMeasure, CampaignPlan, Outcome
from clustera.segmentation.launched import Day, LaunchedCampaign, MeasuredCampaign
from clustera.segmentation.spoken import Sentences
from clustera.segmentation.tables import Tables
from clustera.segmentation.terms import check_amounts, control_share
from clustera.settings import gather_settings
from clustera.store import Campaigns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class PlannedCampaign(Sentences):
    """What campaigns to the customers of a run can show; prints itself.

    >>> seg.plan_campaign("Larger packs", days=60, orders=orders)
    2 Active frequent buyers, Larger packs: Only a control group of half of the customers could show a rise that a campaign may bring: leave half out.
    """

    _table_shown = "audiences"

    record: CampaignPlan
    names: dict[int, str]

    @cached_property
    def audiences(self) -> pd.DataFrame:
        """One row per audience and size of the control group: customers, base rate, what shows.

        >>> plan = seg.plan_campaign("Extra visit")
        >>> plan.audiences[["customers", "base_rate", "control_share", "control_customers"]].round(2)
           customers  base_rate  control_share  control_customers
        0         23       0.56           0.10                  2
        1         23       0.56           0.15                  3
        2         23       0.56           0.20                  5
        """
        return frames.campaign_plan_frame(self.record, self.names)

    def sentences(self) -> list[str]:
        """What each audience's test can show, all together first.

        >>> seg.plan_campaign("Extra visit").sentences()
        ['1 Recently active big spenders, Extra visit: Too few buyers in 30 days to show a rise that a campaign may bring. Plan more days, with the log: --days 60 --orders FILE; or a larger audience.']
        """
        return [
            f"{frames.audience_name(part, self.names)}: {texts.audience_sentence(part, self.record)}"
            for part in (*([self.record.together] if self.record.together else []), *self.record.audiences)
        ]


def plan_among(
    outcome: Outcome,
    wish: pipeline.CampaignWish,
    tables: Tables,
    *,
    run: str,
    names: Mapping[int, str],
    audience: object,
    audience_name: str,
    orders: object,
    kept: tuple[Rows, Rows | None],
    given: Mapping[str, Any],
) -> PlannedCampaign:
    """See `Segmentation.plan_campaign`; `kept` are the customers and the order lines that are kept, in one engine."""
    check_campaign_wish(wish)
    with Engine() as engine:
        customers, lines = kept
        if orders is not None or wish.days is None or lines is None:
            customers, lines = engine.arrow(tables.customers()), None
        record = pipeline.plan_campaign(
            outcome,
            wish,
            run=run,
            customers=customers,
            audience=audience,
            audience_name=audience_name,
            orders=orders,
            lines=lines,
            settings=gather_settings(**given),
        )
    return PlannedCampaign(record, dict(names))


def check_campaign_wish(wish: pipeline.CampaignWish) -> None:
    """Refuse what no campaign can be.

    Raises:
        InputError: the days, the looks or the measure is none.
    """
    if wish.days is not None and wish.days < 1:
        raise InputError(f"days is {wish.days}; a campaign is measured for at least one day.")
    if wish.looks not in ("daily", "end", "open"):
        raise InputError(f"looks is {wish.looks!r}; it must be daily, end or open.")
    if wish.measure not in (None, "buyers", "revenue"):
        raise InputError(f"measure is {wish.measure!r}; it must be buyers or revenue.")


@takes(name=TEXT, runs=PLACE)
def load_campaign(name: str, *, runs: str | Path = "runs") -> LaunchedCampaign:
    """Open a campaign of a folder of runs.

    Args:
        name: Name of the campaign.
        runs: Folder of runs.

    Returns:
        The campaign: `assignments` tells who is in which group, `results` what it brought.

    Raises:
        RunError: there is none of this name, or it is damaged.

    >>> import clustera
    >>> launched = clustera.load("march").launch_campaign("spring", segments=[3], control="40%", day="2025-04-01")
    >>> clustera.load_campaign("spring")
    Campaign spring: 58 customers to contact, 36 in the control group, from April 1, 2025
    """
    store = Campaigns(runs)
    return LaunchedCampaign(store.open(name), store)


@takes(runs=PLACE)
def list_campaigns(runs: str | Path = "runs") -> tuple[LaunchedCampaign, ...]:
    """All campaigns of a folder of runs, by their first day.

    Args:
        runs: Folder of runs; one that is not there has no campaigns.

    >>> import clustera
    >>> clustera.list_campaigns()
    ()
    >>> launched = clustera.load("march").launch_campaign("spring", control=0.5, day="2025-04-01")
    >>> [(campaign.name, campaign.record.contact) for campaign in clustera.list_campaigns()]
    [('spring', 106)]
    """
    store = Campaigns(runs)
    return tuple(LaunchedCampaign(record, store) for record in store.list())


@takes(
    day=DAY,
    days=NUMBER,
    randomized=TRUTH,
    share=SHARE,
    measure=one_of("buyers", "revenue"),
    looks=TEXT,
    margin=NUMBER,
    contact_cost=NUMBER,
    until=DAY,
    discounts=NUMBER,
    name=TEXT,
)
def measure_campaign(
    assignments: object,
    orders: object = None,
    *,
    day: Day | None = None,
    days: int,
    outcomes: object = None,
    contacted: object = None,
    randomized: bool | None = None,
    share: float | str | None = None,
    measure: CampaignMeasure = "buyers",
    looks: str = "daily",
    margin: float | None = None,
    contact_cost: float = 0.0,
    until: Day | None = None,
    discounts: float = 0.0,
    name: str = "",
    **options: Any,  # noqa: ANN401 - see docs/settings.md
) -> MeasuredCampaign:
    """What a campaign brought whose groups were made elsewhere.

    Args:
        assignments: One row per customer: the id, `group` (contact or control) and, where there is one, `segment`.
        orders: A log of orders.
        day: First day; that of the export where an audience was exported with a hold-out.
        days: How long it is measured.
        outcomes: Instead of the log, one row per customer: the id, and 1 or 0 or an amount.
        contacted: Who was really reached.
        randomized: Whether the control group was drawn at random. Only then is said what the campaign brought. Of an
            audience that was exported with a hold-out the record beside the table says so.
        share: Of the control group, as it was meant to be (0.3 or "30%"): checked against what there is.
        measure: "buyers" or "revenue" decides.
        looks: "daily", "end" or "open".
        margin: Share of sales that is profit.
        contact_cost: Per customer contacted.
        until: Last day to count.
        discounts: Cost of discounts that the amounts of the log do not include.
        name: What to call it.
        options: Any option of `docs/settings.md` on how the tables are read.

    Raises:
        InputError: a table can't be used, a share or an amount is out of range, or the log ends before the first day.

    Example:
        >>> import clustera, numpy as np, pandas as pd
        >>> who = pd.DataFrame({"customer": range(2000), "group": ["control", "contact"] * 1000})
        >>> bought = pd.DataFrame({"customer": range(2000), "outcome": [int(i % 20 < 2 or i % 10 == 3) for i in range(2000)]})
        >>> found = clustera.measure_campaign(who, outcomes=bought, day="2024-05-01", days=30, randomized=True, share=0.5)
        >>> found.decision
        'works'
    """
    record = pipeline.draw_record(assignments)
    day = day or (record.day if record else None)
    if not day:
        pipeline.first_rows(assignments)  # a file that is not there is named first
        raise InputError("The first day of the campaign is not known.", hint="Add it: --day 2024-05-01")
    first = as_day(day)
    if days < 1:
        raise InputError(f"days is {days}; a campaign is measured for at least one day.")
    if looks not in ("daily", "end", "open"):
        raise InputError(f"looks is {looks!r}; it must be daily, end or open.")
    check_amounts(margin=margin, contact_cost=contact_cost, discounts=discounts)
    campaign = Campaign(
        name=name or (record.name if record else ""),
        run=record.run if record else "",
        day=first,
        days=None if looks == "open" else days,
        share=control_share(share, "share") if share is not None else record.share if record else None,
        randomized=record is not None if randomized is None else randomized,
        seed=record.seed if record else "",
        measure=measure,
        looks=looks,  # type: ignore[arg-type]
        customers=0,
        contact=0,
        control=0,
        margin=margin,
        contact_cost=contact_cost,
    )
    found = pipeline.campaign_results(
        campaign,
        assignments,
        pipeline.CampaignSources(orders, outcomes, contacted),
        gather_settings(**options),
        until=None if until is None else as_day(until),
        discounts=discounts,
    )
    return MeasuredCampaign(found)
