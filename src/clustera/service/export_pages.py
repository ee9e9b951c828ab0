"""An audience to a mail tool or an advertising network: bring contacts, see the counts, write the list, download it."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from clustera import texts
from clustera.audiences import NETWORKS, tidy_definition
from clustera.errors import InputError, RunError
from clustera.segmentation.exporting import ExportOptions, export_request, export_summary
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.service.answers import as_csv, as_json, file_name, run_page
from clustera.service.contact_forms import brought_files
from clustera.service.counted_lists import asked_reach, contact_columns, contact_fields, counted_export
from clustera.service.held import drafts_of, kept_files_of, library_of, lists_of
from clustera.service.library import Library, Opened
from clustera.service.lists import FILES, ListDraft
from clustera.service.same import Same, as_command, as_python
from clustera.store import RECOMMENDATIONS, file_beside

router = APIRouter(include_in_schema=False)
_HOLDOUTS = ("0%", "5%", "10%", "20%", "50%")
_MOST_FILES = 6
_LOG = ("time", "by", "audience", "version", "network", "rows", "held_out", "run", "contacts", "event")


@router.get("/runs/{name}/export")
def export_page(  # noqa: PLR0917 - the fields of a form
    request: Request,
    name: str,
    audience: str = "",
    define: str = "",
    called: str = "",
    typed: Annotated[str, Query(alias="name", max_length=120)] = "",
) -> Response:
    """Where contacts are brought for an audience; a definition without a name is saved first.

    A line that can't be counted is shown on its own page, with the reason; `name` is what was typed there to save it by.
    """
    library = library_of(request)
    opened = library.open(name)
    drafts_of(request).forget_old()
    kept = SavedAudiences(library.store.audiences)
    count = None
    if audience:
        kept.store.open(audience)
        count = opened.seg.audience(audience).count()
    elif define:
        try:
            count = opened.seg.audience(define).count()
        except (InputError, RunError):
            return RedirectResponse(f"/runs/{quote(opened.name)}/audience?{urlencode({'define': define})}", 303)
        called = typed.strip() or called
        same = [name for name, entry in kept.list().items() if entry.definition == tidy_definition(define)]
        if same:  # the same customers keep one control group, by whatever name they were saved
            known = urlencode({"audience": called if called in same else same[0]})
            return RedirectResponse(_export_address(opened, f"?{known}"), status_code=303)
        called = _free_name(kept, called)
    return run_page(
        "export.html.j2",
        request,
        opened,
        "audiences",
        audience=audience,
        define=define,
        called=called,
        count=count,
        names=list(kept.list()),
        networks=network_titles(),
        holdouts=_HOLDOUTS,
        has_items=opened.outcome.recommended is not None,
        kept=kept_files_of(request).list(),
        roots=drafts_of(request).roots,
        exports=exported(library, audience),
        same=Same(
            as_command("audience", library.store.folder, "exports"),
            f"from clustera.store import Store\nStore({str(library.store.folder)!r}).exports.log()",
            f"/runs/{opened.name}/export",
        ),
    )


@router.get("/runs/{name}/export.json")
def export_json(request: Request, name: str) -> Response:
    """What `clustera audience exports --json` prints."""
    library = library_of(request)
    library.open(name)
    return as_json(library.store.exports.log())


@router.get("/runs/{name}/export.csv")
def export_csv(request: Request, name: str) -> Response:
    """Every export of the folder, one a row."""
    library = library_of(request)
    library.open(name)
    return as_csv(library.store.exports.log(), _LOG, name="exports")


@router.post("/runs/{name}/export")
async def bring_contacts(request: Request, name: str) -> Response:
    """Take the contacts, and go on to the counts."""
    opened = await run_in_threadpool(library_of(request).open, name)
    draft = await received_contacts(request, opened)
    return RedirectResponse(_export_address(opened, f"/{draft.id}"), status_code=303)


@router.get("/runs/{name}/export/{id_}.json")
def export_counts_json(request: Request, name: str, id_: str) -> Response:
    """What `clustera audience export --dry-run --json` prints."""
    opened, draft = opened_list(request, name, id_)
    _not_written(draft)
    return as_json(export_summary(lists_of(request).prepare(draft, opened).export))


@router.get("/runs/{name}/export/{id_}.csv")
def export_counts_csv(request: Request, name: str, id_: str) -> Response:
    """How many customers each step leaves, one step a row."""
    opened, draft = opened_list(request, name, id_)
    _not_written(draft)
    steps = map(asdict, lists_of(request).prepare(draft, opened).steps)
    return as_csv(steps, ("step", "customers"), name=f"{draft.audience}-steps")


@router.get("/runs/{name}/export/{id_}")
def export_counts_page(request: Request, name: str, id_: str) -> Response:
    """Who would be written and why the others would not; or what was written."""
    opened, draft = opened_list(request, name, id_)
    if draft.written:
        return _written_page(request, opened, draft)
    prepared, problem, small = None, None, None
    try:
        prepared = lists_of(request).prepare(draft, opened)
    except InputError as error:
        problem = error
    if prepared:
        try:
            prepared.check()
        except InputError as error:
            small = error
    library = library_of(request)
    return run_page(
        "export_counts.html.j2",
        request,
        opened,
        "audiences",
        draft=draft,
        has_items=opened.outcome.recommended is not None,
        takes_items=NETWORKS[draft.network].extras,
        problem=problem,
        kept=kept_files_of(request).list(),
        roots=drafts_of(request).roots,
        small=small,
        columns=contact_columns(draft.contacts),
        fields=contact_fields(),
        shown=counted_export(prepared.export) if prepared else None,
        networks=network_titles(),
        holdouts=_HOLDOUTS,
        same=Same(
            export_command(draft, library.store.folder),
            _export_python(draft, library.store.folder),
            f"/runs/{opened.name}/export/{draft.id}",
        )
        if prepared
        else (),
    )


@router.post("/runs/{name}/export/{id_}")
async def change_or_write(request: Request, name: str, id_: str) -> Response:
    """Keep what was corrected and count again; or write the list as it was counted."""
    opened, draft = await run_in_threadpool(opened_list, request, name, id_)
    async with request.form(max_files=0, max_fields=60) as form:
        rows, wishes = str(form.get("rows") or ""), _export_wishes(form)
    lists = lists_of(request)
    if rows:
        await run_in_threadpool(lists.write, draft, opened, rows=int(rows) if rows.isdecimal() else -1)
    elif not draft.written:
        changed = replace(draft, **wishes)
        await run_in_threadpool(check_draft, library_of(request), changed)
        lists.keep(changed)
    return RedirectResponse(_export_address(opened, f"/{id_}"), status_code=303)


@router.get("/runs/{name}/export/{id_}/{what}.csv")
def export_file(request: Request, name: str, id_: str, what: str) -> Response:
    """The list, who is not in it, or who is contacted and who is in the control group."""
    return list_file(request, name, id_, what)


def list_file(request: Request, name: str, id_: str, what: str) -> FileResponse:
    """A file of a list that was written; 404 where there is none."""
    _, draft = opened_list(request, name, id_)
    if what not in FILES or what not in draft.written:
        raise HTTPException(404)
    called = f"{draft.audience}-{draft.network}" + ("" if what == "list" else f"-{what}")
    return FileResponse(draft.written[what], media_type="text/csv; charset=utf-8", filename=f"{file_name(called)}.csv")


def export_command(draft: ListDraft, folder: Path) -> str:
    """The line for a terminal that writes the same list."""
    words = [
        "clustera",
        "audience",
        "export",
        draft.audience,
        "--for",
        draft.network,
        "--contacts",
        draft.contacts.name,
    ]
    for one in draft.suppress:
        words += ["--suppress", one.name]
    if draft.holdout != "0%":
        words += ["--holdout", draft.holdout]
    for field, column in draft.columns.items():
        words += ["--column", f"{field}={column}"]
    words += ["--country", draft.country] if draft.country else []
    words += ["--all-consented"] if draft.all_consented else []
    words += (
        ["--recommendations", str(file_beside(folder / draft.run, RECOMMENDATIONS))] if draft.recommendations else []
    )
    return shlex.join([*words, "--output", "list.csv", "--run", draft.run, "--runs", str(folder)])


def _export_python(draft: ListDraft, folder: Path) -> str:
    asked: dict[str, Any] = {"suppress": tuple(one.name for one in draft.suppress), "columns": dict(draft.columns)}
    asked |= {"holdout": "" if draft.holdout == "0%" else draft.holdout, "country": draft.country}
    asked["all_consented"] = draft.all_consented
    asked["recommendations"] = str(file_beside(folder / draft.run, RECOMMENDATIONS)) if draft.recommendations else ""
    given = "".join(f", {name}={value!r}" for name, value in asked.items() if value)
    call = f"seg.audience({draft.audience!r}).prepare_export({draft.network!r}, {draft.contacts.name!r}{given})"
    return as_python(folder, draft.run, f'{call}.write("list.csv")')


async def received_contacts(request: Request, opened: Opened) -> ListDraft:
    """The list that a form asks for, with the files that it brings.

    Raises:
        InputError: the form has no contacts or no audience, or asks for something that there is not.
        RunError: there is no such audience.
    """
    drafts = drafts_of(request)
    id_ = await run_in_threadpool(drafts.new)
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=40) as form:
            contacts, suppress = await brought_files(request, id_, form)
            audience = str(form.get("audience") or "").strip()
            wishes = _export_wishes(form)
        if not contacts:
            raise InputError(
                "No file of contacts was chosen.",
                hint="Choose a table with the ids of the customers, their e-mail addresses and who has consented.",
            )
        if not audience:
            raise InputError("No audience was chosen.", hint="Choose one of the list, or save one first.")
        draft = ListDraft(id_, opened.name, audience, contacts=contacts[0], suppress=tuple(suppress), **wishes)
        await run_in_threadpool(check_draft, library_of(request), draft)
        return lists_of(request).keep(draft)
    except BaseException:
        drafts.remove(id_)
        raise


def opened_list(request: Request, name: str, id_: str) -> tuple[Opened, ListDraft]:
    """A run and one of its lists.

    Raises:
        RunError: there is no such run or list.
    """
    opened = library_of(request).open(name)
    return opened, lists_of(request).open(opened.name, id_)


def _not_written(draft: ListDraft) -> None:
    if draft.written:
        raise HTTPException(404)


def check_draft(library: Library, draft: ListDraft) -> None:
    """Refuse what can't be asked for, before anything is kept."""
    library.store.audiences.open(draft.audience)
    options: ExportOptions = {"holdout": draft.holdout, "country": draft.country, "columns": draft.columns}
    export_request(draft.network, draft.contacts.path, options)


