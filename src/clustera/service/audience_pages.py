"""Audiences: their list with sizes, and one that is being defined, counted while one types; each with its twins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from clustera import texts
from clustera.audiences import OPERATORS, add_condition, definition_words, tidy_definition
from clustera.errors import ClusteraError, InputError, RunError
from clustera.records import Audience, AudienceCount, segment_money
from clustera.segmentation.audiences import SelectedAudience, audience_summary
from clustera.segmentation.saved_audiences import SavedAudiences, audience_text, frozen_name
from clustera.service.answers import as_csv, as_json, frame_csv, run_page
from clustera.service.export_pages import exported
from clustera.service.held import drafts_of, kept_files_of, library_of
from clustera.service.library import Library, Opened
from clustera.service.overlap_pages import audiences_sql
from clustera.service.same import Same, as_command, as_python

router = APIRouter(include_in_schema=False)
LONGEST_DEFINITION = 4_000  # characters of a definition
_SAMPLES = 8
_NOT_IN_FORM = ("key", "name", "name_before", "action_code")  # the same as others, or of use to nobody
CLASH = 409  # somebody else saved the audience meanwhile


@router.get("/runs/{name}/audiences")
def audiences_page(request: Request, name: str) -> Response:
    """The audiences of the folder, with their sizes on this run."""
    library = library_of(request)
    opened = library.open(name)
    sizes = audience_sizes(library, opened)
    answered = [entry["name"] for entry in sizes if entry["customers"] is not None]
    return run_page(
        "audiences.html.j2",
        request,
        opened,
        "audiences",
        kept=sizes,
        same=Same(
            as_command("audience", library.store.folder, "list", "--run", opened.name),
            as_python(library.store.folder, opened.name, "seg.audience_sizes()"),
            f"/runs/{opened.name}/audiences",
            sql=audiences_sql(library, opened, "sizes", answered),
        ),
    )


@router.get("/runs/{name}/audiences.json")
def audiences_json(request: Request, name: str) -> Response:
    """What `clustera audience list --json` prints."""
    library = library_of(request)
    return as_json(audience_sizes(library, library.open(name)))


@router.get("/runs/{name}/audiences.csv")
def audiences_csv(request: Request, name: str) -> Response:
    """The audiences, one a row."""
    library = library_of(request)
    columns = ("name", "definition", "note", "minimum", "version", "saved", "customers")
    return as_csv(audience_sizes(library, library.open(name)), columns, name=f"{name}-audiences")


@router.get("/runs/{name}/audience")
def audience_page(  # noqa: PLR0917 - the fields of a form
    request: Request,
    name: str,
    define: str = "",
    column: str = "",
    operator: str = "",
    value: str = "",
    of: str = "",
    seen: int = 0,
    saved: int = 0,
    called: Annotated[str, Query(alias="name", max_length=120)] = "",
    note: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """An audience as a line of text, and who it means; `of` is the saved one that is changed, `seen` its version.

    `name` and `note` are what was typed to save it by; `column`, `operator` and `value` are a condition that the form adds; `saved` says that it was kept just now.
    """
    library = library_of(request)
    opened = library.open(name)
    if column:
        chosen = {"column": column, "operator": operator, "value": value}
        try:
            longer = add_condition(define, opened.seg.population, **chosen)
        except InputError as error:
            return _audience_page(request, opened, define, of=of, seen=seen, status=422, chosen=chosen, wrong=error)
        asked = {"define": longer} | ({"of": of, "seen": seen} if of else {})
        return RedirectResponse(f"/runs/{quote(opened.name)}/audience?{urlencode(asked)}", status_code=303)
    return _audience_page(request, opened, define, of=of, seen=seen, note=note, called=called, just_saved=bool(saved))


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of conditions, and whom it means; `problem` says why it can't be counted."""

    line: str
    chosen: SelectedAudience | None = None
    found: AudienceCount | None = None
    problem: ClusteraError | None = None

    @property
    def name(self) -> str:
        """Of the saved audience that the line is; "" where it is a definition."""
        return self.chosen.name if self.chosen else ""


def _counted(opened: Opened, line: str) -> Counted:
    if not line:
        return Counted(line)
    try:
        chosen = opened.seg.audience(line)
        return Counted(chosen.definition if chosen.name else line, chosen, chosen.count())
    except (InputError, RunError) as error:  # no such condition, or no such audience
        return Counted(line, problem=error)


