"""Which action is suggested to whom: the first rule of the playbook that holds, for every segment or part of one.

Where orders say in which lifecycle stage customers are, each customer of a segment gets the action of the stage, so that
nobody gets two; stages with the same action stand together. Otherwise a segment gets one action by the levels of its
features. Every action is an idea that has not been proven yet: it says which numbers it follows from, how large a
control group is and which rise of the purchase rate that can show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clustera.actions.control import (
    control_group,
    control_of_parts,
    control_shows_rise,
    control_too_small,
    pooled_control,
    same_control,
)
from clustera.actions.expected import expected_buyers
from clustera.actions.facts import MEASURES, STAGES, Facts
from clustera.actions.playbook import Play, Playbook
from clustera.power import FEWEST_TESTED, Baseline, baseline_of_stages, quarter_of_stages
from clustera.records import (
    SENDS_NOTHING,
    Action,
    ActionEvidence,
    ActionKind,
    Behavior,
    ControlGroup,
    FeatureLevel,
    SegmentProfile,
    StageSummary,
)
from clustera.texts import Language

SHOWN = 3  # features behind an action
PLAIN: Mapping[str, str] = {"very_high": "high", "high": "high", "low": "low", "very_low": "low"}
Levels = Mapping[str, tuple[str, Sequence[FeatureLevel]]]
# An action without its control group, and what such customers do without it: within the usual window, within a quarter.
Suggested = tuple[Action, Baseline | None, Baseline | None]


def suggest_actions(
    segments: Sequence[SegmentProfile],
    *,
    playbook: Playbook,
    language: Language,
    behavior: Behavior | None = None,
    baselines: Mapping[int, Baseline] | None = None,
    excluded: Sequence[str] = (),
) -> tuple[Action, ...]:
    """Actions for every segment with customers, by segment: first one for most of its customers, if any; then by the money at stake.

    Args:
        segments: The segments with the levels of their features.
        playbook: The rules, in the order in which they are tried.
        language: Knows which meanings count as another one, such as payments as spend.
        behavior: What the orders say, with the lifecycle stages by segment; None for a customer table.
        baselines: By segment, what a customer table or the caller says of responses without the action; used where orders
            do not say it.
        excluded: Categories that are not suggested.
    """

    def suggested(messaged: float | None) -> Iterator[Suggested]:
        for segment in segments:
            if not segment.size:  # a kept segment that nobody is in any more
                continue
            # Who pays by contract leaves by cancelling, not by falling silent: stages would mislead.
            stages = behavior.stages if behavior is not None and not behavior.contractual else ()
            own = tuple(part for part in stages if part.segment == segment.segment and part.stage is not None)
            stated = (baselines or {}).get(segment.segment)
            if stages and not own:  # all of them only gave goods back, as who gets no action in other segments
                continue
            if own:
                # A lifecycle stage is each customer's own: it holds however reliable the segment is.
                facts = Facts(
                    segment, own, stages, behavior, excluded=tuple(excluded), baseline=stated, messaged=messaged
                )
                yield from _by_stage(facts, own, playbook, language)
            else:
                facts = Facts(
                    segment,
                    everybody=behavior.stages if behavior is not None else (),
                    behavior=behavior,
                    baseline=stated,
                    column_share=_column_share(segment, language),
                )
                yield _by_levels(facts, playbook, language), facts.baseline, None

    found = list(suggested(None))
    messaged = _least_messaged([action for action, _, _ in found], behavior.stages if behavior is not None else ())
    return _with_controls(found if messaged is None else list(suggested(messaged)))


def _least_messaged(actions: Sequence[Action], stages: Sequence[StageSummary]) -> float | None:
    """The lowest expected sales per customer of a segment's lapsed who are sent something; None where that is unknown."""
    return min(
        (
            stage.forecast / stage.customers
            for stage in stages
            if stage.stage == "lapsed" and stage.forecast is not None and stage.customers
            for action in actions
            if action.segment == stage.segment
            and action.kind not in SENDS_NOTHING
            and action.is_for(stage.stage, stage.subset)
        ),
        default=None,
    )


def _with_controls(found: Sequence[Suggested]) -> tuple[Action, ...]:
    """The actions with their control groups: of each segment, or one over all segments where one alone is too small."""
    by_rule: dict[tuple[str, str], list[int]] = {}
    for place, (action, base, _) in enumerate(found):
        if action.kind not in SENDS_NOTHING:
            by_rule.setdefault((action.rule, base.counts if base else ""), []).append(place)
    controls: dict[int, ControlGroup] = {}
    quarters: dict[int, Baseline | None] = {}
    for places in by_rule.values():
        parts = [(found[place][0].customers, found[place][1]) for place in places]
        sizes = [customers for customers, _ in parts]
        if len(parts) > 1 and sum(sizes) >= FEWEST_TESTED and any(control_too_small(*part) for part in parts):
            controls |= dict(zip(places, control_of_parts(sizes, pooled_control(parts)), strict=True))
            together = pooled_control([(found[place][0].customers, found[place][2]) for place in places])
            quarters |= dict.fromkeys(places, together)
        else:
            controls |= {p: control_group(n, b) for p, (n, b) in zip(places, parts, strict=True) if n >= FEWEST_TESTED}
    return tuple(
        _with_control(action, base, controls.get(i), quarters.get(i, quarter))
        for i, (action, base, quarter) in enumerate(found)
    )


