"""Work that goes on as long as the service does, whatever goes wrong once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from clustera.errors import ClusteraError

_log = logging.getLogger("clustera.service")


def keep_trying(task: Callable[[], object], *, over: Event, every: float, what: str) -> None:
    """Do something again and again. What goes wrong is told once, not at each try.

    Args:
        task: What is done.
        over: Ends it.
        every: Seconds between two tries.
        what: Its name in the log.
    """
    said = ""
    while True:
        try:
            task()
            said = ""
        except Exception as error:
            if repr(error) != said:
                said = repr(error)
                known = isinstance(error, ClusteraError)
                _log.error("%s: %s", what, error, exc_info=None if known else error)
        if over.wait(every):
            return
