"""Records as pandas frames: the same columns in Python, in the files of a run and in the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from clustera import texts
from clustera.power import smallest_success
from clustera.records import (
    SENDS_NOTHING,
    Action,
    CampaignPlan,
    CampaignResults,
    Column,
    ColumnSummary,
    Difference,
    FeaturePreparation,
    Finding,
    KSelection,
    OtherNumber,
    Outcome,
    PlannedAudience,
    RuleSet,
    SegmentProfile,
)

if TYPE_CHECKING:
    import pandas as pd

FINDING = ("severity", "code", "column", "count", "share", "message", "rule", "cure", "examples")


def segments_frame(outcome: Outcome, names: Mapping[int, str] | None = None) -> pd.DataFrame:
    """`segment_rows` as a frame."""
    import pandas as pd

    return pd.DataFrame(segment_rows(outcome, names))


def segment_rows(outcome: Outcome, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """One row per segment: who they are, how sure that is, what to try; means, medians and indices per feature."""
    renamed = names or {}
    rows: list[dict[str, Any]] = []
    actions = outcome.first_actions
    for profile in outcome.segments:
        action = actions.get(profile.segment)
        row: dict[str, Any] = {
            "segment": profile.segment,
            "name": renamed.get(profile.segment, profile.name),
            "customers": profile.size,
            "share": profile.share,
            "outliers": profile.outliers,
            "sentence": _sentence(profile, outcome),
            "trust": profile.trust.statement,
            "jaccard": profile.trust.jaccard,
            "valley": profile.trust.valley,
            "borderline": profile.trust.borderline,
            "action": _action_label(action, outcome) if action else "",
            "action_code": action.rule if action else "",
            "action_customers": action.customers if action else 0,
            "suggestion": _suggestion(action, outcome) if action else "",
        }
        for feature in profile.features:
            row[f"{feature.feature}: mean"] = feature.mean
            row[f"{feature.feature}: median"] = feature.median
            row[f"{feature.feature}: center"] = feature.center
            row[f"{feature.feature}: index"] = feature.index
        rows.append(row)
    return rows


ACTION = (
    "segment", "name", "action", "action_code", "who", "customers", "what", "because", "sales_12_months", "spend_share", "forecast",
    "send_to", "control_share", "control_customers", "base_rate", "detectable_rise", "detectable_spend", "point_value", "percent_value", "added_sales", "suggested", "suggested_customers",
    "measured", "measured_effect", "measured_low", "measured_high", "measured_in",
)  # fmt: skip


def typed_customers(frame: pd.DataFrame) -> pd.DataFrame:
    """The customers with days as dates of pandas, and earlier segments as whole numbers that may be missing."""
    wanted = {"last_order": "datetime64[ns]", "next_order": "datetime64[ns]", "segment_before": "Int64"}
    return frame.astype({name: kind for name, kind in wanted.items() if name in frame})


def actions_frame(outcome: Outcome, names: Mapping[int, str] | None = None) -> pd.DataFrame:
    """`action_rows` as a frame."""
    import pandas as pd

    return pd.DataFrame(action_rows(outcome, names), columns=list(ACTION))


def action_rows(outcome: Outcome, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """One row per suggested action: for whom, what to do and why, the money at stake, and how to test it."""
    called = {profile.segment: profile.name for profile in outcome.segments} | dict(names or {})
    with texts.speaking(outcome.locale):
        return [_action_row(action, outcome, called) for action in outcome.actions]


def _action_row(action: Action, outcome: Outcome, called: Mapping[int, str]) -> dict[str, Any]:
    control = action.control
    values = (
        action.segment, called.get(action.segment, ""), texts.action_label(action), action.rule,
        texts.action_audience(action), action.customers,
        texts.action_text(action), texts.action_reasons(action, outcome), action.money, action.money_share,
        action.forecast, 0 if action.kind in SENDS_NOTHING else action.contacted, control.share if control else None, control.customers if control else None,
        control.base_rate if control else None, control.detectable_lift if control else None,
        control.detectable_spend if control else None, action.point_value, action.percent_value, _added_sales(action), action.suggested, action.suggested_customers or None,
        *_cells_of_measures(action, outcome),
    )  # fmt: skip
    return dict(zip(ACTION, values, strict=True))


def _added_sales(action: Action) -> float | None:
    """What the smallest success that a test can tell adds within its window."""
    success = smallest_success(action)
    return None if success is None or success.each is None else round(success.each * success.rise, 2)


def _cells_of_measures(action: Action, outcome: Outcome) -> tuple[Any, ...]:
    """What the last campaign with the action brought: in words, as numbers, and which campaign it was."""
    found = action.measured
    if found is None:
        return (None,) * 5
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    return texts.measured_text(found, currency), found.value, found.low, found.high, found.campaign


def _sentence(profile: SegmentProfile, outcome: Outcome) -> str:
    with texts.speaking(outcome.locale):
        return texts.segment_sentence(profile)


def _action_label(action: Action, outcome: Outcome) -> str:
    with texts.speaking(outcome.locale):
        return texts.action_label(action)


def _suggestion(action: Action, outcome: Outcome) -> str:
    """What to do, and whether a campaign has measured it."""
    if action.measured is None:
        return f"Idea, not proven yet: {_action_text(action, outcome)}"
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    with texts.speaking(outcome.locale):
        return f"{_action_text(action, outcome)} {texts.measured_sentence(action.measured, currency)}"


def _action_text(action: Action, outcome: Outcome) -> str:
    with texts.speaking(outcome.locale):
        return texts.action_text(action)


def k_selection_frame(selection: KSelection) -> pd.DataFrame:
    """`k_rows` as a frame, indexed by k; what was asked for, its price and a note in `attrs`."""
    import pandas as pd

    frame = pd.DataFrame(k_rows(selection)).set_index("k")
    frame.attrs |= {
        "asked": texts.explain_asked_k(selection.asked),
        "price": texts.explain_cost_of_k(selection),
        "note": texts.explain_kept_k(selection),
    }
    return frame


def k_rows(selection: KSelection) -> list[dict[str, Any]]:
    """One row per number of segments: k, its evidence, what it explains more than the k before (`adds`), the choice."""
    rows = []
    foresees = any(evidence.explains_future_spend is not None for evidence in selection.evidence)
    for evidence in selection.evidence:
        row: dict[str, Any] = {}
        for name, value in asdict(evidence).items():
            if name.startswith("explains_future_spend") and not foresees:
                continue  # without orders there is no such column
            row[name] = value
            if name == "refused":
                row |= {
                    "refused": evidence.refused.code if evidence.refused else "",
                    "why_not": texts.explain_refused_k(evidence.refused),
                    "judgment": texts.judge_number(evidence, selection)[1],
                }
            if name == "explained":
                row["adds"] = selection.adds.get(evidence.k)
        rows.append(row | {"chosen": evidence.k == selection.k})
    return rows


def findings_frame(found: tuple[Finding, ...]) -> pd.DataFrame:
    """`finding_rows` as a frame."""
    import pandas as pd

    return pd.DataFrame(finding_rows(found), columns=list(FINDING))


def finding_rows(found: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """One row per finding; examples as "row 12: -5"."""
    rows = []
    for finding in found:
        row = finding_record(finding)
        row["examples"] = "; ".join(f"row {number}: {text}" for number, text in finding.examples)
        rows.append(row)
    return rows


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as JSON values: its code and values, and its sentences for whoever reads them."""
    said = texts.finding_message(finding), texts.finding_rule(finding), texts.finding_cure(finding)
    return asdict(finding) | dict(zip(("message", "rule", "cure"), said, strict=True))


