"""How far a run is, and how long each of its steps took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from clustera.pipeline import Progress


class Clock:
    """Passes every step on, and notes how long it took.

    >>> clock = Clock(lambda step, share: None)
    >>> clock("Reading", 0.0), clock("Checking", 0.5), clock.stop()
    (None, None, None)
    >>> list(clock.seconds)
    ['Reading', 'Checking']
    """

    def __init__(self, tell: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._tell = tell
        self._step, self._began = "", 0.0

    def __call__(self, step: str, share: float) -> None:
        """A step begins, or all is done; the step before it has ended."""
        self.stop()
        if share < 1:
            self._step, self._began = step, time.perf_counter()
        self._tell(step, share)

    def stop(self) -> None:
        """The last step has ended."""
        if self._step:
            took = time.perf_counter() - self._began
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + took
        self._step = ""


@contextmanager
def shown_progress(progress: bool | Progress) -> Iterator[Progress]:
    """What a run tells its progress to: a function of the caller's, or a bar, gone when done."""
    if callable(progress):
        yield progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    visible = progress and (console.is_terminal or console.is_jupyter)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not visible) as bar:
        task = bar.add_task("Starting", total=1.0)
        yield lambda step, share: bar.update(task, description=step, completed=share)
