"""Schedules: their list with what became of each, a form for a new one, run now, remove; and their twins."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import texts
from clustera.errors import InputError
from clustera.records import Alerts, Schedule
from clustera.segmentation.scheduling import KINDS, WEEKDAYS, keep_schedule, make_schedule, schedule_summary
from clustera.service.answers import as_csv, as_json, page
from clustera.service.new_pages import drafts_of, jobs_of
from clustera.service.run_pages import library_of, theme_of
from clustera.service.same import Same, as_command
from clustera.service.scheduler import queue_schedule
from clustera.store import Store

router = APIRouter(include_in_schema=False)
_LOOKED_AT, _OFFERED = 2_000, 100  # entries of a folder that are looked at, and files that are offered
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx", ".json", ".jsonl", ".gz", ".zip")
_COLUMNS = ("name", "every", "on", "at", "zone", "like", "paused", "next", "state", "ended", "run", "message")
Text = Annotated[str, Form(max_length=1_000)]


@router.get("/schedules")
def schedules(request: Request, change: str = "") -> Response:
    """The schedules of the folder, with the form for a new one, or to change one."""
    return _schedules_page(request, changed=library_of(request).store.schedules.open(change) if change else None)


@router.get("/schedules.json")
def schedules_json(request: Request) -> Response:
    """What `clustera schedule list --json` prints."""
    return as_json(schedule_rows(library_of(request).store))


@router.get("/schedules.csv")
def schedules_csv(request: Request) -> Response:
    """The schedules with their last run, one a row."""
    rows = [row | (row["last"] or {}) for row in schedule_rows(library_of(request).store)]
    return as_csv(rows, _COLUMNS, name="schedules")


@router.post("/schedules")
def add_by_form(  # noqa: PLR0917 - the fields of a form
    request: Request,
    name: Annotated[str, Form(max_length=120)] = "",
    customers: Text = "",
    orders: Text = "",
    products: Text = "",
    every: Text = "day",
    on: Text = "",
    at: Text = "03:00",
    zone: Text = "UTC",
    like: Text = "",
    mail: Text = "",
    webhook: Text = "",
    share: Text = "",
    drift: Text = "",
    size: Text = "",
    silent: Text = "",
    changed: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Keep a schedule of files in an allowed folder, new or changed; what `clustera schedule add` does."""
    roots, store = drafts_of(request).roots, library_of(request).store
    earlier = store.schedules.open(changed) if changed else None
    if earlier is None and any(one.name == name.strip() for one in store.schedules.list()):
        raise InputError(
            f"There is a schedule {name.strip()!r} already.", hint="Choose another name, or change that one."
        )
    asked = {"customers": customers, "orders": orders, "products": products}
    same = earlier is not None and {kind: text.strip() for kind, text in asked.items() if text.strip()} == earlier.files
    made = make_schedule(
        earlier.name if earlier else name.strip(),
        asked if same else allowed_files(roots, asked),
        every=every,
        on=on,
        at=at,
        zone=zone.strip(),
        like=like.strip(),
        mail=tuple(mail.replace(",", " ").split()),
        # The address may hold a key, so the page does not show it; an empty field keeps it.
        webhook=webhook.strip() or (earlier.webhook if earlier and not silent else ""),
        alerts={"share": share, "drift": drift, "size": size},
        options=earlier.options if earlier else None,
        roots=roots,
        earlier=earlier,
    )
    keep_schedule(store, made)
    # The secret is shown once, in the answer to the form that made it: an address would stay in the browser's history.
    fresh = made.secret and (earlier is None or earlier.secret != made.secret)
    return _schedules_page(request, made=made) if fresh else RedirectResponse("/schedules", status_code=303)


@router.post("/schedules/{name}/pause")
def pause_by_form(request: Request, name: str, paused: Annotated[int, Form()] = 1) -> Response:
    """Pause it, or resume it from now on; what `clustera schedule pause` and `resume` do."""
    library_of(request).store.schedules.pause(name, paused=bool(paused), now=time.time())
    return RedirectResponse("/schedules", status_code=303)


@router.post("/schedules/{name}/run")
def run_now(request: Request, name: str) -> Response:
    """Run it now, as a job like any other."""
    job = queue_schedule(jobs_of(request), library_of(request).store.schedules.open(name))
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.post("/schedules/{name}/remove")
def remove_by_form(request: Request, name: str) -> Response:
    """Remove it; the runs that it made stay."""
    library_of(request).store.schedules.remove(name)
    return RedirectResponse("/schedules", status_code=303)


def schedule_rows(store: Store) -> list[dict[str, Any]]:
    """All schedules as JSON values."""
    now = time.time()
    return [schedule_summary(store, schedule, now) for schedule in store.schedules.list()]


def allowed_files(roots: tuple[Path, ...], files: dict[str, str]) -> dict[str, str]:
    """Files that somebody named, if any folder may be read at all.

    Raises:
        InputError: the service was started without a folder whose files may be named.
    """
    if not roots:
        raise InputError(
            "This service was started without a folder whose files may be named.",
            hint="Start it with --files FOLDER, or use the command: clustera schedule add",
        )
    return files


def _as_share(share: float | None) -> str:
    return "" if share is None else f"{share * 100:g}%"


def files_under(roots: tuple[Path, ...]) -> list[str]:
    """Files that may be named, as far as they are tables: the newest first, and of many the first."""
    found: list[tuple[int, str]] = []
    for root in roots:
        for path in islice(root.rglob("*"), _LOOKED_AT):
            with suppress(OSError):
                if path.suffix.lower() in _TABLES and path.is_file():
                    found.append((path.stat().st_mtime_ns, str(path)))
    return [name for _, name in sorted(found, reverse=True)[:_OFFERED]]


def _schedules_page(request: Request, made: Schedule | None = None, changed: Schedule | None = None) -> Response:
    library = library_of(request)
    folder = library.store.folder
    return page(
        "schedules.html.j2",
        nav="schedules",
        theme=theme_of(request),
        schedules=[
            (row, texts.schedule_time(schedule))
            for row, schedule in zip(schedule_rows(library.store), library.store.schedules.list(), strict=True)
        ],
        made=made,
        changed=changed,
        host=urlsplit(changed.webhook).hostname or "" if changed else "",
        on=WEEKDAYS[changed.on - 1] if changed and changed.every == "week" else changed.on if changed else "",
        alerts={kind: _as_share(share) for kind, share in asdict(changed.alerts if changed else Alerts()).items()},
        files=files_under(drafts_of(request).roots),
        roots=drafts_of(request).roots,
        kinds=KINDS,
        weekdays=WEEKDAYS,
        zones=sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
        runs=[run.name for run in reversed(library.store.list())],
        writable=request.app.state.is_writable(),
        same=Same(
            as_command("schedule", folder, "list"),
            f"from clustera.store import Store\nStore({str(folder)!r}).schedules.list()",
            "/schedules",
        ),
    )
