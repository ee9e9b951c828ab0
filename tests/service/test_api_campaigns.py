"""Campaigns through the API: the same as Python plans, counts, launches and measures."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient
from tests.service.test_campaign_pages import FIRST, later_orders

import clustera
from clustera.segmentation.summary import campaign_values, plain_json
from clustera.service.access import rule_of
from clustera.service.app import create_app
from clustera.service.sessions import Sessions

from .conftest import HOST
from .test_api import KEY, api, problem  # noqa: F401 - a fixture

RUN = "/api/v1/runs/orders"
TERMS = {"name": "spring", "action": "Reward loyalty", "control": "50%", "day": FIRST, "margin": 0.3}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of tables that the service may read."""
    place = tmp_path_factory.mktemp("files")
    lines = [f"P{n:03d},p{n}@shop.example,{'no' if n % 9 == 0 else 'yes'}" for n in range(120)]
    (place / "crm.csv").write_text("\n".join(["customer_id,email,consent", *lines]), encoding="utf-8")
    (place / "no.csv").write_text("email\np0@shop.example\np3@shop.example\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def client(folder, files):
    """Other software of a service that may read these files."""
    app = create_app(folder, sessions=Sessions(api_key="k" * 40), hosts=frozenset({HOST}), rate=0, roots=[files])
    with TestClient(app, base_url=f"http://{HOST}", headers=KEY) as found:
        yield found


@pytest.fixture(scope="module")
def spring(client, folder):
    """A campaign that was launched through the API, asked twice with one key."""
    first, again = (client.post(f"{RUN}/campaigns", json=TERMS, headers={"idempotency-key": "one"}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.headers["location"] == f"{RUN}/campaigns/spring"
    return clustera.load_campaign("spring", runs=folder)


def test_a_plan_is_what_python_plans(client, folder):
    for asked in ({}, {"action": "Reward loyalty", "days": 60}, {"segment": [1, 2]}):
        told = client.get(f"{RUN}/campaign-plan", params=asked).json()
        given = {name: value for name, value in asked.items() if name != "segment"}
        planned = clustera.load("orders", runs=folder).plan_campaign(**given, segments=asked.get("segment", ()))
        assert {k: v for k, v in told.items() if k != "sentences"} == plain_json(campaign_values(planned.record))
        assert told["sentences"] == planned.sentences()


def test_a_campaign_is_launched_read_and_its_files_are_those_beside_the_runs(spring, client):
    told = client.get(f"{RUN}/campaigns/spring").json()
    record = plain_json(campaign_values(spring.record))
    assert {k: told[k] for k in record} == record
    assert told["results"] is None
    assert sorted(told["files"]) == ["contact", "groups", "left-out"]
    assert client.get(told["files"]["groups"]).content == (spring.folder / "assignments.csv").read_bytes()
    assert [one["name"] for one in client.get(f"{RUN}/campaigns").json()["campaigns"]] == ["spring"]
    problem(client.get(f"{RUN}/campaigns/spring/results"), 404)
    problem(client.get(f"{RUN}/campaigns/spring/next.csv"), 404)
    problem(client.post(f"{RUN}/campaigns/spring/audience", json={"name": "Again"}), 422)
    refused = problem(client.post(f"{RUN}/campaigns", json=TERMS), 409)
    assert refused["title"].startswith("There is already a campaign 'spring' in ")
    assert str(spring.folder.parent.parent) not in str(refused)
    assert (told["day"], client.get(f"{RUN}/campaigns").json()["campaigns"][0]["day"]) == (FIRST, FIRST)


def test_contacts_below_the_allowed_folder_are_counted_before_anything_is_written(client, files, folder):
    wish = TERMS | {"name": "mail", "contacts": str(files / "crm.csv"), "suppress": [str(files / "no.csv")]}
    counted = client.post(f"{RUN}/campaigns/count", json=wish).json()
    reaching = {"suppress": (files / "no.csv",)}
    asked = {"control": "50%", "day": FIRST, "margin": 0.3, "network": "klaviyo", "reaching": reaching}
    ready = clustera.load("orders", runs=folder).prepare_campaign(
        "mail", "Reward loyalty", contacts=files / "crm.csv", **asked
    )
    assert counted == plain_json(campaign_values(ready.record))
    assert counted["unreachable"] > 0
    problem(client.get(f"{RUN}/campaigns/mail"), 404)
    made = client.post(f"{RUN}/campaigns", json=wish).json()
    rows = list(csv.DictReader(io.StringIO(client.get(made["files"]["list"]).text)))
    assert len(rows) == counted["contact"]
    for wrong in (
        {"contacts": "/etc/passwd"},
        {"contacts": "", "suppress": [str(files / "no.csv")]},
        {"audience": "nobody"},
    ):
        assert client.post(f"{RUN}/campaigns", json=wish | {"name": "other"} | wrong).status_code in {403, 404, 422}


def test_results_by_a_path_and_by_an_upload_are_what_python_measures(spring, client, files):
    (files / "later.csv").write_bytes(later_orders(spring))
    wanted = spring.results(files / "later.csv")
    for answer in (
        client.post(f"{RUN}/campaigns/spring/results", json={"orders": str(files / "later.csv")}),
        client.post(f"{RUN}/campaigns/spring/results/upload", files={"bought": ("later.csv", later_orders(spring))}),
        client.get(f"{RUN}/campaigns/spring/results"),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()["sentences"] == wanted.sentences()
    assert client.get(f"{RUN}/campaigns/spring").json()["results"]["decision"] == wanted.decision == "works"
    days = files / "days"
    days.mkdir()
    head, *lines = (files / "later.csv").read_text("utf-8").splitlines()
    for number in range(2):
        (days / f"{number}.csv").write_text("\n".join([head, *lines[number::2]]) + "\n", "utf-8")
    several = (str(days), str(days / "*.csv"), [str(days / "0.csv"), str(days / "1.csv")])
    for orders in several:
        answer = client.post(f"{RUN}/campaigns/spring/results", json={"orders": orders})
        assert answer.json()["decision"] == wanted.decision, answer.text
    for elsewhere in (str(files.parent), str(files.parent / "*" / "*.csv"), [str(days), "/etc/passwd"]):
        problem(client.post(f"{RUN}/campaigns/spring/results", json={"orders": elsewhere}), 422)
    assert "orders or by outcomes" in problem(client.post(f"{RUN}/campaigns/spring/results", json={}), 422)["title"]


def test_campaigns_need_the_role_of_their_pages():
    pages = {method: rule_of(method, "/runs/x/campaigns").role for method in ("GET", "POST")}
    for method, path in (("GET", "campaigns"), ("POST", "campaigns"), ("POST", "campaigns/count"), ("GET", "campaign-plan"),
                         ("POST", "campaigns/spring/results"), ("GET", "campaigns/spring/list.csv")):  # fmt: skip
        assert rule_of(method, f"{RUN}/{path}").role == pages[method] == "analyst"
    assert rule_of("GET", f"{RUN}/campaigns/spring/list.csv").did == "exported"
