"""DuckDB and SQLite files, by path and by address."""

from __future__ import annotations

import os
import shutil
import sqlite3

import duckdb
import pytest

from clustera.engines import Engine
from clustera.errors import InputError, SetupError
from clustera.read import ReadOptions, read


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table customers as select i as id, i % 7 as visits, date '2024-01-01' + cast(i as integer) as "
            "joined, cast(i * 1.5 as decimal(10, 2)) as spend from range(1, 4) t(i)"
        )
        connection.execute("create schema crm; create view crm.latest as select * from main.customers where id = 3")
    return path


def cells(raw):
    return [tuple(row.values())[1:] for row in raw.rows.query("select * from {rows} order by _row").to_pylist()]


def test_a_table_of_a_duckdb_file_is_read_with_its_types(shop, engine):
    raw = read(shop, engine=engine, options=ReadOptions(table="customers"))
    assert raw.source.format == "duckdb"
    assert [str(cell) for cell in cells(raw)[0]] == ["1", "1", "2024-01-02", "1.50"]
    assert raw.rows.columns["joined"] == "DATE"


def test_a_view_of_another_schema_and_a_query_are_read(shop, engine):
    assert len(cells(read(shop, engine=engine, options=ReadOptions(table="crm.latest")))) == 1
    assert cells(read(shop, engine=engine, options=ReadOptions(query="select max(id) as top from customers"))) == [(3,)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "holds 2 tables: customers, crm.latest"),
        ({"table": "custmers"}, "Did you mean 'customers'"),
        ({"query": "select * from nowhere"}, "nowhere"),
        ({"query": "delete from customers"}, "syntax error"),
        ({"query": "select 1; select 2"}, "syntax error"),
        ({"query": "select * from read_csv('/etc/passwd')"}, "disabled|not allowed|Permission"),
    ],
)
def test_what_a_duckdb_file_cannot_answer_ends_in_a_sentence(shop, engine, options, sentence):
    before = shop.read_bytes()
    with pytest.raises(InputError, match=sentence):
        read(shop, engine=engine, options=ReadOptions(**options))
    assert shop.read_bytes() == before


def test_a_damaged_duckdb_file_is_refused_in_a_sentence(shop, engine):
    shop.write_bytes(shop.read_bytes()[:20] + b"\0" * 100)
    with pytest.raises((InputError, SetupError), match=r"shop\.duckdb"):
        read(shop, engine=engine)


def test_a_sqlite_file_that_is_cut_off_is_refused_wherever_it_is_cut(tmp_path, engine):
    """SQLite itself reads some of them to the end, with other values."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (id text, age integer, spend real)")
        connection.executemany("insert into t values (?, ?, ?)", [(f"C{at}", at % 60, at * 1.5) for at in range(900)])
    connection.close()
    whole = path.read_bytes()
    assert len(cells(read(path, engine=engine))) == 900
    for at in range(200, len(whole), 501):
        path.write_bytes(whole[:at])
        with pytest.raises(InputError, match=r"shop\.db"):
            read(path, engine=engine)


def test_a_file_named_by_its_address_is_the_same_file(shop, tmp_path, engine, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("shop.db") as connection:
        connection.executescript("create table a (id); insert into a values (7); create table b (id);")
    connection.close()
    assert cells(read("sqlite:///shop.db?table=a", engine=engine)) == [("7",)]
    assert cells(read(f"sqlite:///{tmp_path}/shop.db?query=select%202%20as%20id", engine=engine)) == [("2",)]
    assert len(cells(read("duckdb:///shop.duckdb?table=customers", engine=engine))) == 3


def test_a_file_that_another_program_writes_to_is_refused(shop, engine):
    import subprocess
    import sys

    held = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(shop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        writer.stdout.readline()
        with pytest.raises(SetupError, match="another program is writing"):
            read(shop, engine=engine, options=ReadOptions(table="customers"))
        writer.stdin.close()


@pytest.fixture
def sqlite_shop(tmp_path):
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "create table customers (id integer primary key, note text not null, spend real check (spend >= 0))"
    )
    connection.executemany(
        "insert into customers values (?, ?, ?)", [(at, f"customer number {at}", at / 2) for at in range(1, 2001)]
    )
    connection.commit()
    connection.close()
    return path


def test_a_sqlite_file_that_lost_a_row_to_a_wrong_bit_is_refused(sqlite_shop, engine):
    content = bytearray(sqlite_shop.read_bytes())
    leaf = next(at for at in range(4096, len(content), 4096) if content[at] == 13)
    content[leaf + 4] ^= 1  # the number of rows on a page
    sqlite_shop.write_bytes(content)
    assert len(sqlite3.connect(sqlite_shop).execute("select * from customers").fetchall()) != 2000
    with pytest.raises(InputError, match="is damaged: SQLite says"):
        read(sqlite_shop, engine=engine)


def test_values_against_the_rules_of_a_sqlite_table_are_no_damage(sqlite_shop, engine):
    connection = sqlite3.connect(sqlite_shop)
    connection.execute("pragma ignore_check_constraints = on")
    connection.execute("update customers set spend = -5 where id = 7")
    connection.commit()
    connection.close()
    assert read(sqlite_shop, engine=engine).source.rows == 2000


@pytest.fixture
def sold(tmp_path):
    """A SQLite file in a folder of its own, and a connection that writes to it."""
    (tmp_path / "app").mkdir()
    path = tmp_path / "app" / "sold.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("create table customers as select 1 as id, 5 as spend union all select 2, 7")
    yield path, connection
    connection.close()


def test_a_sqlite_file_that_another_program_is_writing_to_is_told_as_that(sold, engine, monkeypatch):
    path, connection = sold
    connection.execute("begin exclusive")
    opened = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kept: opened(*args, timeout=0, **kept))
    with pytest.raises(SetupError, match=r"sold\.db can't be read: another program is writing to it"):
        read(path, engine=engine)


def test_a_sqlite_file_that_was_left_in_the_middle_of_a_change_names_the_cure(sold, tmp_path, engine):
    path, connection = sold
    connection.execute("pragma cache_size = 1")
    connection.execute("begin")
    for _ in range(20):
        connection.executemany("insert into customers values (?, 9)", [(number,) for number in range(500)])
    (tmp_path / "left").mkdir()  # as a kill leaves it: nobody holds the copy
    for ending in ("", "-journal"):
        shutil.copy(f"{path}{ending}", tmp_path / "left")
    with pytest.raises(SetupError, match="did not end its work") as refused:
        read(tmp_path / "left" / "sold.db", engine=engine)
    assert "sqlite3 sold.db" in refused.value.hint


def test_a_sqlite_file_with_a_log_is_read_where_nothing_may_be_written_beside_it(sold, engine, monkeypatch):
    path, connection = sold
    connection.execute("pragma journal_mode = wal")
    connection.close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert cells(read(path, engine=engine)) == [("1", "5"), ("2", "7")]
    assert [file.name for file in path.parent.iterdir()] == ["sold.db"]