def _with_control(
    action: Action, base: Baseline | None, control: ControlGroup | None, quarter: Baseline | None
) -> Action:
    """The action with its control group, and what it may bring from those who are not left out."""
    longer = same_control(control, action.customers, quarter) if control and quarter else None
    if (
        control is not None
        and longer is not None
        and not control_shows_rise(control)
        and not control_shows_rise(longer)
    ):
        control = longer = None  # to leave somebody out would show nothing, not in 3 months either: all of them get it
    told = replace(action, control=control, quarter=longer)
    return replace(
        told,
        point_value=None if action.point_value is None else action.point_value * told.contacted,
        percent_value=None if base is None or not base.spend else 0.01 * told.contacted * base.spend,
    )


def _by_stage(facts: Facts, own: Sequence[StageSummary], playbook: Playbook, language: Language) -> list[Suggested]:
    levels = _levels(facts.segment, language)
    chosen: dict[str, tuple[Play, list[StageSummary]]] = {}
    for stage in STAGES:
        left = [part for part in own if part.stage == stage and part.customers]
        for play in (play for play in playbook.plays if stage in play.stages):
            taken = [part for part in left if play.only in ("", part.subset)]
            if taken and _rule_holds(play, replace(facts, stages=tuple(taken)), levels):
                chosen.setdefault(play.rule, (play, []))[1].extend(taken)
                left = [part for part in left if part not in taken]
    parts_of = [(play, replace(facts, stages=tuple(parts))) for play, parts in chosen.values()]
    actions = [
        (
            _of_play(play, part, levels),
            baseline_of_stages(part.stages) or part.baseline,
            quarter_of_stages(part.stages),
        )
        for play, part in parts_of
    ]
    size = sum(part.customers for part in own)

    def place(found: Suggested) -> tuple[bool, float, int, str]:
        action = found[0]
        return not action.is_for_most(size), -(action.money or 0.0), -action.customers, action.rule

    return sorted(actions, key=place)


def _by_levels(facts: Facts, playbook: Playbook, language: Language) -> Action:
    """The action of a segment whose customers' stages are not known.

    Sensitive features (age) never give an action: where only they stand out, that is said. Where what stands out has no
    known meaning, the suggestion is to find one. A segment that may not be there next time gets nothing of its own; with
    a twentieth of the money in it, what suits any customer.
    """
    if facts.segment.trust.statement == "unreliable":
        if facts.has_money:
            return _plain_action(facts, "unconfirmed_money", "grow")
        return _plain_action(facts, "unconfirmed", "no special campaign")
    levels = _levels(facts.segment, language)
    for play in playbook.plays:
        if not play.stages and _rule_holds(play, facts, levels):
            return _of_play(play, facts, levels)
    rule, kind = _otherwise(facts.segment)
    return _plain_action(facts, rule, "grow" if facts.has_money else kind)


def _column_share(segment: SegmentProfile, language: Language) -> float | None:
    """The segment's part of the money of a customer table; the largest, where several columns are of money."""
    columns = {
        level.feature
        for level in segment.levels
        if (meaning := language.meanings.get(level.meaning))
        and meaning.adds_up
        and "spend" in (level.meaning, meaning.counts_as)
    }
    shares = [segment.share * profile.index / 100 for profile in segment.features if profile.feature in columns]
    return max(shares, default=None)


def _rule_holds(play: Play, facts: Facts, levels: Levels) -> bool:
    if not all(meaning in levels and levels[meaning][0] == level for meaning, level in play.when.items()):
        return False
    numbers = {name: MEASURES[name](facts) for name in (*play.at_least, *play.below)}
    return all(_known_or(numbers[name]) >= least for name, least in play.at_least.items()) and all(
        _known_or(numbers[name], math.inf) < limit for name, limit in play.below.items()
    )


def _known_or(value: float | None, otherwise: float = -math.inf) -> float:
    return otherwise if value is None else value


def _of_play(play: Play, facts: Facts, levels: Levels) -> Action:
    used = [level for meaning in play.when for level in levels[meaning][1]]
    evidence = [*_clearest_numbers(facts.segment, used), *_of_measures(play, facts)]
    return replace(_suggested_action(facts, play.rule, play.kind, evidence), label=play.label, text=play.text)


