"""The best few of many candidates for each customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustera.recommender.purchases import Numbers

LOWEST = -np.inf


@dataclass(frozen=True, slots=True)
class Candidates:
    """Items that might be recommended: one entry per customer and item."""

    row: Numbers  # customer, from 0 within the chunk
    item: Numbers
    score: Numbers  # the larger, the better
    repeat: Numbers  # bool: the customer has bought it

    def joined(self, other: Candidates) -> Candidates:
        """Both together."""
        return Candidates(
            np.concatenate([self.row, other.row]),
            np.concatenate([self.item, other.item]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.repeat, other.repeat]),
        )

    def where(self, chosen: Numbers) -> Candidates:
        """Those that are chosen (bool, or places)."""
        return Candidates(self.row[chosen], self.item[chosen], self.score[chosen], self.repeat[chosen])


def select_best(
    found: Candidates,
    ties: Numbers,
    *,
    count: int,
    groups: Numbers | None = None,
    most_of_group: int | None = None,
    repeats_first: bool = False,
) -> tuple[Candidates, Numbers]:
    """The best `count` candidates of each customer, best first, and their ranks from 1.

    Args:
        found: The candidates.
        ties: By item: of equal scores the larger one goes first, then the item with the lower number.
        count: How many at most.
        groups: By item: the number of its category; -1 for none.
        most_of_group: How many of one category a customer is recommended at most.
        repeats_first: Whatever the scores, what the customer has bought goes before what not.
    """
    later = ~found.repeat if repeats_first else np.zeros(len(found.row), bool)
    order = np.lexsort((found.item, -ties[found.item], -found.score, later, found.row))
    best = found.where(order)
    if groups is not None and most_of_group is not None:
        group = groups[best.item]
        best = best.where((group < 0) | (_places_within(best.row, group) < most_of_group))
    place = _places_within(best.row, np.zeros(len(best.row), np.int64))
    kept = place < count
    return best.where(kept), place[kept] + 1


def _places_within(row: Numbers, group: Numbers) -> Numbers:
    """How many entries of the same customer and group stand before each; entries are sorted by customer."""
    order = np.lexsort((np.arange(len(row)), group, row))
    r, g = row[order], group[order]
    starts = np.flatnonzero(np.r_[True, (r[1:] != r[:-1]) | (g[1:] != g[:-1])]) if len(r) else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, len(r)])
    place = np.empty(len(row), np.int64)
    place[order] = np.arange(len(r)) - np.repeat(starts, lengths)
    return place


def highest_scores(scores: Numbers, allowed: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Row and item of at least the `count` highest scores of each row, all of those that are as high as the last one.

    Args:
        scores: float (customers, items).
        allowed: bool, the same shape.
        count: How many.
    """
    open_ = np.where(allowed, scores, LOWEST)
    if count < scores.shape[1]:
        least = np.partition(open_, scores.shape[1] - count, axis=1)[:, scores.shape[1] - count]
        chosen = (open_ >= least[:, None]) & allowed
    else:
        chosen = allowed
    row, item = np.nonzero(chosen)
    return row, item
