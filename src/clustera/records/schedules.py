"""Segmentations that are made again and again: what is asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ScheduleEvery = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Alerts:
    """Changes since the run before that somebody wants to hear of; None: not this one. All are shares from 0 to 1."""

    share: float | None = None  # points by which the share of a segment changed
    drift: float | None = None  # customers of both runs who changed their segment
    size: float | None = None  # by which the number of customers changed


@dataclass(frozen=True, slots=True)
class Schedule:
    """A segmentation that is made every day, week or month."""

    name: str
    files: dict[str, str]  # customers, orders, products -> path with * and ?, or the address of a database
    every: ScheduleEvery = "day"
    on: int = 1  # day of the week from 1, Monday, or of the month
    at: str = "03:00"
    zone: str = "UTC"
    like: str = "latest"  # run whose definitions are kept; "" for new segments each time
    options: dict[str, Any] = field(default_factory=dict)
    mail: tuple[str, ...] = ()  # who gets the report and the alerts
    webhook: str = ""
    secret: str = ""  # signs what is sent there
    alerts: Alerts = field(default_factory=Alerts)
    roots: tuple[str, ...] = ()  # folders that the files must lie in; empty for any
    made: float = 0.0  # seconds since 1970-01-01
    paused: bool = False  # nothing is due until somebody resumes it


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """What became of a schedule once."""

    began: float  # seconds since 1970-01-01
    ended: float | None = None  # None while it runs
    run: str = ""  # what it made; empty where it failed
    message: str = ""  # what went wrong
    hint: str = ""  # the cure
    alerts: tuple[str, ...] = ()  # sentences
    unsent: tuple[str, ...] = ()  # what could not be sent, and why
    stopped: bool = False  # with the service or command that made it, so that it is still due

    @property
    def failed(self) -> bool:
        """Whether it ended without a run.

        >>> ScheduledRun(0.0, 60.0, run="march").failed, ScheduledRun(0.0, 60.0, message="orders.csv is empty.").failed
        (False, True)
        """
        return self.ended is not None and not self.run
