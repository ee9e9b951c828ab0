"""Answers: pages, JSON, CSV, and what went wrong in the house's wording."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Scope

from clustera import components, texts
from clustera.components.directions import isolate_names
from clustera.components.markup import fill_from
from clustera.errors import ClusteraError, InputError, MissingError, RunError, mask_secrets
from clustera.segmentation.summary import plain_json
from clustera.service.accounts import NotAllowedError, TooOftenError
from clustera.service.assets import asset
from clustera.service.errors import StillWorkingError
from clustera.service.held import library_of, theme_of
from clustera.service.jobs import QueueFullError
from clustera.service.library import Opened
from clustera.service.persons import PERSON, Role
from clustera.spoken_options import in_api, on_page
from clustera.store import spreadsheet_safe
from clustera.version import __version__

if TYPE_CHECKING:
    import pandas as pd

PROBLEM = "application/problem+json"


def page(template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """One page, or a part of one."""
    known = {"asset": asset, "version": __version__, "theme": "", "nav": "", "opened": None, "same": ()}
    known |= {"person": PERSON.get(), "may": may, "when": when, "zone": zone_name()}
    content = fill_from("clustera.service", template, **(known | context))
    return HTMLResponse(isolate_names(content, str(context.get("lang", "en"))), status_code=status)


def when(moment: float | str) -> str:
    """A time (seconds since 1970-01-01, or as ISO 8601 writes it) as people read it, to the minute, where this computer is."""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else datetime.fromtimestamp(moment, UTC)
    return known.astimezone().strftime("%Y-%m-%d %H:%M")


def zone_name() -> str:
    """The time zone of this computer, in which pages write all times: "UTC", or its name and what it is ahead of that."""
    now = datetime.now().astimezone()
    return f"{now.tzname()} (UTC{now.isoformat()[-6:]})" if now.utcoffset() else "UTC"


def may(role: Role) -> bool:
    """Whether whoever asks may do what needs a role, so that a page shows no way to where it would be refused."""
    person = PERSON.get()
    return person is not None and person.may(role)


def as_json(content: object, *, status: int = 200) -> JSONResponse:
    """JSON values; what is no number becomes null."""
    return JSONResponse(plain_json(content), status_code=status)


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, name: str) -> StreamingResponse:
    """Rows as a CSV file that no spreadsheet takes for formulas, sent while it is written.

    Its first rows are made before the answer begins, so that what can't be read is refused in a sentence.
    """
    headers = {"Content-Disposition": f'attachment; filename="{file_name(name)}.csv"'}
    lines = _lines(rows, columns)
    begun = chain([next(lines)], lines)
    return StreamingResponse(begun, media_type="text/csv; charset=utf-8", headers=headers)


def frame_csv(frame: pd.DataFrame, *, name: str) -> StreamingResponse:
    """A frame as such a file."""
    columns = list(frame.columns)
    rows = (dict(zip(columns, row, strict=True)) for row in frame.itertuples(index=False, name=None))
    return as_csv(rows, columns, name=name)


def _lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(map(spreadsheet_safe, columns))
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(row.get(column)) for column in columns])
        if number % 1_000 == 0:
            yield held.getvalue()
            held.seek(0)
            held.truncate()
    yield held.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value != value else value  # noqa: PLR0124 - only NaN differs from itself


FILE_FIELD = {"type": "string", "format": "binary"}  # a file in a form, as OpenAPI describes it


def form_body(properties: Mapping[str, Any], *, required: Sequence[str] = ()) -> dict[str, Any]:
    """The body of an address that takes a form with files, as OpenAPI describes it.

    >>> form_body({"orders": FILE_FIELD}, required=["orders"])["requestBody"]["required"]
    True
    """
    schema = {"type": "object", "properties": dict(properties)} | ({"required": list(required)} if required else {})
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def file_name(text: str) -> str:
    """A name for a download: letters, digits, "-", "_" and "." only.

    >>> file_name("Best customers / 2025")
    'Best-customers---2025'
    """
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)[:80] or "table"


def problem(
    status: int,
    message: str,
    hint: str = "",
    *,
    request_id: str = "",
    field: str = "",
    further: Sequence[ClusteraError] = (),
    said: Callable[[str], str] = in_api,
) -> JSONResponse:
    """What went wrong, as RFC 9457 has it: `title` is the sentence, `detail` the cure, `instance` names a bug in the log.

    `field` is which of the fields that were sent it is about, where it is one; `errors` is what is wrong in others;
    `said` is how options are said to whoever reads it.
    """
    content = {"type": "about:blank", "status": status, "title": said(message), "detail": said(hint)}
    content |= {"field": field} if field else {}
    if further:
        content["errors"] = [
            {"title": said(one.message), "detail": said(one.hint), "field": one.field} for one in further
        ]
    content |= {"instance": f"urn:clustera:request:{request_id}"} if request_id else {}
    return JSONResponse(content, status_code=status, media_type=PROBLEM)


def refusal(
    scope: Scope,
    status: int,
    message: str,
    hint: str = "",
    *,
    request_id: str = "",
    field: str = "",
    further: Sequence[ClusteraError] = (),
) -> Response:
    """What went wrong, as whoever asks can read it: a page for people, problem+json for software.

    Args:
        scope: Of the request.
        status: The HTTP status.
        message: What was seen.
        hint: The cure.
        request_id: By which the log has it, where it is a bug.
        field: Of the form, where it is about one.
        further: What else is wrong, in other fields.
    """
    message, hint = mask_secrets(message), mask_secrets(hint)
    if wants_page(scope):
        way = _way_on(scope["path"], status)
        told = {"message": message, "hint": hint, "further": further, "way": way, "request_id": request_id}
        return page("problem.html.j2", status, code=status, **told)
    # The script of a page sends its forms, and shows on it what is wrong.
    said = in_api if _is_for_software(scope["path"]) else on_page
    return problem(status, message, hint, request_id=request_id, field=field, further=further, said=said)


def error_answer(scope: Scope, error: ClusteraError) -> Response:
    """An error of the house, as whoever asks can read it.

    Args:
        scope: Of the request.
        error: What went wrong; where the folder of runs lies is nobody's business but the operator's.
    """
    folder = library_of(Request(scope)).store.folder
    message, hint = (
        said.replace(str(folder), folder.name) if folder.is_absolute() and folder.name else said
        for said in (error.message, error.hint)
    )
    return refusal(scope, status_of(error), message, hint, field=error.field, further=error.further)


def _way_on(path: str, status: int) -> tuple[str, str] | None:
    """Where somebody can go on from a page that went wrong, and how that place is called."""
    if status in (401, 421):
        return None  # no page of this service would open
    parts = path.strip("/").split("/")
    if parts[0] in ("admin", "account"):
        return f"/{'/'.join(parts[:2] if parts[0] == 'admin' else parts[:1])}", texts.translate("Back")
    if parts[0] == "new":
        return "/new", texts.translate("New segmentation")
    if parts[0] == "runs" and len(parts) > 2 and (status != 404 or parts[2] == "export"):
        place = "audiences" if parts[2] == "export" else "overview"
        label = texts.translate("Audiences") if parts[2] == "export" else texts.translate("Overview")
        return f"/runs/{quote(parts[1])}/{place}", label
    return "/runs", texts.translate("All runs")


def wants_page(scope: Scope) -> bool:
    """Whether a request is one of a person with a browser."""
    if _is_for_software(scope["path"]):
        return False
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" in accepted


def _is_for_software(path: str) -> bool:
    return path.startswith("/api/") or path.endswith((".json", ".csv"))


def status_of(error: ClusteraError) -> int:
    """The HTTP status of an error of the house.

    Args:
        error: What went wrong. What is named and not there is 404, what is there and can't be used or changed as it is 409,
            whichever method asks.
    """
    if isinstance(error, QueueFullError | TooOftenError):
        return 429
    if isinstance(error, NotAllowedError):
        return 403
    if isinstance(error, StillWorkingError):
        return 409
    if isinstance(error, MissingError):
        return 404
    if isinstance(error, RunError):
        return 409
    return 422 if isinstance(error, InputError) else 503


def run_page(
    template: str, request: Request, opened: Opened, nav: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """A page of a run, in the run's language."""
    with texts.speaking(opened.outcome.locale):
        return page(
            template,
            status,
            opened=opened,
            outcome=opened.outcome,
            nav=nav,
            author=unquote(request.cookies.get("clustera_author", ""))[:80],
            subject=components.note_subject,
            note_day=components.note_day,
            theme=theme_of(request),
            lang=opened.outcome.locale.code,
            **context,
        )


def page_part(template: str, /, **context: object) -> str:
    """A piece of a page."""
    return str(fill_from("clustera.service", template, may=may, **context))
