"""What goes on behind the pages of a service: segmentations that wait are made, schedules are looked at, old files go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clustera.service.database import DESK
from clustera.service.desk import Desk
from clustera.service.drafts import Drafts
from clustera.service.jobs import Job
from clustera.service.scheduler import Scheduler
from clustera.store import Store


class Backroom:
    """The queue, the schedules and the uploads of one folder of runs.

    Args:
        runs: Folder of runs.
        address: Of the database; a file beside the runs when empty.
        roots: Folders whose files may be named by their path.
        works: Look after them; False where another process of the same service does, and this one only asks.
    """

    def __init__(self, runs: Path, *, address: str = "", roots: Sequence[Path] = (), works: bool = True) -> None:
        self.drafts = Drafts(runs / DESK / "drafts", Store(runs), roots=roots)
        self.desk = Desk(runs, ended=self._ended, address=address, works=works)
        self._runs, self._works = runs, works
        self._scheduler: Scheduler | None = None

    def open(self) -> None:
        """Go on with what waited, and begin to look."""
        if self._works:
            self.drafts.forget_old()
            self._scheduler = Scheduler(Store(self._runs), self.desk.open)
            self._scheduler.start()
        self.desk.resume()

    def close(self) -> None:
        """Stop what is being made; what waits, waits until the next start."""
        if self._scheduler is not None:
            self._scheduler.stop()
        self.desk.close()

    def _ended(self, job: Job) -> None:
        if job.state == "done":
            self.drafts.remove(job.spec.get("draft", ""))
