"""`clustera.measure_campaign` and `clustera campaign results --assignments`: what is refused, and what is told."""

from __future__ import annotations

import pandas as pd
from typer.testing import CliRunner

import clustera
from clustera.cli import app

GROUPS = pd.DataFrame({"customer": range(2000), "group": ["control"] * 600 + ["contact"] * 1400})
OUTCOMES = pd.DataFrame({"customer": range(2000), "outcome": [1, 0, 0, 0, 0] * 400})
TERMS = {"day": "2024-05-01", "days": 30, "randomized": True}


def measured(groups=GROUPS, outcomes=OUTCOMES, **terms):
    return clustera.measure_campaign(groups, outcomes=outcomes, **TERMS | terms)


def test_outcomes_that_are_missing_from_one_group_are_told_by_python_and_the_command(tmp_path):
    found = measured(outcomes=OUTCOMES.iloc[300:], share=0.3)
    assert found.decision == "outcomes missing"
    assert "lacks 0% of those contacted and 50% of the control group" in found.sentences()[2]
    GROUPS.to_csv(tmp_path / "groups.csv", index=False)
    OUTCOMES.iloc[300:].to_csv(tmp_path / "outcomes.csv", index=False)
    words = ["campaign", "results", "--assignments", tmp_path / "groups.csv", "--outcomes", tmp_path / "outcomes.csv"]
    words += ["--day", "2024-05-01", "--days", "30", "--randomized", "--control", "30%"]
    printed = CliRunner().invoke(app, [str(word) for word in words]).output
    assert f"{found.sentences()[1]} {found.sentences()[2]}" in " ".join(printed.split())


def test_a_table_that_names_buyers_only_is_measured():
    buyers = OUTCOMES[(OUTCOMES["outcome"] > 0) & (OUTCOMES["customer"] >= 300)]
    assert measured(outcomes=buyers, share=0.3).decision == "works"
