"""Launching a campaign among the customers of a run: `seg.prepare_campaign` and `seg.launch_campaign`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clustera import pipeline, texts
from clustera.arguments import arguments_checked
from clustera.days import as_day
from clustera.engines import Engine, Rows
from clustera.errors import Gathered, InputError
from clustera.records import AudienceExport, Campaign, ExportStep, Outcome
from clustera.segmentation.audiences import SelectedAudience
from clustera.segmentation.campaigns import check_campaign_wish
from clustera.segmentation.exporting import ExportOptions, export_request, held_out
from clustera.segmentation.launched import Day, LaunchedCampaign
from clustera.segmentation.tables import Tables
from clustera.segmentation.terms import check_amounts, control_share
from clustera.settings import gather_settings
from clustera.store import Campaigns, Store

Select = Callable[[str], SelectedAudience]
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".gz", ".zip")


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """How a campaign is launched; see `Segmentation.prepare_campaign`."""

    audience: object = None
    control: float | str | None = None
    day: Day | None = None
    margin: float | None = None
    contact_cost: float = 0.0
    exclude_running: bool = False
    include_controls: bool = False
    contacts: object = None
    network: str = "generic"
    reaching: ExportOptions = field(default_factory=ExportOptions)

    def check(self) -> float | None:
        """Refuse what no campaign can have; returns the share of the control group, None for the run's own.

        Raises:
            InputError: the share, the margin or the cost is out of range.
        """
        wrong, control = Gathered(), None
        with wrong.field("margin"):
            check_amounts(margin=self.margin)
        with wrong.field("contact_cost"):
            check_amounts(contact_cost=self.contact_cost)
        with wrong.field():
            if self.contacts is None and (self.reaching or self.network != "generic"):
                raise InputError(
                    "A list for a mail tool needs the table of contacts: ids, addresses and who has consented.",
                    hint="For example: --contacts crm.csv --for klaviyo",
                )
        with wrong.field("control"):
            control = None if self.control is None else control_share(self.control)
        wrong.refuse()
        return control


@arguments_checked
class PreparedCampaign:
    """A campaign that is ready to be launched: look at `record`, `export` and `steps`, then `launch` it.

    >>> import clustera
    >>> ready = clustera.load("march").prepare_campaign("spring", segments=[3], control=0.4, day="2025-04-01")
    >>> ready.launch()
    Campaign spring: 58 customers to contact, 36 in the control group, from April 1, 2025
    """

    def __init__(self, found: pipeline.Launched, runs: Path, told: Mapping[str, Any]) -> None:
        self._found = found
        self._runs = runs
        self._told = told

    def __repr__(self) -> str:
        steps = [f"  {step.customers:,} {step.step}" for step in self.steps]
        return "\n".join([texts.launched_head(self.record), *steps])

    @property
    def record(self) -> Campaign:
        """Whom it is for, and how large its groups are.

        >>> import clustera
        >>> ready = clustera.load("march").prepare_campaign("spring", segments=[3], control=0.4, day="2025-04-01")
        >>> ready.record.customers, ready.record.contact, ready.record.control
        (94, 58, 36)
        """
        return self._found.campaign

    @property
    def export(self) -> AudienceExport | None:
        """The list for a mail tool; None where no contacts were given.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> terms = {"segments": [3], "control": 0.4, "day": "2025-04-01", "contacts": contacts}
        >>> ready = clustera.load("march").prepare_campaign("spring", **terms)
        >>> ready.export.network, len(ready.export.rows)
        ('generic', 57)
        """
        return self._found.listed

    @property
    def steps(self) -> tuple[ExportStep, ...]:
        """How many customers are left after each step, from all whom the campaign is for to those contacted.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> terms = {"segments": [3], "control": 0.4, "day": "2025-04-01", "contacts": contacts}
        >>> ready = clustera.load("march").prepare_campaign("spring", **terms)
        >>> for step in ready.steps:
        ...     print(step.customers, step.step)
        94 audience
        94 address
        92 consent
        92 suppression
        92 same-address
        57 not-control
        """
        return self.record.steps

    def launch(self) -> LaunchedCampaign:
        """Write the campaign beside the runs: who is in which group, whom to contact, and the list.

        Raises:
            RunError: the name is taken by now.
            SetupError: the folder can't be written.

        >>> import clustera
        >>> ready = clustera.load("march").prepare_campaign("spring", segments=[3], control=0.4, day="2025-04-01")
        >>> launched = ready.launch()
        >>> sorted(file.name for file in launched.folder.glob("*.csv"))
        ['assignments.csv', 'contact.csv', 'left_out.csv']
        """
        store, record, listed = Campaigns(self._runs), self.record, self._found.listed
        with Engine() as engine:
            store.launch(
                record,
                assignments=engine.arrow(self._found.assignments),
                contact=engine.arrow(self._found.contact),
                listed=listed,
                left_out=self._found.left_out,
            )
        if listed is not None:
            file = f"{record.name}/{listed.network}.csv"
            Store(self._runs).exports.log_list(
                listed, file, told={"campaign": record.name, "file": file, "seed": record.seed, **self._told}
            )
        return LaunchedCampaign(record, store)


def prepare_among(
    outcome: Outcome,
    wish: pipeline.CampaignWish,
    tables: Tables,
    terms: CampaignTerms,
    *,
    name: str,
    run: str,
    names: Mapping[int, str],
    select: Select,
    runs: Path,
    kept: Mapping[str, Any],
    given: Mapping[str, Any],
    listed: tuple[Rows, Rows | None],
) -> PreparedCampaign:
    """See `Segmentation.prepare_campaign`; `listed` are the customers and the order lines that are kept, in one engine."""
    store, wrong = Campaigns(runs), Gathered()
    with wrong.field():
        control = terms.check()
    with wrong.field():
        check_campaign_wish(wish)
    with wrong.field("name"):
        store.check_free(name)
    with wrong.field("day"):
        first = as_day(terms.day if terms.day is not None else datetime.datetime.now().astimezone().date())
    wrong.refuse()
    days = None if wish.looks == "open" else wish.days or pipeline.campaign_days(outcome)
    table, called = chosen_audience(terms.audience, select)
    request = None if terms.contacts is None else export_request(terms.network, terms.contacts, terms.reaching)
    with Engine() as own:
        customers, lines = listed
        if lines is None or days in (None, pipeline.campaign_days(outcome)):
            customers, lines = own.arrow(tables.customers()), None
        engine = customers.engine
        running = [
            pipeline.GroupsOfOthers(
                other.name, engine.arrow(store.assignments(other.name)), marked=other.control_from == "run"
            )
            for other in pipeline.running_between(store.list(), first, days)
        ]
        found = pipeline.launch_campaign(
            outcome,
            replace(wish, days=days),
            pipeline.LaunchTerms(
                name=name,
                day=first,
                control=control,
                audience=table,
                audience_name=called,
                running=running,
                exclude_running=terms.exclude_running,
                include_controls=terms.include_controls,
                held_out=held_out(runs),
                request=request,
                margin=terms.margin,
                contact_cost=terms.contact_cost,
                options=kept,
                lines=lines,
            ),
            run=run,
            customers=customers,
            names=names,
            settings=gather_settings(**given),
        )
    told = (
        {}
        if request is None
        else {
            "contacts": pipeline.source_name(request.contacts),
            "suppress": [pipeline.source_name(one) for one in request.suppress],
            "all_consented": request.all_consented,
            "pseudonymized": bool(request.key),
        }
    )
    return PreparedCampaign(found, runs, told)


def record_exported(
    outcome: Outcome,
    wish: pipeline.CampaignWish,
    tables: Tables,
    terms: CampaignTerms,
    *,
    name: str,
    audience: str,
    run: str,
    names: Mapping[int, str],
    runs: Path,
    kept: Mapping[str, Any],
) -> PreparedCampaign:
    """See `Segmentation.record_campaign`."""
    terms.check()
    check_campaign_wish(wish)
    Campaigns(runs).check_free(name)
    exports = Store(runs).exports
    lists = [
        line
        for line in exports.log()
        if line["audience"] == audience and line["run"] == run and line["held_out"] and not line.get("campaign")
    ]
    if not lists:
        raise InputError(
            f"No list of {audience!r} with a control group was exported from {run}.",
            hint="Export one with a control group (--holdout 10%), and send it; `clustera audience exports` lists all exports.",
        )
    export = lists[-1]
    assignments = exports.assigned(audience, export["time"])
    with Engine() as engine:
        found = pipeline.exported_campaign(
            outcome,
            wish,
            pipeline.LaunchTerms(
                name=name,
                day=as_day(terms.day if terms.day is not None else export["time"][:10]),
                control=export["holdout"],
                audience_name=audience,
                margin=terms.margin,
                contact_cost=terms.contact_cost,
                options=kept,
            ),
            assignments,
            customers=engine.arrow(tables.customers()),
            run=run,
            names=names,
            exported=export["time"],
            left_out=exports.left_out(audience, export["time"]),
        )
    return PreparedCampaign(found, runs, {})


def chosen_audience(audience: object, select: Select) -> tuple[object, str]:
    """The table of an audience's customers, and what to call it.

    Args:
        audience: The name of a saved audience, a definition, a file, a table with ids, or what `seg.audience` made.
        select: `seg.audience`.

    Raises:
        InputError: a definition can't be understood.
        RunError: there is no such audience.
    """
    if audience is None:
        return None, ""
    if isinstance(audience, str) and not is_table_file(audience):
        audience = select(audience)
    if isinstance(audience, SelectedAudience):
        ids = audience.selection.customers().select("select id as customer from {rows}").arrow()
        return ids, audience.name or audience.definition
    return audience, pipeline.source_name(audience)


def is_table_file(text: str) -> bool:
    """Whether a text means a file: there is one, or it ends like one of a table.

    >>> is_table_file("customers.csv"), is_table_file('spend > 100 and city is "Rome"')
    (True, False)
    """
    path = Path(text)
    try:
        there = path.is_file()
    except OSError:  # too long for a path
        return False
    return there or (path.suffix.lower() in TABLES and not any(c in text for c in "\"'<>="))
