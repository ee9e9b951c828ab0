"""Launching a campaign: whose customers take part, who is left out as control group, who is in another campaign that goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pyarrow as pa

from clustera import campaigns
from clustera.days import to_date
from clustera.engines import Rows, literal, mapped_sql
from clustera.errors import InputError
from clustera.pipeline.assigning import with_more_cells
from clustera.pipeline.campaign_members import CampaignWish, action_code, members_of_campaign, planned_whole
from clustera.pipeline.campaigns import campaign_days, campaign_stages
from clustera.pipeline.exporting import ExportRequest
from clustera.pipeline.groups_of_others import GroupsOfOthers, running_overlaps, without_other_controls
from clustera.pipeline.reach import CampaignReach, campaign_list, reached_by
from clustera.records import (
    AudienceExport,
    Campaign,
    CampaignMeasure,
    ExportStep,
    LeftOut,
    Outcome,
    PlannedAudience,
    StageSummary,
)
from clustera.records.campaigns import ControlFrom
from clustera.settings import Settings
from clustera.texts import action_labels, format_count, translate_count

# What a mail about an action may have to say, where the run knows it.
_TOLD = tuple(f"{which}_{what}" for what in ("category", "product") for which in ("last", "favorite", "suggested"))
_OVERDUE = ("next_order", "days_overdue")
_OF_CALLS = ("contact_by", "sales_12_months", "sales_3_months", "earlier_sales_3_months", "last_order", "usual_gap")


@dataclass(frozen=True, slots=True)
class LaunchTerms:
    """How a campaign is launched.

    Args:
        name: The campaign's; it enters a draw.
        day: First day, since 1970-01-01.
        control: Share of the control group that is drawn; None: the control group that the run has marked.
        audience: A table whose customers alone take part.
        audience_name: What the campaign calls it.
        running: What goes on at the same time.
        exclude_running: Leave out who is in another campaign.
        include_controls: Contact also who is in the control group of another campaign.
        held_out: Customers whom an audience holds out; they never take part.
        request: The contacts and where the list goes; None: no list.
        margin: Share of sales that is profit.
        contact_cost: Per customer contacted.
        options: How the run read its orders.
        lines: The order lines that the run keeps, in the engine of its customers: for another number of days than it counted.
    """

    name: str
    day: int
    control: float | None = None
    audience: object = None
    audience_name: str = ""
    running: Sequence[GroupsOfOthers] = ()
    exclude_running: bool = False
    include_controls: bool = False
    held_out: Collection[str] = ()
    request: ExportRequest | None = None
    margin: float | None = None
    contact_cost: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)
    lines: Rows | None = None


@dataclass(frozen=True, slots=True)
class Launched:
    """A campaign that is ready to be written."""

    campaign: Campaign
    assignments: pa.Table  # customer, segment, group
    contact: pa.Table  # the customers to contact, with what a mail may say to each
    listed: AudienceExport | None = None  # the list for a mail tool, where contacts were given
    left_out: tuple[LeftOut, ...] = ()  # everybody else of the audience, with the reason; the control group too


def launch_campaign(
    outcome: Outcome,
    wish: CampaignWish,
    terms: LaunchTerms,
    *,
    run: str,
    customers: Rows,
    names: Mapping[int, str],
    settings: Settings,
) -> Launched:
    """Who of a run takes part in a campaign, and in which group. Nothing is written yet.

    Whoever can't be contacted takes no part: they are left out before the groups are made, of both.

    Args:
        outcome: Of the run.
        wish: Whom it is for.
        terms: How it is launched.
        run: The run's name.
        customers: As in customers.parquet, with `key`.
        names: Names of segments, people's own first.
        settings: How the table of an audience is read.

    Raises:
        InputError: the first day is before the snapshot date, there is nobody to contact, or nobody is left out.
    """
    if "key" not in customers.columns:
        raise InputError(
            "This run was written by a version that kept no key of its customers.", hint="Segment the table again."
        )
    _refuse_days_known(outcome, terms.day, run)
    wish = replace(wish, action=action_code(outcome, wish.action))
    members, not_in_run = members_of_campaign(outcome, wish, customers, terms.audience, settings)
    everybody, steps = members, [ExportStep("audience", members.count())]
    by_marks = terms.control is None and "control" in members.columns
    members, gone = without_other_controls(
        members, terms.running, held_out=terms.held_out, include_controls=terms.include_controls, marks=by_marks
    )
    kept_out = {one.customer for one in gone}
    held = sum(one.code == "audience-hold-out" for one in gone)
    steps.append(ExportStep("no-holdout", steps[0].customers - held))
    steps.append(ExportStep("other-control", members.count()))
    members, overlaps, elsewhere = running_overlaps(
        members, terms.running, exclude=terms.exclude_running, marks=by_marks
    )
    steps.append(ExportStep("no-other-campaign", members.count()))
    reached = (
        reached_by(members, terms.request, customers=customers, kept_out={*kept_out, *terms.held_out})
        if terms.request
        else None
    )
    if reached is not None:
        members = members.select("select m.* from {rows} m semi join {ids} i on i.customer = m.id", ids=_ids(members, reached)).keep()  # fmt: skip
    shown = planned_whole(outcome, wish, members, _stages_of_launch(outcome, wish.days, customers, terms, settings))
    drawn, marks = _drawn_groups(outcome, shown, members, customers, terms)
    counted = {row["group"]: row["n"] for row in drawn.query('select "group", count(*) as n from {rows} group by 1').to_pylist()}  # fmt: skip
    contact, control = counted.get(campaigns.CONTACT, 0), counted.get(campaigns.CONTROL, 0)
    _refuse_empty(contact, control, reached, len(kept_out.difference(terms.held_out)))
    segments = drawn.query("select distinct segment from {rows} order by 1")["segment"].to_pylist()
    campaign = replace(
        campaign_of_groups(
            outcome, wish, terms, (contact, control), measure=shown.measure, run=run, segments=segments, names=names
        ),
        share=control / (contact + control) if marks.source in ("run", "both") else marks.share,
        overlaps=overlaps,
        not_in_run=not_in_run,
        control_from=marks.source,
        drawn_from=marks.drawn_from,
        drawn_share=marks.share,
        in_other_control=len(kept_out),
        held_out=held,
        marked=everybody.count("control") if marks.source in ("run", "both") else 0,
        network=terms.request.network if terms.request else "",
        unreachable=len(reached.people.left_out) if reached is not None else 0,
    )
    told = contact_rows(drawn, names).arrow()
    assigned = drawn.select('select id as customer, segment, "group" from {rows}').arrow()
    listed = (
        campaign_list(campaign, reached, assigned, told, terms.request, names=names)
        if reached and terms.request
        else None
    )
    campaign = replace(campaign, steps=_told_steps(steps, listed, contact))
    left_out = (*gone, *elsewhere, *(listed.left_out if listed else own_control(assigned)))
    if listed:
        listed = replace(listed, steps=campaign.steps, left_out=left_out)
    return Launched(campaign, assigned, told, listed, left_out)


def own_control(assigned: pa.Table) -> tuple[LeftOut, ...]:
    """Whom a campaign leaves out itself."""
    return tuple(
        LeftOut(row["customer"], row["segment"], "campaign-control")
        for row in assigned.to_pylist()
        if row["group"] == campaigns.CONTROL
    )


def _refuse_days_known(outcome: Outcome, day: int, run: str) -> None:
    """Groups that were made by what customers did in some days say nothing about what a campaign brought in them."""
    if outcome.behavior is None or day >= outcome.behavior.as_of:
        return
    first, known = to_date(day), to_date(outcome.behavior.as_of)
    raise InputError(
        f"The first day, {first}, is before the snapshot date of the run {run}, {known}.",
        hint="The run knows what the customers did in these days, so a campaign can't be measured in them. "
        f"Choose {known} or a later day, or a run whose snapshot date is {first} or earlier.",
        field="day",
    )


def _told_steps(steps: Sequence[ExportStep], listed: AudienceExport | None, contact: int) -> tuple[ExportStep, ...]:
    """All steps in their order; of those before the contacts are looked at, only the ones that left somebody out."""
    told = [steps[0], *(step for before, step in pairwise(steps) if step.customers < before.customers)]
    by_contacts = listed.steps[1:-1] if listed is not None else ()
    return (*told, *by_contacts, ExportStep("not-control", contact))


def campaign_of_groups(
    outcome: Outcome,
    wish: CampaignWish,
    terms: LaunchTerms,
    sizes: tuple[int, int],
    *,
    measure: CampaignMeasure,
    run: str,
    segments: Sequence[int],
    names: Mapping[int, str],
) -> Campaign:
    """The record of a campaign whose groups are drawn, short of how they were drawn.

    Args:
        outcome: Of the run.
        wish: Whom it is for, with the code of the action.
        terms: How it is launched.
        sizes: How many customers are contacted, and how many are in the control group.
        measure: What decides.
        run: The run's name.
        segments: Numbers of the segments that take part.
        names: Names of segments, people's own first.
    """
    contact, control = sizes
    return Campaign(
        name=terms.name,
        run=run,
        day=terms.day,
        days=None if wish.looks == "open" else wish.days or campaign_days(outcome),
        share=control / (contact + control),
        randomized=True,
        seed=terms.name,
        measure=measure,
        looks=wish.looks,
        customers=contact + control,
        contact=contact,
        control=control,
        segments=tuple((number, names.get(number, "")) for number in segments),
        action_code=wish.action,
        action_label=action_labels(outcome.actions).get(wish.action, ""),
        margin=terms.margin,
        contact_cost=terms.contact_cost,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        options=dict(terms.options),
        audience=terms.audience_name,
    )


def _stages_of_launch(
    outcome: Outcome, days: int | None, customers: Rows, terms: LaunchTerms, settings: Settings
) -> tuple[StageSummary, ...]:
    """What customers did within so many days, as a plan counts it; within the run's own days where it can't."""
    if terms.lines is not None:
        with suppress(InputError):  # the orders do not reach back far enough
            return campaign_stages(outcome, days, customers, None, settings, lines=terms.lines)
    return outcome.behavior.stages if outcome.behavior else ()


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a control group comes from."""

    source: ControlFrom = "run"
    drawn_from: int = 0
    share: float | None = None


