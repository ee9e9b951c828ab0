"""Rules for segments: their figures are those of the exported query, run on held-out customers."""

import json
import re
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera import export, texts
from clustera.cli import app
from clustera.errors import InputError
from clustera.profile import learn_rules
from clustera.profile.rules import MOVED, round_border


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(7)
    n = 900
    table = pd.DataFrame({"id": [f"c{i}" for i in range(n)], "age": draw.normal(40, 12, n).round()})
    table['the "spend", net'] = draw.lognormal(3, 1.3, n).round(2)
    table.loc[::13, "age"] = np.nan
    folder = tmp_path_factory.mktemp("runs")
    asked = {"id": "id", "features": ["age", 'the "spend", net'], "k": 4, "progress": False, "threads": 1}
    with clustera.segment(table, **asked) as seg:
        seg.publish(folder, name="first")
    return folder, table, clustera.load("first", runs=folder)


@pytest.fixture(scope="module")
def held_out(run):
    """Segment by the run and by the exported query, of the customers whose key says so."""
    _, crm, seg = run
    text = seg.rules_sql(table="crm")
    found = duckdb.sql(text).df()
    both = found.merge(seg.customers[["id", "segment", "key"]], on="id", suffixes=("_ruled", ""))
    assert len(both) == len(crm) == 900
    return both[both["key"].astype("uint64") % 10 >= 7]


def test_fidelity_and_cost_are_those_of_the_exported_query(run, held_out):
    rules = run[2].rules()
    right = (held_out.segment_ruled == held_out.segment).mean()
    assert rules.attrs["held_out"] == len(held_out) > 200
    assert rules.attrs["fidelity"] == pytest.approx(right)
    assert rules.attrs["cost"] == pytest.approx(1 - right)
    assert 0.7 < right < 1
    assert f"{right:.1%} get the segment they have, {1 - right:.1%} would get another one" in run[2].rules_sql()


def test_precision_and_coverage_are_those_of_the_exported_query(run, held_out):
    for segment, rules in run[2].rules().groupby("segment"):
        found, there = held_out.segment_ruled == segment, held_out.segment == segment
        assert (rules.precision == (found & there).sum() / found.sum()).all()
        assert (rules.coverage == (found & there).sum() / there.sum()).all()


def test_each_line_of_the_query_tells_for_how_many_it_is_right(run, held_out):
    _, crm, seg = run
    tried = held_out.merge(crm, on="id")
    tried["age"] = tried["age"].fillna(crm["age"].median())
    lines = re.findall(r"when (.*) then (\d) -- .*: right for ([\d,]+) of ([\d,]+)", seg.rules_sql())
    assert len(lines) == len(seg.rules())
    for test, segment, right, customers in lines:
        holds = duckdb.sql(f"select * from tried where {test}").df()
        assert (len(holds), (holds.segment == int(segment)).sum()) == (int(customers), int(right))


def test_a_missing_value_counts_as_what_stands_in_for_it_in_the_segments(run):
    _, crm, seg = run
    fill = seg.outcome.preparation.features[0].fill
    asked = pd.concat([crm.assign(age=np.nan), crm.assign(age=fill)])
    found = duckdb.sql(seg.rules_sql(table="asked")).df()
    assert len(found) == len(asked)
    assert (found.groupby("id").segment.nunique() == 1).all()
    assert found.segment.nunique() > 1


def test_sqlite_gives_the_same_segments(run):
    _, table, seg = run
    with sqlite3.connect(":memory:") as connection:
        table.to_sql("customers", connection, index=False)
        found = dict(row[:2] for row in connection.execute(seg.rules_sql(dialect="sqlite")))
    connection.close()
    customers = table
    expected = duckdb.sql(seg.rules_sql()).fetchall()
    assert len(customers) == len(expected)
    assert found == {row[0]: row[1] for row in expected}


def test_postgresql_gives_the_same_segments(run, postgres):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    _, crm, seg = run
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute('create table crm (id text, age double precision, "the ""spend"", net" double precision)')
        cells = crm.astype(object).where(crm.notna(), None).to_numpy().tolist()
        cursor.executemany("insert into crm values (%s, %s, %s)", cells)
        cursor.execute(seg.rules_sql(dialect="postgres", table="crm"))
        found = {row[0]: row[-2:] for row in cursor.fetchall()}
    assert len(crm) == len(found)
    expected = duckdb.sql(seg.rules_sql(table="crm")).fetchall()
    assert found == {row[0]: row[-2:] for row in expected}


