"""Schedules on the pages, through the API and in the service: queued when due, seen when they failed."""

from __future__ import annotations

import re
from dataclasses import replace

from clustera.records import Schedule
from clustera.segmentation.scheduling import due_since, keep_schedule, make_schedule, next_due
from clustera.service.database import Database
from clustera.service.jobs import Jobs
from clustera.service.scheduler import Scheduler
from clustera.store import Store

from .test_api import problem
from .test_new import desk, over  # noqa: F401 - a fixture


def test_a_schedule_of_the_form_is_run_and_a_failure_is_seen(desk, blobs, tmp_path):  # noqa: F811
    file = tmp_path / "shared" / "c-1.csv"
    blobs.to_csv(file, index=False)
    form = {"name": "nightly", "customers": str(tmp_path / "shared" / "c-*.csv"), "zone": "Europe/Berlin"}
    assert desk.post("/schedules", data=form).headers["location"] == "/schedules?kept=nightly"
    assert "every day at 03:00 (Europe/Berlin)" in desk.get("/schedules").text
    job = over(desk, desk.post("/schedules/nightly/run").headers["location"])
    assert job["state"] == "done", job
    page = desk.get("/schedules").text
    assert f'href="/runs/{job["run"]}/overview"' in page
    file.unlink()
    job = over(desk, desk.post("/schedules/nightly/run").headers["location"])
    assert job["state"] == "failed"
    assert "There is no file" in job["message"]
    assert 'href="/schedules">Back to the schedules' in desk.get(f"/jobs/{job['id']}").text
    for address in ("/schedules", "/runs"):
        assert "There is no file" in desk.get(address).text
    assert desk.get("/schedules.json").json()[0]["last"]["state"] == "failed"
    assert "nightly,day," in desk.get("/schedules.csv").text
    desk.post("/schedules/nightly/remove")
    assert desk.get("/schedules.json").json() == []


def test_no_page_schedules_a_file_outside_of_the_folders_or_a_database(desk, tmp_path):  # noqa: F811
    (tmp_path / "secret.csv").write_text("id,spend\n1,2\n")
    for path in (tmp_path / "secret.csv", tmp_path / "shared" / ".." / "*.csv", "/etc/passw*", "duckdb:///x", "/"):
        assert desk.post("/schedules", data={"name": "s", "customers": str(path)}).status_code == 422
        problem(desk.put("/api/v1/schedules/s", json={"files": {"customers": str(path)}}), 422)
    assert desk.get("/schedules.json").json() == []


def test_the_key_of_a_webhook_is_shown_once(desk, tmp_path):  # noqa: F811
    (tmp_path / "shared" / "c.csv").write_text("id,spend\n1,2\n")
    form = {"name": "s", "customers": str(tmp_path / "shared" / "c.csv"), "webhook": "https://hooks.example.com/x"}
    secret = re.search(r"<code class=\"wrap\">([0-9a-f]{64})</code>", desk.post("/schedules", data=form).text)[1]
    for address in ("/schedules", "/schedules.json", "/api/v1/schedules"):
        assert secret not in desk.get(address).text
    made = desk.put("/api/v1/schedules/t", json={"files": {"customers": form["customers"]}, "webhook": form["webhook"]})
    assert re.fullmatch("[0-9a-f]{64}", made.json()["secret"])
    assert desk.delete("/api/v1/schedules/t").status_code == 204
    problem(desk.delete("/api/v1/schedules/t"), 404)


def test_what_is_due_is_queued_once_for_each_time(desk, tmp_path):  # noqa: F811
    (tmp_path / "shared" / "c.csv").write_text("id,spend\n1,2\n")
    desk.post("/schedules", data={"name": "s", "customers": str(tmp_path / "shared" / "c.csv")})
    store = Store(tmp_path / "runs")
    jobs = Jobs(Database(f"sqlite:///{tmp_path / 'desk' / 'jobs.sqlite'}"))
    scheduler = Scheduler(store, lambda: jobs)
    schedule = store.schedules.open("s")
    due = next_due(schedule, schedule.made)
    assert scheduler.queue_due(due - 1) == ()
    first, again = (scheduler.queue_due(due + late)[0] for late in (0, 20))
    assert first.id == again.id
    assert len(jobs.list()) == 1
    store.schedules.add(replace(schedule, made=schedule.made + 1))
    assert due_since(store, store.schedules.open("s"), due) == due
    jobs.database.close()


