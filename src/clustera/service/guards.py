"""What stands before every page: the host, who asks, what they may, where it comes from, and the headers of the answer."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clustera.errors import ClusteraError
from clustera.service.access import ANYONE, Rule, is_known, rule_of
from clustera.service.answers import error_answer, problem, wants_page
from clustera.service.entrance import Entrance
from clustera.service.persons import PERSON, Person
from clustera.store import ACTING

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would take the Origin from our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PRIVATE = "private, no-store"
_ALWAYS = [
    (name.lower().encode(), value.encode()) for name, value in (HEADERS | {"Cache-Control": PRIVATE}).items()
]  # unless the answer has its own
ANOTHER_BROWSER = (
    "To use another browser, stop `clustera serve` in the terminal with Ctrl-C and start it again: it prints a new link. To use "
    "several, make an account on the page Accounts of the browser that is signed in; then each signs in with its name and password."
)
_SAFE = {"GET", "HEAD", "OPTIONS"}
_OF_SOFTWARE = ("/api/v1/", "/health", "/ready", "/metrics")
Refuse = Callable[[Scope, int, str, str], Response]


class Guards:
    """Refuses what comes from elsewhere or nobody may ask for, keeps the record, and sets the headers of every answer.

    Sources: OWASP, DNS rebinding and CSRF cheat sheets; web.dev, Fetch Metadata; Go 1.25 net/http CrossOriginProtection.

    Args:
        app: What is guarded.
        hosts: What a request may call this host, ports included.
        entrance: Who may come in.
        limit: Bytes that one request may announce.
        refuse: Makes the answer of a refusal from the request's scope, a status, a sentence and its cure.
        pages: Whether there are pages; without them only what software asks for is answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        entrance: Entrance,
        refuse: Refuse,
        limit: int,
        pages: bool = True,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._entrance = entrance
        self._refuse = refuse
        self._limit = limit
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        rule = rule_of(scope["method"], scope["path"])
        try:
            answer = await self._refused(scope, headers, rule)
        except ClusteraError as error:  # the database can't be read
            answer = error_answer(scope, error)
        await (answer or self._app)(scope, receive, self._noting(scope, rule, receive, _with_headers(send)))

    async def _refused(self, scope: Scope, headers: Headers, rule: Rule | None) -> Response | None:
        answer = self._foreign(scope, headers)
        if answer is None and (rule is None or rule.role != ANYONE):
            person = await self._person(scope, headers)
            if person is None:
                answer = self._unknown(scope)
            else:
                PERSON.set(person)
                ACTING.set(person.name if person.account is not None else "")
                scope.setdefault("state", {})["person"] = person
                answer = self._not_allowed(scope, rule, person)
        return answer or self._too_large(scope, headers)

    def _foreign(self, scope: Scope, headers: Headers) -> Response | None:
        if not self._pages and not scope["path"].startswith(_OF_SOFTWARE):
            return problem(404, "There is no such address.", "This service has the API only: see /api/v1/openapi.json.")
        if headers.get("host", "").lower() not in self._hosts:
            return self._refuse(
                scope,
                421,
                "This address is not one of this service.",
                "Open the address that `clustera serve` printed; `--allow-host` adds a name.",
            )
        if scope["method"] in _SAFE or _key_of(headers) is not None or comes_from_here(headers):
            return None
        rule = rule_of(scope["method"], scope["path"])
        if session_of(headers, scope) or (rule and rule.role == ANYONE):
            return self._refuse(
                scope,
                403,
                "This request did not come from a page of this service, so nothing was changed.",
                "Use the page itself; other software sends an API key (docs/service.md).",
            )
        return None

    async def _person(self, scope: Scope, headers: Headers) -> Person | None:
        key = _key_of(headers)
        find, secret = (
            (self._entrance.look_session, session_of(headers, scope)) if key is None else (self._entrance.look_key, key)
        )
        seen = find(secret) if self._entrance.at_hand else await run_in_threadpool(find, secret)
        if seen is not None and seen.due:
            await run_in_threadpool(self._entrance.credentials.note_use, seen)
        return seen.person if seen else None

    def _not_allowed(self, scope: Scope, rule: Rule | None, person: Person) -> Response | None:
        if rule is None:
            known = is_known(scope["path"])
            return self._refuse(
                scope,
                405 if known else 404,
                "This page can't be asked for in this way." if known else "There is no such page.",
                "" if known else "It may have been moved, or its files were kept for a day only.",
            )
        if rule.browser and person.how == "key":
            return self._refuse(
                scope,
                403,
                "No key opens this page.",
                "Sign in with a browser: accounts and keys are looked after there.",
            )
        if not person.may(rule.role):  # type: ignore[arg-type]
            return self._refuse(
                scope,
                403,
                f"This needs the role {rule.role}, and {person.name} has the role {person.role}.",
                "Ask an admin of this service for it.",
            )
        return None

    def _too_large(self, scope: Scope, headers: Headers) -> Response | None:
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) <= self._limit:
            return None
        return self._refuse(
            scope,
            413,
            f"This is more than the {self._limit >> 20:,} MB that one upload may have.",
            "Bring it as Parquet or packed (.gz, .zip), or segment it with the command: clustera segment FILE",
        )

    def _unknown(self, scope: Scope) -> Response:
        if not self._pages:
            return problem(
                401, "This request has no key that works here.", "Send it in a header: Authorization: Bearer KEY"
            )
        if not self._entrance.guarded:
            return self._refuse(
                scope,
                401,
                "This browser is not signed in, or the service was started again since.",
                f"Open the link that `clustera serve` printed in the terminal. It works once, in one browser. {ANOTHER_BROWSER}",
            )
        if scope["method"] == "GET" and wants_page(scope):
            query = scope["query_string"].decode("latin-1")
            asked = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(
                "/login" if asked == "/" else f"/login?next={quote(asked, safe='')}", status_code=303
            )
        return self._refuse(
            scope,
            401,
            "Nobody is signed in here, or the session or key has ended.",
            "Sign in at /login; other software sends an API key (docs/service.md).",
        )

    def _noting(self, scope: Scope, rule: Rule | None, receive: Receive, send: Send) -> Send:
        """Nothing is answered before it stands in the record; where it can't, that is the answer."""
        kept = True

        async def sent(message: Message) -> None:
            nonlocal kept
            if message["type"] == "http.response.start" and rule is not None and rule.did and self._entrance.guarded:
                try:
                    await self._note(scope, rule, message)
                except ClusteraError as error:
                    kept = False
                    if scope["method"] not in _SAFE:
                        error.hint += " What was asked for may be done all the same: look before you send it again."
                    await error_answer(scope, error)(scope, receive, send)
            if kept:
                await send(message)

        return sent

    async def _note(self, scope: Scope, rule: Rule, message: MutableMapping[str, Any]) -> None:
        state = scope.get("state", {})
        person: Person | None = state.get("person")
        if person is None:
            return
        query = scope["query_string"].decode("latin-1")
        did = "was refused" if message["status"] == 403 else rule.did
        what = state.get("told") or scope["path"] + (f"?{query}" if query else "")
        line = person.name, person.how, did, what
        rest = {"status": message["status"], "address": address_of_client(scope)}
        audit = self._entrance.audit
        if not audit.note_now(*line, **rest):
            await run_in_threadpool(audit.note, *line, **rest)


def _key_of(headers: Headers) -> str | None:
    kind, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else None


def address_of_client(scope: Scope) -> str:
    """Where a request comes from; what a proxy on this computer says of it counts."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def comes_from_here(headers: Headers) -> bool:
    """Whether an unsafe request of a browser comes from a page of ours, or from its user alone."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def cookie_name(scope: Scope) -> str:
    """The session's cookie.

    Over HTTPS no other host can set it. Else it has the port, because browsers give all ports of a host the same cookies.
    """
    if scope.get("scheme") == "https":
        return "__Host-clustera_session"
    server = scope.get("server")
    return f"clustera_session_{server[1] if server else 0}"


def session_of(headers: Headers, scope: Scope) -> str:
    """The session that a request names; "" where it names none."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = cookies.get(cookie_name(scope))
    return found.value if found else ""


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message.get("headers", ())}
            added = [header for header in _ALWAYS if header[0] not in given]
            message["headers"] = [*message.get("headers", ()), *added]
        await send(message)

    return sent
