"""Counts of an audience while one types, over HTTP: 1,000,000 customers with 20 columns, the page and its JSON.

    python benchmarks/live_counts.py [customers]

Five definitions are typed word by word; each beginning that can be understood is asked for three times over one connection, as
the page does. Times are of the clock, until the last byte; the processor's are those of the service's process.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import clustera
from clustera.audiences import parse_definition
from clustera.errors import InputError
from service import KEY, processor_seconds, served, wait_until_idle

PORT = 8451
TIMES = 3
LINES = (
    'segment is 1 and f1 > 0.5 and city is "Berlin"',
    'city in ("Berlin", "Paris") and rating >= 4 and not plan is "basic"',
    "f1 > 0 and f2 > 0 and f3 > 0 and f4 > 0 and f5 > 0",
    "distance < 2 or (borderline and f2 between -1 and 1)",
    'channel contains "o" and f3 is missing',
)


def publish(folder: Path, customers: int) -> None:
    """A run of customers with six features and four descriptors, 20 columns with what it finds."""
    random = np.random.default_rng(0)
    pick = lambda words: pa.array(np.array(words)[random.integers(0, len(words), customers)])  # noqa: E731
    group = random.integers(0, 5, customers)
    table = {"customer_id": pa.array([f"customer-{i}" for i in range(customers)])}
    for i in range(6):
        values = (random.normal(size=customers) + group * (i % 3 - 1)).round(4)
        table[f"f{i + 1}"] = pa.array(values, mask=random.random(customers) < 0.02)
    table["city"] = pick(["Berlin", "Paris", "Rome", "Vienna", "Oslo"])
    table["plan"] = pick(["basic", "plus", "pro"])
    table["channel"] = pick(["shop", "web", "app", "phone"])
    table["rating"] = pa.array(random.integers(1, 6, customers).astype(float))
    pq.write_table(pa.table(table), folder / "customers.parquet")
    features = [f"f{i + 1}" for i in range(6)]
    with clustera.segment(folder / "customers.parquet", k=5, features=features, progress=False) as seg:
        seg.publish(folder / "runs", name="bench")


def typed(line: str) -> list[str]:
    """The beginnings of a line, word by word, that are definitions."""
    found = []
    for end in (match.end() for match in re.finditer(r'"[^"]*"|\S+', line)):
        try:
            parse_definition(line[:end])
        except InputError:
            continue
        found.append(line[:end])
    return found


def main(customers: int) -> None:
    print(f"{customers:,} customers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    asked = [beginning for line in LINES for beginning in typed(line)]
    with tempfile.TemporaryDirectory() as name:
        publish(Path(name), customers)
        words = [str(Path(sys.executable).parent / "clustera"), "serve", "--no-browser", "--rate-limit", "0"]
        with served([*words, "--runs", f"{name}/runs", "--port", str(PORT)], PORT) as pid:
            wait_until_idle(pid)
            print("| | first, ms | median ms | p95 ms | processor ms |\n|---|---|---|---|---|")
            for what, accept in ((".json", "application/json"), ("", "text/html")):
                connection = http.client.HTTPConnection("127.0.0.1", PORT)
                times, used = [], 0.0
                for place, definition in enumerate(["f1 > 0", *asked * TIMES]):
                    used = processor_seconds(pid) if place == 1 else used
                    begun = time.perf_counter()
                    headers = {"Authorization": f"Bearer {KEY}", "Accept": accept}
                    connection.request("GET", f"/runs/bench/audience{what}?define={quote(definition)}", headers=headers)
                    answer = connection.getresponse()
                    body = answer.read()
                    # Half a value, such as a column's name alone, is told in a sentence.
                    assert answer.status in (200, 422), (definition, body[:300])
                    times.append((time.perf_counter() - begun) * 1e3)
                first, times = times[0], times[1:]
                used = (processor_seconds(pid) - used) / len(times) * 1e3
                print(
                    f"| {what or 'page'} | {first:.0f} | {np.median(times):.0f} | {np.quantile(times, 0.95):.0f} | {used:.0f} |",
                    flush=True,
                )
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
