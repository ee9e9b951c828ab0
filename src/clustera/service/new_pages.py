"""From files to a run: bring them, see what was found, correct it, start, follow, stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from clustera import report, texts
from clustera.errors import InputError, SetupError
from clustera.pipeline import Preview
from clustera.records import Finding, columns_told
from clustera.segmentation.databases import is_reference
from clustera.service import example
from clustera.service.answers import page
from clustera.service.draft_forms import (
    MOST_COUNTED,
    MOST_FIELDS,
    ORDER_ROLES,
    columns_unread,
    draft_wishes,
    form_texts,
    received,
    table_beside_orders,
    uploads,
)
from clustera.service.drafts import Draft, Drafts, refuse_many_files
from clustera.service.held import drafts_of, jobs_of, library_of, theme_of
from clustera.service.jobs import Job
from clustera.service.library import Library
from clustera.service.same import as_segment_command, as_segment_python
from clustera.store import is_name

router = APIRouter(include_in_schema=False)
_LOOKED_AT = 5  # newest runs among which one is sought whose definitions can be kept
_ROLES = ("feature", "descriptor", "exclude")


@router.get("/new")
def new_page(request: Request) -> Response:
    """Where files are dropped."""
    library = library_of(request)
    if not request.app.state.is_writable():
        raise SetupError(
            f"The folder {library.store.folder} can't be written by this user.", hint="Serve another folder."
        )
    return page(
        "new.html.j2",
        nav="new",
        theme=theme_of(request),
        roots=drafts_of(request).roots,
        databases=library.store.databases.list(),
        limit=request.app.state.limit,
        demo=example.is_there(),
    )


@router.post("/new")
async def bring_files(request: Request) -> Response:
    """Take the files, and go on to what was found in them."""
    drafts = drafts_of(request)
    draft = await run_in_threadpool(drafts.new)
    try:
        async with request.form(max_files=MOST_COUNTED, max_fields=MOST_COUNTED) as form:
            named = form_texts(form, "path") + form_texts(form, "table")
            refuse_many_files(len(uploads(form)) + len(named))
            files: list[tuple[str, Path | str]] = [await received(drafts, draft, file) for file in uploads(form)]
            files.extend([await run_in_threadpool(drafts.source, text) for text in named])
        if not files:
            raise InputError("Nothing was chosen.", hint="Choose a table of customers, a log of orders, or both.")
        kept = await run_in_threadpool(drafts.keep, draft, files)
        like = await run_in_threadpool(run_to_keep, library_of(request), kept)
        options = {"keep_orders": True} if "orders" in kept.sources() else {}
        await run_in_threadpool(drafts.change, kept, (), options, like=like)
    except BaseException:
        drafts.remove(draft)
        raise
    return RedirectResponse(f"/new/{draft}", status_code=303)


@router.post("/example")
def make_example(request: Request) -> Response:
    """The example run, as a job like any other."""
    drafts = drafts_of(request)
    draft = drafts.new()
    paths = example.write_tables(Path(drafts.place(draft)))
    spec = {
        "files": {
            "customers": str(paths["demographics"]),
            "orders": str(paths["transactions"]),
            "products": str(paths["products"]),
        },
        "options": {"keep_orders": True},
        "like": "",
        "name": "" if any(run.name == example.NAME for run in library_of(request).store.list()) else example.NAME,
        "draft": draft,
    }
    return RedirectResponse(f"/jobs/{jobs_of(request).add(spec).id}", status_code=303)


@router.get("/new/{draft}")
def check_page(request: Request, draft: str) -> Response:
    """What was found in the files, to be corrected and started."""
    drafts = drafts_of(request)
    found = drafts.open(draft)
    problem, hint, seen = "", "", None
    try:
        if not {"customers", "orders"} & found.sources().keys():
            raise InputError(
                "None of these files can be segmented as it is.",
                hint="Say which one holds the customers or the orders.",
            )
        seen = drafts.preview(found)
    except InputError as error:
        problem, hint = error.message, error.hint
    roles = _roles(seen, found) if seen else ()
    later = (
        next((one for one in seen.findings if one.code == "future-date" and one.share > 0.5), None) if seen else None
    )
    return page(
        "draft.html.j2",
        nav="new",
        theme=theme_of(request),
        draft=found,
        seen=seen,
        roles=roles,
        order_roles=ORDER_ROLES,
        told=columns_told([column for column, _ in roles]),
        because=texts.column_reason,
        cure=_cure_here,
        problem=problem,
        later=later,
        hint=hint,
        beside=table_beside_orders(found),
        log="orders" in found.sources(),
        **columns_unread(found),
        runs=library_of(request).store.list()[::-1],
        printer=report.find_browser() is not None,
        schedule=_schedule_query(found, drafts),
        command=as_segment_command(found, library_of(request).store.folder),
        python=as_segment_python(found, library_of(request).store.folder),
    )


@router.post("/new/{draft}")
async def correct_draft(request: Request, draft: str) -> Response:
    """Keep what was corrected; then check again, or start."""
    drafts = drafts_of(request)
    found = await run_in_threadpool(drafts.open, draft)
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        whats = form_texts(form, "what", empty=True)
        options = draft_wishes(form, found, whats)
        like, name, start, pdf = (str(form.get(key) or "").strip() for key in ("like", "name", "start", "pdf"))
    changed = await run_in_threadpool(drafts.change, found, whats, options, like=like, name=name, pdf=bool(pdf))
    if start and like and "k" in options:
        raise InputError(
            f"The number of segments can't be chosen where the definitions of {like} are kept.",
            hint="Leave the number of segments empty, or choose new segments.",
            field="k",
        )
    # What can't be segmented is said on the page of the files, before a job is queued.
    if not start or not await run_in_threadpool(_can_be_segmented, drafts, changed):
        return RedirectResponse(f"/new/{draft}", status_code=303)
    job = await run_in_threadpool(started, request, changed)
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def _can_be_segmented(drafts: Drafts, draft: Draft) -> bool:
    if not {"customers", "orders"} & draft.sources().keys():
        return False
    try:
        drafts.preview(draft)
    except InputError:
        return False
    return True


def _schedule_query(draft: Draft, drafts: Drafts) -> str:
    """The part of an address by which these sources are scheduled.

    "" where one was uploaded, and so is there once, or where several are one table: a schedule has a pattern for these.
    """
    sources = {what: path for what, path in draft.sources().items() if isinstance(path, str)}
    lasting = [
        is_reference(path) or any(Path(path).is_relative_to(root) for root in drafts.roots) for path in sources.values()
    ]
    return urlencode(sources) if sources and all(lasting) and len(sources) == len(draft.sources()) else ""


def _cure_here(finding: Finding) -> str:
    """The cure of a finding, with the place on this page instead of an option of the command."""
    kept, option = [texts.cure_on_page(finding)], texts.option_of_cure(finding)
    if option == "exclude":
        kept.append(texts.translate("To leave the column out, choose so in the table above."))
    elif option == "as-of":
        kept.append(texts.translate("Another day can be given as the snapshot date under Settings."))
    return " ".join(filter(None, kept))


def run_to_keep(library: Library, draft: Draft) -> str:
    """The newest run whose definitions can be kept for these files; "" where there is none.

    A run of orders for orders; for a table of customers one whose features the table has.
    """
    sources = draft.sources()
    columns = {column for file in draft.files if file.what == "customers" for column in file.columns}
    for run in library.store.list()[: -_LOOKED_AT - 1 : -1]:
        outcome = library.open(run.name).outcome
        if (outcome.behavior is not None) != ("orders" in sources):
            continue
        if outcome.behavior or {feature.name for feature in outcome.preparation.features} <= columns:
            return run.name
    return ""


def started(request: Request, draft: Draft, *, key: str = "", asked: str = "") -> Job:
    """Queue the segmentation of a draft; with a key that was used before, the job it belongs to.

    Args:
        request: What was sent.
        draft: What is segmented.
        key: By which it is queued once.
        asked: What was asked for, as a hash: another one with the same key is a mistake.

    Raises:
        InputError: there is nothing to segment, or what it should be like is no run.
        RunError: the name is taken, or there is no run that it should be like.
        QueueFullError: too many wait.
    """
    store = library_of(request).store
    if not {"customers", "orders"} & draft.sources().keys():
        raise InputError("There is nothing to segment.", hint="Say which file holds the customers or the orders.")
    if draft.name:
        store.check_free(draft.name)
    if draft.like and not is_name(draft.like):
        raise InputError(f"{draft.like!r} is no run.", hint="Choose one of the list.")
    kept = store.open(draft.like).name if draft.like else ""
    return jobs_of(request).add(replace(draft, like=kept).spec() | {"asked": asked}, key=key)


def _roles(seen: Preview, draft: Draft) -> list[tuple[Any, str]]:
    """Each column with the role that a person may change it to; "" where it stays as it is."""
    if "orders" in draft.sources():
        return [(column, "") for column in seen.columns]
    return [(column, column.role if column.role in ("id", *_ROLES) else "exclude") for column in seen.columns]
