"""Databases that an admin added, and their tables, through the API: what a run or a schedule may be made of."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from clustera.segmentation.databases import database_reference, database_tables
from clustera.service.answers import as_json
from clustera.service.api import ERRORS, PREFIX
from clustera.service.held import library_of

router = APIRouter(prefix=f"{PREFIX}/databases", responses=ERRORS, tags=["databases"])


@router.get("", summary="List databases")
def get_databases(request: Request) -> Response:
    """Their names, and where they are; never their addresses with user and password."""
    found = library_of(request).store.databases.list()
    return as_json({"databases": [{"name": one.name, "place": one.shown} for one in found]})


@router.get("/{database}", summary="List the tables of a database")
def get_tables(request: Request, database: str) -> Response:
    """Each with the text that names it as a file of a run or a schedule."""
    tables = database_tables(library_of(request).store, database)
    return as_json({"tables": [{"table": one, "file": database_reference(database, one)} for one in tables]})
