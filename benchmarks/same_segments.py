"""The same segments before and after: two checkouts segment the same tables and logs, and are compared row by row.

Eight tables of `names.py` with rows left out and odd cells added, and three made logs of orders. Compared are the
customers (id, segment, outlier, borderline), the rows left out, and for logs the money: read, used, left out, to the cent. Names
may differ: they are told, and refute nothing.

    python benchmarks/same_segments.py OTHER           the path of the other checkout, with its kernels compiled
    python benchmarks/same_segments.py OTHER --keep FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from names import TABLES, customers
from orders_usefulness import gift_shop_lines

HERE = Path(__file__).parents[1]
CHOSEN = 8  # tables
SMALL, SEEDS = 600, (5, 6)  # customers and seeds of the made logs besides the usual one
COMPARED = ("id", "segment", "outlier", "borderline")


def tables() -> dict[str, pd.DataFrame]:
    """Eight customer tables with ids, a row twice, a missing id, an empty cell and a word among the numbers."""
    found = {}
    for name in sorted(TABLES)[:CHOSEN]:
        frame = customers(name, TABLES[name]).drop(columns="segment").astype(object)
        frame.insert(0, "customer_id", [f"c{number:05}" for number in range(len(frame))])
        frame.iloc[3, 1], frame.iloc[5, 1] = None, "n/a"
        frame.loc[len(frame)] = frame.iloc[0]
        frame.loc[len(frame)] = [None, *frame.iloc[1, 1:]]
        found[name] = frame
    return found


def logs() -> dict[str, pd.DataFrame]:
    """Three logs of orders with returns, of different shops."""
    return {"shop": gift_shop_lines(1500)} | {f"shop {seed}": gift_shop_lines(SMALL, seed) for seed in SEEDS}


def segment(checkout: Path, source: Path, runs: Path, *, orders: bool) -> tuple[pd.DataFrame, dict]:
    """Customers of a run of one checkout, and what the command says of it as JSON."""
    words = ["--orders", str(source)] if orders else [str(source)]
    command = [sys.executable, "-m", "clustera", "segment", *words, "--runs", str(runs), "--json"]
    code = os.environ | {"PYTHONPATH": str(checkout / "src")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=runs.parent, env=code)
    if done.returncode:
        raise SystemExit(f"{checkout}: {done.stderr}")
    said = json.loads(done.stdout)
    said["quarantine"] = pd.read_csv(Path(said["run"]) / "quarantine.csv", dtype=str).iloc[:, 0].tolist()
    said["profile"] = json.loads((Path(said["run"]) / "profile.json").read_text(encoding="utf-8"))
    return pd.read_csv(Path(said["run"]) / "customers.csv", dtype={"id": str}), said


def differences(one: tuple[pd.DataFrame, dict], two: tuple[pd.DataFrame, dict]) -> list[str]:
    """What is not the same; names apart."""
    (mine, said), (other, also) = one, two
    found = []
    for column in COMPARED:
        if len(mine) != len(other):
            return [f"{len(other)} customers before, {len(mine)} after"]
        unlike = int((mine[column] != other[column]).sum())
        if unlike:
            found.append(f"{unlike} of {len(mine)} rows differ in {column}")
    if said["balance"] != also["balance"] or said["quarantine"] != also["quarantine"]:
        found.append("other rows are left out")
    money = [(told["profile"].get("behavior") or {}).get("money") for told in (also, said)]
    if money[0] != money[1]:
        found.append(f"money {money[0]} before, {money[1]} after")
    values = [f["value"] for f in (mine, other) if "value" in f]
    if len(values) == 2 and not np.array_equal(values[0].round(2), values[1].round(2), equal_nan=True):
        found.append(f"forecasts differ by up to {np.nanmax(np.abs(values[0] - values[1])):.2f}")
    return found


def main() -> None:
    """Compare this checkout with another."""
    parser = argparse.ArgumentParser()
    parser.add_argument("other", type=Path)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        for orders, made in ((False, tables()), (True, logs())):
            for name, frame in made.items():
                source = folder / f"{name.replace(' ', '-')}.csv"
                frame.to_csv(source, index=False)
                after, before = (
                    segment(place, source, folder / which, orders=orders)
                    for which, place in (("after", HERE), ("before", asked.other.resolve()))
                )
                found = differences(after, before)
                names = [[entry["name"] for entry in told["segments"]] for _, told in (before, after)]
                renamed = "" if names[0] == names[1] else f"; names {names[0]} before, {names[1]} after"
                print(f"{name}: {after[1]['k']} segments, {len(after[0])} customers: {'; '.join(found) or 'the same'}{renamed}",
                      flush=True)  # fmt: skip
                wrong += bool(found)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
