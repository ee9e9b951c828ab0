"""Reading and checking a customer table beside DuckDB's bare `read_csv` of the same file, in CPU seconds.

Both run in processes of their own with one thread, in turns; each counts its own seconds after its imports. The bare side
reads the file as DuckDB finds it (sniffed types) and keeps the table, as one does before anything else.

Run it: python benchmarks/check_speed.py [rows in millions]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clustera.check import check
from clustera.engines import Engine, literal
from clustera.read import read

ROUNDS = 5
THREADS = 1


def write_customers(path: Path, rows: int) -> None:
    """Ids, three features, two descriptors, a date and some empty cells, as a shop exports them."""
    with Engine(threads=2) as engine:
        engine.view(
            "select 'C-' || lpad(cast(i as varchar), 8, '0') as customer_id, 18 + hash(i, 1) % 70 as age, "
            "round(exp(3 + 3 * (hash(i, 2) % 100003) / 100003.0), 2) as yearly_spend, "
            "case when hash(i, 3) % 50 > 0 then hash(i, 4) % 40 end as visits, "
            "case hash(i, 5) % 2 when 0 then 'female' else 'male' end as gender, 'region ' || hash(i, 6) % 9 as region, "
            f"date '2019-01-01' + cast(hash(i, 7) % 1500 as integer) as member_since from range({rows}) t(i)"
        ).write_csv(path)


def once(side: str, path: Path) -> dict[str, float]:
    """CPU seconds of one side in this process, by part."""
    with Engine(threads=THREADS) as engine:
        started = time.process_time()
        if side == "bare":
            engine.table(f"select * from read_csv({literal(path)})")
            return {"cpu": time.process_time() - started}
        raw = read(path, engine=engine)
        read_in = time.process_time()
        checked = check(raw)
        assert checked.balance.closes
        done = time.process_time()
        return {"cpu": done - started, "read": read_in - started, "check": done - read_in}


def main() -> None:
    """The best of each side, and their ratio."""
    if len(sys.argv) == 3:
        print(json.dumps(once(sys.argv[1], Path(sys.argv[2]))))
        return
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        write_customers(path, int(millions * 1e6))
        best: dict[str, dict[str, float]] = {}
        for side in ("bare", "ours") * ROUNDS:
            found = subprocess.run(
                [sys.executable, __file__, side, str(path)], check=True, capture_output=True, text=True
            )
            took = json.loads(found.stdout)
            best[side] = min(best.get(side, took), took, key=lambda one: one["cpu"])
        hand, our = best["bare"], best["ours"]
        print(f"{millions:g} million rows, {path.stat().st_size / 2**20:,.0f} MiB, {THREADS} thread, best of {ROUNDS}")
        print(
            f"bare read_csv cpu {hand['cpu']:.2f} s | read {our['read']:.2f} + check {our['check']:.2f} = cpu {our['cpu']:.2f} s "
            f"| ratio {our['cpu'] / hand['cpu']:.2f}"
        )


if __name__ == "__main__":
    main()
