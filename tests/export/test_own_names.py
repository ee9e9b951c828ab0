"""An exported query reads columns under the names of their own table, whatever reading made of them."""

import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.export import dialect_of
from clustera.pipeline.table_names import renamed_columns, table_names
from clustera.read.held import own_names, unique_column_names
from clustera.records import Column, Source

ROWS = 80
ODD = (
    *(
        "Annual  Income",
        " spend ",
        "Spend",
        "new\nline",
        "\ufeffvisits",
        "zero\u200bwidth",
        "select",
        'say "hi"',
        "it's",
    ),
    *("segment", "SEGMENT", "Distance", "_row", "Größe", "年齢", "a.b", "100%", "{rows}", "x\u00a0y", "tab\there"),
)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def odd_table(seed):
    draw = np.random.default_rng(seed)
    names = draw.permutation(ODD)[:5].tolist()
    cells = {name: draw.lognormal(2, 1, ROWS).round(2) for name in names}
    cells[names[0]] = np.r_[draw.normal(20, 2, ROWS // 2), draw.normal(60, 3, ROWS // 2)].round(2)
    return pd.DataFrame({" customer  id": [f"c{i}" for i in range(ROWS)], **cells})


def labels_in(connection, text, execute=None):
    return {row[0]: row[-2] for row in (execute or connection.execute)(text).fetchall()}


@pytest.mark.parametrize("seed", range(4))
def test_each_database_reads_columns_under_the_names_of_the_source(seed, tmp_path, postgres):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    table = odd_table(seed)
    path = tmp_path / "customers.csv"
    table.to_csv(path, index=False, encoding="utf-8-sig")
    for source in (table, path):
        if source is path and "\ufeffvisits" in table.columns:
            continue  # in a file, that mark is none of the name's
        with (
            clustera.segment(source, id="customer id", k=3, progress=False, threads=1) as seg,
            duckdb.connect() as duck,
        ):
            expected = dict(zip(seg.customers["id"], seg.customers["segment"], strict=True))
            if source is path:
                duck.execute(f"create table customers as from read_csv('{path}', header = true)")
            else:
                duck.register("customers", table)
            assert labels_in(duck, seg.sql()) == expected
            assert len(labels_in(duck, seg.rules_sql())) == ROWS
            with sqlite3.connect(":memory:") as lite:
                called = table_names(seg.outcome.model, dialect_of("sqlite"), seg.outcome.source)
                table.set_axis(list(called.values()), axis=1).to_sql("customers", lite, index=False)
                assert labels_in(lite, seg.sql(dialect="sqlite")) == expected
            with psycopg.connect(postgres) as server, server.cursor() as cursor:
                cursor.execute(
                    f"create temp table customers ({', '.join(f'{quoted(n)} text' for n in table)})".encode()
                )
                marks = ", ".join(["%s"] * table.shape[1])
                rows = [[str(cell) for cell in row] for row in table.itertuples(index=False)]
                cursor.executemany(f"insert into customers values ({marks})", rows)
                assert labels_in(cursor, seg.sql(dialect="postgres")) == expected


def named(*names):
    own = own_names(names)
    columns = [Column(n, "feature", "number", n, own_name=own.get(n, "")) for n in unique_column_names(names)]
    return SimpleNamespace(columns=columns, preparation=SimpleNamespace(features=columns))


def test_names_that_differ_in_case_only_are_numbered_where_they_are_the_same():
    model, source = named("Spend", "spend", "spend_1"), Source("x", "frame", 3)
    assert [*table_names(model, dialect_of("postgres"), source).values()] == ["Spend", "spend", "spend_1"]
    called = table_names(model, dialect_of("duckdb"), source)
    # As DuckDB itself calls them.
    with duckdb.connect() as duck:
        duck.register("customers", pd.DataFrame([[1, 2, 3]], columns=["Spend", "spend", "spend_1"]))
        assert [*called.values()] == duck.table("customers").columns
    told = renamed_columns(model, called, dialect_of("duckdb"))
    assert told[0] == "'spend' is read as 'spend_1': in duckdb, names that differ in case only are the same."


def test_duckdb_drops_blanks_around_the_names_of_a_text_file_only(tmp_path):
    model = named(" Annual  Income ")
    duck = dialect_of("duckdb")
    assert [*table_names(model, duck, Source("x.csv", "csv", 3)).values()] == ["Annual  Income"]
    assert [*table_names(model, duck, Source("x", "parquet", 3)).values()] == [" Annual  Income "]
    assert [*table_names(model, dialect_of("sqlite"), Source("x.csv", "csv", 3)).values()] == [" Annual  Income "]
    (tmp_path / "x.csv").write_text(" Annual  Income ,b\n1,2\n")
    with duckdb.connect() as connection:
        assert connection.sql(f"from '{tmp_path / 'x.csv'}'").columns == ["Annual  Income", "b"]


def test_a_run_that_kept_no_such_names_reads_those_it_knows():
    model = named("Distance", "age")
    model.columns = [replace(column, own_name="") for column in model.columns]
    assert [*table_names(model, dialect_of("sqlite"), Source("x", "csv", 3)).values()] == ["Distance", "age"]
