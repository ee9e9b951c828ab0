"""Several processes that answer together: `clustera serve --workers N`.

The process that was started listens, makes the segmentations and looks at the schedules; its workers answer. A worker that
dies is started again. Where the first process dies, however that comes about, its workers end.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from socket import socket
from typing import Any

from clustera.engines import Workspace
from clustera.errors import SetupError
from clustera.heard import handled
from clustera.service.backroom import Backroom
from clustera.service.metrics import told_by
from clustera.service.oidc import OidcSettings
from clustera.service.sessions import Sessions

_GRACE = 2  # seconds that open answers get when the service is stopped
_PATIENCE = 10.0  # seconds that a worker gets to end
_TRIES = 3  # workers that end before they answer, one after the other


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker has to know."""

    runs: Path
    hosts: frozenset[str]
    address: str
    roots: tuple[Path, ...]
    limit: int
    rate: float
    pages: bool
    api_key: str = ""  # of the environment
    oidc: OidcSettings | None = None

    def app(self, sessions: Sessions, shared: Path | None = None) -> Any:  # noqa: ANN401 - FastAPI is loaded when used
        """The application."""
        from clustera.service.app import create_app

        return create_app(
            self.runs,
            sessions=sessions,
            hosts=self.hosts,
            address=self.address,
            roots=self.roots,
            limit=self.limit,
            rate=self.rate,
            pages=self.pages,
            shared=shared,
            warm=True,
            oidc=self.oidc,
        )


class Crew:
    """The workers of one service.

    Args:
        plan: What they serve.
        listening: Where requests arrive; whichever worker is free takes the next.
        workers: How many, 2 or more.
    """

    def __init__(self, plan: Plan, listening: socket, workers: int) -> None:
        self._plan, self._listening, self._number = plan, listening, workers
        self._shared = Workspace()
        self.sessions = Sessions(api_key=plan.api_key, folder=self._shared.folder)
        self._backroom = Backroom(plan.runs, address=plan.address, roots=plan.roots)
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[int, tuple[SpawnProcess, Connection]] = {}  # by sentinel

    def run(self) -> None:
        """Serve until somebody stops it.

        Raises:
            SetupError: workers end as soon as they are started.
        """
        with handled(signal.default_int_handler, [signal.SIGTERM]):
            self._run()

    def _run(self) -> None:
        if self._backroom.desk.is_writable():
            self._backroom.desk.open()  # its tables are made once, before workers look for them
        self._backroom.open()
        try:
            for _ in range(self._number):
                self._start()
            self._watch()
        finally:
            self._stop()
            self._backroom.close()
            self._shared.close()

    def _watch(self) -> None:
        failed = 0
        while True:
            ended = wait(list(self._workers))
            for sentinel in [known for known in self._workers if known in ended]:
                process, alive = self._workers.pop(sentinel)
                alive.close()
                process.join()
                failed = 0 if told_by(self._shared.folder, process.pid or 0).exists() else failed + 1
                if failed >= _TRIES:
                    raise SetupError(
                        f"{failed} workers ended as soon as they were started, the last with status {process.exitcode}.",
                        hint="See the lines above, or start the service without --workers.",
                    )
                self._start()

    def _start(self) -> None:
        heard, alive = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=answer_requests,
            args=(self._plan, self._listening, heard, self._shared.folder),
            name="clustera-worker",
        )
        process.start()
        heard.close()
        self._workers[process.sentinel] = (process, alive)

    def _stop(self) -> None:
        for _, alive in self._workers.values():
            alive.close()  # each hears it
        for process, _ in self._workers.values():
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()


def answer_requests(plan: Plan, listening: socket, alive: Connection, shared: Path) -> None:
    """Be one worker, until the process that started it ends.

    Args:
        plan: What is served.
        listening: Where requests arrive.
        alive: Ends with the process that started this one.
        shared: Folder of what the workers share.
    """
    app = plan.app(Sessions(api_key=plan.api_key, folder=shared), shared)
    server = new_server(app)
    threading.Thread(target=_end_with, args=(alive, server), name="clustera-end", daemon=True).start()
    with suppress(KeyboardInterrupt):
        run_server(server, listening)


def new_server(app: Any) -> Any:  # noqa: ANN401 - uvicorn is loaded when used
    """The server of one process."""
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_GRACE, server_header=False)
    return uvicorn.Server(config)


def run_server(server: Any, listening: socket) -> None:  # noqa: ANN401
    """Answer until somebody stops it; each signal that asks for it lets open answers end first.

    Args:
        server: Of this process.
        listening: Where requests arrive.
    """
    with handled(server.handle_exit):  # uvicorn hears the first two of them only, and raises them again
        server.run(sockets=[listening])


def _end_with(alive: Connection, server: Any) -> None:  # noqa: ANN401
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    server.should_exit = True
