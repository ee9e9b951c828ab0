"""How often is a segment that is called distinct a real one? On generated customers with a known truth.

    python benchmarks/statements.py

Segments are judged at the chosen number and, as when a user asks for another, at one fewer and one more; and on
customers without structure. A segment is real when it overlaps one generated group by at least .8 (Jaccard), or
several whole ones that lie next to each other. Writes benchmarks/results/statements.csv.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from choose_k import RESULTS, chosen
from choose_k_sets import JUDGING, TUNING, Set, sets
from clustera.cluster.assign import assign
from clustera.cluster.choose import choose
from clustera.cluster.options import ClusterOptions
from clustera.errors import InputError
from clustera.profile.trust import trust_statement
from clustera.records import TrustNumbers

REAL = 0.8


def overlap(members: NDArray[np.bool_], groups: NDArray[np.int64]) -> float:
    """Jaccard overlap with the union of the groups that lie mostly inside the segment, or with the best single one."""
    kept = groups >= 0
    members, groups = members[kept], groups[kept]
    inside = np.array([members[groups == g].mean() for g in np.unique(groups)])
    unions = [np.isin(groups, np.unique(groups)[inside > 0.5]), *(groups == g for g in np.unique(groups))]
    return max(float((members & union).sum() / max((members | union).sum(), 1)) for union in unions)


def segments(case: Set) -> Iterator[dict[str, Any]]:
    """One line per segment: its numbers, its statement and whether it is real."""
    selection, evidence, sweep, block = chosen(case.points)
    truth = case.labels[block.row]
    for k in (selection.k - 1, selection.k, selection.k + 1):
        try:
            asked = choose(evidence.table, options=ClusterOptions(k=(k, k)) if k != selection.k else None)
        except (InputError, ValueError):
            continue
        labels = assign(block.points, sweep[k].centers)[0]
        for place, numbers in enumerate(evidence.trust(k, range(k))):
            members = labels == place
            said = trust_statement(
                TrustNumbers(place + 1, numbers.jaccard, numbers.valley, numbers.neighbor + 1, 0.0), asked.verdict
            )
            real = case.k > 1 and overlap(members, truth) >= REAL
            # All customers together are no segment.
            real = real and not (np.isin(truth[members], np.unique(truth)).all() and members.mean() > 0.99)
            yield {
                "name": case.name, "family": case.family, "k": k, "chosen": int(k == selection.k), "truth": case.k,
                "verdict": asked.verdict, "statement": said, "jaccard": numbers.jaccard, "valley": numbers.valley, "real": int(real),
            }  # fmt: skip


def main() -> None:
    """Run, write, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draws", choices=["judging", "tuning"], default="judging")
    asked.add_argument("--structured", type=int, default=4, help="sets of every family with segments")
    asked.add_argument("--null", type=int, default=2, help="sets of every family without")
    said = asked.parse_args()
    # Other draws than those that choosing k is judged on.
    first = (JUDGING if said.draws == "judging" else TUNING) + 500
    found = pd.DataFrame(
        line for case in sets(first, structured=said.structured, null=said.null) for line in segments(case)
    )
    RESULTS.mkdir(exist_ok=True)
    found.to_csv(RESULTS / "statements.csv", index=False)
    print(f"{len(found)} segments")
    print(found.groupby("statement").real.agg(["size", "mean"]).round(3).to_string())
    print(found[found.chosen == 1].groupby("statement").real.agg(["size", "mean"]).round(3).to_string())


if __name__ == "__main__":
    main()
