"""Schedules through the API: listed, kept, run now, removed."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from clustera.segmentation.schedule_terms import refuse_idle_day
from clustera.segmentation.scheduling import keep_schedule, make_schedule
from clustera.segmentation.summary import plain_json
from clustera.service.answers import as_json
from clustera.service.api import ERRORS, PREFIX
from clustera.service.drafts import allowed
from clustera.service.held import drafts_of, jobs_of, library_of
from clustera.service.job_pages import told
from clustera.service.schedule_pages import allowed_files, schedule_rows
from clustera.service.scheduler import queue_schedule

router = APIRouter(prefix=f"{PREFIX}/schedules", responses=ERRORS, tags=["schedules"])


class ScheduleWish(BaseModel):
    """A segmentation that is made again and again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "files": {"orders": "/data/orders-*.csv"},
                "every": "week",
                "on": "monday",
                "at": "03:00",
                "zone": "Europe/Berlin",
                "mail": ["ann@shop.example"],
                "alerts": {"share": "5%", "size": "20%"},
            }
        },
    )

    files: dict[str, str] = Field(
        max_length=3,
        description="Paths by what they hold, below --files; of a folder, or a pattern with * and ?, all files of orders, else the newest. "
        "Or database://NAME/TABLE.",
    )
    every: str = Field(default="day", max_length=5, description="day, week or month.")
    on: str = Field(default="", max_length=20, description="Day of the week (monday) or of the month (1 to 28).")
    at: str = Field(default="03:00", max_length=5, description="Time of the day.")
    zone: str = Field(default="UTC", max_length=60, description="Time zone.")
    like: str = Field(default="latest", max_length=120, description="Run whose definitions are kept; empty for none.")
    options: dict[str, Any] = Field(default={}, description="Options of docs/settings.md.")
    mail: list[str] = Field(default=[], max_length=20, description="Addresses that get the report.")
    webhook: str = Field(default="", max_length=1_000, description="Address that is told, signed.")
    alerts: dict[str, str] = Field(default={}, max_length=3, description="share, drift and size, as 10%.")


@router.get("", summary="List schedules")
def get_schedules(request: Request) -> Response:
    """What `clustera schedule list --json` prints: each with its last run, and when the next one is due."""
    return as_json({"schedules": schedule_rows(library_of(request).store)})


@router.put("/{schedule}", summary="Keep a schedule")
def put_schedule(request: Request, schedule: str, wish: ScheduleWish) -> Response:
    """One of the same name is changed: it stays paused or not, and the same webhook keeps its `secret`, which signs what is sent there and is said once."""
    store, roots = library_of(request).store, drafts_of(request).roots
    refuse_idle_day(wish.every, wish.on)
    earlier = store.schedules.known(schedule)
    given = wish.model_dump() | {
        "files": allowed_files(roots, wish.files),
        "options": allowed(wish.options),
        "mail": tuple(wish.mail),
    }
    made = make_schedule(schedule, **given, roots=roots, earlier=earlier)
    keep_schedule(store, made)
    found = next(row for row in schedule_rows(store) if row["name"] == made.name)
    fresh = made.secret not in ("", earlier.secret if earlier else "")
    return as_json(found | ({"secret": made.secret} if fresh else {}))


@router.post("/{schedule}/run", status_code=202, summary="Run a schedule now")
def post_schedule_run(request: Request, schedule: str) -> Response:
    """The answer is a job; its address stands in `Location`."""
    job = queue_schedule(jobs_of(request), library_of(request).store.schedules.open(schedule))
    return JSONResponse(plain_json(told(job)), status_code=202, headers={"Location": f"{PREFIX}/jobs/{job.id}"})


@router.post("/{schedule}/pause", status_code=204, summary="Pause a schedule")
def post_schedule_pause(request: Request, schedule: str) -> Response:
    """Nothing is due until it is resumed."""
    library_of(request).store.schedules.pause(schedule, paused=True, now=time.time())
    return Response(status_code=204)


@router.post("/{schedule}/resume", status_code=204, summary="Resume a schedule")
def post_schedule_resume(request: Request, schedule: str) -> Response:
    """From now on; what was missed meanwhile is not made up for."""
    library_of(request).store.schedules.pause(schedule, paused=False, now=time.time())
    return Response(status_code=204)


@router.delete("/{schedule}", status_code=204, summary="Remove a schedule")
def delete_schedule(request: Request, schedule: str) -> Response:
    """The runs that it made stay."""
    library_of(request).store.schedules.remove(schedule)
    return Response(status_code=204)
