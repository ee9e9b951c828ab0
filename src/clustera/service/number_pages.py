"""What the segments of a run would be with another number of them, and the run made again with it; with its twins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import components, frames, texts
from clustera.errors import InputError
from clustera.records import KEvidence, OtherNumber
from clustera.segmentation.summary import other_number_summary
from clustera.service.answers import as_csv, as_json, may, run_page
from clustera.service.figures import Figure
from clustera.service.held import jobs_of, library_of
from clustera.service.library import Opened
from clustera.service.same import Same, as_command, as_python
from clustera.texts import translate

router = APIRouter(include_in_schema=False)


@router.get("/runs/{name}/number")
def number_page(request: Request, name: str, k: int | None = None) -> Response:
    """The segments that the customers of a run would form with another number of them."""
    library = library_of(request)
    opened = library.open(name)
    found = _found_number(opened, k)
    outcome = opened.outcome
    with texts.speaking(outcome.locale):
        streams = components.moves_chart(
            found.moves, outcome.segments, lists=False, after_colors={one.segment: one.color for one in found.segments}
        )
        figures = _number_figures(opened, found)
        no_sql = translate(
            "These segments are formed anew by K-Means, which is no query. Make the run with them: clustera sql then writes its rules as a query."
        )
        judged = texts.judge_number(found.evidence, outcome.selection) if found.evidence else ()
    return run_page(
        "number.html.j2",
        request,
        opened,
        "overview",
        found=found,
        judged=judged,
        numbers=[entry.k for entry in outcome.selection.evidence if entry.k > 1],
        figures=figures,
        streams=streams if found.k != outcome.selection.k else None,
        names={entry.segment: entry for entry in outcome.segments},
        ordered=outcome.behavior is not None,
        can_start=may("analyst") and found.k != outcome.selection.k,
        keeps_all=opened.seg.keeps_all,
        same=Same(
            as_command("show", library.store.folder, opened.name, "--k", found.k),
            as_python(library.store.folder, opened.name, f"seg.segments_with({found.k})"),
            f"/runs/{opened.name}/number",
            query=urlencode({"k": found.k}),
            no_sql=no_sql,
        ),
    )


@router.get("/runs/{name}/number.json")
def number_json(request: Request, name: str, k: int | None = None) -> Response:
    """What `clustera show --k --json` prints."""
    opened = library_of(request).open(name)
    return as_json(other_number_summary(_found_number(opened, k)))


@router.get("/runs/{name}/number.csv")
def number_csv(request: Request, name: str, k: int | None = None) -> Response:
    """The segments of another number, one a row."""
    opened = library_of(request).open(name)
    found = _found_number(opened, k)
    rows = frames.other_number_rows(found)
    return as_csv(rows, tuple(rows[0]), name=f"{opened.name}-{found.k}-segments")


@router.post("/runs/{name}/number")
def make_with_number(request: Request, name: str, k: Annotated[int, Form()]) -> Response:
    """Make the run again with another number of segments; what `clustera remake` does."""
    opened = library_of(request).open(name)
    _check_number(opened, k)
    spec = {"files": {}, "options": {"k": k}, "remake": opened.name, "name": ""}
    return RedirectResponse(f"/jobs/{jobs_of(request).add(spec).id}", status_code=303)


def _found_number(opened: Opened, k: int | None) -> OtherNumber:
    wanted = opened.outcome.selection.k if k is None else k
    _check_number(opened, wanted)
    return opened.other_number(wanted)


def _check_number(opened: Opened, k: int) -> None:
    selection = opened.outcome.selection
    most = max((entry.k for entry in selection.evidence), default=selection.k)
    if not 2 <= k <= most:
        raise InputError(
            f"{opened.name} was not looked at with {k} segments.",
            hint=f"It was with 2 to {most}. Open /runs/{quote(opened.name)}/number",
        )


def _number_figures(opened: Opened, found: OtherNumber) -> tuple[Figure, ...]:
    """What was measured for the number, beside what it is for the run's own."""
    measured, selection = found.evidence, opened.outcome.selection
    if measured is None:
        return ()
    own = next((entry for entry in selection.evidence if entry.k == selection.k != found.k), None)

    def figure(label: str, note: str, written: Callable[[KEvidence], str]) -> Figure:
        beside = translate("{k} segments: {value}", k=own.k, value=written(own)) if own else ""
        return Figure(label, written(measured), note, beside)

    figures = [
        figure(
            translate("Explained"),
            translate("of the differences between customers"),
            lambda e: texts.format_share(e.explained),
        ),
        figure(
            translate("Smallest segment"), translate("share of customers"), lambda e: texts.format_share(e.smallest)
        ),
        figure(
            translate("Found again on other customers"),
            translate("overlap of the weakest segment; 1 is the same"),
            lambda e: texts.format_number(e.jaccard, 2),
        ),
    ]
    if measured.explains_future_spend is not None:
        later = translate("of the differences in the last 3 months, from the orders before")
        figures.append(figure(translate("Later spending explained"), later, _later_share))
    return tuple(figures)


def _later_share(entry: KEvidence) -> str:
    return "–" if entry.explains_future_spend is None else texts.format_share(entry.explains_future_spend)