def _audience_page(
    request: Request,
    opened: Opened,
    define: str,
    *,
    of: str = "",
    seen: int = 0,
    note: str | None = None,
    called: str = "",
    refused: ClusteraError | None = None,
    status: int = 200,
    anew: bool = False,
    just_saved: bool = False,
    chosen: Mapping[str, str] | None = None,
    wrong: InputError | None = None,
) -> Response:
    """The page of a definition; where it can't be saved because somebody else did meanwhile, with what they saved."""
    library = library_of(request)
    counted = _counted(opened, define.strip()[:LONGEST_DEFINITION])
    kept = SavedAudiences(library.store.audiences)
    if counted.name:
        of, seen = counted.name, kept.store.open(counted.name).version
    saved = _saved_audience(library, kept, of)
    with texts.speaking(opened.outcome.locale):
        columns = _form_columns(opened)
    return run_page(
        "audience.html.j2",
        request,
        opened,
        "audiences",
        status=status,
        anew=anew,
        called=called,
        refused=refused,
        just_saved=just_saved and bool(counted.name),
        frozen_name=frozen_name,
        chosen=chosen or {"column": "", "operator": "", "value": ""},
        wrong=wrong,
        clash=saved["versions"][0] if status == CLASH else None,
        seen=seen,
        note=saved["kept_note"] if note is None else note,
        starts=[] if counted.line else _starts(opened, kept.list()),
        define=counted.line,
        found=counted.found,
        problem=counted.problem,
        instead=getattr(counted.problem, "instead", ""),
        samples=_samples(counted),
        consent=opened.seg.consent,
        kept=kept_files_of(request).list(),
        roots=drafts_of(request).roots,
        columns=columns,
        operators=OPERATORS,
        segments={segment.segment: segment for segment in opened.outcome.segments},
        same=_same_audience(library, opened, define.strip()[:LONGEST_DEFINITION] or "everyone", counted),
        **saved,
    )


def _saved_audience(library: Library, kept: SavedAudiences, name: str) -> dict[str, Any]:
    """What the page tells of the saved audience: its versions, who uses it, its exports; nothing where there is none."""
    entry = kept.list().get(name)
    if entry is None:
        return {
            "named": "",
            "theirs": "",
            "kept_note": "",
            "used": (),
            "versions": (),
            "definitions": {},
            "exports": [],
        }
    versions = kept.store.versions(name)[::-1]
    return {
        "named": name,
        "theirs": entry.definition,
        "kept_note": entry.note,
        "used": kept.used_by(name),
        "versions": versions,
        "definitions": {v.version: kept.open(name, v.version).definition for v in versions},
        "exports": exported(library, name),
    }


def _form_columns(opened: Opened) -> list[tuple[str, str, str]]:
    """What a condition of the form may ask for: name, title and kind, by title."""
    columns = [c for c in opened.seg.population.columns.values() if c.name not in _NOT_IN_FORM]
    named = [(c.name, texts.audience_column_title(c.name, c.title), c.kind) for c in columns]
    return sorted(named, key=lambda entry: entry[1].casefold())


def _same_audience(library: Library, opened: Opened, asked: str, counted: Counted) -> Same:
    return Same(
        as_command("audience", library.store.folder, "count", asked, "--run", opened.name),
        as_python(library.store.folder, opened.name, f"seg.audience({asked!r}).count()"),
        f"/runs/{opened.name}/audience",
        query=urlencode({"define": asked}),
        sql=counted.chosen.sql(opened.run.path) if counted.chosen else "",
    )


@router.get("/runs/{name}/audience.json")
def audience_json(request: Request, name: str, define: str = "everyone") -> Response:
    """What `clustera audience count --json` prints."""
    seg = library_of(request).open(name).seg
    chosen = seg.audience(define)
    counted: AudienceCount = chosen.count()
    return as_json({"name": chosen.name, "definition": chosen.definition} | audience_summary(counted, seg.names))


@router.get("/runs/{name}/audience-words.json")
def audience_words_json(request: Request, name: str) -> Response:
    """The words that a definition may use on this run: columns, comparisons, values, segments, audiences."""
    library = library_of(request)
    opened = library.open(name)
    return as_json(definition_words(opened.seg.population, SavedAudiences(library.store.audiences).list()))


@router.get("/runs/{name}/audience.csv")
def audience_csv(request: Request, name: str, define: str = "everyone") -> Response:
    """The customers of an audience, one a row."""
    chosen = library_of(request).open(name).seg.audience(define)
    return frame_csv(chosen.customers(), name=f"{name}-audience")


