"""Segmentations that are made again and again: when, of which file, and who hears of it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import os
import signal
import socketserver
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from clustera.cli import app
from clustera.errors import InputError
from clustera.records import Alerts, Schedule, ScheduledRun
from clustera.segmentation.schedule_terms import scheduled_files
from clustera.segmentation.scheduling import (
    due_since,
    make_schedule,
    next_due,
    note_lost_schedule_run,
    run_schedule,
    schedule_summary,
)
from clustera.store import Store

BERLIN = ZoneInfo("Europe/Berlin")


def at(*moment, zone=BERLIN):
    return datetime(*moment, tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("asked", "after", "due"),
    [
        ({}, (2026, 5, 4, 2, 59), (2026, 5, 4, 3)),
        ({}, (2026, 5, 4, 3, 0), (2026, 5, 5, 3)),
        ({"every": "week", "on": 1}, (2026, 5, 4, 4), (2026, 5, 11, 3)),  # the 4th is a Monday
        ({"every": "week", "on": 7}, (2026, 5, 4, 4), (2026, 5, 10, 3)),
        ({"every": "month", "on": 28}, (2026, 1, 29), (2026, 2, 28, 3)),
        ({"every": "month", "on": 1}, (2026, 12, 1, 4), (2027, 1, 1, 3)),
    ],
)
def test_a_schedule_is_due_at_its_time_on_its_day(asked, after, due):
    assert next_due(Schedule("s", {}, zone="Europe/Berlin", **asked), at(*after)) == at(*due)


def test_a_change_of_the_clock_leaves_one_run_a_day():
    for spelled, night in (("02:30", (2026, 3, 28, 12)), ("02:30", (2026, 10, 24, 12))):
        schedule = Schedule("s", {}, at=spelled, zone="Europe/Berlin")
        first = next_due(schedule, at(*night))
        second = next_due(schedule, first)
        days = [datetime.fromtimestamp(moment, BERLIN).day for moment in (first, second)]
        assert days[1] - days[0] == 1


def test_a_clock_that_was_wrong_for_a_while_does_not_stop_a_schedule_for_years(tmp_path):
    store, now = Store(tmp_path), at(2026, 5, 4, 12)
    store.schedules.add(replace(Schedule("s", {}, zone="Europe/Berlin"), made=at(2026, 5, 1)))
    store.schedules.record("s", ScheduledRun(at(2026, 5, 4, 3), at(2026, 5, 4, 4), run="a"))
    store.schedules.record("s", ScheduledRun(at(2036, 5, 4, 3), at(2036, 5, 4, 4), run="b"))
    schedule = store.schedules.open("s")
    assert due_since(store, schedule, now) is None
    assert due_since(store, schedule, now + 86_400) == at(2026, 5, 5, 3)
    made_later = replace(schedule, name="t", made=at(2036, 5, 4))
    assert due_since(store, made_later, now) is not None
    assert schedule_summary(store, made_later, now)["next"] == "2026-05-05T03:00:00+02:00"
    # Set back by an hour, as by hand in autumn: it does not run twice in one night.
    assert due_since(store, schedule, at(2026, 5, 4, 2, 30)) is None


def test_what_was_missed_is_made_up_for_once(tmp_path):
    store = Store(tmp_path)
    schedule = Schedule("s", {}, made=at(2026, 5, 4, 12), zone="Europe/Berlin")
    store.schedules.add(schedule)
    assert due_since(store, schedule, at(2026, 5, 5, 2)) is None
    now = at(2026, 5, 9, 12)  # off for days
    assert due_since(store, schedule, now) == at(2026, 5, 5, 3)
    store.schedules.record("s", ScheduledRun(now, now, "r"))
    assert due_since(store, schedule, now) is None
    assert due_since(store, schedule, at(2026, 5, 10, 3)) == at(2026, 5, 10, 3)


def test_the_newest_file_of_a_pattern_is_taken_and_none_outside_of_the_folders(tmp_path):
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("a-2.csv", "a-1.csv")):
        (tmp_path / "in" / name).write_text("x")
        os.utime(tmp_path / "in" / name, (number, number))
    (tmp_path / "a-3.csv").write_text("x")
    (tmp_path / "in" / "a-4.csv").symlink_to(tmp_path / "a-3.csv")
    roots = (str(tmp_path / "in"),)
    assert scheduled_files("customers", str(tmp_path / "in" / "a-*.csv"), roots).endswith("a-1.csv")
    log = [str(tmp_path / "in" / name) for name in ("a-1.csv", "a-2.csv")]
    for several in (tmp_path / "in" / "a-*.csv", tmp_path / "in"):
        assert scheduled_files("orders", str(several), roots) == log
    for outside in (
        str(tmp_path / "a-*.csv"),
        str(tmp_path / "in" / ".." / "a-*.csv"),
        str(tmp_path / "in" / "a-4.csv"),
    ):
        with pytest.raises(InputError):
            scheduled_files("orders", outside, roots)
    (tmp_path / "in" / "a-4.csv").unlink()
    assert scheduled_files("orders", str(tmp_path / "in"), roots) == str(tmp_path / "in")


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "hour"},
        {"at": "24:00"},
        {"zone": "Europe/Berlln"},
        {"every": "month", "on": "31"},
        {"every": "week", "on": "someday"},
        {"mail": ("ann",)},
        {"mail": ("ann@shop.example\nBcc: x@y.zz",)},
        {"webhook": "ftp://x.example"},
        {"webhook": "https://ann:secret@x.example"},
        {"alerts": {"size": "200%"}},
        {"alerts": {"mood": "1%"}},
        {"options": {"nonsense": 1}},
        {"options": {"k": 4}},
        {"files": {"orders": "postgresql://ann:secret@db.example/x"}},
        {"files": {}},
    ],
)
def test_what_can_not_be_scheduled_is_refused(wrong):
    asked = {"files": {"orders": "duckdb:///x"}} | wrong
    with pytest.raises(InputError):
        make_schedule("s", asked.pop("files"), **asked)


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox(socketserver.StreamRequestHandler):
    """A server that takes every mail but that to somebody who is gone."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().strip():
            if line.upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                kept = []
                while (part := self.rfile.readline()) != b".\r\n":
                    kept.append(part)
                self.server.mails.append(email.message_from_bytes(b"".join(kept), policy=email.policy.default))
            gone = line.upper().startswith(b"RCPT") and b"gone" in line
            self.wfile.write(
                b"221 bye\r\n" if line.upper() == b"QUIT" else b"550 who?\r\n" if gone else b"250 good\r\n"
            )


