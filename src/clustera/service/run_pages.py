"""The pages of runs: their list, what was found, how it was found, and one segment; each with its twins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from clustera import components, frames, texts
from clustera.days import to_date
from clustera.errors import MissingError
from clustera.records import Outcome, SegmentProfile, segment_pace
from clustera.segmentation.summary import run_summary, segmentation_summary
from clustera.service import example
from clustera.service.answers import as_csv, as_json, file_name, page, page_part, run_page
from clustera.service.figures import Figure, key_figures, said_since
from clustera.service.held import library_of, theme_of
from clustera.service.jobs import Job, Jobs
from clustera.service.library import Library, Opened
from clustera.service.mailing import mailing_lists
from clustera.service.same import Same, as_command, as_python
from clustera.service.scheduler import failed_schedules
from clustera.service.uses import segment_uses
from clustera.store import LATEST, Run
from clustera.texts import verdicts
from clustera.texts.number_qualities import TOO_SMALL

router = APIRouter(include_in_schema=False)
_PDF = "report.pdf"
_OLD = 45  # days after which data are called old
_ON_OVERVIEW = ("plan", "changes", "months")
_FOLDED = ("map", "number")  # at the end of the overview
_ON_METHOD = (
    "orders",
    "verdict",
    "compare",
    "buying",
    "value",
    "uplift",
    "outliers",
    "diagnostics",
    "evidence",
    "card",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One run in the list."""

    run: Run
    aliases: tuple[str, ...]
    made: datetime


@router.get("/")
def home_page() -> Response:
    """The list of runs is where everything begins."""
    return RedirectResponse("/runs", status_code=303)


@router.get("/runs")
def runs_page(request: Request) -> Response:
    """The list of runs, the newest first."""
    library = library_of(request)
    return page(
        "runs.html.j2",
        runs=_listed(library),
        jobs=_jobs(request),
        failed=failed_schedules(library.store),
        writable=request.app.state.is_writable(),
        demo=example.is_there(),
        roots=request.app.state.drafts.roots,
        limit=request.app.state.limit,
        damaged=library.store.damaged(),
        folder=library.store.folder,
        nav="runs",
        theme=theme_of(request),
        same=Same(
            as_command("runs", library.store.folder),
            f"from clustera.store import Store\nStore({str(library.store.folder)!r}).list()",
            "/runs",
        ),
    )


@router.get("/runs.json")
def runs_json(request: Request) -> Response:
    """What `clustera runs --json` prints."""
    found = reversed(_listed(library_of(request)))
    return as_json([run_summary(entry.run) | {"aliases": list(entry.aliases)} for entry in found])


@router.get("/runs.csv")
def runs_csv(request: Request) -> Response:
    """The list of runs, one a row."""
    rows = [
        {
            "run": entry.run.name,
            "source": entry.run.manifest.source.name,
            "customers": entry.run.manifest.balance.segmented,
            "segments": entry.run.manifest.k,
            "verdict": entry.run.manifest.verdict,
            "alias": ", ".join(entry.aliases),
        }
        for entry in reversed(_listed(library_of(request)))
    ]
    return as_csv(rows, ("run", "source", "customers", "segments", "verdict", "alias"), name="runs")


@router.get("/runs/{name}")
def run_start_page(name: str) -> Response:
    """A run's first page."""
    return RedirectResponse(f"/runs/{quote(name)}/overview", status_code=303)


@router.get("/runs/{name}/overview")
def overview_page(request: Request, name: str) -> Response:
    """What was found."""
    library = library_of(request)
    opened = library.open(name)
    before, latest = library.before(opened), library.store.aliases()[LATEST]
    outcome = opened.outcome
    with texts.speaking(outcome.locale), components.listing(""):
        figures: tuple[Figure, ...] = key_figures(outcome, before.outcome if before else None)
        since = said_since(outcome, before.outcome, before.name) if before else ""
        cards = [
            components.segment_card(segment, outcome, more=_card_links(library, opened, segment))
            for segment in outcome.segments
        ]
        headline, lead = verdicts.money_headline(outcome) or verdicts.run_headline(outcome), verdicts.run_lead(outcome)
        told = _as_of(outcome, opened.run)
        log = outcome.behavior
        currency = log.money.currency if log else ""
        uncounted = texts.uncounted_sentences(log.money, log.as_of) if log else []
        pace = segment_pace(outcome)
        value = components.value_table(outcome.value, outcome.segments, currency, pace=pace) if outcome.value else None
    return run_page(
        "overview.html.j2",
        request,
        opened,
        "overview",
        latest=latest if latest != opened.name else "",
        headline=headline,
        lead=lead,
        verdict=verdicts.verdict_explanation(outcome.selection.verdict).title,
        figures=figures,
        uncounted=uncounted,
        since=since,
        as_of=told,
        cards=cards,
        value=value,
        qualities=texts.number_qualities,
        judge=texts.judge_number,
        too_small=TOO_SMALL,
        overview=opened.sections["overview"],
        has_pdf=(opened.run.path / _PDF).is_file(),
        parts=[opened.sections[key] for key in _ON_OVERVIEW if key in opened.sections],
        folded=[opened.sections[key] for key in _FOLDED if key in opened.sections],
        same=Same(
            as_command("show", library.store.folder, opened.name),
            as_python(library.store.folder, opened.name, "seg.segments"),
            f"/runs/{opened.name}/overview",
        ),
    )


