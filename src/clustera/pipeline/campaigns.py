"""Campaigns with a control group: planned from what a run knows, launched among its customers, measured by a later log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clustera import campaigns, features
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.pipeline.campaign_tables import customer_ids
from clustera.pipeline.migration import members_on_day
from clustera.pipeline.sources import Log
from clustera.power import SHARES, Baseline, baseline_of_stages
from clustera.read import read
from clustera.records import (
    SENDS_NOTHING,
    Action,
    Behavior,
    Campaign,
    CampaignMeasure,
    CampaignPlan,
    LooksPlanned,
    Orders,
    Outcome,
    StageSummary,
)
from clustera.settings import Settings
from clustera.texts import action_label, action_labels, find_action


@dataclass(frozen=True, slots=True)
class CampaignWish:
    """Whom a campaign is for, and how it is to be judged.

    Args:
        action: Code or label of the suggested action whose customers they are; "" for any.
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

    @property
    def narrowed(self) -> bool:
        """Whether it names an action or segments; without, every action is a campaign of its own."""
        return bool(self.action or self.segments)

    @property
    def by_segment(self) -> bool:
        """Whether it is for all customers of some segments, whatever their action."""
        return bool(self.segments) and not self.action


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
    actions = chosen_actions(outcome, wish)
    stages = _campaign_stages(outcome, wish, customers, orders, settings, lines=lines)
    if audience is not None and not wish.narrowed:
        # All of an audience is one campaign, by segment; of actions nobody has said anything.
        wish = replace(wish, segments=tuple(profile.segment for profile in outcome.segments))
    if wish.by_segment:
        audiences = [_audience_of_segment(outcome, number, stages) for number in wish.segments]
    else:
        audiences = [_audience_of_action(action, stages) for action in actions if action.kind not in SENDS_NOTHING]
    if audience is not None:
        audiences = _only(audiences, customers, audience, settings)
    if not wish.narrowed:
        # Which segments an action's customers are in is asked for by name.
        audiences = _one_of_each_action(audiences)
    if not audiences:
        raise InputError("These actions send nothing, so there is nothing to test.", hint=list_actions(outcome))
    parts, together = campaigns.plan_audiences(audiences, looks=wish.looks, measure=wish.measure, combine=wish.narrowed)
    return CampaignPlan(
        run=run,
        days=max((part.days for part in parts), default=0) or wish.days or features.WINDOW,
        looks=wish.looks,
        audiences=parts,
        together=together,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        audience=audience_name,
    )


def _one_of_each_action(audiences: Sequence[campaigns.CampaignAudience]) -> list[campaigns.CampaignAudience]:
    """The audiences of each action as one."""
    by_action: dict[str, list[campaigns.CampaignAudience]] = {}
    for audience in audiences:
        by_action.setdefault(audience.action_code, []).append(audience)
    return [campaigns.combine_audiences(parts) for parts in by_action.values()]


def _only(
    audiences: Sequence[campaigns.CampaignAudience], customers: Rows, audience: object, settings: Settings
) -> list[campaigns.CampaignAudience]:
    """The same with the customers of an audience alone; what such customers do is that of all in the segment."""
    ids = customer_ids(audience, engine=customers.engine, settings=settings, as_audience=True)
    code = "action_code" if "action_code" in customers.columns else "''"
    rows = customers.query(
        f"select segment, {code} as code, count(*) as n from {{rows}} semi join {{ids}} i on i.customer = id group by all",
        ids=ids,
    ).to_pylist()
    found = []
    for one in audiences:
        own = (row["n"] for row in rows if row["segment"] == one.segment and one.action_code in ("", row["code"]))
        if n := sum(own):
            found.append(replace(one, customers=n))
    if not found:
        raise InputError("No customer of the audience is among them.", hint="Choose a larger audience.")
    return found


def action_code(outcome: Outcome, text: str) -> str:
    """The code of the action that somebody calls by its code, or as the report does; "" for none.

    Raises:
        InputError: no customer has such an action.
    """
    return find_action(action_labels(outcome.actions), text) if text else ""


