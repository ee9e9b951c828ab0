"""Several processes that answer together (`--workers`), and a service without pages (`--api-only`), as real processes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tests.waiting import PATIENCE, wait_until

from clustera.errors import InputError
from clustera.heard import STOPS
from clustera.service.crew import new_server, run_server
from clustera.service.limits import Rate
from clustera.service.metrics import Meter, told_by
from clustera.service.serving import serve
from clustera.service.sessions import Sessions

from .conftest import HOST

KEY = {"Authorization": f"Bearer {'k' * 40}"}
JSON = {"Content-Type": "application/json"}


def ask(port, method, path, body=None, headers=None):
    """One request over a connection of its own, so that any worker may take it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body=body, headers={"Accept": "application/json"} | (headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Started:
    """`clustera serve` in a process of its own."""

    def __init__(self, runs, temp, *words):
        temp.mkdir(exist_ok=True)
        self.temp = temp
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clustera", "serve", "--no-browser", "--port", "0", "--runs", str(runs), *words],
            env=os.environ | {"CLUSTERA_API_KEY": "k" * 40, "TMPDIR": str(temp)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.link = ""
        while "http" not in self.link:
            self.link = self.process.stdout.readline().strip()
            assert self.link or self.process.poll() is None
        self.port = int(re.search(r":(\d+)/", self.link)[1])
        wait_until(lambda: ask(self.port, "GET", "/health")[0] == 200)

    def told(self):
        """What each worker counted, by its number."""
        return {
            int(path.stem.split("-")[1]): json.loads(path.read_text()) for path in self.temp.glob("*/counted-*.json")
        }

    def workers(self):
        return [process for process in self.told() if alive(process)]

    def ask_both(self, path, headers, times=24):
        """The statuses of an address asked until each worker has answered it."""
        statuses = []

        def all_answered():
            time.sleep(0.1)
            statuses.extend(ask(self.port, "GET", path, headers=headers)[0] for _ in range(times))
            told = self.told()
            return all(any(path in asked for asked in told[worker]["requests"]) for worker in self.workers())

        wait_until(all_answered)
        return statuses

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) in (0, -signal.SIGTERM)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def crew(folder, tmp_path_factory):
    temp = tmp_path_factory.mktemp("temp") / "t"
    started = Started(folder, temp, "--workers", "2", "--rate-limit", "0")
    wait_until(lambda: len(started.workers()) == 2)
    yield started
    workers = started.workers()
    started.stop()
    assert not any(map(alive, workers))
    assert not list(temp.glob("clustera-*"))  # what they shared is gone


def test_a_link_works_once_and_its_session_with_every_worker(crew):
    path = crew.link[crew.link.index("/enter") :]
    status, headers, _ = ask(crew.port, "GET", path)
    assert (status, headers["location"]) == (303, "/")
    session = {"Cookie": headers["set-cookie"].partition(";")[0]}
    assert {ask(crew.port, "GET", path)[0] for _ in range(8)} == {401}
    assert set(crew.ask_both("/schedules", session)) == {200}
    assert {ask(crew.port, "GET", "/schedules")[0] for _ in range(4)} == {401}


def test_the_figures_are_those_of_all_workers(crew):
    statuses = crew.ask_both("/ready", {})
    pattern = r'clustera_requests_total{method="GET",route="/ready",status="200"} (\d+)'

    def told():
        """How often both workers say that it was asked; each tells the other once a second."""
        return sum(crew.told()[worker]["requests"].get("GET /ready 200", 0) for worker in crew.workers())

    wait_until(lambda: told() == len(statuses))
    for _ in range(6):
        text = ask(crew.port, "GET", "/metrics", headers=KEY)[2]
        assert int(re.search(pattern, text)[1]) == len(statuses)
        assert text.count("process_resident_memory_bytes ") == 3  # help, type, value


def test_a_worker_that_is_killed_is_started_again_and_a_job_is_made_once(crew, blobs, tmp_path):
    blobs.to_csv(tmp_path / "t.csv", index=False)
    boundary, table = "x" * 20, (tmp_path / "t.csv").read_text()
    parts = f'--{boundary}\r\nContent-Disposition: form-data; name="customers"; filename="t.csv"\r\n\r\n{table}\r\n'
    for name, value in (("name", "made"), ("options", '{"k": 3}')):
        parts += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "one"}
    body = f"{parts}--{boundary}--\r\n".encode()
    jobs = [ask(crew.port, "POST", "/api/v1/runs/upload", body, KEY | kind) for _ in range(3)]
    assert {status for status, _, _ in jobs} == {202}, jobs
    (job,) = {json.loads(text)["id"] for _, _, text in jobs}
    first = crew.workers()[0]
    os.kill(first, signal.SIGKILL)
    told = lambda: json.loads(ask(crew.port, "GET", f"/api/v1/jobs/{job}", headers=KEY)[2])  # noqa: E731
    wait_until(lambda: told()["state"] in ("done", "failed"))
    assert (told()["state"], told()["run"]) == ("done", "made")
    wait_until(lambda: len(crew.workers()) == 2)
    assert first not in crew.workers()
    names = [run["run"] for run in json.loads(ask(crew.port, "GET", "/api/v1/runs", headers=KEY)[2])["runs"]]
    assert names.count("made") == 1


