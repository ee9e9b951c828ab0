"""Several audiences at once: whom they share, and a list in which the first match wins; each with its twins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from clustera.audiences import kept_definition, shared_definition, write_audiences_query
from clustera.errors import InputError
from clustera.segmentation.audiences import overlap_summary, priority_summary
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.service.answers import as_csv, as_json, frame_csv, run_page
from clustera.service.held import library_of
from clustera.service.library import Library, Opened
from clustera.service.same import Same, as_command, as_python
from clustera.store import CUSTOMERS, VALUES

router = APIRouter(include_in_schema=False)
Names = Annotated[list[str], Query(max_length=40)]


@router.get("/runs/{name}/overlap")
def overlap_page(request: Request, name: str, audience: Names = []) -> Response:  # noqa: B006 - FastAPI copies it
    """How many customers any two audiences share; every number opens the list of these customers."""
    library = library_of(request)
    opened = library.open(name)
    found = opened.seg.audience_overlap(*audience) if audience or _has_any(library) else None
    return run_page(
        "overlap.html.j2",
        request,
        opened,
        "audiences",
        found=found,
        shared=shared_definition,
        chosen=audience,
        names=list(SavedAudiences(library.store.audiences).list()),
        same=_same_overlap(library, opened, "overlap", audience, found.names if found else ()),
    )


@router.get("/runs/{name}/overlap.json")
def overlap_json(request: Request, name: str, audience: Names = []) -> Response:  # noqa: B006
    """What `clustera audience overlap --json` prints."""
    return as_json(overlap_summary(library_of(request).open(name).seg.audience_overlap(*audience)))


@router.get("/runs/{name}/overlap.csv")
def overlap_csv(request: Request, name: str, audience: Names = []) -> Response:  # noqa: B006
    """Each pair of audiences, one a row."""
    opened = library_of(request).open(name)
    rows = overlap_summary(opened.seg.audience_overlap(*audience))
    return as_csv(rows, ("audience", "other", "customers", "share"), name=f"{opened.name}-overlap")


@router.get("/runs/{name}/priority")
def priority_page(request: Request, name: str, order: Names = []) -> Response:  # noqa: B006
    """A list of audiences in which each customer belongs to the first that has them."""
    library = library_of(request)
    opened = library.open(name)
    ranks = opened.seg.audience_priority(*order) if order or _has_any(library) else ()
    listed = [rank.name for rank in ranks]
    return run_page(
        "priority.html.j2",
        request,
        opened,
        "audiences",
        ranks=[
            {
                "rank": rank,
                "taken": rank.customers - rank.kept,
                "up": _order_query(_swapped(listed, i - 1)) if i else "",
                "down": _order_query(_swapped(listed, i)) if i + 1 < len(listed) else "",
                "without": _order_query([*listed[:i], *listed[i + 1 :]]) if len(listed) > 1 else "",
                "called": rank.name if not i else f"{rank.name} {i + 1}",
                "kept": kept_definition(listed, i),
            }
            for i, rank in enumerate(ranks)
        ],
        order=_order_query(listed),
        listed=listed,
        others=[other for other in SavedAudiences(library.store.audiences).list() if other not in listed],
        same=_same_overlap(library, opened, "priority", listed, listed),
    )


@router.get("/runs/{name}/priority.json")
def priority_json(request: Request, name: str, order: Names = []) -> Response:  # noqa: B006
    """What `clustera audience priority --json` prints."""
    return as_json(priority_summary(library_of(request).open(name).seg.audience_priority(*order)))


@router.get("/runs/{name}/priority.csv")
def priority_csv(request: Request, name: str, order: Names = []) -> Response:  # noqa: B006
    """Each customer of one of the audiences with the first that has them, as `--output` writes it."""
    opened = library_of(request).open(name)
    return frame_csv(opened.seg.first_audiences(*order), name=f"{opened.name}-priority")


def _has_any(library: Library) -> bool:
    return bool(library.store.audiences.list())


def _swapped(names: Sequence[str], place: int) -> list[str]:
    """The names with one and the next in each other's place."""
    return [*names[:place], names[place + 1], names[place], *names[place + 2 :]]


def _order_query(names: Sequence[str]) -> str:
    return urlencode([("order", name) for name in names])


def _same_overlap(
    library: Library, opened: Opened, what: Literal["overlap", "priority"], asked: Sequence[str], counted: Sequence[str]
) -> Same:
    folder, field = library.store.folder, "audience" if what == "overlap" else "order"
    return Same(
        as_command("audience", folder, what, *asked, "--run", opened.name),
        as_python(folder, opened.name, f"seg.audience_{what}({', '.join(map(repr, asked))})"),
        f"/runs/{opened.name}/{what}",
        query=urlencode([(field, name) for name in asked]),
        sql=audiences_sql(library, opened, what, counted),
    )


def audiences_sql(
    library: Library, opened: Opened, what: Literal["sizes", "overlap", "priority"], names: Sequence[str]
) -> str:
    """The query for DuckDB that counts saved audiences; "" where there are none, or more than can be counted at once."""
    definitions = SavedAudiences(library.store.audiences).definitions()
    folder = opened.run.path
    try:
        return write_audiences_query(
            what, names, opened.seg.population, definitions, customers=folder / CUSTOMERS, values=folder / VALUES
        )
    except InputError:
        return ""
