"""A file that is not there is named, whichever argument it is given to."""

import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app

GONE = "gone/missing.csv"
EXPORT = "audience export All --for klaviyo --output list.csv --contacts"
LAUNCH = "campaign launch spring april --audience everyone --control 30%"
RESULTS = "campaign results --days 30 --assignments"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run that kept its orders, a saved audience, the log, contacts and groups."""
    place = tmp_path_factory.mktemp("place")
    people, days = [f"P{i:02d}" for i in range(60)], pd.date_range("2025-01-01", periods=200)
    rows = [
        (p, days[(17 * i + 29 * n) % 200], 5 + i % 7 + n, f"c{n % 3}") for i, p in enumerate(people) for n in range(6)
    ]
    log = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount", "category"])
    log.to_csv(place / "orders.csv", index=False)
    contacts = pd.DataFrame({"id": people, "email": [f"{p}@shop.example" for p in people], "consent": "yes"})
    contacts.to_csv(place / "crm.csv", index=False)
    contacts.assign(group=["contact", "control"] * 30).to_csv(place / "groups.csv", index=False)
    with clustera.segment(orders=log, k=3, keep_orders=True, value=False, progress=False, threads=1) as seg:
        seg.publish(place / "runs", name="april")
    words = ["audience", "save", "All", "everyone", "--runs", str(place / "runs")]
    assert CliRunner().invoke(app, words).exit_code == 0
    return place


@pytest.mark.parametrize(
    "line",
    [
        f"{RESULTS} {GONE} --orders orders.csv",
        f"{RESULTS} {GONE} --orders orders.csv --day 2025-06-01",
        f"{RESULTS} groups.csv --day 2025-06-01 --orders {GONE}",
        f"{RESULTS} groups.csv --day 2025-06-01 --outcomes {GONE}",
        f"{RESULTS} groups.csv --day 2025-06-01 --orders orders.csv --contacted {GONE}",
        f"campaign plan april --audience {GONE}",
        f"campaign launch spring april --control 30% --audience {GONE}",
        f"{LAUNCH} --for klaviyo --contacts {GONE}",
        f"{LAUNCH} --for klaviyo --contacts crm.csv --suppress {GONE}",
        f"{LAUNCH} --for klaviyo --contacts crm.csv --recommendations {GONE}",
        "audience save gone/missing.toml",
        f"audience count All --for klaviyo --contacts {GONE}",
        f"audience count All --for klaviyo --contacts crm.csv --suppress {GONE}",
        f"{EXPORT} {GONE}",
        f"{EXPORT} crm.csv --suppress {GONE}",
        f"{EXPORT} crm.csv --recommendations {GONE}",
        f"{EXPORT} crm.csv --pseudonymize {GONE}",
        "offers gone/missing.toml april --budget 500",
        f"recommend --orders {GONE}",
        f"recommend april --exclude {GONE}",
        f"recommend april --items {GONE}",
        f"recommend april --products {GONE}",
    ],
)
def test_a_file_that_is_not_there_is_named(place, monkeypatch, line):
    monkeypatch.chdir(place)
    done = CliRunner().invoke(app, shlex.split(line))
    assert done.exit_code == 3
    assert str(Path("gone/missing")) in done.output
    assert not (place / "list.csv").exists()


def test_groups_without_a_first_day_say_that_it_is_missing(place, monkeypatch):
    monkeypatch.chdir(place)
    done = CliRunner().invoke(app, shlex.split(f"{RESULTS} groups.csv --orders orders.csv"))
    assert (done.exit_code, "--day 2024-05-01" in done.output) == (3, True)
