"""How well an item that a customer has never bought fits what the customer buys: by items and by similar customers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from clustera.borrowed import plain_products
from clustera.recommender.purchases import History, Numbers, Purchases, read_history
from clustera.samples import SAMPLED

MOST_ITEMS = 5_000  # up to which EASE is fitted: it inverts a matrix of items by items
RIDGE = 2_000.0  # EASE's penalty
REFERENCE = 4_000  # customers among whom similar ones are looked for
NEIGHBORS = 150
ITEM_NEIGHBORS = 100  # kept of each item where there are too many for EASE
READ = 2_000  # customers whose purchases are read at a time to count pairs of items
PAIRS_HELD = 4_000_000  # pairs of items that are held at a time, about
BY_ITEMS, BY_CUSTOMERS = 0.6, 0.4  # weights of the two scores, each standardized
SMALLEST = 1e-9


@dataclass(frozen=True)
class SimilarModel:
    """What fits what, learned from purchases before a day."""

    before: int
    weights: Numbers | sp.csr_matrix  # items by items
    reference: Numbers  # float32 (items, customers): what the reference customers buy, each of length 1
    owned: sp.csr_matrix  # float32 (customers, items): the same as ones
    by_items: tuple[float, float]  # mean and standard deviation of the score
    by_customers: tuple[float, float]

    @property
    def uses_ease(self) -> bool:
        """Whether items are few enough for EASE and similar customers; else it is the cosine of items."""
        return isinstance(self.weights, np.ndarray)

    def item_scores(self, history: History) -> Numbers:
        """float32 (customers, items): the fit with the customer's other items."""
        scores = self.fits(history)
        found: Numbers = scores if isinstance(scores, np.ndarray) else scores.toarray()
        return found

    def fits(self, history: History) -> Numbers | sp.csr_matrix:
        """The same; sparse where it is the cosine of items."""
        scores: Numbers | sp.csr_matrix = history.owned(self.weights.shape[0]) @ self.weights
        return scores

    def customer_scores(self, history: History) -> Numbers:
        """float32 (customers, items): share of the similar customers who have it, by how similar they are."""
        items, others = self.reference.shape
        near: Numbers = _profiles(history, items) @ self.reference
        own = np.arange(history.start, min(history.stop, others))
        near[own - history.start, own] = -1.0  # nobody is similar to oneself
        most = min(NEIGHBORS, others - 1)
        if most < 1:
            return np.zeros((history.size, items), np.float32)
        nearest = np.sort(np.argpartition(-near, most - 1, axis=1)[:, :most], axis=1)
        weight = np.maximum(np.take_along_axis(near, nearest, 1), 0)
        weight /= np.maximum(weight.sum(1, keepdims=True), SMALLEST)
        ends = np.arange(0, weight.size + 1, most)
        mixed = sp.csr_matrix((weight.ravel(), nearest.ravel(), ends), shape=near.shape) @ self.owned
        shares: Numbers = mixed.toarray()
        return shares

    def blended_scores(self, history: History) -> Numbers:
        """float32 (customers, items): both scores standardized and weighed; above 5,000 items that by items alone."""
        by_items = (self.item_scores(history) - self.by_items[0]) / self.by_items[1]
        if not self.uses_ease:
            return by_items
        by_customers = (self.customer_scores(history) - self.by_customers[0]) / self.by_customers[1]
        blended: Numbers = BY_ITEMS * by_items + BY_CUSTOMERS * by_customers
        return blended


