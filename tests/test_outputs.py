"""`--output` of every command: what can't be written is told at once, with the exit code that says whose mistake it is."""

import threading

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from tests.test_ineffective_options import COMMANDS

ROWS = 60
# How each command with --output is asked, and which kind of file it writes.
ASKED = {
    "sql": (["first"], ".sql"),
    "onnx": (["first"], ".onnx"),
    "card": (["first"], ".md"),
    "rules": (["first", "--sql"], ".sql"),
    "predict": (["first", "later.csv"], ".csv"),
    "contract": (["later.csv"], ".toml"),
    "compare": (["first", "second"], ".csv"),
    "report": (["first"], ".html"),
    "audience export": (["spend > 0", "--for", "generic", "--contacts", "later.csv"], ".csv"),
    "audience members": (["Large"], ".csv"),
    "audience priority": (["Large"], ".csv"),
}
# They need a log of orders: their outputs go through the same functions.
BY_ORDERS = {"offers", "recommend", "campaign results"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    draw = np.random.default_rng(6)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(ROWS)], "spend": draw.lognormal(3, 1, ROWS).round(2)})
    table = table.assign(visits=draw.poisson(5, ROWS), email=table.id + "@shop.example", consent="yes")
    table.to_csv(folder / "later.csv", index=False)
    for name in ("first", "second"):
        options = {"id": "id", "features": ["spend", "visits"], "k": 2}
        with clustera.segment(table, progress=False, threads=1, **options) as seg:
            seg.publish(folder / "runs", name=name)
    return folder


def test_every_command_with_an_output_is_tried():
    having = {name for name, one in COMMANDS.items() if any("--output" in option.opts for option in one.params)}
    assert having == ASKED.keys() | BY_ORDERS


@pytest.mark.parametrize("command", ASKED)
def test_a_place_where_no_file_can_be_is_told_at_once(shop, monkeypatch, command):
    words, kind = ASKED[command]
    done = run_within_a_minute(shop, monkeypatch, [*command.split(), *words, "--output", f"/proc/x{kind}"])
    assert done.exit_code in {3, 5, 6}, done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", ASKED)
def test_a_wrong_ending_is_a_wrong_argument(shop, monkeypatch, command):
    words, _ = ASKED[command]
    done = run_within_a_minute(shop, monkeypatch, [*command.split(), *words, "--output", "x.foo"])
    assert done.exit_code == 3, done.output
    assert not (shop / "x.foo").exists()


def run_within_a_minute(folder, monkeypatch, words):
    monkeypatch.chdir(folder)
    found = []
    worker = threading.Thread(target=lambda: found.append(CliRunner().invoke(app, words)), daemon=True)
    worker.start()
    worker.join(60)
    assert found, "it waits"
    return found[0]


def test_no_output_takes_the_place_of_a_table_a_script_or_a_file_of_a_run(shop, tmp_path):
    runs = shop / "runs"
    table, script = tmp_path / "mine.csv", tmp_path / "mine.py"
    for path in (table, script):
        path.write_text("precious")
    for words in (("sql", "first"), ("card", "first"), ("rules", "first", "--sql")):
        for path in (table, script):
            done = CliRunner().invoke(app, [*words, "--runs", str(runs), "--output", str(path)])
            assert (done.exit_code, path.read_text()) == (3, "precious"), done.output
    model = runs / "first" / "model.json"
    before = model.read_bytes()
    for words in (
        ("sql", "first", "--output", str(model.with_name("x.sql"))),
        ("card", "first", "--output", str(model.with_name("x.md"))),
    ):
        done = CliRunner().invoke(app, [*words, "--runs", str(runs)])
        assert done.exit_code == 3
        assert "folder of a run" in done.output
    assert model.read_bytes() == before
    assert not list(model.parent.glob("x.*"))
