"""How much a client may ask: requests a second, and bytes of a body that is read into memory."""

from __future__ import annotations

import hashlib
import math
import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from clustera.service.guards import Refuse, session_of

RATE_LIMIT = 100  # requests a second that one client may send for long
MOST_IN_MEMORY = 32 << 20  # bytes of a body that does not go to the disk while it arrives
_UNCOUNTED = ("/static/", "/health", "/ready")  # what a page needs, and what asks whether the service is well
_BURST = 5.0  # seconds of that rate which may come at once
_PLACES = 16_384  # of the table of clients
_PLACE = struct.Struct("Qd")  # mark of a client, and until when what it asked for takes
_ROUNDING = 1e-6  # seconds
_TO_DISK = ("multipart/form-data", "text/csv", "application/vnd.apache.arrow.stream")


class Rate:
    """A bucket of tokens for each client: full at first, one taken by each request, filled again at a steady rate.

    Kept is, for each client, until when what it asked for takes at that rate (the generic cell rate algorithm), in a table of
    fixed size: two clients that meet in one place of it are let in rather than refused.

    Args:
        a_second: Requests a second; 0 lets everything pass.
        clock: Seconds that only grow, the same in all processes.
        file: Where several processes count together; memory of this one when left out.

    >>> rate = Rate(1, clock=lambda: 0.0)
    >>> [rate.wait("a") for _ in range(6)]
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """

    def __init__(
        self, a_second: float, *, clock: Callable[[], float] = time.monotonic, file: Path | None = None
    ) -> None:
        self._rate, self._clock = a_second, clock
        self._slack = (max(1.0, a_second * _BURST) - 1) / a_second if a_second else 0.0
        self._table = _table_in(file)

    def wait(self, client: str) -> float:
        """Seconds until a client may ask again; 0 where it may now, which takes a token."""
        if not self._rate:
            return 0.0
        now = self._clock()
        place, mark = struct.unpack("QQ", hashlib.blake2b(client.encode(), digest_size=16).digest())
        at = place % _PLACES * _PLACE.size
        held, until = _PLACE.unpack_from(self._table, at)
        until = max(until, now) if held == mark else now
        ahead = until - now - self._slack
        if ahead > _ROUNDING:
            return float(ahead)
        # Two processes that write at once may count one request for two; nobody waits for the other.
        _PLACE.pack_into(self._table, at, mark, until + 1 / self._rate)
        return 0.0


def _table_in(file: Path | None) -> mmap.mmap:
    if file is None:
        return mmap.mmap(-1, _PLACES * _PLACE.size)
    with file.open("a+b") as opened:
        opened.truncate(_PLACES * _PLACE.size)
        return mmap.mmap(opened.fileno(), _PLACES * _PLACE.size)


class Limits:
    """Refuses a client that asks too often, and a body that is too large for memory.

    Args:
        app: What is behind.
        rate: Requests a second of one client.
        refuse: Makes the answer of a refusal.
        limit: Bytes that any body may have.
        file: Where several processes count together.
    """

    def __init__(self, app: ASGIApp, *, rate: float, refuse: Refuse, limit: int, file: Path | None = None) -> None:
        self._large = RequestBodyLimitMiddleware(app, max_body_size=limit)
        self._small = RequestBodyLimitMiddleware(app, max_body_size=min(limit, MOST_IN_MEMORY))
        self._rate = Rate(rate, file=file)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(_UNCOUNTED):
            await self._large(scope, receive, send)
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
            await self._large(scope, receive, send)
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
