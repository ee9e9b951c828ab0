"""Comparisons and notes through the API: segments on all columns, moves between runs, what people wrote."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from clustera.service.api import ERRORS, PREFIX, cached
from clustera.service.compare_pages import REST, Pair, moves_since
from clustera.service.held import library_of
from clustera.service.persons import signature
from clustera.service.repeated import IdempotencyKey, made_once

router = APIRouter(prefix=f"{PREFIX}/runs/{{run}}", responses=ERRORS)


class NewNote(BaseModel):
    """A note on a run, or on a segment, a figure or a day of it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "Prices rose on this day.", "day": "2026-05-03"}}
    )

    text: str = Field(max_length=2_000)
    segment: int | None = Field(default=None, ge=0, le=2**31 - 1, description="Number of a segment.")
    figure: str = Field(default="", max_length=60, description="Name of a figure, such as Sales.")
    day: datetime.date | None = Field(default=None, description="A day.")
    author: str = Field(default="", max_length=80, description="Who writes.")


@router.get("/differences", tags=["comparisons"], summary="Two segments or audiences on all columns")
def get_differences(
    request: Request,
    run: str,
    a: Annotated[
        str,
        Query(
            max_length=4_000,
            description="Number of a segment, name or definition of an audience (for analysts), or all. Default: the first segment.",
        ),
    ] = "",
    b: Annotated[str, Query(max_length=4_000, description="Another one, or rest: all other customers.")] = "",
    within: Annotated[str, Query(max_length=120, description="A run that the second group is of.")] = "",
) -> Response:
    """What `clustera differences --json` prints: what differs most first, with intervals and false-discovery control."""
    library = library_of(request)
    opened = library.open(run)
    pair = Pair(library, opened, a, b, within)
    asked = {"run": opened.name, "a": pair.one, "b": REST if pair.other is None else pair.other}
    return cached(request, opened, asked | {"within": pair.within.name} | asdict(pair.found()))


@router.get("/moves", tags=["comparisons"], summary="Who moved since another run")
def get_moves(
    request: Request,
    run: str,
    since: Annotated[
        str,
        Query(max_length=120, description="Another run. Default: the one this was made like, else the newest."),
    ] = "",
) -> Response:
    """What `clustera compare --json` prints."""
    found = moves_since(request, run, since)
    return cached(request, library_of(request).open(run), asdict(found) | {"stayed": found.stayed})


@router.get("/notes", tags=["notes"], summary="List notes")
def get_notes(request: Request, run: str) -> Response:
    """What people wrote about the run, the oldest first."""
    opened = library_of(request).open(run)
    return cached(request, opened, {"notes": [asdict(note) for note in opened.seg.notes]})


@router.post("/notes", tags=["notes"], status_code=201, summary="Write a note")
def post_note(request: Request, run: str, note: NewNote, idempotency_key: IdempotencyKey = "") -> Response:
    """Notes stand on the pages of the run, in its report and in its PDF."""
    seg = library_of(request).open(run).seg

    def write() -> dict[str, Any]:
        given = note.model_dump(exclude={"text", "day", "author"})
        return asdict(seg.add_note(note.text, day=note.day or "", author=signature(note.author), **given))

    return made_once(request, idempotency_key, note.model_dump(mode="json"), write)


@router.delete("/notes/{number}", tags=["notes"], status_code=204, summary="Take a note away")
def delete_note(request: Request, run: str, number: int) -> Response:
    """Its number is not given to another note."""
    library_of(request).open(run).seg.remove_note(number)
    return Response(status_code=204)
