"""The service is killed at random moments while people write: nothing that was answered is lost, and no job runs on."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.service.killing_service import KEY, run_service
from tests.soaking import as_time_allows
from tests.waiting import wait_until

import clustera
from clustera.engines.workspace import remove_abandoned
from clustera.service.accounts import Accounts
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials
from clustera.service.database import Database, database_address
from clustera.service.jobs import LEASE, Jobs
from clustera.store import AudienceStore, Store
from clustera.store.notes import read_notes

if sys.platform != "linux":
    pytest.skip("processes are looked up in /proc", allow_module_level=True)

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.service.killing_service"])
TABLE = "\n".join(
    [
        "customer_id,age,spend",
        *(f"C{n:03d},{20 + 30 * (n % 2) + n % 7},{100 + 900 * (n % 2) + n % 11}" for n in range(60)),
    ]
)
READY = 60.0  # seconds that a start may take


class Place:
    """A folder of runs, the service that is killed there, and what it answered."""

    def __init__(self, folder: Path, address: str, seed: int) -> None:
        self.folder, self.runs, self.address = folder, folder / "runs", address
        self.random = random.Random(seed)
        (folder / "tmp").mkdir()
        (folder / "one.csv").write_text(TABLE)
        with clustera.segment(folder / "one.csv", k=2, progress=False, threads=1) as seg:
            seg.publish(self.runs, name="one")
        database = Database(address or database_address("", self.runs))
        ann = Accounts(database, cost=(1, 8, 1)).add("ann", "admin", password="three words of nothing")
        self.session = Credentials(database).begin(ann.id, address="", browser="")
        database.close()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.lock = threading.Lock()
        self.answered = {"notes": set(), "audiences": {}, "accounts": set(), "jobs": set(), "done": {}}
        self.refused = Counter()
        self.killed = Counter()
        self.over = threading.Event()

    # What people write

    def ask(self, method, path, body=None, kind="application/json", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Content-Type": kind, "Authorization": f"Bearer {KEY}"} | headers
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def write(self, person: int) -> None:
        """Write one thing after the other, and keep what was answered as done."""
        for number in range(1_000_000):
            if self.over.is_set():
                return
            what = (self.note, self.audience, self.account, self.run)[(number + person) % 4]
            try:
                what(f"{person}x{number}")
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # it was killed, and is started again

    def note(self, name):
        status, _ = self.ask("POST", "/api/v1/runs/one/notes", json.dumps({"text": f"note {name}"}))
        self.keep(status, 201, lambda: self.answered["notes"].add(f"note {name}"))

    def audience(self, name):
        person, number = map(int, name.split("x"))
        shelf, least = f"a{number % 7}", str(100_000 * (person + 1) + number)
        with self.lock:
            before = self.answered["audiences"].setdefault(shelf, [])
        status, _ = self.ask(
            "PUT", f"/api/v1/runs/one/audiences/{shelf}", json.dumps({"definition": f"spend > {least}"})
        )
        self.keep(status, 200, lambda: before.append(least))

    def account(self, name):
        headers = {"Cookie": f"clustera_session_{self.port}={self.session}", "Sec-Fetch-Site": "same-origin"}
        body = urlencode({"name": f"user {name}", "role": "viewer"})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", "/admin/users", body=body, headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        self.keep(status, 200, lambda: self.answered["accounts"].add(f"user {name}"))

    def run(self, name):
        kind, parts = "multipart/form-data; boundary=xxxxxxxxxx", []
        for field, value in (('customers"; filename="t.csv', TABLE), ("name", f"run{name}"), ("options", '{"k": 2}')):
            parts.append(f'--xxxxxxxxxx\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n')
        status, text = self.ask("POST", "/api/v1/runs/upload", "".join(parts) + "--xxxxxxxxxx--\r\n", kind)
        self.keep(status, 202, lambda: self.answered["jobs"].add(json.loads(text)["id"]))
        self.look()
        time.sleep(0.2)

    def look(self):
        """What the service says was made must be there for ever."""
        status, text = self.ask("GET", "/api/v1/jobs")
        if status == 200:
            done = {job["id"]: job["run"] for job in json.loads(text)["jobs"] if job["state"] == "done"}
            with self.lock:
                self.answered["done"] |= done

    def keep(self, status, right, note):
        with self.lock:
            if status == right:
                note()
            else:
                self.refused[status] += 1

    # The service

    def start(self):
        process = FORKED.Process(target=run_service, args=(self.runs, self.port, self.address))
        process.start()
        return process

    def wait_until_ready(self):
        end = time.monotonic() + READY
        while time.monotonic() < end:
            try:
                if self.ask("GET", "/ready")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        raise AssertionError((self.folder / "said.txt").read_text()[-3000:])

    def workers(self):
        """The processes that segment for this folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"clustera.service.worker" in words and str(self.runs).encode() in words:
                found.append(int(path.parent.name))
        return found

    def kill_once(self):
        """Start the service, kill it or what segments for it at a random moment, and start it again where need be."""
        process = self.start()
        if self.random.random() < 0.8:
            self.wait_until_ready()
        time.sleep(
            self.random.uniform(0.0, self.random.choice((1.2, 1.2, 1.2, 1.2, 6.0)))
        )  # now and then runs get made
        victims = {"service": [process.pid], "worker": self.workers()}
        chance = self.random.random()
        for kind in ("service",) if chance < 0.8 else ("worker",) if chance < 0.9 else ("worker", "service"):
            for victim in victims[kind]:
                try:
                    os.kill(victim, signal.SIGKILL)
                    self.killed[kind] += 1
                except ProcessLookupError:
                    pass
        time.sleep(self.random.uniform(0.0, 0.3))
        process.kill()
        process.join()
        self.check()

    def check(self):
        """Everything that was answered is there, whoever was killed."""
        with self.lock:
            held = {k: (set(v) if isinstance(v, set) else dict(v)) for k, v in self.answered.items()}
            audiences = {name: list(versions) for name, versions in held["audiences"].items()}
        store = Store(self.runs)
        assert store.damaged() == {}
        assert held["notes"] <= {note.text for note in read_notes(store.open("one"))}
        shelves = AudienceStore(self.runs)
        for name, numbers in audiences.items():
            texts = " ".join(version.text for version in shelves.versions(name)) if numbers else ""
            assert [number for number in numbers if number not in texts] == []
        database = Database(self.address or database_address("", self.runs))
        try:
            assert database.check() == []
            assert held["accounts"] <= {account.name for account in Accounts(database).list()}
            jobs = Jobs(database)
            assert held["jobs"] <= {job.id for job in jobs.list(rows=1_000_000)}
            found = {job.id: job for job in jobs.list(rows=1_000_000)}
            runs = {run.name for run in store.list()}  # after the jobs: what segments may still live, and finish
            assert all(found[job].state == "done" and run in runs for job, run in held["done"].items())
            assert all(job.run in runs for job in found.values() if job.state == "done")
            wait_until(lambda: not late(jobs))  # who looks fails a job whose worker is gone, so none is said to run on
            lines = [entry.what for entry in Audit(database).all() if entry.did == "changed"]
            made = Counter(line for line in lines if line.startswith("made the account"))
            assert {f"made the account {name} (viewer)" for name in held["accounts"]} <= made.keys()
        finally:
            database.close()

    def finish(self):
        """After the next start all that waited is made or failed, and nothing is left of those who were killed."""
        self.over.set()
        process = self.start()
        self.wait_until_ready()
        end = time.monotonic() + 300
        while time.monotonic() < end:
            jobs = json.loads(self.ask("GET", "/api/v1/jobs")[1])["jobs"]
            if all(job["state"] in ("done", "failed", "canceled") for job in jobs):
                break
            time.sleep(0.2)
        self.look()
        os.kill(process.pid, signal.SIGTERM)
        process.join(30)
        assert process.exitcode in (0, -signal.SIGTERM)
        assert self.workers() == []
        self.check()
        # The next command of each kind cleans up; the folder of temporary files is cleaned by whoever reads a table.
        with clustera.segment(self.folder / "one.csv", k=2, progress=False, threads=1) as seg:
            seg.publish(self.runs, name="last")
        remove_abandoned(str(self.folder / "tmp"))
        left = [
            path.name
            for path in (self.folder / "tmp").iterdir()
            if not re.match(r"_jinja2-cache|.*\.cache$", path.name)
        ]
        hidden = [path.name for path in self.runs.iterdir() if re.match(r"\..*(new|part|tmp|writing)", path.name)]
        partial = [path.name for path in self.runs.rglob("*.new")] + [path.name for path in self.runs.rglob("*.part")]
        assert (left, hidden, partial) == ([], [], [])


