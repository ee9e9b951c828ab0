"""What a condition may ask for is listed with its values, and a name that means the same is offered."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(2)
    n = 120
    table = pd.DataFrame({"customer_id": [f"K{i}" for i in range(n)], "Amount spent": draw.lognormal(3, 1, n).round(2)})
    table["orders"] = draw.poisson(6, n)
    table["days_since_last_visit"] = draw.integers(1, 300, n)
    table["city"] = draw.choice([*"ABCDEFGH"], n)
    table["plan"] = draw.choice(["gold", "silver"], n)
    table.loc[:9, "Amount spent"] = np.nan
    folder = tmp_path_factory.mktemp("columns") / "runs"
    features = ["Amount spent", "orders", "days_since_last_visit"]
    with clustera.segment(table, features=features, k=2, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
    return folder, table, clustera.load("first", runs=folder)


def test_every_name_of_the_list_can_be_used_as_it_stands(run):
    _, _, seg = run
    columns = seg.audience_columns()
    for name, missing in zip(columns["name"], columns["missing"], strict=True):
        assert seg.audience(f"{name} is missing").count().customers == missing


def test_ranges_and_values_are_those_of_the_table(run):
    _, table, seg = run
    found = seg.audience_columns().set_index("name")
    assert found.loc["orders", "values"] == f"{table.orders.min()} to {table.orders.max()}"
    assert found.loc['"Amount spent"', "missing"] == 10
    assert found.loc["plan", "values"] == ", ".join(f'"{value}"' for value in table.plan.value_counts().index)
    assert found.loc["city", "values"].endswith(" and 5 more")
    assert found.loc["segment", "values"].count('"') == 2 * seg.k
    assert found.loc["orders", "meaning"] == "Orders."


def test_every_column_has_a_meaning(run):
    assert run[2].audience_columns()["meaning"].str.len().gt(3).all()


@pytest.fixture(scope="module")
def by_orders():
    """A run with all that is told of customers: value, stages, RFM, next orders, actions, categories, earlier segments."""
    draw = np.random.default_rng(3)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 800, 6_000), unit="D")
    log = pd.DataFrame(
        {"customer": draw.zipf(1.5, 6_000) % 300, "date": days, "amount": draw.lognormal(3, 1, 6_000).round(2)}
    )
    log["category"] = draw.choice(["tea", "coffee", "mugs"], 6_000)
    describing = pd.DataFrame(
        {"customer": range(300), 'the "city", id': draw.choice([*"ABC"], 300), "stage": draw.choice([*"XY"], 300)}
    )
    with clustera.segment(describing, orders=log, progress=False, threads=1) as seg:
        yield seg


def test_every_column_of_a_run_by_orders_has_a_meaning_of_its_own(by_orders):
    columns = by_orders.audience_columns()
    assert not columns[columns["meaning"].str.len() < 4].to_dict("records")
    said = columns.set_index("name")["meaning"]
    assert (
        said["sales_12_months"] == "Sales in the last 12 months, returns deducted; in a shorter log, all of its sales."
    )
    for name in ("churn_risk", "next_order", "rfm_group", "suggested_category", "segment_before", "feature.stage"):
        assert name in said
    assert any("city" in name and meaning == 'The "city", ID.' for name, meaning in said.items())


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("monetary", "Amount spent"),
        ("revenue", "Amount spent"),
        ("frequency", "orders"),
        ("purchaseCount", "orders"),
        ("recency", "days_since_last_visit"),
        ("last_order_days_ago", "days_since_last_visit"),
        ("citty", "city"),
    ],
)
def test_a_name_that_means_the_same_is_offered(run, asked, meant):
    with pytest.raises(InputError) as told:
        run[2].audience(f'"{asked}" > 3').count()
    assert told.value.hint.startswith(f"Did you mean {meant!r}?")


def test_the_command_lists_what_python_does(run):
    folder, _, seg = run
    asked = ["audience", "columns", "first", "--runs", str(folder)]
    assert json.loads(CliRunner().invoke(app, [*asked, "--json"]).output) == seg.audience_columns().to_dict("records")
    assert '"Amount spent"' in CliRunner().invoke(app, asked).output