def differences_frame(found: Sequence[Difference]) -> pd.DataFrame:
    """Two groups held against each other, what differs most first."""
    import pandas as pd

    names = [field.name for field in fields(Difference)]
    return pd.DataFrame([asdict(entry) for entry in found], columns=names)


def other_number_frame(found: OtherNumber) -> pd.DataFrame:
    """`other_number_rows` as a frame."""
    import pandas as pd

    return pd.DataFrame(other_number_rows(found))


def other_number_rows(found: OtherNumber) -> list[dict[str, Any]]:
    """One row per segment of another number of them."""
    return [{name: value for name, value in asdict(one).items() if name != "color"} for one in found.segments]


def audience_columns(summaries: Sequence[ColumnSummary], described: Mapping[str, Column]) -> pd.DataFrame:
    """What conditions may ask for: name, kind, values, missing, meaning."""
    import pandas as pd

    rows = [
        {
            "name": column.name,
            "kind": texts.column_kind(column),
            "values": texts.column_values(column),
            "missing": column.missing,
            "meaning": texts.column_meaning(column, described),
        }
        for column in summaries
    ]
    return pd.DataFrame(rows, columns=["name", "kind", "values", "missing", "meaning"])


def rules_frame(rule_set: RuleSet, features: Sequence[FeaturePreparation], names: Mapping[int, str]) -> pd.DataFrame:
    """The rules of segments with how often they are right."""
    import pandas as pd

    rows = [
        {
            "segment": of.segment,
            "name": names[of.segment],
            "rule": texts.rule_sentence(rule, features, names),
            "customers": rule.customers,
            "right": rule.right,
            "precision": of.precision,
            "coverage": of.coverage,
        }
        for of in rule_set.segments
        for rule in of.rules
    ]
    frame = pd.DataFrame(rows, columns=["segment", "name", "rule", "customers", "right", "precision", "coverage"])
    frame.attrs |= {
        "fidelity": rule_set.fidelity,
        "cost": rule_set.cost,
        "held_out": rule_set.held_out,
        "learned": rule_set.learned,
    }
    return frame


