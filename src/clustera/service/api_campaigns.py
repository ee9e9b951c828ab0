"""Campaigns through the API: listed, planned, counted, launched, measured; their files, and whom to contact next time."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from clustera import texts
from clustera.errors import InputError, MissingError, RunError
from clustera.segmentation import LaunchedCampaign
from clustera.segmentation.audiences import made_audience_summary
from clustera.segmentation.launching import PreparedCampaign
from clustera.segmentation.summary import campaign_values
from clustera.service.answers import FILE_FIELD, as_json, form_body
from clustera.service.api import CSV_FILE, ERRORS, PREFIX, cached
from clustera.service.campaign_pages import readable_campaigns
from clustera.service.campaign_results_pages import (
    TOP,
    campaign_file,
    files_of_campaign,
    last_results,
    launched_campaign,
    measure_asked,
    measure_by_form,
)
from clustera.service.contact_forms import named_file
from clustera.service.held import drafts_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.repeated import IdempotencyKey, made_once

router = APIRouter(prefix=f"{PREFIX}/runs/{{run}}", responses=ERRORS, tags=["campaigns"])
_Day = Annotated[datetime.date | None, Field(description="As 2024-05-01.")]
_Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
_TERMS = {
    "segments",
    "day",
    "days",
    "looks",
    "measure",
    "margin",
    "contact_cost",
    "exclude_running",
    "include_controls",
}
_FORM = form_body(
    {
        "bought": FILE_FIELD | {"description": "The orders since the first day, or a table of answers."},
        "what": {"type": "string", "enum": ["orders", "answers"], "example": "orders"},
        "contacted": FILE_FIELD | {"description": "Who was really reached: a table with their ids."},
        "until": {"type": "string", "description": "Last day to count.", "example": "2024-05-30"},
        "discounts": {"type": "string", "example": "120.50"},
        "changed": {"type": "string", "description": "1: the groups were changed by hand."},
        "responded": {"type": "string", "description": "1: also find out who responded most."},
    },
    required=["bought"],
)


class NewCampaign(BaseModel):
    """A campaign with a control group among the customers of a run."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "spring",
                "action": "Next-purchase offer",
                "control": "20%",
                "day": "2024-05-01",
                "margin": 0.3,
                "contact_cost": 0.1,
                "contacts": "/data/crm.csv",
                "network": "klaviyo",
            }
        },
    )

    name: str = Field(max_length=120, description="Name of the campaign; the groups are drawn by it.")
    action: str = Field(default="", max_length=200, description="Label or code of a suggested action. Default: none.")
    segments: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        default=[], max_length=100, description="Only these segments, by number."
    )
    audience: str = Field(default="", max_length=120, description="Name of a saved audience. Default: all customers.")
    control: str = Field(
        default="",
        max_length=20,
        description="Share to leave out, such as 20%. Default: as the run marked it, else as a plan recommends.",
    )
    day: _Day = Field(default=None, description="First day. Default: today.")
    days: int | None = Field(default=None, ge=1, le=3_650, description="Days to measure. Default: 30.")
    looks: Literal["daily", "end", "open"] = Field(
        default="daily", description="Look on any day, once at the end, or without an end."
    )
    measure: Literal["buyers", "revenue"] | None = Field(
        default=None, description="What decides. Default: chosen by how many buy anyway."
    )
    margin: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="Share of sales that is profit. Default: the run's."
    )
    contact_cost: _Amount = Field(default=0.0, description="Per customer contacted.")
    exclude_running: bool = Field(default=False, description="Leave out who is in another campaign that goes on.")
    include_controls: bool = Field(default=False, description="Include controls of other campaigns that go on.")
    contacts: str = Field(
        default="",
        max_length=1_000,
        description="Table of contacts: a path below --files, or kept:ID. Without it the list has ids only.",
    )
    network: str = Field(default="klaviyo", max_length=20, description="Where the list goes: generic, klaviyo, ...")
    suppress: list[str] = Field(
        default=[], max_length=5, description="Suppression lists: paths below --files, or kept:ID."
    )
    columns: dict[str, str] = Field(default={}, description="Columns of the contacts by field: consent, email, ...")
    country: str = Field(default="", max_length=40, description="Country of telephone numbers without one.")
    all_consented: bool = Field(default=False, description="Everybody in the table has consented.")


