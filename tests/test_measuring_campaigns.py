"""`clustera.measure_campaign` and `clustera campaign results --assignments`: what is refused, and what is told."""

from __future__ import annotations

import pandas as pd
import pytest
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


def test_ids_that_a_frame_with_gaps_wrote_as_1001_0_are_those_of_the_groups(tmp_path):
    floats = OUTCOMES.assign(customer=OUTCOMES["customer"].astype(float))
    floats.to_csv(tmp_path / "outcomes.csv", index=False)
    GROUPS.astype({"customer": float}).to_csv(tmp_path / "groups.csv", index=False)
    for groups, outcomes in ((GROUPS, tmp_path / "outcomes.csv"), (tmp_path / "groups.csv", OUTCOMES)):
        assert measured(groups, outcomes, share=0.3).record == measured(share=0.3).record


@pytest.mark.parametrize("share", [50, 30, 3, 1, 0, -0.3, "30", "130%"])
def test_a_share_that_is_none_is_refused_and_not_left_unchecked(share):
    with pytest.raises(clustera.InputError, match="it must be more than none and less than all") as error:
        measured(share=share)
    assert error.value.hint == "10% is usual: share=0.1"
    with pytest.raises(clustera.InputError, match="it must be more than none and less than all"):
        clustera.measure_uplift(GROUPS.assign(outcome=1, visits=2), randomized=True, share=share)


def test_a_share_may_be_written_in_percent():
    assert measured(share="30%").record == measured(share=0.3).record
    assert measured(share="50%").decision == "groups differ"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"contact_cost": -5}, "A contact costs -5; it must be 0 or more."),
        ({"discounts": -300}, "The discounts cost -300; it must be 0 or more."),
        ({"margin": 40}, "The margin is 40; it is the share of sales that is profit, such as 0.3."),
    ],
)
def test_costs_and_margins_that_no_campaign_has_are_refused(terms, message):
    with pytest.raises(clustera.InputError) as error:
        measured(**terms)
    assert error.value.message == message


def test_files_of_which_orders_may_be_missing_are_told_with_what_a_campaign_brought(tmp_path):
    orders = pd.DataFrame({
        "order_id": range(2_400),
        "customer": [number % 1_500 for number in range(2_400)],
        "date": pd.date_range("2024-04-01", "2024-06-10", periods=2_400).strftime("%Y-%m-%d"),
        "amount": 20.0,
    })  # fmt: skip
    logs = tmp_path / "logs"
    logs.mkdir()
    orders.iloc[:1_600].to_parquet(logs / "may.parquet")
    orders.iloc[1_600:].to_csv(logs / "june.csv", index=False)
    found = clustera.measure_campaign(GROUPS, str(logs), **TERMS)
    (told,) = [line for line in found.sentences() if "june.csv" in line]
    assert "not read" in told
    GROUPS.to_csv(tmp_path / "groups.csv", index=False)
    words = ["campaign", "results", "--assignments", tmp_path / "groups.csv", "--orders", logs]
    words += ["--day", "2024-05-01", "--days", "30", "--randomized"]
    assert told in " ".join(CliRunner().invoke(app, [str(word) for word in words]).output.split())
    whole = clustera.measure_campaign(GROUPS, [str(logs / "may.parquet"), str(logs / "june.csv")], **TERMS)
    assert not whole.record.lost_files


def test_ids_that_lost_their_zeros_are_told_with_what_a_campaign_brought():
    # A spreadsheet writes 00417 as 417: what these customers bought counted as nothing, and only their number was told.
    ids = OUTCOMES["customer"].astype(str).str.zfill(4)
    groups, outcomes = GROUPS.assign(customer=ids), OUTCOMES.assign(outcome=[3, 0, 0, 0, 0] * 400)
    bought = OUTCOMES[(OUTCOMES["outcome"] > 0) & (OUTCOMES["customer"] > 0)].assign(date="2024-05-03", amount=3.0)
    last = pd.DataFrame({"customer": [1999], "date": ["2024-06-02"], "amount": [3.0]})
    log = pd.concat([bought.drop(columns="outcome"), last])
    told = " What they bought is not counted: write ids as in the groups."
    by_table = measured(groups, outcomes, share=0.3)
    said = "1,000 of 2,000 customers (50%) seem to be in the groups under another id, such as 0000 for 0."
    assert said + told in by_table.sentences()
    by_log = clustera.measure_campaign(groups, log, **TERMS)
    # Both ids of the example are of one customer, though 10 comes before 5 as a text.
    said = "199 of 400 customers (50%) seem to be in the groups under another id, such as 0010 for 10."
    assert said + told in by_log.sentences()
    assert not any("another id" in text for text in measured(share=0.3).sentences())


def test_others_who_bought_are_told_without_money_where_a_table_says_yes_or_no():
    found = measured(GROUPS.iloc[:1900], share=0.3)
    assert "20 other customers bought in these days; they are in neither group." in found.sentences()
