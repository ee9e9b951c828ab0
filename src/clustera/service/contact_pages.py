"""The contacts that are kept for next time: which, since when, by whom; and how they are removed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from clustera.errors import InputError
from clustera.service.answers import page
from clustera.service.contact_forms import brought_files
from clustera.service.held import drafts_of, kept_files_of, library_of, record, theme_of
from clustera.service.kept_contacts import KEPT_DAYS

router = APIRouter(include_in_schema=False)


@router.get("/contacts")
def contacts_page(request: Request) -> Response:
    """The kept files, the newest first. Nothing that stands in them is shown."""
    found = kept_files_of(request).list()
    return page("contacts.html.j2", nav="contacts", theme=theme_of(request), kept=found, days=KEPT_DAYS)


@router.post("/contacts/{file}/remove")
def remove_contacts(request: Request, file: str) -> Response:
    """Remove one for good."""
    name = kept_files_of(request).remove(file)
    record(request, f"removed the contacts {name}")
    return RedirectResponse("/contacts", status_code=303)


@router.post("/runs/{name}/audience/contacts")
async def bring_consent(request: Request, name: str) -> Response:
    """Keep who may be written to, as a table of contacts says; what `clustera audience consent` does. The table is removed, unless the form keeps it."""
    opened = await run_in_threadpool(library_of(request).open, name)
    drafts = drafts_of(request)
    draft = await run_in_threadpool(drafts.new)
    try:
        async with request.form(max_files=2, max_fields=14) as form:
            contacts, suppress = await brought_files(request, draft, form)
            asked = {key: str(form.get(key) or "").strip() for key in ("define", "column:consent", "all_consented")}
        if not contacts:
            raise InputError(
                "No file of contacts was chosen.",
                hint="Choose a table with the ids of the customers, their e-mail addresses and who has consented.",
            )
        consent = asked["column:consent"]
        await run_in_threadpool(
            opened.seg.keep_consent,
            Path(contacts[0].path),
            suppress=tuple(one.path for one in suppress),
            columns={"consent": consent} if consent else {},
            all_consented=bool(asked["all_consented"]),
        )
    finally:
        drafts.remove(draft)
    address = urlencode({"define": asked["define"]})
    return RedirectResponse(f"/runs/{quote(opened.name)}/audience?{address}", status_code=303)