@router.post("/runs/{name}/audience")
def save_by_form(  # noqa: PLR0917 - the fields of a form
    request: Request,
    name: str,
    called: Annotated[str, Form(alias="name", max_length=120)],
    define: Annotated[str, Form(max_length=LONGEST_DEFINITION)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
    then: Annotated[str, Form(pattern="^(export)?$")] = "",
    of: Annotated[str, Form(max_length=120)] = "",
    seen: Annotated[int, Form(ge=0)] = 0,
) -> Response:
    """Keep an audience; what `clustera audience save` does. What can't be kept stands in the form again, with the reason.

    `then` names the page that comes next, `seen` the version that somebody began with: where there is another one by now,
    nothing is written, and the page shows both.
    """
    library = library_of(request)
    opened = library.open(name)
    kept = SavedAudiences(library.store.audiences)
    try:
        if not define.strip():
            raise InputError("The line of conditions is empty.", hint="Write one, or everyone for all customers.")
        text = audience_text(called.strip(), define, note=note, minimum=None, saved=kept)
        newest = kept.store.list().get(called.strip())
        if newest is None or newest.version == seen or newest.text == text:
            kept.save(text, population=opened.seg.population, run=opened.name)
        elif not then or kept.open(called.strip()).definition != tidy_definition(define):
            return _audience_page(
                request, opened, define, of=called.strip(), seen=newest.version, note=note, status=CLASH, anew=not seen
            )
    except ClusteraError as error:
        return _audience_page(
            request, opened, define, of=of, seen=seen, note=note, called=called, refused=error, status=422
        )
    asked = urlencode({"audience": called.strip()} if then else {"define": called.strip(), "saved": 1})
    return RedirectResponse(f"/runs/{quote(opened.name)}/{then or 'audience'}?{asked}", status_code=303)


@router.post("/runs/{name}/audience/restore")
def restore_by_form(
    request: Request,
    name: str,
    called: Annotated[str, Form(alias="name", max_length=120)],
    version: Annotated[int, Form(ge=1)],
) -> Response:
    """Make an earlier version the newest again; what `clustera audience restore` does."""
    library = library_of(request)
    opened = library.open(name)
    SavedAudiences(library.store.audiences).restore(called, version, population=opened.seg.population, run=opened.name)
    return _to_audience(opened, called)


@router.post("/runs/{name}/audience/freeze")
def freeze_by_form(
    request: Request,
    name: str,
    called: Annotated[str, Form(alias="name", max_length=120)],
    to: Annotated[str, Form(alias="as", max_length=120)] = "",
) -> Response:
    """Keep who is in it now as an audience that never changes; what `clustera audience freeze` does."""
    library = library_of(request)
    opened = library.open(name)
    kept = SavedAudiences(library.store.audiences)
    population, exports = opened.seg.population, library.store.exports
    change = kept.freeze(called, exports, population=population, run=opened.name, to=to.strip())
    return _to_audience(opened, change.audience.name)


@router.post("/runs/{name}/audience/delete")
def delete_by_form(request: Request, name: str, called: Annotated[str, Form(alias="name", max_length=120)]) -> Response:
    """Remove an audience with its versions; what `clustera audience delete` does."""
    library = library_of(request)
    opened = library.open(name)
    SavedAudiences(library.store.audiences).delete(called)
    return RedirectResponse(f"/runs/{quote(opened.name)}/audiences", status_code=303)


def _to_audience(opened: Opened, called: str) -> Response:
    return RedirectResponse(f"/runs/{quote(opened.name)}/audience?{urlencode({'define': called})}", status_code=303)


def _starts(opened: Opened, saved: Mapping[str, Audience]) -> list[tuple[str, str]]:
    """Definitions to begin with, in words and as a line: those that the run's columns can answer."""
    columns = opened.seg.population.columns
    segments = opened.outcome.segments
    worth = {part.segment: part.per_customer for part in segment_money(opened.outcome)}
    best = max(segments, key=lambda s: worth.get(s.segment, 0.0)) if worth else segments[0]
    found = [(texts.translate("Everybody in {name}", name=best.name), f"segment is {best.segment}")]
    if "overdue" in columns:
        found.append(
            (
                texts.translate("{name} who are overdue", name=best.name),
                f"segment is {best.segment} and overdue is true",
            )
        )
    if "last_purchase" in columns:
        found.append((texts.translate("No purchase in the last 90 days"), "last_purchase more than 90 days ago"))
    if "segment_before" in columns and worth:
        left = f"segment_before is {best.segment} and segment is not {best.segment}"
        found.append((texts.translate("Were in {name} before, and are not any more", name=best.name), left))
    return found + [
        (
            texts.translate("Everybody who is not in {name}", name=name),
            f"not in audience {json.dumps(name, ensure_ascii=False)}",
        )
        for name in list(saved)[:1]
    ]


def audience_sizes(library: Library, opened: Opened) -> list[dict[str, Any]]:
    """The saved audiences of the folder, each with its size on a run; none where the run can't answer it."""
    kept = SavedAudiences(library.store.audiences)
    versions = kept.store.list()
    return [
        {
            "name": name,
            "definition": entry.definition,
            "note": entry.note,
            "minimum": entry.minimum,
            "version": versions[name].version,
            "saved": versions[name].saved,
            "customers": _size(opened, name),
        }
        for name, entry in kept.list().items()
    ]


def _size(opened: Opened, name: str) -> int | None:
    try:
        return opened.seg.audience(name).count().customers
    except InputError:
        return None


def _samples(counted: Counted) -> list[dict[str, Any]]:
    if counted.chosen is None or counted.found is None or not counted.found.customers:
        return []
    selection = counted.chosen.selection
    # Two columns only: a page is made at every pause of whoever types.
    found = selection.rows.query(f"select id, segment from {{rows}} where {selection.sql} limit {_SAMPLES}")
    return [{"id": str(row["id"]), "segment": row["segment"]} for row in found.to_pylist()]
