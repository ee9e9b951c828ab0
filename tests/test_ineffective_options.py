"""No option of a command is accepted and ignored."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import clustera
from clustera import cli
from clustera.cli import app
from clustera.cli.ineffective import NEVER_WITH, ONLY_WITH
from clustera.errors import InputError


def commands(command, path=()):
    """Every command below one, by its path."""
    below = getattr(command, "commands", {})
    found = {key: one for name, sub in below.items() for key, one in commands(sub, (*path, name)).items()}
    return found or {" ".join(path): command}


REFUSED_BY_ITSELF = {"audience count"}  # with a sentence of its own, see tests/audiences
COMMANDS = commands(typer.main.get_command(app))


def parameter(command, name):
    return next(one for one in COMMANDS[command].params if one.name == name)


def given(command, name):
    """The words that give an option, or an argument, some value."""
    one = parameter(command, name)
    if one.param_type_name == "argument":
        return ["1"]
    value = "2024-01-31" if one.metavar == "YYYY-MM-DD" else "1"
    return [(one.secondary_opts or one.opts)[0]] if one.is_flag else [one.opts[0], value]


def required(command, *but):
    """The words that a command can't do without."""
    return [
        word
        for one in COMMANDS[command].params
        if one.required and one.name not in but
        for word in given(command, one.name)
    ]


@pytest.mark.parametrize(("command", "option"), [(c, o) for c, options in ONLY_WITH.items() for o in options])
def test_an_option_is_refused_without_what_it_needs(command, option):
    words = [*command.split(), *required(command), *given(command, option)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 3, result.output
    assert "does nothing without" in result.output


@pytest.mark.parametrize(("command", "option"), [(c, o) for c, options in NEVER_WITH.items() for o in options])
def test_an_option_is_refused_beside_what_makes_it_useless(command, option):
    (other,) = NEVER_WITH[command][option]
    words = [*command.split(), *required(command), *given(command, option), *given(command, other)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 3, result.output
    assert "does nothing beside" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_what_help_says_of_an_option_is_what_is_refused(command):
    for one in COMMANDS[command].params:
        found = re.match(r"With (--[\w-]+):", getattr(one, "help", None) or "")
        if found and command not in REFUSED_BY_ITSELF:
            needed = set(ONLY_WITH[command][one.name])
            assert found[1] in {opt for name in needed for opt in parameter(command, name).opts}


def test_every_command_reads_all_its_parameters():
    unread = {}
    for file in Path(cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any("command" in ast.dump(one) for one in node.decorator_list):
                names = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
                read = {one.id for line in node.body for one in ast.walk(line) if isinstance(one, ast.Name)}
                unread |= {f"{node.name} {name}": file.name for name in names - read}
    assert not unread


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_that_counts_once_is_refused_twice(command):
    for one in COMMANDS[command].params:
        if one.param_type_name == "option" and not (one.is_flag or one.multiple or one.name in {"help", "pdf"}):
            result = CliRunner().invoke(app, [*command.split(), *2 * given(command, one.name)])
            assert result.exit_code == 3, result.output
            assert f"{one.opts[0]} is given 2 times; only one can count." in result.output


def test_a_folder_where_no_argument_is_taken_is_that_of_the_runs(tmp_path):
    told = CliRunner().invoke(app, ["serve", str(tmp_path)])
    assert told.exit_code == 3
    assert f"--runs {tmp_path}" in "".join(told.output.split("\n"))


def test_a_pattern_that_the_shell_replaced_is_refused_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = "customer,date,amount\n" + "".join(f"{c},2024-01-{d:02},5\n" for c in range(9) for d in (1, 2, 3))
    for name in ("a.csv", "b.csv", "c.csv"):
        Path(name).write_text(line, encoding="utf-8")
    three = CliRunner().invoke(app, ["segment", "--orders", "a.csv", "b.csv", "c.csv"])
    assert three.exit_code == 3
    assert "--orders '*.csv'" in three.output
    two = CliRunner().invoke(app, ["segment", "--orders", "a.csv", "b.csv"])
    assert two.exit_code == 3
    assert "b.csv is given as the customer table, but has the same columns as a.csv" in two.output
    Path("d.csv").write_text(line.replace("amount", "total"), encoding="utf-8")
    other = CliRunner().invoke(app, ["segment", "--orders", "a.csv", "d.csv"])
    assert "d.csv is given as the customer table, but has several orders of the same customers" in other.output


@pytest.fixture(scope="module")
def seg():
    draw = np.random.default_rng(5)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(60)], "spend": draw.lognormal(3, 1, 60).round(2)})
    with clustera.segment(table.assign(visits=draw.poisson(5, 60)), id="id", k=2, progress=False, threads=1) as made:
        yield made


