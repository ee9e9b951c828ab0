"""From 20 million order lines in Parquet to customer features, beside a bare GROUP BY of the same aggregates.

Both sides run in DuckDB with a memory limit of 500 MB, each in a process of its own, and write one Parquet file with
one row per customer. The bare side is what one would write by hand: no typed lines, no cut-off, no exact money, no
order of days. Ours is all that is needed from the file on: `read_orders` (roles, rules, repeated lines, balance of the
money) and the features.

Run it: python benchmarks/orders_speed.py [lines in millions]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clustera import features
from clustera.engines import Engine, literal
from clustera.records import Raw, Source

MEMORY = "500MB"
CUSTOMERS = 1_000_000
AS_OF = 19_900  # 2024-06-26; the log ends with it
THREADS = 2
ROUNDS = 3


def write_log(path: Path, lines: int) -> None:
    """A log as tills write it: in the order of time, three lines to a basket, some customers far busier than others."""
    baskets = lines // 3
    with Engine(memory_limit="2GB", threads=THREADS) as engine:
        customer = f"cast(floor({CUSTOMERS} * power((hash(basket) % 1000003) / 1000003.0, 1.6)) as bigint)"
        day = f"date '1970-01-01' + cast({AS_OF} - 730 + floor(730.0 * basket / {baskets}) as integer)"
        cents = "cast(50 + hash(i, 2) % 9950 as double)"
        rows = engine.view(
            f"select {customer} as customer_id, basket as order_id, {day} as order_date, {cents} / 100 as amount, "
            f"cast(hash(i, 3) % 20000 as integer) as product from (select i, i // 3 as basket from range({baskets * 3}) t(i))"
        )
        rows.write_parquet(path)


def bare(log: Path) -> dict[str, str]:
    """The same aggregates by hand."""
    source = f"read_parquet({literal(log)})"
    last, quarter = f"date '1970-01-01' + {AS_OF}", f"date '1970-01-01' + {AS_OF - 91}"
    default = (
        f"select customer_id, {last} - max(order_date) as days_since_last_order, count(distinct order_date) as order_days, "
        f"sum(amount) as spend, coalesce(sum(amount) filter (where order_date > {quarter}), 0) as recent_spend "
        f"from {source} group by customer_id"
    )
    wide = default.replace(
        f" from {source}",
        f", {last} - min(order_date) as tenure, sum(amount) / count(distinct order_date) as average_order_value, "
        f"count(distinct order_date) filter (where order_date > {quarter}) as recent_order_days, "
        "count(*) / count(distinct order_date) as lines_per_day, count(distinct product) as products "
        f"from {source}",
    )
    return {"default": default, "wide": wide}


WIDE = (
    "days_since_last_order",
    "order_days",
    "spend",
    "recent_spend",
    "tenure",
    "average_order_value",
    "recent_order_days",
    "lines_per_day",
    "products",
)


def ours(log: Path, name: str, engine: Engine, out: Path) -> dict[str, float]:
    """From the file to the features; CPU seconds of the two parts."""
    started = time.process_time()
    rows = engine.parquet([log]).select("select row_number() over () as _row, * from {rows}")
    orders = features.read_orders(Raw(Source(log.name, "parquet", rows.count()), rows))
    assert orders.money.closes
    read = time.process_time()
    features.customer_behavior(orders, as_of=AS_OF, selection=None if name == "default" else WIDE).write_parquet(out)
    return {"read": read - started, "features": time.process_time() - read}


def once(side: str, name: str, log: Path) -> dict[str, float]:
    """One side in this process: wall and CPU seconds, and the peak of its memory in MiB."""
    with Engine(memory_limit=MEMORY, threads=THREADS) as engine:
        out = engine.folder / "features.parquet"
        wall, cpu = time.perf_counter(), time.process_time()
        parts = ours(log, name, engine, out) if side == "ours" else {}
        if side == "bare":
            engine.view(bare(log)[name]).write_parquet(out)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, **parts}
    return took | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10}


def in_a_process(*words: str) -> dict[str, float]:
    """What this script says when it is run with `words`."""
    found = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(found.stdout or "{}")
    return answer


def main() -> None:
    """Both sides in turns, so that other work on the machine meets both alike; the best of each counts."""
    if len(sys.argv) == 4:
        print(json.dumps(once(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
        return
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "orders.parquet"
        write_log(log, int(millions * 1e6))
        size = log.stat().st_size / 2**20
        print(f"{millions:g} million lines, {size:,.0f} MiB of Parquet, memory limit {MEMORY}, {THREADS} threads")
        for name in ("default", "wide"):
            best: dict[str, dict[str, float]] = {}
            for side in ("bare", "ours") * ROUNDS:
                took = in_a_process(side, name, str(log))
                best[side] = min(best.get(side, took), took, key=lambda one: one["cpu"])
            hand, our = best["bare"], best["ours"]
            print(
                f"{name:8s} bare GROUP BY cpu {hand['cpu']:5.2f} s, wall {hand['wall']:5.2f} s, peak {hand['peak']:4.0f} MiB | "
                f"read_orders {our['read']:5.2f} + features {our['features']:5.2f} = cpu {our['cpu']:5.2f} s, "
                f"wall {our['wall']:5.2f} s, peak {our['peak']:4.0f} MiB | "
                f"ratio cpu {our['cpu'] / hand['cpu']:.2f}, wall {our['wall'] / hand['wall']:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
