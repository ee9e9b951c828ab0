"""Features that follow from the others, such as a score made of them: together they count twice."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustera.engines import identifier
from clustera.records import Column, Finding, Rows

FOLLOWS = 0.95  # share of a feature's variance that the others tell
PART = 0.1  # of the standardised coefficients, from which a feature is named as a source
MANY = 24  # features; above, they are not compared
FEWEST = 20  # customers per feature, below which chance explains too much
ROWS = 10_000


def on_overlap(rows: Rows, columns: Sequence[Column], used: int) -> list[Finding]:
    """A note for each feature that is nearly a weighted sum of others.

    Args:
        rows: The rows that are used, as values.
        columns: What they are.
        used: How many rows there are.

    Source: Belsley, Kuh & Welsch (1980), Regression Diagnostics, for the variance inflation 1 / (1 - R2).
    """
    features = [column for column in columns if column.role == "feature"]
    if not 2 <= len(features) <= MANY or used < FEWEST * len(features):
        return []
    correlation = _correlation(rows, features, used)
    return [
        Finding(
            code="follows-from-others",
            severity="note",
            message=f"{features[j].title} follows from {_listed([features[i].title for i in sources])} "
            f"({100 * min(r2, 1.0):.0f} % of its variance): what it says counts twice in the distance.",
            rule=f"a weighted sum of other features tells at least {FOLLOWS:.0%} of its variance",
            cure=f"If it is a score made of them, leave it out: --exclude {features[j].name!r}.",
            column=features[j].name,
            count=used,
            share=1.0,
        )
        for j, r2, sources in follow(correlation)
    ]


def follow(correlation: NDArray[np.float64]) -> list[tuple[int, float, list[int]]]:
    """Which variables follow from the others: (variable, R2, sources), one at a time, the clearest first.

    Args:
        correlation: (n, n), symmetric, 1 on the diagonal.

    >>> follow(np.array([[1.0, 0.0, 0.8], [0.0, 1.0, 0.6], [0.8, 0.6, 1.0]]))
    [(2, 1.0, [0, 1])]
    """
    left = list(range(len(correlation)))
    found = []
    while len(left) > 1:
        # A little on the diagonal, so that an exact sum has an inverse.
        precision = np.linalg.inv(correlation[np.ix_(left, left)] + 1e-9 * np.eye(len(left)))
        diagonal = precision.diagonal()
        r2 = np.where(diagonal > 0, 1 - 1 / np.where(diagonal > 0, diagonal, 1.0), 0.0)
        # Of those that say the same the last stands for the score: scores are added to a table, not put before it.
        place = int(np.flatnonzero(r2 >= r2.max() - 1e-6)[-1])
        if r2[place] < FOLLOWS:
            break
        size = np.abs(np.delete(precision[place], place) / diagonal[place])
        others = [other for other in left if other != left[place]]
        sources = [other for other, part in zip(others, size, strict=True) if part >= PART * size.sum()]
        found.append((left[place], round(float(r2[place]), 6), sources))
        left.pop(place)
    return found


def _correlation(rows: Rows, features: Sequence[Column], used: int) -> NDArray[np.float64]:
    pairs = list(itertools.combinations(range(len(features)), 2))
    wanted = ", ".join(
        f"corr({identifier(features[a].name)}, {identifier(features[b].name)}) as c{at}"
        for at, (a, b) in enumerate(pairs)
    )
    # Drawn by key, the order of the rows does not matter.
    every = max(1, used // ROWS)
    told = rows.query(f"select {wanted} from {{rows}} where _key % {every} = 0").to_pylist()[0]
    correlation = np.eye(len(features))
    for at, (a, b) in enumerate(pairs):
        value = told[f"c{at}"]
        # A column that does not vary in the sample has no correlation.
        correlation[a, b] = correlation[b, a] = value if value is not None and np.isfinite(value) else 0.0
    return correlation


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
