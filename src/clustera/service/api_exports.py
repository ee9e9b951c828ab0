"""Exports of audiences through the API: contacts are brought, counts are seen, the list is written as it was counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from clustera.errors import RunError
from clustera.segmentation.exporting import export_summary
from clustera.service.answers import FILE_FIELD, as_json, form_body
from clustera.service.api import CSV_FILE, ERRORS, PREFIX
from clustera.service.contact_forms import named_file
from clustera.service.export_pages import check_draft, list_file, opened_list, received_contacts
from clustera.service.held import drafts_of, kept_files_of, library_of, lists_of
from clustera.service.library import Opened
from clustera.service.lists import FILES, ListDraft
from clustera.service.repeated import IdempotencyKey, made_once

router = APIRouter(prefix=PREFIX, responses=ERRORS, tags=["exports"])
_FORM = form_body(
    {
        "audience": {"type": "string", "example": "Regulars"},
        "network": {"type": "string", "example": "klaviyo"},
        "contacts": FILE_FIELD | {"description": "Ids, addresses and who has consented."},
        "suppress": FILE_FIELD | {"description": "Who may not be written to."},
        "contacts_path": {"type": "string", "description": "Instead of contacts: a path below --files."},
        "suppress_path": {"type": "string", "description": "Instead of suppress: a path below --files."},
        "kept:contacts": {"type": "string", "description": "Instead of contacts: the id of kept ones."},
        "kept:suppress": {"type": "string", "description": "Instead of suppress: the id of a kept one."},
        "keep": {"type": "string", "description": "1: keep the uploaded files for 30 days."},
        "holdout": {"type": "string", "example": "10%"},
        "country": {"type": "string", "example": "DE"},
        "all_consented": {"type": "string", "description": "1: everybody in the table has consented."},
        "recommendations": {"type": "string", "description": "1: include the next best items."},
        "column:consent": {
            "type": "string",
            "description": "The column of consent; so for id, email and the other fields.",
        },
    },
    required=["audience"],
)


class NewExport(BaseModel):
    """A list of an audience for a mail tool or an advertising network."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "audience": "Regulars",
                "network": "klaviyo",
                "contacts": "/data/contacts.csv",
                "holdout": "10%",
            }
        },
    )

    audience: str = Field(max_length=120, description="Name of a saved audience.")
    network: str = Field(
        default="generic", max_length=20, description="generic, klaviyo, mailchimp, hubspot, meta, ..."
    )
    contacts: str = Field(
        max_length=1_000, description="Path of a table in a folder given by --files, or kept:ID of kept contacts."
    )
    suppress: list[str] = Field(default=[], max_length=5, description="Suppression lists, named in the same ways.")
    holdout: str = Field(default="0%", max_length=10, description="Share of the control group.")
    country: str = Field(default="", max_length=40, description="Country of telephone numbers without one.")
    columns: dict[str, str] = Field(default={}, description="Columns of the table by field: consent, email, ...")
    all_consented: bool = Field(default=False, description="Everybody in the table has consented.")
    recommendations: bool = Field(
        default=False, description="Include the next best items that are kept beside the run."
    )


