"""An exported query gives the labels of `predict`, on every server there is to try."""

import math
import sqlite3

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import export
from clustera.errors import InputError, RunError
from clustera.pipeline import querying as module
from clustera.pipeline.assigning import predicted_labels
from clustera.store import Store
from tests.export.models import random_model, tried


def asked(execute, model, names, values, dialect):
    """The labels of another server, which is given the numbers as they are, NULL where missing."""
    spoken = export.dialect_of(dialect)
    columns = [spoken.identifier(f.name) for f in model.preparation.features]
    cells = ", ".join(f"{column} {spoken.double}" for column in columns)
    rows = [(i, *(None if math.isnan(v) else v for v in row)) for i, row in enumerate(values.tolist())]
    text = export.query(model, names, spoken, table="tried", keep=["row"])
    found = execute(f"create table tried ({spoken.identifier('row')} integer, {cells})", rows, text)
    return np.array([row[1] for row in sorted(found)])


def in_sqlite(create, rows, text):
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("select ln(2.0), exp(1.0)")
    except sqlite3.OperationalError:  # built without the functions of mathematics
        connection.create_function("ln", 1, math.log, deterministic=True)
        connection.create_function("exp", 1, math.exp, deterministic=True)
    connection.execute(create)
    connection.executemany(f"insert into tried values ({', '.join('?' * len(rows[0]))})", rows)
    found = connection.execute(text).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("seed", range(10))
def test_duckdb_and_sqlite_give_every_row_the_label_of_predict(seed):
    model, names = random_model(seed)
    values = tried(model, seed)
    expected = predicted_labels(model, values)
    assert len(set(expected.tolist())) > 1
    assert module.prove_query(model, names, None).differ == 0
    assert (asked(in_sqlite, model, names, values, "sqlite") == expected).all()


def test_of_equally_near_segments_the_first_of_the_model_wins():
    model, names = random_model(1, k=4)
    centers = (model.centers[0], model.centers[0], model.centers[2], model.centers[2])
    model = clustera.records.Model((), model.preparation, centers, model.segments, (), ())
    values = tried(model, 1)
    found = asked(in_sqlite, model, names, values, "sqlite")
    assert set(found.tolist()) == {model.segments[0], model.segments[2]}


@pytest.mark.parametrize("seed", [3, 4])
def test_postgresql_gives_every_row_the_label_of_predict(postgres, seed):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    model, names = random_model(seed)
    values = tried(model, seed)

    def execute(create, rows, text):
        with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
            cursor.execute("drop table if exists tried")
            cursor.execute(create)
            with cursor.copy("copy tried from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(text)
            found = cursor.fetchall()
            cursor.execute("drop table tried")
            return found

    assert (asked(execute, model, names, values, "postgres") == predicted_labels(model, values)).all()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(7)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(400)], "age": draw.normal(40, 12, 400).round()})
    table["spend"] = draw.lognormal(3, 1.3, 400).round(2)
    table.loc[::13, "spend"] = np.nan
    folder = tmp_path_factory.mktemp("runs")
    with clustera.segment(table, id="id", features=["age", "spend"], k=4, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
        return folder, table, seg.predict(table), seg.sql(dialect="sqlite", table="crm")


def test_the_query_of_a_run_gives_each_customer_the_segment_and_name_of_predict(run):
    _, table, predicted, text = run
    with sqlite3.connect(":memory:") as connection:
        table.to_sql("crm", connection, index=False)
        found = {row[0]: row[1:] for row in connection.execute(text)}
    connection.close()
    assert found == {row.id: (row.segment, row.name) for row in predicted.itertuples(index=False)}


def test_the_proof_stands_on_top_and_counts_the_runs_customers(run):
    assert "-- Proof: run by DuckDB on 400 customers of the run and " in run[3]
    assert "; 0 of " in run[3]


def test_the_command_writes_what_python_returns(run, tmp_path):
    from typer.testing import CliRunner

    from clustera.cli import app

    folder, *_, text = run
    target = tmp_path / "segments.sql"
    asked_for = [
        "sql",
        "first",
        "--dialect",
        "sqlite",
        "--table",
        "crm",
        "--output",
        str(target),
        "--runs",
        str(folder),
    ]
    result = CliRunner().invoke(app, asked_for)
    assert result.exit_code == 0, result.output
    written = target.read_text()
    assert written.split("\n", 1)[1] == text.split("\n", 1)[1]  # the first line names the run
    assert "0 of " in result.output
    assert Store(folder).open("first").name in written.split("\n", 1)[0]


def test_a_query_that_disagrees_is_refused_with_its_rows(monkeypatch):
    model, names = random_model(2, features=2, k=3)
    told = export.query
    monkeypatch.setattr(export, "query", lambda *a, **k: told(*a, **k).replace("coalesce(cast", "-coalesce(cast"))
    with pytest.raises(RunError, match=r"labels differ from predict.*by predict, \d+ by the query"):
        module.prove_query(model, names, None)


def test_an_unknown_dialect_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="duckdb, postgres, sqlite, mysql, spark, bigquery, snowflake"):
        export.dialect_of("postgresq")


@pytest.mark.parametrize("dialect", export.DIALECTS)
def test_every_dialect_is_one_that_its_parser_reads(dialect):
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    model, _ = random_model(6, features=3)
    names = {s: f"it's {s}" for s in model.segments}
    text = export.query(model, names, export.dialect_of(dialect), table="crm", keep=["id"])
    assert sqlglot.parse_one(text, read=dialect).named_selects == ["id", "segment", "segment_name"]


def test_how_cells_are_read_is_said_where_that_is_not_plain():
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "id": range(200),
            "birth_year": random.choice([1960, 1990], 200) + random.integers(0, 6, 200),
            "spend": random.choice([100, 900], 200) + random.normal(0, 30, 200).round(),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1500, 200), unit="D"),
            "age_group": random.choice(["18-24", "25-34", "35-44"], 200),
        }
    )
    with clustera.segment(table, k=3, progress=False) as seg:
        for text in (seg.sql(), seg.rules_sql()):
            assert "-- birth_year, joined: years and days are counted up to 20" in text
            assert "or up to the latest date in joined if that is later and not ahead." in text
            assert "-- age_group: a bracket that the run did not have is missing." in text
