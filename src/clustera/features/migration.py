"""Who goes from which segment to which between two days, and what that lets expect."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from clustera.engines import DuckRows
from clustera.errors import InputError
from clustera.records import MigrationForecast, Move, Rows

PRIOR = 1.0  # customers: weight of "moves as everybody does" in a segment's row of the matrix

Floats = npt.NDArray[np.float64]


def migration(before: Rows, after: Rows) -> tuple[tuple[Move, ...], dict[int, int], dict[int, int]]:
    """Customers who are known on both days by segment before and after, who left and who came.

    Args:
        before: `id` and `segment` on the earlier day, one row per customer.
        after: The same on the later day, in the same engine, with the same identities of segments.

    Returns:
        The moves (with before == after for those who stayed), customers of each segment before who are not there
        after, and customers of each segment after who were not there before.
    """
    old, new = cast("DuckRows", before), cast("DuckRows", after)
    both = old.engine.view(
        f"select o.segment as before, n.segment as after from {old.name} o full outer join {new.name} n using (id)"
    )
    counted = both.query(
        "select before, after, count(*) as n from {rows} group by before, after order by before, after"
    )
    rows = counted.to_pylist()
    moves = tuple(
        Move(int(row["before"]), int(row["after"]), row["n"])
        for row in rows
        if row["before"] is not None and row["after"] is not None
    )
    left = {int(row["before"]): row["n"] for row in rows if row["after"] is None}
    came = {int(row["after"]): row["n"] for row in rows if row["before"] is None}
    return moves, left, came


def forecast(periods: Sequence[Rows]) -> MigrationForecast:
    """Sizes of the segments one period later, if customers go on moving as they did.

    A Markov chain: each segment's customers move by the shares seen so far, new customers come as they came. Where few
    were seen, the row leans towards how all customers move. Every period from the third on is also forecast from those
    before it, and the error told beside that of "nothing changes".

    Args:
        periods: `id` and `segment` on days equally far apart, oldest first, all in one engine; the same segment means
            the same thing on every day.

    Raises:
        InputError: fewer than two periods.

    Source: Pfeifer & Carraway (2000), Modeling customer relationships as Markov chains.
    """
    if len(periods) < 2:
        raise InputError("A forecast of migration needs the segments on at least two days.", hint="Add an earlier day.")
    seen = [migration(one, two) for one, two in itertools.pairwise(periods)]
    sizes = [
        {
            int(row["segment"]): row["n"]
            for row in rows.query("select segment, count(*) as n from {rows} group by segment").to_pylist()
        }
        for rows in periods
    ]
    segments = sorted(set().union(*sizes))
    counts = np.array([[size.get(s, 0) for s in segments] for size in sizes], dtype=np.float64)
    place = {segment: at for at, segment in enumerate(segments)}
    flows = np.zeros((len(seen), len(segments), len(segments)))
    came = np.zeros((len(seen), len(segments)))
    for at, (moves, _, arrivals) in enumerate(seen):
        for move in moves:
            flows[at, place[move.before], place[move.after]] = move.count
        for segment, n in arrivals.items():
            came[at, place[segment]] = n
    errors, unchanged = [], []
    for at in range(1, len(seen)):
        truth = counts[at + 1]
        errors.append(_misplaced(counts[at] @ _matrix(flows[:at], counts[:at]) + came[:at].mean(axis=0), truth))
        unchanged.append(_misplaced(counts[at], truth))
    matrix, arrivals_mean = _matrix(flows, counts[:-1]), came.mean(axis=0)
    return MigrationForecast(
        segments=tuple(segments),
        matrix=tuple(map(tuple, matrix.tolist())),
        arrivals=tuple(arrivals_mean.tolist()),
        now=tuple(int(n) for n in counts[-1]),
        expected=tuple((counts[-1] @ matrix + arrivals_mean).tolist()),
        transitions=len(seen),
        tested=len(errors),
        error=float(np.mean(errors)) if errors else None,
        error_unchanged=float(np.mean(unchanged)) if unchanged else None,
    )


def _matrix(flows: Floats, counts: Floats) -> Floats:
    """Shares (k, k); rows add up to less than 1 where customers left."""
    total, start = flows.sum(axis=0), counts.sum(axis=0)
    everybody = total.sum(axis=0) / max(start.sum(), 1.0)
    return np.asarray((total + PRIOR * everybody) / (start + PRIOR)[:, None])


def _misplaced(forecast_sizes: Floats, truth: Floats) -> float:
    return float(np.abs(forecast_sizes - truth).sum() / 2 / max(truth.sum(), 1.0))