def _plain_action(facts: Facts, rule: str, kind: ActionKind) -> Action:
    levels = facts.segment.levels
    used = [level for level in levels if level.level not in (None, "middle")] or [lv for lv in levels if lv.known]
    return _suggested_action(facts, rule, kind, _clearest_numbers(facts.segment, used))


def _suggested_action(facts: Facts, rule: str, kind: ActionKind, evidence: Sequence[ActionEvidence]) -> Action:
    stages, customers = facts.stages, facts.customers
    baseline = baseline_of_stages(stages) if stages else facts.baseline
    category = facts.category if rule == "second_category" else None
    return Action(
        segment=facts.segment.segment,
        rule=rule,
        kind=kind,
        stages=tuple(dict.fromkeys(part.stage for part in stages if part.stage)),
        groups=tuple((part.stage, part.subset) for part in stages if part.stage),
        customers=customers,
        evidence=tuple(evidence),
        control=None,
        money=sum(stage.year_spend for stage in stages) if stages else None,
        money_share=facts.share("year_spend"),
        forecast=_forecast_together(stages),
        expected_buyers=_buyers_by_baseline(customers, baseline),
        point_value=_point_value(stages),
        category=category[0] if category else "",
        category_share=category[1] if category else None,
        category_own_share=category[2] if category else None,
    )


def _forecast_together(stages: Sequence[StageSummary]) -> float | None:
    """The forecast of several stages; None where one of them has none."""
    forecasts = [stage.forecast for stage in stages if stage.forecast is not None]
    return sum(forecasts) if stages and len(forecasts) == len(stages) else None


def _buyers_by_baseline(customers: int, baseline: Baseline | None) -> tuple[int, int] | None:
    """How many buy without the action; None where nobody was counted."""
    if baseline is None or not baseline.customers:
        return None
    return expected_buyers(customers, baseline.rate, baseline.customers)


def _point_value(stages: Sequence[StageSummary]) -> float | None:
    """What one more buyer in a hundred customers spends, by customer; None where nobody bought."""
    buyers = sum(stage.earlier_buyers for stage in stages)
    return 0.01 * (sum(stage.earlier_buyers_spend for stage in stages) / buyers) if buyers else None


def _levels(segment: SegmentProfile, language: Language) -> Levels:
    """The plain level of each meaning on which all its columns agree, with those columns."""
    found: dict[str, list[FeatureLevel]] = {}
    for level in segment.levels:
        if level.meaning and not level.sensitive and level.known:
            meaning = language.meanings.get(level.meaning)
            found.setdefault(meaning.counts_as if meaning and meaning.counts_as else level.meaning, []).append(level)
    agreed = {}
    for meaning_of, levels in found.items():
        plain = {PLAIN.get(level.level or "", "") for level in levels}
        one = plain.pop()
        if not plain and one and all(level.absolute for level in levels):
            agreed[meaning_of] = (one, levels)
    return agreed


def _clearest_numbers(segment: SegmentProfile, used: Sequence[FeatureLevel]) -> list[ActionEvidence]:
    """The numbers of the clearest features, in the order of the table."""
    clearest = sorted(used, key=lambda level: -abs(level.score))[:SHOWN]
    profiles = {profile.feature: profile for profile in segment.features}
    return [
        ActionEvidence(level.feature, profiles[level.feature].mean, level.level, profiles[level.feature].index)
        for level in used
        if level in clearest
    ]


def _of_measures(play: Play, facts: Facts) -> Iterator[ActionEvidence]:
    names = dict.fromkeys((*play.at_least, *play.below))
    if not names and not play.when:  # a rule for whoever is left in a stage follows from how they are there
        silent = all(part.stage in ("overdue", "lapsed") or part.subset == "likely lost" for part in facts.stages)
        falling = all(part.subset == "falling" for part in facts.stages)
        names = dict.fromkeys(["silence_days"] if silent else ["trend"] if falling else ["bought_lately"])
        if all(part.stage == "overdue" for part in facts.stages):
            names["usual_gap"] = None
    for name in names:
        value = MEASURES[name](facts)
        if value is not None and math.isfinite(value):
            yield ActionEvidence(name, value)


def _otherwise(segment: SegmentProfile) -> tuple[str, ActionKind]:
    """The code and kind where no rule holds."""
    outstanding = [level for level in segment.levels if level.level not in (None, "middle")]
    if not outstanding:
        known = any(level.meaning for level in segment.levels)
        if known and all(level.near_average for level in segment.levels):
            return "average", "grow"
        return ("no_rule", "grow") if known else ("unknown", "no special campaign")
    if all(level.sensitive for level in outstanding):
        return "sensitive_only", "grow"
    return ("no_rule", "grow") if all(level.meaning for level in outstanding) else ("unknown", "no special campaign")
