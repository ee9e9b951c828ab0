"""Figures of the service for Prometheus: requests by address and status, how long they took, jobs, memory."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clustera.service.jobs import Jobs
from clustera.version import __version__

router = APIRouter(tags=["service"])
_KIND = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
_STATM = Path("/proc/self/statm")
_PAGE = 4096  # bytes; Linux on the processors that we build for
_NEWEST = 200  # jobs; no more than 20 wait


class Meter:
    """Counts of requests since the start of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, list[int]] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._began = time.time()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: GET, POST, ...
            route: The address with names of its parts, never with their values.
            status: Of the answer.
            seconds: Until its last byte.
        """
        with self._lock:
            self._requests[method if method in _METHODS else "other", route, status] += 1
            self._times.setdefault(route, [0] * (len(_BUCKETS) + 1))[bisect_left(_BUCKETS, seconds)] += 1
            self._seconds[route] += seconds

    def lines(self) -> list[str]:
        """The figures as Prometheus reads them.

        >>> meter = Meter()
        >>> meter.count("GET", "/health", 200, 0.02)
        >>> meter.lines()[2]
        'clustera_requests_total{method="GET",route="/health",status="200"} 1'
        """
        with self._lock:
            requests, times = sorted(self._requests.items()), {r: list(n) for r, n in sorted(self._times.items())}
            seconds = dict(self._seconds)
        name = "clustera_requests_total"
        lines = [f"# HELP {name} Requests that were answered.", f"# TYPE {name} counter"]
        lines += [f'{name}{{method="{m}",route="{r}",status="{s}"}} {n}' for (m, r, s), n in requests]
        name = "clustera_request_seconds"
        lines += [f"# HELP {name} Seconds until the last byte of an answer.", f"# TYPE {name} histogram"]
        for route, counts in times.items():
            below = 0
            for bound, count in zip((*map(str, _BUCKETS), "+Inf"), counts, strict=True):
                below += count
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {below}')
            lines += [f'{name}_sum{{route="{route}"}} {seconds[route]:.6f}', f'{name}_count{{route="{route}"}} {below}']
        return [*lines, *_gauge("process_start_time_seconds", "When this process began.", self._began)]


class Metered:
    """Counts every request of an application.

    Args:
        app: What is counted.
        meter: Where.
    """

    def __init__(self, app: ASGIApp, *, meter: Meter) -> None:
        self._app, self._meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._meter.count(scope["method"], route, status, time.perf_counter() - began)


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Requests by address and status, their times, waiting and running jobs, memory: of this process, as text."""
    meter: Meter = request.app.state.meter
    known: Jobs | None = request.app.state.known_jobs()
    states = Counter(job.state for job in known.list(rows=_NEWEST)) if known else Counter()
    lines = meter.lines()
    lines += ["# HELP clustera_jobs Segmentations that wait or are being made.", "# TYPE clustera_jobs gauge"]
    lines += [f'clustera_jobs{{state="{state}"}} {states[state]}' for state in ("queued", "running")]
    lines += ["# HELP clustera_build_info Version of Clustera.", "# TYPE clustera_build_info gauge"]
    lines.append(f'clustera_build_info{{version="{__version__}"}} 1')
    if _STATM.exists():
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
        lines += _gauge("process_resident_memory_bytes", "Memory of this process.", pages * _PAGE)
    return PlainTextResponse("\n".join(lines) + "\n", media_type=_KIND)


def _gauge(name: str, meaning: str, value: float) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}"]