def chosen_actions(outcome: Outcome, wish: CampaignWish) -> tuple[Action, ...]:
    """The actions of a run that a wish means.

    Raises:
        InputError: there are none.
    """
    known = {profile.segment for profile in outcome.segments}
    for number in wish.segments:
        if number not in known:
            raise InputError(f"There is no segment {number}; there are: {', '.join(map(str, sorted(known)))}.")
    code = action_code(outcome, wish.action)
    found = tuple(
        action
        for action in outcome.actions
        if (not code or action.rule == code) and (not wish.segments or action.segment in wish.segments)
    )
    if code and not found:
        raise InputError(f"No customer of these segments has the action {wish.action!r}.", hint=list_actions(outcome))
    return found


def list_actions(outcome: Outcome) -> str:
    """Which actions of a run can be tested, as the report calls them."""
    found = {action.rule: action_label(action) for action in outcome.actions if action.kind not in SENDS_NOTHING}
    return f"Actions of this run: {', '.join(map(repr, found.values())) or 'none'}."


def _campaign_stages(
    outcome: Outcome, wish: CampaignWish, customers: Rows, orders: object, settings: Settings, *, lines: Rows | None
) -> tuple[StageSummary, ...]:
    behavior = outcome.behavior
    if behavior is None:
        return ()
    window = max((stage.window_days for stage in behavior.stages), default=0)
    if orders is None and (wish.days is None or wish.days == window or (not window and lines is None)):
        return behavior.stages
    if orders is not None:
        raw = read(orders, engine=customers.engine, options=settings.read, role="orders")
        found = features.read_orders(raw, options=settings.orders, as_of=behavior.as_of)
    elif lines is not None:
        found = _kept_orders(outcome, behavior, lines)
    else:
        raise InputError(
            f"The run counted what customers do in {window} days, not in {wish.days}.",
            hint=f"Pass the log, so that it is counted for {wish.days} {'day' if wish.days == 1 else 'days'}: --orders FILE. A run that keeps "
            "its orders (--keep-orders) needs none.",
        )
    return _stages_counted(outcome, found, customers, behavior, wish.days or features.WINDOW)


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
    ((first, last),) = (row.values() for row in lines.query("select min(day), max(day) from {rows}").to_pylist())
    nothing = lines.select("select * from {rows} where false")
    return Orders(outcome.source, (), lines, nothing, (), behavior.money, first, last, behavior.as_of)


def _audience_of_action(action: Action, stages: Sequence[StageSummary]) -> campaigns.CampaignAudience:
    own = [s for s in stages if s.segment == action.segment and action.is_for(s.stage, s.subset)]
    baseline = baseline_of_stages(own) if own else _baseline_of_table(action)
    return campaigns.CampaignAudience(
        action.segment, action.rule, action.customers, baseline, action.measured, action_label(action)
    )


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


def campaign_days(outcome: Outcome) -> int:
    """How long a campaign is measured unless somebody says so: as long as the run counted what customers do."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    return max((stage.window_days for stage in stages), default=0) or features.WINDOW


def measure_of_wish(outcome: Outcome, wish: CampaignWish) -> CampaignMeasure:
    """What decides: as the plan would choose."""
    return campaigns.chosen_measure(campaigns.combine_audiences(_audiences(outcome, wish)).baseline)


def recommended_share(outcome: Outcome, wish: CampaignWish) -> float:
    """The size of the control group that a plan recommends."""
    parts, together = campaigns.plan_audiences(_audiences(outcome, wish), looks=wish.looks, measure=wish.measure)
    chosen = together or (parts[0] if parts else None)
    return chosen.share if chosen is not None else SHARES[0]


def _audiences(outcome: Outcome, wish: CampaignWish) -> list[campaigns.CampaignAudience]:
    """Whom a campaign is for, by segment."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    if wish.by_segment:
        return [_audience_of_segment(outcome, number, stages) for number in wish.segments]
    return [_audience_of_action(action, stages) for action in chosen_actions(outcome, wish)]


def running_between(known: Sequence[Campaign], day: int, days: int | None) -> tuple[Campaign, ...]:
    """The campaigns that go on on one of some days."""
    last = None if days is None else day + days - 1
    return tuple(
        campaign
        for campaign in known
        if (last is None or campaign.day <= last) and (campaign.last_day is None or campaign.last_day >= day)
    )
