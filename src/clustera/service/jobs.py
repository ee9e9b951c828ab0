"""Segmentations that were asked for: one table that the service and its workers share.

A job is queued, running, done, failed or canceled. Whoever runs it holds a lease and renews it every second; a job whose lease
ran out, and which nobody renews while somebody looks, has lost its worker and is failed by who looks. Of a file beside the runs one job runs at a time; services that
share a server run one each.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

from clustera.errors import ClusteraError
from clustera.service.database import Database, Queries

State = Literal["queued", "running", "done", "failed", "canceled"]
STATES: tuple[State, ...] = get_args(State)
LEASE = 15.0  # seconds that a worker may be silent
_LOOKED_AT = 3.0  # seconds for which a lease that is over is looked at: some beats of a worker that lives
MOST_QUEUED = 20
KEY_KEPT = 24 * 3600.0  # seconds for which a key means the job that it was first sent with
_BY_KEY = "select id from job where key = :key and made > :since"
_COLUMNS = "id, state, spec, made, began, ended, step, share, message, hint, run, cancel"


class QueueFullError(ClusteraError):
    """As many segmentations wait as are allowed to."""

    exit_code = 6


@dataclass(frozen=True, slots=True)
class Job:
    """One segmentation that was asked for, and what became of it."""

    id: str
    state: State
    spec: dict[str, Any]  # files (customers, orders, products -> path), options, like, name
    made: float  # seconds since 1970-01-01
    began: float | None
    ended: float | None
    step: str  # what it is doing, in words
    share: float  # of the whole that is done
    message: str  # what went wrong
    hint: str  # the cure
    run: str  # what it made
    cancel: bool  # somebody wants it to stop

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "canceled")

    def left(self, now: float) -> float | None:
        """Seconds that are left, from the time it took so far; None where that says nothing yet."""
        if self.state != "running" or self.began is None or self.share < 0.1:
            return None
        return (now - self.began) * (1 - self.share) / self.share


class Jobs:
    """The jobs of one folder of runs.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._over: dict[tuple[str, float], float] = {}  # leases that are over, and since when that is seen here

    def add(self, spec: dict[str, Any], *, key: str = "") -> Job:
        """Queue a segmentation; with a key that was used within a day, the job it belongs to.

        A schedule that waits or runs already is that job.

        Raises:
            QueueFullError: too many wait.
        """
        text = json.dumps(spec)
        self.expire()
        with self.database.writing(alone=True) as db:
            if key and (found := db.first(_BY_KEY, key=key, since=time.time() - KEY_KEPT)):
                return _one_job(db, found[0])
            db.run("update job set key = null where key = :key", key=key)
            same = "select id from job where spec = :spec and state in ('queued', 'running') and cancel = 0"
            if spec.get("schedule") and (found := db.first(same, spec=text)):
                return _one_job(db, found[0])
            waiting, newest = db.run("select count(*) filter (where state = 'queued'), max(made) from job")[0]
            if waiting >= MOST_QUEUED:
                raise QueueFullError(
                    f"{waiting} segmentations are waiting already.", hint="Try again when some are done."
                )
            made = secrets.token_hex(8)
            db.run(
                "insert into job (id, state, spec, key, made) values (:id, 'queued', :spec, :key, :made)",
                id=made,
                spec=text,
                key=key or None,
                made=max(time.time(), (newest or 0.0) + 1e-6),  # two never wait equally long
            )
            return _one_job(db, made)

    def get(self, job: str) -> Job | None:
        """The job of an id."""
        self.expire()
        with self.database.reading() as db:
            found = db.first(f"select {_COLUMNS} from job where id = :id", id=job)
        return _job(found) if found else None

    def by_key(self, key: str) -> Job | None:
        """The job that was asked for with a key within a day."""
        with self.database.reading() as db:
            found = db.first(_BY_KEY, key=key, since=time.time() - KEY_KEPT)
            return _one_job(db, found[0]) if found else None

    def list(self, *, rows: int = 20) -> tuple[Job, ...]:
        """The newest jobs, the newest first."""
        self.expire()
        with self.database.reading() as db:
            return tuple(map(_job, db.run(f"select {_COLUMNS} from job order by made desc limit :rows", rows=rows)))

    def claim(self, worker: str) -> Job | None:
        """Take the job that waited longest, with a lease; None where none waits, or another one of this file runs."""
        self.expire()
        with self.database.writing() as db:
            if self.database.file and db.first("select 1 from job where state = 'running'"):
                return None
            now = time.time()
            found = db.first(
                "update job set state = 'running', worker = :worker, lease = :lease, began = :now, step = 'Starting' where id = "
                f"(select id from job where state = 'queued' order by made limit 1 {self.database.skip_locked}) returning id",
                worker=worker,
                lease=now + LEASE,
                now=now,
            )
            return _one_job(db, found[0]) if found else None

    def beat(self, job: str, worker: str, *, step: str, share: float) -> bool | None:
        """Renew the lease and tell how far it is.

        Returns:
            Whether somebody wants the job to stop; None where it is not this worker's any more.
        """
        with self.database.writing() as db:
            found = db.first(
                "update job set lease = :lease, step = :step, share = :share "
                "where id = :id and worker = :worker and state = 'running' returning cancel",
                lease=time.time() + LEASE,
                step=step,
                share=share,
                id=job,
                worker=worker,
            )
        return bool(found[0]) if found else None

    def finish(self, job: str, worker: str, state: State, *, run: str = "", message: str = "", hint: str = "") -> bool:
        """Say what became of a job; False where it is not this worker's any more."""
        with self.database.writing() as db:
            found = db.first(
                "update job set state = :state, run = :run, message = :message, hint = :hint, ended = :now, "
                "share = case when :done = 1 then 1 else share end "
                "where id = :id and worker = :worker and state = 'running' returning id",
                state=state,
                run=run,
                message=message,
                hint=hint,
                now=time.time(),
                done=int(state == "done"),
                id=job,
                worker=worker,
            )
        return found is not None

    def put_back(self, job: str, worker: str) -> bool:
        """Have a job wait again that was stopped with its service; False where it is not this worker's, or shall not be made."""
        with self.database.writing() as db:
            found = db.first(
                "update job set state = 'queued', worker = null, lease = null, began = null, step = '', share = 0 "
                "where id = :id and worker = :worker and state = 'running' and cancel = 0 returning id",
                id=job,
                worker=worker,
            )
        return found is not None

    def cancel(self, job: str) -> None:
        """Stop a job: at once where it waits, as soon as its worker hears of it where it runs."""
        with self.database.writing() as db:
            db.run("update job set cancel = 1 where id = :id and state = 'running'", id=job)
            db.run(
                "update job set cancel = 1, state = 'canceled', ended = :now where id = :id and state = 'queued'",
                now=time.time(),
                id=job,
            )

    def expire(self) -> None:
        """Fail the jobs whose worker has not been heard of within its lease.

        A lease is over by a clock that somebody may set, that stands still while the computer sleeps, or that differs from another
        computer's. So it must also be seen unchanged for a while, by a clock that nobody sets: a worker that lives renews it.
        """
        now, seen = time.time(), time.monotonic()
        with self.database.reading() as db:
            over = db.run(
                "select id, lease from job where state = 'running' and (lease < :now or lease > :latest)",
                now=now,
                latest=now + LEASE,
            )
        self._over = {(job, lease): self._over.get((job, lease), seen) for job, lease in over}
        lost = [key for key, since in self._over.items() if seen - since >= _LOOKED_AT]
        if not lost:
            return
        with self.database.writing() as db:
            for job, lease in lost:
                db.run(
                    "update job set state = case cancel when 1 then 'canceled' else 'failed' end, ended = :now, "
                    "message = :message, hint = :hint where id = :id and lease = :lease and state = 'running'",
                    id=job,
                    lease=lease,
                    now=now,
                    message="The process that worked on it was stopped, so nothing was written.",
                    hint="Start it again. If it happens again, the computer may be short of memory.",
                )


def _one_job(db: Queries, job: str) -> Job:
    found = db.first(f"select {_COLUMNS} from job where id = :id", id=job)
    assert found is not None, job
    return _job(found)


def _job(row: tuple[Any, ...]) -> Job:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Job(**fields | {"spec": json.loads(fields["spec"]), "cancel": bool(fields["cancel"])})
