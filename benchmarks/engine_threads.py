"""Two threads against one: wall seconds of the sweep k = 2 .. 12, runs taking turns, medians compared.

    python benchmarks/engine_threads.py 1000000 10000000 --times 5

Wall time means something on a quiet machine only. So two more things are told. What the machine gave at that time: two
processes with one thread each, side by side, and how much more they did than one alone. And what a quiet machine could
reach: the work that is handed to threads runs in one, every piece timed by its own CPU seconds, and is then dealt out to
two on paper. What runs outside the pieces counts as waited for, though some of it runs beside them.
"""

from __future__ import annotations

import argparse
import heapq
import multiprocessing
import time
from dataclasses import dataclass

import numpy as np

from clustera.cluster import threads
from clustera.cluster.sweep import solve_sweep
from tables import TABLES

KS = range(2, 13)


def wall(points, hands):
    """Wall seconds of one sweep."""
    start = time.perf_counter()
    solve_sweep(points, KS, threads=hands)
    return time.perf_counter() - start


def other_process(name, n_features, n, asked, answers):
    """The same sweep in another process, once for each time it is asked."""
    points = TABLES[name](n, n_features=n_features)
    solve_sweep(points[:30_000], KS, threads=1)
    answers.put(None)
    while asked.get():
        answers.put(wall(points, 1))


class Paper:
    """Stands in for a pool: runs every piece at once, and adds up how long the threads would have taken together."""

    busy, waited = 0.0, 0.0

    def __init__(self, threads):
        self._threads, self._times = threads + 1, []  # the caller's own thread works as well

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, work, piece):
        """Run it now."""
        start = time.thread_time()
        answer = work(piece)
        self._times.append(time.thread_time() - start)
        return Done(self, len(self._times), answer)

    def wait(self, number):
        """When the last piece that was handed in is asked for, all are waited for."""
        if number == len(self._times):
            loads = [0.0] * self._threads
            for seconds in self._times:
                heapq.heapreplace(loads, loads[0] + seconds)
            Paper.busy += sum(loads)
            Paper.waited += max(loads)
            self._times.clear()

    def shutdown(self, **_):
        """Nothing is running."""


@dataclass
class Done:
    """The answer to a piece."""

    pool: Paper
    number: int
    answer: object

    def cancel(self):
        """It is begun already."""
        return False

    def done(self):
        """And done."""
        return True

    def result(self):
        """The answer; the pool notes that it was waited for."""
        self.pool.wait(self.number)
        return self.answer


def on_paper(points):
    """Share of the CPU time outside the work that is handed to threads, and the ratio that two threads could reach."""
    kept, threads.ThreadPoolExecutor = threads.ThreadPoolExecutor, Paper
    Paper.busy = Paper.waited = 0.0
    try:
        start = time.thread_time()
        solve_sweep(points, KS, threads=2)
        total = time.thread_time() - start
    finally:
        threads.ThreadPoolExecutor = kept
    alone = total - Paper.busy
    return alone / total, total / (alone + Paper.waited)


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rows", nargs="+", type=int)
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    for n in given.rows:
        for name, n_features in (("groups", 3), ("spenders", 8)):
            points = TABLES[name](n, n_features=n_features)
            wall(points[:30_000], 2)
            context = multiprocessing.get_context("spawn")
            asked_for, answers = context.Queue(), context.Queue()
            other = context.Process(target=other_process, args=(name, n_features, n, asked_for, answers), daemon=True)
            other.start()
            answers.get()
            times = []
            for _ in range(given.times):
                alone, threaded = wall(points, 1), wall(points, 2)
                asked_for.put(True)
                times.append((alone, threaded, max(wall(points, 1), answers.get())))
            asked_for.put(False)
            one, two, beside = np.median(times, axis=0)
            share, ratio = max((on_paper(points) for _ in range(given.times)), key=lambda found: found[1])
            print(
                f"{name:9} D={n_features} N={n:<9} wall 1 thread {one:7.3f}  2 threads {two:7.3f}  ratio {one / two:.2f}"
                f"  two processes {2 * one / beside:.2f}  outside the threads' work {share:.2f}, so at most {ratio:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
