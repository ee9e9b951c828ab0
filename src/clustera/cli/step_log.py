"""How a run says how far it is: a bar, or one line of JSON per step."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from clustera.errors import mask_secrets

log = logging.getLogger("clustera")


def progress(*, quiet: bool, log_json: bool) -> bool | Callable[[str, float], None]:
    """How a run says how far it is: a bar, lines of a log, or nothing."""
    if not log_json:
        return not quiet
    started = time.monotonic()
    last = ""

    def tell(step: str, share: float) -> None:
        nonlocal last
        if step != last:  # a log has one line a step; only the bar moves within one
            last = step
            log.info(mask_secrets(step), extra={"share": share, "seconds": round(time.monotonic() - started, 3)})

    return tell


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "step": record.getMessage(),
        }
        return json.dumps(line | {key: record.__dict__[key] for key in ("share", "seconds") if key in record.__dict__})


def log_as_json() -> None:
    """Log each step to standard error, one JSON object per line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
