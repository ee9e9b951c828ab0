"""What is bought together: items of one customer on one day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from clustera.engines import array_of
from clustera.recommender.purchases import Numbers, Purchases, matrix_values
from clustera.recommender.similar import similarity_chunk_rows
from clustera.records import BasketAffinity
from clustera.samples import SAMPLED

FEWEST = 10  # baskets with both items, below which nothing is said
LEAST_LIFT = 1.2  # what is bought together no more often than that is no affinity
MOST_PARTNERS = 10  # listed of each item, by confidence


@dataclass(frozen=True, slots=True)
class BasketCounts:
    """How many baskets have an item, and how many two."""

    baskets: int
    single: Numbers  # by item
    together: sp.csr_matrix  # items by items

    def affinities(self) -> tuple[sp.csr_matrix, sp.csr_matrix]:
        """Confidence and lift of the pairs that go together, (item that is there, item that comes with it)."""
        pairs = self.together.tocoo()
        expected = self.single[pairs.row] * self.single[pairs.col] / max(self.baskets, 1)
        lift = pairs.data / np.maximum(expected, 1e-12)
        kept = (pairs.row != pairs.col) & (pairs.data >= FEWEST) & (lift >= LEAST_LIFT)
        row, column, shape = pairs.row[kept], pairs.col[kept], self.together.shape
        confidence = pairs.data[kept] / self.single[row]
        return sp.csr_matrix((confidence, (row, column)), shape), sp.csr_matrix((lift[kept], (row, column)), shape)


def count_baskets(purchases: Purchases) -> dict[int | None, BasketCounts]:
    """Baskets of all customers (None) and of each segment; of at most 20,000 customers."""
    items = len(purchases.items)
    numbers = [int(number) for number in np.unique(purchases.segments)]
    together = {number: sp.csr_matrix((items, items)) for number in numbers}
    counted = dict.fromkeys(numbers, 0)
    for baskets, owner in _basket_chunks(purchases):
        segment = purchases.segments[owner]
        for number in numbers:
            own = baskets[segment == number]
            together[number] = together[number] + own.T @ own
            counted[number] += own.shape[0]
    found = {number: _basket_counts(counted[number], together[number]) for number in numbers}
    whole = _basket_counts(sum(counted.values()), sum(together.values(), sp.csr_matrix((items, items))))
    return {None: whole} | (found if len(numbers) > 1 else {})


def _basket_counts(baskets: int, together: sp.csr_matrix) -> BasketCounts:
    return BasketCounts(baskets, together.diagonal(), together)


def _basket_chunks(purchases: Purchases) -> Iterator[tuple[sp.csr_matrix, Numbers]]:
    """Ones (baskets, items), and whose they are."""
    stop = min(SAMPLED, purchases.count)
    step = similarity_chunk_rows(len(purchases.items))
    for start in range(0, stop, step):
        found = purchases.events.query(
            f"select customer, day, item from {{rows}} where customer >= {start} and customer < {min(start + step, stop)} "
            "order by 1, 2, 3"
        )
        customer, day, item = (array_of(found[name]) for name in ("customer", "day", "item"))
        if not len(item):
            continue
        starts = np.flatnonzero(np.r_[True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])])
        ends = np.r_[starts, len(item)]
        yield (
            sp.csr_matrix((np.ones(len(item)), item, ends), shape=(len(starts), len(purchases.items))),
            customer[starts],
        )


def list_affinities(purchases: Purchases, counts: dict[int | None, BasketCounts]) -> Iterator[BasketAffinity]:
    """At most ten partners of each item, those in most of its baskets first; all customers first, then by segment."""
    for segment, found in counts.items():
        confidence, lift = found.affinities()
        pairs = confidence.tocoo()
        times = matrix_values(lift, pairs.row, pairs.col)
        both = matrix_values(found.together, pairs.row, pairs.col)
        order = np.lexsort((pairs.col, -pairs.data, pairs.row))
        row = pairs.row[order]
        place = np.arange(len(order)) - np.searchsorted(row, row)
        for at in order[place < MOST_PARTNERS]:
            yield BasketAffinity(
                segment=segment,
                item=purchases.items[pairs.row[at]],
                other=purchases.items[pairs.col[at]],
                baskets=int(both[at]),
                support=float(both[at] / found.baskets),
                confidence=float(pairs.data[at]),
                lift=float(times[at]),
            )
