"""Audiences, exports, comparisons and notes through the API, held against the run in Python; the figures of the service."""

from __future__ import annotations

import csv
import io
import re

import pytest

import clustera
from clustera.service.kept_contacts import KeptFiles

from .conftest import HOST
from .test_api import KEY, api, problem  # noqa: F401 - a fixture

RUN = "/api/v1/runs/orders"


@pytest.fixture
def big(api):  # noqa: F811
    """An audience of those who spend much."""
    saved = api.put(f"{RUN}/audiences/Big", json={"definition": "spend > 400", "note": "For spring"})
    assert saved.status_code == 200, saved.text
    return saved.json()


def test_an_audience_that_is_kept_is_listed_with_its_size(api, big, folder):  # noqa: F811
    size = clustera.load("orders", runs=folder).audience("spend > 400").count().customers
    assert 0 < size == big["customers"]
    listed = {one["name"]: one for one in api.get(f"{RUN}/audiences").json()["audiences"]}
    assert listed["Big"]["customers"] == size
    one = api.get(f"{RUN}/audiences/Big").json()
    assert (one["definition"], one["note"], one["versions"][-1]["customers"]) == ("spend > 400", "For spring", size)
    again = api.put(f"{RUN}/audiences/Big", json={"definition": "spend>400"}).json()
    assert (again["changed"], again["version"]) == (False, big["version"])


def test_all_customers_of_an_audience_come_once_over_its_pages(api, folder):  # noqa: F811
    wanted = clustera.load("orders", runs=folder).audience("spend > 200").customers()["id"].tolist()
    found, after = [], ""
    while True:
        asked = {"define": "spend > 200", "rows": 7, "after": after}
        page = api.get(f"{RUN}/audience-members", params=asked).json()
        found += [customer["id"] for customer in page["customers"]]
        if not (after := page["after"]):
            break
    assert len(found) > 7
    assert found == sorted(wanted)


def test_counts_are_those_of_python(api, folder):  # noqa: F811
    counted = clustera.load("orders", runs=folder).audience("spend > 200 and segment = 1").count()
    told = api.get(f"{RUN}/audience-count", params={"define": "spend > 200 and segment = 1"}).json()
    assert (told["customers"], told["of"]) == (counted.customers, counted.of)
    assert [one["together"] for one in told["conditions"]] == [one.together for one in counted.conditions]


def test_two_audiences_share_whom_both_mean(api, big):  # noqa: F811
    api.put(f"{RUN}/audiences/All", json={"definition": "everyone"})
    pairs = api.get(f"{RUN}/overlap", params={"audience": ["Big", "All"]}).json()["overlap"]
    shared = {(one["audience"], one["other"]): one["customers"] for one in pairs}
    assert shared["Big", "All"] == shared["Big", "Big"] == big["customers"]
    ranks = api.get(f"{RUN}/priority", params={"order": ["Big", "All"]}).json()["priority"]
    assert [rank["kept"] for rank in ranks] == [big["customers"], 120 - big["customers"]]


def contacts_of(folder):
    ids = clustera.load("orders", runs=folder).find_customers(rows=1_000).customers
    rows = [("customer_id", "email", "consent"), *((one["id"], f"{one['id']}@shop.example", "yes") for one in ids)]
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue()


def test_a_list_is_counted_then_written_as_it_was_counted(api, big, folder):  # noqa: F811
    files = {"contacts": ("contacts.csv", contacts_of(folder).encode())}
    made = api.post(f"{RUN}/exports/upload", data={"audience": "Big", "network": "klaviyo"}, files=files)
    assert made.status_code == 201, made.text
    counts = made.json()
    assert (counts["rows"], counts["written"]) == (big["customers"], False)
    place = made.headers["location"]
    problem(api.post(f"{place}/write", json={"rows": counts["rows"] + 1}), 409)
    problem(api.get(f"{place}/list.csv"), 404)
    written = api.post(f"{place}/write", json={"rows": counts["rows"]}).json()
    lines = api.get(written["files"]["list"]).text.splitlines()
    assert len(lines) == 1 + big["customers"]
    assert api.get(place).json() == written
    assert api.get("/api/v1/exports").json()["exports"][-1]["audience"] == "Big"


