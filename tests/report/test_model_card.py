"""The model card says what the run's records say, in the run's folder, on the method page and by the command."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(5)
    n = 300
    table = pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(n)],
            "age": draw.normal(45, 12, n).round(),
            "spend": draw.lognormal(4, 1, n).round(2),
            "visits": draw.poisson(6, n),
            "religion": draw.choice(["a", "b", "c"], n),
            "email": [f"c{i}@shop.example" for i in range(n)],
        }
    )
    table.loc[0, "customer_id"] = None
    folder = tmp_path_factory.mktemp("runs")
    path = folder.parent / "people_*_list.csv"
    table.to_csv(path, index=False)
    asked = {"features": ["age", "spend", "visits"], "k": 3, "weights": {"spend": 2.0}}
    with clustera.segment(path, progress=False, threads=1, seed=7, **asked) as seg:
        seg.publish(folder, name="first")
    return folder, clustera.load("first", runs=folder)


def part(card, title):
    return re.search(rf"## {title}\n\n(.*?)(\n\n|\Z)", card, re.DOTALL)[1]


def test_the_folder_and_the_command_hold_the_same_card(run, tmp_path):
    folder, seg = run
    written = (folder / "first" / "card.md").read_text(encoding="utf-8")
    assert written == seg.card()
    assert CliRunner().invoke(app, ["card", "first", "--runs", str(folder)]).output == written
    target = tmp_path / "card.md"
    said = CliRunner().invoke(app, ["card", "first", "--runs", str(folder), "--output", str(target)])
    assert said.exit_code == 0, said.output
    assert target.read_text(encoding="utf-8") == written


def test_every_line_stands_on_the_method_page(run):
    page = " ".join(html.unescape((run[0] / "first" / "method.html").read_text(encoding="utf-8")).split())
    lines = re.findall(r"^- (.*)$", run[1].card(), re.MULTILINE)
    assert len(lines) > 15
    for line in lines:
        assert re.sub(r"\\(.)", r"\1", line) in page


def test_the_counts_are_those_of_the_manifest(run):
    manifest = json.loads((run[0] / "first" / "manifest.json").read_text())
    card = run[1].card()
    assert manifest["balance"]["quarantined"] == 1
    assert "Rows read: 300; customers segmented: 299; rows left out: 1." in part(card, "Which data they come from")
    assert "random seed 7" in part(card, "How they were made")
    assert all(f"{name} {number}" in part(card, "Software versions") for name, number in manifest["versions"].items())


def test_sizes_and_close_calls_are_those_of_the_file_of_customers(run):
    customers = pd.read_csv(run[0] / "first" / "customers.csv")
    card = run[1].card()
    for name, own in customers.groupby("name"):
        assert f"- {name}: {len(own)} of {len(customers)} customers ({len(own) / len(customers):.0%})" in card
    assert f"- {customers.borderline.mean():.1%} of the customers are nearly as close to another segment." in card


def test_sensitive_columns_are_told_by_how_they_are_used(run):
    told = part(run[1].card(), "Age, gender and other sensitive columns")
    assert "Used to form the segments: Age." in told
    assert "Used only to describe them: Religion." in told
    assert "Personal data that is not used: Email" in part(run[1].card(), "Which data they come from")


def test_where_no_sensitive_column_forms_segments_the_card_says_so(blobs):
    table = blobs[["customer_id", "income", "spending_score"]]
    with clustera.segment(table, progress=False, threads=1) as seg:
        assert "No column that we know as sensitive forms the segments." in seg.card()


def test_nothing_of_the_data_becomes_markup(run):
    assert "Source: people\\_\\*\\_list.csv" in run[1].card()


def test_new_names_stand_in_the_card(run):
    folder, _ = run
    CliRunner().invoke(app, ["rename", "first", "1", "Quiet <b>savers</b>", "--runs", str(folder)])
    card = clustera.load("first", runs=folder).card()
    assert "- Quiet \\<b>savers\\</b>: " in card
    assert not re.search(r"&\w+;", card)
