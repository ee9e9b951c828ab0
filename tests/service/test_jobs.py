"""Jobs: one worker at a time, leases, stops, a bounded queue, and real workers that are canceled and killed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.soaking import as_time_allows
from tests.waiting import PATIENCE, wait_until

from clustera.errors import SetupError
from clustera.segmentation.scheduling import due_since, make_schedule
from clustera.service import jobs as room
from clustera.service import worker as service_worker
from clustera.service.database import ADDRESS, Database
from clustera.service.jobs import LEASE, MOST_QUEUED, Jobs, QueueFullError
from clustera.service.runner import Runner
from clustera.service.scheduler import queue_schedule
from clustera.store import Store

SPEC = {"files": {"customers": "x.csv"}, "options": {}, "like": "", "name": ""}


@pytest.fixture
def jobs(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'desk' / 'jobs.sqlite'}")
    yield Jobs(database)
    database.close()


def test_jobs_are_claimed_in_the_order_they_came_and_one_at_a_time(jobs):
    first, second = jobs.add(SPEC), jobs.add(SPEC)
    assert jobs.claim("a").id == first.id
    assert jobs.claim("b") is None
    assert jobs.finish(first.id, "a", "done", run="march")
    assert jobs.claim("b").id == second.id
    assert (jobs.get(first.id).state, jobs.get(first.id).run, jobs.get(first.id).share) == ("done", "march", 1)


def test_of_many_who_claim_at_once_one_gets_the_job(jobs):
    jobs.add(SPEC)
    got = []
    threads = [threading.Thread(target=lambda i=i: got.append(jobs.claim(str(i)))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(job is not None for job in got) == 1


class Clock:
    """The time as somebody may set it, and the seconds since the computer was started, which nobody sets."""

    def __init__(self, monkeypatch):
        self.now, self.awake = time.time(), time.monotonic()
        monkeypatch.setattr(room.time, "time", lambda: self.now)
        monkeypatch.setattr(room.time, "monotonic", lambda: self.awake)

    def pass_by(self, seconds):
        self.now, self.awake = self.now + seconds, self.awake + seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_a_silent_worker_loses_its_job_after_one_lease(jobs, clock):
    job = jobs.add(SPEC)
    jobs.claim("a")
    clock.pass_by(LEASE - 1)
    assert jobs.get(job.id).state == "running"
    clock.pass_by(2)
    assert jobs.get(job.id).state == "running"  # it may be heard of yet
    clock.pass_by(4)
    assert jobs.get(job.id).state == "failed"
    assert "stopped" in jobs.get(job.id).message
    # It comes back too late: nothing it says counts.
    assert jobs.beat(job.id, "a", step="x", share=0.9) is None
    assert not jobs.finish(job.id, "a", "done", run="late")
    assert jobs.get(job.id).run == ""


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_no_job_is_lost_where_the_computer_slept_or_its_clock_was_set(jobs, clock, hours):
    job = jobs.add(SPEC)
    jobs.claim("a")
    clock.now += hours * 3600
    for _ in range(5):  # who looks may come before the worker's next beat
        assert jobs.get(job.id).state == "running"
        clock.pass_by(1)
        assert jobs.beat(job.id, "a", step="Reading", share=0.3) is False
    assert jobs.finish(job.id, "a", "done", run="march")


def test_a_job_whose_worker_is_gone_does_not_run_on_where_the_clock_was_set_back(jobs, clock):
    job = jobs.add(SPEC)
    jobs.claim("a")
    clock.now -= 3600
    assert jobs.get(job.id).state == "running"
    clock.pass_by(4)
    assert jobs.get(job.id).state == "failed"


def test_what_waits_is_made_once_the_database_can_be_used_again(jobs, tmp_path, monkeypatch, caplog):
    made, claim, tries = [], jobs.claim, []

    def claimed(worker):
        tries.append(worker)
        if len(tries) <= 3:
            raise SetupError("service.sqlite can't be used: database is locked.")
        return claim(worker)

    monkeypatch.setattr(jobs, "claim", claimed)
    monkeypatch.setattr("clustera.service.runner._LOOK", 0.01)
    monkeypatch.setattr(Runner, "_work", lambda self, job, token: made.append(job.id))
    job = jobs.add(SPEC)
    runner = Runner(jobs, runs=tmp_path, ended=lambda _: None)
    runner.start()
    wait_until(lambda: made)
    runner.stop()
    assert made == [job.id]
    assert [record.message for record in caplog.records] == [
        "Segmentations: service.sqlite can't be used: database is locked."
    ]


def test_a_worker_that_can_not_write_to_the_database_goes_on_and_tells_what_it_made(jobs, tmp_path, monkeypatch):
    job = jobs.add(SPEC)
    jobs.claim("w")
    refused, beats = [], []

    def locked(real, kept):
        def called(*args, **kwargs):
            kept.append(args)
            if len(kept) <= 2:
                raise SetupError("database is locked")
            return real(*args, **kwargs)

        return called

    def segmented(spec, runs, progress):
        wait_until(lambda: len(beats) > 2)
        return "march"

    monkeypatch.setattr(Jobs, "finish", locked(Jobs.finish, refused))
    monkeypatch.setattr(Jobs, "beat", locked(Jobs.beat, beats))
    monkeypatch.setattr(service_worker, "_segmented", segmented)
    monkeypatch.setattr(service_worker, "_BEAT", 0.01)
    service_worker.work(jobs.database.address, job.id, "w", tmp_path)
    assert (jobs.get(job.id).state, jobs.get(job.id).run, len(refused)) == ("done", "march", 3)


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "not enough memory"), (OSError(errno.ENOSPC, "No space left on device"), "no room for a file")],
)
def test_a_worker_tells_what_the_computer_lacks(jobs, tmp_path, monkeypatch, error, said):
    job = jobs.add(SPEC)
    jobs.claim("w")

    def segmented(*_):
        raise error

    monkeypatch.setattr(service_worker, "_segmented", segmented)
    service_worker.work(jobs.database.address, job.id, "w", tmp_path)
    assert said in jobs.get(job.id).message


def test_a_beat_renews_the_lease(jobs, monkeypatch):
    job = jobs.add(SPEC)
    jobs.claim("a")
    now = time.time()
    monkeypatch.setattr(room.time, "time", lambda: now + LEASE - 1)
    assert jobs.beat(job.id, "a", step="Reading", share=0.3) is False
    monkeypatch.setattr(room.time, "time", lambda: now + 2 * LEASE - 2)
    assert (jobs.get(job.id).state, jobs.get(job.id).step) == ("running", "Reading")


def test_what_waits_is_canceled_at_once_and_what_runs_is_asked_to_stop(jobs):
    running, waiting = jobs.add(SPEC), jobs.add(SPEC)
    jobs.claim("a")
    jobs.cancel(running.id)
    jobs.cancel(waiting.id)
    assert jobs.get(waiting.id).state == "canceled"
    assert jobs.beat(running.id, "a", step="x", share=0.1) is True


def test_the_queue_has_a_bound(jobs):
    for _ in range(MOST_QUEUED):
        jobs.add(SPEC)
    with pytest.raises(QueueFullError, match="waiting already"):
        jobs.add(SPEC)


def test_a_key_that_was_used_gives_the_same_job(jobs):
    assert jobs.add(SPEC, key="k").id == jobs.add(SPEC, key="k").id
    assert jobs.add(SPEC, key="other").id != jobs.add(SPEC, key="k").id


def test_a_key_is_forgotten_after_a_day(jobs, clock):
    first = jobs.add(SPEC, key="k")
    clock.pass_by(24 * 3600 - 1)
    assert jobs.by_key("k").id == jobs.add(SPEC, key="k").id == first.id
    clock.pass_by(2)
    assert jobs.by_key("k") is None
    second = jobs.add(SPEC, key="k")
    assert second.id != first.id
    assert jobs.by_key("k").id == second.id


def test_a_schedule_that_waits_or_runs_is_not_queued_again(jobs, clock):
    spec = SPEC | {"schedule": "nightly", "due": False}
    first = jobs.add(spec)
    assert jobs.add(spec).id == first.id
    assert jobs.add(spec | {"schedule": "weekly"}).id != first.id
    jobs.claim("a")
    assert jobs.add(spec).id == first.id
    jobs.cancel(first.id)
    assert (second := jobs.add(spec)).id != first.id
    jobs.finish(first.id, "a", "canceled")
    jobs.finish(jobs.claim("b").id, "b", "done")
    assert jobs.claim("c").id == second.id
    clock.pass_by(LEASE + 1)  # its worker is gone
    assert jobs.add(spec).id == second.id
    clock.pass_by(4)
    assert jobs.add(spec).id != second.id


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["add", "claim", "finish", "cancel", "late"]), max_size=25))
def test_whatever_happens_in_which_order_no_more_than_one_job_runs_and_none_is_lost(tmp_path_factory, steps):
    jobs = Jobs(Database(f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'desk' / 'jobs.sqlite'}"))
    made, running = [], None
    for number, step in enumerate(steps):
        if step == "add" and len(made) < MOST_QUEUED:
            made.append(jobs.add(SPEC).id)
        elif step == "claim" and (job := jobs.claim(f"w{number}")):
            running = (job.id, f"w{number}")
        elif step in ("finish", "late") and running:
            worker = running[1] if step == "finish" else "somebody else"
            jobs.finish(running[0], worker, "done")
        elif step == "cancel" and made:
            jobs.cancel(made[number % len(made)])
        found = jobs.list(rows=50)
        assert sorted(job.id for job in found) == sorted(made)
        assert sum(job.state == "running" for job in found) <= 1


def started(jobs, job, runs):
    command = [sys.executable, "-m", "clustera.service.worker", job.id, "w", str(runs)]
    return subprocess.Popen(command, start_new_session=True, env=os.environ | {ADDRESS: jobs.database.address})


def worker(tmp_path, jobs, runs, source, **options):
    """A real worker on a real file; returns the process and the job."""
    spec = SPEC | {"files": {"customers": str(source)}, "options": options, "name": "made"}
    job = jobs.add(spec)
    assert jobs.claim("w").id == job.id
    return started(jobs, job, runs), job


def wait_for(jobs, job, test):
    """The job once a test of it holds."""
    return wait_until(lambda: found if test(found := jobs.get(job.id)) else None)


@pytest.fixture
def table(blobs, tmp_path):
    blobs.to_csv(tmp_path / "customers.csv", index=False)
    return tmp_path / "customers.csv"


def test_what_is_wrong_with_a_file_is_told_in_the_words_of_the_command(tmp_path, jobs, table):
    process, job = worker(tmp_path, jobs, tmp_path / "runs", table, features=["nonsense"])
    assert process.wait(PATIENCE) == 0
    found = jobs.get(job.id)
    assert found.state == "failed"
    assert "nonsense" in found.message
    assert "Traceback" not in found.message


def test_a_worker_that_is_killed_leaves_no_run_and_its_job_fails(tmp_path, jobs, table, monkeypatch):
    monkeypatch.setattr(room, "LEASE", 0.5)
    process, job = worker(tmp_path, jobs, tmp_path / "runs", table)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    assert wait_for(jobs, job, lambda found: found.over).state == "failed"
    assert Store(tmp_path / "runs").list() == ()


@pytest.mark.soak
def test_a_worker_that_is_terminated_says_that_it_was_stopped(tmp_path, jobs, table):
    process, job = worker(tmp_path, jobs, tmp_path / "runs", table)
    wait_for(jobs, job, lambda found: found.step != "Starting" or found.over)
    os.kill(process.pid, signal.SIGTERM)
    process.wait(PATIENCE)
    found = jobs.get(job.id)
    assert found.state in ("failed", "done")
    assert (found.state == "done") == bool(Store(tmp_path / "runs").list())


def test_a_service_that_is_stopped_ends_its_worker_and_goes_on_with_what_waits(tmp_path, table):
    from clustera.service.desk import Desk

    runs, ended = tmp_path / "runs", []
    desk = Desk(runs, ended=ended.append)
    jobs = desk.open()
    first, second = (
        jobs.add(SPEC | {"files": {"customers": str(table)}, "options": {"k": 3, "threads": 1}, "name": name})
        for name in ("one", "two")
    )
    wait_for(jobs, first, lambda found: found.state == "running")
    desk.close()
    assert jobs.get(first.id).state in ("failed", "done")
    assert jobs.get(second.id).state == "queued"
    again = Desk(runs, ended=ended.append)
    again.resume()
    assert wait_for(jobs, second, lambda found: found.over).run == "two"
    again.close()
    assert [job.id for job in ended] == [first.id, second.id]


def test_a_schedule_that_is_stopped_with_its_service_is_made_at_the_next_start(tmp_path, table):
    from clustera.service.desk import Desk

    store, ended = Store(tmp_path / "runs"), []
    made = make_schedule("s", {"customers": str(table)}, every="month", options={"threads": 1})
    store.schedules.add(replace(made, made=time.time() - 40 * 86_400))
    desk = Desk(store.folder, ended=ended.append)
    job = queue_schedule(desk.open(), made, due=True)
    wait_for(desk.open(), job, lambda found: found.state == "running")
    desk.close()
    assert not ended
    again = Desk(store.folder, ended=ended.append)
    again.resume()
    found = wait_for(again.open(), job, lambda found: found.over)
    again.close()
    assert [run.name for run in store.list()] == [found.run]
    assert due_since(store, store.schedules.open("s"), time.time()) is None


def test_a_job_that_somebody_wants_to_stop_is_not_put_back(jobs):
    job = jobs.add(SPEC)
    assert not jobs.put_back(job.id, "a")
    jobs.claim("a")
    assert not jobs.put_back(job.id, "b")
    assert jobs.put_back(job.id, "a")
    assert jobs.claim("b").id == job.id
    jobs.cancel(job.id)
    assert not jobs.put_back(job.id, "b")


@pytest.mark.soak
def test_workers_that_are_killed_at_any_moment_leave_no_half_run_and_no_job_that_runs_on(
    tmp_path, jobs, table, monkeypatch
):
    monkeypatch.setattr(room, "LEASE", 0.5)
    runs = tmp_path / "runs"
    for number in as_time_allows(range(40)):
        job = jobs.add(SPEC | {"files": {"customers": str(table)}, "options": {"k": 3}, "name": f"run{number}"})
        assert jobs.claim("w").id == job.id
        process = started(jobs, job, runs)
        time.sleep(0.1 + 0.1 * number)
        process.kill()
        process.wait()
        found = wait_for(jobs, job, lambda found: found.over)
        made = [run.name for run in Store(runs).list()]
        assert (found.state == "done") <= (f"run{number}" in made)
    assert Store(runs).damaged() == {}
