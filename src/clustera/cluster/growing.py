"""The search for the number of segments: more are looked at while the largest numbers are as far apart as fewer are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clustera.cluster.candidates import ClusterOptions, further
from clustera.cluster.evidence import Evidence
from clustera.cluster.sweep import Drafts


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Every number of segments that was looked at.

    Attributes:
        drafts: The sweeps, one for every range of ks.
        evidence: What speaks for and against each.
    """

    drafts: tuple[Drafts, ...]
    evidence: Evidence

    def draft_of(self, k: int) -> Drafts:
        """The sweep that holds k."""
        return next(drafts for drafts in self.drafts if k in drafts.solutions)


def look_at(
    ks: Sequence[int],
    *,
    sweep: Callable[[Sequence[int]], Drafts],
    judge: Callable[[Drafts], Evidence],
    customers: int,
    distinct: int,
    options: ClusterOptions,
) -> Looked:
    """Solve and judge every k, and larger ones while there are gaps between all segments at the largest.

    Args:
        ks: The ks to begin with.
        sweep: Solves some ks.
        judge: Measures what a sweep holds.
        customers: How many take part.
        distinct: How many of them differ.
        options: What is asked for.
    """
    first = sweep([1, *ks])
    looked = Looked((first,), judge(first))
    while more := further(looked.evidence.table, customers, distinct, options):
        drafts = sweep([1, *more])
        found = judge(drafts)
        table = (*looked.evidence.table, *found.table)
        together = replace(looked.evidence.renewed(found), table=table)
        looked = Looked((*looked.drafts, drafts), together)
    return looked
