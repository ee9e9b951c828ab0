"""Who takes part in a campaign, and what such customers do without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clustera import campaigns
from clustera.engines import Rows, literal
from clustera.errors import InputError
from clustera.pipeline.campaign_tables import customer_ids
from clustera.power import Baseline, baseline_of_stages
from clustera.records import (
    SENDS_NOTHING,
    Action,
    CampaignMeasure,
    LooksPlanned,
    Outcome,
    PlannedAudience,
    StageSummary,
)
from clustera.settings import Settings
from clustera.texts import action_label, action_labels, find_action, translate_count


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
            there = ", ".join(map(str, sorted(known)))
            raise InputError(f"There is no segment {number}.", hint=f"Choose one of: {there}.")
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


def members_of_campaign(
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
        ids = customer_ids(audience, engine=customers.engine, settings=settings, as_audience=True)
        unknown = ids.select("select i.customer from {rows} i anti join {known} c on c.id = i.customer", known=customers).count()  # fmt: skip
        if unknown and unknown == ids.count():
            raise InputError(
                translate_count(
                    unknown,
                    "The only customer of the audience is not in the run.",
                    "None of the {n} customers of the audience is in the run.",
                ),
                hint="The audience must have the ids that the run used: column id of customers.csv.",
            )
        members = members.select("select m.* from {rows} m semi join {ids} i on i.customer = m.id", ids=ids).keep()
    return members, unknown


def _stages_like(
    stages: Sequence[StageSummary], segment: int, stage: str | None, action: Action | None
) -> list[StageSummary]:
    """What customers of a segment did; of one lifecycle stage where it is known, and whom the action is for where any are."""
    own = [one for one in stages if one.segment == segment and (stage is None or one.stage == stage)]
    if action is not None and (action.groups or action.stages):
        return [one for one in own if action.is_for(one.stage, one.subset)] or own
    return own


def counted_audiences(
    outcome: Outcome, members: Rows, stages: Sequence[StageSummary], *, by_action: bool
) -> list[campaigns.CampaignAudience]:
    """The customers of a campaign by segment, or by segment and action, and what exactly these do without it.

    Each customer counts with the rate of those who were in the same segment and lifecycle stage when the window began, and
    whom the same action is for. So the same customers have the same rate, whoever chose them and however.

    Args:
        outcome: Of the run.
        members: Who takes part: segment and, where known, stage and action_code.
        stages: What customers did within the window, by segment and stage; empty where the run had no orders.
        by_action: A row for each action of a segment; else one for each segment.
    """
    staged, code = "stage" in members.columns, "action_code" if "action_code" in members.columns else "''"
    counted = members.query(
        f"select segment, {'stage' if staged else 'null'} as stage, coalesce({code}, '') as code, count(*) as n "
        "from {rows} group by all order by all"
    ).to_pylist()
    actions = {(action.segment, action.rule): action for action in outcome.actions}
    sizes, rates = Counter[tuple[int, str]](), dict[tuple[int, str], list[tuple[int, Baseline | None]]]()
    for row in counted:
        segment, action = row["segment"], actions.get((row["segment"], row["code"]))
        key = (segment, row["code"] if by_action else "")
        sizes[key] += row["n"]
        own = _stages_like(stages, segment, row["stage"] if staged else None, action)
        if own or not stages:  # who never bought has no stage: the others say what such customers do
            baseline = baseline_of_stages(own) or (_baseline_of_table(action) if action is not None else None)
            rates.setdefault(key, []).append((row["n"], baseline))
    order = [*actions] if by_action else [(profile.segment, "") for profile in outcome.segments]
    return [_audience(key, sizes[key], rates.get(key, []), actions.get(key)) for key in order if key in sizes]


def _audience(
    key: tuple[int, str], customers: int, rates: Sequence[tuple[int, Baseline | None]], action: Action | None
) -> campaigns.CampaignAudience:
    known = [(n, baseline) for n, baseline in rates if baseline is not None]
    baseline = campaigns.combine_baselines(known) if known and len(known) == len(rates) else None
    measured, label = (None, "") if action is None else (action.measured, action_label(action))
    return campaigns.CampaignAudience(*key, customers, baseline, measured, label)


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
        control.base_buyers,
    )


def planned_whole(
    outcome: Outcome, wish: CampaignWish, members: Rows, stages: Sequence[StageSummary]
) -> PlannedAudience:
    """What a campaign to exactly these customers can show: what decides, and the recommended share of the control group.

    Args:
        outcome: Of the run.
        wish: How it is to be judged.
        members: Who takes part.
        stages: As for `counted_audiences`.
    """
    parts = counted_audiences(outcome, members, stages, by_action=bool(wish.action))
    whole = campaigns.combine_audiences(parts) if parts else campaigns.CampaignAudience(None, "", 0, None)
    return campaigns.plan_audiences([whole], looks=wish.looks, measure=wish.measure)[0][0]
