"""The page of the plan that `clustera offers` made: what it brings, what holds it back, and who gets which offer."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from clustera import components, texts
from clustera.errors import RunError
from clustera.records import OfferPlan
from clustera.service.answers import as_csv, as_json
from clustera.service.library import Opened
from clustera.service.run_pages import library_of, run_page
from clustera.service.same import Same, as_command, as_python

router = APIRouter(include_in_schema=False)
_SHOWN = 25
_COLUMNS = ("id", "segment", "offer", "part", "group", "expected_cost", "expected_profit")


@router.get("/runs/{name}/offers")
def offers(request: Request, name: str) -> Response:
    """The plan of offers; how to make one where there is none."""
    library = library_of(request)
    opened = library.open(name)
    plan = opened.outcome.offers
    with texts.speaking(opened.outcome.locale):
        head, *more = texts.offer_plan_sentences(plan) if plan else ("",)
        table = components.offer_table(plan) if plan else ""
        rows = list(islice(opened.offered(), _SHOWN)) if plan else []
        address = f"/runs/{quote(opened.name)}/customer"
        people = components.offered_table(rows, opened.outcome, address) if rows else ""
    return run_page(
        "offers.html.j2",
        request,
        opened,
        "offers",
        plan=plan,
        head=head,
        more=more,
        table=table,
        people=people,
        shown=len(rows),
        same=Same(
            as_command("offers", library.store.folder, "offers.toml", opened.name),
            as_python(library.store.folder, opened.name, 'seg.plan_offers("offers.toml", budget=500).keep()'),
            f"/runs/{opened.name}/offers",
        )
        if plan
        else None,
    )


@router.get("/runs/{name}/offers.json")
def offers_json(request: Request, name: str) -> Response:
    """The plan as `clustera offers --json` prints it."""
    opened = library_of(request).open(name)
    plan = plan_or_refusal(opened)
    with texts.speaking(opened.outcome.locale):
        return as_json(asdict(plan) | {"sentences": texts.offer_plan_sentences(plan)})


@router.get("/runs/{name}/offers.csv")
def offers_csv(request: Request, name: str) -> Response:
    """Everybody who gets an offer or is in a test, as `clustera offers` writes it, without those held out since."""
    opened = library_of(request).open(name)
    plan_or_refusal(opened)
    return as_csv(opened.offered(), _COLUMNS, name=f"{opened.name}-offers")


def plan_or_refusal(opened: Opened) -> OfferPlan:
    """The plan of a run; told how to make one where there is none."""
    if opened.outcome.offers is None:
        raise RunError(
            f"No offers were planned for {opened.name} yet.", hint=f"Do so: clustera offers offers.toml {opened.name}"
        )
    return opened.outcome.offers
