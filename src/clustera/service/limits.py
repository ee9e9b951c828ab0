"""How much a client may ask: requests a second, and bytes of a body that is read into memory."""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from clustera.service.guards import Refuse, session_of

RATE_LIMIT = 100  # requests a second that one client may send for long
MOST_IN_MEMORY = 32 << 20  # bytes of a body that does not go to the disk while it arrives
_UNCOUNTED = ("/static/", "/health", "/ready")  # what a page needs, and what asks whether the service is well
_BURST = 5.0  # seconds of that rate which may come at once
_UNLIMITED = ("/static/", "/health", "/ready")  # what costs nothing, and what whoever watches the service asks
_CLIENTS = 10_000  # clients that are remembered
_TO_DISK = ("multipart/form-data", "text/csv", "application/vnd.apache.arrow.stream")


class Rate:
    """A bucket of tokens for each client: full at first, one taken by each request, filled again at a steady rate.

    Args:
        a_second: Requests a second; 0 lets everything pass.
        clock: Seconds that only grow.

    >>> rate = Rate(1, clock=lambda: 0.0)
    >>> [rate.wait("a") for _ in range(6)]
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """

    def __init__(self, a_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = a_second, max(1.0, a_second * _BURST), clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted

    def wait(self, client: str) -> float:
        """Seconds until a client may ask again; 0 where it may now, which takes a token."""
        if not self._rate:
            return 0.0
        now = self._clock()
        tokens, counted = self._clients.pop(client, (self._most, now))
        tokens = min(self._most, tokens + (now - counted) * self._rate)
        allowed = tokens >= 1
        self._clients[client] = (tokens - 1 if allowed else tokens, now)
        if len(self._clients) > _CLIENTS:
            self._clients.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._rate


class Limits:
    """Refuses a client that asks too often, and a body that is too large for memory.

    Args:
        app: What is behind.
        rate: Requests a second of one client.
        refuse: Makes the answer of a refusal.
    """

    def __init__(self, app: ASGIApp, *, rate: float, refuse: Refuse) -> None:
        self._app = app
        self._small = RequestBodyLimitMiddleware(app, max_body_size=MOST_IN_MEMORY)
        self._rate = Rate(rate)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(_UNCOUNTED):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if wait := self._rate.wait(client_of(scope, headers)):
            seconds = math.ceil(wait)
            said = "This client has sent more requests than it may in this time."
            answer = self._refuse(scope, 429, said, f"Wait {seconds} s. Many customers fit into one request.")
            answer.headers["Retry-After"] = str(seconds)
            await answer(scope, receive, send)
            return
        if headers.get("content-type", "").partition(";")[0].strip().lower() in _TO_DISK:
            await self._app(scope, receive, send)
            return
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > MOST_IN_MEMORY:
            said = f"This is more than the {MOST_IN_MEMORY >> 20} MB that a body of this kind may have."
            await self._refuse(scope, 413, said, "Send a table as text/csv or as an Arrow stream.")(
                scope, receive, send
            )
            return
        await self._small(scope, receive, send)


def client_of(scope: Scope, headers: Headers) -> str:
    """Who asks, as a hash: the key or session that the request names, else where it comes from."""
    client = scope.get("client")
    named = headers.get("authorization") or session_of(headers, scope) or (client[0] if client else "")
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]
