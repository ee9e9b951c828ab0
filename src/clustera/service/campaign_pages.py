"""Campaigns: their list, what a test can show, and launching one; each with its twins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from clustera import frames, texts
from clustera.days import to_date
from clustera.errors import ClusteraError, InputError
from clustera.records import SENDS_NOTHING, Campaign, CampaignPlan, CampaignResults, PlannedAudience
from clustera.segmentation import LaunchedCampaign, PlannedCampaign, list_campaigns
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.segmentation.summary import campaign_values
from clustera.service.answers import as_csv, as_json, run_page, status_of, wants_page
from clustera.service.campaign_forms import (
    CampaignAsk,
    asked_campaign,
    launch_or_record,
    plan_query,
    prepared_campaign,
    segments_to_choose,
)
from clustera.service.contact_forms import brought_files
from clustera.service.export_pages import network_titles
from clustera.service.held import drafts_of, kept_files_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.lists import CampaignDraft, keep_campaign
from clustera.service.same import Same, as_command, as_python
from clustera.store import Campaigns

router = APIRouter(include_in_schema=False)
CONTROL_SHARES = ("10%", "15%", "20%", "30%", "50%")
_TYPED = (
    "name", "day", "days", "margin", "contact_cost", "control", "action", "network", "column:consent", "all_consented",
)  # fmt: skip
_LISTED = ("campaign", "run", "first_day", "last_day", "action", "contact", "control", "decision", "difference", "low", "high")  # fmt: skip


@router.get("/runs/{name}/campaigns")
def campaigns_page(request: Request, name: str) -> Response:
    """The campaigns of the folder with what they brought, and the lists with a control group that are none yet."""
    library = library_of(request)
    opened = library.open(name)
    folder = library.store.folder
    with texts.speaking(opened.outcome.locale):
        rows = [
            (one.record, *_told_results(one.record, one.last_results.record if one.last_results else None))
            for one in reversed(readable_campaigns(library))
        ]
    return run_page(
        "campaigns.html.j2",
        request,
        opened,
        "campaigns",
        rows=rows,
        lists=_unmeasured_lists(library, opened),
        damaged=Campaigns(folder).damaged(),
        same=Same(
            as_command("campaign", folder, "list"),
            f"import clustera\nclustera.list_campaigns({str(folder)!r})",
            f"/runs/{opened.name}/campaigns",
        ),
    )


@router.get("/runs/{name}/campaigns.json")
def campaigns_json(request: Request, name: str) -> Response:
    """What `clustera campaign list --json` prints."""
    library = library_of(request)
    library.open(name)
    found = readable_campaigns(library)
    return as_json(
        [
            campaign_values(c.record) | {"results": campaign_values(last.record) if (last := c.last_results) else None}
            for c in found
        ]
    )


@router.get("/runs/{name}/campaigns.csv")
def campaigns_csv(request: Request, name: str) -> Response:
    """The campaigns, one a row, each with the difference that decides."""
    library = library_of(request)
    library.open(name)
    return as_csv(map(_campaign_row, readable_campaigns(library)), _LISTED, name="campaigns")


@router.get("/runs/{name}/campaign")
def campaign_plan_page(
    request: Request, name: str, asked: Annotated[CampaignAsk, Depends()], exported: str = ""
) -> Response:
    """What a test can show, and where a campaign is launched; `exported` names an audience whose list was sent already."""
    library = library_of(request)
    opened = library.open(name)
    planned, problem = None, None
    if not exported:
        try:
            planned = asked.planned(library, opened)
        except InputError as error:
            problem = error
            # What the run has counted is shown, of the segments that were chosen where that is possible.
            asked = replace(asked, days="", segment=() if error.field == "segment" else asked.segment)
            with suppress(InputError):
                planned = asked.planned(library, opened)
    typed = {key: value for key, value in request.query_params.items() if key in _TYPED and not exported}
    typed = {"day": "" if exported else _today()} | typed | {"days": str(planned.record.days if planned else 30)}
    if "control" not in typed and planned and _whole_plan(planned.record).advice == "larger control":
        typed["control"] = CONTROL_SHARES[-1]
    return _plan_page(request, opened, asked, planned, exported=exported, typed=typed, problem=problem)


def _refused_launch(
    request: Request,
    opened: Opened,
    typed: Mapping[str, str],
    segments: tuple[str, ...],
    problem: ClusteraError,
    *,
    files: bool,
) -> Response:
    """The form again as it was sent, with what is wrong in each field; `files` says that files have to be chosen again."""
    asked, planned = CampaignAsk(typed.get("action", ""), typed.get("audience", ""), segment=segments), None
    exported = typed.get("exported", "")
    if not exported:
        with suppress(ClusteraError):
            planned = asked.planned(library_of(request), opened)
    return _plan_page(
        request, opened, asked, planned, exported=exported, typed=typed, refused=problem, chosen_files=files
    )


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()


def _plan_page(
    request: Request,
    opened: Opened,
    asked: CampaignAsk,
    planned: PlannedCampaign | None,
    *,
    exported: str,
    typed: Mapping[str, str],
    problem: InputError | None = None,
    refused: ClusteraError | None = None,
    chosen_files: bool = False,
) -> Response:
    """The plan with the form that launches it; `problem` is of the plan, `refused` of the form."""
    library = library_of(request)
    with texts.speaking(opened.outcome.locale):
        rows = [_plan_row(part, planned) for part in _plan_parts(planned.record)] if planned else []
        rates = texts.base_rate_sentence(planned.record) if planned else ""
        actions = _testable_actions(opened)
    return run_page(
        "campaign_plan.html.j2",
        request,
        opened,
        "campaigns",
        status=status_of(refused) if refused else 200,
        action=asked.action,
        segments=segments_to_choose(opened, asked),
        whole=_whole_plan(planned.record) if planned else None,
        audience=asked.audience,
        days=asked.days,
        exported=exported,
        plan=planned.record if planned else None,
        shares=[size.share for size in planned.record.audiences[0].sizes] if planned else [],
        rows=rows,
        rates=rates,
        not_planned=problem,
        problem=refused,
        problems={one.field: one for one in (refused, *refused.further)} if refused else {},
        typed=dict.fromkeys(_TYPED, "") | dict(typed),
        chosen_files=chosen_files,
        keeps_orders=opened.keeps_orders,
        actions=actions,
        names=list(SavedAudiences(library.store.audiences).list()),
        networks=network_titles(),
        kept=kept_files_of(request).list(),
        roots=drafts_of(request).roots,
        controls=CONTROL_SHARES,
        today=_today(),
        same=_same_plan(library, opened, asked) if planned else (),
    )


@router.get("/runs/{name}/campaign.json")
def campaign_plan_json(request: Request, name: str, asked: Annotated[CampaignAsk, Depends()]) -> Response:
    """What `clustera campaign plan --json` prints."""
    library = library_of(request)
    return as_json(campaign_values(asked.planned(library, library.open(name)).record))


@router.get("/runs/{name}/campaign.csv")
def campaign_plan_csv(request: Request, name: str, asked: Annotated[CampaignAsk, Depends()]) -> Response:
    """The plan, one row per audience and size of the control group."""
    library = library_of(request)
    frame = asked.planned(library, library.open(name)).audiences
    rows = (dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None))
    return as_csv(rows, list(frame.columns), name=f"{name}-campaign-plan")


@router.post("/runs/{name}/campaigns")
async def launch_by_form(request: Request, name: str) -> Response:
    """Draw the groups and write the lists, or record a list that was sent already; with contacts the counts come first."""
    library = library_of(request)
    opened = await run_in_threadpool(library.open, name)
    drafts = drafts_of(request)
    id_, kept, typed, chosen = await run_in_threadpool(drafts.new), False, dict[str, str](), False
    segments: tuple[str, ...] = ()
    try:
        async with request.form(max_files=3, max_fields=40) as form:
            typed = {key: value.strip() for key, value in form.items() if isinstance(value, str)}
            segments = tuple(str(one) for one in form.getlist("segment"))
            chosen = not typed.get("keep") and any(
                not isinstance(value, str) and value.filename for value in form.values()
            )
            contacts, suppress = await brought_files(request, id_, form)
            terms = asked_campaign(form, Campaigns(library.store.folder))
        if contacts and not terms["exported"]:
            # What the name or the terms forbid is said before the contacts are looked at.
            await run_in_threadpool(prepared_campaign, library, opened, terms)
            draft = CampaignDraft(id_, opened.name, terms, contacts[0], tuple(suppress))
            await run_in_threadpool(keep_campaign, drafts, draft)
            kept = True
            return RedirectResponse(f"/runs/{quote(opened.name)}/campaign/{id_}", status_code=303)
        launched = await run_in_threadpool(launch_or_record, library, opened, terms)
    except ClusteraError as error:
        if not wants_page(request.scope):  # the script of the page marks the fields of the form that is there
            raise
        return await run_in_threadpool(_refused_launch, request, opened, typed, segments, error, files=chosen)
    finally:
        if not kept:
            drafts.remove(id_)
    return RedirectResponse(campaign_address(opened, launched.name), status_code=303)


def campaign_address(opened: Opened, campaign: str) -> str:
    """The page of a campaign."""
    return f"/runs/{quote(opened.name)}/campaigns/{quote(campaign)}"


def readable_campaigns(library: Library) -> tuple[LaunchedCampaign, ...]:
    """The campaigns of the folder that are not damaged, by their first day."""
    folder = library.store.folder
    damaged = Campaigns(folder).damaged()
    return tuple(campaign for campaign in list_campaigns(folder) if campaign.name not in damaged)


def _told_results(record: Campaign, results: CampaignResults | None) -> tuple[str, str]:
    """The answer in a few words, and the difference that decides with its interval."""
    if results is None:
        return "", ""
    effect = texts.primary_effect(results.parts[0], record.measure)
    told = texts.effect_text(effect.value, record.measure, record.currency, base=effect.control) if effect else ""
    return texts.decision_title(results), told


def _campaign_row(campaign: LaunchedCampaign) -> dict[str, Any]:
    record, last = campaign.record, campaign.last_results
    effect = texts.primary_effect(last.record.parts[0], record.measure) if last else None
    return {
        "campaign": record.name,
        "run": record.run,
        "first_day": to_date(record.day).isoformat(),
        "last_day": "" if record.last_day is None else to_date(record.last_day).isoformat(),
        "action": record.action_label,
        "contact": record.contact,
        "control": record.control,
        "decision": last.decision if last else "",
        "difference": effect.value if effect else None,
        "low": effect.low if effect else None,
        "high": effect.high if effect else None,
    }


def _unmeasured_lists(library: Library, opened: Opened) -> list[Mapping[str, Any]]:
    """The last list of each audience that was exported from this run with a control group and is no campaign yet."""
    recorded = {(one.audience, one.exported) for one in Campaigns(library.store.folder).list() if one.exported}
    newest = {
        line["audience"]: line
        for line in library.store.exports.log()
        if line["run"] == opened.name and line["held_out"] and not line.get("campaign") and not line.get("event")
    }
    titles = network_titles()
    return [
        line | {"to": titles.get(line["network"], line["network"])}
        for line in reversed(newest.values())
        if (line["audience"], line["time"]) not in recorded
    ]


def _plan_parts(record: CampaignPlan) -> Iterator[PlannedAudience]:
    if record.together:
        yield record.together
    yield from record.audiences


def _whole_plan(record: CampaignPlan) -> PlannedAudience:
    """What is planned for all customers of a campaign."""
    return record.together or record.audiences[0]


def _plan_row(part: PlannedAudience, planned: PlannedCampaign) -> dict[str, Any]:
    return {
        "part": part,
        "name": frames.audience_name(part, planned.names),
        "sizes": [texts.smallest_rise(size, part, planned.record.currency) for size in part.sizes],
        "advice": _advice_here(part, planned.record),
    }


def _advice_here(part: PlannedAudience, plan: CampaignPlan) -> str:
    """What a test can show; where it can't work, what to do on this page instead of an option of the command."""
    said = texts.audience_sentence(part, plan, commands=False)
    if part.advice == "longer":
        more = texts.translate("Choose more customers, or measure for more days.")
        return f"{said} {more}"
    if part.advice == "unknown rate":
        return f"{said} {texts.translate('A control group of 20% is a good first guess.')}"
    return said


def _testable_actions(opened: Opened) -> dict[str, str]:
    """The actions of a run that send something, by code."""
    labels = texts.action_labels(opened.outcome.actions)
    kinds = {action.rule: action.kind for action in opened.outcome.actions}
    return {code: label for code, label in labels.items() if kinds.get(code) not in SENDS_NOTHING}


def _same_plan(library: Library, opened: Opened, asked: CampaignAsk) -> Same:
    folder, given = library.store.folder, asked.given()
    written = given | ({"segments": ",".join(map(str, given["segments"]))} if "segments" in given else {})
    words = [word for key, value in written.items() for word in (f"--{key}", value)]
    named = [f"{key}={value!r}" for key, value in given.items()]
    return Same(
        as_command("campaign", folder, "plan", opened.name, *words),
        as_python(folder, opened.name, f"seg.plan_campaign({', '.join(named)}).record"),
        f"/runs/{opened.name}/campaign",
        query=plan_query(given),
    )