@pytest.mark.parametrize("dialect", export.DIALECTS)
def test_every_dialect_is_one_that_its_parser_reads(run, dialect):
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    parsed = sqlglot.parse_one(run[2].rules_sql(dialect=dialect), read=dialect)
    assert parsed.named_selects == ["id", "segment", "segment_name"]


def test_sentences_tell_borders_to_the_last_decimal(run):
    seg = run[2]
    borders = re.findall(r">= ([\d.]+)", seg.rules_sql())
    told = " ".join(seg.rules()["rule"]).replace(",", "")
    assert borders
    assert all(re.search(rf"\b{re.escape(border)}\b", told) for border in borders)


def test_the_command_prints_the_rules_and_explain_without_a_customer_the_same(run):
    runs = ["--runs", str(run[0])]
    printed = CliRunner().invoke(app, ["rules", "first", *runs])
    assert printed.exit_code == 0, printed.output
    assert printed.output == CliRunner().invoke(app, ["explain", "first", *runs]).output
    for sentence in run[2].rules()["rule"]:
        assert " ".join(sentence.split()) in " ".join(printed.output.split())
    told = json.loads(CliRunner().invoke(app, ["rules", "first", "--json", *runs]).output)
    assert told["fidelity"] == run[2].rules().attrs["fidelity"]


def test_the_query_is_written_to_a_file_only_where_it_is_asked_for(run, tmp_path):
    target = tmp_path / "rules.sql"
    asked = ["rules", "first", "--runs", str(run[0]), "--output", str(target)]
    assert "Say --sql" in CliRunner().invoke(app, asked).output
    assert CliRunner().invoke(app, [*asked, "--sql"]).exit_code == 0
    assert target.read_text() == run[2].rules_sql()


def test_far_apart_groups_need_one_rule_each(blobs):
    with clustera.segment(blobs, features=["age", "income", "spending_score"], progress=False, threads=1) as seg:
        rules = seg.rules()
    assert rules.segment.is_unique
    assert rules.attrs["fidelity"] > 0.97


def test_a_few_customers_are_too_few_for_rules():
    draw = np.random.default_rng(1)
    table = pd.DataFrame(np.vstack([draw.normal(0, 1, (11, 2)), draw.normal(9, 1, (11, 2))]), columns=["a", "b"])
    with clustera.segment(table, features=["a", "b"], k=2, progress=False, threads=1) as seg, pytest.raises(InputError):
        seg.rules()


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(0, 58))
def test_a_round_border_moves_hardly_anybody(values, at):
    known = np.unique(values)
    if len(known) < 2:
        return
    border = (known[at % (len(known) - 1)] + known[at % (len(known) - 1) + 1]) / 2
    rounded = round_border(np.array(values), border)
    assert ((np.array(values) < rounded) != (np.array(values) <= border)).mean() <= MOVED


def test_exactly_one_rule_holds_for_each_customer():
    draw = np.random.default_rng(3)
    values = draw.normal(size=(3000, 3))
    segments = (values[:, 0] > 0) + 2 * (values[:, 1] + 0.3 * values[:, 2] > 0)
    rules = learn_rules(values, segments, ["a", "b", "c"])
    holds = np.zeros(len(values), dtype=int)
    for rule in rules:
        inside = np.ones(len(values), dtype=bool)
        for condition in rule.conditions:
            column = values[:, "abc".index(condition.feature)]
            inside &= column >= (-np.inf if condition.low is None else condition.low)
            inside &= column < (np.inf if condition.high is None else condition.high)
        holds += inside
    assert (holds == 1).all()
    assert {rule.segment for rule in rules} == {0, 1, 2, 3}


def test_one_segment_holds_every_customer():
    values = np.arange(40.0)[:, None]
    rules = learn_rules(values, np.ones(40, dtype=np.int64), ["a"])
    assert [rule.conditions for rule in rules] == [()]
    assert texts.conditions_text(rules[0], ()) == "Every customer"


def test_columns_called_as_the_cells_of_the_query_are_read():
    draw = np.random.default_rng(4)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(90)], "kept_1": np.repeat([10.0, 50.0, 90.0], 30)})
    table["kept_1"] += draw.normal(0, 2, 90).round(2)
    with clustera.segment(table, id="id", k=3, progress=False, threads=1) as seg, duckdb.connect() as connection:
        connection.register("customers", table)
        assert len(connection.execute(seg.rules_sql()).fetchall()) == 90
