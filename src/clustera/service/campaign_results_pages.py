"""The page of a campaign: its groups as files, and what it brought once the orders after it are here."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from clustera import components, frames, texts
from clustera.campaigns import FEWEST_LEARNED
from clustera.errors import InputError, MissingError, RunError
from clustera.records import Campaign, CampaignResults
from clustera.segmentation import LaunchedCampaign, MeasuredCampaign, MeasuredUplift, load_campaign
from clustera.segmentation.summary import campaign_values
from clustera.service.answers import as_csv, as_json, file_name, run_page
from clustera.service.campaign_pages import campaign_address
from clustera.service.draft_forms import received, uploads
from clustera.service.drafts import Drafts
from clustera.service.held import drafts_of, library_of
from clustera.service.library import Library
from clustera.service.same import Same, as_command
from clustera.service.typed_numbers import form_number

router = APIRouter(include_in_schema=False)
TOP = "33%"  # share of the customers that is contacted next time unless somebody says so
_TOPS = ("10%", "20%", TOP, "50%", "100%")
_FILES = {"contact": "contact.csv", "groups": "assignments.csv", "left-out": "left_out.csv"}


@router.get("/runs/{name}/campaigns/{campaign}.json")
def campaign_results_json(request: Request, name: str, campaign: str) -> Response:
    """What `clustera campaign results --json` printed when the campaign was last measured."""
    library = library_of(request)
    opened = library.open(name)
    last = last_results(library, campaign)
    with texts.speaking(opened.outcome.locale):
        return as_json(campaign_values(last.record) | {"sentences": last.sentences()})


@router.get("/runs/{name}/campaigns/{campaign}.csv")
def campaign_results_csv(request: Request, name: str, campaign: str) -> Response:
    """One row for all customers, then one per segment, as `--output` writes it."""
    library = library_of(request)
    opened = library.open(name)
    with texts.speaking(opened.outcome.locale):
        rows = frames.campaign_rows(last_results(library, campaign).record)
    return as_csv(rows, tuple(rows[0]), name=f"{campaign}-results")


@router.get("/runs/{name}/campaigns/{campaign}/{what}.csv")
def campaign_file(request: Request, name: str, campaign: str, what: str, top: str = TOP) -> Response:
    """Whom to contact, the same with addresses, who is in which group, who is in neither, or whom to contact next time."""
    library = library_of(request)
    library.open(name)
    launched = launched_campaign(library, campaign)
    if what == "next":
        return _next_list(launched, top)
    file = f"{launched.record.network}.csv" if what == "list" and launched.record.network else _FILES.get(what, "")
    path = launched.folder / file
    if not file or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=f"{file_name(f'{campaign}-{what}')}.csv")


@router.get("/runs/{name}/campaigns/{campaign}")
def campaign_results_page(request: Request, name: str, campaign: str) -> Response:
    """What was launched, and what it brought so far."""
    library = library_of(request)
    opened = library.open(name)
    launched = launched_campaign(library, campaign)
    last = launched.last_results
    record, folder = launched.record, library.store.folder
    with texts.speaking(opened.outcome.locale):
        told = _told_here(last.record) if last else None
        found = launched.last_uplift
        responded = components.uplift_section([found.record]) if found else ""
        drawn = [] if record.exported else texts.control_sentences(record)
        overlaps = [] if last else texts.overlap_sentences(record, commands=False)
        head = texts.launched_head(record)
        steps = texts.step_rows(record.steps)
    return run_page(
        "campaign.html.j2",
        request,
        opened,
        "campaigns",
        campaign=record,
        head=head,
        counts={"steps": steps} if steps else None,
        notes=[text for text in (*drawn, *overlaps) if text],
        results=last.record if last else None,
        told=told,
        responded=responded,
        tops=_TOPS if found and found.record.best else (),
        top=TOP,
        has_ranking=found is not None and found.table is not None,
        apart=_left_out_here(found) if found else "",
        next_name=_free_name(library, texts.translate("{campaign} first to contact", campaign=record.name)),
        judges=_has_enough(record),
        files=files_of_campaign(launched),
        roots=drafts_of(request).roots,
        same=Same(
            as_command("campaign", folder, "results", record.name, "--orders", "orders.csv"),
            f"import clustera\nclustera.load_campaign({record.name!r}, runs={str(folder)!r}).results('orders.csv')",
            campaign_address(opened, record.name),
        )
        if last
        else (),
    )


@router.post("/runs/{name}/campaigns/{campaign}/audience")
def save_rest_by_form(
    request: Request,
    name: str,
    campaign: str,
    called: Annotated[str, Form(alias="name", max_length=120)],
    top: Annotated[str, Form(max_length=20)] = TOP,
) -> Response:
    """Save whom to contact first next time as an audience, and plan the next campaign to it."""
    library = library_of(request)
    opened = library.open(name)
    launched_campaign(library, campaign)
    opened.seg.uplift_audience(campaign, called.strip(), top=top)
    address = f"/runs/{quote(opened.name)}/campaign?{urlencode({'audience': called.strip()})}"
    return RedirectResponse(address, status_code=303)


@router.post("/runs/{name}/campaigns/{campaign}")
async def results_by_form(request: Request, name: str, campaign: str) -> Response:
    """Measure a campaign by the orders, or the answers, that somebody brings; what it brought is kept."""
    library = library_of(request)
    opened = await run_in_threadpool(library.open, name)
    launched = await run_in_threadpool(launched_campaign, library, campaign)
    await measure_by_form(request, launched)
    return RedirectResponse(campaign_address(opened, launched.name), status_code=303)


async def measure_by_form(request: Request, launched: LaunchedCampaign) -> None:
    """Measure a campaign by the files and wishes of a form; the files are removed afterwards."""
    drafts = drafts_of(request)
    draft = await run_in_threadpool(drafts.new)
    try:
        async with request.form(max_files=3, max_fields=20) as form:
            asked = await _asked_measure(form, drafts, draft)
        await run_in_threadpool(measure_asked, launched, asked)
    finally:
        drafts.remove(draft)


async def _asked_measure(form: FormData, drafts: Drafts, draft: str) -> dict[str, Any]:
    """The files and wishes of the form, as Python takes them.

    Raises:
        InputError: no file was chosen, or a number can't be read.
    """

    def text(field: str) -> str:
        return str(form.get(field) or "").strip()

    files = {
        field: [await received(drafts, draft, f) for f in uploads(form, field)] for field in ("bought", "contacted")
    }
    path: Path | None = files["bought"][0][1] if files["bought"] else None
    if path is None and text("path"):
        path = await run_in_threadpool(drafts.under_roots, text("path"))
    if path is None:
        raise InputError(
            "No file was chosen.",
            hint="Choose the orders since the first day of the campaign, or a table of answers with the customers' ids.",
        )
    return {
        "outcomes" if text("what") == "answers" else "orders": path,
        "contacted": files["contacted"][0][1] if files["contacted"] else None,
        "until": text("until") or None,
        "discounts": form_number(text("discounts"), texts.translate("Cost of discounts"), float) or 0.0,
        "randomized": not text("changed"),
        "responded": bool(text("responded")),
    }


def measure_asked(launched: LaunchedCampaign, asked: dict[str, Any]) -> None:
    """What it brought; and who responded, where somebody asks and enough customers took part and bought."""
    orders, responded = asked.pop("orders", None), asked.pop("responded")
    found = launched.results(orders, **asked).record
    if responded and orders is not None and found.over and found.causal:
        with suppress(InputError):  # too few bought, or did not: then there is nothing to judge
            launched.uplift(orders, until=asked["until"])


def _has_enough(record: Campaign) -> bool:
    """Whether enough customers take part to judge who responds, once the campaign is over."""
    return record.randomized and record.last_day is not None and min(record.contact, record.control) >= FEWEST_LEARNED


def _next_list(launched: LaunchedCampaign, top: str) -> Response:
    """Whom to contact first next time, as `clustera campaign uplift --output` writes it.

    Raises:
        InputError: the share is none.
    """
    found = launched.last_uplift
    with TemporaryDirectory() as folder:
        path = Path(folder) / "next.csv"
        if found is None or not found.write(path, top=top):
            raise HTTPException(404)
        headers = {"Content-Disposition": f'attachment; filename="{file_name(f"{launched.name}-next")}.csv"'}
        return Response(path.read_bytes(), media_type="text/csv; charset=utf-8", headers=headers)


def launched_campaign(library: Library, name: str) -> LaunchedCampaign:
    """The campaign of a name.

    Raises:
        RunError: there is none, or it is damaged.
    """
    try:
        return load_campaign(name, runs=library.store.folder)
    except RunError as error:
        raise MissingError(error.message, hint="The page of campaigns lists them.") from error


def last_results(library: Library, name: str) -> MeasuredCampaign:
    """What a campaign brought when it was last measured.

    Raises:
        RunError: nobody has measured it yet.
    """
    last = launched_campaign(library, name).last_results
    if last is None:
        raise MissingError(
            f"The campaign {name} was not measured yet.", hint="Bring the orders since its first day on its page."
        )
    return last


def _left_out_here(found: MeasuredUplift) -> str:
    """Who is not in the list of whom to contact first."""
    if not found.left_out:
        return ""
    return texts.translate_count(
        found.left_out,
        "{n} customer is not in the list: held out of an audience, or in the control group of another running campaign.",
        "{n} customers are not in the list: held out of an audience, or in the control group of another running campaign.",
    )


def _free_name(library: Library, wanted: str) -> str:
    """A name that no audience has yet."""
    taken = library.store.audiences.list()
    return next(name for number in count(1) if (name := wanted if number == 1 else f"{wanted} {number}") not in taken)


def files_of_campaign(launched: LaunchedCampaign) -> list[str]:
    """The lists that a campaign has, by what they are called in an address."""
    return [what for what in ("list", *_FILES) if _is_there(launched, what)]


def _is_there(launched: LaunchedCampaign, what: str) -> bool:
    file = f"{launched.record.network}.csv" if what == "list" else _FILES[what]
    return file != ".csv" and (launched.folder / file).is_file()


def _told_here(results: CampaignResults) -> dict[str, Any]:
    """What a campaign brought, as its page shows it; no sentence names an option of the command."""
    return {
        "title": texts.decision_title(results),
        "sentence": texts.decision_sentence(results, commands=False),
        "head": texts.results_head(results),
        "money": texts.results_money(results, commands=False),
        "no_margin": results.causal and results.campaign.margin is None and results.total_revenue is not None,
        "ratio": texts.ratio_sentence(results),
        "table": components.campaign_table(results),
        "notes": texts.results_notes(results, commands=False),
    }
