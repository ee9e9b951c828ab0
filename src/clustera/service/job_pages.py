"""The pages of segmentations that are made: how far one is, step by step, and how it is stopped."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from clustera import texts
from clustera.service.answers import as_json, page
from clustera.service.drafts import job_source_name
from clustera.service.held import job_of, jobs_of, library_of, theme_of
from clustera.service.jobs import Job
from clustera.store import LATEST

router = APIRouter(include_in_schema=False)

_LOOK = 0.5  # seconds between two looks at a job that somebody follows


@router.get("/jobs/{job}.json")
def job_json(request: Request, job: str) -> Response:
    """The same for software."""
    return as_json(told(job_of(request, job)))


@router.get("/jobs/{job}")
def job_page(request: Request, job: str) -> Response:
    """How far a segmentation is, and what became of it."""
    found = job_of(request, job)
    latest = library_of(request).store.aliases().get(LATEST, "")
    shown = {"job": found, "now": time.time(), "left": left_of(found), "latest": latest}
    return page("job.html.j2", nav="runs", theme=theme_of(request), **shown)


@router.post("/jobs/{job}/cancel")
def cancel_by_form(request: Request, job: str) -> Response:
    """Stop it."""
    jobs_of(request).cancel(job_of(request, job).id)
    return RedirectResponse(f"/jobs/{job}", status_code=303)


@router.get("/jobs/{job}/events", response_class=EventSourceResponse)
async def job_events_page(request: Request, job: Annotated[Job, Depends(job_of)]) -> AsyncIterator[ServerSentEvent]:
    """How far it is, as it goes on; ends when the job is over."""
    async for event in events(request, job.id):
        yield event


async def events(request: Request, job: str) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events of one job: `progress` with what `told` says, each time something changed."""
    last = ""
    while not request.app.state.stopping.is_set():
        found = await run_in_threadpool(job_of, request, job)
        said = json.dumps(told(found))
        if said != last:
            yield ServerSentEvent(raw_data=said, event="progress")
            last = said
        if found.over or await request.is_disconnected():
            return
        await asyncio.sleep(_LOOK)


def told(job: Job) -> dict[str, Any]:
    """A job as JSON values; nothing of where its files lie."""
    content = asdict(job)
    spec = content.pop("spec")
    left = job.left(time.time())
    return content | {
        "files": {what: job_source_name(path) for what, path in spec["files"].items()},
        "options": spec["options"],
        "like": spec.get("like", ""),
        "schedule": spec.get("schedule", ""),
        "seconds_left": round(left) if left is not None else None,
        "left": left_of(job),
    }


def left_of(job: Job) -> str:
    """The time that is left, in words; "" where nobody knows."""
    left = job.left(time.time())
    if left is None:
        return ""
    if left < 60:
        return texts.translate("less than a minute left")
    minutes = round(left / 60)
    if minutes == 1:
        return texts.translate("about a minute left")
    return texts.translate("about {n} minutes left", n=minutes)