def audience_name(audience: PlannedAudience, names: Mapping[int, str]) -> str:
    """Whom a planned campaign is for: the segment and the action as reports call it, or all together."""
    action = audience.action_label or audience.action_code
    if audience.segment is None:
        return action or texts.translate("All together")
    called = f"{audience.segment} {names.get(audience.segment, '')}".rstrip()
    return f"{called}, {action}" if action else called


def campaign_plan_frame(plan: CampaignPlan, names: Mapping[int, str]) -> pd.DataFrame:
    """One row per audience and size of the control group: what such customers do without it, and which rise shows."""
    import pandas as pd

    audiences = (*([plan.together] if plan.together else []), *plan.audiences)
    return pd.DataFrame(
        [
            {
                "audience": audience_name(audience, names),
                "segment": audience.segment,
                "action": audience.action_label,
                "action_code": audience.action_code,
                "customers": audience.customers,
                "days": audience.days or plan.days,
                "base_rate": audience.base_rate,
                "base_spend": audience.base_spend,
                "base_spend_sd": audience.base_spend_sd,
                "control_share": size.share,
                "control_customers": size.customers,
                "detectable_rise": size.buyers_lift,
                "detectable_spend": size.spend_lift,
                "suggested": size.share == audience.share and not audience.advice,
                "decides": audience.measure,
                "advice": audience.advice,
            }
            for audience in audiences
            for size in audience.sizes
        ]
    )


def campaign_results_frame(results: CampaignResults) -> pd.DataFrame:
    """`campaign_rows` as a frame."""
    import pandas as pd

    return pd.DataFrame(campaign_rows(results))


def campaign_rows(results: CampaignResults) -> list[dict[str, Any]]:
    """One row for all customers, then one per segment: what both groups did, the differences and their intervals."""
    names = dict(results.campaign.segments)
    rows: list[dict[str, Any]] = []
    for part in results.parts:
        row: dict[str, Any] = {
            "segment": part.segment,
            "name": texts.translate("All customers") if part.segment is None else names.get(part.segment, ""),
        }
        for group, did in (("contact", part.contact), ("control", part.control)):
            row |= {f"{group}_{field}": value for field, value in asdict(did).items()}
        for measure, effect in (("buyers", part.buyers), ("revenue", part.revenue)):
            for field in ("value", "low", "high"):
                row[f"{measure}_{'difference' if field == 'value' else field}"] = (
                    None if effect is None else getattr(effect, field)
                )
            row[f"{measure}_adjusted"] = None if effect is None else effect.adjusted
        measure = results.campaign.measure
        rows.append(row | {f"{one}_shown": part.holds(one, measure) for one in ("buyers", "revenue")})
    return rows
