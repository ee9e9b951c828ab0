"""The contacts and suppression lists of a form: uploaded now, or chosen among those that are kept."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from clustera.service.draft_forms import received, uploads
from clustera.service.held import drafts_of, kept_files_of, person_of, record
from clustera.service.kept_contacts import ListKind
from clustera.service.lists import BroughtFile


async def brought_files(request: Request, draft: str, form: FormData) -> tuple[list[BroughtFile], list[BroughtFile]]:
    """The contacts and the suppression lists of a form: uploaded, or chosen among those that are kept.

    What is uploaded wins. It is kept where the form asks for that.

    Args:
        request: Who asks.
        draft: Receives what is uploaded.
        form: With `contacts`, `suppress`, `kept:contacts`, `kept:suppress` and `keep`.

    Raises:
        InputError: what was chosen is not kept any more.
    """
    return await _of_kind(request, draft, form, "contacts"), await _of_kind(request, draft, form, "suppress")


async def _of_kind(request: Request, draft: str, form: FormData, kind: ListKind) -> list[BroughtFile]:
    kept, drafts = kept_files_of(request), drafts_of(request)
    found = [BroughtFile(n, str(p)) for n, p in [await received(drafts, draft, one) for one in uploads(form, kind)]]
    chosen = str(form.get(f"kept:{kind}") or "")
    if not found and chosen:
        one = await run_in_threadpool(kept.open, kind, chosen)
        return [BroughtFile(one.name, one.path)]
    if form.get("keep"):
        for file in found:
            await run_in_threadpool(kept.keep, kind, file, by=person_of(request).name)
        _record_kept(request, found)
    return found


def _record_kept(request: Request, files: Sequence[BroughtFile]) -> None:
    if files:
        record(request, f"kept the contacts {', '.join(file.name for file in files)} ({request.url.path})")
