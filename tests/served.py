"""The service on a free port, as a browser finds it."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from clustera.service.sessions import Sessions


class Served:
    """The service of a folder of runs on a free port, in a thread.

    Args:
        runs: Folder of runs.
        options: Further ones of `create_app`.
    """

    def __init__(self, runs: Path, **options: Any) -> None:
        import uvicorn

        from clustera.service.app import create_app
        from clustera.service.serving import known_hosts

        self.sessions = Sessions()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        app = create_app(runs, sessions=self.sessions, hosts=known_hosts(self.port), cost=(1, 8, 1), **options)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        self.base = f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        """A link that lets one browser in."""
        return f"{self.base}/enter?token={self.sessions.new_link()}"

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(15)


def screenshot(page: Any, folder: Path, name: str) -> None:
    """Keep what a page looks like: in the folder that CLUSTERA_SCREENSHOTS names, else in that of the test."""
    kept = Path(os.environ.get("CLUSTERA_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=kept / f"{name}.png", full_page=True)
