"""A folder with three runs, the service of it, and a browser that was let in."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import clustera

if find_spec("fastapi") is None or find_spec("httpx2") is None:  # the extra `web` is not installed
    collect_ignore_glob = ["test_*.py"]

HOST = "127.0.0.1:8420"


def orders_of(people: int, days: int, seed: int = 5) -> pd.DataFrame:
    """A log of three kinds of buyers: often, seldom, and those who stopped."""
    random = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        kind = person % 3
        n = int(random.integers(12, 20) if kind == 0 else random.integers(2, 6))
        last = days if kind < 2 else days // 2
        for day in sorted(random.integers(0, last, n)):
            rows.append((f"P{person:03d}", day, round(float(random.gamma(4, 30 if kind == 0 else 8)) + 1, 2)))
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    frame["order_date"] = (pd.Timestamp("2025-01-01") + pd.to_timedelta(frame["day"], unit="D")).dt.strftime("%Y-%m-%d")
    frame["order_id"] = range(1, len(frame) + 1)
    return frame[["order_id", "customer_id", "order_date", "amount"]]


@pytest.fixture(scope="session")
def published(tmp_path_factory, blobs):
    """Runs: "table" of customers, "=march" whose ids are hostile, "orders" of a log."""
    place = tmp_path_factory.mktemp("served") / "runs"
    table = blobs.copy()
    table.loc[0, "customer_id"] = "=HYPERLINK(1)"
    table.loc[1, "customer_id"] = "a/../b?c=d&e#f"
    table.loc[2, "customer_id"] = "<b>x</b>'; drop table rows; --"
    with clustera.segment(table, progress=False, threads=1) as seg:
        seg.publish(place, name="table")
    with clustera.segment(orders=orders_of(120, 400), k=3, keep_orders=True, progress=False, threads=1) as seg:
        seg.publish(place, name="orders")
    later = table.copy()
    later["income"] = later["income"] + 8
    with clustera.segment(later, like=clustera.load("table", runs=place), progress=False, threads=1) as seg:
        seg.publish(place, name="later")
    return place


@pytest.fixture(scope="module")
def folder(published, tmp_path_factory):
    """These runs for the tests of one file, which may add audiences, notes and names."""
    place = tmp_path_factory.mktemp("served") / "runs"
    shutil.copytree(published, place, symlinks=True)
    return place


@pytest.fixture(scope="module")
def made(folder):
    """The application, started, and its sessions, as `clustera serve` makes them; the tests of a file share it."""
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions(api_key="k" * 40)
    app = create_app(folder, sessions=sessions, hosts=frozenset({HOST}))
    with TestClient(app, base_url=f"http://{HOST}"):
        yield app, sessions


@pytest.fixture
def stranger(made):
    """A browser that was not let in."""
    from fastapi.testclient import TestClient

    client = TestClient(made[0], base_url=f"http://{HOST}", follow_redirects=False)
    client.headers["accept"] = "text/html"
    return client


@pytest.fixture
def browser(made, stranger):
    """A browser that came in by its link."""
    assert stranger.get(f"/enter?token={made[1].new_link()}").status_code == 303
    return stranger
