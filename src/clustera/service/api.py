"""The REST API: runs, their segments and customers, and segmentations that are being made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from clustera import frames, texts
from clustera.errors import InputError
from clustera.segmentation.databases import is_reference
from clustera.segmentation.summary import customers_summary, plain_json, run_summary, segmentation_summary
from clustera.service.answers import FILE_FIELD, PROBLEM, form_body
from clustera.service.brought import WHATS
from clustera.service.customer_pages import Asked
from clustera.service.draft_forms import MOST_COUNTED, received, uploads
from clustera.service.drafts import Draft, allowed, refuse_many_files
from clustera.service.held import drafts_of, job_of, jobs_of, library_of
from clustera.service.job_pages import events, told
from clustera.service.jobs import Job, Jobs
from clustera.service.library import Opened
from clustera.service.limits import client_of
from clustera.service.new_pages import started
from clustera.service.repeated import IdempotencyKey, asked_hash, refuse_other_request
from clustera.service.segment_pages import segment_of

PREFIX = "/api/v1"


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    status: int = Field(examples=[404])
    title: str = Field(description="What was seen, where.", examples=["There is no run 'mrch' in runs."])
    detail: str = Field(description="The cure.", examples=["Did you mean march?"])
    field: str = Field(default="", description="Which of the fields that were sent it is about, where it is one.")


class NewRun(BaseModel):
    """A segmentation of files that lie on this computer, or of tables of a database."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"files": {"orders": "/data/orders.parquet"}, "options": {"k": "3..8"}, "name": "march"}
        },
    )

    files: dict[str, str | list[str]] = Field(
        description="Paths by what they hold: customers, orders, products. They must lie in a folder given by --files. "
        "A folder, a pattern with * and ?, or a list means all its files as one table; of a folder, what is not read is a finding of the run. "
        "Or database://NAME/TABLE for a table of a database that an admin added (`GET /databases`)."
    )
    options: dict[str, Any] = Field(default={}, description="Options of docs/settings.md.")
    like: str = Field(default="", max_length=120, description="A run whose definitions of segments are kept.")
    name: str = Field(
        default="", max_length=120, description="Name of the run; the time and the file's name when empty."
    )


ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What went wrong, and the cure.",
        "content": {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
    }
}
CSV_FILE: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"text/csv": {"schema": {"type": "string"}}}}
    for status, said in ((200, "The file."), (206, "The part of it that the header Range asks for."))
}
router = APIRouter(prefix=PREFIX, responses=ERRORS)


def cached(request: Request, opened: Opened, content: object) -> Response:
    """JSON with an ETag: asked again with If-None-Match, only that it is still the same is said."""
    written = json.dumps(plain_json(content), ensure_ascii=False).encode()
    tag = f'"{hashlib.sha256(opened.name.encode() + written).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(written, media_type="application/json", headers=headers)


@router.get("/runs", tags=["runs"], summary="List runs")
def get_runs(
    request: Request,
    rows: Annotated[int, Query(ge=1, le=1_000, description="Runs of one page.")] = 100,
    after: Annotated[str, Query(max_length=120, description="Name of the last run of the page before.")] = "",
) -> dict[str, Any]:
    """The runs of the folder, the newest first."""
    store = library_of(request).store
    aliases = store.aliases()
    found = list(reversed(store.list()))
    names = [run.name for run in found]
    begin = names.index(after) + 1 if after in names else 0
    shown = found[begin : begin + rows]
    return {
        "runs": [run_summary(r) | {"aliases": [a for a, name in aliases.items() if name == r.name]} for r in shown],
        "after": shown[-1].name if begin + rows < len(found) else "",
    }


