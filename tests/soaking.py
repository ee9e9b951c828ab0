"""A share of the long tests by time: `make soak MINUTES=20`, or `pytest -m soak --minutes 20`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

SHARE = "CLUSTERA_SOAK_SECONDS"  # for one test; set where `--minutes` is given


def share_time(minutes: float, tests: int, workers: int) -> None:
    """Give every long test the same share of the minutes, of which each worker has all."""
    os.environ[SHARE] = str(60 * minutes * workers / max(tests, 1))


def as_time_allows(seeds: Iterable[T]) -> Iterator[T]:
    """The seeds, until the test's share of the time is used; the first always, and all where no time is given.

    What was tried is printed: `pytest -rP` shows it of tests that pass.
    """
    begin, share = time.monotonic(), float(os.environ.get(SHARE, "inf"))
    first = last = None
    for last in seeds:
        first = last if first is None else first
        yield last
        if time.monotonic() - begin > share:
            break
    print(f"tried from {first} to {last}, in {time.monotonic() - begin:.0f} s")  # noqa: T201


def fewest_of(count: int, step: int) -> int:
    """How many cases a long test must have tried: all of them, one step where only a share of the time is given."""
    return step if SHARE in os.environ else count
