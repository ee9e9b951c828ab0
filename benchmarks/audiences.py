"""How long it takes to count an audience: 1,000,000 customers with 20 columns, 15 definitions, 20 times each.

Run: python benchmarks/audiences.py [customers]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clustera.audiences import Population, count_customers, join_values, select_customers
from clustera.engines import Engine

NAMES = {1: "Regulars", 2: "Big spenders", 3: "One-time buyers", 4: "Quiet", 5: "New"}
SAVED = {
    "Big": "spend > 200",
    "Quiet": 'overdue or stage is "lapsed"',
    "Core": 'in audience "Big" and not in audience "Quiet"',
}
DEFINITIONS = (
    "everyone",
    "spend > 100",
    'segment is "Regulars" and spend > 100',
    'segment in (1, 2) and city in ("Berlin", "Paris") and not overdue',
    "last_purchase in the last 90 days",
    'stage is "overdue" or days_overdue > 30',
    "not (spend > 100) and spend is missing",
    'city contains "er"',
    'in audience "Core"',
    'not in audience "Quiet" and value between 50 and 500',
    "moved from 1 to 2",
    "next_order in the next 30 days and rfm_r >= 4",
    'action is "Win back" and not (f1 > 1 or f2 < 0 or f3 between -1 and 1)',
    "f1 > 0 and f2 > 0 and f3 > 0 and f4 > 0 and f5 > 0",
    'rfm_group in ("A", "B", "C") and value > 10 and not in audience "Big" and overdue is false',
)


def write(folder: Path, n: int) -> None:
    """Customers and their values as a run keeps them: 20 columns besides the id."""
    random = np.random.default_rng(0)
    ids = pa.array([f"customer-{i}" for i in range(n)])
    pick = lambda words: pa.array(np.array(words)[random.integers(0, len(words), n)])  # noqa: E731
    customers = {
        "id": ids,
        "segment": pa.array(random.integers(1, 6, n), pa.int32()),
        "name": pick(list(NAMES.values())),
        "key": pa.array(random.integers(0, 2**63, n), pa.uint64()),
        "segment_before": pa.array(random.integers(1, 6, n), pa.int32()),
        "value": pa.array(random.lognormal(4, 1, n)),
        "stage": pick(["new", "active", "overdue", "lapsed"]),
        "overdue": pa.array(random.random(n) < 0.1),
        "days_overdue": pa.array(random.integers(0, 90, n), pa.int32()),
        "rfm_r": pa.array(random.integers(1, 6, n), pa.int32()),
        "rfm_group": pick(list("ABCDEF")),
        "next_order": pa.array(random.integers(19_600, 19_900, n).astype("int32"), pa.int32()).cast(pa.date32()),
        "action": pick(["Win back", "Reward", "Nothing"]),
    }
    spend = random.lognormal(4, 1, n)
    values = {
        "id": ids,
        "days_since_last_order": pa.array(random.integers(0, 400, n).astype(float)),
        "spend": pa.array(spend, mask=random.random(n) < 0.05),
        "city": pick(["Berlin", "Paris", "Rome", "Vienna", "Oslo"]),
        **{f"f{i}": pa.array(random.normal(size=n)) for i in range(1, 6)},
    }
    pq.write_table(pa.table(customers), folder / "customers.parquet")
    pq.write_table(pa.table(values), folder / "values.parquet")


def main() -> None:
    """Print the times of counts over the files of a run, and over the same customers held in memory."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, Engine() as engine:
        write(Path(folder), n)
        print(f"{n:,} customers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        begun = time.perf_counter()
        files = [engine.parquet([Path(folder) / f"{name}.parquet"]) for name in ("customers", "values")]
        rows = join_values(*files)
        print(f"opened in {time.perf_counter() - begun:.2f} s")
        begun = time.perf_counter()
        held = rows.keep()
        print(f"held in memory after {time.perf_counter() - begun:.2f} s")
        for label, population in (("files", rows), ("memory", held)):
            times, busy = [], time.process_time()
            asked = Population(population, NAMES, "The run", as_of=19_700, days_before=31)
            for _ in range(20):
                for definition in DEFINITIONS:
                    begun = time.perf_counter()
                    count_customers(select_customers(definition, asked, audiences=SAVED), asked)
                    times.append(time.perf_counter() - begun)
            print(
                f"{label}: median {np.median(times) * 1e3:.0f} ms, p95 {np.quantile(times, 0.95) * 1e3:.0f} ms, "
                f"CPU {(time.process_time() - busy) / len(times) * 1e3:.0f} ms a count"
            )


if __name__ == "__main__":
    main()
