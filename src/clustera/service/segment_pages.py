"""The page of one segment with its twins: who they are, what sets them apart, who came and who went; its name."""

from __future__ import annotations

from dataclasses import asdict
from operator import attrgetter
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import components, texts
from clustera.errors import MissingError
from clustera.records import Comparison, Move, SegmentProfile
from clustera.service.answers import as_csv, as_json, may, run_page
from clustera.service.compare_pages import latest_comparison
from clustera.service.held import library_of
from clustera.service.library import Opened
from clustera.service.mailing import mailing_lists
from clustera.service.same import Same, as_command, as_python
from clustera.service.uses import segment_sizes, segment_uses
from clustera.store import CustomerQuery

router = APIRouter(include_in_schema=False)


@router.get("/runs/{name}/segments/{number}.json")
def segment_json(request: Request, name: str, number: int) -> Response:
    """One segment, as in profile.json."""
    opened = library_of(request).open(name)
    found = segment_of(opened, number)
    moves = latest_comparison(opened.outcome)
    came, went = ([asdict(move) for move in side] for side in _sides(moves, number))
    actions = [asdict(action) for action in opened.outcome.actions if action.segment == number]
    kept = opened.outcome.recommended
    items = [asdict(item) for item in kept.next_items if item.segment == number] if kept else []
    causes = [asdict(cause) for cause in moves.causes if number in (cause.before, cause.after)] if moves else []
    told = {"actions": actions, "came_from": came, "went_to": went, "causes": causes, "next_items": items}
    return as_json(asdict(found) | told)


@router.get("/runs/{name}/segments/{number}.csv")
def segment_csv(request: Request, name: str, number: int) -> Response:
    """One segment's features, one a row."""
    opened = library_of(request).open(name)
    rows = [asdict(feature) for feature in segment_of(opened, number).features]
    columns = ("feature", "mean", "median", "low", "high", "center", "index", "effect")
    return as_csv(rows, columns, name=f"{opened.name}-segment-{number}")


@router.get("/runs/{name}/segments/{number}")
def segment_page(request: Request, name: str, number: int) -> Response:
    """One segment: who they are, what sets them apart, who came and who went."""
    library = library_of(request)
    opened = library.open(name)
    found, outcome = segment_of(opened, number), opened.outcome
    moves = latest_comparison(outcome)
    came, went = _sides(moves, number)
    with texts.speaking(outcome.locale), components.listing(""):
        card = components.segment_card(found, outcome)
        lists = mailing_lists(opened, number)
        shown = components.segment_distributions(found, outcome, opened.drawn)
        features = components.feature_table(found, outcome)
        shares = components.descriptor_table(found, outcome)
        because = _because(opened, moves, number)
        next_items, pairs = components.segment_next_tables(outcome, number)
        kept = outcome.recommended
        hint = texts.names_hint([i.item for i in kept.next_items], opened.name) if kept else ""
    return run_page(
        "segment_page.html.j2",
        request,
        opened,
        "segments",
        segment=found,
        card=card,
        lists=lists,
        distributions=shown,
        features=features,
        shares=shares,
        next_items=next_items,
        pairs=pairs,
        names_hint=hint,
        moves=moves,
        came=came,
        went=went,
        joined=dict(moves.came).get(number, 0) if moves else 0,
        left=dict(moves.left).get(number, 0) if moves else 0,
        because=because,
        names={entry.segment: entry for entry in outcome.segments},
        uses=segment_uses(library, opened, number),
        sizes=segment_sizes(library, opened, number),
        same=Same(
            as_command("show", library.store.folder, opened.name),
            as_python(library.store.folder, opened.name, f"seg.segments[seg.segments.segment == {number}]"),
            f"/runs/{opened.name}/segments/{number}",
            sql=opened.customers.sql(CustomerQuery(segment=number), opened.run.path) if may("analyst") else "",
        ),
    )


@router.post("/runs/{name}/segments/{number}/name")
def rename_by_form(
    request: Request, name: str, number: int, given: Annotated[str, Form(alias="name", max_length=120)]
) -> Response:
    """Give a segment a name of its own; what `clustera rename` does."""
    library = library_of(request)
    opened = library.open(name)
    library.store.rename(opened.name, number, given)
    return RedirectResponse(f"/runs/{quote(opened.name)}/segments/{number}", status_code=303)


def segment_of(opened: Opened, number: int) -> SegmentProfile:
    """One segment of a run.

    Raises:
        RunError: it has no such segment.
    """
    for profile in opened.outcome.segments:
        if profile.segment == number:
            return profile
    there = ", ".join(str(profile.segment) for profile in opened.outcome.segments)
    raise MissingError(f"{opened.name} has no segment {number}.", hint=f"It has: {there}.")


def _because(opened: Opened, moves: Comparison | None, number: int) -> dict[str, Any]:
    """Because of which feature customers came and went: in a sentence each, and by move."""
    if moves is None or not moves.causes:
        return {}
    titles = opened.seg.feature_titles
    moved = {(m.before, m.after): texts.moved_because(moves.causes_of(m), titles) for m in moves.movers}
    came, went = (
        [c for c in moves.causes if side(c) == number] for side in (attrgetter("after"), attrgetter("before"))
    )
    return {
        "came": texts.came_because(came, titles, came=True),
        "went": texts.came_because(went, titles, came=False),
        "moves": moved,
    }


def _sides(moves: Comparison | None, number: int) -> tuple[list[Move], list[Move]]:
    """Moves into a segment and out of it, the largest first."""
    real = moves.movers if moves else ()
    came = sorted((move for move in real if move.after == number), key=lambda move: -move.count)
    went = sorted((move for move in real if move.before == number), key=lambda move: -move.count)
    return came, went
