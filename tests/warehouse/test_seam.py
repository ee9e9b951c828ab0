"""One seam, several databases: the same questions get the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from clustera.errors import InputError
from clustera.warehouse import Address, Warehouse, address_of, warehouse

TABLES = (
    "create schema crm",
    "create table visits (id bigint, name varchar)",
    'create table crm."odd ""name" (n bigint)',
)
ROWS = "insert into visits values (2, 'b'), (1, null), (3, 'ü')"


@pytest.fixture
def duckdb_address(tmp_path: Path) -> Address:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        for command in (*TABLES, ROWS):
            connection.execute(command)
    return Address("duckdb", str(path), "shop.duckdb")


@pytest.fixture
def postgres_address(postgres: str) -> Iterator[Address]:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgres is not installed")
    with psycopg.connect(postgres, autocommit=True) as connection:
        for command in (*TABLES, ROWS):
            connection.execute(command)
        address = address_of(postgres)
        assert address is not None
        yield address
        connection.execute("drop table visits; drop schema crm cascade")


@pytest.fixture(params=["duckdb_address", "postgres_address"])
def address(request: pytest.FixtureRequest) -> Address:
    found: Address = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def opened(address: Address) -> Iterator[Warehouse]:
    with warehouse(address) as opened:
        yield opened


def test_tables_are_listed_as_people_and_as_sql_write_them(opened: Warehouse) -> None:
    listed = {row["name"]: row["quoted"] for row in opened.arrow(opened.tables_sql).read_all().to_pylist()}
    assert set(listed) == {"visits", 'crm.odd "name'}
    for quoted in listed.values():
        opened.arrow(f"select * from {quoted}").read_all()


def test_the_rows_of_a_query_come_in_its_order(opened: Warehouse) -> None:
    rows = opened.arrow("select id, name from visits order by id").read_all().to_pylist()
    assert rows == [{"id": 1, "name": None}, {"id": 2, "name": "b"}, {"id": 3, "name": "ü"}]


def test_a_schema_has_the_columns_of_the_query(opened: Warehouse) -> None:
    assert [name for name, _ in opened.schema("select id, name from visits")] == ["id", "name"]


@pytest.mark.parametrize("command", ["delete from visits", "create table more (n int)", "drop table visits"])
def test_nothing_can_be_changed(address: Address, command: str) -> None:
    with pytest.raises(InputError, match="read-only|read only"), warehouse(address) as opened:
        opened.execute(command)
    with warehouse(address) as opened:
        assert opened.arrow("select count(*) as n from visits").read_all()["n"][0].as_py() == 3