def test_workers_end_with_the_process_that_started_them(folder, tmp_path):
    runs = tmp_path / "runs"
    shutil.copytree(folder, runs, symlinks=True)
    started = Started(runs, tmp_path / "t", "--workers", "2", "--api-only")
    wait_until(lambda: len(started.workers()) == 2)
    workers = started.workers()
    assert ask(started.port, "GET", "/runs", headers=KEY)[0] == 404  # no pages
    assert ask(started.port, "GET", "/api/v1/runs", headers=KEY)[0] == 200
    os.kill(started.process.pid, signal.SIGKILL)
    started.process.wait()
    started.process.stdout.close()
    wait_until(lambda: not any(map(alive, workers)))
    again = Started(runs, tmp_path / "t", "--api-only")
    assert ask(again.port, "GET", "/api/v1/runs", headers=KEY)[0] == 200
    again.stop()
    assert not list((tmp_path / "t").glob("*/counted-*"))  # nothing of the killed one is left


def test_links_and_sessions_of_one_folder_are_those_of_all_its_processes(tmp_path):
    one, other = Sessions(folder=tmp_path), Sessions(folder=tmp_path)
    token = one.new_link()
    session = other.enter(token)
    assert (one.knows(session), other.knows(session), one.enter(token), one.knows("")) == (True, True, None, False)
    assert [path.name for path in tmp_path.iterdir() if session in path.name or token in path.name] == []
    link = other.new_link()
    one.forget()
    assert (other.knows(session), other.enter(link)) == (False, None)


def test_clients_are_counted_by_all_processes_together(tmp_path):
    rates = [Rate(2, clock=lambda: 5.0, file=tmp_path / "rates") for _ in range(2)]
    assert [rates[n % 2].wait("a") for n in range(12)] == [0.0] * 10 + [0.5, 0.5]
    assert rates[0].wait("b") == 0.0


def test_what_a_worker_counted_stays_when_it_is_gone_and_its_memory_does_not(tmp_path, monkeypatch):
    gone = Meter(tmp_path)
    gone.count("GET", "/health", 200, 0.02)
    gone.tell()
    told_by(tmp_path, os.getpid()).rename(told_by(tmp_path, 1))
    here = Meter(tmp_path)
    here.count("GET", "/health", 200, 0.02)
    both = here.all()
    assert both.requests["GET /health 200"] == 2
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert here.all().requests == both.requests
    assert here.all().memory < both.memory


@pytest.fixture
def software(folder):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app

    app = create_app(folder, sessions=Sessions(api_key="k" * 40), hosts=frozenset({HOST}), pages=False)
    with TestClient(app, base_url=f"http://{HOST}", headers={"accept": "text/html"}) as client:
        yield client


def test_without_pages_the_api_is_all_there_is(software):
    for path in ("/", "/runs", "/login", "/enter?token=x", "/docs", "/account", "/static/x/clustera.css"):
        answer = software.get(path, headers=KEY, follow_redirects=False)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert software.get("/health").status_code == 200
    assert software.get("/metrics", headers=KEY).status_code == 200
    assert "/api/v1/runs" in software.get("/api/v1/openapi.json", headers=KEY).json()["paths"]
    answer = software.get("/metrics", follow_redirects=False)
    assert (answer.status_code, answer.json()["title"]) == (401, "This request has no key that works here.")
    assert software.get("/api/v1/runs", headers=KEY | {"host": "evil.example"}).status_code == 421


def test_a_service_that_nobody_could_ask_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("CLUSTERA_API_KEY", raising=False)
    with pytest.raises(InputError, match="Nobody could come in") as told:
        serve(tmp_path, port=0, browser=False, pages=False)
    assert "CLUSTERA_API_KEY" in told.value.hint


def test_the_memory_of_a_process_is_counted_once(tmp_path):
    alone, telling = Meter(), Meter(tmp_path)
    telling.tell()
    assert telling.all().memory < 1.5 * alone.all().memory


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("stop", STOPS)
def test_whatever_asks_to_stop_lets_open_answers_end_and_only_as_long_as_there_are_any(monkeypatch, stop, ignored):
    before = signal.getsignal(stop)
    server, own = new_server(None), signal.SIG_IGN if ignored else signal.default_int_handler
    monkeypatch.setattr(server, "run", lambda sockets: signal.raise_signal(stop))
    try:
        signal.signal(stop, own)
        run_server(server, None)
        assert (server.should_exit, signal.getsignal(stop)) == (not ignored, own)
    finally:
        signal.signal(stop, before)