def test_a_job_that_was_canceled_before_its_schedule_began_is_kept_as_that_and_not_made_a_day_later(
    tmp_path, monkeypatch
):
    now = 1.8e9
    monkeypatch.setattr("time.time", lambda: now)
    store = Store(tmp_path)
    schedule = Schedule("s", {"customers": "a.csv"}, every="month", made=now - 40 * 86_400)
    store.schedules.add(schedule)
    jobs = Jobs(Database(f"sqlite:///{tmp_path / 'desk' / 'jobs.sqlite'}"))
    scheduler = Scheduler(store, lambda: jobs)
    (job,) = scheduler.queue_due(now)
    jobs.cancel(job.id)
    assert [known.id for known in scheduler.queue_due(now + 20)] == [job.id]
    assert [entry.message for entry in store.schedules.history("s")] == ["It was canceled before it began."]
    now += 2 * 86_400
    assert scheduler.queue_due(now) == ()
    jobs.database.close()


def test_a_schedule_is_changed_paused_and_resumed_on_the_page(desk, tmp_path):  # noqa: F811
    file = tmp_path / "shared" / "c.csv"
    file.write_text("id,spend\n1,2\n")
    form = {"name": "s", "customers": str(file), "every": "week", "on": "tuesday", "size": "10%"}
    assert desk.post("/schedules", data=form | {"webhook": "https://hooks.example.com/key"}).status_code == 200
    assert desk.post("/schedules", data=form).status_code == 422  # a new one takes no name that is taken
    store = Store(tmp_path / "runs").schedules
    made = store.open("s")

    page = desk.get("/schedules?change=s").text
    assert 'value="tuesday"' in page
    assert 'value="10%"' in page
    assert f'<option value="{file}">' in page
    assert "hooks.example.com/key" not in page
    changed = form | {"changed": "s", "on": "friday", "at": "05:30", "mail": "ann@shop.example, ben@shop.example"}
    assert desk.post("/schedules", data=changed).headers["location"] == "/schedules?kept=s"
    found = store.open("s")
    assert (found.on, found.at, found.mail) == (5, "05:30", ("ann@shop.example", "ben@shop.example"))
    assert (found.webhook, found.secret, found.roots) == (made.webhook, made.secret, made.roots)
    desk.post("/schedules", data=changed | {"silent": "1"})
    assert (store.open("s").webhook, store.open("s").secret) == ("", "")

    desk.post("/schedules/s/pause", data={"paused": "1"})
    assert "Paused" in desk.get("/schedules").text
    assert desk.get("/schedules.json").json()[0]["next"] is None
    later = found.made + 40 * 24 * 3600
    assert due_since(Store(tmp_path / "runs"), store.open("s"), later) is None
    assert desk.post("/api/v1/schedules/s/resume").status_code == 204
    resumed = store.open("s")
    assert not resumed.paused
    assert due_since(Store(tmp_path / "runs"), resumed, resumed.made + 1) is None  # what was missed is not made up for
    assert due_since(Store(tmp_path / "runs"), resumed, later) is not None
    assert desk.post("/schedules/none/pause").status_code == 404


def test_a_schedule_of_a_database_keeps_it_where_somebody_changes_its_time_on_the_page(desk, tmp_path):  # noqa: F811
    store = Store(tmp_path / "runs")
    keep_schedule(store, make_schedule("s", {"orders": "duckdb:///shop.duckdb"}, options={"currency": "c"}, like=""))
    assert (
        desk.post("/schedules", data={"changed": "s", "orders": "duckdb:///shop.duckdb", "at": "04:00"}).status_code
        == 303
    )
    found = store.schedules.open("s")
    assert (found.files, found.at, found.options) == ({"orders": "duckdb:///shop.duckdb"}, "04:00", {"currency": "c"})
    assert desk.post("/schedules", data={"changed": "s", "orders": "duckdb:///other.duckdb"}).status_code == 422