def _drawn_groups(
    outcome: Outcome, shown: PlannedAudience, members: Rows, customers: Rows, terms: LaunchTerms
) -> tuple[Rows, _Marks]:
    """The members with `group`: as the run has marked them, and drawn where it has marked nobody or a share is asked for."""
    if terms.control is not None or "control" not in members.columns:
        share = terms.control if terms.control is not None else shown.share
        drawn = campaigns.draw_groups(members, name=terms.name, share=share)
        return drawn.keep(), _Marks("drawn" if terms.control is None else "asked", members.count(), share)
    unit = "segment, action_code" if "action_code" in members.columns else "segment"
    # Of a control group over several segments the part in a small one may be nobody; it is marked all the same.
    pooled = [f"segment = {a.segment} and action_code = {literal(a.rule)}" for a in outcome.actions if a.control and a.control.pool]  # fmt: skip
    has = " or ".join(("bool_or(control)", *(pooled if "action_code" in members.columns else ())))
    marking = customers.select(f"select {unit}, {has} as _marks from {{rows}} group by {unit}").keep()
    known = with_more_cells(members, "m._marks", f"join {{marking}} m using ({unit})", marking=marking)
    kept, open_ = (
        known.select(f"select * exclude (_marks) from {{rows}} where {test}") for test in ("_marks", "not _marks")
    )
    drawn = campaigns.take_marked(kept)
    marks = _Marks()
    if left := open_.count():
        share = shown.share
        more = campaigns.draw_groups(open_, name=terms.name, share=share)
        drawn = drawn.select("select * from {rows} union all by name select * from {more}", more=more)
        marks = _Marks("both" if kept.count() else "drawn", left, share)
    return drawn.keep(), marks


