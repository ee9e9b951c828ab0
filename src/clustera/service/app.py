"""The application: guards, pages, their twins, and what is answered when something goes wrong."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect

from clustera.errors import ClusteraError, machine_error, mask_secrets
from clustera.service import (
    account_pages,
    admin_pages,
    api,
    api_audiences,
    api_campaigns,
    api_comparisons,
    api_databases,
    api_docs,
    api_exports,
    api_offers,
    api_predict,
    api_schedules,
    assets,
    audience_pages,
    campaign_counts_pages,
    campaign_pages,
    campaign_results_pages,
    compare_pages,
    contact_pages,
    customer_pages,
    database_pages,
    export_pages,
    job_pages,
    mailing_pages,
    metrics,
    new_pages,
    note_pages,
    number_pages,
    offer_pages,
    oidc_pages,
    overlap_pages,
    recommendation_pages,
    run_pages,
    schedule_pages,
    segment_pages,
    what_if_pages,
)
from clustera.service.accounts import COST, Cost
from clustera.service.answers import error_answer, refusal
from clustera.service.backroom import Backroom
from clustera.service.database import DESK
from clustera.service.entrance import Entrance
from clustera.service.guards import ANOTHER_BROWSER, HEADERS, PRIVATE, Guards, cookie_name
from clustera.service.kept_contacts import KeptFiles
from clustera.service.library import Library
from clustera.service.limits import RATE_LIMIT, Limits
from clustera.service.lists import ListDrafts
from clustera.service.oidc import OidcSettings, Provider
from clustera.service.repeated import Answers
from clustera.service.sessions import Sessions
from clustera.version import __version__

UPLOAD_LIMIT = 4 << 30
_ABOUT = "Customer segments: make runs, read what they found, look customers up, assign new ones."
_A_YEAR = "public, max-age=31536000, immutable"
_log = logging.getLogger("clustera.service")


class Service(FastAPI):
    """The application, with a description that names the errors of all addresses once."""

    def openapi(self) -> dict[str, Any]:
        """The API as OpenAPI."""
        described = super().openapi()
        described["components"]["schemas"][api.Problem.__name__] = api.Problem.model_json_schema()
        return described


_API = (
    api_predict,  # the first: addresses are tried in this order, and this one is asked most
    api,
    api_audiences,
    api_campaigns,
    api_comparisons,
    api_databases,
    api_exports,
    api_offers,
    api_schedules,
    metrics,
    api_docs,
)
_PAGES = (
    run_pages,
    segment_pages,
    customer_pages,
    mailing_pages,
    recommendation_pages,
    offer_pages,
    database_pages,
    new_pages,
    job_pages,
    what_if_pages,
    note_pages,
    number_pages,
    audience_pages,
    campaign_counts_pages,
    campaign_pages,
    campaign_results_pages,
    export_pages,
    overlap_pages,
    contact_pages,
    compare_pages,
    account_pages,
    oidc_pages,
    admin_pages,
    schedule_pages,
)


def create_app(
    runs: Path,
    *,
    sessions: Sessions,
    hosts: frozenset[str],
    address: str = "",
    roots: Sequence[Path] = (),
    limit: int = UPLOAD_LIMIT,
    cost: Cost = COST,
    warm: bool = False,
    rate: float = RATE_LIMIT,
    pages: bool = True,
    shared: Path | None = None,
    oidc: OidcSettings | None = None,
) -> FastAPI:
    """The service of a folder of runs, ready for any ASGI server.

    Args:
        runs: Folder of runs.
        sessions: Who may enter.
        hosts: What requests may call this host, ports included: "127.0.0.1:8420".
        address: Of the database; a file beside the runs when empty.
        roots: Folders whose files may be named by their path.
        limit: Bytes that one request may bring.
        cost: Of argon2, by which passwords are kept.
        warm: Open the newest run at the start, so that its first visitor need not wait.
        rate: Requests a second that one client may send for long; 0 for any number.
        pages: Answer people as well; False leaves the API only.
        shared: Folder of what the processes of one service share; this is one of them, and `Backroom` is another.
        oidc: A provider by which people may sign in as well.
    """
    provider = Provider(oidc) if oidc else None
    library = Library(runs)
    backroom = Backroom(runs, address=address, roots=roots, works=shared is None)
    drafts, desk = backroom.drafts, backroom.desk

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        backroom.open()
        for task in [library.warm] * warm + [partial(app.state.meter.tell_until, app.state.stopping)] * bool(shared):
            threading.Thread(target=task, name="clustera-beside", daemon=True).start()
        yield
        app.state.stopping.set()
        backroom.close()
        library.close()

    app = Service(
        title="Clustera",
        description=_ABOUT,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.library = library
    entrance = Entrance(sessions, desk, cost=cost, shared=shared is not None)
    app.state.entrance = entrance
    app.state.provider = provider
    app.state.drafts = drafts
    app.state.lists = ListDrafts(drafts)
    app.state.kept_files = KeptFiles(runs / DESK / "contacts")
    app.state.answers = Answers(runs / DESK / "answers")
    app.state.jobs = desk.open
    app.state.known_jobs = desk.known
    app.state.is_writable = desk.is_writable
    app.state.limit = limit
    app.state.stopping = threading.Event()
    app.state.meter = metrics.Meter(shared)
    # The last one added stands before all others.
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(api_predict.PredictOne, library=library)
    app.add_middleware(Limits, rate=rate, refuse=refusal, limit=limit, file=shared / "rates" if shared else None)
    app.add_middleware(Guards, hosts=hosts, entrance=entrance, refuse=refusal, limit=limit, pages=pages)
    app.add_middleware(metrics.Metered, meter=app.state.meter)
    _add_errors(app)
    if pages:
        _add_doors(app, entrance)
    for part in (*_API, *(_PAGES if pages else ())):
        app.include_router(part.router)
    app.include_router(api_docs.health)
    return app


def _add_doors(app: FastAPI, entrance: Entrance) -> None:
    @app.get("/enter", include_in_schema=False)
    def enter(request: Request, token: str = "") -> Response:
        session = entrance.enter(token)
        if session is None:
            if entrance.guarded or entrance.by_session(request.cookies.get(cookie_name(request.scope), "")):
                return RedirectResponse("/", status_code=303)
            told, cure = (
                ("This link was used already: it works once, in one browser.", ANOTHER_BROWSER)
                if entrance.was_used(token)
                else (
                    "This link does not work: the service was started again since, or a part of the link is missing.",
                    "Open the newest link that `clustera serve` printed in the terminal.",
                )
            )
            return refusal(request.scope, 401, told, cure)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(cookie_name(request.scope), session, httponly=True, samesite="strict", path="/")
        return answer

    @app.get("/static/{version}/{name}", include_in_schema=False)
    def static(version: str, name: str) -> Response:
        held = assets.content(name)
        if held is None:
            raise HTTPException(404)
        kept = _A_YEAR if assets.asset(name) == f"/static/{version}/{name}" else "no-cache"
        return Response(held, media_type=assets.kind(name), headers={"Cache-Control": kept})


_BODY = "Send what the description of this address in /api/v1/openapi.json asks for."


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ClusteraError)
    def known(request: Request, error: ClusteraError) -> Response:
        return error_answer(request.scope, error)

    @app.exception_handler(MemoryError)
    @app.exception_handler(OSError)
    def of_the_machine(request: Request, error: Exception) -> Response:
        told = machine_error(error)
        if told is None:
            raise error
        _log.error("%s %s: %s", request.method, request.url.path, mask_secrets(str(error)))
        return error_answer(request.scope, told)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return refusal(request.scope, 422, f"The body is not JSON: see character {first['loc'][-1]}.", _BODY)
        where = ".".join(str(part) for part in first["loc"][1:])
        return refusal(
            request.scope, 422, f"{where}: {first['msg']}.", "The address or the form has a value that can't be used."
        )

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        is_api = request.url.path.startswith(api.PREFIX)
        said = {
            404: "There is no such address." if is_api else "There is no such page.",
            405: "This address can't be asked for in this way."
            if is_api
            else "This page can't be asked for in this way.",
            413: "This is too large.",
            415: "A body of this kind is not read here.",
        }
        cures = {
            400: _BODY if is_api else "Choose fewer or smaller files.",
            404: "It may have been moved, or its files were kept for a day only.",
            405: "The methods of each address are listed in /api/v1/openapi.json.",
            413: "Send less at a time.",
            415: f"Send application/json, text/csv or {api_predict.ARROW}.",
        }
        status = error.status_code
        message = said.get(status, f"{str(error.detail).rstrip('.')}.")
        return refusal(request.scope, status, message, cures.get(status, ""))

    @app.exception_handler(ClientDisconnect)
    def cut_off(request: Request, error: ClientDisconnect) -> Response:  # who closes a page while a file is sent
        return refusal(request.scope, 400, "The request ended before all of it had arrived.", "Send it again.")

    @app.exception_handler(Exception)
    def bug(request: Request, error: Exception) -> Response:
        request_id = secrets.token_hex(4)
        _log.error("%s: %s %s: %s", request_id, request.method, request.url.path, mask_secrets(repr(error)))
        answer = refusal(
            request.scope,
            500,
            "This page could not be made. It is a bug of Clustera.",
            "Nothing of yours is lost. Please report it with the request id and the lines that `clustera serve` printed.",
            request_id=request_id,
        )
        # This answer is made outside of the guards.
        answer.headers.update(HEADERS | {"Cache-Control": PRIVATE, "X-Request-Id": request_id})
        return answer
