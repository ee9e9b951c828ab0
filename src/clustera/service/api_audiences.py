"""Audiences through the API: listed, counted, paged, kept; whom they share, and who comes first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from clustera.segmentation.audiences import audience_summary, overlap_summary, priority_summary
from clustera.segmentation.saved_audiences import SavedAudiences, audience_text, saved_summary
from clustera.service.answers import as_json
from clustera.service.api import ERRORS, PREFIX, cached
from clustera.service.audience_pages import LONGEST_DEFINITION, audience_sizes
from clustera.service.held import library_of
from clustera.service.library import Opened

router = APIRouter(prefix=f"{PREFIX}/runs/{{run}}", responses=ERRORS, tags=["audiences"])
Definition = Annotated[
    str,
    Query(
        max_length=LONGEST_DEFINITION,
        description="A line of conditions, or the name of an audience.",
        examples=['segment is "Regulars" and spend > 100'],
    ),
]
Names = Annotated[list[str], Query(max_length=40, description="Names of audiences. Default: all.")]


class AudienceWish(BaseModel):
    """An audience as it should be kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"definition": "spend > 100", "note": "For the spring mailing", "minimum": 50}},
    )

    definition: str = Field(max_length=LONGEST_DEFINITION, description="A line of conditions.")
    note: str | None = Field(default=None, max_length=500, description="What it is for. Default: as it was.")
    minimum: int | None = Field(
        default=None, ge=0, le=2**31 - 1, description="Customers below which nothing is exported."
    )


@router.get("/audiences", summary="List audiences")
def get_audiences(request: Request, run: str) -> Response:
    """What `clustera audience list --json` prints: each with its definition, version and size on this run."""
    library = library_of(request)
    opened = library.open(run)
    return cached(request, opened, {"audiences": audience_sizes(library, opened)})


@router.get("/audiences/{audience}", summary="One audience")
def get_audience(request: Request, run: str, audience: str) -> Response:
    """Its definition, what it is for, its versions, and whether other audiences ask for it."""
    library = library_of(request)
    opened = library.open(run)
    kept = SavedAudiences(library.store.audiences)
    versions = [
        {name: value for name, value in asdict(one).items() if name != "text"} for one in kept.store.versions(audience)
    ]
    found = asdict(kept.open(audience)) | {"versions": versions, "used_by": kept.used_by(audience)}
    return cached(request, opened, found)


@router.put("/audiences/{audience}", summary="Keep an audience")
def put_audience(request: Request, run: str, audience: str, wish: AudienceWish) -> Response:
    """Keep a new version, counted on this run before and after; the same definition again changes nothing."""
    library = library_of(request)
    opened = library.open(run)
    kept = SavedAudiences(library.store.audiences)
    text = audience_text(audience, wish.definition, note=wish.note, minimum=wish.minimum, saved=kept)
    change = kept.save(text, population=opened.seg.population, run=opened.name)
    return as_json(saved_summary(change))


@router.get("/audience-count", summary="Count customers")
def get_audience_count(request: Request, run: str, define: Definition = "everyone") -> Response:
    """What `clustera audience count --json` prints: all, by condition alone and with those before it, by segment."""
    opened = library_of(request).open(run)
    chosen = opened.seg.audience(define)
    counted = audience_summary(chosen.count(), opened.seg.names)
    return cached(request, opened, {"name": chosen.name, "definition": chosen.definition} | counted)


@router.get("/audience-members", summary="List the customers of an audience")
def get_members(
    request: Request,
    run: str,
    define: Definition = "everyone",
    rows: Annotated[int, Query(ge=1, le=10_000, description="Customers of one page.")] = 100,
    after: Annotated[str, Query(max_length=1_000, description="Id of the last customer of the page before.")] = "",
) -> Response:
    """By id, with every column that conditions can ask for; `after` of the answer asks for the next page."""
    opened = library_of(request).open(run)
    return cached(request, opened, _member_page(opened, define, rows, after))


@router.get("/overlap", summary="Whom audiences share")
def get_overlap(request: Request, run: str, audience: Names = []) -> Response:  # noqa: B006 - FastAPI copies it
    """What `clustera audience overlap --json` prints: for each pair how many customers are in both."""
    opened = library_of(request).open(run)
    return cached(request, opened, {"overlap": overlap_summary(opened.seg.audience_overlap(*audience))})


@router.get("/priority", summary="Audiences in an order in which the first match wins")
def get_priority(request: Request, run: str, order: Names = []) -> Response:  # noqa: B006
    """What `clustera audience priority --json` prints: how many customers each audience keeps."""
    opened = library_of(request).open(run)
    return cached(request, opened, {"priority": priority_summary(opened.seg.audience_priority(*order))})


def _member_page(opened: Opened, define: str, rows: int, after: str) -> dict[str, Any]:
    found = opened.seg.audience(define).arrow(limit=rows + 1, after=after).to_pylist()
    return {"customers": found[:rows], "after": str(found[rows - 1]["id"]) if len(found) > rows else ""}
