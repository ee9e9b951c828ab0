"""From files to a run in the browser's way; and what is brought that must not come in."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.waiting import wait_until

import clustera
from clustera.errors import InputError, RunError
from clustera.service.drafts import OPTIONS, Drafts, allowed, safe_name
from clustera.settings import all_options
from clustera.store import Store

from .conftest import HOST, orders_of

OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def desk(tmp_path):
    """A service of an empty folder, and a browser that is in."""
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    (tmp_path / "shared").mkdir()
    sessions = Sessions()
    app = create_app(
        tmp_path / "runs", sessions=sessions, hosts=frozenset({HOST}), roots=[tmp_path / "shared"], limit=2 << 20
    )
    with TestClient(app, base_url=f"http://{HOST}", follow_redirects=False) as client:
        client.get(f"/enter?token={sessions.new_link()}")
        client.headers.update(OURS | {"accept": "text/html"})
        yield client


def brought(client, *files):
    answer = client.post("/new", files=[("files", file) for file in files])
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def over(client, address):
    """A job once it is over."""

    def found():
        job = client.get(f"{address}.json").json()
        return job if job["state"] in ("done", "failed", "canceled") else None

    return wait_until(found)


def test_a_table_becomes_a_run(desk, blobs):
    draft = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    page = desk.get(draft).text
    assert "180 customers can be segmented" in page
    assert 'name="role:income"' in page
    answer = desk.post(
        draft, data={"what": "customers", "k": "3", "name": "first", "response_rate": "5%", "start": "1"}
    )
    job = over(desk, answer.headers["location"])
    assert (job["state"], job["run"], job["options"]["response_rate"]) == ("done", "first", 0.05)
    assert "/runs/first/overview" in desk.get(answer.headers["location"]).text
    assert desk.get("/runs/first/overview").status_code == 200
    wait_until(lambda: desk.get(draft).status_code == 404)  # what was uploaded is gone


def test_a_log_is_known_as_one_beside_its_products_and_customers(desk):
    log = orders_of(40, 300).assign(product_id=lambda f: f.order_id % 5)
    products = "product_id,category\n" + "\n".join(f"{i},C{i % 2}" for i in range(5))
    people = "customer_id,city\n" + "\n".join(f"P{i:03d},Ulm" for i in range(40))
    draft = brought(
        desk,
        ("people.csv", people.encode()),
        ("log.csv", log.to_csv(index=False).encode()),
        ("products.csv", products.encode()),
    )
    page = desk.get(draft).text
    chosen = re.findall(r'<option value="(\w+)" selected>', page[: page.index("orders-title")])
    assert chosen == ["customers", "orders", "products"]
    assert "40 customers can be segmented" in page


def test_all_files_of_one_log_are_read_and_one_that_is_not_used_is_told(desk):
    log = orders_of(40, 300)
    # The same orders once more, under other names.
    again = log.set_axis(["nr", "buyer", "day", "paid"], axis=1)
    draft = brought(
        desk,
        ("until_june.csv", log[:200].to_csv(index=False).encode()),
        ("july.csv", log[200:203].to_csv(index=False).encode()),  # too few to look like a log by themselves
        ("later.csv", log[203:].assign(note="x").to_csv(index=False).encode()),
        ("again.csv", again.to_csv(index=False).encode()),
    )
    page = desk.get(draft).text
    chosen = re.findall(r'<option value="(\w+)" selected>', page[: page.index("orders-title")])
    assert chosen == ["orders", "orders", "orders", "unused"]
    assert re.findall(r"<strong>(\S+) is not used.</strong>", page) == ["again.csv"]
    assert "40 customers can be segmented" in page
    assert page.count("--orders") == 3
    desk.post(draft, data={"what": ["orders", "orders", "unused", "unused"]})
    assert f"{log[:203].customer_id.nunique()} customers can be segmented" in desk.get(draft).text
    job = desk.post(draft, data={"what": ["orders"] * 3 + ["unused"], "start": "1", "k": "2"}).headers["location"]
    run = over(desk, job)["run"]
    assert desk.get(f"/api/v1/runs/{run}").json()["money"]["lines"] == len(log)


def test_a_snapshot_date_after_today_is_refused_at_its_field(desk, tmp_path):
    draft = brought(desk, ("log.csv", orders_of(40, 300).to_csv(index=False).encode()))
    desk.headers["accept"] = "application/json"
    wrong = desk.post(draft, data={"what": "orders", "as_of": "2999-12-31", "start": "1"})
    (tmp_path / "shared" / "log.csv").write_text(orders_of(40, 300).to_csv(index=False))
    wish = {"files": {"orders": str(tmp_path / "shared" / "log.csv")}, "options": {"as_of": "2999-12-31"}}
    for answer in (wrong, desk.post("/api/v1/runs", json=wish)):
        assert (answer.status_code, answer.json()["field"]) == (422, "as_of")
        assert answer.json()["title"].startswith("The snapshot date is 2999-12-31, which is after today, ")
        assert "today=" not in answer.json()["detail"]
    assert not desk.get("/api/v1/jobs").json()["jobs"]


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_a_log_that_mostly_lies_in_the_future_says_so_first(desk, share):
    log = orders_of(40, 300)
    late = log.index >= (1 - share) * len(log)
    log.loc[late, "order_date"] = log.order_date[late].str.replace("2025-", "2995-")
    page = desk.get(brought(desk, ("log.csv", log.to_csv(index=False).encode()))).text
    first = page[: page.index("files-title")]
    assert ("in the future" in first) == (share > 0.5)
    assert ('name="start"' in first) == (share < 0.5)
    assert page.count('name="start"') == {0.3: 2, 0.7: 1, 1.0: 0}[share]


def test_a_role_that_is_changed_holds_and_those_that_are_not_stay_free(desk, blobs):
    draft = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    found = dict(re.findall(r'name="found:(\w+)" value="(\w+)"', desk.get(draft).text))
    form = {"what": "customers"} | {f"found:{name}": role for name, role in found.items()}
    desk.post(draft, data=form | {f"role:{name}": role for name, role in found.items()})
    assert "--set" not in desk.get(draft).text
    desk.post(draft, data=form | {f"role:{name}": role for name, role in (found | {"income": "exclude"}).items()})
    page = desk.get(draft).text
    assert "features=age,spending_score" in page
    assert "exclude=income" in page


def test_a_column_of_the_orders_can_be_given_another_role(desk):
    log = orders_of(40, 300).assign(net=lambda f: f.amount * 0.8)
    draft = brought(desk, ("log.csv", log.to_csv(index=False).encode()))
    desk.post(draft, data={"what": "orders", "found:net": "ignored", "role:net": "amount"})
    assert "amount=net" in desk.get(draft).text


def test_a_run_is_made_again_with_another_number_of_segments_and_used_once_somebody_says_so(desk, tmp_path, blobs):
    with clustera.segment(blobs, progress=False, threads=1) as seg:
        seg.publish(tmp_path / "runs", name="first")
    page = desk.get("/runs/first/number?k=5").text
    assert 'action="/runs/first/number#make"' in page
    named = re.search(r'name="called"[^>]* value="([^"]*)"', page)[1]
    taken = desk.post("/runs/first/number", data={"k": "5", "called": "first", "use": "1"})
    assert (taken.status_code, "There is already a run" in taken.text) == (400, True)
    assert re.search(r'name="called"[^>]* value="first" aria-invalid="true"', taken.text)
    assert re.search(r'name="use" value="1" checked', taken.text)
    work = desk.post("/runs/first/number", data={"k": "5", "called": named}).headers["location"]
    job, runs = over(desk, work), Store(tmp_path / "runs")
    assert (job["state"], job["run"]) == ("done", "first-5-segments")
    assert 'value="first-5-segments-2"' in desk.get("/runs/first/number?k=5").text
    for address in (work, "/runs/first-5-segments/overview"):
        assert 'action="/runs/first-5-segments/use"' in desk.get(address).text
    assert runs.open().name == "first"
    assert desk.post("/runs/first-5-segments/use").status_code == 303
    assert runs.open().name == "first-5-segments"
    for address in (work, "/runs/first-5-segments/overview"):
        assert '/use"' not in desk.get(address).text
    used = over(desk, desk.post("/runs/first/number", data={"k": "2", "use": "1"}).headers["location"])
    assert runs.open().name == used["run"] != ""
    there = desk.get("/runs/first/number.json?k=5").json()["segments"]
    again = desk.get(f"/runs/{job['run']}/overview.json").json()["segments"]
    assert sorted(one["customers"] for one in again) == sorted(one["customers"] for one in there)


def test_recommendations_are_worked_out_from_a_page_and_stand_on_it(desk, tmp_path):
    log = orders_of(60, 300).assign(category=lambda f: [("tea", "coffee", "gifts")[n % 3] for n in f["order_id"]])
    with clustera.segment(orders=log, k=2, keep_orders=True, progress=False, threads=1) as seg:
        seg.publish(tmp_path / "runs", name="first")
    kept = tmp_path / "runs" / "first.recommendations.parquet"
    kept.unlink(missing_ok=True)  # small runs come with them
    assert 'action="/runs/first/recommend"' in desk.get("/runs/first/segments/1").text
    job = over(desk, desk.post("/runs/first/recommend").headers["location"])
    assert (job["state"], job["run"]) == ("done", "first")
    assert kept.is_file()
    page = desk.get("/runs/first/segments/1").text
    assert 'action="/runs/first/recommend"' not in page
    assert "Recommended to" in page


def test_order_lines_are_kept_for_the_pages_of_customers_unless_somebody_says_otherwise(desk):
    draft = brought(desk, ("log.csv", orders_of(40, 300).to_csv(index=False).encode()))
    page = desk.get(draft).text
    assert re.search(r'name="keep_orders" value="1" checked', page)
    assert "--keep-orders" in page
    desk.post(draft, data={"what": "orders"})
    page = desk.get(draft).text
    assert re.search(r'name="keep_orders" value="1">', page)
    assert "--keep-orders" not in page


def test_a_cure_names_the_place_on_the_page_and_no_option_of_the_command(desk, blobs):
    draft = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    found = desk.get(draft).text
    cures = found[found.index("findings-title") : found.index("settings-title")]
    assert "age is a sensitive attribute" in cures
    assert "choose so in the table above" in cures
    assert "--" not in cures


def test_what_can_not_be_segmented_says_why_and_can_not_be_started(desk):
    draft = brought(desk, ("one.csv", b"a,b\n1,2\n"))
    page = desk.get(draft).text
    assert 'role="alert"' in page
    assert 'name="role:a"' in page  # the roles can be chosen although nothing could be checked
    assert desk.post(draft, data={"what": "customers", "start": "1"}).headers["location"] == draft
    assert not desk.get("/api/v1/jobs").json()["jobs"]


@pytest.mark.parametrize("content", [b"\x00\xff\xfe garbage \x89PNG", b"PK\x03\x04broken", b"%PDF-1.7"])
def test_a_file_that_is_no_table_is_told_so(desk, content):
    answer = desk.post("/new", files=[("files", ("x.bin", content))])
    page = desk.get(answer.headers["location"])
    assert page.status_code == 200
    assert "note-box" in page.text


def test_no_file_and_an_empty_file_are_told_so(desk):
    assert "Nothing was chosen" in desk.post("/new", files=[("files", ("", b""))]).text
    assert "is empty" in desk.post("/new", files=[("files", ("a.csv", b""))]).text


def test_an_upload_beyond_the_limit_is_refused_and_leaves_nothing(desk, tmp_path):
    assert desk.post("/new", files=[("files", ("big.csv", b"x" * (3 << 20)))]).status_code == 413

    def chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        for _ in range(40):
            yield b"x" * (100 << 10)
        yield b"\r\n--b--\r\n"

    answer = desk.post("/new", content=chunks(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    left = [path for path in (tmp_path / "runs").rglob("*") if path.suffix == ".csv"]
    assert left == []


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "/etc/passwd", "..\\..\\evil.csv", "C:evil.csv", "a\x00b.csv", "." * 300, "é" * 300, "con"],
)
def test_a_name_never_leads_out_of_its_folder(name, tmp_path):
    made = tmp_path / safe_name(name)
    made.write_text("x")
    assert made.resolve().parent == tmp_path.resolve()
    assert made.read_text() == "x"


def test_only_files_under_the_allowed_folders_can_be_named_by_path(tmp_path):
    shared, secret = tmp_path / "shared", tmp_path / "secret.csv"
    shared.mkdir()
    (shared / "ok.csv").write_text("a\n1\n")
    secret.write_text("a\n1\n")
    (shared / "link.csv").symlink_to(secret)
    drafts = Drafts(tmp_path / "desk", Store(tmp_path), roots=[shared])
    assert drafts.under_roots(str(shared / "ok.csv")) == (shared / "ok.csv").resolve()
    told = set()
    for path in (secret, shared / ".." / "secret.csv", shared / "link.csv", "/etc/passwd", shared, "\0", "nowhere.csv"):
        with pytest.raises(InputError) as error:
            drafts.under_roots(str(path))
        told.add(error.value.message.replace(repr(str(path)), "X"))
    assert len(told) == 1  # whether it is there is not told
    with pytest.raises(InputError, match="No folder"):
        Drafts(tmp_path / "desk", Store(tmp_path)).under_roots(str(shared / "ok.csv"))


@pytest.mark.parametrize("draft", ["%2e%2e%2fruns", "0" * 16, "x", "..%2f..%2f"])
def test_the_id_of_a_draft_is_never_a_path(desk, draft):
    assert desk.get(f"/new/{draft}").status_code == 404


def test_no_option_that_names_a_file_or_a_limit_of_the_host_can_be_asked_for():
    assert set(all_options()) >= OPTIONS
    for name in ("contract", "playbook", "language", "query", "table", "memory_limit", "threads", "settings", "today"):
        assert name not in OPTIONS
        with pytest.raises(InputError, match="can't be asked for"):
            allowed({name: "x"})


def test_a_name_that_is_taken_is_said_before_the_work(desk, blobs):
    draft = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    answer = desk.post(draft, data={"what": "customers", "name": "../x", "start": "1"})
    assert answer.status_code == 409
    assert "can&#39;t be the name of a run" in answer.text


def test_a_job_that_nobody_asked_for_is_not_there(desk):
    assert desk.get("/jobs/nothing").status_code == 404
    assert desk.post("/jobs/nothing/cancel").status_code == 404


def test_opening_pages_writes_nothing(folder, browser):
    browser.get("/runs")
    browser.get("/runs/orders/overview")
    assert not (folder / ".service").exists()


def test_a_draft_that_is_gone_is_told_so(tmp_path):
    drafts = Drafts(tmp_path, Store(tmp_path))
    made = drafts.new()
    drafts.remove(made)
    with pytest.raises(RunError, match="not here any more"):
        drafts.open(made)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights in another way")
def test_no_other_user_of_the_computer_can_read_what_was_uploaded(desk, tmp_path, blobs):
    brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    assert (tmp_path / "runs" / ".service").stat().st_mode & 0o077 == 0


def test_a_second_table_keeps_the_definitions_of_the_first_run_unless_somebody_says_otherwise(desk, blobs, folder):
    import shutil

    from clustera.store import Store

    runs = desk.app.state.library.store.folder
    runs.mkdir(exist_ok=True)
    for name in ("table", "orders"):
        shutil.copytree(folder / name, runs / name)
    place = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    page = desk.get(place).text
    assert '<option value="table" selected>Same definitions as table</option>' in page
    assert "--like table" in page
    assert page.count('name="start"') == 2
    assert '<details class="settings">' in page
    asked = {"what": "customers", "start": "1", "like": "table"}
    refused = desk.post(place, data=asked | {"k": "3"})
    assert refused.status_code == 422
    assert "definitions of table are kept" in refused.text
    job = over(desk, desk.post(place, data=asked | {"name": "second", "k": ""}).headers["location"])
    assert job["state"] == "done"
    assert Store(runs).open("second").outcome().comparison.before == "table"
    log = brought(desk, ("log.csv", orders_of(40, 300).to_csv(index=False).encode()))
    page = desk.get(log).text
    assert '<option value="orders" selected>' in page
    assert 'name="keep_currency"' in page
    other = brought(desk, ("people.csv", b"id,shoe_size\n1,40\n2,41\n"))
    assert "selected>Same definitions" not in desk.get(other).text


def test_the_report_is_printed_where_that_was_asked_for(desk, blobs, monkeypatch):
    from clustera.service import worker

    asked = []

    class Made:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def publish(self, runs, **options):
            asked.append(options["pdf"])
            return self

        name = "x"

    monkeypatch.setattr("clustera.segmentation.segment_as_kept", lambda *_, **__: Made())

    class Silent:
        def begin_writing(self):
            pass

    for pdf in (True, False):
        worker._segmented({"files": {}, "options": {}, "pdf": pdf}, Path("runs"), Silent())
    assert asked == [True, False]
    place = brought(desk, ("customers.csv", blobs.to_csv(index=False).encode()))
    desk.post(place, data={"what": "customers", "pdf": "1"})
    assert "--pdf" in desk.get(place).text
    assert desk.app.state.drafts.open(place.rsplit("/", 1)[1]).spec()["pdf"] is True


def test_too_many_files_are_refused_by_their_number(desk, blobs):
    content = blobs.head(12).to_csv(index=False).encode()
    for count, said in ((17, "These are 17 files and tables; 16 can be brought at a time."), (201, "Too many files.")):
        answer = desk.post("/new", files=[("files", (f"{number}.csv", content)) for number in range(count)])
        assert (answer.status_code // 100, said in answer.text) == (4, True)
        assert "openapi" not in answer.text.partition("<main")[2].partition("</main")[0]
    form = [("orders", (f"{number}.csv", content)) for number in range(17)]
    refused = desk.post("/api/v1/runs/upload", files=form, headers={"accept": "application/json"})
    assert (refused.status_code, "These are 17 files" in refused.json()["title"]) == (422, True)
    assert not list(desk.app.state.drafts._folder.glob("*"))


def test_the_roles_of_more_columns_than_a_form_usually_has_are_corrected(desk):
    names = [f"f{number}" for number in range(700)]
    lines = ["id," + ",".join(names), *(f"{row}," + ",".join([str(row % 7)] * 700) for row in range(12))]
    draft = brought(desk, ("wide.csv", "\n".join(lines).encode()))
    roles = {f"role:{name}": "feature" if name == "f1" else "exclude" for name in names}
    found = {f"found:{name}": "feature" for name in names}
    answer = desk.post(draft, data={"what": "customers"} | roles | found)
    assert answer.status_code == 303, answer.text
    assert len(desk.app.state.drafts.open(draft.rpartition("/")[2]).options["exclude"]) == 699
