"""Figures of the service for Prometheus: requests by address and status, how long they took, jobs, memory."""

from __future__ import annotations

import json
import os
import threading
import time
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
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
_TELL = 1.0  # seconds between two times that a process tells the others what it counted
_ALIVE = 5.0  # seconds after which one that tells nothing is gone
_NEWEST = 200  # jobs; no more than 20 wait


@dataclass
class Counted:
    """What was counted, as JSON values."""

    requests: Counter[str] = field(default_factory=Counter)  # "GET /health 200" -> requests
    times: dict[str, list[int]] = field(default_factory=dict)  # route -> requests by time
    seconds: dict[str, float] = field(default_factory=dict)  # route -> of all requests
    memory: int = 0  # bytes of the process
    at: float = 0.0  # when, in seconds since 1970-01-01

    def add(self, other: Counted) -> None:
        """Add what another process counted; the memory of one that is gone is free again."""
        self.requests += Counter(other.requests)
        for route, counts in other.times.items():
            own = self.times.setdefault(route, [0] * len(counts))
            self.times[route] = [a + b for a, b in zip(own, counts, strict=True)]
        for route, seconds in other.seconds.items():
            self.seconds[route] = self.seconds.get(route, 0.0) + seconds
        if self.at - other.at < _ALIVE:
            self.memory += other.memory


class Meter:
    """Counts of requests since the start of this process, or of all processes of a service.

    Args:
        folder: Where the processes tell each other what they counted; nothing is told when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._counted = Counted()
        self._began = time.time()
        self._folder = folder

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: GET, POST, ...
            route: The address with names of its parts, never with their values.
            status: Of the answer.
            seconds: Until its last byte.
        """
        with self._lock:
            self._counted.requests[f"{method if method in _METHODS else 'other'} {route} {status}"] += 1
            times = self._counted.times.setdefault(route, [0] * (len(_BUCKETS) + 1))
            times[bisect_left(_BUCKETS, seconds)] += 1
            self._counted.seconds[route] = self._counted.seconds.get(route, 0.0) + seconds

    def tell(self) -> None:
        """Write for the other processes what was counted."""
        if self._folder is None:
            return
        with self._lock:
            self._counted.memory, self._counted.at = _memory(), time.time()
            told = json.dumps(vars(self._counted))
        path = told_by(self._folder, os.getpid())
        path.with_suffix(".new").write_text(told, encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def tell_until(self, over: threading.Event) -> None:
        """Tell it at once, and then each second."""
        while True:
            with suppress(OSError):
                self.tell()
            if over.wait(_TELL):
                return

    def all(self) -> Counted:
        """What all processes counted; the others up to a second ago."""
        found = Counted(at=time.time())
        with self._lock:
            self._counted.memory, self._counted.at = _memory(), found.at
            found.add(self._counted)
        if self._folder is not None:
            for path in self._folder.glob("counted-*.json"):
                if path != told_by(self._folder, os.getpid()):
                    found.add(Counted(**json.loads(path.read_text(encoding="utf-8"))))
        return found

    def lines(self) -> list[str]:
        """The figures as Prometheus reads them.

        >>> meter = Meter()
        >>> meter.count("GET", "/health", 200, 0.02)
        >>> meter.lines()[2]
        'clustera_requests_total{method="GET",route="/health",status="200"} 1'
        """
        found = self.all()
        name = "clustera_requests_total"
        lines = [f"# HELP {name} Requests that were answered.", f"# TYPE {name} counter"]
        for told, n in sorted(found.requests.items()):
            m, r, s = told.split(" ")
            lines.append(f'{name}{{method="{m}",route="{r}",status="{s}"}} {n}')
        name = "clustera_request_seconds"
        lines += [f"# HELP {name} Seconds until the last byte of an answer.", f"# TYPE {name} histogram"]
        for route, counts in sorted(found.times.items()):
            below = 0
            for bound, count in zip((*map(str, _BUCKETS), "+Inf"), counts, strict=True):
                below += count
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {below}')
            lines += [
                f'{name}_sum{{route="{route}"}} {found.seconds[route]:.6f}',
                f'{name}_count{{route="{route}"}} {below}',
            ]
        lines += _gauge("process_start_time_seconds", "When this process began.", self._began)
        if found.memory:
            lines += _gauge("process_resident_memory_bytes", "Memory of all processes that answer.", found.memory)
        return lines


def told_by(folder: Path, process: int) -> Path:
    """The file in which a process tells what it counted; there is none before it answers."""
    return folder / f"counted-{process}.json"


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
def get_metrics(request: Request) -> PlainTextResponse:
    """Requests by address and status, their times, waiting and running jobs, memory: of all processes of this service, as text."""
    meter: Meter = request.app.state.meter
    known: Jobs | None = request.app.state.known_jobs()
    states = Counter(job.state for job in known.list(rows=_NEWEST)) if known else Counter()
    lines = meter.lines()
    lines += ["# HELP clustera_jobs Segmentations that wait or are being made.", "# TYPE clustera_jobs gauge"]
    lines += [f'clustera_jobs{{state="{state}"}} {states[state]}' for state in ("queued", "running")]
    lines += ["# HELP clustera_build_info Version of Clustera.", "# TYPE clustera_build_info gauge"]
    lines.append(f'clustera_build_info{{version="{__version__}"}} 1')
    return PlainTextResponse("\n".join(lines) + "\n", media_type=_KIND)


def _memory() -> int:
    """Bytes of this process; 0 where the system does not say."""
    return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE if _STATM.exists() else 0


def _gauge(name: str, meaning: str, value: float) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}"]
