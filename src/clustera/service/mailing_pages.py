"""Lists for the mail tool: whom to write to, what to offer, and who is in the control group; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from clustera.service.answers import as_csv
from clustera.service.customer_pages import Asked
from clustera.service.held import library_of

router = APIRouter(include_in_schema=False)
_OFFERS = tuple(f"{what}_{item}" for item in ("category", "product") for what in ("last", "favorite", "suggested"))
_BATCH = 1_000  # customers read at a time
_COLUMNS = ("id", "segment", "name", "action", *_OFFERS, "control")


@router.get("/runs/{name}/mailing.csv")
def mailing_csv(request: Request, name: str, asked: Annotated[Asked, Depends()]) -> Response:
    """The same customers as in the list without those whom nothing may be sent to, with the few columns that a mail tool needs."""
    opened = library_of(request).open(name)
    found = opened.customers
    found.page(replace(asked.query, rows=1))  # what can't be asked is said before the file begins
    query = replace(asked.query, after="", rows=_BATCH)

    def lines() -> Iterator[dict[str, Any]]:
        for page in found.pages(query, without=opened.kept_from(query)):
            yield from page.customers

    kind = {None: "mailing", False: "mailing-list", True: "control-group"}[query.control]
    segment = "" if query.segment is None else f"-segment-{query.segment}"
    return as_csv(lines(), [c for c in _COLUMNS if c in found.columns], name=f"{opened.name}{segment}-{kind}")