def _export_wishes(form: FormData) -> dict[str, Any]:
    holdout = str(form.get("holdout") or "").strip() or "0%"
    return asked_reach(form) | {"holdout": holdout, "recommendations": bool(form.get("recommendations"))}


def _written_page(request: Request, opened: Opened, draft: ListDraft) -> Response:
    library = library_of(request)
    return run_page(
        "export_written.html.j2",
        request,
        opened,
        "audiences",
        draft=draft,
        network=network_titles()[draft.network],
        exports=exported(library, draft.audience),
        same=(),
    )


def network_titles() -> dict[str, str]:
    """The networks by name, the plain file last."""
    titles = {name: network.title for name, network in NETWORKS.items() if name != "generic"}
    return titles | {"generic": texts.translate("Another tool (plain CSV)")}


def exported(library: Library, audience: str) -> list[dict[str, Any]]:
    """The exports of an audience, the newest first."""
    titles = network_titles()
    log = library.store.exports.log()
    found = [n for n in log if n["audience"] == audience and not n.get("campaign") and not n.get("event")]
    return [line | {"to": titles.get(line["network"], line["network"])} for line in reversed(found)]


def _free_name(kept: SavedAudiences, called: str) -> str:
    """A name for a definition: the one that is asked for, with a number behind it where another audience has it."""
    known = kept.list()
    name, number = called, 2
    while name in known:
        name, number = f"{called} {number}", number + 1
    return name


def _export_address(opened: Opened, rest: str) -> str:
    return f"/runs/{quote(opened.name)}/export{rest}"
