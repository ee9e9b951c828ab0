"""Notes: written and taken away on the pages of a run, and their twins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera.service.answers import as_csv, as_json
from clustera.service.held import library_of
from clustera.service.persons import signature

router = APIRouter(include_in_schema=False)
AUTHOR = "clustera_author"  # the name that was typed last, so that it is typed once


@router.get("/runs/{name}/notes.json")
def notes_json(request: Request, name: str) -> Response:
    """What `clustera note RUN --json` prints."""
    return as_json([asdict(note) for note in library_of(request).open(name).seg.notes])


@router.get("/runs/{name}/notes.csv")
def notes_csv(request: Request, name: str) -> Response:
    """The notes, one a row."""
    opened = library_of(request).open(name)
    rows = [asdict(note) for note in opened.seg.notes]
    return as_csv(rows, ("id", "text", "about", "author", "written"), name=f"{opened.name}-notes")


@router.post("/runs/{name}/notes")
def add_note_by_form(
    request: Request,
    name: str,
    text: Annotated[str, Form(max_length=4_000)] = "",
    author: Annotated[str, Form(max_length=80)] = "",
    segment: Annotated[int | None, Form()] = None,
) -> Response:
    """Write a note; what `clustera note` does."""
    opened = library_of(request).open(name)
    opened.seg.add_note(text, segment=segment, author=signature(author))
    answer = _back(opened.name, segment)
    answer.set_cookie(AUTHOR, quote(author.strip()), max_age=31_536_000, httponly=True, samesite="strict", path="/")
    return answer


@router.post("/runs/{name}/notes/{number}/remove")
def remove_note_by_form(
    request: Request, name: str, number: int, segment: Annotated[int | None, Form()] = None
) -> Response:
    """Take a note away."""
    opened = library_of(request).open(name)
    opened.seg.remove_note(number)
    return _back(opened.name, segment)


def _back(run: str, segment: int | None) -> Response:
    page = "overview" if segment is None else f"segments/{segment}"
    return RedirectResponse(f"/runs/{quote(run)}/{page}#notes", status_code=303)
