"""Tables and queries of a real PostgreSQL server; addresses that give no password away."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clustera.cli import app
from clustera.engines import Engine
from clustera.errors import ClusteraError, InputError, SetupError
from clustera.read import ReadOptions, read
from clustera.warehouse import address_of

SECRET = "s3cr3t"  # of a server that lives as long as the test
CUSTOMERS = """
create table customers (id bigint, joined date, age smallint, income numeric(12, 2), spent money, member boolean,
                        code uuid, seen timestamptz, note text);
insert into customers select n, date '2024-01-01' + n, 20 + n % 50, 1000.25 * (1 + n % 40), 2.5 * (n % 17), n % 2 = 0,
    gen_random_uuid(), timestamptz '2024-01-31 23:30+00', 'x' from generate_series(1, 60) as n;
create schema crm;
create table crm.visits (id bigint, visits int);
create role ann login password 's3cr3t';
grant select on customers to ann;
"""


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def server(postgres):
    """The address of a server with a table of customers."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgres is not installed")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(CUSTOMERS)
    return postgres


def first(raw):
    return raw.rows.query("select * from {rows} order by id limit 1").to_pylist()[0]


def test_a_table_of_a_server_is_read_with_its_values(server, engine):
    raw = read(f"{server}&table=customers", engine=engine)
    assert (raw.source.format, raw.source.rows) == ("postgresql", 60)
    row = first(raw)
    assert (row["joined"], row["age"], row["member"]) == (datetime.date(2024, 1, 2), 21, False)
    # What has no exact type of its own comes as the server writes it.
    assert (row["income"], row["spent"]) == ("2000.50", "$2.50")
    assert raw.rows.columns["_row"] == "BIGINT"


def test_the_table_may_be_named_beside_the_address(server, engine):
    by_option = read(server, engine=engine, options=ReadOptions(table="customers"))
    by_address = read(f"{server}&table=customers", engine=engine, options=ReadOptions(table="nothing"))
    assert by_option.source.rows == by_address.source.rows == 60
    assert read(server, engine=engine, options=ReadOptions(table="crm.visits")).source.rows == 0


def test_a_query_of_a_server_is_read(server, engine):
    query = "select id, age * 2 as twice from customers where id <= 3; "
    assert first(read(server, engine=engine, options=ReadOptions(query=query))) == {"_row": 1, "id": 1, "twice": 42}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "holds 2 tables: crm.visits, customers"),
        ({"table": "custmers"}, "Did you mean 'customers'"),
        ({"query": "select * from nowhere"}, 'relation "nowhere" does not exist'),
        ({"query": "delete from customers returning id"}, "syntax error"),
        ({"query": "select id, id from customers"}, "two columns the name 'id'"),
        ({"query": "select nextval('s') from (select 1) x"}, "does not exist"),
        ({"query": "select lo_create(0) as id"}, "read-only transaction"),
    ],
)
def test_what_a_server_cannot_answer_ends_in_a_sentence(server, engine, options, sentence):
    with pytest.raises(InputError, match=sentence):
        read(server, engine=engine, options=ReadOptions(**options))


def test_a_long_table_comes_in_batches_and_is_not_held_in_memory(server, engine, monkeypatch):
    monkeypatch.setattr("clustera.engines.duck.IN_MEMORY_ROWS", 1_000)
    query = "select n as id, n % 7 as visits, repeat('x', 100) as note from generate_series(1, 200000) as n"
    raw = read(server, engine=engine, options=ReadOptions(query=query))
    assert raw.rows.query("select sum(id) as s, max(_row) as n from {rows}").to_pylist() == [
        {"s": 200_000 * 200_001 / 2, "n": 200_000}
    ]
    assert any(file.suffix == ".parquet" for file in engine.folder.iterdir())


def test_no_file_of_a_run_and_nothing_printed_holds_the_password(server, tmp_path):
    address = server.replace("postgres:@", f"ann:{SECRET}@") + "&table=customers"
    assert SECRET in address
    command = ["segment", address, "--runs", str(tmp_path), "--name", "now", "--k", "2"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    written = b"".join(path.read_bytes() for path in (tmp_path / "now").iterdir())
    assert SECRET.encode() not in written + result.output.encode()
    manifest = json.loads((tmp_path / "now" / "manifest.json").read_text())
    assert manifest["source"]["name"].startswith("customers of postgres at ")


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://ann:{SECRET}@localhost:1/crm",
        f"postgresql://ann:{SECRET} x@localhost:port/crm",
        f"postgresql://ann:{SECRET}@x@nohost.invalid/crm",
        f"postgresql://ann:{SECRET}/x@localhost/crm",
        f"postgresql://ann:{SECRET}#x@localhost/crm",
        f"postgresql://ann:{SECRET}?x@localhost/crm",
        f"postgresql://localhost:1/crm?password={SECRET}",
        f"postgres:/ann:{SECRET}@localhost/crm",
        f"mysql://ann:{SECRET}@localhost/crm",
        f"s3://{SECRET}/bucket",
    ],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_no_error_tells_the_password(engine, address, kind):
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgres is not installed")
    with pytest.raises(ClusteraError) as caught:
        read(kind(address), engine=engine)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.hint


def test_a_password_with_odd_letters_reaches_the_server_as_it_is():
    for written in ("p@ss:w", "p%40ss%3Aw"):
        address = address_of(f"postgresql://ann:{written}@db.example/crm?table=a%20b&sslmode=require")
        assert address.place == "postgresql://ann:p%40ss%3Aw@db.example/crm?sslmode=require"
        assert (address.table, address.shown) == ("a b", "crm at db.example")
        assert "p@ss" not in repr(address)


def test_a_missing_driver_names_its_extra(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(SetupError, match=r"clustera\[postgres\]"):
        read("postgresql://localhost/crm", engine=engine)
