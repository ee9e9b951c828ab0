"""Work on pieces in several threads; the answers come back in the order of the pieces."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")


def allowed(threads: int | None) -> int:
    """How many threads to use: as asked, else as many processors as this process may use.

    OMP_NUM_THREADS limits it, as it limits NumPy and scikit-learn.
    """
    if threads is not None:
        return max(1, int(threads))
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        available = os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return max(1, min(available, int(limit))) if limit.isdigit() and int(limit) else available


def in_order(work: Callable[[Piece], Answer], pieces: Iterable[Piece], *, threads: int) -> Iterator[Answer]:
    """The answers of `work` in the order of the pieces; never more than a few pieces are held at a time.

    >>> list(in_order(abs, [-2, 1, -3], threads=2))
    [2, 1, 3]
    """
    if threads == 1:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for piece in pieces:
                waiting.append(pool.submit(work, piece))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # On an error or Ctrl-C only the pieces in work are waited for.
            pool.shutdown(wait=False, cancel_futures=True)


class Crew:
    """Threads that wait between rounds of work, so that short rounds need not start them again.

    >>> with Crew(2) as crew:
    ...     crew.each(abs, [-2, 1])
    [2, 1]
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()

    def each(self, work: Callable[[Piece], Answer], pieces: Sequence[Piece]) -> list[Answer]:
        """The answers of `work`, once all pieces are done."""
        if self._pool is None or len(pieces) < 2:
            return [work(piece) for piece in pieces]
        return [answer.result() for answer in [self._pool.submit(work, piece) for piece in pieces]]
