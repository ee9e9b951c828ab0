"""The counts of a campaign with contacts before it is launched: who takes part, who can't be written to, and the columns."""

from __future__ import annotations

import shlex
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from clustera import texts
from clustera.errors import InputError
from clustera.segmentation import LaunchedCampaign
from clustera.segmentation.launching import PreparedCampaign
from clustera.segmentation.summary import campaign_values
from clustera.service.answers import as_csv, as_json, run_page
from clustera.service.campaign_forms import plan_query, prepared_campaign
from clustera.service.campaign_pages import campaign_address
from clustera.service.counted_lists import asked_reach, contact_columns, contact_fields, counted_export
from clustera.service.export_pages import network_titles
from clustera.service.held import drafts_of, kept_files_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.lists import CampaignDraft, keep_campaign, open_campaign
from clustera.service.same import Same, as_python

router = APIRouter(include_in_schema=False)
_LAUNCHING = threading.Lock()
_AGAIN = ("name", "action", "audience", "control", "day", "days", "margin", "contact_cost", "network", "country")


@router.get("/runs/{name}/campaign/{id_}.json")
def campaign_counts_json(request: Request, name: str, id_: str) -> Response:
    """What `clustera campaign launch --dry-run --json` prints."""
    return as_json(campaign_values(_prepared(request, *_waiting(request, name, id_)).record))


@router.get("/runs/{name}/campaign/{id_}.csv")
def campaign_counts_csv(request: Request, name: str, id_: str) -> Response:
    """How many customers each step leaves, one step a row."""
    opened, draft = _waiting(request, name, id_)
    steps = map(asdict, _prepared(request, opened, draft).steps)
    return as_csv(steps, ("step", "customers"), name=f"{draft.terms['name']}-steps")


@router.get("/runs/{name}/campaign/{id_}")
def campaign_counts_page(request: Request, name: str, id_: str) -> Response:
    """Who would take part, who can't be written to and why; nothing is written yet."""
    opened, draft = _waiting(request, name, id_)
    prepared, problem = None, None
    try:
        prepared = _prepared(request, opened, draft)
    except InputError as error:
        problem = error
    library = library_of(request)
    with texts.speaking(opened.outcome.locale):
        record = prepared.record if prepared else None
        notes = [*texts.control_sentences(record), *texts.overlap_sentences(record, commands=False)] if record else []
        shown = counted_export(prepared.export) if prepared and prepared.export else None
    return run_page(
        "campaign_counts.html.j2",
        request,
        opened,
        "campaigns",
        draft=draft,
        terms=draft.terms,
        record=record,
        problem=problem,
        notes=notes,
        shown=shown,
        kept=kept_files_of(request).list(),
        roots=drafts_of(request).roots,
        again={name: draft.terms[name] for name in _AGAIN} | {"segment": draft.terms["segments"]},
        plan=plan_query(draft.terms),
        columns=contact_columns(draft.contacts),
        fields=contact_fields(),
        networks=network_titles(),
        same=_same_counts(library, draft) if prepared else (),
    )


@router.post("/runs/{name}/campaign/{id_}")
async def count_again_or_launch(request: Request, name: str, id_: str) -> Response:
    """Keep what was corrected and count again; or launch the campaign as it was counted."""
    opened, draft = await run_in_threadpool(_waiting, request, name, id_)
    async with request.form(max_files=0, max_fields=60) as form:
        rows, reach = str(form.get("rows") or ""), asked_reach(form)
    here = f"/runs/{quote(opened.name)}/campaign/{id_}"
    if not rows:
        changed = replace(draft, terms={**draft.terms, **reach})
        await run_in_threadpool(keep_campaign, drafts_of(request), changed)
        return RedirectResponse(here, status_code=303)
    launched = await run_in_threadpool(_launch_as_counted, request, opened, draft, rows)
    return RedirectResponse(campaign_address(opened, launched.name) if launched else here, status_code=303)


def _launch_as_counted(request: Request, opened: Opened, draft: CampaignDraft, rows: str) -> LaunchedCampaign | None:
    """Launch it and remove the contacts; None where the list would have another number of rows by now."""
    drafts = drafts_of(request)
    with _LAUNCHING:
        open_campaign(drafts, opened.name, draft.id)  # somebody may have launched it meanwhile
        prepared = _prepared(request, opened, draft)
        if prepared.export is None or str(len(prepared.export.rows)) != rows:
            return None
        launched = prepared.launch()
        drafts.remove(draft.id)
    return launched


def _waiting(request: Request, name: str, id_: str) -> tuple[Opened, CampaignDraft]:
    opened = library_of(request).open(name)
    return opened, open_campaign(drafts_of(request), opened.name, id_)


def _prepared(request: Request, opened: Opened, draft: CampaignDraft) -> PreparedCampaign:
    return prepared_campaign(library_of(request), opened, draft.terms, draft.contacts, draft.suppress)


def _same_counts(library: Library, draft: CampaignDraft) -> Same:
    """The line for a terminal, and the lines for Python, that count the same."""
    terms, folder = draft.terms, library.store.folder
    words = ["clustera", "campaign", "launch", terms["name"], draft.run]
    for option in ("action", "audience", "control", "day", "days", "margin", "contact_cost"):
        if terms[option]:
            words += [f"--{option.replace('_', '-')}", str(terms[option])]
    words += ["--segments", ",".join(map(str, terms["segments"]))] if terms["segments"] else []
    words += ["--contacts", draft.contacts.name, "--for", terms["network"]]
    for one in draft.suppress:
        words += ["--suppress", one.name]
    for field, column in terms["columns"].items():
        words += ["--column", f"{field}={column}"]
    words += ["--country", terms["country"]] if terms["country"] else []
    words += ["--all-consented"] if terms["all_consented"] else []
    return Same(
        shlex.join([*words, "--dry-run", "--runs", str(folder), "--json"]),
        as_python(folder, draft.run, f"seg.prepare_campaign({terms['name']!r}{_python_terms(draft)}).record"),
        f"/runs/{draft.run}/campaign/{draft.id}",
    )


def _python_terms(draft: CampaignDraft) -> str:
    terms = draft.terms
    asked: dict[str, Any] = {
        key: terms[key] for key in ("action", "audience", "control", "day", "days", "margin", "contact_cost")
    }
    asked["segments"] = tuple(terms["segments"])
    reaching: dict[str, Any] = {key: terms[key] for key in ("columns", "country", "all_consented")}
    reaching["suppress"] = tuple(Path(one.name).name for one in draft.suppress)
    asked |= {"contacts": draft.contacts.name, "network": terms["network"]}
    asked["reaching"] = {key: value for key, value in reaching.items() if value}
    return "".join(f", {key}={value!r}" for key, value in asked.items() if value)
