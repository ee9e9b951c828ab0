"""`--output` of every command: what can't be written is told at once, with the exit code that says whose mistake it is."""

import importlib
import inspect
import json
import os
import re
import tempfile
import threading
from pathlib import Path
from pkgutil import iter_modules

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import segmentation, store
from clustera.cli import app
from tests.test_examples import own_methods
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
BY_ORDERS = {"offers", "recommend", "campaign results", "campaign uplift"}


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


@pytest.mark.parametrize("command", sorted(one for one in ASKED if not one.startswith("audience")))
def test_a_folder_that_is_not_allowed_is_told(shop, tmp_path, monkeypatch, command):
    words, kind = ASKED[command]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.W_OK):
        pytest.skip("this account may open everything")
    done = run_within_a_minute(shop, monkeypatch, [*command.split(), *words, "--output", str(closed / f"x{kind}")])
    assert done.exit_code in {5, 6}, done.output
    assert re.search("closed.*: Permission denied", done.output)


@pytest.mark.parametrize("command", [*ASKED, "sql --dbt", *sorted(BY_ORDERS)])
def test_a_folder_that_is_not_there_is_told_and_not_made(shop, monkeypatch, command):
    words, kind = ASKED.get(command, (["first"], ".csv"))
    words = {"offers": ["o.csv", "first"], "campaign uplift": ["first", "--orders", "o.csv"]}.get(command, words)
    option = [] if command == "sql --dbt" else ["--output"]
    done = run_within_a_minute(shop, monkeypatch, [*command.split(), *option, f"nowhere/at/all{kind}", *words])
    assert done.exit_code == 3, done.output
    assert "there is no folder nowhere/at." in done.output
    assert "mkdir -p nowhere/at" in done.output
    assert not (shop / "nowhere").exists()


# Each method that writes what a caller names, by that parameter. Those of offers, lists and measured campaigns need a log of
# orders; they end in the same functions of the store.
WRITERS = {
    "save": lambda seg, path: seg.save(path),
    "publish": lambda seg, path: seg.publish(path),
    "report": lambda seg, path: seg.report(path.with_suffix(".html")),
    "report, workbook": lambda seg, path: seg.report(path.with_suffix(".xlsx")),
    "write_sql": lambda seg, path: seg.write_sql(path.with_suffix(".sql")),
    "write_dbt": lambda seg, path: seg.write_dbt(path),
    "write_onnx": lambda seg, path: seg.write_onnx(path.with_suffix(".onnx")),
    "write_moved": lambda seg, path: seg.write_moved(seg, path.with_suffix(".csv")),
    "write_moved, folder": lambda seg, path: seg.write_moved(seg, path),
    "write": lambda seg, path: store.write_rows(rows_of(seg), path.with_suffix(".csv")),
    "write_upgrades": lambda seg, path: store.write_rows(rows_of(seg), path.with_suffix(".parquet")),
    "write_affinities": lambda _, path: store.write_table(path.with_suffix(".csv"), [{"a": 1}]),
}
FOLDERS = {"save", "publish", "write_dbt", "write_moved, folder"}


def rows_of(seg):
    return seg._listed.tables[0]


@pytest.fixture(scope="module")
def fresh(shop):
    options = {"id": "id", "features": ["spend", "visits"], "k": 2}
    with clustera.segment(shop / "later.csv", progress=False, threads=1, **options) as seg:
        yield seg


def test_every_method_that_writes_is_tried():
    modules = [
        importlib.import_module(f"clustera.segmentation.{one.name}") for one in iter_modules(segmentation.__path__)
    ]
    methods = [
        found
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind)
        for found in own_methods(kind)
    ]
    writing = {
        name
        for name, method in methods
        if name in {"save", "publish", "report"} or name.startswith("write")
        if method.__module__.startswith("clustera.segmentation.")
        if {"path", "project", "runs"} & inspect.signature(inspect.unwrap(method)).parameters.keys()
    }
    assert writing == {name.partition(",")[0] for name in WRITERS}


@pytest.mark.skipif(os.name == "nt", reason="needs limits on the size of files")
@pytest.mark.parametrize("method", sorted(set(WRITERS) - {"write_affinities"}))
def test_where_the_disk_is_full_a_method_says_so_and_leaves_what_was_there(fresh, tmp_path, monkeypatch, method):
    import resource

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    place = tmp_path / "named"
    if method not in FOLDERS:
        for kind in (".html", ".xlsx", ".sql", ".onnx", ".csv", ".parquet"):
            place.with_suffix(kind).write_text("from before")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, hard))  # bytes of one file; the shortest table has 80
    try:
        with pytest.raises(clustera.SetupError, match="Can't (write|open)|no room") as told:
            WRITERS[method](fresh, place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not re.search(r"exception_type|Errno|IO Error|partial", str(told.value))
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path not in before and path.name != ".lock"]


@pytest.mark.parametrize("method", WRITERS)
def test_a_method_makes_the_folder_that_it_is_given_and_never_what_that_lies_in(fresh, tmp_path, method):
    with pytest.raises(clustera.InputError, match="there is no folder .*nowhere.at"):
        WRITERS[method](fresh, tmp_path / "nowhere" / "at" / "all")
    assert not list(tmp_path.iterdir())
    if method in FOLDERS:
        WRITERS[method](fresh, tmp_path / "named")
        assert list((tmp_path / "named").iterdir())


