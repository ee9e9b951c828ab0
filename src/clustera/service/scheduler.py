"""Looks which schedules are due and queues them, as long as the service runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from clustera.records import Schedule
from clustera.segmentation.scheduling import due_since, note_lost_schedule_run, note_unmade_run, schedule_summary
from clustera.service.jobs import Job, Jobs
from clustera.service.tries import keep_trying
from clustera.store import Store

_LOOK = 20.0  # seconds between two looks


class Scheduler:
    """A thread that queues what is due as a job like any other.

    Args:
        store: The runs.
        jobs: Opens the queue; only called when a schedule is due.
        look: Seconds between two looks.
    """

    def __init__(self, store: Store, jobs: Callable[[], Jobs], *, look: float = _LOOK) -> None:
        self._store, self._jobs, self._look = store, jobs, look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clustera-scheduler", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Queue nothing more."""
        self._over.set()
        self._thread.join()

    def queue_due(self, now: float) -> tuple[Job, ...]:
        """Queue each schedule that is due, once for each time; and keep that a run was lost with its process."""
        queued = []
        for schedule in self._store.schedules.list():
            self._find_lost(schedule)
            due = due_since(self._store, schedule, now)
            if due is not None:
                # Of several services that share a database each finds the first one's job by this key.
                key = f"schedule {self._store.folder.absolute()} {schedule.name} {schedule.made} {due}"
                job = queue_schedule(self._jobs(), schedule, key=key, due=True)
                self._note_unmade(schedule, job)
                queued.append(job)
        return tuple(queued)

    def _find_lost(self, schedule: Schedule) -> None:
        if any(entry.ended is None for entry in self._store.schedules.history(schedule.name)):
            with self._store.schedules.running(schedule.name) as held:
                if held:
                    note_lost_schedule_run(self._store, schedule)

    def _note_unmade(self, schedule: Schedule, job: Job) -> None:
        """A job that is over before its schedule began would be found again for a day, and made after that."""
        if job.state in ("failed", "canceled") and job.ended is not None:
            message = job.message or "It was canceled before it began."
            hint = job.hint or "Run it now, or wait for its next time."
            note_unmade_run(self._store, schedule, ended=job.ended, message=message, hint=hint)

    def _run(self) -> None:
        keep_trying(lambda: self.queue_due(time.time()), over=self._over, every=self._look, what="Schedules")


def failed_schedules(store: Store) -> list[dict[str, Any]]:
    """Schedules whose last run failed, as JSON values."""
    now = time.time()
    rows = [schedule_summary(store, schedule, now) for schedule in store.schedules.list()]
    return [row for row in rows if row["last"] and row["last"]["state"] == "failed"]


def queue_schedule(jobs: Jobs, schedule: Schedule, *, key: str = "", due: bool = False) -> Job:
    """Queue a schedule.

    Args:
        jobs: The queue.
        schedule: Which one.
        key: By which it is queued once.
        due: It runs only while it is due still: another process may be faster.

    Raises:
        QueueFullError: too many wait.
    """
    spec = {
        "schedule": schedule.name,
        "due": due,
        "files": schedule.files,
        "options": schedule.options,
        "like": schedule.like,
        "name": "",
    }
    return jobs.add(spec, key=key)
