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
from choose_k_sets import BEFORE, FRESH, JUDGING, LATEST, PATHS, TUNING, Floats, Set, sets
from clustera import prepare
from clustera.cluster.candidates import candidate_numbers
from clustera.cluster.choose import choose
from clustera.cluster.evidence import Evidence, gather_evidence
from clustera.cluster.growing import search_more_k
from clustera.cluster.options import ClusterOptions
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import draft_sweep
from clustera.engines import Engine
from clustera.records import Column, KSelection
from clustera.samples import PAIRED
from gathered import drawing, gather

RESULTS = Path(__file__).parent / "results"

FACTS = [
    *("name", "family", "n", "d", "k", "clear", "verdict", "valley", "aside", "cpu_s"),
    *("seeds_agree", "draws_agree", "close"),
]
DRAWS = {"judging": JUDGING, "before": BEFORE, "paths": PATHS, "latest": LATEST, "fresh": FRESH, "tuning": TUNING}


def prepared(points: Floats) -> tuple[prepare.Block, Floats]:
    """The customers as the product prepares them, and the jittered sample that k is chosen on."""
    names = [f"x{j}" for j in range(points.shape[1])]
    keys = np.random.default_rng(99).integers(0, 2**63, len(points), dtype=np.uint64)
    with Engine(threads=1) as engine:
        table = pa.table({"_row": np.arange(len(points)), "_key": keys, **dict(zip(names, points.T, strict=True))})
        rows = engine.arrow(table)
        learned = prepare.learn_preparation(rows, [Column(name, "feature", "number", name) for name in names])
        block = gather(prepare.prepared_blocks(rows, learned))
    some = np.flatnonzero(drawing(block))[:PAIRED]
    return block, prepare.jittered_points(block.points[some], block.key[some], learned)


def chosen(
    points: Floats, *, seed: int = 0, draws: int = 0
) -> tuple[KSelection, Evidence, dict[int, Solution], prepare.Block]:
    """What the product would choose; other `draws` judge it on other halves and bootstrap samples than the product's."""
    block, judged = prepared(points)
    drawn = block.points[drawing(block)]
    distinct = len(np.unique(drawn[:10_000], axis=0))
    options = ClusterOptions()
    looked = search_more_k(
        candidate_numbers(len(drawn), distinct, options),
        sweep=lambda ks: draft_sweep(drawn, ks, seed=seed, threads=1),
        judge=lambda solutions, draw: gather_evidence(judged, drawn, solutions, seed=draws + 1_000 * draw),
        customers=len(drawn),
        distinct=distinct,
        options=options,
    )
    sweep = {k: solution for drafts in looked.drafts for k, solution in drafts.solutions.items()}
    return choose(looked.evidence.table), looked.evidence, sweep, block


def answers(case: Set, *, usual: Sequence[str], seeds: int = 1) -> dict[str, Any]:
    """One line of the table: `clustera` counts clear groups, anything else is 1."""
    start = time.process_time()
    selection, evidence, _, block = chosen(case.points)
    seconds = time.process_time() - start
    others = [chosen(case.points, seed=seed)[0] for seed in range(1, seeds)]
    judged_again = [chosen(case.points, draws=draws)[0] for draws in range(1, seeds)]
    row: dict[str, Any] = {
        "name": case.name, "family": case.family, "n": len(case.points), "d": case.points.shape[1], "k": case.k,
        "clear": int(case.clear), "clustera": selection.k if selection.verdict == "clear" else 1,
        "silhouette, our preparation": max(evidence.table, key=lambda e: e.silhouette).k,
        "verdict": selection.verdict, "valley": min(e.valley for e in evidence.table),
        "aside": float(block.outlier.mean()), "cpu_s": round(seconds, 2),
        "seeds_agree": int(all((one.k, one.verdict) == (selection.k, selection.verdict) for one in others)),
        "draws_agree": int(all((one.k, one.verdict) == (selection.k, selection.verdict) for one in judged_again)),
        "close": next((reason.values["other"] for reason in selection.because if reason.code == "about-as-good"), 0),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rule in usual:
            start = time.process_time()
            row[rule] = usual_answers(case.points, [rule])[rule]
            row[f"{rule} cpu_s"] = round(time.process_time() - start, 2)
        return row


def table(found: pd.DataFrame, seeds: int) -> None:
    """Exact on clear sets, missed among them, false structure on nulls; then the families."""
    rules = [c for c in found.columns if c not in FACTS and not c.endswith(" cpu_s")]
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
    if others := [c for c in found.columns if c.endswith(" cpu_s")]:
        print(found[others].median().round(2).rename("median").to_string())
    if seeds > 1:
        print(f"All seeds gave the same answer on {found.seeds_agree.sum()} of {len(found)} sets")
        other = found[found.draws_agree == 0]
        told = (other.close > 0).sum()
        print(f"Judged by other draws, {len(other)} of {len(found)} differ; {told} of them are told as close")


def main() -> None:
    """Run, write, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draws", choices=DRAWS, default="latest")
    asked.add_argument("--structured", type=int, default=8, help="sets of every family with segments")
    asked.add_argument("--null", type=int, default=14, help="sets of every family without")
    asked.add_argument(
        "--usual-nulls", type=int, default=3, help="nulls of every family on which the usual rules are asked"
    )
    asked.add_argument("--families", nargs="*", default=(), help="of the sets with segments; all if none is named")
    asked.add_argument("--rules", nargs="*", default=USUAL, choices=USUAL, help="which of the usual rules")
    asked.add_argument(
        "--seeds", type=int, default=1, help="how often ours is asked with another seed, and as often with other draws"
    )
    said = asked.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"choose_k-{said.draws}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for case in sets(DRAWS[said.draws], structured=said.structured, null=said.null, families=said.families):
            usual = case.k > 1 or int(case.name.rsplit("-", 1)[1]) < said.usual_nulls
            row = answers(case, usual=said.rules if usual else (), seeds=said.seeds)
            if writer is None:
                names = [*row] if usual else [*row, *said.rules, *(f"{rule} cpu_s" for rule in said.rules)]
                writer = csv.DictWriter(file, names)
                writer.writeheader()
            writer.writerow(row)
            file.flush()
    table(pd.read_csv(path), said.seeds)
    print(f"Every set: {path}")


if __name__ == "__main__":
    main()
