"""Schedules: when each is due, how it is carried out, and who hears of it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from clustera import pipeline
from clustera.errors import ClusteraError, Gathered, InputError, RunError, machine_error, naming_field
from clustera.outbound import WAYS_OUT, WaysOut, check_webhook, is_mail_address, read_ways_out
from clustera.records import Alerts, Schedule, ScheduledRun
from clustera.segmentation.databases import check_reference, is_reference, source_of
from clustera.segmentation.notices import alerts_of, send_notices, unchanged_alerts
from clustera.segmentation.schedule_terms import (
    alert_share,
    checked_files,
    checked_zone,
    given_files,
    schedule_unit,
    scheduled_day,
    scheduled_files,
)
from clustera.settings import gather_settings
from clustera.store import LATEST, Run, Store
from clustera.texts.schedules import missed_alert

_DAY = 86_400  # seconds
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _check_time(at: str) -> None:
    if not _TIME.fullmatch(at):
        raise InputError(f"{at[:20]!r} is no time.", hint="Write it as 03:00.")


def _webhook_key(webhook: str, earlier: Schedule | None) -> str:
    """The key that signs messages: the earlier one for the same address; "" without one."""
    kept = earlier.secret if earlier is not None and earlier.webhook == webhook else ""
    return (kept or secrets.token_hex(32)) if webhook else ""


def make_schedule(
    name: str,
    files: Mapping[str, str],
    *,
    every: str = "day",
    on: str = "",
    at: str = "03:00",
    zone: str = "UTC",
    like: str = LATEST,
    options: Mapping[str, Any] | None = None,
    mail: tuple[str, ...] = (),
    webhook: str = "",
    alerts: Mapping[str, str] | None = None,
    roots: tuple[Path, ...] = (),
    earlier: Schedule | None = None,
) -> Schedule:
    """A schedule of what somebody asked for, checked.

    Args:
        name: Of the schedule.
        files: customers, orders and products: a path, a folder or a pattern with `*` and `?` (of orders all files, else the
            newest), the address of a database, or database://NAME/TABLE for a table of one that an admin added.
        every: day, week or month.
        on: The day of the week (monday) or of the month (1 to 28).
        at: The time, such as 03:00.
        zone: A time zone, such as Europe/Berlin.
        like: A run whose definitions are kept, "latest" for the newest; empty for new segments each time.
        options: Options of docs/settings.md.
        mail: Addresses that get the report.
        webhook: An address that is told.
        alerts: Changes to hear of: share, drift and size, each as a share such as "10%".
        roots: Folders that the files must lie in; any when empty.
        earlier: The schedule that is changed: it stays paused or not, the same webhook keeps its key, and the same files may
            lie where they lay.

    Raises:
        InputError: something can't be asked for.
        RunError: the name can't be one.

    >>> made = make_schedule("nightly", {"orders": "duckdb:///shop.duckdb"}, every="week", on="tuesday", alerts={"size": "10%"})
    >>> made.on, made.alerts.size
    (2, 0.1)
    """
    options, alerts = options or {}, alerts or {}
    wrong, limits = Gathered(), dict[str, float]()
    same_files = earlier is not None and given_files(files) == dict(earlier.files)
    named = dict(earlier.files) if earlier is not None and same_files else {}
    with wrong.field():
        named = named or checked_files(files, roots)
    unit, day = schedule_unit("day"), 1
    with wrong.field("every"):
        unit = schedule_unit(every)
        day = scheduled_day(every, on)
    with wrong.field("zone"):
        zone = checked_zone(zone)
    for kind, text in alerts.items():
        with wrong.field(kind):
            limits |= {kind: alert_share(kind, text)} if text else {}
    with wrong.field("at"):
        _check_time(at)
    with wrong.field():
        _check_options(options, like)
    _gather_wrong_addresses(wrong, mail, webhook)
    wrong.refuse()
    return Schedule(
        name=name,
        files=named,
        every=unit,
        on=day,
        at=at,
        zone=zone,
        like=like,
        options=dict(options),
        mail=mail,
        webhook=webhook,
        secret=_webhook_key(webhook, earlier),
        alerts=Alerts(**limits),
        roots=earlier.roots if earlier is not None and same_files else tuple(str(root.resolve()) for root in roots),
        made=time.time(),
        paused=earlier is not None and earlier.paused,
    )


def _check_options(options: Mapping[str, Any], like: str) -> None:
    if "k" in options and like:
        kept = "the newest run" if like == LATEST else f"the run {like}"
        raise InputError(
            f"k can't be chosen where each run keeps the segments of {kept}, as a schedule does unless it says otherwise.",
            hint='Draw new segments each time, with --new (through the API: like is ""), or leave k out.',
        )
    gather_settings(environment={}, **options)


def _gather_wrong_addresses(wrong: Gathered, mail: tuple[str, ...], webhook: str) -> None:
    for address in mail:
        with wrong.field("mail"):
            if not is_mail_address(address):
                raise InputError(f"{address[:80]!r} is no e-mail address.", hint="For example: ann@shop.example")
    if webhook:
        with wrong.field("webhook"):
            check_webhook(webhook)


def keep_schedule(store: Store, schedule: Schedule) -> None:
    """Keep a schedule beside the runs.

    Raises:
        RunError: there is no run that it should be like, no database that it names, or the name can't be one.
        InputError: a database has no such table.
        SetupError: a database can't be opened.
    """
    for kind, text in schedule.files.items():
        if is_reference(text):
            with naming_field(kind):
                check_reference(store, text)
    if schedule.like and schedule.like != LATEST:
        with naming_field("like"):
            store.open(schedule.like)
    with naming_field("name"):
        store.schedules.add(schedule)


def next_due(schedule: Schedule, after: float) -> float:
    """The first time after another one when a schedule is due, in seconds since 1970-01-01.

    A time that a change of the clock skips is the same time after the change; one that comes twice is the first.

    >>> schedule = Schedule("s", {}, at="03:00", zone="Europe/Berlin")
    >>> after = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> (next_due(schedule, after.timestamp()) - after.timestamp()) / 3600  # the clock goes forward in that night
    14.0
    """
    zone = ZoneInfo(schedule.zone)
    hour, minute = map(int, schedule.at.split(":"))
    day = datetime.fromtimestamp(after, zone).date()
    while True:
        fits = {"day": True, "week": day.isoweekday() == schedule.on, "month": day.day == schedule.on}[schedule.every]
        if fits:
            due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()
            if due > after:
                return due
        day += timedelta(days=1)


def due_since(store: Store, schedule: Schedule, now: float) -> float | None:
    """Since when a schedule is due; None where it is not. What was missed, or stopped with its service, is made up for once."""
    if schedule.paused:
        return None
    began = [entry.began for entry in store.schedules.history(schedule.name) if not entry.stopped]
    due = next_due(schedule, _latest_known([schedule.made, *began], now))
    return due if due <= now else None


def _missed_alerts(schedule: Schedule, since: float, now: float) -> tuple[str, ...]:
    """That several times came and went since a schedule is due, in words."""
    times, last = 1, since
    while (last := next_due(schedule, last)) <= now:
        times += 1
    first = datetime.fromtimestamp(since, ZoneInfo(schedule.zone)).strftime("%Y-%m-%d %H:%M")
    return (missed_alert(times, first),) if times > 1 else ()


def _latest_known(moments: Sequence[float], now: float) -> float:
    """The last of some moments that were noted; one of a clock that was set back since, by more than a day, says nothing."""
    return max((moment for moment in moments if moment <= now + _DAY), default=0.0)


def run_schedule(
    store: Store,
    name: str,
    *,
    progress: pipeline.Progress | None = None,
    before_writing: Callable[[], None] = lambda: None,
    canceled: Callable[[], bool] = lambda: False,
    still_due: bool = False,
) -> ScheduledRun | None:
    """Make the run of a schedule, keep what became of it, and tell whoever wants to hear of it.

    Args:
        store: The runs.
        name: Of the schedule.
        progress: Told how far it is.
        before_writing: Called when the run is about to be published.
        canceled: Whether it is this run that somebody wants to stop; else one that is stopped stays due.
        still_due: Only where it is due: another process may have made this run already.

    Returns:
        What became of it; None where another process is at it, or it is not due any more.

    Raises:
        RunError: there is no such schedule.
    """
    schedule = store.schedules.open(name)
    with store.schedules.running(name) as held:
        if not held:
            return None
        note_lost_schedule_run(store, schedule)
        now = time.time()
        since = due_since(store, schedule, now) if still_due else None
        if still_due and since is None:
            return None
        entry = ScheduledRun(began=now, alerts=_missed_alerts(schedule, since, now) if since is not None else ())
        store.schedules.record(name, entry)
        try:
            entry = _made_run(store, schedule, entry, progress, before_writing)
        except BaseException as error:
            entry = store.schedules.history(name)[-1]  # it knows of the run, where that was published already
            told = error if isinstance(error, ClusteraError) else machine_error(error)
            if told is None:
                stopped = isinstance(error, KeyboardInterrupt)
                said = "It was stopped" if stopped else "This is a bug of Clustera"
                said += f"; the run {entry.run} is there." if entry.run else "; nothing was written."
                due = stopped and not entry.run and not canceled()
                hint = "If it was due, it still is, and is made at the next look." if due else ""
                _end_run(store, schedule, replace(entry, message=said, hint=hint, stopped=due), quiet=stopped)
                raise
            entry = replace(entry, message=told.message, hint=told.hint)
        return _end_run(store, schedule, entry)


def note_lost_schedule_run(store: Store, schedule: Schedule) -> None:
    """Keep what became of a run of a schedule, where the process that made it is gone; the caller holds the schedule."""
    for entry in store.schedules.history(schedule.name):
        if entry.ended is None and entry.run:
            _end_run(store, schedule, entry)
        elif entry.ended is None:
            said, hint = "The process that worked on it was stopped", "the computer may be short of memory."
            if made := [run.name for run in store.list() if run.written >= entry.began]:
                lost = replace(
                    entry,
                    message=f"{said}, or could not note its end. Runs made since it began: {', '.join(made)}.",
                    hint=f"Look whether one of them is this run. If none is, {hint}",
                )
            else:
                lost = replace(entry, message=f"{said}, so nothing was written.", hint=f"If it happens again, {hint}")
            _end_run(store, schedule, lost)


def schedule_summary(store: Store, schedule: Schedule, now: float) -> dict[str, Any]:
    """A schedule as JSON values, with what became of it, the last run apart, and when the next one is due; nothing secret."""
    history = store.schedules.history(schedule.name)
    zone = ZoneInfo(schedule.zone)

    def written(moment: float | None) -> str | None:
        return None if moment is None else datetime.fromtimestamp(moment, zone).isoformat(timespec="seconds")

    def told(entry: ScheduledRun) -> dict[str, Any]:
        return {
            "began": written(entry.began),
            "ended": written(entry.ended),
            "state": "running" if entry.ended is None else "failed" if entry.failed else "done",
            "run": entry.run,
            "message": entry.message,
            "hint": entry.hint,
            "alerts": list(entry.alerts),
            "unsent": list(entry.unsent),
        }

    return {
        "name": schedule.name,
        "files": schedule.files,
        "every": schedule.every,
        "on": None if schedule.every == "day" else schedule.on,
        "at": schedule.at,
        "zone": schedule.zone,
        "like": schedule.like,
        "options": schedule.options,
        "mail": list(schedule.mail),
        "webhook": urlsplit(schedule.webhook).hostname or "",
        "alerts": {kind: getattr(schedule.alerts, kind) for kind in Alerts.__dataclass_fields__},
        "paused": schedule.paused,
        "next": None if schedule.paused else written(next_due(schedule, _latest_known([now, schedule.made], now))),
        "last": told(history[-1]) if history else None,
        "earlier": [told(entry) for entry in reversed(history[:-1])],
    }


def _made_run(
    store: Store,
    schedule: Schedule,
    entry: ScheduledRun,
    progress: pipeline.Progress | None,
    before_writing: Callable[[], None],
) -> ScheduledRun:
    from clustera.segmentation import load, segment_as_kept

    files: dict[str, Any] = {
        kind: scheduled_files(kind, source_of(store, pattern), schedule.roots)
        for kind, pattern in schedule.files.items()
    }
    like = schedule.like if schedule.like != LATEST or store.list() else ""
    earlier = load(store.open(like).name, runs=store.folder) if like else None
    before = _run_before(store, schedule.name)
    with segment_as_kept(files, schedule.options, like=earlier, progress=progress or False) as seg:
        before_writing()
        published = seg.publish(store.folder)
        entry = replace(entry, run=published.name)
        store.schedules.record(schedule.name, entry)  # a kill from now on does not hide that the run is there
        changed = (*unchanged_alerts(schedule, before, seg), *alerts_of(schedule, earlier, seg, published.name))
        return replace(entry, alerts=(*entry.alerts, *changed))


def _run_before(store: Store, name: str) -> Run | None:
    """The last run that a schedule made, where it is there still."""
    made = next((entry.run for entry in reversed(store.schedules.history(name)) if entry.run), "")
    with suppress(RunError):
        return store.open(made) if made else None
    return None


def note_unmade_run(store: Store, schedule: Schedule, *, ended: float, message: str, hint: str) -> None:
    """Keep that a schedule was due and nothing of it was begun, and tell it; where it is not due any more, nothing is kept."""
    with store.schedules.running(schedule.name) as held:
        if held and due_since(store, schedule, ended) is not None:
            _end_run(store, schedule, ScheduledRun(began=ended, message=message, hint=hint))


def _end_run(store: Store, schedule: Schedule, entry: ScheduledRun, *, quiet: bool = False) -> ScheduledRun:
    ended = replace(entry, ended=time.time())
    store.schedules.record(schedule.name, ended)  # it is there before anybody is told
    if not quiet:
        unsent = send_notices(schedule, ended, store, lambda: _ways_out(store))
        if unsent:
            ended = replace(ended, unsent=unsent)
            store.schedules.record(schedule.name, ended)
    return ended


def _ways_out(store: Store) -> WaysOut:
    return read_ways_out(store.folder / WAYS_OUT)
