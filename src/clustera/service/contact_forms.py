"""The contacts and suppression lists of a form or of a request: uploaded now, kept, or named by a path that may be read."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from clustera.service.draft_forms import received, uploads
from clustera.service.held import drafts_of, kept_files_of, person_of, record
from clustera.service.kept_contacts import ListKind
from clustera.service.lists import BroughtFile

KEPT = "kept:"  # stands before the id of a kept file where a path may stand too


async def brought_files(request: Request, draft: str, form: FormData) -> tuple[list[BroughtFile], list[BroughtFile]]:
    """The contacts and the suppression lists of a form: uploaded, named by their path, or chosen among those that are kept.

    What is uploaded wins, and then a path. What is uploaded is kept where the form asks for that.

    Args:
        request: Who asks.
        draft: Receives what is uploaded.
        form: With `contacts`, `suppress`, `contacts_path`, `suppress_path`, `kept:contacts`, `kept:suppress` and `keep`.

    Raises:
        InputError: what was chosen is not kept any more, or a path is not in a folder that may be read.
    """
    return await _of_kind(request, draft, form, "contacts"), await _of_kind(request, draft, form, "suppress")


async def _of_kind(request: Request, draft: str, form: FormData, kind: ListKind) -> list[BroughtFile]:
    kept, drafts = kept_files_of(request), drafts_of(request)
    found = [BroughtFile(n, str(p)) for n, p in [await received(drafts, draft, one) for one in uploads(form, kind)]]
    if not found and (path := str(form.get(f"{kind}_path") or "").strip()):
        return [await run_in_threadpool(named_file, request, kind, path)]
    chosen = str(form.get(f"kept:{kind}") or "")
    if not found and chosen:
        one = await run_in_threadpool(kept.open, kind, chosen)
        return [BroughtFile(one.name, one.path)]
    if form.get("keep"):
        for file in found:
            await run_in_threadpool(kept.keep, kind, file, by=person_of(request).name)
        _record_kept(request, found)
    return found


def named_file(request: Request, kind: ListKind, named: str) -> BroughtFile:
    """A file that is named instead of uploaded: `kept:ID` of one that is kept, or a path below the folders that may be read.

    Raises:
        InputError: it is not kept any more, or there is no such file in these folders.
    """
    if named.startswith(KEPT):
        one = kept_files_of(request).open(kind, named.removeprefix(KEPT))
        return BroughtFile(one.name, one.path)
    path = drafts_of(request).under_roots(named)
    return BroughtFile(path.name, str(path))


def _record_kept(request: Request, files: Sequence[BroughtFile]) -> None:
    if files:
        record(request, f"kept the contacts {', '.join(file.name for file in files)} ({request.url.path})")