def contact_rows(drawn: Rows, names: Mapping[int, str]) -> Rows:
    """Whom to contact, and what a mail may say to each: id, segment (its name), action, and products where known.

    Where they are called one by one (`contact_order`), in that order, with sales and pace.
    """
    columns = [name for name in _TOLD if name in drawn.columns]
    contact = drawn.select(f"select * from {{rows}} where \"group\" = '{campaigns.CONTACT}'")
    if "overdue" in drawn.columns and contact.has("overdue"):
        columns += [name for name in _OVERDUE if name in drawn.columns]
    ordered = "contact_order" in drawn.columns and contact.has("contact_order is not null")
    if ordered:
        columns = ["contact_order", *(name for name in _OF_CALLS if name in drawn.columns), *columns]
    action = ["action"] if "action" in drawn.columns else []
    listed = ", ".join(f'"{name}"' for name in (*action, *columns))
    called = mapped_sql("segment", names, otherwise="cast(segment as varchar)")
    sorted_by = " order by contact_order nulls last, id" if ordered else ""
    return contact.select(
        f"select id, {called} as segment{', ' + listed if listed else ''} from {{rows}}{sorted_by}"
    ).keep()


def _ids(members: Rows, reached: CampaignReach) -> Rows:
    return members.engine.arrow(
        pa.table({"customer": pa.array([member.id for member, _ in reached.people.people], type=pa.string())})
    )


def _refuse_empty(contact: int, control: int, reached: CampaignReach | None, other_controls: int) -> None:
    if contact and control:
        return
    others, cure = "", ""
    if other_controls:
        others = " " + translate_count(
            other_controls,
            "{n} other customer is left out as a control of a running campaign.",
            "{n} other customers are left out as controls of running campaigns.",
        )
        cure = " To let controls of running campaigns take part: --include-controls"
    if not contact and not control:
        what = "can be contacted" if reached is not None and reached.people.left_out else "is left for this campaign"
        raise InputError(f"Nobody {what}, so nothing was launched.{others}", hint=f"Choose a larger audience.{cure}")
    counts = translate_count(
        contact + control,
        "The campaign has {n} customer: {contact} to contact, {control} for the control group. Each needs at least one.",
        "The campaign has {n} customers: {contact} to contact, {control} for the control group. Each needs at least one.",
        contact=format_count(contact),
        control=format_count(control),
    )
    raise InputError(counts + others, hint=f"Choose a larger audience, or another share: --control 20%.{cure}")
