"""Features that were made from another one alone: its logarithm, square, rank, brackets, or the same per month."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clustera import lexicon
from clustera.check.meanings import measure_of
from clustera.check.words import words_of_name
from clustera.engines import Rows, array_of
from clustera.records import Column

SAMPLE = 300  # customers: 45,000 pairs of them
ORDERED = 0.96  # as for two normal variables with a correlation of .998
COARSE = 0.99  # the same for brackets, where two customers of one bracket can't disagree
SAME = 0.8  # the same for two columns that both say how old a customer is
FEWEST = 20  # customers
EXACT = 0.999
LEAST_PAIRS = 0.2  # share of all pairs that must differ, unless it is exact: columns of mostly zeros agree by chance
MANY = 250  # features
_AGE = frozenset({"age", "birth"})


def derived_from(rows: Rows, columns: Sequence[Column], numbers: Mapping[str, str], total: int) -> dict[str, str]:
    """Features that another one puts into the same order, so that they count twice: column -> the column it follows from.

    Kept is a number before a date, a date before brackets, a name that says nothing of logarithms, ranks or groups before one that does, the
    finer before the coarser, the first before the second.

    Args:
        rows: The source's rows.
        columns: What they are.
        numbers: SQL for the value of each feature.
        total: Rows read.

    Source: Somers (1962), A new asymmetric measure of association for ordinal variables.
    """
    features = [column for column in columns if column.role == "feature" and not column.asked]
    if not 2 <= len(features) <= MANY or total < FEWEST:
        return {}
    values = _sampled_values(rows, [numbers[column.name] for column in features], total)
    if len(values) < FEWEST:
        return {}
    agreement, differing = somers_d(values)
    distinct = [len(np.unique(column[np.isfinite(column)])) for column in values.T]

    def follows(at: int, other: int) -> bool:
        least = _least_agreement(features[at], features[other], distinct[at], distinct[other])
        if distinct[at] <= 2 or differing[at] < LEAST_PAIRS:
            least = EXACT
        return bool(abs(agreement[at, other]) >= least)

    kept: list[int] = []
    found: dict[str, str] = {}
    for at in sorted(range(len(features)), key=lambda at: (*_precedence(features[at], distinct[at]), at)):
        source = next((other for other in sorted(kept) if follows(at, other)), None)
        if source is None:
            kept.append(at)
        else:
            found[features[at].name] = features[source].name
    return found


def somers_d(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far each variable's order is that of another: 1 where the other alone says it, 0 where it says nothing of it.

    Args:
        values: (n, p), NaN where unknown.

    Returns:
        (p, p): of the pairs that differ in the row's variable, the share that the column's puts in the same order, less
        the share that it puts in the other order; and (p,): the share of all pairs that differ.

    >>> somers_d(np.array([[1.0, 1], [2, 1], [3, 2], [4, 2]]))[0].round(2).tolist()
    [[1.0, 0.67], [1.0, 1.0]]
    """
    first, second = np.triu_indices(len(values), 1)
    # Compared and not subtracted: a difference of values near 1e308 has no number. What is unknown is neither more nor less.
    signs = (values[first] > values[second]).astype(np.float32) - (values[first] < values[second])
    differ = np.abs(signs).sum(axis=0, dtype=np.float64)
    agreement = (signs.T @ signs).astype(np.float64) / np.maximum(differ, 1)[:, None]
    return agreement, differ / max(len(first), 1)


def _least_agreement(column: Column, source: Column, distinct: int, finer: int) -> float:
    if {measure_of(column), measure_of(source)} <= _AGE:
        return SAME
    return COARSE if 2 * distinct < finer else ORDERED


def _precedence(column: Column, distinct: int) -> tuple[bool, bool, bool, int]:
    """What sorts the columns that others are made from before those that are made."""
    made = bool(lexicon.lexicon_pattern("names", "derived").search(words_of_name(column.name)))
    # A stated age says its day; one counted from a date depends on the day that is read as today.
    return column.kind == "bracket", column.kind == "date", made, -round(3 * math.log(max(distinct, 1)))


def _sampled_values(rows: Rows, numbers: Sequence[str], total: int) -> NDArray[np.float64]:
    wanted = ", ".join(f"cast({sql} as double) as c{at}" for at, sql in enumerate(numbers))
    # What is the same in all rows is the same in a few of them; by their hash, or a table's own order would show.
    share = f"where hash(_row) % {total // SAMPLE} = 0" if total >= 2 * SAMPLE else ""
    drawn = rows.query(f"select {wanted} from {{rows}} {share} order by _row limit {SAMPLE}")
    return np.column_stack([array_of(column) for column in drawn.columns])
