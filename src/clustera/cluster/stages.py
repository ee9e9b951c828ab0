"""The search on samples, stage by stage, for all ks of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from clustera.borrowed import plain_products
from clustera.cluster.exchange import Effort, exchange
from clustera.cluster.layout import Columns
from clustera.cluster.search import (
    Candidates,
    Halvings,
    Starts,
    best_few,
    descend_by_moves,
    greedy_starts,
    lloyd_from_starts,
    next_starts,
)
from clustera.cluster.survey import Sample
from clustera.cluster.table import DIRECT


@dataclass(frozen=True, slots=True)
class Stage:
    """One sample of the search.

    Attributes:
        rows: Of the sample.
        within: How good candidates of the stage before must be to come, for 1 of the best.
        effort: What is tried by exchange.
    """

    rows: int
    within: float
    effort: Effort


STAGES = (
    Stage(4_000, 0.0, Effort(4)),
    Stage(20_000, 1.03, Effort(4, additions=3, moves=2)),
    Stage(100_000, 1.01, Effort(2, additions=3, moves=2)),
)
# Up to so many rows there are many poor optima, and trying costs little: rows also change their segment one by one; up to
# `FEW` from every start.
TINY, FEW = 4_000, 600
ALONE = 2_000  # rows up to which one thread is enough


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of what was begun is carried on.

    Attributes:
        candidates: Of each k that come to a later stage at most.
        halvings: After so many iterations only so many of the best of each k go on.
        retries: The same for what is exchanged.
        picked: Starts of each k that a few iterations on fewer rows leave, of what is exchanged.
        last: What is tried by exchange where no more rows come.
    """

    candidates: int
    halvings: Halvings
    retries: Halvings
    picked: int
    last: Effort


# Many optima lie close together where all rows are few; on samples of many the difference drowns in the sampling.
PATIENT = Pace(12, ((2, 20), (5, 15)), ((1, 6),), 4, Effort(8, merges=4, additions=2, moves=2, aimed=4))
THOROUGH = Pace(10, ((2, 12), (5, 8), (12, 5)), ((1, 6), (3, 2)), 4, Effort(6, merges=3, additions=2, moves=2, aimed=3))
BRISK = Pace(8, ((2, 16), (5, 9), (12, 5)), ((1, 4), (3, 1)), 3, STAGES[-1].effort)
# So many rounds of exchange there are at most, over all samples: a k depends on none further below it.
REACH = max(
    PATIENT.last.rounds, STAGES[0].effort.rounds + THOROUGH.last.rounds, sum(stage.effort.rounds for stage in STAGES)
)
SPARING: Halvings = ((2, 12), (5, 6), (12, 3))  # on the largest sample, where every pass is dear


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Candidates for every k, the sample that they were found on, and whether that was all rows."""

    candidates: Candidates
    rows: Columns
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Restarts on a few rows; the best few of each k go on to more rows, and are exchanged with their neighbors.

    Attributes:
        sample: Of all rows.
        ks: Numbers of segments.
        restarts: Starts per k, before the exchange.
        seed: Of starts and exchange.
        threads: Not more than this many.
    """

    sample: Sample
    ks: Sequence[int]
    restarts: int
    seed: int
    threads: int

    @plain_products
    def begun(self) -> Found:
        """What all samples but the largest show."""
        first, *more, _ = STAGES
        found = self._stage(first, None)
        for stage in more:
            if not found.whole:
                found = self._stage(stage, found)
        return found

    @plain_products
    def ended(self, found: Found, ks: Iterable[int]) -> Candidates:
        """What the largest sample makes of some ks: for each the best and what comes near.

        It is the same whichever ks are asked for.
        """
        ks = list(ks)
        if not found.whole:
            # A k depends on those that the exchange brings to it.
            reach = STAGES[-1].effort.rounds
            near = {k: some for k, some in found.candidates.items() if any(abs(k - one) <= reach for one in ks)}
            found = self._stage(STAGES[-1], replace(found, candidates=near))
        return best_few({k: found.candidates[k] for k in ks}, most=2, within=1.002)

    def _stage(self, stage: Stage, before: Found | None) -> Found:
        """What was found before, on more rows; at first from new starts."""
        n, rows = self.sample.n, self.sample.first(stage.rows)
        pace = PATIENT if n <= TINY else THOROUGH if n <= DIRECT else BRISK
        last = stage.rows >= n
        tolerance = 0.0 if last and n <= DIRECT else 1e-5 if before else 1e-4
        hands = self.threads if rows.n > ALONE else 1
        solve = partial(_solve, rows, single=n <= TINY, threads=hands, tolerance=tolerance)
        if before:
            starts = next_starts(best_few(before.candidates, most=pace.candidates, within=stage.within))
        else:
            restarts = self.restarts * (2 if n <= FEW else 3)
            starts = greedy_starts(rows, _with_neighbors(self.ks, n), restarts=restarts, seed=self.seed, threads=hands)
        found = solve(starts, halvings=SPARING if stage is STAGES[-1] else pace.halvings)
        solve = partial(solve, tolerance=tolerance and 1e-4, halvings=pace.retries)
        retry = partial(_retry, before.rows, self.threads, solve, pace) if before else solve
        found = exchange(rows, found, retry, effort=pace.last if last else stage.effort, seed=self.seed + stage.rows)
        return Found(found, rows, last)


def _solve(
    rows: Columns, starts: Starts, *, single: bool, threads: int, tolerance: float, halvings: Halvings
) -> Candidates:
    """Lloyd's iterations from every start; `single` lets the best of them, or few rows at once, go on row by row."""
    if single and rows.n <= FEW:
        return descend_by_moves(rows, starts)
    found = lloyd_from_starts(rows, starts, tolerance=tolerance, halvings=halvings, threads=threads)
    if not single:
        return found
    _, survivors = halvings[-1]
    return descend_by_moves(rows, next_starts({k: some[:survivors] for k, some in found.items()}))


def _retry(
    fewer: Columns, threads: int, solve: Callable[[Starts], Candidates], pace: Pace, starts: Starts
) -> Candidates:
    """`solve`, for which a few iterations on fewer rows pick the best starts of each k."""
    few = pace.retries[-1][0] + 1
    picked = lloyd_from_starts(fewer, starts, max_iter=few, halvings=pace.retries, threads=threads)
    return solve(next_starts({k: some[: pace.picked] for k, some in picked.items()}))


def _with_neighbors(ks: Sequence[int], n: float) -> list[int]:
    """Neighboring ks help each other out of poor optima; a k that was asked for alone gets some."""
    alone = [k for k in ks if k - 1 not in ks and k + 1 not in ks]
    return sorted({*ks, *(near for k in alone for near in (k - 1, k + 1) if 1 <= near <= n)})
