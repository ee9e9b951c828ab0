"""Databases: added and removed by an admin, and where an analyst chooses tables of one for a segmentation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera.errors import ClusteraError
from clustera.segmentation.databases import add_database, database_reference, database_tables
from clustera.service.answers import page, status_of
from clustera.service.held import drafts_of, entrance_of, library_of, person_of, record, theme_of

router = APIRouter(include_in_schema=False)


@router.get("/admin/databases")
def databases_page(request: Request) -> Response:
    """The databases whose tables may be chosen."""
    return _databases_page(request)


@router.post("/admin/databases")
def add_by_admin(
    request: Request,
    name: Annotated[str, Form(max_length=120)] = "",
    address: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Keep a database under a name, once it was opened. Its address is not shown again, not even where it is refused."""
    store = library_of(request).store
    try:
        add_database(store, name, address.strip(), roots=drafts_of(request).roots, by=person_of(request).name)
    except ClusteraError as error:
        return _databases_page(request, problem=error, name=name, address=_without_secrets(address))
    record(request, f"added the database {name.strip()}")
    return RedirectResponse("/admin/databases", status_code=303)


@router.post("/admin/databases/{name}/remove")
def remove_by_admin(request: Request, name: str) -> Response:
    """Forget a database; runs that were made of it stay."""
    library_of(request).store.databases.remove(name)
    record(request, f"removed the database {name}")
    return RedirectResponse("/admin/databases", status_code=303)


@router.get("/new/tables")
def database_tables_page(request: Request, database: str = "") -> Response:
    """The tables of a database, to choose those of customers, orders and products."""
    store = library_of(request).store
    problem: ClusteraError | None = None
    found: tuple[str, ...] = ()
    if database:
        try:
            found = database_tables(store, database)
        except ClusteraError as error:
            problem = error
    return page(
        "tables.html.j2",
        200 if problem is None else status_of(problem),
        nav="new",
        theme=theme_of(request),
        database=database,
        databases=store.databases.list(),
        tables=[(table, database_reference(database, table)) for table in found],
        problem=problem,
    )


def _without_secrets(address: str) -> str:
    """An address that holds no password, to be corrected; else empty."""
    before_host = address.rpartition("@")[0].partition("://")[2] or address.rpartition("@")[0]
    return "" if ":" in before_host or "pass" in address.lower() else address


def _databases_page(
    request: Request, *, problem: ClusteraError | None = None, name: str = "", address: str = ""
) -> Response:
    return page(
        "databases.html.j2",
        200 if problem is None else status_of(problem),
        nav="databases",
        theme=theme_of(request),
        guarded=entrance_of(request).guarded,
        databases=library_of(request).store.databases.list(),
        roots=drafts_of(request).roots,
        problem=problem,
        name=name,
        address=address,
    )
