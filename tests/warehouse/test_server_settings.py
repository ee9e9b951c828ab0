"""Servers whose encoding, way of writing days and unending days are not the usual ones."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from clustera.engines import Engine
from clustera.errors import InputError, SetupError
from clustera.read import ReadOptions, read

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("adbc_driver_postgresql", reason="the extra postgres is not installed")

READ = ReadOptions(table="visits")


@pytest.fixture
def latin(postgres: str) -> Iterator[str]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'")
        connection.execute("alter database latin set datestyle = 'SQL, DMY'")
        address = psycopg.conninfo.conninfo_to_dict(postgres)
        yield f"postgresql://{address['user']}@/latin?host={address['host']}&port={address.get('port', 5432)}"
        connection.execute("drop database latin with (force)")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as engine:
        yield engine


def made(address: str, select: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set client_encoding to 'UTF8'")
        connection.execute(f"create table visits as {select}")


def test_texts_of_a_server_that_keeps_them_in_latin_1_are_read(latin: str, engine: Engine) -> None:
    made(latin, """select 'Zürich'::text as "Städte" """)
    assert read(latin, engine=engine, options=READ).rows.query('select "Städte" from {rows}').to_pylist() == [
        {"Städte": "Zürich"}
    ]


def test_moments_come_as_year_month_and_day_however_the_server_writes_them(latin: str, engine: Engine) -> None:
    made(latin, "select timestamptz '2024-02-01 12:00+00' as at")
    (row,) = read(latin, engine=engine, options=READ).rows.query('select "at" from {rows}').to_pylist()
    assert row["at"].startswith("2024-02-01 ")


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_days_that_never_come_are_the_last_day_and_the_missing_stay_missing(
    latin: str, engine: Engine, kind: str
) -> None:
    days = ("infinity", "-infinity", "0044-03-15 BC", "2024-02-29")
    cells = ", ".join(f"({nth}, {kind} '{day}')" for nth, day in enumerate(days))
    made(latin, f"select * from (values {cells}, (4, null)) as days (nth, ends)")
    rows = read(latin, engine=engine, options=READ).rows.query(
        "select cast(ends as date) as ends from {rows} order by nth"
    )
    assert [row["ends"] for row in rows.to_pylist()] == [
        datetime.date.max,
        datetime.date.min,
        datetime.date.min,
        datetime.date(2024, 2, 29),
        None,
    ]


def test_a_server_that_ends_the_connection_is_told_as_that_and_not_as_a_mistake_in_the_query(
    postgres: str, engine: Engine
) -> None:
    for query, told in (("select pg_terminate_backend(pg_backend_pid())", SetupError), ("select 1/0", InputError)):
        with pytest.raises(told) as raised:
            read(postgres, engine=engine, options=ReadOptions(query=f"{query} as a"))
        assert ("ended the connection" in raised.value.message) is (told is SetupError)
        assert ("Check the query" in raised.value.hint) is (told is InputError)