class NewResults(BaseModel):
    """By what a campaign is measured: tables in a folder given by --files."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"orders": "/data/may.csv", "until": "2024-05-30", "discounts": 120.5}},
    )

    orders: str | list[str] = Field(
        default="",
        max_length=1_000,
        description="A log of orders, with those before the campaign: a path, a folder, a pattern, or a list of these.",
    )
    outcomes: str = Field(default="", max_length=1_000, description="Instead of it: ids, and 1, 0 or an amount.")
    contacted: str = Field(default="", max_length=1_000, description="Who was really reached.")
    until: _Day = Field(default=None, description="Last day to count. Default: the last complete day of the log.")
    discounts: _Amount = Field(default=0.0, description="Cost of discounts that the amounts do not include.")
    randomized: bool = Field(default=True, description="False where somebody changed the groups by hand.")
    responded: bool = Field(default=False, description="When it is over, also find out who responded most.")


class NewAudience(BaseModel):
    """The customers to contact first next time, as an audience."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Spring again", "top": "20%"}})

    name: str = Field(max_length=120, description="Name of the audience.")
    top: str = Field(default=TOP, max_length=20, description="Share of the customers in the ranking.")


@router.get("/campaigns", summary="List campaigns")
def get_campaigns(request: Request, run: str) -> Response:
    """What `clustera campaign list --json` prints: the campaigns of the folder, each with its last results."""
    library = library_of(request)
    opened = library.open(run)
    found = [campaign_values(one.record) | {"results": _last_record(one)} for one in readable_campaigns(library)]
    return cached(request, opened, {"campaigns": found})


@router.get("/campaign-plan", summary="What a campaign could show")
def get_campaign_plan(
    request: Request,
    run: str,
    *,
    action: Annotated[
        str, Query(max_length=200, description="A suggested action.", examples=["Next-purchase offer"])
    ] = "",
    segment: Annotated[list[int], Query(max_length=100, description="Only these segments.")] = [],  # noqa: B006
    audience: Annotated[str, Query(max_length=120, description="Name of a saved audience.")] = "",
    days: Annotated[int | None, Query(ge=1, le=3_650, description="Days to measure. Default: 30.")] = None,
) -> Response:
    """What `clustera campaign plan --json` prints, with its sentences: the rise that each size of a control group shows."""
    library = library_of(request)
    opened = library.open(run)
    chosen = _saved_audience(library, opened, audience)
    with texts.speaking(opened.outcome.locale):
        planned = opened.seg.plan_campaign(action, segments=segment, audience=chosen, days=days)
        return cached(request, opened, campaign_values(planned.record) | {"sentences": planned.sentences()})


@router.post("/campaigns/count", summary="Count a campaign before it is launched")
def post_campaign_count(request: Request, run: str, wish: NewCampaign) -> Response:
    """What `clustera campaign launch --dry-run --json` prints: who would take part, step by step. Nothing is written."""
    opened = library_of(request).open(run)
    with texts.speaking(opened.outcome.locale):
        return as_json(campaign_values(_prepared_wish(request, opened, wish).record))


@router.post("/campaigns", status_code=201, summary="Launch a campaign")
def post_campaign(request: Request, run: str, wish: NewCampaign, idempotency_key: IdempotencyKey = "") -> Response:
    """Draw the groups and write the lists. They never change afterwards."""
    opened = library_of(request).open(run)

    def launch() -> dict[str, Any]:
        with texts.speaking(opened.outcome.locale):
            return _campaign_values(opened, _prepared_wish(request, opened, wish).launch())

    place = f"{PREFIX}/runs/{quote(opened.name)}/campaigns"
    return made_once(request, idempotency_key, wish.model_dump(mode="json"), launch, place=place)


@router.get("/campaigns/{campaign}", summary="One campaign")
def get_campaign(request: Request, run: str, campaign: str) -> Response:
    """How it was launched, the addresses of its files, and what it brought when it was last measured."""
    library = library_of(request)
    opened = library.open(run)
    launched = _known_campaign(library, campaign)
    return cached(request, opened, _campaign_values(opened, launched) | {"results": _last_record(launched)})


@router.get("/campaigns/{campaign}/results", summary="What a campaign brought")
def get_campaign_results(request: Request, run: str, campaign: str) -> Response:
    """What `clustera campaign results --json` printed when it was last measured."""
    library = library_of(request)
    opened = library.open(run)
    _known_campaign(library, campaign)
    return _results_answer(library, opened, campaign)