def test_contacts_on_this_computer_are_read_in_allowed_folders_only(big, folder, tmp_path):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    for name in ("shared", "secret"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.csv").write_text(contacts_of(folder))
    app = create_app(folder, sessions=Sessions(api_key="k" * 40), hosts=frozenset({HOST}), roots=[tmp_path / "shared"])
    with TestClient(app, base_url=f"http://{HOST}", headers=KEY) as client:
        wish = {"audience": "Big", "contacts": str(tmp_path / "shared" / "c.csv")}
        assert client.post(f"{RUN}/exports", json=wish).json()["rows"] == big["customers"]
        problem(client.post(f"{RUN}/exports", json=wish | {"contacts": str(tmp_path / "secret" / "c.csv")}), 422)
        problem(client.post(f"{RUN}/exports", json=wish | {"audience": "Nobody"}), 404)
        form = {"audience": "Big", "contacts_path": wish["contacts"]}
        assert client.post(f"{RUN}/exports/upload", data=form).json()["rows"] == big["customers"]
        problem(client.post(f"{RUN}/exports/upload", data=form | {"contacts_path": "/etc/passwd"}), 422)


def test_kept_contacts_are_named_by_their_id_in_lists_and_campaigns(api, big, folder):  # noqa: F811
    files = {"contacts": ("contacts.csv", contacts_of(folder).encode())}
    counts = api.post(f"{RUN}/exports/upload", data={"audience": "Big", "keep": "1"}, files=files).json()
    (kept,) = api.get("/api/v1/contacts").json()["contacts"]
    assert (kept["kind"], kept["name"], "path" in kept) == ("contacts", "contacts.csv", False)
    wish = {"audience": "Big", "contacts": f"kept:{kept['id']}"}
    again = api.post(f"{RUN}/exports", json=wish).json()
    assert again | {"id": ""} == counts | {"id": ""}
    campaign = wish | {"name": "kept", "control": "50%"}
    assert api.post(f"{RUN}/campaigns/count", json=campaign).json()["unreachable"] == 0
    for address, asked in (("exports", wish), ("campaigns/count", campaign)):
        told = problem(api.post(f"{RUN}/{address}", json=asked | {"contacts": "kept:0123456789abcdef"}), 422)
        assert "not kept any more" in told["title"]
    KeptFiles(folder / ".service" / "contacts").remove(kept["id"])


def test_comparisons_are_those_of_python(api, folder):  # noqa: F811
    seg, later = (clustera.load(name, runs=folder) for name in ("table", "later"))
    moves = api.get("/api/v1/runs/later/moves", params={"since": "table"}).json()
    found = seg.compare(later)
    assert (moves["stayed"], len(moves["moves"])) == (found.stayed, len(found.moves))
    told = api.get("/api/v1/runs/table/differences", params={"a": 1, "b": "rest"}).json()
    assert [one["column"] for one in told["differences"]] == [one.column for one in seg.differences(1)]


def test_a_note_is_written_seen_and_taken_away(api):  # noqa: F811
    made = api.post(f"{RUN}/notes", json={"text": "Prices rose.", "day": "2026-05-03", "author": "Ann"})
    assert made.status_code == 201, made.text
    assert made.json() in api.get(f"{RUN}/notes").json()["notes"]
    number = made.json()["id"]
    assert api.delete(f"{RUN}/notes/{number}").status_code == 204
    assert made.json() not in api.get(f"{RUN}/notes").json()["notes"]
    problem(api.delete(f"{RUN}/notes/{number}"), 404)


def test_the_figures_count_each_answer_under_its_address(api):  # noqa: F811
    pattern = re.compile(r'clustera_requests_total\{method="GET",route="/api/v1/runs/\{run\}",status="(\d+)"\} (\d+)')
    before = dict(pattern.findall(api.get("/metrics").text))
    for name in ("orders", "table", "nobody"):
        api.get(f"/api/v1/runs/{name}")
    text = api.get("/metrics").text
    after = dict(pattern.findall(text))
    assert int(after["200"]) - int(before.get("200", 0)) == 2
    assert int(after["404"]) - int(before.get("404", 0)) == 1
    assert "nobody" not in text
    bucket = re.findall(r'clustera_request_seconds_(?:bucket|count)\{route="/health"(?:,le="\+Inf")?\} (\d+)', text)
    assert len(set(bucket)) <= 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("audiences/Nobody", 404),
        ("audience-count?define=nonsense+%3E+3", 422),
        ("audience-members?define=spend+%3E", 422),
        ("overlap?audience=Nobody", 422),
        ("differences?a=99", 422),
        ("differences?b=x", 422),
        ("moves?since=nobody", 404),
        ("exports/0123456789abcdef", 404),
    ],
)
def test_what_can_not_be_answered_is_told_with_its_cure(api, path, status):  # noqa: F811
    assert problem(api.get(f"{RUN}/{path}"), status)["detail"]