def similarity_chunk_rows(items: int) -> int:
    """How many customers are taken at a time, so that memory stays the same."""
    return int(np.clip(4_000_000 // max(items, 1), 50, 2_000))


def purchase_histories(
    purchases: Purchases, *, before: int, most: int | None = None, step: int | None = None
) -> Iterator[History]:
    """What customers bought before a day, `step` customers at a time; `most` customers at most."""
    stop = min(most or purchases.count, purchases.count)
    step = step or similarity_chunk_rows(len(purchases.items))
    for start in range(0, stop, step):
        yield read_history(purchases, start, min(start + step, stop), before=before)


@plain_products
def fit_similar(purchases: Purchases, *, before: int) -> SimilarModel:
    """Learn what fits what from purchases before a day.

    EASE (Steck 2019, arXiv 1905.03375) on at most 20,000 customers; above 5,000 items the cosine of items. Similar customers
    are looked for among 4,000, by the cosine of the square roots of their recent purchase shares.
    """
    items = len(purchases.items)
    few = items <= MOST_ITEMS
    profiles, owned = [], []
    for history in purchase_histories(purchases, before=before, most=SAMPLED, step=None if few else READ):
        owned.append(history.owned(items))
        if few and history.start < REFERENCE:
            profiles.append(_profiles(history, items))
    everybody = sp.vstack(owned).tocsr()
    reference = sp.vstack(profiles)[:REFERENCE].T.toarray() if few else np.zeros((items, 0), np.float32)
    model = SimilarModel(
        before,
        _ease_weights((everybody.T @ everybody).toarray()) if few else _cosine_weights(everybody),
        reference,
        everybody[:REFERENCE],
        (0.0, 1.0),
        (0.0, 1.0),
    )
    scales = [_scale_of(model.fits, purchases, before)]
    if few:
        scales.append(_scale_of(model.customer_scores, purchases, before))
    return SimilarModel(before, model.weights, reference, model.owned, scales[0], scales[-1])


def _profiles(history: History, items: int) -> sp.csr_matrix:
    """float32 (customers, items): square roots of recent purchase shares, each customer of length 1."""
    recent = history.recent[-1]
    whole = np.bincount(history.row, recent, history.size)
    return history.matrix(np.sqrt(recent / whole[history.row]).astype(np.float32), items)


def _ease_weights(together: Numbers) -> Numbers:
    """EASE's closed form: items (rows) speak for items (columns), float32."""
    gram = together.astype(np.float64)
    gram[np.diag_indices_from(gram)] += RIDGE
    inverse = np.linalg.inv(gram)
    weights: Numbers = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)


def _cosine_weights(owned: sp.csr_matrix) -> sp.csr_matrix:
    """The cosine of the sets of buyers, of each item with the 100 nearest others.

    Pairs are counted for some items at a time: of all items together they would be too many to hold, let alone to sort.
    """
    buyers = owned.T.tocsr()
    length = np.sqrt(np.maximum(np.diff(buyers.indptr), 1)).astype(np.float32)
    pairs = np.asarray(buyers @ np.diff(owned.indptr).astype(np.float64))  # at most so many others of each item
    blocks = np.flatnonzero(np.diff(np.r_[-1, np.cumsum(pairs) // PAIRS_HELD]))
    kept = [
        _nearest_items(buyers, owned, length, start, stop)
        for start, stop in itertools.pairwise([*blocks.tolist(), buyers.shape[0]])
    ]
    item, other, cosine = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return sp.csr_matrix((cosine, (other, item)), shape=(buyers.shape[0], buyers.shape[0]))


def _nearest_items(
    buyers: sp.csr_matrix, owned: sp.csr_matrix, length: Numbers, start: int, stop: int
) -> tuple[Numbers, Numbers, Numbers]:
    """The nearest others of the items `start` to `stop`: item, other, cosine; the first ones where several are as near."""
    together = buyers[start:stop] @ owned
    rows = np.repeat(np.arange(start, stop), np.diff(together.indptr))
    cosine = together.data / (length[rows] * length[together.indices])
    cosine[rows == together.indices] = 0.0
    ends = together.indptr
    least = np.zeros(stop - start, np.float32)
    for place in np.flatnonzero(np.diff(ends) > ITEM_NEIGHBORS):
        own = cosine[ends[place] : ends[place + 1]]
        least[place] = np.partition(own, len(own) - ITEM_NEIGHBORS)[len(own) - ITEM_NEIGHBORS]
    near = np.flatnonzero((cosine >= least[rows - start]) & (cosine > 0))
    item, other, cosine = rows[near], together.indices[near], cosine[near]
    order = np.lexsort((other, -cosine, item))
    item, other, cosine = item[order], other[order], cosine[order]
    first = np.arange(len(item)) - np.searchsorted(item, item) < ITEM_NEIGHBORS
    return item[first], other[first], cosine[first]


def _scale_of(
    scores: Callable[[History], Numbers | sp.csr_matrix], purchases: Purchases, before: int
) -> tuple[float, float]:
    """Mean and standard deviation of a score over the reference customers and all items."""
    count, total, squares = 0, 0.0, 0.0
    for history in purchase_histories(purchases, before=before, most=REFERENCE):
        found = scores(history)[np.bincount(history.row, minlength=history.size) > 0]
        values = (found if isinstance(found, np.ndarray) else found.data).astype(np.float64)
        count += found.shape[0] * found.shape[1]
        total, squares = total + values.sum(), squares + (values**2).sum()
    mean = total / max(count, 1)
    deviation = np.sqrt(max(squares / max(count, 1) - mean**2, 0.0))
    return float(mean), float(deviation) if deviation > SMALLEST else 1.0
