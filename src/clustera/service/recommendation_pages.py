"""What was recommended to the customers of a run, as files: everybody's lists, and what each segment buys together."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from clustera import components
from clustera.errors import MissingError, RunError
from clustera.records import RecommendedRun
from clustera.service.answers import as_csv, as_json
from clustera.service.held import jobs_of, library_of
from clustera.service.library import Opened
from clustera.service.segment_pages import segment_of
from clustera.store import RECOMMENDATIONS

router = APIRouter(include_in_schema=False)
_LISTS = (
    "id",
    "segment",
    "rank",
    "item",
    "item_name",
    "kind",
    "probability",
    "reason",
    "reason_code",
    "purchases",
    "days_between",
    "days_since",
    "goes_with",
    "share",
    "lift",
)
_PAIR = ("segment", "item", "other", "baskets", "support", "confidence", "lift")


@router.get("/runs/{name}/recommendations.json")
def recommendations_json(request: Request, name: str) -> Response:
    """Which rules made the lists, how good they were, what each segment is likely to buy next, and pairs."""
    return as_json(asdict(recommended_or_refusal(library_of(request).open(name))))


@router.post("/runs/{name}/recommend")
def recommend_by_form(request: Request, name: str) -> Response:
    """Work out what each customer is likely to buy next and keep it beside the run; what `clustera recommend` does."""
    opened = library_of(request).open(name)
    if not opened.keeps_orders:
        raise RunError(
            f"{opened.name} does not keep its order lines, so nothing can be recommended from it.",
            hint="Segment the orders again and keep the order lines: a choice under Settings.",
        )
    spec = {"files": {}, "options": {}, "recommend": opened.name}
    return RedirectResponse(f"/jobs/{jobs_of(request).add(spec).id}", status_code=303)


@router.get("/runs/{name}/recommendations.csv")
def recommendations_csv(request: Request, name: str) -> Response:
    """Everybody's list, one row per customer and item, as `clustera recommend` writes it."""
    opened = library_of(request).open(name)
    recommended_or_refusal(opened)
    first = next(opened.rows_of(RECOMMENDATIONS, most=1), {})
    columns = [name for name in _LISTS if name != "item_name" or name in first]
    return as_csv(opened.rows_of(RECOMMENDATIONS), columns, name=f"{opened.name}-recommendations")


@router.get("/runs/{name}/segments/{number}/pairs.json")
def pairs_json(request: Request, name: str, number: int) -> Response:
    """What a segment buys together; what all customers do where it has too few baskets of its own (segment: null)."""
    return as_json(_pair_rows(library_of(request).open(name), number))


@router.get("/runs/{name}/segments/{number}/pairs.csv")
def pairs_csv(request: Request, name: str, number: int) -> Response:
    """The same as a table."""
    opened = library_of(request).open(name)
    return as_csv(_pair_rows(opened, number), _PAIR, name=f"{opened.name}-segment-{number}-pairs")


def _pair_rows(opened: Opened, number: int) -> list[dict[str, object]]:
    recommended_or_refusal(opened)
    return [asdict(pair) for pair in components.segment_pairs(opened.outcome, segment_of(opened, number).segment)]


def recommended_or_refusal(opened: Opened) -> RecommendedRun:
    """What was recommended to the customers of a run; told how to do so where nothing was."""
    if opened.outcome.recommended is None:
        raise MissingError(
            f"Nothing was recommended to the customers of {opened.name} yet.",
            hint=f"Do so: clustera recommend {opened.name}",
        )
    return opened.outcome.recommended
