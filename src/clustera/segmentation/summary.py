"""A segmentation as JSON values: the same from the command, from Python and from the service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from clustera import frames, texts
from clustera.days import to_date
from clustera.records import Action, Campaign, CampaignPlan, CampaignResults, OtherNumber, UpliftResults
from clustera.segmentation.segmentation import Segmentation
from clustera.store import CustomerPage, Run


def segmentation_summary(seg: Segmentation) -> dict[str, Any]:
    """A segmentation as JSON values."""
    outcome = seg.outcome
    with texts.speaking(outcome.locale):
        sentences = {p.segment: texts.segment_sentence(p) for p in outcome.segments}
    return {
        "k": seg.k,
        "verdict": seg.verdict,
        "reason": seg.reason,
        "note": texts.explain_kept_k(outcome.selection),
        "price": texts.explain_cost_of_k(outcome.selection),
        "because": [asdict(reason) for reason in outcome.selection.because],
        "balance": asdict(outcome.balance),
        **({"money": asdict(outcome.behavior.money)} if outcome.behavior else {}),
        "outliers": outcome.preparation.outliers,
        "segments": [
            {
                "segment": p.segment,
                "name": seg.names[p.segment],
                "customers": p.size,
                "share": p.share,
                "sentence": sentences[p.segment],
                "trust": p.trust.statement,
                "actions": [_action_values(action) for action in outcome.actions if action.segment == p.segment],
                "means": {f.feature: f.mean for f in p.features},
            }
            for p in outcome.segments
        ],
        **({"value": asdict(outcome.value.total)} if outcome.value else {}),
        **({"forecast_check": asdict(outcome.forecast_check)} if outcome.forecast_check else {}),
        "findings": list(map(frames.finding_record, outcome.findings)),
    }


def other_number_summary(found: OtherNumber) -> dict[str, Any]:
    """Another number of segments as JSON values: the segments, what was measured, and from where to where customers would go."""
    return {
        "k": found.k,
        "evidence": asdict(found.evidence) if found.evidence else None,
        "segments": frames.other_number_rows(found),
        "moves": [asdict(move) for move in found.moves.moves],
    }


def _action_values(action: Action) -> dict[str, Any]:
    """An action as JSON values; `action` and `action_code` are those of customers.csv and actions.csv."""
    known = asdict(action)
    del known["kind"], known["label"]
    return {"action": texts.action_label(action), "action_code": known.pop("rule"), **known}


def run_summary(run: Run) -> dict[str, Any]:
    """A run as JSON values, without opening more of it than its manifest."""
    manifest = run.manifest
    return {
        "run": run.name,
        "source": asdict(manifest.source),
        "k": manifest.k,
        "verdict": manifest.verdict,
        "balance": asdict(manifest.balance),
    }


def customers_summary(page: CustomerPage) -> dict[str, Any]:
    """A page of customers as JSON values: each with the columns of customers.parquet, and "values"."""
    rows = [customer | {"values": values} for customer, values in zip(page.customers, page.values, strict=True)]
    return {"customers": plain_json(rows), "matching": page.matching, "after": page.after, "left_out": page.left_out}


def campaign_values(record: Campaign | CampaignPlan | CampaignResults | UpliftResults) -> dict[str, Any]:
    """The record of a campaign, of its plan or of what it brought as JSON values; each day as it is asked for: 2026-11-29."""

    def dated(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: to_date(item).isoformat() if key == "day" and type(item) is int else dated(item)
                for key, item in value.items()
            }
        return [dated(item) for item in value] if isinstance(value, (list, tuple)) else value

    found: Any = dated(asdict(record))
    return dict(found)


def plain_json(value: object) -> Any:  # noqa: ANN401 - a JSON value
    """A value as JSON has it: dates as text, what is no number as null."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value
