"""How tests wait for something that other threads and processes do: for the thing itself, and long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 300.0  # seconds that anything may take: a busy machine takes many times as long as a quiet one


def wait_until(found: Callable[[], T]) -> T:
    """What is found once it is true; a service that can't be reached yet is asked again."""
    end, seen = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        try:
            if seen := found():
                return seen
        except OSError as error:
            seen = repr(error)
        time.sleep(0.05)
    raise AssertionError(f"it did not happen in {PATIENCE:.0f} seconds: {seen}")
