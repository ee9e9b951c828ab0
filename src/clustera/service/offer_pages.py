"""The page of offers: where a plan is made, what it brings, what holds it back, and who gets which offer."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from clustera import components, texts
from clustera.allocation import offers_toml
from clustera.errors import Gathered, InputError, MissingError
from clustera.records import OfferPlan
from clustera.segmentation.offer_plans import kept_plan_or_refusal
from clustera.service.answers import as_csv, as_json, run_page
from clustera.service.held import jobs_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.offer_forms import OfferForm
from clustera.service.same import Same, as_command, as_python
from clustera.store import Campaigns

router = APIRouter(include_in_schema=False)
AT_ONCE = 100_000  # customers up to whom a plan is made while its page is waited for
_SHOWN = 25
_COLUMNS = ("id", "segment", "offer", "part", "group", "expected_cost", "expected_profit")


@router.get("/runs/{name}/offers")
def offers_page(request: Request, name: str) -> Response:
    """The plan of offers, and where one is made; the form holds what the plan was made with."""
    opened = library_of(request).open(name)
    return _offers_page(request, opened, OfferForm.of_plan(opened.outcome.offers, opened.outcome.segments))


@router.post("/runs/{name}/offers")
async def plan_offers(request: Request, name: str) -> Response:
    """Choose who gets which offer and keep the plan beside the run; what `clustera offers` does."""
    opened = await run_in_threadpool(library_of(request).open, name)
    async with request.form(max_files=0, max_fields=1_000) as form:
        asked = OfferForm.typed(form)
    try:
        place = await run_in_threadpool(_plan_kept, request, opened, asked)
    except InputError as error:
        return await run_in_threadpool(_offers_page, request, opened, asked, error)
    return RedirectResponse(place, status_code=303)


@router.post("/runs/{name}/offers/audience")
def save_offered_by_form(
    request: Request,
    name: str,
    offer: Annotated[str, Form(max_length=200)],
    part: Annotated[Literal["plan", "test"], Form()] = "plan",
    then: Annotated[str, Form(pattern="^(export)?$")] = "",
) -> Response:
    """Save who gets an offer as an audience that never changes; `then` names the page that comes next."""
    opened = library_of(request).open(name)
    called = _audience_name(offer, part)
    opened.seg.offer_audience(offer, called, part=part)
    asked = urlencode({"audience": called} if then else {"define": called, "saved": 1})
    return RedirectResponse(f"/runs/{quote(opened.name)}/{then or 'audience'}?{asked}", status_code=303)


def _audience_name(offer: str, part: str) -> str:
    """What the audience of an offer is called, of the characters that a name may have."""
    day = datetime.now().astimezone().strftime("%Y-%m-%d %H.%M")
    plain = " ".join(re.sub(r"[^\w+-]+", " ", offer).split())[:80] or texts.translate("Offer")
    return f"{plain}{' test' if part == 'test' else ''} {day}"


def _plan_kept(request: Request, opened: Opened, asked: OfferForm) -> str:
    """Make the plan, at once or, where that takes long, as a job; returns the page to look at."""
    numbered = asked.with_numbers({one.name: one.segment for one in opened.outcome.segments})
    wrong = Gathered()
    with wrong.field():
        options = numbered.options()
    with wrong.field():
        content = numbered.content()
    wrong.refuse()
    place = f"/runs/{quote(opened.name)}/offers"
    if opened.outcome.balance.segmented <= AT_ONCE:
        opened.seg.plan_offers(content, **options).keep()
        return place
    planned = {"run": opened.name, "content": content, "options": options, "place": place}
    return f"/jobs/{jobs_of(request).add({'files': {}, 'options': {}, 'offers': planned}).id}"


def _offers_page(request: Request, opened: Opened, asked: OfferForm, problem: InputError | None = None) -> Response:
    library = library_of(request)
    plan = opened.outcome.offers
    with texts.speaking(opened.outcome.locale):
        head, *more = texts.offer_plan_sentences(plan) if plan else ("",)
        table = components.offer_table(plan) if plan else ""
        rows = list(islice(opened.offered(), _SHOWN)) if plan else []
        address = f"/runs/{quote(opened.name)}/customer"
        held = texts.held_since_sentence(opened.held_out_since()) if plan else ""
        lists = opened.seg.offer_lists() if plan else ()
        people = components.offered_table(rows, opened.outcome, address) if rows else ""
    return run_page(
        "offers.html.j2",
        request,
        opened,
        "offers",
        status=422 if problem else 200,
        plan=plan,
        head=head,
        more=more,
        table=table,
        people=people,
        lists=lists,
        consent=opened.seg.consent if plan else None,
        shown=len(rows),
        held=held,
        asked=asked,
        problem=problem,
        problems={one.field: one for one in (problem, *problem.further)} if problem else {},
        campaigns=[campaign.name for campaign in Campaigns(library.store.folder).list()],
        same=_same_offers(library, opened, plan) if plan else (),
    )


def _same_offers(library: Library, opened: Opened, plan: OfferPlan) -> Same:
    """How the command and Python make this plan; of a plan that was kept without its offers, how they make one."""
    folder = library.store.folder
    content = tomllib.loads(offers_toml(plan.terms)) if plan.terms else "offers.toml"
    words = ([] if plan.budget is None else [f"--budget={plan.budget:.12g}"]) + ([] if plan.test else ["--no-tests"])
    given = ("" if plan.budget is None else f", budget={plan.budget!r}") + ("" if plan.test else ", test=False")
    return Same(
        as_command("offers", folder, "offers.toml", opened.name, *words),
        as_python(folder, opened.name, f"seg.plan_offers({content!r}{given}).keep()"),
        f"/runs/{opened.name}/offers",
    )


@router.get("/runs/{name}/offers.toml")
def offers_file(request: Request, name: str) -> Response:
    """The offers of the plan as the file that `clustera offers` takes."""
    terms = plan_or_refusal(library_of(request).open(name)).terms
    if terms is None:
        raise MissingError("This plan was kept without its offers.", hint="Plan the offers again.")
    headers = {"Content-Disposition": 'attachment; filename="offers.toml"'}
    return Response(offers_toml(terms), media_type="application/toml; charset=utf-8", headers=headers)


@router.get("/runs/{name}/offers.json")
def offers_json(request: Request, name: str) -> Response:
    """The plan as `clustera offers --json` prints it."""
    opened = library_of(request).open(name)
    plan = plan_or_refusal(opened)
    with texts.speaking(opened.outcome.locale):
        return as_json(asdict(plan) | {"sentences": texts.offer_plan_sentences(plan)})


@router.get("/runs/{name}/offers.csv")
def offers_csv(request: Request, name: str, offer: str = "", part: str = "") -> Response:
    """Everybody who gets an offer or is in a test, as `clustera offers` writes it, without those held out since; of one list where it is named."""
    opened = library_of(request).open(name)
    plan_or_refusal(opened)
    rows = (
        row for row in opened.offered() if (not offer or row["offer"] == offer) and (not part or row["part"] == part)
    )
    return as_csv(rows, _COLUMNS, name=f"{opened.name}-offers")


def plan_or_refusal(opened: Opened) -> OfferPlan:
    """The plan of a run; told how to make one where there is none."""
    return kept_plan_or_refusal(opened.outcome.offers, opened.name)