@router.post("/runs", tags=["runs"], status_code=202, summary="Make a run of files on this computer, or of tables")
def post_run(request: Request, wish: NewRun, idempotency_key: IdempotencyKey = "") -> JSONResponse:
    """Queue a segmentation of files in an allowed folder, or of tables of a database. The answer is a job; its address stands in `Location`."""
    drafts = drafts_of(request)
    unknown = sorted(wish.files.keys() - set(WHATS[:3]))
    if unknown:
        raise InputError(f"There is no file for {unknown[0]!r}.", hint="Name customers, orders or products.")
    options = allowed(wish.options)
    once = _Once(request, idempotency_key, wish.model_dump())
    if (before := once.job()) is not None:
        return _accepted(before)
    tables = {what: text for what, text in wish.files.items() if isinstance(text, str) and is_reference(text)}
    paths = {what: drafts.all_under_roots(text) for what, text in wish.files.items() if what not in tables}
    if empty := [what for what, several in paths.items() if not several]:
        raise InputError(f"The list of {empty[0]} is empty.", hint="Name a file, or leave it out.")
    firsts = {what: several[0] for what, several in paths.items()}
    found = {
        what: drafts.source(tables[what]) if what in tables else (firsts[what].name, firsts[what])
        for what in wish.files
    }
    made = drafts.new()
    draft = drafts.keep(made, list(found.values()), list(found))
    draft = replace(
        draft, files=tuple(replace(file, more=tuple(map(str, paths.get(file.what, [])[1:]))) for file in draft.files)
    )
    return _queued(request, replace(draft, options=options, like=wish.like, name=wish.name), once)


_UPLOAD = form_body(
    {
        **dict.fromkeys(("customers", "orders", "products"), FILE_FIELD),
        "options": {
            "type": "string",
            "description": "JSON: options of docs/settings.md",
            "example": '{"k": 4}',
        },
        "like": {"type": "string"},
        "name": {"type": "string"},
    },
)


@router.post(
    "/runs/upload", tags=["runs"], status_code=202, summary="Make a run of uploaded files", openapi_extra=_UPLOAD
)
async def post_run_files(request: Request, idempotency_key: IdempotencyKey = "") -> JSONResponse:
    """Upload files as a form (customers, orders, products) and queue their segmentation. A field that is sent several times holds several files of one table."""
    drafts = drafts_of(request)
    made = await run_in_threadpool(drafts.new)
    try:
        async with request.form(max_files=MOST_COUNTED, max_fields=10) as form:
            options, like, name = (
                _form_options(form.get("options")),
                *(str(form.get(key) or "") for key in ("like", "name")),
            )
            found = [(what, file) for what in WHATS[:3] for file in uploads(form, what)]
            refuse_many_files(len(found))
            files = [(what, file.filename, file.size) for what, file in found]
            once = _Once(request, idempotency_key, [options, like, name, files])
            before = await run_in_threadpool(once.job)
            if before is not None:
                drafts.remove(made)
                return _accepted(before)
            if not found:
                raise InputError("The form has no file.", hint="Send one as customers, orders or products.")
            kept = [await received(drafts, made, file) for _, file in found]
        draft = await run_in_threadpool(drafts.keep, made, kept, [what for what, _ in found])
        draft = replace(draft, options=options, like=like, name=name)
        return await run_in_threadpool(_queued, request, draft, once)
    except BaseException:
        drafts.remove(made)
        raise


@router.get("/jobs", tags=["jobs"], summary="List segmentations that are made or were made")
def get_jobs(request: Request, rows: Annotated[int, Query(ge=1, le=200)] = 20) -> dict[str, Any]:
    """The newest first."""
    known: Jobs | None = request.app.state.known_jobs()
    return {"jobs": [plain_json(told(job)) for job in known.list(rows=rows)] if known else []}


@router.get("/jobs/{job}", tags=["jobs"], summary="How far a segmentation is")
def get_job(request: Request, job: str) -> Any:  # noqa: ANN401 - a JSON value
    """Its state is queued, running, done, failed or canceled; `run` names what it made."""
    return plain_json(told(job_of(request, job)))


@router.post("/jobs/{job}/cancel", tags=["jobs"], summary="Stop a segmentation")
def post_job_cancel(request: Request, job: str) -> Any:  # noqa: ANN401 - a JSON value
    """At once where it waits, within seconds where it runs; nothing is written."""
    jobs_of(request).cancel(job_of(request, job).id)
    return plain_json(told(job_of(request, job)))


