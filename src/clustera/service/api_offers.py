"""What to offer next, through the API: recommendations of customers, the plan of offers, and its lists as audiences."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from clustera import texts
from clustera.segmentation.audiences import made_audience_summary
from clustera.segmentation.exporting import kept_from_lists
from clustera.service.answers import as_json
from clustera.service.api import ERRORS, PREFIX, cached
from clustera.service.held import library_of
from clustera.service.offer_pages import plan_or_refusal
from clustera.service.recommendation_pages import recommended_or_refusal
from clustera.store import OFFERS, RECOMMENDATIONS

router = APIRouter(prefix=f"{PREFIX}/runs/{{run}}", responses=ERRORS, tags=["offers"])
PageRows = Annotated[int, Query(ge=1, le=1_000, description="Customers of one page.")]
After = Annotated[str, Query(max_length=1_000, description="Id of the last customer of the page before.")]


class OfferedAudience(BaseModel):
    """The list of an offer that should be kept as an audience."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"offer": "Mail", "name": "Spring mail", "part": "plan"}}
    )

    offer: str = Field(max_length=200, description="Name of an offer of the plan.")
    name: str = Field(max_length=120, description="Name of the audience.")
    part: Literal["plan", "test"] = Field(
        default="plan", description="Whom the plan chose, or who is drawn to test the offer."
    )


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


@router.post("/offers/audience", status_code=201, summary="Who gets an offer, as an audience")
def post_offer_audience(request: Request, run: str, wish: OfferedAudience) -> Response:
    """It never changes, and has nobody of the control group of a test. Sent again, it stays as it is."""
    opened = library_of(request).open(run)
    made = opened.seg.offer_audience(wish.offer, wish.name, part=wish.part)
    return as_json(made_audience_summary(made), status=201)
