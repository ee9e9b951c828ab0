"""Recommendations and offers through the API: page by page all that the files beside the run have; old lines of the record go."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from tests.campaigning import quiet_log
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.service.audit import Audit
from clustera.service.database import Database, database_address
from clustera.store import Store

from .test_api import api, problem  # noqa: F401 - a fixture

OFFERS = {"offers": [{"name": "mail", "cost": 0.01, "rise": 0.5}], "margin": 0.6}


def bought(people=40):
    """Orders of two products that go together, and of one that some buy as well."""
    rows = []
    for person in range(people):
        for month in range(1, 9):
            for item in ("tea", "milk", *(("cake",) if person % 3 == 0 else ())):
                day = f"2025-{month:02d}-{1 + person % 27:02d}"
                rows.append((f"{person}-{month}", f"P{person:02d}", day, 5.0 + person % 7 * (month % 2), item))
    return pd.DataFrame(rows, columns=["order_id", "customer_id", "order_date", "amount", "category"])


@pytest.fixture(scope="module")
def offered(folder):
    """A run with recommendations and a plan."""
    with clustera.segment(orders=bought(), k=2, value=False, keep_orders=True, progress=False, threads=1) as seg:
        seg.publish(folder, name="offered")
    with clustera.segment(orders=quiet_log(300), k=2, value=False, progress=False, threads=1) as seg:
        seg.publish(folder, name="planned")
    with clustera.load("planned", runs=folder) as seg:
        seg.plan_offers(OFFERS, budget=2).keep()
    return folder


def pages(api, address, run="offered", **asked):  # noqa: F811
    rows, after = [], ""
    while True:
        answer = api.get(f"/api/v1/runs/{run}/{address}", params={"after": after} | asked)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["customers"]
        after = answer.json()["after"]
        if not after:
            return rows


def test_recommendations_come_page_by_page_as_they_are_kept(offered, api):  # noqa: F811
    kept = pd.read_parquet(offered / "offered.recommendations.parquet")
    for size in (7, 1_000):
        found = pages(api, "recommendations", rows=size)
        assert [one["id"] for one in found] == sorted(kept["id"].unique())
        told = [(one["id"], item["rank"], item["item"]) for one in found for item in one["items"]]
        assert told == list(kept.sort_values(["id", "rank"])[["id", "rank", "item"]].itertuples(index=False, name=None))
    one = api.get("/api/v1/runs/offered/recommendations", params={"customer": found[3]["id"]}).json()
    assert [item["item"] for item in one["customers"][0]["items"]] == [item["item"] for item in found[3]["items"]]


def test_the_plan_and_who_gets_what(offered, api):  # noqa: F811
    plan = api.get("/api/v1/runs/planned/offers").json()
    assert plan["sentences"]
    kept = pd.read_parquet(offered / "planned.offers.parquet")
    assert len(kept) > 0
    assert [row["id"] for row in pages(api, "offered", run="planned", rows=3)] == list(kept["id"])


def test_the_list_of_an_offer_is_an_audience_by_the_api_and_by_the_command(offered, api):  # noqa: F811
    kept = pd.read_parquet(offered / "planned.offers.parquet")
    members = sorted(kept.loc[kept["group"] == "contact", "id"])
    place, wish = "/api/v1/runs/planned/offers/audience", {"offer": "mail", "name": "Spring mail"}
    made = {"audience": "Spring mail", "definition": 'in frozen "Spring mail"', "customers": len(members)}
    for _ in range(2):  # sent again, it stays as it is
        answer = api.post(place, json=wish)
        assert (answer.status_code, answer.json()) == (201, made)
    SavedAudiences(Store(offered).audiences).delete("Spring mail")
    assert api.post(place, json=wish).json() == made
    listed = api.get("/api/v1/runs/planned/audience-members", params={"define": "Spring mail", "rows": 1_000}).json()
    assert [one["id"] for one in listed["customers"]] == members
    assert "'mail'" in problem(api.post(place, json=wish | {"part": "test"}), 422)["title"]
    problem(api.post("/api/v1/runs/table/offers/audience", json=wish), 404)

    def say(*words):
        return CliRunner().invoke(
            app, ["audience", "from-offer", *words, "--run", "planned", "--runs", str(offered), "--json"]
        )

    assert json.loads(say("mail", "By the command").stdout) == made | {
        "audience": "By the command",
        "definition": 'in frozen "By the command"',
    }
    for words in (("mail", "No test", "--test"), ("call", "Calls")):
        refused = say(*words)
        assert (refused.exit_code, f"Nobody gets '{words[0]}'" in refused.stdout + refused.stderr) == (3, True)


@pytest.mark.parametrize("address", ["recommendations", "offers", "offered"])
def test_what_was_not_made_is_told_with_its_command(api, address):  # noqa: F811
    assert "clustera " in problem(api.get(f"/api/v1/runs/table/{address}"), 404)["detail"]


@pytest.mark.parametrize("after", ["'; drop table rows; --", "{rows}", "\u00e9", "zzz"])
def test_an_id_is_text_whatever_it_looks_like(offered, api, after):  # noqa: F811
    answer = api.get("/api/v1/runs/offered/recommendations", params={"after": after})
    assert answer.status_code == 200, answer.text


def test_old_lines_of_the_record_go_and_that_stays_in_it(tmp_path):
    database = Database(database_address("", tmp_path))
    audit = Audit(database)
    for number in range(3):
        audit.note("ann", "session", "saw", f"/runs/{number}")
    with database.writing() as db:
        db.run("update audit set at = at - 100 * 86400 where what < '/runs/2'")
    database.close()
    answer = CliRunner().invoke(app, ["db", "prune", "--days", "90", "--runs", str(tmp_path)])
    assert (answer.exit_code, "Removed 2 lines older than 90 days." in answer.output) == (0, True)
    database = Database(database_address("", tmp_path))
    said = [entry.what for entry in Audit(database).all()]
    assert said == ["removed 2 lines older than 90 days from the record", "/runs/2"]
    database.close()
    assert CliRunner().invoke(app, ["db", "prune", "--days", "3", "--runs", str(tmp_path)]).exit_code == 2
