"""Features that follow from the others, such as a total or a ratio: together they count twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustera.engines import Rows, array_of, identifier
from clustera.records import Column, Finding

FOLLOWS = 0.95  # share of a feature's variance that the others tell
PRODUCT = 0.99  # the same for logarithms, where any two amounts are alike to some degree
EXACT = 0.9999  # from which on it is arithmetic, and few customers show it
PART = 0.1  # of the largest standardized coefficient, from which a feature is named as a source
EXACT_PART = 0.001  # the same where it is arithmetic: the smallest month belongs to the total as well
MANY = 250  # features; above, they are not compared
FEWEST = 20  # customers per feature, below which chance explains too much
FEWEST_EXACT = 2  # the same where it is arithmetic
ROWS = 10_000
LISTED = 4  # sources that are listed one by one


def on_overlap(rows: Rows, columns: Sequence[Column], used: int) -> list[Finding]:
    """A note for each feature that is nearly a weighted sum of others, or a product or ratio of them.

    Args:
        rows: The rows that are used, as values.
        columns: What they are.
        used: How many rows there are.

    Source: Belsley, Kuh & Welsch (1980), Regression Diagnostics, for the variance inflation 1 / (1 - R2).
    """
    features = [column for column in columns if column.role == "feature"]
    if not 2 <= len(features) <= MANY or used < FEWEST_EXACT * len(features) + 10:
        return []
    values = _feature_values(rows, features, used)
    least = FOLLOWS if used >= FEWEST * len(features) else EXACT
    sums = list(follow_others(_correlation_of_values(values), least=least))
    titles = [column.title for column in features]
    findings = [
        _finding(features[place], r2, [titles[source] for source in sources], "sum", used)
        for place, r2, sources in sums
    ]
    # A ratio of two amounts is a difference of their logarithms.
    told = {place for place, _, _ in sums}
    positive = [place for place in range(len(features)) if place not in told and _is_amount(values[:, place])]
    products = (
        follow_others(_correlation_of_values(np.log(values[:, positive])), least=max(least, PRODUCT))
        if len(positive) > 2
        else []
    )
    for place, r2, sources in products:
        if len(sources) > 1:
            others = [titles[positive[source]] for source in sources]
            findings.append(_finding(features[positive[place]], r2, others, "product", used))
    return findings


def follow_others(correlation: NDArray[np.float64], *, least: float = FOLLOWS) -> list[tuple[int, float, list[int]]]:
    """Which variables follow from the others: (variable, R2, sources), one at a time, the clearest first.

    Args:
        correlation: (n, n), symmetric, 1 on the diagonal.
        least: The R2 from which on a variable follows.

    >>> follow_others(np.array([[1.0, 0.0, 0.8], [0.0, 1.0, 0.6], [0.8, 0.6, 1.0]]))
    [(2, 1.0, [0, 1])]
    """
    left = list(range(len(correlation)))
    found = []
    while len(left) > 1:
        # A little on the diagonal, so that an exact sum has an inverse.
        precision = np.linalg.inv(correlation[np.ix_(left, left)] + 1e-9 * np.eye(len(left)))
        diagonal = precision.diagonal()
        r2 = np.where(diagonal > 0, 1 - 1 / np.where(diagonal > 0, diagonal, 1.0), 0.0)
        place = _made_one(np.flatnonzero(r2 >= r2.max() - 1e-6), precision)
        if r2[place] < least:
            break
        size = np.abs(np.delete(precision[place], place) / diagonal[place])
        others = [other for other in left if other != left[place]]
        part = (EXACT_PART if r2[place] >= EXACT else PART) * size.max()
        sources = [other for other, weight in zip(others, size, strict=True) if weight >= part]
        found.append((left[place], round(float(r2[place]), 6), sources))
        left.pop(place)
    return found


def _made_one(candidates: NDArray[np.intp], precision: NDArray[np.floating]) -> int:
    """Of variables that say the same, the one that was made of the others: a total of three parts or more is their sum."""
    sums = []
    for place in candidates:
        weights = -np.delete(precision[place], place) / precision[place, place]
        slight = EXACT_PART * np.abs(weights).max()
        if (weights > -slight).all() and (weights > slight).sum() >= 3:
            sums.append(place)
    # Scores are added to a table, not put before it.
    return int((sums or candidates)[-1])


def _finding(column: Column, r2: float, others: Sequence[str], how: str, used: int) -> Finding:
    return Finding(
        code="follows-from-others",
        severity="note",
        column=column.name,
        count=used,
        share=1.0,
        values={
            "case": "few" if len(others) <= LISTED else "many",
            "title": column.title,
            "r2": min(r2, 1.0),
            "how": how,
            "others": tuple(others),
            "others_n": len(others),
            "first": others[0],
            "second": others[1] if len(others) > 1 else "",
            "final": others[-1],
        },
    )


def _feature_values(rows: Rows, features: Sequence[Column], used: int) -> NDArray[np.float64]:
    """(n, features) values of customers drawn by key, so that the order of the rows does not matter."""
    every = max(1, used // ROWS)
    wanted = ", ".join(f"cast({identifier(column.name)} as double) as c{at}" for at, column in enumerate(features))
    drawn = rows.query(f"select {wanted} from {{rows}} where _key % {every} = 0 order by _key")
    return np.column_stack([array_of(column) for column in drawn.columns])


def _correlation_of_values(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n) correlation, 0 where a column does not vary; a missing value counts as the column's mean."""
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centered = np.where(known, values - mean, 0.0)
    scale = np.sqrt((centered**2).sum(axis=0))
    standard = centered / np.where(scale > 0, scale, 1.0)
    correlation = standard.T @ standard
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _is_amount(values: NDArray[np.float64]) -> bool:
    known = values[np.isfinite(values)]
    return known.size > 0 and bool(known.min() > 0)
