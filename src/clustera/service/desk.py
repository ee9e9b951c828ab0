"""The database of a folder, its jobs and what runs them, opened when the first one is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from clustera.service.database import Database, database_address, sqlite_file
from clustera.service.jobs import Job, Jobs
from clustera.service.runner import Runner


class Desk:
    """Where segmentations are asked for.

    Nothing is written before somebody asks for one, so a folder that can only be read is served as well.

    Args:
        runs: Folder of runs.
        ended: Called with each job that is over.
        address: Of the database; a file beside the runs when empty.
        works: Make the segmentations here; False where another process of the same service does.
    """

    def __init__(self, runs: Path, *, ended: Callable[[Job], None], address: str = "", works: bool = True) -> None:
        self._runs, self._ended, self._works = runs, ended, works
        self._address = address or database_address("", runs)
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._jobs: Jobs | None = None
        self._runner: Runner | None = None

    def open(self) -> Jobs:
        """The jobs; somebody looks after them from now on.

        Raises:
            SetupError: the folder can't be written.
        """
        with self._lock:
            if self._jobs is None:
                self._jobs = Jobs(self._opened())
                if self._works:
                    self._runner = Runner(self._jobs, runs=self._runs, ended=self._ended)
                    self._runner.start()
            return self._jobs

    def database(self) -> Database:
        """The database, made when missing.

        Raises:
            SetupError: the folder can't be written.
        """
        with self._lock:
            return self._opened()

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database(self._address)
        return self._database

    def has_database(self) -> bool:
        """Whether something was kept before; a server always may have."""
        file = sqlite_file(self._address)
        return file is None or file.exists()

    def known(self) -> Jobs | None:
        """The jobs, where there ever was one."""
        return self._jobs

    def is_writable(self) -> bool:
        """Whether segmentations can be asked for here."""
        place = next((path for path in (self._runs, *self._runs.absolute().parents) if path.exists()), self._runs)
        return os.access(place, os.W_OK)

    def resume(self) -> None:
        """Go on with what waited when the service was stopped."""
        if self.has_database() and self.is_writable():
            self.open()

    def close(self) -> None:
        """Stop the worker, and what looks after it."""
        if self._runner is not None:
            self._runner.stop()
        if self._database is not None:
            self._database.close()
