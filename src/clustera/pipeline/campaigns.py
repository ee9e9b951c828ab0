"""Campaigns with a control group: planned from what a run knows, launched among its customers, measured by a later log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustera import campaigns, features
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.pipeline.campaign_members import (
    CampaignWish,
    action_code,
    counted_audiences,
    list_actions,
    members_of_campaign,
)
from clustera.pipeline.migration import members_on_day
from clustera.pipeline.sources import Log
from clustera.read import read
from clustera.records import (
    SENDS_NOTHING,
    Behavior,
    Campaign,
    CampaignPlan,
    Orders,
    Outcome,
    StageSummary,
)
from clustera.records.campaigns import RatesFrom
from clustera.settings import Settings


def _nobody_to_test(outcome: Outcome, audience: object) -> InputError:
    if audience is not None:
        return InputError("No customer of the audience is among them.", hint="Choose a larger audience.")
    return InputError("These actions send nothing, so there is nothing to test.", hint=list_actions(outcome))


def plan_campaign(
    outcome: Outcome,
    wish: CampaignWish,
    *,
    run: str,
    customers: Rows,
    audience: object = None,
    audience_name: str = "",
    orders: object = None,
    lines: Rows | None = None,
    settings: Settings,
) -> CampaignPlan:
    """What a campaign can show, by action or segment of a run.

    Args:
        outcome: Of the run, its actions with what earlier campaigns brought.
        wish: Whom it is for.
        run: The run's name.
        customers: id, segment, ...
        audience: A table whose customers alone are counted.
        audience_name: What the plan calls it.
        orders: The log, where base rates are wanted for another number of days than the run counted.
        lines: The order lines that the run keeps, in the engine of `customers`: they do for the log.
        settings: How the log is read.

    Raises:
        InputError: there is no such action or segment, or another number of days is asked for without the log.
    """
    wish = replace(wish, action=action_code(outcome, wish.action))
    # All of an audience is one campaign, by segment; of actions nobody has said anything.
    whole = wish.narrowed or audience is not None
    by_action = not wish.by_segment and (audience is None or wish.narrowed)
    stages = campaign_stages(outcome, wish.days, customers, orders, settings, lines=lines)
    members, _ = members_of_campaign(outcome, wish, customers, audience, settings)
    sends = {action.rule for action in outcome.actions if action.kind not in SENDS_NOTHING}
    audiences = [
        one
        for one in counted_audiences(outcome, members, stages, by_action=by_action)
        if not by_action or one.action_code in sends
    ]
    if not audiences:
        raise _nobody_to_test(outcome, audience)
    if not whole:
        # Which segments an action's customers are in is asked for by name.
        audiences = _one_of_each_action(audiences)
    parts, together = campaigns.plan_audiences(audiences, looks=wish.looks, measure=wish.measure, combine=whole)
    return CampaignPlan(
        run=run,
        days=max((part.days for part in parts), default=0) or wish.days or features.WINDOW,
        looks=wish.looks,
        audiences=parts,
        together=together,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        audience=audience_name,
        rates_from="orders" if stages else _rates_of_table(outcome),
    )


def _rates_of_table(outcome: Outcome) -> RatesFrom:
    """What a run without orders knows of the share who buy."""
    known = [a.control for a in outcome.actions if a.control is not None and a.control.base_rate is not None]
    return ("table" if any(control.column for control in known) else "stated") if known else ""


def _one_of_each_action(audiences: Sequence[campaigns.CampaignAudience]) -> list[campaigns.CampaignAudience]:
    """The audiences of each action as one."""
    by_action: dict[str, list[campaigns.CampaignAudience]] = {}
    for audience in audiences:
        by_action.setdefault(audience.action_code, []).append(audience)
    return [campaigns.combine_audiences(parts) for parts in by_action.values()]


def campaign_stages(
    outcome: Outcome,
    days: int | None,
    customers: Rows,
    orders: object,
    settings: Settings,
    *,
    lines: Rows | None,
) -> tuple[StageSummary, ...]:
    """What customers did within so many days, by segment and lifecycle stage; empty where the run had no orders.

    Args:
        outcome: Of the run.
        days: How long a campaign is; as long as the run counted when None.
        customers: id, segment and, where it is known, churn_risk.
        orders: The log, where the run keeps no order lines.
        settings: How the log is read.
        lines: The order lines that the run keeps, in the engine of `customers`.

    Raises:
        InputError: there are no order lines to count other days in, or they do not reach back far enough.
    """
    behavior = outcome.behavior
    if behavior is None:
        return ()
    window = max((stage.window_days for stage in behavior.stages), default=0)
    if orders is None and (days is None or days == window or (not window and lines is None)):
        return behavior.stages
    if orders is not None:
        raw = read(orders, engine=customers.engine, options=settings.read, role="orders")
        found = features.read_orders(raw, options=settings.orders, as_of=behavior.as_of)
    elif lines is not None:
        found = _kept_orders(outcome, behavior, lines)
    else:
        raise InputError(
            f"The run counted what customers do in {window} days, not in {days}.",
            hint=f"Pass the log, so that it is counted for {days} {'day' if days == 1 else 'days'}: --orders FILE. A run that keeps "
            "its orders (--keep-orders) needs none.",
        )
    return _stages_counted(outcome, found, customers, behavior, days or features.WINDOW)


def _stages_counted(
    outcome: Outcome, found: Orders, customers: Rows, behavior: Behavior, days: int
) -> tuple[StageSummary, ...]:
    """What customers of each stage do in so many days, by the log's last ones."""
    day = min(found.as_of, found.last_day) - days
    if day - found.first_day < days:
        reach = found.as_of - found.first_day + 1
        raise InputError(
            f"The orders reach back {reach} {'day' if reach == 1 else 'days'}; to know what customers do in {days} "
            f"{'day' if days == 1 else 'days'}, they must reach back at least twice as long.",
            hint="Plan fewer days, or pass older orders as well.",
        )
    names = tuple(feature.name for feature in outcome.model.preparation.features)
    known = {feature.name for feature in features.feature_catalog()}
    members = None
    if all(name in known for name in names):
        log = Log(found, found.as_of, names, window=outcome.model.window)
        members = members_on_day(day, log, outcome.model, customers.engine)
    earlier = features.EarlierMembers(day, members, days)
    staged = features.lifecycle_stages(found, as_of=behavior.as_of)
    churn = ", churn_risk" if "churn_risk" in customers.columns else ""
    grouped = customers.select(f"select id, segment{churn} from {{rows}}").keep()
    return features.summarize_stages(found, staged, grouped, earlier=earlier)


def _kept_orders(outcome: Outcome, behavior: Behavior, lines: Rows) -> Orders:
    """The order lines that a run keeps, as they were read."""
    first, last = lines.value("select [min(day), max(day)] from {rows}")
    nothing = lines.select("select * from {rows} where false")
    return Orders(outcome.source, (), lines, nothing, (), behavior.money, first, last, behavior.as_of)


def campaign_days(outcome: Outcome) -> int:
    """How long a campaign is measured unless somebody says so: as long as the run counted what customers do."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    return max((stage.window_days for stage in stages), default=0) or features.WINDOW


def running_between(known: Sequence[Campaign], day: int, days: int | None) -> tuple[Campaign, ...]:
    """The campaigns that go on on one of some days."""
    last = None if days is None else day + days - 1
    return tuple(
        campaign
        for campaign in known
        if (last is None or campaign.day <= last) and (campaign.last_day is None or campaign.last_day >= day)
    )
