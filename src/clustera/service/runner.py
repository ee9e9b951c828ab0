"""Starts a worker for each job that waits, one after the other, as long as the service runs."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from clustera.service.database import ADDRESS
from clustera.service.jobs import Job, Jobs
from clustera.service.tries import keep_trying

_LOOK = 0.5  # seconds between two looks at the queue
_GRACE = 5.0  # seconds that a worker gets to end


class Runner:
    """The supervisor of the workers.

    Args:
        jobs: The queue.
        runs: Folder of runs.
        ended: Called with each job that is over.
    """

    def __init__(self, jobs: Jobs, *, runs: Path, ended: Callable[[Job], None]) -> None:
        self._jobs, self._runs, self._ended = jobs, runs, ended
        self._over = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="clustera-runner", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker and say so; what waits, waits until the service is started again."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        keep_trying(self._look, over=self._over, every=_LOOK, what="Segmentations")

    def _look(self) -> None:
        token = secrets.token_hex(8)
        job = self._jobs.claim(token)
        if job is not None:
            self._work(job, token)

    def _work(self, job: Job, token: str) -> None:
        command = [sys.executable, "-m", "clustera.service.worker", job.id, token, self._runs]
        # A session of its own: Ctrl-C in the terminal is for the service, which tells its worker.
        surroundings = os.environ | {ADDRESS: self._jobs.database.address}
        worker = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, start_new_session=True, env=surroundings
        )
        while worker.poll() is None and not self._over.wait(_LOOK):
            pass
        if worker.poll() is None:
            worker.terminate()
            try:
                worker.wait(_GRACE)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        if self._over.is_set() and job.spec.get("due"):
            self._jobs.put_back(job.id, token)
        self._jobs.finish(
            job.id,
            token,
            "failed",
            message="The service was stopped meanwhile; nothing was written."
            if self._over.is_set()
            else "The process that worked on it was stopped, so nothing was written.",
            hint="Start it again."
            if self._over.is_set()
            else "Start it again. If it happens again, the computer may be short of memory.",
        )
        found = self._jobs.get(job.id)
        if found is not None and found.over:
            self._ended(found)