@router.get("/runs/{name}/overview.json")
def overview_json(request: Request, name: str) -> Response:
    """What `clustera show --json` prints."""
    opened = library_of(request).open(name)
    with texts.speaking(opened.outcome.locale):
        return as_json(segmentation_summary(opened.seg))


@router.get("/runs/{name}/overview.csv")
def overview_csv(request: Request, name: str) -> Response:
    """The segments, one a row, as in segments.csv."""
    opened = library_of(request).open(name)
    with texts.speaking(opened.outcome.locale):
        rows = frames.segment_rows(opened.outcome)
    return as_csv(rows, tuple(rows[0]), name=f"{opened.name}-segments")


@router.get("/runs/{name}/method")
def method_page(request: Request, name: str) -> Response:
    """How it was found, and how sure it is."""
    library = library_of(request)
    opened = library.open(name)
    return run_page(
        "method.html.j2",
        request,
        opened,
        "method",
        parts=[opened.sections[key] for key in _ON_METHOD if key in opened.sections],
        same=Same(
            as_command("show", library.store.folder, opened.name),
            as_python(library.store.folder, opened.name, "seg.k_selection\nseg.findings"),
            f"/runs/{opened.name}/method",
        ),
    )


@router.get("/runs/{name}/method.json")
def method_json(request: Request, name: str) -> Response:
    """The evidence for every number of segments, and the findings of the check."""
    outcome = library_of(request).open(name).outcome
    with texts.speaking(outcome.locale):
        found = list(map(frames.finding_record, outcome.findings))
        return as_json({"selection": asdict(outcome.selection), "findings": found})


@router.get("/runs/{name}/method.csv")
def method_csv(request: Request, name: str) -> Response:
    """The evidence for every number of segments, as in k_selection.csv."""
    opened = library_of(request).open(name)
    with texts.speaking(opened.outcome.locale):
        rows = frames.k_rows(opened.outcome.selection)
    return as_csv(rows, tuple(rows[0]), name=f"{opened.name}-k_selection")


@router.get("/runs/{name}/report.html")
def report_page(request: Request, name: str) -> Response:
    """The report as one file to keep or send, with the names that people gave."""
    opened = library_of(request).open(name)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(opened.name)}.html"'}
    return Response(opened.seg.report_html(), media_type="text/html; charset=utf-8", headers=headers)


@router.get("/runs/{name}/report.pdf")
def report_pdf(request: Request, name: str) -> Response:
    """The report as it was printed when the run was made."""
    path = library_of(request).open(name).run.path / _PDF
    if not path.is_file():
        raise MissingError(f"{name} has no PDF.", hint=f"Print one: clustera report {name} --pdf")
    return FileResponse(path, media_type="application/pdf", filename=f"{file_name(name)}.pdf")


def _jobs(request: Request) -> list[Job]:
    """What is at work, and what failed since the newest run."""
    known: Jobs | None = request.app.state.known_jobs()
    if known is None:
        return []
    found = [job for job in known.list() if not job.over or not job.spec.get("schedule")]  # a schedule tells it itself
    return [job for job in found if not job.over or (job.state == "failed" and job is found[0])]


def _listed(library: Library) -> list[Listed]:
    aliases = library.store.aliases()
    return [
        Listed(entry, tuple(alias for alias, name in aliases.items() if name == entry.name), _made(entry))
        for entry in reversed(library.store.list())
    ]


def _as_of(outcome: Outcome, run: Run) -> dict[str, Any]:
    """The day that a run speaks of, how long ago that was in words, and whether that is long."""
    if outcome.behavior is not None:
        day, ordered = to_date(outcome.behavior.as_of), True
    else:
        day, ordered = _made(run).date(), False
    ago = max((datetime.now().astimezone().date() - day).days, 0)
    return {
        "day": (day - date(1970, 1, 1)).days,
        "ordered": ordered,
        "ago": texts.format_age(ago),
        "old": ordered and ago > _OLD,
    }


def _made(run: Run) -> datetime:
    return datetime.fromtimestamp((run.path / "manifest.json").stat().st_mtime).astimezone()


def _card_links(library: Library, opened: Opened, segment: SegmentProfile) -> components.Markup:
    lists = mailing_lists(opened, segment.segment, first=True)
    acts = any(action.segment == segment.segment for action in opened.outcome.actions)
    uses = segment_uses(library, opened, segment.segment) if acts else None
    return components.Markup(page_part("card_links.html.j2", opened=opened, segment=segment, lists=lists, uses=uses))
