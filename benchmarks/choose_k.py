"""How well k is chosen: ours against the usual rules, on generated customers with a known truth.

    python benchmarks/choose_k.py                     # the draws that figures are told of
    python benchmarks/choose_k.py --draws tuning      # the draws that rules may be tuned on

Writes one line per set to benchmarks/results/choose_k-DRAWS.csv as it goes and prints the table at the end. Needs the
group `bench` of pyproject.toml.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from choose_k_rules import USUAL, usual_answers
from choose_k_sets import BEFORE, JUDGING, TUNING, Floats, Set, sets
from clustera import prepare
from clustera.cluster.candidates import ClusterOptions, candidates
from clustera.cluster.choose import choose
from clustera.cluster.evidence import Evidence, gather_evidence
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.engines import Engine
from clustera.records import Column, KSelection
from clustera.samples import PAIRED
from gathered import drawing, gather

RESULTS = Path(__file__).parent / "results"

DRAWS = {"judging": JUDGING, "before": BEFORE, "tuning": TUNING}


def prepared(points: Floats) -> tuple[prepare.Block, Floats]:
    """The customers as the product prepares them, and the jittered sample that k is chosen on."""
    names = [f"x{j}" for j in range(points.shape[1])]
    keys = np.random.default_rng(99).integers(0, 2**63, len(points), dtype=np.uint64)
    with Engine(threads=1) as engine:
        table = pa.table({"_row": np.arange(len(points)), "_key": keys, **dict(zip(names, points.T, strict=True))})
        rows = engine.arrow(table)
        learned = prepare.learn(rows, [Column(name, "feature", "number", name) for name in names])
        block = gather(prepare.blocks(rows, learned))
    some = np.flatnonzero(drawing(block))[:PAIRED]
    return block, prepare.jittered(block.points[some], block.key[some], learned)


def chosen(points: Floats) -> tuple[KSelection, Evidence, dict[int, Solution], prepare.Block]:
    """What the product would choose."""
    block, judged = prepared(points)
    drawn = block.points[drawing(block)]
    ks = candidates(len(drawn), len(np.unique(drawn[:10_000], axis=0)), ClusterOptions())
    sweep = solve_sweep(drawn, [1, *ks], seed=0, threads=1)
    evidence = gather_evidence(judged, drawn, sweep, seed=0)
    return choose(evidence.table), evidence, sweep, block


def answers(case: Set, *, usual: Sequence[str]) -> dict[str, Any]:
    """One line of the table: `clustera` counts clear groups, anything else is 1."""
    start = time.process_time()
    selection, evidence, _, block = chosen(case.points)
    seconds = time.process_time() - start
    row: dict[str, Any] = {
        "name": case.name, "family": case.family, "n": len(case.points), "d": case.points.shape[1], "k": case.k,
        "clear": int(case.clear), "clustera": selection.k if selection.verdict == "clear" else 1,
        "silhouette, our preparation": max(evidence.table, key=lambda e: e.silhouette).k,
        "verdict": selection.verdict, "valley": min(e.valley for e in evidence.table),
        "aside": float(block.outlier.mean()), "cpu_s": round(seconds, 2),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return row | (usual_answers(case.points, usual) if usual else {})


def table(found: pd.DataFrame) -> None:
    """Exact on clear sets, missed among them, false structure on nulls; then the families."""
    rules = [
        c
        for c in found.columns
        if c not in {"name", "family", "n", "d", "k", "clear", "verdict", "valley", "aside", "cpu_s"}
    ]
    clear, null = found[found.clear == 1], found[found.k == 1]
    rows = {}
    for rule in rules:
        told = null[rule].dropna()
        rows[rule] = {
            "exact": (clear[rule] == clear.k).mean(), "missed": (clear[rule] == 1).mean(),
            "false structure": (told != 1).mean(), "nulls": len(told),
        }  # fmt: skip
    print(f"{len(clear)} clear sets, {len(null)} without structure")
    print(pd.DataFrame(rows).T.round(3).to_string())
    hits = pd.DataFrame({rule: (clear[rule] == clear.k) for rule in rules}).groupby(clear.family).mean()
    print(hits.assign(sets=clear.groupby("family").size()).round(2).to_string())
    print(f"CPU seconds of clustera: median {found.cpu_s.median():.2f}, 95 % below {found.cpu_s.quantile(0.95):.2f}")


def main() -> None:
    """Run, write, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draws", choices=DRAWS, default="judging")
    asked.add_argument("--structured", type=int, default=8, help="sets of every family with segments")
    asked.add_argument("--null", type=int, default=14, help="sets of every family without")
    asked.add_argument(
        "--usual-nulls", type=int, default=3, help="nulls of every family on which the usual rules are asked"
    )
    asked.add_argument("--rules", nargs="*", default=USUAL, choices=USUAL, help="which of the usual rules")
    said = asked.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"choose_k-{said.draws}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for case in sets(DRAWS[said.draws], structured=said.structured, null=said.null):
            usual = case.k > 1 or int(case.name.rsplit("-", 1)[1]) < said.usual_nulls
            row = answers(case, usual=said.rules if usual else ())
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow(row)
            file.flush()
    table(pd.read_csv(path))
    print(f"Every set: {path}")


if __name__ == "__main__":
    main()
