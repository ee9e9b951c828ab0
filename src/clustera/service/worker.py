"""One segmentation in a process of its own: `python -m clustera.service.worker JOB WORKER RUNS`.

The address of the database comes by the environment, because a command line is for everybody on the computer to read.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from clustera.errors import ClusteraError, RunError, machine_error, mask_secrets
from clustera.service.database import ADDRESS, Database
from clustera.service.jobs import Jobs, State

_BEAT = 1.0  # seconds between two signs of life
_PATIENCE = 10.0  # seconds that a step may take to hear that it should stop
_LONG = 60.0  # seconds for which it is tried to say what became of a job


class Progress:
    """How far the job is; told to the database by a thread of its own, which also listens for a wish to stop."""

    def __init__(self, jobs: Jobs, job: str, worker: str) -> None:
        self._jobs, self._job, self._worker = jobs, job, worker
        self._step, self._share = "Starting", 0.0
        self._over = threading.Event()
        self.canceled = False
        self._writing = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="clustera-beat", daemon=True)
        self._thread.start()

    def __call__(self, step: str, share: float) -> None:
        """Called by the pipeline."""
        self._step, self._share = step, share

    def begin_writing(self) -> None:
        """From now on the run is published, and nobody stops that any more."""
        with self._lock:
            self._writing = True
        self("Writing the run", 0.97)

    def stop(self) -> None:
        """No more signs of life."""
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        asked = 0.0
        while not self._over.wait(_BEAT):
            try:
                wish = self._jobs.beat(self._job, self._worker, step=self._step, share=self._share)
            except ClusteraError:  # somebody else holds the database, or its disk is full; the next beat may be heard
                continue
            if wish is None:
                os._exit(3)  # somebody decided that we were lost: whatever we did now would come too late
            with self._lock:
                if wish and not self.canceled and not self._writing:
                    self.canceled, asked = True, time.monotonic()
                    _thread.interrupt_main()
            if self.canceled and time.monotonic() - asked > _PATIENCE:
                # A loop that hears no signal; what it left unfinished the next command removes.
                with suppress(ClusteraError):
                    self._jobs.finish(self._job, self._worker, "canceled")
                os._exit(4)


def work(address: str, job_id: str, worker: str, runs: Path) -> None:
    """Do one job and say what became of it."""
    jobs = Jobs(Database(address))
    job = jobs.get(job_id)
    if job is None:
        return
    progress = Progress(jobs, job_id, worker)
    state, said = _outcome(job.spec, runs, progress)
    progress.stop()
    _finish_at_last(jobs, job_id, worker, state, said)
    jobs.database.close()


def _finish_at_last(jobs: Jobs, job: str, worker: str, state: State, said: Mapping[str, str]) -> None:
    """Say what became of a job, for a minute where the database can't be written: a run that is there is not told as lost."""
    until = time.monotonic() + _LONG
    while True:
        try:
            if state != "queued" or not jobs.put_back(job, worker):
                jobs.finish(job, worker, "canceled" if state == "queued" else state, **said)
            return
        except ClusteraError:
            if time.monotonic() > until:
                raise
            time.sleep(_BEAT)


def _outcome(spec: Mapping[str, Any], runs: Path, progress: Progress) -> tuple[State, dict[str, str]]:
    try:
        return "done", {"run": _segmented(spec, runs, progress)}
    except KeyboardInterrupt:
        if progress.canceled or spec.get("due"):  # what is due and not made up for waits on
            return "canceled" if progress.canceled else "queued", {}
        return "failed", {"message": "It was stopped from outside; nothing was written.", "hint": "Start it again."}
    except ClusteraError as error:
        return "failed", {"message": error.message, "hint": error.hint}
    except Exception as error:
        told = machine_error(error)
        if told is not None:
            return "failed", {"message": told.message, "hint": told.hint}
        sys.stderr.write(mask_secrets(traceback.format_exc()))
        return "failed", {
            "message": "This is a bug of Clustera; nothing was written.",
            "hint": "Please report it with the lines that `clustera serve` printed in the terminal.",
        }


def _segmented(spec: Mapping[str, Any], runs: Path, progress: Progress) -> str:
    """Make the run, as `clustera.segment(...).publish(...)` does."""
    from clustera.segmentation import load, segment_as_kept
    from clustera.segmentation.databases import sources_of
    from clustera.store import Store

    if spec.get("schedule"):
        return _scheduled(spec, runs, progress)
    if spec.get("remake"):
        return _remade(spec, runs, progress)
    if spec.get("recommend"):
        return _recommended(str(spec["recommend"]), runs, progress)
    if spec.get("offers"):
        return _offered(spec["offers"], runs, progress)
    options = spec["options"]
    files: dict[str, Any] = sources_of(Store(runs), spec["files"])
    like = load(str(spec["like"]), runs=runs) if spec.get("like") else None
    with segment_as_kept(files, options, like=like, progress=progress) as seg:
        progress.begin_writing()
        return seg.publish(runs, name=str(spec.get("name") or ""), pdf=bool(spec.get("pdf"))).name


def _remade(spec: Mapping[str, Any], runs: Path, progress: Progress) -> str:
    """A run made again with another number of segments; the same calls as `clustera remake RUN K`."""
    from clustera.segmentation import load

    with (
        load(str(spec["remake"]), runs=runs) as earlier,
        earlier.remake(int(spec["options"]["k"]), progress=progress) as seg,
    ):
        progress.begin_writing()
        return seg.publish(runs, name=str(spec.get("name") or ""), latest=bool(spec.get("latest"))).name


def _recommended(run: str, runs: Path, progress: Progress) -> str:
    """What each customer of a run is likely to buy next, kept beside it; the same calls as `clustera recommend RUN`."""
    from clustera.segmentation import load

    with load(run, runs=runs) as seg:
        found = seg.recommend(progress=progress)
        progress.begin_writing()
        found.keep()
        return run


def _offered(asked: Mapping[str, Any], runs: Path, progress: Progress) -> str:
    """Who gets which offer, kept beside the run; the same calls as `clustera offers`."""
    from clustera.segmentation import load

    with load(str(asked["run"]), runs=runs) as seg:
        progress("Planning the offers", 0.1)
        plan = seg.plan_offers(asked["content"], **asked["options"])
        progress.begin_writing()
        plan.keep()
        return str(asked["run"])


def _scheduled(spec: Mapping[str, Any], runs: Path, progress: Progress) -> str:
    """The run of a schedule; the same call as `clustera schedule run NAME`."""
    from clustera.segmentation.scheduling import run_schedule
    from clustera.store import Store

    entry = run_schedule(
        Store(runs),
        str(spec["schedule"]),
        progress=progress,
        before_writing=progress.begin_writing,
        canceled=lambda: progress.canceled,
        still_due=bool(spec.get("due")),
    )
    if entry is None:
        raise RunError("Another process made this run.", hint="Look at the schedule.")
    if entry.failed:
        raise RunError(entry.message, hint=entry.hint)
    return entry.run


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the engine's folder is removed on the way out
    with suppress(KeyboardInterrupt):  # before it began; who stopped it says what became of the job
        work(os.environ[ADDRESS], sys.argv[1], sys.argv[2], Path(sys.argv[3]))
