"""The API, held against the run in Python; its errors in the house's words, its description complete."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import clustera

from .test_new import desk, over  # noqa: F401 - a fixture

KEY = {"authorization": f"Bearer {'k' * 40}"}
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture
def api(stranger):
    """Other software, with its key."""
    stranger.headers.update(KEY | {"accept": "application/json"})
    return stranger


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    return told


def test_every_run_is_listed_once_over_all_pages(api, folder):
    first = api.get("/api/v1/runs?rows=2").json()
    rest = api.get("/api/v1/runs", params={"rows": 2, "after": first["after"]}).json()
    names = [run["run"] for run in first["runs"] + rest["runs"]]
    assert names == ["later", "orders", "table"]
    assert rest["after"] == ""


def test_a_run_and_its_segments_are_what_python_has(api, folder):
    seg = clustera.load("orders", runs=folder)
    told = api.get("/api/v1/runs/orders").json()
    assert (told["k"], told["verdict"]) == (seg.k, seg.verdict)
    rows = api.get("/api/v1/runs/orders/segments").json()["segments"]
    assert [row["customers"] for row in rows] == seg.segments["customers"].tolist()
    one = api.get("/api/v1/runs/orders/segments/1").json()
    assert one["size"] == rows[0]["customers"]


def test_an_alias_opens_its_run(api):
    assert api.get("/api/v1/runs/latest").json()["run"] == "later"


def test_what_was_seen_before_is_not_sent_again(api):
    first = api.get("/api/v1/runs/orders/customers?rows=5")
    again = api.get("/api/v1/runs/orders/customers?rows=5", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = api.get("/api/v1/runs/orders/customers?rows=6", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_one_customer_is_explained_as_python_does(api, folder):
    seg = clustera.load("orders", runs=folder)
    found = api.get("/api/v1/runs/orders/customer?id=P005").json()
    explained = seg.explain("P005")
    assert found["explanation"]["second"] == explained.second
    assert found["segment"] == explained.segment


def test_one_prediction_is_that_of_the_customer_with_these_values(api, folder):
    seg = clustera.load("orders", runs=folder)
    names = [feature.name for feature in seg.outcome.model.preparation.features]
    for id_ in ("P000", "P010", "P020"):
        customer = seg.customer(id_)
        values = {name: customer["values"][name] for name in names}
        answer = api.post("/api/v1/runs/orders/predict", json={"values": values}).json()
        assert (answer["segment"], answer["name"]) == (customer["segment"], customer["name"])


def test_an_open_run_predicts_as_one_that_is_opened_first_and_both_are_counted(api):
    def asked():
        answer = api.post("/api/v1/runs/table/predict", json={"values": {"income": 30}})
        line = 'requests_total{method="POST",route="/api/v1/runs/{run}/predict",status="200"} '
        return answer.content, answer.headers, int(api.get("/metrics").text.partition(line)[2].split("\n")[0])

    library = api.app.state.library
    library._known.clear()
    assert not library.holds("table")
    first, headers, counted = asked()
    while not library.holds("table"):  # a run that changed a moment ago is looked up each time
        asked()
        counted += 1
    again, same, then = asked()
    assert (again, then) == (first, counted + 1)
    assert dict(same) == dict(headers)


def test_an_open_run_predicts_with_the_name_that_a_segment_has_by_now(api, folder):
    def predicted():
        return api.post("/api/v1/runs/table/predict", json={"values": {"income": 30}}).json()

    before, store = predicted(), api.app.state.library.store
    store.rename("table", before["segment"], "Called otherwise")
    try:
        assert predicted() == before | {"name": "Called otherwise"}
    finally:
        store.rename("table", before["segment"], before["name"])
    assert predicted() == before


@pytest.fixture
def people(blobs):
    return blobs.assign(customer_id=[f"N{i}" for i in range(len(blobs))])


@pytest.mark.parametrize("accept", ["application/json", "text/csv", ARROW])
@pytest.mark.parametrize("sent", ["json", "csv", "arrow"])
def test_many_predictions_are_those_of_python_however_they_travel(api, folder, people, sent, accept):
    wanted = clustera.load("table", runs=folder).predict(people)
    sink = io.BytesIO()
    table = pa.Table.from_pandas(people, preserve_index=False)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body, kind = {
        "json": (json.dumps({"customers": people.to_dict("records")}), "application/json"),
        "csv": (people.to_csv(index=False), "text/csv"),
        "arrow": (sink.getvalue(), ARROW),
    }[sent]
    answer = api.post("/api/v1/runs/table/predict", content=body, headers={"content-type": kind, "accept": accept})
    assert accept != ARROW or answer.headers["content-encoding"] == "identity"
    assert answer.status_code == 200, answer.text
    if accept == ARROW:
        got = pa.ipc.open_stream(answer.content).read_all().to_pandas()
    elif accept == "text/csv":
        got = pd.DataFrame(list(csv.DictReader(io.StringIO(answer.text))))
    else:
        got = pd.DataFrame(answer.json()["customers"])
        assert answer.json()["balance"]["segmented"] == len(people)
    assert got["id"].tolist() == wanted["id"].tolist()
    assert got["segment"].astype(int).tolist() == wanted["segment"].tolist()
    assert got["name"].tolist() == wanted["name"].tolist()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"values": 3}', "application/json", 422),
        (b'{"values": {"nonsense": 3}}', "application/json", 422),
        (b'{"values": {"income": "much"}}', "application/json", 422),
        (b'{"customers": []}', "application/json", 422),
        (b'{"customers": [{"income": [1, {}]}, {"income": "x"}]}', "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b"not arrow", ARROW, 422),
        (b"", "text/csv", 422),
        (b"a,b\n1,2\n", "text/csv", 422),
        (b"x", "application/xml", 415),
    ],
)
def test_what_can_not_be_predicted_is_told_in_a_sentence(api, body, kind, status):
    told = problem(api.post("/api/v1/runs/table/predict", content=body, headers={"content-type": kind}), status)
    assert "Traceback" not in told["title"]
    assert told["detail"]


@pytest.mark.parametrize("path", ["campaign-plan?segment=99", "customer?id=%00"])
def test_what_an_address_asks_for_wrongly_is_told_with_its_cure(api, path):
    assert problem(api.get(f"/api/v1/runs/orders/{path}"), 422)["detail"]


def test_files_are_described_as_tables(api):
    paths = api.get("/api/v1/openapi.json").json()["paths"]
    files = [path for path in paths if path.endswith("{file}.csv")]
    assert len(files) == 2
    for path in files:
        told = paths[path]["get"]["responses"]
        assert [list(told[status]["content"]) for status in ("200", "206")] == [["text/csv"], ["text/csv"]]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/runs/nobody",
        "/api/v1/runs/orders/segments/99",
        "/api/v1/runs/orders/customer?id=x",
        "/api/v1/jobs/x",
        "/api/v1/x",
    ],
)
def test_what_is_not_there_is_told_with_its_cure(api, path):
    assert problem(api.get(path), 404)["detail"]


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_needs_no_key_and_tells_nothing(stranger, path):
    assert stranger.get(path).json() == {"status": "ok"}


def test_nothing_else_answers_without_the_key(made, stranger):
    paths = [path for path in made[0].openapi()["paths"] if path.startswith("/api/")]
    assert len(paths) > 10
    for path in [*paths, "/docs", "/api/v1/openapi.json"]:
        problem(stranger.get(path.replace("{", "").replace("}", ""), headers={"accept": "*/*"}), 401)


def test_the_description_names_every_address_and_every_parameter_says_what_it_means(made):
    described = made[0].openapi()
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation.get("description"), path
            assert "default" in operation["responses"] or not path.startswith("/api/"), path


def test_the_page_of_the_api_has_every_address(browser):
    page = browser.get("/docs").text
    for path in browser.get("/api/v1/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page


def test_an_upload_becomes_a_run_once_for_one_key(desk, blobs):  # noqa: F811
    desk.headers["accept"] = "application/json"
    form = {
        "files": {"customers": ("c.csv", blobs.to_csv(index=False).encode())},
        "data": {"options": '{"k": 3}', "name": "up"},
    }
    first = desk.post("/api/v1/runs/upload", headers={"idempotency-key": "one"}, **form)
    assert first.status_code == 202, first.text
    again = desk.post("/api/v1/runs/upload", headers={"idempotency-key": "one"}, **form)
    assert again.json()["id"] == first.json()["id"]
    other = desk.post(
        "/api/v1/runs/upload", headers={"idempotency-key": "one"}, **form | {"data": {"options": '{"k": 4}'}}
    )
    assert "Idempotency-Key" in problem(other, 422)["title"]
    later = form | {"files": {"customers": ("c.csv", blobs[:100].to_csv(index=False).encode())}}
    other = desk.post("/api/v1/runs/upload", headers={"idempotency-key": "one"}, **later)
    assert "Idempotency-Key" in problem(other, 422)["title"]
    somebody_else = type(desk)(desk.app, base_url=str(desk.base_url), headers=desk.headers)
    somebody_else.get(f"/enter?token={desk.app.state.entrance._links.new_link()}")
    theirs = somebody_else.post(
        "/api/v1/runs/upload", headers={"idempotency-key": "one"}, **later | {"data": {"name": "theirs"}}
    )
    assert theirs.json()["id"] != first.json()["id"]
    job = over(desk, first.headers["location"].replace("/api/v1", ""))
    assert (job["state"], job["run"]) == ("done", "up")
    assert desk.get("/api/v1/runs/up").json()["k"] == 3
    events = desk.get(f"/api/v1/jobs/{job['id']}/events").text
    assert "event: progress" in events
    assert '"state": "done"' in events
    assert str(desk.app.state.drafts._folder) not in json.dumps(desk.get("/api/v1/jobs").json())


def test_a_field_that_is_uploaded_several_times_is_one_table(desk, blobs):  # noqa: F811
    desk.headers["accept"] = "application/json"
    files = [("customers", (f"{i}.csv", blobs[i::2].to_csv(index=False).encode())) for i in range(2)]
    answer = desk.post("/api/v1/runs/upload", files=files, data={"options": '{"k": 3}'})
    assert answer.json()["files"] == {"customers": "0.csv and 1 more"}
    job = over(desk, answer.headers["location"].replace("/api/v1", ""))
    assert desk.get(f"/api/v1/runs/{job['run']}").json()["balance"]["segmented"] == len(blobs)


def test_a_file_in_an_allowed_folder_is_segmented_and_no_other(desk, blobs, tmp_path):  # noqa: F811
    desk.headers["accept"] = "application/json"
    blobs.to_csv(tmp_path / "shared" / "c.csv", index=False)
    blobs.to_csv(tmp_path / "secret.csv", index=False)
    wish = {"files": {"customers": str(tmp_path / "shared" / "c.csv")}, "options": {"k": 2}}
    made = desk.post("/api/v1/runs", json=wish)
    assert made.status_code == 202, made.text
    desk.post(f"/api/v1/jobs/{made.json()['id']}/cancel")
    days = tmp_path / "shared" / "days"
    days.mkdir()
    for number in range(2):
        blobs.iloc[number::2].to_csv(days / f"{number}.csv", index=False)
    by_name = {
        "0.csv and 1 more": (str(days / "*.csv"), [str(days / "0.csv"), str(days / "1.csv")]),
        "days": [str(days)],
    }
    for name, several in ((name, several) for name, spellings in by_name.items() for several in spellings):
        made = desk.post("/api/v1/runs", json=wish | {"files": {"customers": several}})
        assert made.json()["files"] == {"customers": name}, made.text
        desk.post(f"/api/v1/jobs/{made.json()['id']}/cancel")
    for bad in (
        {"files": {"customers": [str(days / "0.csv"), str(tmp_path / "secret.csv")]}},
        {"files": {"customers": []}},
        {"files": {"customers": str(tmp_path / "*.csv")}},
        {"files": {"customers": str(tmp_path / "secret.csv")}},
        {"files": {"customers": "postgresql://db/x"}},
        {"files": {"nonsense": "x"}},
        wish | {"options": {"contract": "/etc/passwd"}},
        wish | {"options": {"k": "many"}},
        wish | {"extra": 1},
        {"files": {}},
    ):
        problem(desk.post("/api/v1/runs", json=bad), 422)


def test_files_of_a_folder_that_are_not_read_are_told_as_by_the_command(desk, blobs, tmp_path):  # noqa: F811
    desk.headers["accept"] = "application/json"
    days = tmp_path / "shared" / "days"
    days.mkdir()
    blobs.iloc[::2].to_parquet(days / "0.parquet")
    blobs.iloc[1::2].to_csv(days / "1.csv", index=False)
    (days / "readme.md").write_text("Twice a day.", encoding="utf-8")
    with clustera.segment(days, k=3, progress=False, threads=1) as seg:
        told = [finding for finding in seg.outcome.findings if finding.code == "files-not-read"]
    assert [finding.count for finding in told] == [2]
    for asked in (str(days), [str(days)]):
        made = desk.post("/api/v1/runs", json={"files": {"customers": asked}, "options": {"k": 3}})
        job = over(desk, made.headers["location"].replace("/api/v1", ""))
        run = clustera.load(job["run"], runs=desk.app.state.library.store.folder)
        assert [finding for finding in run.outcome.findings if finding.code == "files-not-read"] == told
        said = desk.get(f"/api/v1/runs/{job['run']}").json()["findings"]
        assert any("1.csv" in one["message"] and "readme.md" in one["message"] for one in said)


def test_a_folder_whose_tables_are_links_is_the_files_that_they_lead_to(desk, blobs, tmp_path):  # noqa: F811
    desk.headers["accept"] = "application/json"
    days = tmp_path / "shared" / "days"
    days.mkdir()
    for number in range(2):
        blobs.iloc[number::2].to_csv(tmp_path / "shared" / f"{number}.csv", index=False)
        (days / f"{number}.csv").symlink_to(tmp_path / "shared" / f"{number}.csv")
    made = desk.post("/api/v1/runs", json={"files": {"customers": str(days)}, "options": {"k": 3}})
    assert made.json()["files"] == {"customers": "0.csv and 1 more"}, made.text
    desk.post(f"/api/v1/jobs/{made.json()['id']}/cancel")
    (days / "2.csv").symlink_to(tmp_path / "secret.csv")
    blobs.to_csv(tmp_path / "secret.csv", index=False)
    problem(desk.post("/api/v1/runs", json={"files": {"customers": str(days)}, "options": {"k": 3}}), 422)


def test_the_api_is_not_for_pages_of_others(browser):
    answer = browser.post("/api/v1/runs/table/predict", json={"values": {}}, headers={"origin": "http://evil.example"})
    problem(answer, 403)


def test_every_address_of_the_docs_is_in_the_description(api):
    page = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    described = api.get("/api/v1/openapi.json").json()["paths"]
    known = {(verb.upper(), re.sub(r"{\w+}", "X", path)) for path, verbs in described.items() for verb in verbs}
    section = page[page.index("\n## The API\n") :].partition("\n## ")[2].partition("\n## ")[0]
    told = re.findall(r"`(GET|PUT|POST|DELETE) (/[^`?]*)", section)
    told += re.findall(r"`(GET|PUT|POST|DELETE) (/api/v1/[^`?]*)", page)
    assert len(told) > 40
    for verb, path in told:
        place = path if path.startswith(("/api/v1/", "/health", "/ready", "/metrics")) else f"/api/v1{path}"
        assert (verb, re.sub(r"\b[A-Z]+\b", "X", place)) in known, (verb, path)
    assert not re.findall(
        r"`/(?!api/v1|docs|health|ready|metrics)[a-z]", section
    )  # no address without its verb and all of it


def test_one_customer_may_have_the_cells_that_several_have(api):
    one = api.post("/api/v1/runs/table/predict", json={"values": {"income": "$1,200"}}).json()
    assert one["segment"] == api.post("/api/v1/runs/table/predict", json={"values": {"income": 1200}}).json()["segment"]
    refused = problem(api.post("/api/v1/runs/table/predict", json={"values": {"income": "a lot"}}), 422)
    assert (refused["title"].endswith("is no number."), "Say a number" in refused["detail"]) == (True, True)


def test_the_orders_query_runs_on_the_values_file_through_the_view_of_the_docs(folder, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    view = re.search(r"`(create view customers as [^`]*)`", page)[1].replace("runs/RUN", str(folder / "orders"))
    seg = clustera.load("orders", runs=folder)
    with duckdb.connect() as db:
        db.execute(view)
        rows = db.execute(seg.sql(table="customers")).fetchall()
    found = {row[0]: row[-2] for row in rows}
    assert found == dict(zip(seg.customers["id"], seg.customers["segment"], strict=True))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 5000,
        b'{"text":',
        b"{'text': 'x'}",
        b"",
        b"\xff\xfe",
        b'{"mysql://ann:s3cret@db/crm": 1}',
        b'{"text": []}',
    ],
)
@pytest.mark.parametrize(
    "path", ["runs/orders/notes", "runs/nope/notes", "runs/orders/campaigns", "runs/orders/exports"]
)
def test_a_body_that_cannot_be_read_is_refused_with_a_cure_and_without_a_login_or_a_folder(api, folder, path, body):
    answer = api.post(f"/api/v1/{path}", content=body, headers={"content-type": "application/json"})
    told = problem(answer, answer.status_code)
    assert answer.status_code in (400, 404, 422)
    assert told["detail"]
    assert "s3cret" not in answer.text
    assert str(folder) not in answer.text


@pytest.mark.parametrize("path", ["runs/nope", "runs/orders/campaigns/nope", "runs/..%2Fx/customers"])
def test_what_is_not_there_is_told_without_the_place_of_the_folder(api, folder, path):
    assert str(folder.parent) not in str(problem(api.get(f"/api/v1/{path}"), 404))
