"""Segmentations that were asked for: one table in SQLite that the service and its workers share.

A job is queued, running, done, failed or canceled. Whoever runs it holds a lease and renews it; a job whose lease ran out
has lost its worker and is failed by whoever looks next. Every change is one transaction that begins with the write lock.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from clustera.errors import ClusteraError, SetupError

State = Literal["queued", "running", "done", "failed", "canceled"]
STATES: tuple[State, ...] = get_args(State)
LEASE = 15.0  # seconds that a worker may be silent
MOST_QUEUED = 20
SCHEMA = 1
_COLUMNS = "id, state, spec, made, began, ended, step, share, message, hint, run, cancel"
_CREATE = """
create table job (
    id text primary key, state text not null, spec text not null, key text unique, made real not null, began real,
    ended real, worker text, lease real, step text not null default '', share real not null default 0,
    message text not null default '', hint text not null default '', run text not null default '',
    cancel integer not null default 0
) strict
"""


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
        path: The database file; made when missing.

    Raises:
        SetupError: it can't be written, or a later version of Clustera made it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            private_folder(path.parent)
            with self._writing() as db:
                version = db.execute("pragma user_version").fetchone()[0]
                if version > SCHEMA:
                    raise SetupError(f"{path} was made by a later version of Clustera.", hint="Install that version.")
                if version == 0:
                    db.execute(_CREATE)
                    db.execute(f"pragma user_version = {SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            raise SetupError(f"Can't write to {path}: {error}.", hint="Serve a folder that can be written.") from error

    def add(self, spec: dict[str, Any], *, key: str = "") -> Job:
        """Queue a segmentation; with a key that was used before, the job it belongs to.

        Raises:
            QueueFullError: too many wait.
        """
        with self._writing() as db:
            if key and (found := db.execute("select id from job where key = ?", (key,)).fetchone()):
                return self._one(db, found[0])
            waiting = db.execute("select count(*) from job where state = 'queued'").fetchone()[0]
            if waiting >= MOST_QUEUED:
                raise QueueFullError(
                    f"{waiting} segmentations are waiting already.", hint="Try again when some are done."
                )
            made = secrets.token_hex(8)
            db.execute(
                "insert into job (id, state, spec, key, made) values (?, 'queued', ?, ?, ?)",
                (made, json.dumps(spec), key or None, time.time()),
            )
            return self._one(db, made)

    def get(self, job: str) -> Job | None:
        """The job of an id."""
        self.expire()
        with self._reading() as db:
            found = db.execute(f"select {_COLUMNS} from job where id = ?", (job,)).fetchone()
        return _job(found) if found else None

    def by_key(self, key: str) -> Job | None:
        """The job that was asked for with a key."""
        with self._reading() as db:
            found = db.execute(f"select {_COLUMNS} from job where key = ?", (key,)).fetchone()
        return _job(found) if found else None

    def list(self, *, rows: int = 20) -> tuple[Job, ...]:
        """The newest jobs, the newest first."""
        self.expire()
        with self._reading() as db:
            found = db.execute(f"select {_COLUMNS} from job order by made desc, rowid desc limit ?", (rows,)).fetchall()
        return tuple(map(_job, found))

    def claim(self, worker: str) -> Job | None:
        """Take the job that waited longest, with a lease; None where none waits or another one runs."""
        self.expire()
        with self._writing() as db:
            if db.execute("select 1 from job where state = 'running'").fetchone():
                return None
            now = time.time()
            found = db.execute(
                "update job set state = 'running', worker = ?, lease = ?, began = ?, step = 'Starting' where id = "
                "(select id from job where state = 'queued' order by made, rowid limit 1) returning id",
                (worker, now + LEASE, now),
            ).fetchone()
            return self._one(db, found[0]) if found else None

    def beat(self, job: str, worker: str, *, step: str, share: float) -> bool | None:
        """Renew the lease and tell how far it is.

        Returns:
            Whether somebody wants the job to stop; None where it is not this worker's any more.
        """
        with self._writing() as db:
            found = db.execute(
                "update job set lease = ?, step = ?, share = ? where id = ? and worker = ? and state = 'running' returning cancel",
                (time.time() + LEASE, step, share, job, worker),
            ).fetchone()
        return bool(found[0]) if found else None

    def finish(self, job: str, worker: str, state: State, *, run: str = "", message: str = "", hint: str = "") -> bool:
        """Say what became of a job; False where it is not this worker's any more."""
        with self._writing() as db:
            found = db.execute(
                "update job set state = ?, run = ?, message = ?, hint = ?, ended = ?, share = case ? when 'done' then 1 else share end "
                "where id = ? and worker = ? and state = 'running' returning id",
                (state, run, message, hint, time.time(), state, job, worker),
            ).fetchone()
        return found is not None

    def cancel(self, job: str) -> None:
        """Stop a job: at once where it waits, as soon as its worker hears of it where it runs."""
        with self._writing() as db:
            db.execute("update job set cancel = 1 where id = ? and state = 'running'", (job,))
            db.execute(
                "update job set cancel = 1, state = 'canceled', ended = ? where id = ? and state = 'queued'",
                (time.time(), job),
            )

    def expire(self) -> None:
        """Fail the jobs whose worker has not been heard of within its lease."""
        now = time.time()
        with self._reading() as db:
            if not db.execute("select 1 from job where state = 'running' and lease < ?", (now,)).fetchone():
                return
        with self._writing() as db:
            db.execute(
                "update job set state = case cancel when 1 then 'canceled' else 'failed' end, ended = ?, message = ?, hint = ? "
                "where state = 'running' and lease < ?",
                (
                    now,
                    "The process that worked on it was stopped, so nothing was written.",
                    "Start it again. If it happens again, the computer may be short of memory.",
                    now,
                ),
            )

    def _one(self, db: sqlite3.Connection, job: str) -> Job:
        return _job(db.execute(f"select {_COLUMNS} from job where id = ?", (job,)).fetchone())

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        db.execute("pragma journal_mode = wal")
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected()) as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected()) as db:
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")


def private_folder(path: Path) -> None:
    """A folder that only this user can read: files that somebody uploads lie in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def _job(row: tuple[Any, ...]) -> Job:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Job(**fields | {"spec": json.loads(fields["spec"]), "cancel": bool(fields["cancel"])})
