"""Campaigns with a control group: planned from what a run knows, launched among its customers, measured by a later log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clustera import campaigns, features
from clustera.engines import Rows, literal
from clustera.errors import InputError, closest
from clustera.pipeline.campaign_tables import customer_ids
from clustera.pipeline.migration import members_on
from clustera.pipeline.sources import Log
from clustera.power import Baseline, baseline_of_stages
from clustera.read import read
from clustera.records import (
    Action,
    Campaign,
    CampaignMeasure,
    CampaignOverlap,
    CampaignPlan,
    LooksPlanned,
    Outcome,
    StageSummary,
)
from clustera.settings import Settings

NO_TEST = ("no special campaign", "sunset")
Assigned = tuple[str, Rows]  # a campaign's name, and customer and group of everybody in it


@dataclass(frozen=True, slots=True)
class CampaignWish:
    """Whom a campaign is for, and how it is to be judged.

    Args:
        action: Code of the suggested action whose customers they are; "" for any.
        segments: Numbers of segments; empty for all.
        days: How long it is measured; as long as the run's base rates were counted when left out.
        looks: "daily" to look on any day, "end" to look once when it is over, "open" for a campaign without an end.
        measure: "buyers" or "revenue" decides; chosen by how many buy anyway when left out.
    """

    action: str = ""
    segments: tuple[int, ...] = ()
    days: int | None = None
    looks: LooksPlanned = "daily"
    measure: CampaignMeasure | None = None


def plan_campaign(
    outcome: Outcome, wish: CampaignWish, *, run: str, customers: Rows, orders: object = None, settings: Settings
) -> CampaignPlan:
    """What a campaign can show, by action or segment of a run.

    Args:
        outcome: Of the run, its actions with what earlier campaigns brought.
        wish: Whom it is for.
        run: The run's name.
        customers: id, segment, ...
        orders: The log, where base rates are wanted for another number of days than the run counted.
        settings: How the log is read.

    Raises:
        InputError: there is no such action or segment, or another number of days is asked for without the log.
    """
    actions = chosen_actions(outcome, wish)
    stages = _stages(outcome, wish, customers, orders, settings)
    if wish.action or not wish.segments:
        audiences = [_audience_of_action(action, stages) for action in actions if action.kind not in NO_TEST]
    else:
        audiences = [_audience_of_segment(outcome, number, stages) for number in wish.segments]
    if not wish.action and not wish.segments:
        # One line for each action; which segments its customers are in is asked for by name.
        codes = dict.fromkeys(audience.action_code for audience in audiences)
        audiences = [
            campaigns.combine_audiences([audience for audience in audiences if audience.action_code == code])
            for code in codes
        ]
    if not audiences:
        raise InputError("These actions send nothing, so there is nothing to test.", hint=_list_actions(outcome))
    asked = bool(wish.action or wish.segments)
    parts, together = campaigns.plan_audiences(audiences, looks=wish.looks, measure=wish.measure, combine=asked)
    return CampaignPlan(
        run=run,
        days=max((part.days for part in parts), default=0) or wish.days or features.WINDOW,
        looks=wish.looks,
        audiences=parts,
        together=together,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
    )


def chosen_actions(outcome: Outcome, wish: CampaignWish) -> tuple[Action, ...]:
    """The actions of a run that a wish means.

    Raises:
        InputError: there are none.
    """
    known = {profile.segment for profile in outcome.segments}
    for number in wish.segments:
        if number not in known:
            raise InputError(f"There is no segment {number}; there are: {', '.join(map(str, sorted(known)))}.")
    if wish.action and wish.action not in {action.rule for action in outcome.actions}:
        near = closest(wish.action, {action.rule for action in outcome.actions})
        raise InputError(
            f"No customer has the action {wish.action!r}.",
            hint=f"Did you mean {near!r}?" if near else _list_actions(outcome),
        )
    found = tuple(
        action
        for action in outcome.actions
        if (not wish.action or action.rule == wish.action) and (not wish.segments or action.segment in wish.segments)
    )
    if not found:
        raise InputError(f"No customer of these segments has the action {wish.action!r}.", hint=_list_actions(outcome))
    return found


def _list_actions(outcome: Outcome) -> str:
    codes = dict.fromkeys(action.rule for action in outcome.actions if action.kind not in NO_TEST)
    return f"Actions that can be tested: {', '.join(codes) or 'none'}."


def _stages(
    outcome: Outcome, wish: CampaignWish, customers: Rows, orders: object, settings: Settings
) -> tuple[StageSummary, ...]:
    behavior = outcome.behavior
    if behavior is None:
        return ()
    if orders is None:
        window = max((stage.window_days for stage in behavior.stages), default=0)
        if wish.days is not None and window and wish.days != window:
            raise InputError(
                f"The run counted what customers do in {window} days, not in {wish.days}.",
                hint=f"Pass the log, so that it is counted for {wish.days} days: --orders FILE.",
            )
        return behavior.stages
    engine = customers.engine
    raw = read(orders, engine=engine, options=settings.read, role="orders")
    found = features.read_orders(raw, options=settings.orders, as_of=behavior.as_of)
    days = wish.days or features.WINDOW
    day = min(found.as_of, found.last_day) - days
    if day - found.first_day < days:
        raise InputError(
            f"The orders reach back {found.as_of - found.first_day + 1} days; to know what customers do in {days} days, "
            "they must reach back at least twice as long.",
            hint="Plan fewer days, or pass older orders as well.",
        )
    names = tuple(feature.name for feature in outcome.model.preparation.features)
    known = {feature.name for feature in features.catalog()}
    members = None
    if all(name in known for name in names):
        log = Log(found, found.as_of, names, window=outcome.model.window)
        members = members_on(day, log, outcome.model, engine)
    earlier = features.Earlier(day, members, days)
    staged = features.lifecycle(found, as_of=behavior.as_of)
    return features.summarize_stages(
        found, staged, customers.select("select id, segment from {rows}").keep(), earlier=earlier
    )


def _audience_of_action(action: Action, stages: Sequence[StageSummary]) -> campaigns.CampaignAudience:
    own = [s for s in stages if s.segment == action.segment and s.stage in action.stages]
    baseline = baseline_of_stages(own) if own else _baseline_of_table(action)
    return campaigns.CampaignAudience(action.segment, action.rule, action.customers, baseline, action.measured)


def _audience_of_segment(outcome: Outcome, number: int, stages: Sequence[StageSummary]) -> campaigns.CampaignAudience:
    size = next(profile.size for profile in outcome.segments if profile.segment == number)
    own = [stage for stage in stages if stage.segment == number]
    if own:
        return campaigns.CampaignAudience(number, "", size, baseline_of_stages(own))
    tables = [_baseline_of_table(action) for action in outcome.actions if action.segment == number]
    return campaigns.CampaignAudience(number, "", size, tables[0] if tables else None)


def _baseline_of_table(action: Action) -> Baseline | None:
    control = action.control
    if control is None or control.base_rate is None:
        return None
    return Baseline(
        control.base_rate,
        control.base_customers,
        control.base_in_segment,
        control.window_days,
        control.counts,
        control.column,
        control.base_spend,
        control.base_spend_sd,
    )


@dataclass(frozen=True, slots=True)
class Launched:
    """A campaign that is ready to be written."""

    campaign: Campaign
    assignments: Rows  # customer, segment, group
    contact: Rows  # the customers to contact, with what customers.csv says of each


def launch_campaign(
    outcome: Outcome,
    wish: CampaignWish,
    *,
    name: str,
    run: str,
    customers: Rows,
    names: Mapping[int, str],
    day: int,
    share: float,
    audience: object = None,
    running: Sequence[Assigned] = (),
    exclude_running: bool = False,
    margin: float | None = None,
    contact_cost: float = 0.0,
    options: Mapping[str, Any],
    settings: Settings,
) -> Launched:
    """Draw the control group of a campaign among the customers of a run.

    Args:
        outcome: Of the run.
        wish: Whom it is for.
        name: The campaign's; it enters the draw.
        run: The run's name.
        customers: As in customers.parquet, with `key`.
        names: Names of segments, people's own first.
        day: First day, since 1970-01-01.
        share: Of the control group.
        audience: A table whose customers alone take part.
        running: The campaigns that go on at the same time.
        exclude_running: Leave out who is in one of them.
        margin: Share of revenue that is profit.
        contact_cost: Per customer contacted.
        options: How the run read its orders.
        settings: How the audience is read.

    Raises:
        InputError: there is nobody to contact, or nobody is left out.
    """
    if "key" not in customers.columns:
        raise InputError(
            "This run was written by a version that kept no key of its customers.", hint="Segment the table again."
        )
    members, not_in_run = _members(outcome, wish, customers, audience, settings)
    members, overlaps = _overlaps(members, running, exclude=exclude_running)
    drawn = campaigns.draw_groups(members, name=name, share=share).keep()
    counted = _counted(drawn)
    contact, control = counted.get(campaigns.CONTACT, 0), counted.get(campaigns.CONTROL, 0)
    if not contact or not control:
        raise InputError(
            f"Of {contact + control:,} customers {control:,} would be in the control group and {contact:,} be contacted; "
            "there must be some in each.",
            hint="Choose a larger audience, or another share: --control 20%.",
        )
    segments = drawn.query("select distinct segment from {rows} order by 1")["segment"].to_pylist()
    measure = wish.measure or _measure(outcome, wish)
    campaign = Campaign(
        name=name,
        run=run,
        day=day,
        days=None if wish.looks == "open" else wish.days or campaign_days(outcome),
        share=share,
        randomized=True,
        seed=name,
        measure=measure,
        looks=wish.looks,
        customers=contact + control,
        contact=contact,
        control=control,
        segments=tuple((number, names.get(number, "")) for number in segments),
        action_code=wish.action,
        margin=margin,
        contact_cost=contact_cost,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        overlaps=overlaps,
        not_in_run=not_in_run,
        options=dict(options),
    )
    hidden = [column for column in ("key", "control", "group") if column in drawn.columns]
    listed = ", ".join(f'"{column}"' for column in hidden)
    return Launched(
        campaign,
        drawn.select('select id as customer, segment, "group" from {rows}').keep(),
        drawn.select(f"select * exclude ({listed}) from {{rows}} where \"group\" = '{campaigns.CONTACT}'").keep(),
    )


def _counted(drawn: Rows) -> dict[str, int]:
    rows = drawn.query('select "group", count(*) as n from {rows} group by 1').to_pylist()
    return {row["group"]: row["n"] for row in rows}


def _members(
    outcome: Outcome, wish: CampaignWish, customers: Rows, audience: object, settings: Settings
) -> tuple[Rows, int]:
    """The customers of the run whom the campaign is for, and how many of an audience the run does not know."""
    tests = []
    if wish.action or wish.segments:
        chosen_actions(outcome, wish)
    if wish.action:
        tests.append(f"action_code = {literal(wish.action)}")
    if wish.segments:
        tests.append(f"segment in ({', '.join(map(str, wish.segments))})")
    if wish.action and "action_code" not in customers.columns:
        raise InputError("This run has no actions by customer.", hint="Segment the table again.")
    where = f" where {' and '.join(tests)}" if tests else ""
    members, unknown = customers.select(f"select * from {{rows}}{where}").keep(), 0
    if audience is not None:
        ids = customer_ids(audience, engine=customers.engine, settings=settings)
        unknown = ids.select("select i.customer from {rows} i anti join {known} c on c.id = i.customer", known=customers).count()  # fmt: skip
        members = members.select("select m.* from {rows} m semi join {ids} i on i.customer = m.id", ids=ids).keep()
    return members, unknown


def _overlaps(members: Rows, running: Sequence[Assigned], *, exclude: bool) -> tuple[Rows, tuple[CampaignOverlap, ...]]:
    found = []
    for name, others in running:
        joined = "select m.* from {rows} m {how} join {others} o on o.customer = m.id"
        shared = members.select(joined.replace("{how}", "semi"), others=others).count()
        if shared:
            found.append(CampaignOverlap(name, shared, exclude))
        if shared and exclude:
            members = members.select(joined.replace("{how}", "anti"), others=others).keep()
    return members, tuple(found)


def campaign_days(outcome: Outcome) -> int:
    """How long a campaign is measured unless somebody says so: as long as the run counted what customers do."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    return max((stage.window_days for stage in stages), default=0) or features.WINDOW


def _measure(outcome: Outcome, wish: CampaignWish) -> CampaignMeasure:
    """What decides: as the plan would choose."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    if wish.action or not wish.segments:
        parts = [_audience_of_action(action, stages) for action in chosen_actions(outcome, wish)]
    else:
        parts = [_audience_of_segment(outcome, number, stages) for number in wish.segments]
    return campaigns.chosen_measure(campaigns.combine_audiences(parts).baseline)


def running_between(known: Sequence[Campaign], day: int, days: int | None) -> tuple[Campaign, ...]:
    """The campaigns that go on on one of some days."""
    last = None if days is None else day + days - 1
    return tuple(
        campaign
        for campaign in known
        if (last is None or campaign.day <= last) and (campaign.last_day is None or campaign.last_day >= day)
    )