@pytest.mark.parametrize("words", [["audience", "push", "nowhere/at/all"], ["audience", "push", "nowhere/all", "--members"],
                                   ["segment", "later.csv", "--runs", "nowhere/at/all"]])  # fmt: skip
def test_a_folder_that_a_command_names_is_made_and_never_what_it_lies_in(shop, monkeypatch, words):
    done = run_within_a_minute(shop, monkeypatch, words)
    assert (done.exit_code, done.output.count("there is no folder nowhere")) == (3, 1), done.output
    assert not (shop / "nowhere").exists()


def test_a_folder_of_definitions_is_made_where_its_place_is_there(shop, monkeypatch):
    done = run_within_a_minute(shop, monkeypatch, ["audience", "save", "Spenders", "spend > 0"])
    assert done.exit_code == 0, done.output
    done = run_within_a_minute(shop, monkeypatch, ["audience", "push", "definitions"])
    assert done.output.split() == ["Spenders.toml", "written"]
    assert (shop / "definitions" / "Spenders.toml").is_file()


def test_rules_as_sql_are_json_where_that_is_asked(shop, monkeypatch):
    done = run_within_a_minute(shop, monkeypatch, ["rules", "first", "--sql", "--json"])
    found = json.loads(done.output)
    assert found["sql"].startswith("-- Rules for the segments of the run first")
    assert round(found["fidelity"] + found["cost"], 9) == 1
    done = run_within_a_minute(shop, monkeypatch, ["rules", "first", "--sql", "--json", "--output", "r.sql"])
    assert json.loads(done.output)["file"] == "r.sql"
    assert (shop / "r.sql").read_text() == found["sql"]


def test_a_table_of_which_no_row_can_be_assigned_is_an_error_with_the_reasons(shop, monkeypatch):
    (shop / "none.csv").write_text("id,spend,visits\nc1,,\nc2,,\n,,\n")
    done = run_within_a_minute(shop, monkeypatch, ["predict", "first", "none.csv", "--output", "none-scored.csv"])
    assert done.exit_code == 3, done.output
    assert "No row of none.csv can be assigned to a segment." in done.output
    assert "1 row: The row has no id." in done.output
    assert not (shop / "none-scored.csv").exists()


def test_a_folder_that_is_no_dbt_project_is_told_with_what_comes_next(shop, monkeypatch):
    done = run_within_a_minute(shop, monkeypatch, ["sql", "first", "--dbt", "warehouse"])
    assert "warehouse is no dbt project: it has no dbt_project.yml" in " ".join(done.output.split())
    (shop / "warehouse" / "dbt_project.yml").write_text("name: shop\n")
    done = run_within_a_minute(shop, monkeypatch, ["sql", "first", "--dbt", "warehouse"])
    assert "Next, in warehouse: dbt build --select customer_segments" in done.output


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


def test_the_columns_of_ids_and_segments_are_called_as_the_docs_say(shop, monkeypatch, tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "analysts.md").read_text(encoding="utf-8")
    lines = page[page.index("| where | customer's id") :].split("\n\n")[0].splitlines()[2:]
    told = [[set(re.findall("`([^`]+)`", cell)) for cell in line.split("|")[1:5]] for line in lines]
    monkeypatch.chdir(shop)
    write = CliRunner().invoke
    listed = ["--for", "generic", "--contacts", "later.csv", "--run", "first", "--holdout", "10%"]
    assert write(app, ["predict", "first", "later.csv", "--output", str(tmp_path / "p.csv")]).exit_code == 0
    assert write(app, ["audience", "save", "Some", "spend > 5", "--run", "first"]).exit_code == 0
    assert write(app, ["audience", "export", "Some", *listed, "--output", str(tmp_path / "l.csv")]).exit_code == 0
    later = pd.read_csv("later.csv")
    query = clustera.load("first").sql(table="later")
    columns = {
        "customers.csv": pd.read_csv("runs/first/customers.csv"),
        "segments.csv": pd.read_csv("runs/first/segments.csv"),
        "quarantine.csv": pd.read_csv("runs/first/quarantine.csv"),
        "values.parquet": pd.read_parquet("runs/first/values.parquet"),
        "clustera predict": pd.read_csv(tmp_path / "p.csv"),
        "assignments.csv": pd.read_csv(tmp_path / "l.assignments.csv"),
        "left_out.csv": pd.read_csv(tmp_path / "l.left_out.csv"),
        "clustera sql": duckdb.sql(query).df(),
        "generic": pd.read_csv(tmp_path / "l.csv"),
    }
    assert len(later) == ROWS
    known = {"id", "name", "customer", "customer_id", "segment", "segment_name"}
    for file, frame in columns.items():
        (names,) = (set.union(*row[1:]) for row in told if file in row[0] | row[1])
        # A query gives the id column of the table, which is called "id" here.
        assert set(frame.columns) & known <= names | ({"id"} if file == "clustera sql" else set()), file
        assert set(frame.columns) & names, file
