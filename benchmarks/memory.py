"""Peak memory of `clustera check`, `segment` and `predict` on CSV files of growing size, each in a process of its own.

Run it: python benchmarks/memory.py [GB ...]    (0.2, 1 and 5 when none is given; the disk must hold each file about four times)
The engine is held to MEMORY by `--set memory_limit=...`; what is told is the peak of the whole process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clustera.engines import Engine

MEMORY = "500MB"
BYTES_PER_ROW = 45.0
VERBS = ("check", "segment", "predict")


def write_customers(path: Path, gigabytes: float) -> int:
    """Ids, three features of four groups, and a descriptor; returns the number of rows."""
    rows = int(gigabytes * 1e9 / BYTES_PER_ROW)
    noise = "((hash(i, {0}) % 100003) + (hash(i, {0} + 50) % 100003) + (hash(i, {0} + 90) % 100003)) / 300009.0"
    cells = ", ".join(
        f"round({low} + {step} * ((i {move} ) % 4) + {width} * {noise.format(seed)}, 4) as {name}"
        for seed, (name, low, step, width, move) in enumerate(
            (
                ("age", 20, 12, 10, "+ 0"),
                ("yearly_spend", 100, 900, 700, "* 3 + 1"),
                ("visits_per_month", 1, 4, 3, "// 2"),
            )
        )
    )
    with Engine(memory_limit=MEMORY) as engine:
        engine.view(
            f"select 'C-' || lpad(cast(i as varchar), 10, '0') as customer_id, {cells}, "
            f"'region ' || (hash(i, 7) % 9) as region from range({rows}) t(i)"
        ).write_csv(path)
    return rows


def measured(*words: str, folder: Path) -> tuple[float, float, float]:
    """Peak memory in MiB, CPU and wall seconds of one command."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "clustera", *words]
    with (folder / "said.txt").open("wb") as said:
        child = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit((folder / "said.txt").read_text())
    return used.ru_maxrss / 2**10, used.ru_utime + used.ru_stime, time.perf_counter() - started


def main() -> None:
    """One file after the other, each removed before the next is written."""
    print(f"memory limit of the engine {MEMORY}; temporary files in {tempfile.gettempdir()}")
    for gigabytes in [float(word) for word in sys.argv[1:]] or [0.2, 1.0, 5.0]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            table = folder / "customers.csv"
            rows = write_customers(table, gigabytes)
            print(f"{table.stat().st_size / 1e9:.2f} GB, {rows:,} rows", flush=True)
            limit = ("--set", f"memory_limit={MEMORY}")
            commands = {
                "check": ("check", str(table), *limit),
                "segment": ("segment", str(table), *limit, "--quiet"),
                "predict": ("predict", "latest", str(table), *limit, "--output", "scored.parquet", "--quiet"),
            }
            for verb in VERBS:
                peak, cpu, wall = measured(*commands[verb], folder=folder)
                print(f"  {verb:8s} peak {peak:6,.0f} MiB   cpu {cpu:6.1f} s   wall {wall:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
