"""Schedules: their list with what became of each, a form for a new one, run now, remove; and their twins."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import texts
from clustera.errors import InputError
from clustera.records import Schedule
from clustera.segmentation.scheduling import KINDS, WEEKDAYS, keep_schedule, make_schedule, schedule_summary
from clustera.service.answers import as_csv, as_json, page
from clustera.service.new_pages import drafts_of, jobs_of
from clustera.service.run_pages import library_of, theme_of
from clustera.service.same import Same, as_command
from clustera.service.scheduler import queue_schedule
from clustera.store import Store

router = APIRouter(include_in_schema=False)
_COLUMNS = ("name", "every", "on", "at", "zone", "like", "next", "state", "ended", "run", "message")
Text = Annotated[str, Form(max_length=1_000)]


@router.get("/schedules")
def schedules(request: Request) -> Response:
    """The schedules of the folder."""
    return _schedules_page(request)


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
) -> Response:
    """Keep a schedule of files in an allowed folder; what `clustera schedule add` does."""
    roots = drafts_of(request).roots
    made = make_schedule(
        name.strip(),
        allowed_files(roots, {"customers": customers, "orders": orders, "products": products}),
        every=every,
        on=on,
        at=at,
        zone=zone.strip(),
        like=like.strip(),
        mail=tuple(mail.replace(",", " ").split()),
        webhook=webhook.strip(),
        alerts={"share": share, "drift": drift, "size": size},
        roots=roots,
    )
    keep_schedule(library_of(request).store, made)
    # The secret is shown once, in the answer to the form that made it: an address would stay in the browser's history.
    return _schedules_page(request, made=made) if made.secret else RedirectResponse("/schedules", status_code=303)


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


def _schedules_page(request: Request, made: Schedule | None = None) -> Response:
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
