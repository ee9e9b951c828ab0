"""Campaigns among the customers of a segmentation."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

from clustera import pipeline, texts
from clustera.arguments import (
    DAY,
    NUMBER,
    PLACE,
    SHARE,
    TEXT,
    TRUTH,
    WHOLE,
    WHOLES,
    arguments_checked,
    instance_of,
    takes,
)
from clustera.errors import InputError, RunError
from clustera.records import (
    CampaignMeasure,
    LooksPlanned,
)
from clustera.segmentation.audiences import SelectedAudience
from clustera.segmentation.campaigns import PlannedCampaign, plan_among
from clustera.segmentation.consent import Consenting
from clustera.segmentation.exporting import ExportOptions
from clustera.segmentation.launched import LaunchedCampaign
from clustera.segmentation.launching import (
    CampaignTerms,
    PreparedCampaign,
    chosen_audience,
    prepare_among,
    record_exported,
)
from clustera.segmentation.options import Options
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.segmentation.terms import refuse_misspelled
from clustera.shares import read_share
from clustera.store import Campaigns, Store

_EXPORT_TERMS = instance_of(dict, title="a dictionary", cure='For example: reaching={"country": "GB"}')


@arguments_checked
class Campaigning(Consenting):
    """A campaign planned, prepared and launched."""

    @takes(action=TEXT, segments=WHOLES, days=WHOLE, looks=TEXT, measure=TEXT)
    def plan_campaign(
        self,
        action: str = "",
        *,
        segments: Sequence[int] = (),
        audience: object = None,
        days: int | None = None,
        orders: object = None,
        looks: LooksPlanned = "daily",
        measure: CampaignMeasure | None = None,
        **options: Unpack[Options],
    ) -> PlannedCampaign:
        """What campaigns to these customers can show: the rise that shows at control groups of 10, 15 and 20 %, and of half where only that shows one.

        Args:
            action: Label or code of a suggested action (`seg.actions["action"]`). Default: all actions that can be tested.
            segments: Only these segments.
            audience: Only these customers: the name of a saved audience, a definition, or a table with ids.
            days: How long it is measured. Default: as long as the run counted base rates (30 days).
            orders: The log, where another number of days is wanted and the run does not keep its order lines.
            looks: "daily" to look on any day, "end" to look once, "open" for a campaign without an end.
            measure: "buyers" or "revenue" decides. Default: chosen by how many buy anyway.
            options: Any option of `docs/settings.md` on how the log is read.

        Returns:
            A plan that prints itself: `sentences()`, and `audiences`, a frame with one row per audience and size of the control
            group.

        Raises:
            InputError: there is no such action or segment, or another number of days is asked for of a run that does not keep its
                order lines, without the log.

        >>> seg.plan_campaign("Extra visit")
        1 Recently active big spenders, Extra visit: Too few buyers in 30 days to show a rise that a campaign may bring. Plan more days, with the log: --days 60 --orders FILE; or a larger audience.
        """
        wish = pipeline.CampaignWish(action, tuple(segments), days, looks, measure)
        given = self._reading(options)
        table, called = chosen_audience(audience, self.audience)
        return plan_among(
            self.outcome,
            wish,
            self._tables,
            run=self.run_name,
            names=self.names,
            audience=table,
            audience_name=called,
            orders=orders,
            kept=(self._listed.tables[0], self._listed.order_lines),
            given=given,
        )

    @takes(
        name=TEXT,
        action=TEXT,
        segments=WHOLES,
        control=SHARE,
        network=TEXT,
        reaching=_EXPORT_TERMS,
        day=DAY,
        days=WHOLE,
        looks=TEXT,
        measure=TEXT,
        contact_cost=NUMBER,
        exclude_running=TRUTH,
        include_controls=TRUTH,
        runs=PLACE,
    )
    def prepare_campaign(
        self,
        name: str,
        action: str = "",
        *,
        segments: Sequence[int] = (),
        audience: object = None,
        control: float | str | None = None,
        contacts: object = None,
        network: str = "generic",
        reaching: ExportOptions | None = None,
        day: str | datetime.date | None = None,
        days: int | None = None,
        looks: LooksPlanned = "daily",
        measure: CampaignMeasure | None = None,
        contact_cost: float = 0.0,
        exclude_running: bool = False,
        include_controls: bool = False,
        runs: str | Path | None = None,
        **options: Unpack[Options],
    ) -> PreparedCampaign:
        """Who takes part in a campaign, and in which group; nothing is written before `launch` of what this returns.

        Args:
            name: Name of the campaign; the groups are drawn by it.
            action: Label or code of the suggested action whose customers take part. Default: all customers.
            segments: Only these segments.
            audience: Only these customers: the name of a saved audience, a definition, or a table with ids.
            control: Share of the customers to leave out at random, drawn by the campaign's name. When left out, the control
                group is the one that the run has marked (column `control` of customers.csv, the numbers of the report); where
                it has marked nobody, the share that a plan recommends is drawn.
            contacts: A table with ids, addresses and consent. Whoever can't be written to takes no part, and the others
                are written as a list.
            network: Where the list goes: generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok.
            reaching: `suppress`, `columns`, `all_consented`, `country`, `key` and `recommendations`, as for the export of an audience.
            day: First day. Default: today.
            days: How long it is measured. Default: as long as the run counted base rates (30 days).
            looks: "daily" to look on any day, "end" to look once, "open" for a campaign without an end.
            measure: "buyers" or "revenue" decides. Default: chosen by how many buy anyway.
            contact_cost: Per customer contacted.
            exclude_running: Leave out who is in another campaign that goes on at the same time.
            include_controls: Let take part also who is in the control group of another campaign that goes on.
            runs: Folder of runs. Default: the run's own.
            options: `margin`, the share of sales that is profit (default: the run's, where it was given), and any
                option of `docs/settings.md` on how the audience is read.

        Returns:
            The campaign before it is launched: look at `record`, `export` and `steps`.

        Raises:
            RunError: the name is taken, or this segmentation was not loaded from a run.
            InputError: there is nobody to contact, or nobody is left out.

        >>> import clustera
        >>> run = clustera.load("march")
        >>> ready = run.prepare_campaign("spring", "Extra visit", control=0.5, day="2025-04-01")
        >>> ready.record.contact, ready.record.control
        (10, 13)
        >>> clustera.list_campaigns()  # nothing is launched yet
        ()
        """
        if self._run is None:
            raise RunError(
                "A campaign is launched among the customers of a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        refuse_misspelled(self.prepare_campaign, options)
        margin = options.get("margin")
        return prepare_among(
            self.outcome,
            pipeline.CampaignWish(action, tuple(segments), days, looks, measure),
            self._tables,
            CampaignTerms(
                audience=audience,
                control=control,
                day=day,
                margin=self._run.manifest.options.get("margin") if margin is None else margin,
                contact_cost=contact_cost,
                exclude_running=exclude_running,
                include_controls=include_controls,
                contacts=contacts,
                network=network,
                reaching=reaching or {},
            ),
            name=name,
            run=self.run_name,
            names=self.names,
            select=self.audience,
            runs=Path(runs) if runs is not None else self._run.path.parent,
            kept=self._as_ordered() if self.outcome.behavior else {},
            given=self._reading(options),
            listed=(self._listed.tables[0], self._listed.order_lines),
        )

    @takes(
        name=TEXT,
        audience=TEXT,
        action=TEXT,
        day=DAY,
        days=WHOLE,
        looks=TEXT,
        measure=TEXT,
        margin=NUMBER,
        contact_cost=NUMBER,
    )
    def record_campaign(
        self,
        name: str,
        audience: str,
        action: str = "",
        *,
        day: str | datetime.date | None = None,
        days: int | None = None,
        looks: LooksPlanned = "daily",
        measure: CampaignMeasure | None = None,
        margin: float | None = None,
        contact_cost: float = 0.0,
    ) -> LaunchedCampaign:
        r"""Record the last list of an audience that was exported with a control group as a campaign, to keep its results.

        Args:
            name: Name of the campaign.
            audience: Name of the audience; its last list from this run that left out a control group is meant.
            action: Label or code of the suggested action that the list carried, so that the action says what it brought.
            day: First day. Default: the day of the export.
            days: How long it is measured. Default: as long as the run counted base rates (30 days).
            looks: "daily" to look on any day, "end" to look once, "open" for a campaign without an end.
            measure: "buyers" or "revenue" decides. Default: chosen by how many buy anyway.
            margin: Share of sales that is profit. Default: the run's, where it was given.
            contact_cost: Per customer contacted.

        Returns:
            The campaign: `results` tells what the list brought.

        Raises:
            RunError: the name is taken, or this segmentation was not loaded from a run.
            InputError: no list of this audience with a control group was exported from this run.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> run = clustera.load("march")
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 300"')
        >>> written = run.audience("Large").prepare_export("klaviyo", contacts, holdout="20%").write("list.csv")
        >>> run.record_campaign("spring", "Large", day="2025-04-01")
        Campaign spring: 67 customers to contact, 17 in the control group, from April 1, 2025
        """
        if self._run is None:
            raise RunError(
                "A campaign is recorded among the customers of a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        return record_exported(
            self.outcome,
            pipeline.CampaignWish(action, (), days, looks, measure),
            self._tables,
            CampaignTerms(
                day=day,
                margin=self._run.manifest.options.get("margin") if margin is None else margin,
                contact_cost=contact_cost,
            ),
            name=name,
            audience=audience,
            run=self.run_name,
            names=self.names,
            runs=self._run.path.parent,
            kept=self._as_ordered() if self.outcome.behavior else {},
        ).launch()

    def launch_campaign(self, name: str, action: str = "", **terms: Any) -> LaunchedCampaign:  # noqa: ANN401
        """Launch a campaign: who is in which group, whom to contact, and the list are written beside the runs.

        Args:
            name: Name of the campaign; the groups are drawn by it.
            action: Label or code of the suggested action whose customers take part. Default: all customers.
            terms: As for `prepare_campaign`.

        Returns:
            The campaign: `assignments` tells who is in which group, `results` later what it brought.

        Raises:
            RunError: the name is taken, or this segmentation was not loaded from a run.
            InputError: there is nobody to contact, or nobody is left out.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", control=0.5, day="2025-04-01")
        >>> campaign
        Campaign spring: 106 customers to contact, 104 in the control group, from April 1, 2025
        >>> campaign.assignments.head(2)
          customer  segment    group
        0     C000        3  contact
        1     C001        3  control
        """
        return self.prepare_campaign(name, action, **terms).launch()

    @takes(campaign=TEXT, name=TEXT, top=SHARE)
    def uplift_audience(self, campaign: str, name: str, *, top: float | str = "33%") -> SelectedAudience:
        """Save the customers to contact first next time as an audience that never changes, so that a campaign can take it.

        Who is held out of an audience, or in the control group of another running campaign, is not in it. Consent and
        suppression lists are applied when a campaign or an export takes it, with the contacts of that day.

        Args:
            campaign: Name of a campaign whose uplift was measured (`clustera.load_campaign(campaign).uplift(orders)`).
            name: Of the audience.
            top: Share of the customers in the ranking.

        Returns:
            The audience, on this run.

        Raises:
            InputError: the uplift was not measured, no rule is better than a choice at random, or this run knows none of the customers.
            RunError: there is no such campaign, there is already an audience of this name, or this segmentation has no run.

        >>> import clustera
        >>> run = clustera.load("march")
        >>> launched = run.launch_campaign("spring", control=0.5, day="2025-04-01")
        >>> run.uplift_audience("spring", "Spring again")
        Traceback (most recent call last):
        clustera.errors.InputError: Nobody has measured yet who responded to the campaign spring.
        ...
        """
        if self._run is None:
            raise RunError(
                "An audience is kept beside a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        store, launched = Store(self._run.path.parent), Campaigns(self._run.path.parent)
        found = LaunchedCampaign(launched.open(campaign), launched).last_uplift
        if found is None:
            raise InputError(
                f"Nobody has measured yet who responded to the campaign {campaign}.",
                hint=f"Measure it when it is over: clustera campaign uplift {campaign} --orders FILE",
            )
        customers = found.first(top)
        if not customers:
            raise InputError(
                f"The campaign {campaign} has no list of customers to contact first: no rule is better than a choice at random, or "
                "the list is not kept.",
                hint="Contact all of them or nobody, as the results of the campaign say; or measure it again.",
            )
        share, day = texts.format_share(read_share(top) or 0.0), texts.format_day(launched.open(campaign).day)
        note = f"The {share} to contact first after the campaign {campaign} of {day}."
        SavedAudiences(store.audiences).keep_list(
            name, customers, store.exports, population=self.population, run=self.run_name, note=note
        )
        return self.audience(name)
