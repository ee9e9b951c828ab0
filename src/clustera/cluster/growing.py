"""The search for the number of segments: more are looked at while the largest numbers are as far apart as fewer are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.candidates import further_candidates
from clustera.cluster.evidence import Evidence, gather_evidence
from clustera.cluster.judgments import close_calls
from clustera.cluster.options import ClusterOptions
from clustera.cluster.paths import path_neighbors
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import SweepDrafts

AGAIN = 3  # more measurements where chance in one may decide
MOST_AGAIN = 8  # numbers of segments that are measured again, the largest

Judge = Callable[[Mapping[int, Solution], int], Evidence]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Every number of segments that was looked at.

    Attributes:
        drafts: The sweeps, one for every range of ks.
        evidence: What speaks for and against each.
    """

    drafts: tuple[SweepDrafts, ...]
    evidence: Evidence

    def draft_of(self, k: int) -> SweepDrafts:
        """The sweep that holds k."""
        return next(drafts for drafts in self.drafts if k in drafts.solutions)


def search_more_k(
    ks: Sequence[int],
    *,
    sweep: Callable[[Sequence[int]], SweepDrafts],
    judge: Judge,
    customers: int,
    distinct: int,
    options: ClusterOptions,
) -> Looked:
    """Solve and judge every k, and larger ones while there are gaps between all segments at the largest.

    Where chance in the measurement may decide, it is made again with other draws.

    Args:
        ks: The ks to begin with.
        sweep: Solves some ks.
        judge: Measures some solutions; the number names the draw.
        customers: How many take part.
        distinct: How many of them differ.
        options: What is asked for.
    """
    first = sweep([1, *ks])
    looked = Looked((first,), judge(first.solutions, 0))
    while more := further_candidates(looked.evidence.table, customers, distinct, options):
        drafts = sweep([1, *more])
        found = judge(drafts.solutions, 0)
        table = (*looked.evidence.table, *found.table)
        together = replace(looked.evidence.renewed(found), table=table)
        looked = Looked((*looked.drafts, drafts), together)
    again = close_calls(looked.evidence.table)[-MOST_AGAIN:]
    if not again:
        return looked
    every = {k: solution for drafts in looked.drafts for k, solution in drafts.solutions.items()}
    more_draws = [judge({k: every[k] for k in (1, *again)}, draw) for draw in range(1, AGAIN + 1)]
    return replace(looked, evidence=looked.evidence.averaged(more_draws))


def judge_on_customers(
    judged: NDArray[np.float64],
    sample: NDArray[Any],
    *,
    faded: Callable[[], NDArray[np.float64] | None] | None = None,
) -> Judge:
    """Measures solutions on these customers, by draws that are the same for every seed of the search.

    Args:
        judged: As for `gather_evidence`.
        sample: As for `gather_evidence`.
        faded: As for `gather_evidence`.
    """
    nearest = path_neighbors(judged)
    return lambda solutions, draw: gather_evidence(
        judged, sample, solutions, seed=1_000 * draw, nearest=nearest, faded=faded
    )


def judge_repeatedly(judge: Judge, solutions: Mapping[int, Solution]) -> Evidence:
    """The mean of as many measurements as a close call gets."""
    return judge(solutions, 0).averaged([judge(solutions, draw) for draw in range(1, AGAIN + 1)])
