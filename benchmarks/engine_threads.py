"""Two threads against one: wall seconds of the sweep k = 2 .. 12, runs taking turns, medians compared.

    python benchmarks/engine_threads.py 1000000 10000000 --times 5

Wall time means something on a quiet machine only. So the share of one thread's CPU time that runs outside the parallel
sections is told too: with a share s the ratio can't exceed 1 / (s + (1 - s) / 2).
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from clustera.cluster import finish, search, sweep, table
from clustera.cluster.sweep import solve_sweep
from tables import TABLES

KS = range(2, 13)


def wall(points, threads):
    """Wall seconds of one sweep."""
    start = time.perf_counter()
    solve_sweep(points, KS, threads=threads)
    return time.perf_counter() - start


def serial_share(points):
    """Share of one thread's CPU time outside the work that is handed to threads."""
    inside = 0.0

    def counted(work, pieces, *, threads):
        nonlocal inside
        for piece in pieces:
            start = time.thread_time()
            answer = work(piece)
            inside += time.thread_time() - start
            yield answer

    rooms = [room for room in (finish, search, sweep, table) if hasattr(room, "in_order")]
    from clustera.cluster import survey

    rooms.append(survey)
    kept = [room.in_order for room in rooms]
    for room in rooms:
        room.in_order = counted
    try:
        start = time.thread_time()
        solve_sweep(points, KS, threads=1)
        return 1 - inside / (time.thread_time() - start)
    finally:
        for room, one in zip(rooms, kept, strict=True):
            room.in_order = one


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rows", nargs="+", type=int)
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    for n in given.rows:
        for name, n_features in (("groups", 3), ("spenders", 8)):
            points = TABLES[name](n, n_features=n_features)
            wall(points[:30_000], 2)
            runs = np.array([[wall(points, threads) for threads in (1, 2)] for _ in range(given.times)])
            one, two = np.median(runs, axis=0)
            share = serial_share(points)
            print(
                f"{name:9} D={n_features} N={n:<9} wall 1 thread {one:7.3f}  2 threads {two:7.3f}  ratio {one / two:.2f}"
                f"  serial share {share:.2f}, so at most {1 / (share + (1 - share) / 2):.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
