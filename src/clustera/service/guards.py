"""What stands before every page: the host, the session, where a request comes from, and the headers of the answer."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clustera.service.sessions import Sessions

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
OPEN = ("/enter", "/static/", "/health", "/ready")  # what needs no session
_SAFE = {"GET", "HEAD", "OPTIONS"}
Refuse = Callable[[Scope, int, str, str], Response]


class Guards:
    """Refuses what comes from elsewhere, and sets the headers of every answer.

    Sources: OWASP, DNS rebinding and CSRF cheat sheets; web.dev, Fetch Metadata; Go 1.25 net/http CrossOriginProtection.

    Args:
        app: What is guarded.
        hosts: What a request may call this host, ports included.
        sessions: Who may enter.
        limit: Bytes that one request may announce.
        refuse: Makes the answer of a refusal from the request's scope, a status, a sentence and its cure.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], sessions: Sessions, refuse: Refuse, limit: int) -> None:
        self._app = app
        self._hosts = hosts
        self._sessions = sessions
        self._refuse = refuse
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return self._refuse(
                scope,
                421,
                "This address is not one of this service.",
                "Open the address that `clustera serve` printed.",
            )
        if scope["path"].startswith(OPEN):
            return None
        kind, _, key = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._too_large(scope, headers) if self._sessions.is_key(key.strip()) else self._unknown(scope)
        if not self._sessions.knows(session_of(headers, scope)):
            return self._unknown(scope)
        if scope["method"] not in _SAFE and not comes_from_here(headers):
            return self._refuse(
                scope,
                403,
                "This request did not come from a page of this service, so nothing was changed.",
                "Use the page itself; other software sends an API key (docs/service.md).",
            )
        return self._too_large(scope, headers)

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
        return self._refuse(
            scope,
            401,
            "This browser has not been let in, or the service was started again since.",
            "Open the link that `clustera serve` printed; each link works once, so start it again for a new one.",
        )


def comes_from_here(headers: Headers) -> bool:
    """Whether an unsafe request of a browser comes from a page of ours, or from its user alone."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def cookie_name(scope: Scope) -> str:
    """The session's cookie; with the port, because browsers give all ports of a host the same cookies."""
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
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", PRIVATE)
        await send(message)

    return sent