class Hook(BaseHTTPRequestHandler):
    """A server that keeps what it is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append((self.headers["x-clustera-signature"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def listeners():
    """A mail server and a webhook on this computer: their ports, and what they got."""
    mail, hook = socketserver.TCPServer(("127.0.0.1", 0), Mailbox), HTTPServer(("127.0.0.1", 0), Hook)
    mail.mails, hook.told = [], []
    with serving(mail) as smtp, serving(hook) as http:
        yield smtp, http, mail.mails, hook.told


def allow(runs, smtp):
    runs.mkdir(exist_ok=True)
    (runs / ".notices.toml").write_text(
        f'[mail]\nhost = "127.0.0.1"\nport = {smtp}\nsecurity = "none"\nsender = "clustera@shop.example"\n'
        '[webhook]\nnetworks = ["127.0.0.0/8"]\n'
    )


def test_a_schedule_makes_runs_and_tells_what_changed(tmp_path, blobs, listeners):
    smtp, http, mails, told = listeners
    store, options = Store(tmp_path / "runs"), {"threads": 1}
    allow(store.folder, smtp)
    blobs.to_csv(tmp_path / "c-1.csv", index=False)
    made = make_schedule(
        "nightly",
        {"customers": str(tmp_path / "c-*.csv")},
        options=options,
        mail=("ann@shop.example",),
        webhook=f"http://127.0.0.1:{http}/in?x=1",
        alerts={"size": "20%", "share": "5%", "drift": "90%"},
    )
    store.schedules.add(made)
    first = run_schedule(store, "nightly")
    assert (first.failed, first.alerts, first.unsent) == (False, (), ())
    blobs.iloc[:120].to_csv(tmp_path / "c-2.csv", index=False)  # fewer, and of other shares
    os.utime(tmp_path / "c-1.csv", (0, 0))
    second = run_schedule(store, "nightly")
    assert second.run != first.run
    assert second.alerts[-1] == "There are 120 customers; there were 180."
    assert [mail["subject"] for mail in mails] == ["Clustera: nightly is done", "Clustera: nightly needs a look"]
    body, report = mails[1].iter_parts()
    assert "There are 120 customers" in body.get_content()
    assert report.get_filename() == f"{second.run}.html"
    assert "<!doctype html>" in report.get_content()
    signature, sent = told[1]
    stamp, code = (part.partition("=")[2] for part in signature.split(","))
    assert code == hmac.new(made.secret.encode(), f"{stamp}.".encode() + sent, hashlib.sha256).hexdigest()
    assert json.loads(sent)["run"] == second.run
    assert made.secret not in json.dumps(schedule_summary(store, made, time.time()))
    blobs.iloc[:50].to_csv(tmp_path / "c-3.csv", index=False)
    store.schedules.add(replace(made, alerts=Alerts(), mail=(), webhook=""))
    assert run_schedule(store, "nightly").alerts == ("There are 50 customers; there were 120.",)


def test_a_file_with_none_of_the_customers_of_before_is_an_alert_and_no_failure(tmp_path, blobs):
    store, file = Store(tmp_path / "runs"), tmp_path / "c.csv"
    blobs.to_csv(file, index=False)
    store.schedules.add(make_schedule("s", {"customers": str(file)}, options={"threads": 1}, alerts={"drift": "20%"}))
    first = run_schedule(store, "s")
    blobs.assign(customer_id="N" + blobs.customer_id).to_csv(file, index=False)
    second = run_schedule(store, "s")
    assert (second.failed, second.alerts) == (
        False,
        ("None of the earlier customers is in this table, by id, so nobody can have moved.",),
    )
    swapped = blobs.assign(customer_id="N" + blobs.customer_id[::-1].to_numpy())
    swapped.to_csv(file, index=False)
    (said,) = run_schedule(store, "s").alerts
    assert said.endswith(f"of the customers changed their segment since {second.run}.")
    assert first.run != second.run


def test_a_failure_is_kept_told_and_ends_the_command_with_1(tmp_path, listeners):
    smtp, _, mails, _ = listeners
    runs = tmp_path / "runs"
    allow(runs, smtp)
    file = tmp_path / "c.csv"
    file.write_text("id,spend\n1,2\n")
    said = CliRunner().invoke(
        app, ["schedule", "add", "s", "--customers", str(file), "--mail", "a@b.example", "--runs", str(runs)]
    )
    assert said.exit_code == 0, said.output
    file.unlink()
    ran = CliRunner().invoke(app, ["schedule", "run", "s", "--runs", str(runs)])
    assert ran.exit_code == 1
    assert "There is no file" in ran.output
    listed = json.loads(CliRunner().invoke(app, ["schedule", "list", "--runs", str(runs), "--json"]).output)
    assert listed[0]["last"]["state"] == "failed"
    assert mails[0]["subject"] == "Clustera: s failed"
    assert CliRunner().invoke(app, ["schedule", "run", "--due", "--runs", str(runs)]).output == ""  # it is not due
    for verb, kept in (("pause", True), ("resume", False)):
        assert CliRunner().invoke(app, ["schedule", verb, "s", "--runs", str(runs)]).exit_code == 0
        listed = json.loads(CliRunner().invoke(app, ["schedule", "list", "--runs", str(runs), "--json"]).output)
        assert (listed[0]["paused"], listed[0]["next"] is None) == (kept, kept)
    assert CliRunner().invoke(app, ["schedule", "remove", "s", "--runs", str(runs)]).exit_code == 0
    assert json.loads(CliRunner().invoke(app, ["schedule", "list", "--runs", str(runs), "--json"]).output) == []


def test_what_can_not_be_sent_does_not_undo_the_run_and_is_kept(tmp_path):
    store = Store(tmp_path)
    store.schedules.add(Schedule("s", {"customers": str(tmp_path / "no.csv")}, mail=("a@b.example",)))
    entry = run_schedule(store, "s")
    assert ".notices.toml" in entry.unsent[0]
    assert store.schedules.history("s")[-1] == entry


def test_who_gets_no_mail_is_named_though_others_get_it(tmp_path, listeners):
    smtp, _, mails, _ = listeners
    store = Store(tmp_path)
    allow(tmp_path, smtp)
    for mail in (("ann@shop.example", "gone@shop.example"), ("gone@shop.example",)):
        store.schedules.add(Schedule("s", {"customers": str(tmp_path / "no.csv")}, mail=mail))
        (said,) = run_schedule(store, "s").unsent
        assert said == f"127.0.0.1:{smtp} did not take the mail to gone@shop.example (550 who?). Check these addresses."
    assert [mail["to"] for mail in mails] == ["ann@shop.example, gone@shop.example"]


def test_a_password_that_no_mail_server_takes_is_told_and_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERA_SMTP_PASSWORD", "schlüssel")
    (tmp_path / ".notices.toml").write_text('[mail]\nhost = "127.0.0.1"\nuser = "ann"\nsender = "c@shop.example"\n')
    store = Store(tmp_path)
    store.schedules.add(Schedule("s", {"customers": str(tmp_path / "no.csv")}, mail=("ann@shop.example",)))
    (said,) = run_schedule(store, "s").unsent
    assert "such as ä" in said
    assert "schlüssel" not in said


@pytest.mark.parametrize(
    "address", ["to:ann@shop.example", "ann[@shop.example", "ann@[shop.example", "ann@shop..example"]
)
def test_an_address_that_mail_would_go_past_is_refused(tmp_path, address):
    (tmp_path / "c.csv").write_text("id,spend\n1,2\n")
    with pytest.raises(InputError, match="is no e-mail address"):
        make_schedule("s", {"customers": str(tmp_path / "c.csv")}, mail=(address,))


def test_a_run_whose_process_is_gone_is_told_as_failed(tmp_path):
    store = Store(tmp_path)
    schedule = Schedule("s", {})
    store.schedules.add(schedule)
    store.schedules.record("s", ScheduledRun(began=5.0))
    note_lost_schedule_run(store, schedule)
    assert [entry.failed for entry in store.schedules.history("s")] == [True]


@pytest.mark.parametrize("noted", [True, False])
def test_a_run_that_was_published_before_its_process_went_is_not_denied(tmp_path, blobs, monkeypatch, noted):
    store, file = Store(tmp_path / "runs"), tmp_path / "c.csv"
    blobs.to_csv(file, index=False)
    schedule = make_schedule("s", {"customers": str(file)}, options={"threads": 1})
    store.schedules.add(schedule)

    class Killed(BaseException):
        pass

    kept = type(store.schedules).record

    def killed_later(schedules, name, entry):
        if entry.ended or (entry.run and not noted):
            raise Killed
        kept(schedules, name, entry)

    with monkeypatch.context() as patched:
        patched.setattr(type(store.schedules), "record", killed_later)
        with pytest.raises(Killed):
            run_schedule(store, "s")
    note_lost_schedule_run(store, schedule)
    (run,), (entry,) = store.list(), store.schedules.history("s")
    assert (entry.run, entry.failed) == ((run.name, False) if noted else ("", True))
    assert noted or (run.name in entry.message and "nothing was written" not in entry.message)


def test_what_would_do_nothing_in_a_schedule_is_refused_with_what_is_missing(tmp_path):
    (tmp_path / "c.csv").touch()

    def added(*words):
        asked = [
            "schedule",
            "add",
            "s",
            "--customers",
            str(tmp_path / "c.csv"),
            "--runs",
            str(tmp_path / "runs"),
            *words,
        ]
        return CliRunner().invoke(app, asked)

    assert "--new" in added("--set", "k=3").stderr
    assert "--every week" in added("--on", "monday").stderr
    assert "has no share" in added("--alert", "size").stderr
    assert not (tmp_path / "runs").exists()
    assert added("--set", "k=3", "--new", "--every", "week", "--on", "monday", "--alert", "size=10%").exit_code == 0


def test_a_schedule_that_is_added_again_keeps_its_key_and_stays_paused(tmp_path):
    (tmp_path / "c.csv").touch()
    asked = ["schedule", "add", "s", "--customers", str(tmp_path / "c.csv"), "--runs", str(tmp_path / "runs")]
    hook = ["--webhook", "https://hooks.example.com/x"]
    first = CliRunner().invoke(app, [*asked, *hook])
    store = Store(tmp_path / "runs")
    secret = store.schedules.open("s").secret
    assert secret in first.stdout
    store.schedules.pause("s", paused=True, now=time.time())
    again = CliRunner().invoke(app, [*asked, *hook, "--at", "04:00"])
    kept = store.schedules.open("s")
    assert (kept.secret, kept.at, kept.paused, secret in again.stdout) == (secret, "04:00", True, False)
    assert "paused" in again.stdout
    assert "signed" not in CliRunner().invoke(app, asked).stdout
    assert store.schedules.open("s").secret == ""


def test_who_runs_a_schedule_can_stop_it(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.schedules.add(Schedule("nightly", {"customers": "a.csv"}))
    monkeypatch.setattr("clustera.segmentation.scheduling._made_run", lambda *_: signal.raise_signal(signal.SIGINT))
    done = CliRunner().invoke(app, ["schedule", "run", "nightly", "--runs", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (130, "clustera: stopped; nothing was written.\n")
    assert store.schedules.history("nightly")[-1].message == "It was stopped; nothing was written."


@pytest.mark.parametrize("canceled", [True, False])
def test_what_was_stopped_with_its_service_is_due_still_and_what_was_canceled_is_not(tmp_path, monkeypatch, canceled):
    store = Store(tmp_path)
    schedule = Schedule("s", {"customers": "a.csv"}, every="month", made=time.time() - 40 * 86_400)
    store.schedules.add(schedule)
    monkeypatch.setattr("clustera.segmentation.scheduling._made_run", lambda *_: signal.raise_signal(signal.SIGINT))
    due = due_since(store, schedule, time.time())
    with pytest.raises(KeyboardInterrupt):
        run_schedule(store, "s", canceled=lambda: canceled, still_due=True)
    assert due_since(store, schedule, time.time()) == (None if canceled else due)


@pytest.mark.parametrize(("months", "times"), [(0, 0), (1, 2), (12, 13)])
def test_times_that_came_and_went_are_told_with_the_run_that_makes_up_for_them(tmp_path, monkeypatch, months, times):
    monkeypatch.setattr("time.time", lambda: at(2026 + (11 + months) // 12, (11 + months) % 12 + 1, 1, 4))
    store = Store(tmp_path)
    store.schedules.add(
        Schedule("s", {"customers": "no.csv"}, every="month", made=at(2026, 11, 15), zone="Europe/Berlin")
    )
    entry = run_schedule(store, "s", still_due=True)
    told = (
        f"It was due {times} times since 2026-12-01 03:00, and nothing ran; this run is the only one for all of them."
    )
    assert entry.alerts == ((told,) if times else ())
    assert run_schedule(store, "s", still_due=True) is None


def test_a_file_that_nobody_changed_since_the_run_before_is_told(tmp_path, blobs):
    store, file = Store(tmp_path / "runs"), tmp_path / "c.csv"
    blobs.to_csv(file, index=False)
    store.schedules.add(make_schedule("s", {"customers": str(file)}, options={"threads": 1}))
    first = run_schedule(store, "s")
    assert first.alerts == ()
    (said,) = run_schedule(store, "s").alerts
    assert said == f"Nothing is new: c.csv is the same, byte for byte, as in the run {first.run}."
    blobs.iloc[1:].to_csv(file, index=False)
    assert run_schedule(store, "s").alerts == ()


def test_what_the_computer_lacks_is_kept_as_that(tmp_path, monkeypatch):
    def refuse(*_):
        raise MemoryError

    store = Store(tmp_path)
    store.schedules.add(Schedule("nightly", {"customers": "a.csv"}))
    monkeypatch.setattr("clustera.segmentation.scheduling._made_run", refuse)
    done = CliRunner().invoke(app, ["schedule", "run", "nightly", "--runs", str(tmp_path)])
    assert (done.exit_code, "There is not enough memory." in done.stdout) == (1, True)
    assert store.schedules.history("nightly")[-1].message == "There is not enough memory."


def test_two_processes_do_not_run_a_schedule_at_once(tmp_path):
    store = Store(tmp_path)
    store.schedules.add(Schedule("s", {}))
    with store.schedules.running("s") as held:
        assert held
        assert run_schedule(Store(tmp_path), "s") is None
