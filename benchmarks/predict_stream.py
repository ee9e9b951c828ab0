"""`clustera predict` of files: rows for each second of one core, and memory at n and at twice n customers.

    python benchmarks/predict_stream.py [customers in millions, 10] [share of missing values, 0.02] [parquet, text or csv]

One thread; the time is the processor's, of the whole command in a process of its own: reading, the check, assigning, writing
Parquet. "text" is Parquet with ids such as cust-00000417, "csv" the same as CSV; else ids are whole numbers. Files go to a temporary folder (about 40 bytes a row and feature).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

import clustera

CHUNK = 1_000_000
FEATURES = (3, 6, 8)
CHILD = """
import json, resource, sys, time
started = time.perf_counter()
import clustera
from pathlib import Path
from clustera.store import write_assigned
run, table, output = map(Path, sys.argv[1:])
seg = clustera.load(run)
before = resource.getrusage(resource.RUSAGE_SELF)
scored = seg.assign(table, threads=1)
write_assigned(scored.customers, output, names=seg.names)
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"cpu": cpu, "wall": time.perf_counter() - started, "rss": after.ru_maxrss / 1024, "rows": scored.balance.read}))
"""


def write_customers(path: Path, customers: int, features: int, missing: float, kind: str = "parquet") -> None:
    """A file of customers: a whole number or a text as id, lognormal features with three decimals, some missing."""
    draw = np.random.default_rng(0)
    writer = None
    for start in range(0, customers, CHUNK):
        n = min(CHUNK, customers - start)
        group = draw.integers(0, 5, n)
        numbers = np.arange(start, start + n)
        cells = {"customer_id": pa.array(numbers if kind == "parquet" else [f"cust-{i:08d}" for i in numbers])}
        for j in range(features):
            values = draw.lognormal(2 + group * 0.3 * (j % 3 - 1), 0.6, n).round(3)
            cells[f"f{j}"] = pa.array(values, mask=draw.random(n) < missing)
        table = pa.table(cells)
        writer = writer or (pacsv.CSVWriter if kind == "csv" else pq.ParquetWriter)(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def main(millions: float, missing: float, kind: str) -> None:
    """Print one line for each number of features and customers."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| features | customers | rows/s of one core | wall s | memory MB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for features in FEATURES:
            write_customers(
                folder / "small.parquet", 20_000, features, missing, "parquet" if kind == "parquet" else "text"
            )
            with clustera.segment(folder / "small.parquet", k=5, progress=False) as seg:
                run = seg.save(folder / f"run{features}")
            for customers in (int(millions * 1e6), int(2e6 * millions)):
                table = folder / f"customers.{'csv' if kind == 'csv' else 'parquet'}"
                write_customers(table, customers, features, missing, kind)
                words = [sys.executable, "-c", CHILD, str(run), str(table), str(folder / "scored.parquet")]
                said = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
                assert said["rows"] == customers
                print(
                    f"| {features} | {customers:,} | {customers / said['cpu']:,.0f} | {said['wall']:.1f} | {said['rss']:,.0f} |",
                    flush=True,
                )
                table.unlink()
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    asked = dict(enumerate(sys.argv[1:]))
    main(float(asked.get(0, 10)), float(asked.get(1, 0.02)), asked.get(2, "parquet"))
