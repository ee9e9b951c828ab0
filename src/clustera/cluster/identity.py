"""Segments keep their identity from run to run: matching by shared customers, and who moved where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clustera.records import Comparison, Move, Reason

SAME = 0.5  # Jaccard overlap
PART = 0.25  # a segment is split or merged into parts of at least this share of itself


def shared_customers(moves: Sequence[Move], before: Sequence[int], after: Sequence[int]) -> npt.NDArray[np.int64]:
    """Customers in common: (n_before, n_after)."""
    table = np.zeros((len(before), len(after)), dtype=np.int64)
    rows, columns = {s: i for i, s in enumerate(before)}, {s: i for i, s in enumerate(after)}
    for move in moves:
        table[rows[move.before], columns[move.after]] += move.count
    return table


def match_segments(table: npt.NDArray[np.int64]) -> list[tuple[int, int, float]]:
    """Pairs of the same segment in both runs: (row, column, Jaccard overlap).

    Two segments are the same one where more than half of the customers in either are in both: no segment can be the
    same as two others, and a name is never carried to a segment that shares less with the old one.

    Args:
        table: (n_before, n_after) customers in common.

    >>> match_segments(np.array([[90, 10], [0, 50]]))
    [(0, 0, 0.9), (1, 1, 0.8333333333333334)]
    """
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    jaccard = table / np.maximum(union, 1)
    return [(int(i), int(j), float(jaccard[i, j])) for i, j in np.argwhere(jaccard > SAME)]


def keep_identities(table: npt.NDArray[np.int64], before: Sequence[int], ever: Sequence[int] = ()) -> list[int]:
    """The identity of each new segment: its match's, else the next number never used.

    Args:
        table: (n_before, n_after) customers in common.
        before: Identities of the earlier run, in the table's order.
        ever: Further identities that were in use once.

    >>> keep_identities(np.array([[0, 50], [90, 10]]), [3, 7])
    [7, 3]
    """
    kept = {j: before[i] for i, j, _ in match_segments(table)}
    unused = max([0, *before, *ever])
    identities = []
    for j in range(table.shape[1]):
        if j not in kept:
            unused += 1
        identities.append(kept.get(j, unused))
    return identities


def comparison_of_moves(
    moves: Sequence[Move],
    *,
    before: str,
    after: str,
    names_before: Mapping[int, str],
    names_after: Mapping[int, str],
    only_before: int = 0,
    only_after: int = 0,
    notes: Sequence[Reason] = (),
    same_definitions: bool = False,
    days: tuple[int | None, int | None] = (None, None),
) -> Comparison:
    """Who moved from which segment to which; which segments are new, gone, split and merged.

    Args:
        moves: Counts of common customers by segment before and after.
        before: What to call the earlier run.
        after: What to call the later run.
        names_before: Names by identity, all segments of the earlier run.
        names_after: Names by identity, all segments of the later run.
        only_before: Customers that the later run does not have.
        only_after: Customers that the earlier run did not have.
        notes: What a reader must know, such as how customers were matched.
        same_definitions: The same segments on two days: none is new, gone, split or merged.
        days: Snapshot dates of the two, since 1970-01-01; None where there is none.
    """
    old, new = sorted(names_before), sorted(names_after)
    table = shared_customers(moves, old, new)
    if same_definitions:
        return Comparison(
            before=before,
            after=after,
            common=int(table.sum()),
            only_before=only_before,
            only_after=only_after,
            moves=_moves_in(table, old, new),
            matched=tuple((s, s, 1.0) for s in old if s in new),
            new=(),
            gone=(),
            split=(),
            merged=(),
            names_before=dict(names_before),
            names_after=dict(names_after),
            notes=tuple(notes),
            same_definitions=True,
            day_before=days[0],
            day_after=days[1],
        )
    matched = match_segments(table)
    of_old = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    of_new = table / np.maximum(table.sum(axis=0, keepdims=True), 1)
    parts = {
        old[i]: tuple(new[j] for j in np.flatnonzero((of_old[i] >= PART) & (of_new[i] >= 0.5))) for i in range(len(old))
    }
    sources = {
        new[j]: tuple(old[i] for i in np.flatnonzero((of_new[:, j] >= PART) & (of_old[:, j] >= 0.5)))
        for j in range(len(new))
    }
    return Comparison(
        before=before,
        after=after,
        common=int(table.sum()),
        only_before=only_before,
        only_after=only_after,
        moves=_moves_in(table, old, new),
        matched=tuple((old[i], new[j], jaccard) for i, j, jaccard in matched),
        new=tuple(s for j, s in enumerate(new) if j not in {pair[1] for pair in matched}),
        gone=tuple(s for i, s in enumerate(old) if i not in {pair[0] for pair in matched}),
        split=tuple((s, p) for s, p in parts.items() if len(p) > 1),
        merged=tuple((p, s) for s, p in sources.items() if len(p) > 1),
        names_before=dict(names_before),
        names_after=dict(names_after),
        notes=tuple(notes),
        day_before=days[0],
        day_after=days[1],
    )


def _moves_in(table: npt.NDArray[np.int64], old: Sequence[int], new: Sequence[int]) -> tuple[Move, ...]:
    return tuple(
        Move(old[i], new[j], int(table[i, j])) for i in range(len(old)) for j in range(len(new)) if table[i, j]
    )


def name_comparison_of_moves(comparison: Comparison, names: Mapping[int, str]) -> Comparison:
    """The same comparison, once the later segments have their names."""
    return replace(comparison, names_after=dict(names))
