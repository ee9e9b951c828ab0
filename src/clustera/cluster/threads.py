"""Work on pieces in several threads; the answers come back in the order of the pieces."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")


def allowed_threads(threads: int | None) -> int:
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


def answers_in_order(work: Callable[[Piece], Answer], pieces: Iterable[Piece], *, threads: int) -> Iterator[Answer]:
    """The answers of `work` in the order of the pieces; never more than a few pieces are held at a time.

    >>> list(answers_in_order(abs, [-2, 1, -3], threads=2))
    [2, 1, 3]
    """
    if threads == 1:
        yield from map(work, pieces)
        return
    # The caller's own thread is one of them.
    with ThreadPoolExecutor(threads - 1) as pool:
        waiting: deque[_Begun[Piece, Answer]] = deque()
        try:
            for piece in pieces:
                waiting.append(_Begun(pool, work, piece))
                if len(waiting) > 2 * threads:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            # On an error or Ctrl-C only the pieces in work are waited for.
            pool.shutdown(wait=False, cancel_futures=True)


class _Begun(Generic[Piece, Answer]):
    """A piece that another thread will work on, if it comes to it before this one."""

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[Piece], Answer], piece: Piece) -> None:
        self.work, self.piece, self.future = work, piece, pool.submit(work, piece)

    def taken(self) -> bool:
        """Work on the piece here, unless another thread has it."""
        if not self.future.cancel():
            return False
        self.future = Future()
        self.future.set_result(self.work(self.piece))
        return True


def _first(waiting: deque[_Begun[Piece, Answer]]) -> Answer:
    """The answer for the first piece; where another thread is at it, others are worked on meanwhile."""
    first = waiting.popleft()
    if not first.taken():
        for other in waiting:
            if first.future.done():
                break
            other.taken()
    return first.future.result()


class WorkerPool:
    """Threads that wait between rounds of work, so that short rounds need not start them again.

    >>> with WorkerPool(2) as pool:
    ...     pool.each(abs, [-2, 1])
    [2, 1]
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()

    def each(self, work: Callable[[Piece], Answer], pieces: Sequence[Piece]) -> list[Answer]:
        """The answers of `work`, once all pieces are done."""
        if self._pool is None or len(pieces) < 2:
            return [work(piece) for piece in pieces]
        waiting = deque(_Begun(self._pool, work, piece) for piece in pieces)
        return [_first(waiting) for _ in pieces]