LATER = pd.DataFrame({"id": ["a"], "number": ["b"], "spend": [20.0], "visits": [4]})


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"exclude": "spend"}, "exclude does nothing here: the columns"),
        ({"k": 4}, "k does nothing here"),
        ({"title": "x"}, "title does nothing here"),
        ({"customer": "id"}, "customer does nothing here: it is for a log of orders"),
        ({"keep": "sentinel,near-duplicate"}, "keep=near-duplicate does nothing here"),
        ({"id": "nope"}, "no column 'nope'"),
    ],
)
def test_an_option_that_changes_no_assignment_is_refused(seg, asked, told):
    with pytest.raises(InputError, match=re.escape(told)):
        seg.predict(LATER, **asked)


def test_the_id_of_a_later_table_may_have_another_name(seg):
    assert seg.predict(LATER)["id"].tolist() == ["a"]
    assert seg.predict(LATER, id="number", dates="dmy", threads=1)["id"].tolist() == ["b"]
    assert seg.predict(LATER.drop(columns="id"), id="number")["id"].tolist() == ["b"]


def test_predict_tells_a_feature_that_nobody_has_a_value_of(seg):
    later = pd.DataFrame({"id": list("abcde"), "spend": [20.0, 30, 5, 60, 25], "visits": [None] * 5})
    seg.predict(later[:2])  # a value that is missing here and there is no missing feature
    with pytest.warns(UserWarning, match=r"^Visits has no value in 5 of 5 rows .*with the median of the run"):
        found = seg.predict(later)
    assert any(said.startswith("Visits has no value") for said in found.attrs["findings"])
    assert (
        found["segment"].tolist()
        == seg.predict(later.assign(visits=seg.outcome.preparation.features[1].fill))["segment"].tolist()
    )


KEPT = {
    "unskew": False, "outliers": False, "weights": {"spend": 2}, "min_size": "5%", "k_max": 5, "choose_by": "evidence",
    "descriptors": "visits", "exclude": "visits", "keep": "noise-feature",
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(5)
    found = pd.DataFrame({"id": [f"c{i}" for i in range(60)], "spend": draw.lognormal(3, 1, 60).round(2)})
    return found.assign(visits=draw.poisson(5, 60))


@pytest.mark.parametrize("name", KEPT)
def test_an_option_of_the_drawing_is_refused_where_definitions_are_kept(seg, table, name):
    with pytest.raises(InputError, match="does nothing here: the definitions of the earlier run are kept"):
        clustera.segment(table, like=seg, progress=False, **{name: KEPT[name]})


def test_the_refused_options_would_change_nothing(seg, table, tmp_path):
    # A settings file may hold them, as other runs use it; so what they would do can be seen.
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in KEPT.items() if name != "weights"]
    (tmp_path / "clustera.toml").write_text("".join([*lines, "weights = {spend = 2}\n"]))
    with (
        clustera.segment(table, like=seg, settings=tmp_path / "clustera.toml", progress=False) as one,
        clustera.segment(table, like=seg, progress=False) as other,
    ):
        pd.testing.assert_frame_equal(one.customers, other.customers)
        pd.testing.assert_frame_equal(one.segments, other.segments)


@pytest.mark.parametrize("given", [{"amount": "spend"}, {"keep_orders": True}, {"products": LATER}, {"redraw": True}])
def test_an_option_that_needs_orders_or_an_earlier_run_is_refused_without(table, given):
    with pytest.raises(InputError, match="does nothing"):
        clustera.segment(table, progress=False, **given)
