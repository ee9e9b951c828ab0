"""Records as pandas frames: the same columns in Python, in the files of a run and in the workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from clustera.records import Comparison, Finding, KSelection, Outcome


def segments(outcome: Outcome, names: Mapping[int, str] | None = None) -> pd.DataFrame:
    """One row per segment: who they are, how sure that is, what to try; means, medians and indices per feature."""
    renamed = names or {}
    rows: list[dict[str, Any]] = []
    for profile in outcome.segments:
        row: dict[str, Any] = {
            "segment": profile.segment,
            "name": renamed.get(profile.segment, profile.name),
            "customers": profile.size,
            "share": profile.share,
            "outliers": profile.outliers,
            "sentence": profile.sentence,
            "trust": profile.trust.statement,
            "jaccard": profile.trust.jaccard,
            "valley": profile.trust.valley,
            "borderline": profile.trust.borderline,
            "action": profile.action.kind,
            "suggestion": f"Hypothesis, test first: {profile.action.text}",
        }
        for feature in profile.features:
            row[f"{feature.feature}: mean"] = feature.mean
            row[f"{feature.feature}: median"] = feature.median
            row[f"{feature.feature}: centre"] = feature.centre
            row[f"{feature.feature}: index"] = feature.index
        rows.append(row)
    return pd.DataFrame(rows)


def k_selection(selection: KSelection) -> pd.DataFrame:
    """Every k with its evidence, indexed by k; `adds` is what it explains more than the k before."""
    frame = pd.DataFrame([asdict(evidence) for evidence in selection.evidence]).set_index("k")
    frame.insert(frame.columns.get_loc("explained") + 1, "adds", pd.Series(selection.adds))
    frame["chosen"] = frame.index == selection.k
    frame.attrs |= {"asked": selection.asked, "price": selection.price}
    return frame


def findings(found: tuple[Finding, ...]) -> pd.DataFrame:
    """One row per finding; examples as "row 12: -5"."""
    columns = ["severity", "code", "column", "count", "share", "message", "rule", "cure", "examples"]
    rows = []
    for finding in found:
        row = asdict(finding)
        row["examples"] = "; ".join(f"row {number}: {text}" for number, text in finding.examples)
        rows.append(row)
    return pd.DataFrame(rows, columns=columns)


def moves(comparison: Comparison) -> pd.DataFrame:
    """Customers who are in a segment before (rows) and after (columns)."""
    table = pd.DataFrame(
        [(move.before, move.after, move.count) for move in comparison.moves], columns=["before", "after", "customers"]
    )
    table["name before"] = table["before"].map(comparison.names_before)
    table["name after"] = table["after"].map(comparison.names_after)
    return table[["before", "name before", "after", "name after", "customers"]]
