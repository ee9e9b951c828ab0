"""Databases by name: an admin adds them, an analyst chooses tables; the address is shown to nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import threading
from pathlib import Path

import duckdb
import pytest

import clustera
from clustera.errors import ClusteraError
from clustera.outbound import WAYS_OUT
from clustera.segmentation.databases import add_database, database_tables, reference_rows, source_of
from clustera.store import Store

from .conftest import orders_of
from .test_api import problem
from .test_new import desk, over  # noqa: F401 - a fixture

SECRET = "s3cret-Pass"


@pytest.fixture
def shop(tmp_path, blobs):
    """A DuckDB file with customers and orders, in the folder that may be read."""
    path = tmp_path / "shared" / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("people", blobs)
        connection.register("log", orders_of(60, 300))
        connection.execute("create table people_2026 as select * from people")
        connection.execute("create schema sales; create table sales.orders as select * from log")
    return path


def test_a_sqlite_file_is_a_database_like_others(desk, tmp_path, blobs):  # noqa: F811
    path = tmp_path / "shared" / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        blobs.to_sql('the "people"', connection, index=False)
    assert desk.post("/admin/databases", data={"name": "shop", "address": f"sqlite:///{path}"}).status_code == 303
    reference = re.search(r'value="(database://shop/[^"]+)"', desk.get("/new/tables?database=shop").text)[1]
    draft = desk.post("/new", data={"table": reference}).headers["location"]
    assert "180 customers can be segmented" in desk.get(draft).text
    answer = desk.post(draft, data={"what": "customers", "k": "3", "name": "lite", "start": "1"})
    assert over(desk, answer.headers["location"])["state"] == "done"
    assert len(clustera.load("lite", runs=tmp_path / "runs").customers) == len(blobs)
    (tmp_path / "shared" / "no.db").write_text("nothing of the kind " * 90)
    for file, told in (("no.db", "not a database"), ("../shop.db", "There is no file")):
        refused = desk.post("/admin/databases", data={"name": "bad", "address": f"sqlite:///{tmp_path}/shared/{file}"})
        assert (refused.status_code >= 400, told in refused.text) == (True, True), refused.text


def test_a_table_is_chosen_looked_at_segmented_and_scheduled(desk, shop):  # noqa: F811
    assert "Add a database" in desk.get("/new").text
    assert desk.post("/admin/databases", data={"name": "shop", "address": f"duckdb:///{shop}"}).status_code == 303
    assert 'href="/new/tables?database=shop"' in desk.get("/new").text
    page = desk.get("/new/tables?database=shop").text
    assert all(f'value="{text}"' in page for text in ("database://shop/people_2026", "database://shop/sales.orders"))

    draft = desk.post("/new", data={"table": "database://shop/people_2026"}).headers["location"]
    page = desk.get(draft).text
    assert "180 customers can be segmented" in page
    assert 'name="role:income"' in page
    assert "in the database shop" in page
    assert f"clustera segment &#39;duckdb:///{shop}?table=people_2026&#39;" in page
    schedule = "/schedules?customers=database%3A%2F%2Fshop%2Fpeople_2026"
    assert f'href="{schedule}#new-schedule"' in page
    assert 'value="database://shop/people_2026"' in desk.get(schedule).text
    log = desk.post("/new", data={"table": "database://shop/sales.orders"}).headers["location"]
    assert "orders-title" in desk.get(log).text

    answer = desk.post(draft, data={"what": "customers", "k": "3", "name": "first", "start": "1"})
    job = over(desk, answer.headers["location"])
    assert (job["state"], job["run"], job["files"]) == ("done", "first", {"customers": "people_2026"})
    desk.post("/schedules", data={"name": "nightly", "customers": "database://shop/people_2026", "like": "first"})
    assert desk.get("/schedules.json").json()[0]["files"] == {"customers": "database://shop/people_2026"}
    assert over(desk, desk.post("/schedules/nightly/run").headers["location"])["state"] == "done"


def test_the_api_lists_tables_and_takes_one_for_a_run_and_a_schedule(desk, shop):  # noqa: F811
    add_database(Store(desk.app.state.library.store.folder), "shop", f"duckdb:///{shop}", roots=[shop.parent])
    assert desk.get("/api/v1/databases").json() == {"databases": [{"name": "shop", "place": "shop.duckdb"}]}
    tables = {one["table"]: one["file"] for one in desk.get("/api/v1/databases/shop").json()["tables"]}
    assert tables == {"people_2026": "database://shop/people_2026", "sales.orders": "database://shop/sales.orders"}
    made = desk.post("/api/v1/runs", json={"files": {"customers": tables["people_2026"]}, "options": {"k": 3}})
    assert made.status_code == 202
    desk.post(f"/api/v1/jobs/{made.json()['id']}/cancel")
    files = {"files": {"orders": tables["sales.orders"]}}
    assert desk.put("/api/v1/schedules/nightly", json=files).status_code == 200
    for wrong in ("database://shop/nothing", "database://none/people_2026", "database://shop", "duckdb:///x?table=y"):
        assert desk.post("/api/v1/runs", json={"files": {"orders": wrong}}).status_code in (404, 422)
        assert desk.put("/api/v1/schedules/s", json={"files": {"orders": wrong}}).status_code in (404, 422)
    problem(desk.get("/api/v1/databases/none"), 404)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"postgresql://ann:{SECRET}@127.0.0.1/crm", "lies in an inner network"),
        (f"postgresql://ann:{SECRET}@/crm?host=/var/run/postgresql", "names no host"),
        (f"postgresql://ann:{SECRET}@a.example,b.example/crm", "names no host"),
        (f"postgresql://ann:{SECRET}@8.8.8.8/crm?sslmode=disable", "without encryption"),
        (f"postgresql://ann:{SECRET}@8.8.8.8/crm?hostaddr=127.0.0.1", "can't stand in the address"),
        (f"postgresql://ann:{SECRET}@8.8.8.8/crm?passfile=/etc/shadow", "can't stand in the address"),
        (f"postgresql://ann:{SECRET}@8.8.8.8/crm?table=orders", "names a table"),
        (f"postgresql://ann:{SECRET}@no-such-host.invalid/crm", "There is no host"),
        ("sqlite:////etc/passwd", "There is no file"),
        ("/etc/passwd", "no address of a PostgreSQL, DuckDB or SQLite"),
        ("duckdb:////etc/passwd", "no file"),
        ("duckdb:///{outside}", "no file"),
        ("duckdb:///{link}", "no file"),
    ],
)
def test_what_may_not_be_read_is_refused_and_shows_no_secret(desk, shop, tmp_path, address, said):  # noqa: F811
    outside, link = tmp_path / "outside.duckdb", tmp_path / "shared" / "link.duckdb"
    outside.write_bytes(shop.read_bytes())
    link.symlink_to(outside)
    address = address.format(outside=outside, link=link)
    answer = desk.post("/admin/databases", data={"name": "crm", "address": address})
    assert answer.status_code >= 400
    assert said.replace("'", "&#39;") in answer.text
    assert 'value="crm"' in answer.text
    assert SECRET not in answer.text
    assert desk.get("/api/v1/databases").json() == {"databases": []}


@contextlib.contextmanager
def over_tcp(address):
    """A port of this computer that leads to the server's socket."""
    place = str(Path(address.partition("host=")[2]) / ".s.PGSQL.5432")

    async def carry(source, target):
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(65536):
                target.write(chunk)
                await target.drain()
        target.close()

    async def serve(reader, writer):
        server, into = await asyncio.open_unix_connection(place)
        await asyncio.gather(carry(reader, into), carry(server, writer))

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield listening.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def test_a_server_in_an_allowed_network_is_read_and_its_password_kept_from_everybody(postgres, tmp_path):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgres is not installed")
    if "host=/" not in postgres:
        pytest.skip("this server has no socket")
    store = Store(tmp_path / "runs")
    with psycopg.connect(postgres, autocommit=True) as connection, over_tcp(postgres) as port:
        connection.execute("create table visits as select n as id, n * 2 as spend from generate_series(1, 9) n")
        address = f"postgresql://postgres:{SECRET}@localhost:{port}/postgres"
        with pytest.raises(ClusteraError, match="inner network"):
            add_database(store, "crm", address)
        store.folder.mkdir()
        (store.folder / WAYS_OUT).write_text('[databases]\nnetworks = ["127.0.0.1/32", "::1/128"]\n')
        made = add_database(store, "crm", address, by="ann")
        assert database_tables(store, "crm") == ("visits",)
        assert len(reference_rows(store, "database://crm/visits").rows) == 5
        source = source_of(store, "database://crm/visits")
        assert "hostaddr=127.0.0.1" in source
        with pytest.raises(ClusteraError) as told:
            clustera.segment(source.replace("/postgres?", "/none?").replace("postgres:", "nobody:"), progress=False)
        assert not re.search(f"nobody|{SECRET}", str(told.value))
        kept = store.folder / ".databases.json"
        assert kept.stat().st_mode & 0o077 == 0
        assert SECRET in json.loads(kept.read_text())["databases"]["crm"]["address"]
        for shown in (repr(made), made.shown):
            assert SECRET not in shown
        connection.execute("drop table visits")
        store.databases.remove("crm")
        assert SECRET not in kept.read_text()


def test_a_bad_name_is_told_beside_a_bad_address_which_stays_where_it_holds_no_password(desk):  # noqa: F811
    for address, kept in (
        ("duckdb:///none.duckdb", True),
        ("nonsense", True),
        (f"postgresql://ann:{SECRET}@nowhere.example/x", False),
    ):
        page = desk.post("/admin/databases", data={"name": "a/b", "address": address}).text
        assert page.count("<p><strong>") == 2, page
        assert (f'value="{address}"' in page) is kept
        assert SECRET not in page
