"""Peak memory of a fit: of rows in memory, beside the rows themselves, and of rows that come in blocks.

    python benchmarks/engine_memory.py 1000000 10000000

Each fit runs in a process of its own, with one thread and one sweep of k = 2 .. 12 over 8 features. Its peak is the largest
resident size after a small fit has loaded everything (`ru_maxrss`, reset through /proc where there is one), less the
resident size just before the fit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FEATURES, BLOCK = 8, 262_144


def rows(start, n):
    """Heavy-tailed rows in five groups; the same rows for the same place."""
    random = np.random.default_rng([7, start])
    means = np.random.default_rng(12345).normal(0, 0.7, (5, FEATURES))
    points = random.standard_normal((n, FEATURES), dtype=np.float32)
    points *= 0.6
    points += means[random.integers(0, 5, n)].astype(np.float32)
    return np.exp(points, out=points)


class Made:
    """Rows that are made again for every pass."""

    def __init__(self, n):
        self.n_rows, self.n_features = n, FEATURES

    def __iter__(self):
        return (rows(start, min(BLOCK, self.n_rows - start)) for start in range(0, self.n_rows, BLOCK))


def resident(what):
    """Bytes that this process holds (VmRSS) or has held at most (VmHWM)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1024


def fit(kind, n):
    """One fit; prints bytes of the rows, bytes at the peak beside them, CPU seconds and the inertia of k = 5."""
    from clustera.cluster.sweep import solve_sweep

    warm = Made(30_000)
    solve_sweep(warm, range(2, 13), threads=1)
    solve_sweep(rows(0, 30_000), range(2, 13), threads=1)
    points = Made(n) if kind == "blocks" else np.empty((n, FEATURES), np.float32)
    if kind != "blocks":
        for start in range(0, n, BLOCK):
            points[start : start + BLOCK] = rows(start, min(BLOCK, n - start))
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before, cpu = resident("VmRSS"), time.process_time()
    found = solve_sweep(points, range(2, 13), threads=1)
    print(4 * n * FEATURES, resident("VmHWM") - before, time.process_time() - cpu, found[5].inertia)


def main():
    if sys.argv[1] == "--fit":
        fit(sys.argv[2], int(sys.argv[3]))
        return
    for n in map(int, sys.argv[1:]):
        for kind in ("memory", "blocks"):
            command = [sys.executable, __file__, "--fit", kind, str(n)]
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            matrix, peak, cpu, inertia = map(float, done.stdout.split())
            whole = "" if kind == "blocks" else f"  rows and fit {(matrix + peak) / matrix:.2f} x the float32 matrix"
            print(
                f"N={n:<9} {kind:7} cpu {cpu:7.2f}  matrix {matrix / 2**20:6.0f} MB  peak of the fit {peak / 2**20:6.0f} MB"
                f"{whole}  inertia of k = 5 {inertia!r}",
                flush=True,
            )


if __name__ == "__main__":
    main()
