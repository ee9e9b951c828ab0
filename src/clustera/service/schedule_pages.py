"""Schedules: their list with what became of each, a form for a new one, run now, remove; and their twins."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import texts
from clustera.errors import ClusteraError, Gathered, InputError, SetupError
from clustera.outbound import WAYS_OUT, read_ways_out
from clustera.records import Schedule
from clustera.segmentation.databases import is_reference, read_reference
from clustera.segmentation.schedule_terms import WEEKDAYS
from clustera.segmentation.scheduling import keep_schedule, make_schedule, schedule_summary
from clustera.service.answers import as_csv, as_json, page, status_of
from clustera.service.held import drafts_of, jobs_of, library_of, theme_of
from clustera.service.same import Same, as_command
from clustera.service.schedule_forms import ScheduleForm, files_under, patterns_of
from clustera.service.scheduler import queue_schedule
from clustera.store import Store

router = APIRouter(include_in_schema=False)
_COLUMNS = ("name", "every", "on", "at", "zone", "like", "paused", "next", "state", "ended", "run", "message")


@router.get("/schedules")
def schedules_page(request: Request, change: str = "") -> Response:
    """The schedules of the folder, with the form for a new one, or to change one."""
    store = library_of(request).store
    form = ScheduleForm.of_schedule(store.schedules.open(change)) if change else None
    return _schedules_page(request, form or ScheduleForm.of_address(request.query_params))


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
def add_by_form(request: Request, form: Annotated[ScheduleForm, Form()]) -> Response:
    """Keep a schedule, new or changed; what `clustera schedule add` does. What was typed stays where it can't be kept."""
    try:
        made, fresh = _kept(request, form)
    except ClusteraError as error:
        return _schedules_page(request, form, problem=error)
    # The secret is shown once, in the answer to the form that made it: an address would stay in the browser's history.
    return (
        _schedules_page(request, made=made)
        if fresh
        else RedirectResponse(f"/schedules?{urlencode({'kept': made.name})}", status_code=303)
    )


def _kept(request: Request, form: ScheduleForm) -> tuple[Schedule, bool]:
    """The schedule of a form, kept; and whether its webhook has a new secret."""
    roots, store = drafts_of(request).roots, library_of(request).store
    earlier = store.schedules.open(form.changed) if form.changed else None
    name, asked, wrong = form.name.strip(), form.files(), Gathered()
    with wrong.field("name"):
        if earlier is None and any(one.name == name for one in store.schedules.list()):
            raise InputError(f"There is a schedule {name!r} already.", hint="Choose another name, or change that one.")
    same = earlier is not None and {kind: text.strip() for kind, text in asked.items() if text.strip()} == earlier.files
    with wrong.field():
        made = make_schedule(
            earlier.name if earlier else name,
            asked if same else allowed_files(roots, asked),
            every=form.every,
            on=form.on,
            at=form.at,
            zone=form.zone.strip(),
            like=form.like.strip(),
            mail=tuple(form.mail.replace(",", " ").split()),
            # The address may hold a key, so the page does not show it; an empty field keeps it.
            webhook=form.webhook.strip() or (earlier.webhook if earlier and not form.silent else ""),
            alerts={"share": form.share, "drift": form.drift, "size": form.size},
            options=earlier.options if earlier else None,
            roots=roots,
            earlier=earlier,
        )
    wrong.refuse()
    keep_schedule(store, made)
    return made, bool(made.secret) and (earlier is None or earlier.secret != made.secret)


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
    if not roots and not all(is_reference(text.strip()) for text in files.values() if text.strip()):
        raise InputError(
            "This service was started without a folder whose files may be named.",
            hint="Start it with --files FOLDER, choose a table of a database, or use the command: clustera schedule add",
            field=next(kind for kind, text in files.items() if text.strip() and not is_reference(text.strip())),
        )
    return files


def _ready_to_mail(store: Store) -> bool | None:
    """Whether mail can be sent; None where its settings can't be read."""
    try:
        return read_ways_out(store.folder / WAYS_OUT).mail is not None
    except SetupError:
        return None


def _tables_of_databases(schedules: Iterable[Schedule]) -> dict[str, tuple[str, str]]:
    """The tables of databases that schedules read, by the text that names each."""
    files = [file for schedule in schedules for file in schedule.files.values()]
    return {file: read_reference(file) for file in files if is_reference(file)}


def _schedules_page(
    request: Request,
    form: ScheduleForm | None = None,
    *,
    made: Schedule | None = None,
    problem: ClusteraError | None = None,
) -> Response:
    store, roots = library_of(request).store, drafts_of(request).roots
    shown = form or ScheduleForm(like="latest")
    known = {schedule.name: schedule for schedule in store.schedules.list()}
    files = files_under(roots)
    return page(
        "schedules.html.j2",
        200 if problem is None else status_of(problem),
        nav="schedules",
        theme=theme_of(request),
        schedules=[
            (row, texts.schedule_time(schedule))
            for row, schedule in zip(schedule_rows(store), known.values(), strict=True)
        ],
        made=made,
        kept=known.get(request.query_params.get("kept", "")),
        kept_when=texts.schedule_time(known[name]) if (name := request.query_params.get("kept", "")) in known else "",
        form=shown,
        problem=problem,
        problems={one.field: one for one in (problem, *problem.further)} if problem else {},
        host=urlsplit(known[shown.changed].webhook).hostname or "" if shown.changed in known else "",
        files=files,
        patterns=patterns_of(files),
        named={kind: read_reference(text) for kind, text in shown.files().items() if is_reference(text)},
        tables=_tables_of_databases(known.values()),
        roots=roots,
        databases=store.databases.list(),
        mails=_ready_to_mail(store),
        weekdays=WEEKDAYS,
        zones=sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
        runs=[run.name for run in reversed(store.list())],
        writable=request.app.state.is_writable(),
        same=Same(
            as_command("schedule", store.folder, "list"),
            f"from clustera.store import Store\nStore({str(store.folder)!r}).schedules.list()",
            "/schedules",
        ),
    )