@router.get("/jobs/{job}/events", tags=["jobs"], summary="Follow a segmentation", response_class=EventSourceResponse)
async def get_job_events(request: Request, job: Annotated[Job, Depends(job_of)]) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events named `progress`, each with the job as JSON; the stream ends with the job."""
    async for event in events(request, job.id):
        yield event


@router.get("/runs/{run}", tags=["runs"], summary="What a run found")
def get_run(request: Request, run: str) -> Response:
    """What `clustera show --json` prints; `run` is a name or an alias such as latest."""
    opened = library_of(request).open(run)
    with texts.speaking(opened.outcome.locale):
        return cached(request, opened, run_summary(opened.run) | segmentation_summary(opened.seg))


@router.get("/runs/{run}/segments", tags=["segments"], summary="List the segments of a run")
def get_segments(request: Request, run: str) -> Response:
    """One entry per segment: size, sentence, trust, action, figures per feature."""
    opened = library_of(request).open(run)
    with texts.speaking(opened.outcome.locale):
        return cached(request, opened, {"segments": frames.segment_rows(opened.outcome)})


@router.get("/runs/{run}/segments/{segment}", tags=["segments"], summary="One segment")
def get_segment(request: Request, run: str, segment: int) -> Response:
    """Everything that is known of a segment, with its suggested actions."""
    opened = library_of(request).open(run)
    found = segment_of(opened, segment)
    actions = [asdict(action) for action in opened.outcome.actions if action.segment == segment]
    return cached(request, opened, asdict(found) | {"actions": actions})


@router.get("/runs/{run}/customers", tags=["customers"], summary="List customers of a run")
def get_customers(request: Request, run: str, asked: Annotated[Asked, Depends()]) -> Response:
    """Searched, filtered, sorted; `after` of the answer asks for the next page."""
    opened = library_of(request).open(run)
    return cached(request, opened, customers_summary(opened.page(asked.query)))


@router.get("/runs/{run}/customer", tags=["customers"], summary="One customer")
def get_customer(
    request: Request,
    run: str,
    id: Annotated[str, Query(max_length=1_000, description="The customer's id, as in the file.")],  # noqa: A002
    other: Annotated[int | None, Query(description="Segment to compare with. Default: the second nearest.")] = None,
) -> Response:
    """The customer with all values, and why this segment and not the other."""
    opened = library_of(request).open(run)
    row, values = opened.customers.one(id)
    explanation = opened.explain(id, values, other=other)
    told_why = asdict(explanation) if explanation else None
    return cached(request, opened, row | {"values": values, "explanation": told_why})


def _form_options(text: object) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) and text.strip() else {}
    except ValueError as error:
        raise InputError("The options are not JSON.", hint='For example: {"k": 4}') from error
    if not isinstance(found, dict):
        raise InputError("The options are no JSON object.", hint='For example: {"k": 4}')
    return allowed(found)


class _Once:
    """A request for a segmentation that is made once for the Idempotency-Key of its client.

    Args:
        request: What was sent.
        key: Its key; "" for none.
        asked: What it asks for, as JSON values.
    """

    def __init__(self, request: Request, key: str, asked: object) -> None:
        self.key = f"{client_of(request.scope, request.headers)} {key}" if key else ""
        self.asked = asked_hash(asked)
        self._request = request

    def job(self) -> Job | None:
        """The job that the key belongs to; None where there is none yet.

        Raises:
            InputError: it was used for something else.
        """
        found = jobs_of(self._request).by_key(self.key) if self.key else None
        refuse_other_request(found is None or found.spec.get("asked") == self.asked)
        return found


def _queued(request: Request, draft: Draft, once: _Once) -> JSONResponse:
    problem = next((file for file in draft.files if file.problem), None)
    if problem is not None:
        raise InputError(problem.problem, hint=problem.hint)
    return _accepted(started(request, draft, key=once.key, asked=once.asked))


def _accepted(job: Job) -> JSONResponse:
    return JSONResponse(plain_json(told(job)), status_code=202, headers={"Location": f"{PREFIX}/jobs/{job.id}"})