class CountedRows(BaseModel):
    """The number of rows that was seen before the list is written."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"rows": 412}})

    rows: int = Field(ge=0, le=2**31 - 1, description="`rows` of the counts.")


@router.get("/exports", summary="List exports")
def get_exports(request: Request) -> Response:
    """What `clustera audience exports --json` prints: who exported what, when, and how many."""
    return as_json({"exports": library_of(request).store.exports.log()})


@router.get("/contacts", summary="List kept contacts")
def get_contacts(request: Request) -> Response:
    """Contacts and suppression lists that are kept, the newest first: `kept:ID` names one where a path may stand."""
    known = [asdict(one) for one in kept_files_of(request).list()]
    return as_json({"contacts": [{key: value for key, value in one.items() if key != "path"} for one in known]})


@router.post("/runs/{run}/exports", status_code=201, summary="Count a list of contacts on this computer")
def post_export(request: Request, run: str, wish: NewExport, idempotency_key: IdempotencyKey = "") -> Response:
    """Nothing is written yet: the answer says how many customers each step leaves."""
    library, drafts = library_of(request), drafts_of(request)
    opened = library.open(run)
    contacts = named_file(request, "contacts", wish.contacts)
    suppress = tuple(named_file(request, "suppress", one) for one in wish.suppress)
    asked = wish.model_dump(exclude={"contacts", "suppress"})

    def make() -> dict[str, Any]:
        draft = ListDraft(drafts.new(), opened.name, contacts=contacts, suppress=suppress, **asked)
        with _removed_on_failure(request, draft):
            check_draft(library, draft)
            return _list_values(request, opened, lists_of(request).keep(draft))

    return made_once(request, idempotency_key, wish.model_dump(), make, place=_lists_address(opened))


@router.post(
    "/runs/{run}/exports/upload", status_code=201, summary="Count a list of uploaded contacts", openapi_extra=_FORM
)
async def post_contacts(request: Request, run: str, idempotency_key: IdempotencyKey = "") -> Response:
    """The same with a form. Files are removed when the list is written, or after a day."""
    opened = await run_in_threadpool(library_of(request).open, run)
    draft = await received_contacts(request, opened)
    asked = {name: value for name, value in asdict(draft).items() if name not in ("id", "contacts", "suppress")}
    files = [(one.name, Path(one.path).stat().st_size) for one in (draft.contacts, *draft.suppress)]
    with _removed_on_failure(request, draft):
        answer = await run_in_threadpool(
            made_once,
            request,
            idempotency_key,
            [asked, files],
            lambda: _list_values(request, opened, draft),
            place=_lists_address(opened),
        )
        if not answer.headers["Location"].endswith(draft.id):  # what was brought this time is not needed
            drafts_of(request).remove(draft.id)
        return answer


@router.get("/runs/{run}/exports/{export}", summary="The counts of a list")
def get_export(request: Request, run: str, export: str) -> Response:
    """How many customers each step leaves; addresses of the files once they are written."""
    opened, draft = opened_list(request, run, export)
    return as_json(_list_values(request, opened, draft))


@router.post("/runs/{run}/exports/{export}/write", summary="Write a list as it was counted")
def post_list(request: Request, run: str, export: str, counted: CountedRows) -> Response:
    """Where the list would have another number of rows by now nothing is written; written once, it stays as it is."""
    opened, draft = opened_list(request, run, export)
    if not lists_of(request).write(draft, opened, rows=counted.rows):
        raise RunError(
            f"The list does not have {counted.rows:,} rows, so nothing was written.", hint="Ask for the counts again."
        )
    return as_json(_list_values(request, opened, lists_of(request).open(draft.run, draft.id)))


@router.get(
    "/runs/{run}/exports/{export}/{file}.csv",
    summary="A file of a list",
    response_class=FileResponse,
    responses=CSV_FILE,
)
def get_list_file(request: Request, run: str, export: str, file: str) -> Response:
    """`list` (whom to write to), `left-out` (who is not in it, and why) or `groups` (contacted or control group)."""
    return list_file(request, run, export, file)


@contextmanager
def _removed_on_failure(request: Request, draft: ListDraft) -> Iterator[None]:
    try:
        yield
    except BaseException:
        drafts_of(request).remove(draft.id)
        raise


def _lists_address(opened: Opened) -> str:
    return f"{PREFIX}/runs/{quote(opened.name)}/exports"


def _list_values(request: Request, opened: Opened, draft: ListDraft) -> dict[str, Any]:
    if draft.written:
        place = f"{_lists_address(opened)}/{draft.id}"
        files = {what: f"{place}/{what}.csv" for what in FILES if what in draft.written}
        return {"id": draft.id, "audience": draft.audience, "written": True, "files": files}
    counts = export_summary(lists_of(request).prepare(draft, opened).export)
    return {"id": draft.id, "written": False} | counts
