"""Schedules that are kept beside the runs of a folder, with what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from clustera.errors import MissingError, RunError, closest, read_error
from clustera.records import Schedule, ScheduledRun
from clustera.store.files import locked_folder, replace_json, writing_folder
from clustera.store.naming import check_name

SCHEDULES = ".schedules.json"
LAYOUT = 1
_KEPT = 30  # runs of a schedule that are remembered


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the file holds."""

    layout: int = LAYOUT
    schedules: dict[str, Schedule] = field(default_factory=dict)
    history: dict[str, tuple[ScheduledRun, ...]] = field(default_factory=dict)  # the oldest first


@cache
def _plans() -> TypeAdapter[_Plan]:
    return TypeAdapter(_Plan)


class ScheduleStore:
    """The schedules of one folder of runs. What is written is there whole or not at all, and only this user can read it.

    Args:
        folder: Folder of runs; made by the first `add`.

    Example:
        >>> ScheduleStore(Path("no_such_folder")).list()
        ()
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> tuple[Schedule, ...]:
        """All schedules, by name."""
        found = self._read().schedules
        return tuple(found[name] for name in sorted(found, key=str.casefold))

    def known(self, name: str) -> Schedule | None:
        """One schedule; None where there is none of this name."""
        return self._read().schedules.get(name)

    def open(self, name: str) -> Schedule:
        """One schedule.

        Raises:
            RunError: there is none of this name.
        """
        known = self._read().schedules
        if name not in known:
            near = closest(name, known)
            raise MissingError(
                f"There is no schedule {name!r}.",
                hint=f"Did you mean {near!r}?" if near else "`clustera schedule list` lists them.",
            )
        return known[name]

    def add(self, schedule: Schedule) -> None:
        """Keep a schedule; one of the same name is replaced, and keeps its history.

        Raises:
            RunError: the name can't be one.
            SetupError: the folder can't be written.
        """
        check_name(schedule.name, what="schedule")
        with self._changing() as plan:
            plan.schedules[schedule.name] = schedule

    def pause(self, name: str, *, paused: bool, now: float) -> None:
        """Pause a schedule, or resume it from now on: what was missed meanwhile is not made up for.

        Raises:
            RunError: there is none of this name.
        """
        self.open(name)
        with self._changing() as plan:
            known = plan.schedules.get(name)
            if known is not None and known.paused != paused:
                plan.schedules[name] = replace(known, paused=paused, made=known.made if paused else now)

    def remove(self, name: str) -> None:
        """Remove a schedule; the runs that it made stay.

        Raises:
            RunError: there is none of this name.
        """
        self.open(name)
        with self._changing() as plan:
            plan.schedules.pop(name, None)
            plan.history.pop(name, None)
            (self.folder / f".schedule-{name}.lock").unlink(missing_ok=True)

    def history(self, name: str) -> tuple[ScheduledRun, ...]:
        """What became of a schedule, the oldest first."""
        return self._read().history.get(name, ())

    def record(self, name: str, entry: ScheduledRun) -> None:
        """Keep what became of a schedule; an entry that began at the same time is replaced."""
        with self._changing() as plan:
            known = tuple(one for one in plan.history.get(name, ()) if one.began != entry.began)
            plan.history[name] = (*known, entry)[-_KEPT:]

    @contextmanager
    def running(self, name: str) -> Iterator[bool]:
        """Hold a schedule while it runs; gives False where another process holds it. A process that is killed lets it go."""
        check_name(name, what="schedule")
        with writing_folder(self.folder):
            lock = FileLock(self.folder / f".schedule-{name}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _read(self) -> _Plan:
        path = self.folder / SCHEDULES
        try:
            return _plans().validate_json(path.read_bytes())
        except FileNotFoundError:
            return _Plan()
        except (OSError, ValidationError) as error:
            raise read_error(
                error, RunError(f"{path} is damaged.", hint="Restore it from a copy, or remove it.")
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[_Plan]:
        with writing_folder(self.folder), locked_folder(self.folder):
            plan = self._read()
            changed = replace(plan, schedules=dict(plan.schedules), history=dict(plan.history))
            yield changed
            replace_json(self.folder / SCHEDULES, asdict(changed), private=True)
