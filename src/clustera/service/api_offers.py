"""What to offer next, through the API: recommendations of customers, and the plan of offers."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from clustera import texts
from clustera.segmentation.exporting import kept_from_lists
from clustera.service.api import ERRORS, PREFIX, cached
from clustera.service.held import library_of
from clustera.service.offer_pages import plan_or_refusal
from clustera.service.recommendation_pages import recommended_or_refusal
from clustera.store import OFFERS, RECOMMENDATIONS

router = APIRouter(prefix=f"{PREFIX}/runs/{{run}}", responses=ERRORS, tags=["offers"])
PageRows = Annotated[int, Query(ge=1, le=1_000, description="Customers of one page.")]
After = Annotated[str, Query(max_length=1_000, description="Id of the last customer of the page before.")]


@router.get("/recommendations", summary="What customers are likely to buy next")
def get_recommendations(
    request: Request,
    run: str,
    customer: Annotated[str, Query(max_length=1_000, description="Only of the customer with this id.")] = "",
    rows: PageRows = 100,
    after: After = "",
) -> Response:
    """The lists that `clustera recommend` keeps, by customer; items by rank, each with its reason."""
    opened = library_of(request).open(run)
    recommended_or_refusal(opened)
    if customer:
        lists: list[dict[str, Any]] = [{"id": customer, "items": opened.recommended_to(customer)}]
        return cached(request, opened, {"customers": lists, "after": ""})
    found, last = opened.page_of(RECOMMENDATIONS, after=after, rows=rows)
    lists = [
        {"id": who, "items": [{name: value for name, value in item.items() if name != "id"} for item in items]}
        for who, items in groupby(found, key=itemgetter("id"))
    ]
    return cached(request, opened, {"customers": lists, "after": last})


@router.get("/offers", summary="The plan of offers")
def get_offer_plan(request: Request, run: str) -> Response:
    """What `clustera offers --json` prints: what the plan brings, what it costs, and which limit holds it back."""
    opened = library_of(request).open(run)
    plan = plan_or_refusal(opened)
    with texts.speaking(opened.outcome.locale):
        return cached(request, opened, asdict(plan) | {"sentences": texts.offer_plan_sentences(plan)})


@router.get("/offered", summary="Who gets which offer")
def get_offered(request: Request, run: str, rows: PageRows = 100, after: After = "") -> Response:
    """By id, without those whom an audience or the control group of a running campaign keeps out since: a page may have fewer customers than were asked for."""
    opened = library_of(request).open(run)
    plan_or_refusal(opened)
    found, last = opened.page_of(OFFERS, after=after, rows=rows)
    held = kept_from_lists(opened.run.path.parent)
    return cached(request, opened, {"customers": [row for row in found if row["id"] not in held], "after": last})