def late(jobs):
    """Jobs that are said to run long after their lease, once somebody has looked."""
    jobs.expire()
    with jobs.database.reading() as db:
        return db.run("select id from job where state = 'running' and lease < :now", now=time.time() - 5)


def kill_service(place: Place, times) -> None:
    people = [threading.Thread(target=place.write, args=(number,), daemon=True) for number in range(4)]
    for one in people:
        one.start()
    try:
        for _ in times:
            place.kill_once()
    finally:
        place.over.set()
        for one in people:
            one.join()
    place.finish()
    held = {kind: len(values) for kind, values in place.answered.items()}
    held["audiences"] = sum(map(len, place.answered["audiences"].values()))
    assert min(held["notes"], held["audiences"], held["accounts"], held["jobs"]) > 0, (held, place.refused)
    told = (
        f"killed {dict(place.killed)}; answered and there: {held}; refused {dict(place.refused)}; lease {LEASE:.0f} s"
    )
    print(told)  # noqa: T201


def test_a_killed_service_loses_nothing_that_it_answered(tmp_path):
    kill_service(Place(tmp_path, "", seed=1), range(5))


@pytest.mark.soak
def test_two_hundred_kills_of_a_service_lose_nothing_of_a_file(tmp_path):
    kill_service(Place(tmp_path, "", seed=2), as_time_allows(range(200)))


@pytest.mark.soak
def test_two_hundred_kills_of_a_service_lose_nothing_on_a_server(tmp_path, postgres):
    kill_service(Place(tmp_path, database_address(postgres, tmp_path), seed=3), as_time_allows(range(200)))