@router.post("/campaigns/{campaign}/results", summary="Measure a campaign by files on this computer")
def post_campaign_results(request: Request, run: str, campaign: str, wish: NewResults) -> Response:
    """Measured again, the later day stays."""
    library, drafts = library_of(request), drafts_of(request)
    opened = library.open(run)
    launched = _known_campaign(library, campaign)
    paths = {name: getattr(wish, name) for name in ("outcomes", "contacted")}
    given: dict[str, Any] = {name: drafts.under_roots(path) for name, path in paths.items() if path}
    if wish.orders:
        given["orders"] = drafts.all_under_roots(wish.orders)
    if ("orders" in given) == ("outcomes" in given):
        raise InputError("A campaign is measured by orders or by outcomes.", hint="Name one of the two.")
    rest = wish.model_dump(include={"discounts", "randomized", "responded", "until"})
    with texts.speaking(opened.outcome.locale):
        measure_asked(launched, {"contacted": None} | given | rest)
    return _results_answer(library, opened, campaign)


@router.post(
    "/campaigns/{campaign}/results/upload", summary="Measure a campaign by uploaded files", openapi_extra=_FORM
)
async def post_campaign_orders(request: Request, run: str, campaign: str) -> Response:
    """The same with a form. The files are removed when it is measured."""
    library = library_of(request)
    opened = await run_in_threadpool(library.open, run)
    launched = await run_in_threadpool(_known_campaign, library, campaign)
    await measure_by_form(request, launched)
    return await run_in_threadpool(_results_answer, library, opened, campaign)


@router.post(
    "/campaigns/{campaign}/audience", status_code=201, summary="Whom to contact first next time, as an audience"
)
def post_campaign_audience(request: Request, run: str, campaign: str, wish: NewAudience) -> Response:
    """It never changes. Hold-outs, consent and suppression are applied when it is launched or exported."""
    library = library_of(request)
    opened = library.open(run)
    _known_campaign(library, campaign)
    made = opened.seg.uplift_audience(campaign, wish.name, top=wish.top)
    return as_json(made_audience_summary(made), status=201)


@router.get(
    "/campaigns/{campaign}/{file}.csv", summary="A file of a campaign", response_class=FileResponse, responses=CSV_FILE
)
def get_campaign_file(
    request: Request,
    run: str,
    campaign: str,
    file: str,
    top: Annotated[str, Query(max_length=20, description="Of `next`: share of the customers.")] = TOP,
) -> Response:
    """`contact` (ids), `list` (with addresses), `groups`, `left-out`, or `next`: whom to contact first next time."""
    _known_campaign(library_of(request), campaign)
    return campaign_file(request, run, campaign, file, top)


def _prepared_wish(request: Request, opened: Opened, wish: NewCampaign) -> PreparedCampaign:
    library = library_of(request)
    asked: dict[str, Any] = wish.model_dump(include=_TERMS)
    if wish.contacts:
        reaching: dict[str, Any] = {
            "columns": wish.columns,
            "country": wish.country,
            "all_consented": wish.all_consented,
        }
        reaching["suppress"] = tuple(named_file(request, "suppress", one).path for one in wish.suppress)
        contacts = named_file(request, "contacts", wish.contacts).path
        asked |= {"contacts": contacts, "network": wish.network, "reaching": reaching}
    elif wish.suppress or wish.columns:
        raise InputError(
            "A list needs the table of contacts.",
            hint="Name it as contacts: a path below --files, or kept:ID of kept contacts.",
        )
    audience = _saved_audience(library, opened, wish.audience)
    return opened.seg.prepare_campaign(wish.name, wish.action, audience=audience, control=wish.control or None, **asked)


def _saved_audience(library: Library, opened: Opened, name: str) -> object:
    """The audience of a name; a definition of one's own, or a file, is none here."""
    if not name:
        return None
    library.store.audiences.open(name)
    return opened.seg.audience(name)


def _known_campaign(library: Library, name: str) -> LaunchedCampaign:
    try:
        return launched_campaign(library, name)
    except RunError as error:
        raise MissingError(error.message, hint="GET .../campaigns lists them.") from error


def _last_record(launched: LaunchedCampaign) -> dict[str, Any] | None:
    last = launched.last_results
    return campaign_values(last.record) if last else None


def _campaign_values(opened: Opened, launched: LaunchedCampaign) -> dict[str, Any]:
    place = f"{PREFIX}/runs/{quote(opened.name)}/campaigns/{quote(launched.name)}"
    files = {what: f"{place}/{what}.csv" for what in files_of_campaign(launched)}
    return {"id": launched.name} | campaign_values(launched.record) | {"files": files}


def _results_answer(library: Library, opened: Opened, campaign: str) -> Response:
    with texts.speaking(opened.outcome.locale):
        last = last_results(library, campaign)
        return as_json(campaign_values(last.record) | {"sentences": last.sentences()})
