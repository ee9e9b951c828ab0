"""A service that is killed; in a module of its own, so that its processes are forked with all of it loaded."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

from clustera.service import app, crew, worker
from clustera.service.accounts import Accounts
from clustera.service.credentials import Credentials
from clustera.service.database import Database
from clustera.service.serving import serve

LOADED = (app, crew, worker, Accounts, Credentials)
KEY = "k" * 40


def run_service(runs: Path, port: int, address: str) -> None:
    """Serve as `clustera serve` would, with a key, and with temporary files of its own."""
    os.environ["CLUSTERA_API_KEY"] = KEY
    os.environ["TMPDIR"] = tempfile.tempdir = str(runs.parent / "tmp")
    sys.stdout = sys.stderr = (runs.parent / "said.txt").open("a")
    os.dup2(sys.stderr.fileno(), 2)
    serve(runs, port=port, browser=False, database=address, rate=0, say=lambda _: None)


def load_all() -> None:
    """Open a database once: SQLAlchemy and Alembic load what they need when it is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        Database(f"sqlite:///{folder}/desk/service.sqlite").close()


load_all()
gc.freeze()  # so that its pages stay shared with the processes that are forked
