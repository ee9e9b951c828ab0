"""The same customers through every door: dry runs, databases and spellings give the same segments."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import duckdb
import pytest
import typer
from typer.testing import CliRunner

import clustera
from clustera import settings
from clustera.cli import app
from tests.dirty_files import base, corpus

SAME = {dirty.name: dirty for dirty in corpus()}
SOME = ["german export", "lines quoted whole", "sqlite", "a workbook"]


def said(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("doors")
    (place / "clean.csv").write_bytes(SAME["clean"].data)
    with duckdb.connect(str(place / "shop.duckdb")) as connection:
        connection.execute(f"create table customers as select * from read_csv('{place / 'clean.csv'}')")
        connection.execute("create table orders (id integer)")
    return place


@pytest.fixture(scope="module")
def clean(folder):
    return clustera.segment(folder / "clean.csv", k=3, progress=False, threads=1)


def segments(seg):
    return seg.customers[["id", "segment", "name"]].sort_values("id").to_numpy().tolist()


@pytest.mark.parametrize("name", SOME)
def test_a_table_spelled_differently_gives_the_same_segments(name, clean, tmp_path):
    path = tmp_path / "dirty"
    path.write_bytes(SAME[name].data)
    assert segments(clustera.segment(path, k=3, progress=False, threads=1)) == segments(clean)


def test_a_table_of_a_database_gives_the_same_segments(folder, clean):
    for source, options in (
        (f"duckdb:///{folder}/shop.duckdb?table=customers", {}),
        (folder / "shop.duckdb", {"query": "select * from customers where customer_id > 0"}),
    ):
        assert segments(clustera.segment(source, k=3, progress=False, threads=1, **options)) == segments(clean)


def test_check_only_prints_what_check_prints_and_writes_nothing(folder, tmp_path):
    only = said("segment", folder / "clean.csv", "--check-only", "--runs", tmp_path / "runs")
    assert (only.exit_code, only.output) == (0, said("check", folder / "clean.csv").output)
    assert "customer_id" in only.output
    assert not (tmp_path / "runs").exists()


def test_check_only_exits_by_severity(folder, tmp_path):
    path = tmp_path / "dirty.csv"
    path.write_bytes(SAME["age 127"].data)
    assert said("segment", path, "--check-only").exit_code == 0
    assert said("segment", path, "--check-only", "--strict").exit_code == 4
    answer = json.loads(said("segment", path, "--check-only", "--json").stdout)
    assert "impossible-values" in {finding["code"] for finding in answer["findings"]}


def test_check_only_takes_the_options_of_the_run(folder):
    output = said("segment", folder / "clean.csv", "--check-only", "--features", "income,score").output
    assert "you named other features" in output


def test_check_only_of_orders_shows_what_they_would_be_segmented_by(tmp_path):
    lines = [f"{n % 40},2024-{1 + n % 12:02d}-{1 + n % 28:02d},{n % 17 + 1}.50" for n in range(600)]
    (tmp_path / "orders.csv").write_text("customer_id,date,amount\n" + "\n".join(lines))
    output = said("segment", "--orders", tmp_path / "orders.csv", "--check-only").output
    assert "40 rows read = 40 can be used" in output


@pytest.mark.parametrize(("order", "last"), [("dmy", "2024-01-12"), ("mdy", "2024-12-01")])
def test_dates_says_which_number_is_the_day(tmp_path, order, last):
    table = [[*row, "12/01/2024" if n % 2 else "01/01/2024"] for n, row in enumerate(base())]
    table[0][-1] = "joined"
    path = tmp_path / "dates.csv"
    path.write_text("\n".join(map(",".join, table)))
    assert "--dates dmy or --dates mdy" in " ".join(said("check", path).output.split())
    told = said("check", path, "--dates", order).output
    assert "ambiguous-dates" not in told
    assert last in told  # the day up to which tenure is counted


def test_a_later_run_keeps_the_roles_of_the_first(folder, tmp_path):
    out = tmp_path / "runs"
    first = said(
        "segment", folder / "clean.csv", "--features", "income,score", "--k", "3", "--runs", out, "--name", "one"
    )
    assert first.exit_code == 0, first.output
    later = said("segment", folder / "clean.csv", "--like", "one", "--runs", out, "--name", "two", "--json")
    assert set(json.loads(later.stdout)["segments"][0]["means"]) == {"income", "score"}
    assert json.loads(said("compare", "one", "two", "--runs", out, "--json").stdout)["stayed"] == 1.0
    only = said("segment", folder / "clean.csv", "--like", "one", "--runs", out, "--check-only").output
    assert [line.split()[0] for line in only.splitlines() if line.split()[1:2] == ["feature"]] == ["income", "score"]


def test_predict_reads_a_table_of_a_database(folder, tmp_path):
    out = tmp_path / "runs"
    said("segment", folder / "clean.csv", "--k", "3", "--runs", out, "--name", "one")
    scored = ["--runs", out, "--output", tmp_path / "scored.csv", "--table", "customers"]
    told = said("predict", "one", folder / "shop.duckdb", *scored)
    assert "120 rows read = 120 assigned" in told.output


def flags_and_settings() -> set[tuple[str, str]]:
    """What messages within the steps tell people to type: (file, "--flag" or "--set name")."""
    found = set()
    for path in sorted(Path(clustera.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for setting, flag in re.findall(r"--set ([a-z_]+)=|(?<![\w-])(--[a-z][a-z-]+)", node.value):
                    found.add((path.name, f"--set {setting}" if setting else flag))
    return found


def test_no_message_names_a_flag_or_a_setting_that_is_not_there():
    command = typer.main.get_command(app)
    groups = [command, *(one for one in command.commands.values() if hasattr(one, "commands"))]
    commands = [*groups, *(one for group in groups for one in group.commands.values())]
    known = {name for one in commands for option in one.params for name in (*option.opts, *option.secondary_opts)}
    known |= {f"--set {name}" for name in settings.all_options()} | {"--help"}
    chromium = "browser.py"  # speaks to it in its own flags
    others = {
        ("connections.py", "--encoding"),
        ("connections.py", "--template"),
        ("database.py", "--upgrade"),
        ("database.py", "--format"),
        ("exports.py", "--select"),
    }  # of createdb, pip, pg_dump and dbt
    told = {(file, said) for file, said in flags_and_settings() if said not in known and file != chromium}
    assert told - others == set()
