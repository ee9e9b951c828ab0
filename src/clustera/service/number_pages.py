"""What the segments of a run would be with another number of them, and the run made again with it; with its twins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import chain, count
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import components, frames, texts
from clustera.errors import InputError, RunError
from clustera.records import KEvidence, OtherNumber
from clustera.segmentation.summary import other_number_summary
from clustera.service.answers import as_csv, as_json, may, run_page
from clustera.service.figures import Figure
from clustera.service.held import jobs_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.same import Same, as_command, as_python
from clustera.store import LATEST
from clustera.texts import translate
from clustera.texts.number_qualities import TOO_SMALL

router = APIRouter(include_in_schema=False)


@router.get("/runs/{name}/number")
def number_page(request: Request, name: str, k: int | None = None) -> Response:
    """The segments that the customers of a run would form with another number of them."""
    return _number_page(request, library_of(request).open(name), k)


def _number_page(
    request: Request,
    opened: Opened,
    k: int | None,
    *,
    called: str | None = None,
    use: bool = False,
    problem: RunError | None = None,
) -> Response:
    """The page, and its form as it was sent: the name of the new run, whether it is used, and what is wrong with the name."""
    library = library_of(request)
    found = _found_number(opened, k)
    outcome = opened.outcome
    sizes = {segment.segment: segment.size for segment in outcome.segments}
    # A run that keeps the definitions of an earlier one has other segments than its customers would form anew.
    as_made = {one.segment: one.customers for one in found.segments} == sizes
    with texts.speaking(outcome.locale):
        streams = components.moves_chart(
            found.moves, outcome.segments, lists=False, after_colors={one.segment: one.color for one in found.segments}
        )
        figures = _number_figures(opened, found)
        no_sql = translate(
            "These segments are formed anew by K-Means, which is no query. Make the run with them: clustera sql then writes its rules as a query."
        )
        judged = texts.judge_number(found.evidence, outcome.selection) if found.evidence else ()
        like = texts.number_qualities(found.evidence, outcome.selection) if found.evidence else None
    return run_page(
        "number.html.j2",
        request,
        opened,
        "overview",
        status=400 if problem else 200,
        called=_free_name(library, f"{opened.name[:90]}-{found.k}-segments") if called is None else called,
        use=use,
        problem=problem,
        latest=library.store.aliases()[LATEST],
        found=found,
        judged=judged,
        like=like,
        qualities=texts.number_qualities,
        judge=texts.judge_number,
        too_small=TOO_SMALL,
        numbers=[entry.k for entry in outcome.selection.evidence if entry.k > 1],
        figures=figures,
        as_made=as_made,
        streams=None if as_made else streams,
        names={entry.segment: entry for entry in outcome.segments},
        ordered=outcome.behavior is not None,
        can_start=may("analyst") and not as_made,
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
def make_with_number(
    request: Request,
    name: str,
    k: Annotated[int, Form()],
    called: Annotated[str, Form(max_length=200)] = "",
    use: Annotated[bool, Form()] = False,
) -> Response:
    """Make the run again with another number of segments; what `clustera remake` does."""
    library = library_of(request)
    opened, called = library.open(name), called.strip()
    _check_number(opened, k)
    try:
        library.store.check_free(called) if called else None
    except RunError as error:
        return _number_page(request, opened, k, called=called, use=use, problem=error)
    spec = {"files": {}, "options": {"k": k}, "remake": opened.name, "name": called, "latest": use}
    return RedirectResponse(f"/jobs/{jobs_of(request).add(spec).id}", status_code=303)


@router.post("/runs/{name}/use")
def use_run(request: Request, name: str) -> Response:
    """Let "latest" mean this run; what `clustera runs alias latest RUN` does."""
    library = library_of(request)
    used = library.store.set_alias(LATEST, library.open(name).name)
    return RedirectResponse(f"/runs/{quote(used)}/overview", status_code=303)


def _free_name(library: Library, wanted: str) -> str:
    """The name, with a number behind it where there is such a run already."""
    for name in chain([wanted], (f"{wanted}-{number}" for number in count(2))):
        with suppress(RunError):
            library.store.check_free(name)
            return name
    raise AssertionError


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
            translate("Differences explained"),
            translate(
                "of the differences between customers are between segments, the rest within; more segments always explain more"
            ),
            lambda e: texts.format_share(e.explained),
        ),
        figure(
            translate("Smallest segment"), translate("share of customers"), lambda e: texts.format_share(e.smallest)
        ),
        figure(
            translate("Same customers"),
            translate("in the weakest segment, when segments are made again from a random sample"),
            lambda e: texts.format_share(e.jaccard),
        ),
    ]
    if measured.explains_future_spend is not None:
        later = translate(
            "of the differences in what customers spent in the last 3 months, by segments made from the orders before"
        )
        figures.append(figure(translate("Later spending explained"), later, _later_share))
    return tuple(figures)


def _later_share(entry: KEvidence) -> str:
    return "–" if entry.explains_future_spend is None else texts.format_share(entry.explains_future_spend)