def test_a_form_that_can_not_be_kept_keeps_what_was_typed_and_says_which_field_is_wrong(desk, blobs, tmp_path):  # noqa: F811
    for day in ("2026-11-29", "2026-11-30"):
        blobs.to_csv(tmp_path / "shared" / f"c-{day}.csv", index=False)
    page = desk.get("/schedules").text
    assert f'value="{tmp_path}/shared/c-*.csv" label="of orders all 2 files, else the newest"' in page
    assert "No mail is sent yet: this service has no mail server." in page
    assert "the latest run each time (none yet)" in page
    good = {
        "name": "s",
        "customers": f"{tmp_path}/shared/c-*.csv",
        "mail": "ann@shop.example",
        "share": "7%",
        "at": "05:45",
    }
    wrong = {
        "name": "a/b",
        "customers": f"{tmp_path}/shared/none.csv",
        "at": "99:00",
        "zone": "Mars",
        "mail": "ann",
        "webhook": "ftp://shop.example",
        "share": "x",
        "size": "0%",
        "like": "nobody",
    }
    for field, typed in wrong.items():
        answer = desk.post("/schedules", data=good | {field: typed})
        assert answer.status_code in (404, 409, 422), field
        marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', answer.text)
        assert marked == [field]
        for name, value in (good | {field: typed}).items():
            assert f'value="{value}"' in answer.text or name == "like", name
    assert desk.post("/schedules", data=good | {"every": "month", "on": "monday"}).status_code == 422
    assert desk.post("/schedules", data=good | {"every": "month", "on": "15"}).status_code == 303
    (tmp_path / "runs" / ".notices.toml").write_text('[mail]\nhost = "smtp.shop.example"\nsender = "c@shop.example"\n')
    assert "No mail is sent yet" not in desk.get("/schedules").text


def test_an_error_names_its_field_for_the_form_that_is_shown(browser):
    sent = {"define": "spend >", "name": "x"}
    headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
    told = browser.post("/runs/orders/campaigns", data={"name": "s", "margin": "half"}, headers=headers).json()
    assert (told["field"], "margin" in told["title"]) == ("margin", True)
    shown = browser.post("/runs/orders/audience", data=sent, headers=headers)  # its page shows the line again
    assert (shown.status_code, "spend &gt;" in shown.text, 'class="problem' in shown.text) == (422, True, True)


def test_all_wrong_fields_are_said_at_once_and_a_name_alone_is_one_of_the_folder(desk, blobs, tmp_path):  # noqa: F811
    blobs.to_csv(tmp_path / "shared" / "orders_2026-11.csv", index=False)
    wrong = {"name": "s", "customers": "none-*.csv", "at": "25", "zone": "Mars", "mail": "ann", "share": "x"}
    answer = desk.post("/schedules", data=wrong)
    assert answer.status_code == 422
    assert set(re.findall(r'id="wrong-(\w+)"', answer.text)) == {"customers", "at", "zone", "mail", "share"}
    body = problem(desk.put("/api/v1/schedules/s", json={"files": {"customers": "none.csv"}, "at": "25"}), 422)
    assert [body["field"], *(one["field"] for one in body["errors"])] == ["customers", "at"]
    for text in ("orders_2026-*.csv", f"../{(tmp_path / 'shared').name}/orders_2026-*.csv"):
        assert desk.post("/schedules", data={"name": f"s{len(text)}", "customers": text}).status_code == 303, text
    assert desk.post("/schedules", data={"name": "out", "customers": "../*.csv"}).status_code == 422
    assert desk.put("/api/v1/schedules/a", json={"files": {"customers": "orders_*.csv"}}).status_code == 200
    assert Store(tmp_path / "runs").schedules.open("a").files["customers"].startswith(str(tmp_path / "shared"))
