"""The lists: repeats and new items of each customer on one scale, with the reason for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from clustera.engines import array_of
from clustera.recommender.baskets import BasketCounts
from clustera.recommender.models import FEW_ITEMS, ItemModels
from clustera.recommender.purchases import History, Numbers, Purchases, customer_ranges, matrix_values
from clustera.recommender.ranking import Candidates, select_best
from clustera.recommender.rules import ItemRules
from clustera.recommender.similar import purchase_histories
from clustera.samples import KNOWN

FURTHER = 2  # new items after each list
TINY = 1e-9
GAPS = 3  # purchases from which on a usual gap is told
LISTED = pa.schema(
    [
        ("customer", pa.int32()),
        ("rank", pa.int32()),
        ("item", pa.int32()),
        ("kind", pa.string()),  # repeat or new
        ("probability", pa.float64()),
        ("reason_code", pa.string()),
        ("purchases", pa.int32()),  # days on which the customer bought it; NULL for new items
        ("days_between", pa.float64()),  # usual gap; NULL below three purchases
        ("days_since", pa.int32()),
        ("partner", pa.int32()),  # the item of the customer's that it goes with
        ("share", pa.float64()),  # of the partner's baskets, or of the customers who have bought it
        ("lift", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class SegmentShares:
    """Share of the customers of each segment, and of all, who have bought an item."""

    shares: Numbers  # float64 (segments, items)
    place: Numbers  # by customer: row of `shares`, -1 where the segment is small or there is none
    overall: Numbers  # by item
    lifts: Numbers  # float64 (segments, items): see `lift`

    def lift(self, history: History) -> Numbers:
        """float64 (customers, items): how much more often the segment has an item than all customers have; else 1.

        For customers with few items of their own only. A segment that has more of everything has more of nothing here: how much
        a customer buys is told by the customer's own history.
        """
        found = np.ones((history.size, len(self.overall)))
        if len(self.shares):
            starting = np.bincount(history.row, minlength=history.size) < FEW_ITEMS
            place = self.place[history.start : history.stop]
            own = starting & (place >= 0)
            found[own] = self.lifts[place[own]]
        return found


def share_by_segment(purchases: Purchases, overall: Numbers) -> SegmentShares:
    """Of segments with at least 30 customers who bought something; none where all customers are in one."""
    numbers, places = np.unique(purchases.segments, return_inverse=True)
    bought, sizes = np.zeros((len(numbers), len(overall))), np.zeros(len(numbers))
    for start, stop in customer_ranges(purchases.count) if len(numbers) > 1 else ():
        found = purchases.events.query(
            "with bought as (select distinct customer, item from {rows} "
            f"where customer >= {start} and customer < {stop}) "
            "select segment, item, count(*) as n from bought join {customers} using (customer) group by all",
            customers=purchases.customers,
        )
        place = np.searchsorted(numbers, array_of(found["segment"]))
        bought[place, array_of(found["item"])] += array_of(found["n"])
        there = purchases.events.query(
            f"select distinct customer from {{rows}} where customer >= {start} and customer < {stop}"
        )
        sizes += np.bincount(places[array_of(there["customer"])], minlength=len(numbers))
    known = sizes >= KNOWN
    shares = bought[known] / sizes[known, None]
    rows = np.where(known, np.cumsum(known) - 1, -1)
    level = (
        overall * bought[known].sum(1, keepdims=True) / max(overall.sum(), TINY)
    )  # as all customers, at the same activity
    lifts = (bought[known] + KNOWN * overall) / np.maximum(level + KNOWN * overall, TINY)
    return SegmentShares(shares, rows[places], overall, np.maximum(lifts, TINY))


def recommend_lists(
    purchases: Purchases,
    models: ItemModels,
    rules: ItemRules,
    baskets: BasketCounts,
    *,
    count: int,
) -> Iterator[pa.RecordBatch]:
    """The best items of every customer, as `LISTED` has them; chunk by chunk, so that memory stays the same.

    Lists of both kinds are followed by the customer's best new items that are not in the list, with ranks above `count`: where
    repeats fill the lists, what is new would never be seen. Not where a category may stand in a list so many times only.

    Args:
        purchases: Of the log.
        models: Learned from all of it, with the rules chosen.
        rules: What may be recommended.
        baskets: Of all customers, for the reasons.
        count: For each customer at most.
    """
    shares = share_by_segment(purchases, models.totals.popularity)
    confidence, lift = baskets.affinities()
    categories = purchases.categories if rules.most_of_category is not None else None
    # The best by probability are the best, unless something else counts too: then all are candidates.
    wanted = count if rules.margin is None and categories is None else len(purchases.items)
    for history in purchase_histories(purchases, before=models.before):
        repeats = models.repeats(history)
        found = repeats.where((rules.allowed & ~rules.durable & rules.repeats)[repeats.item])
        if rules.news:
            inclined = shares.lift(history)
            found = found.joined(models.news(history, allowed=rules.allowed, count=wanted, lift=inclined))
        probability = found.score
        if rules.margin is not None:
            found = Candidates(found.row, found.item, probability * rules.margin[found.item], found.repeat)
        best, rank = select_best(
            found,
            models.totals.buyers,
            count=count,
            groups=categories,
            most_of_group=rules.most_of_category,
            repeats_first=not models.mixed,
        )
        if rules.news and rules.repeats and rules.most_of_category is None:
            best, rank = _with_news(best, rank, found, models.totals.buyers, count=count)
        if rules.margin is not None:
            best = Candidates(best.row, best.item, best.score / rules.margin[best.item], best.repeat)
        yield _batch(history, best, rank, shares, (confidence, lift))


def _with_news(
    best: Candidates, rank: Numbers, found: Candidates, ties: Numbers, *, count: int
) -> tuple[Candidates, Numbers]:
    """The lists, and after each the customer's best new items that are not in it."""
    news, place = select_best(found.where(~found.repeat), ties, count=count + FURTHER)
    most = len(ties)
    further = ~np.isin(news.row.astype(np.int64) * most + news.item, best.row.astype(np.int64) * most + best.item)
    news, place = news.where(further), place[further]
    starts = np.searchsorted(news.row, news.row)
    place = np.arange(len(place)) - starts
    kept = place < FURTHER
    return best.joined(news.where(kept)), np.concatenate([rank, count + 1 + place[kept]])


def _batch(
    history: History, best: Candidates, rank: Numbers, shares: SegmentShares, pairs: tuple[sp.csr_matrix, sp.csr_matrix]
) -> pa.RecordBatch:
    """The lists of one chunk, with the numbers of the reasons."""
    at, own = _entries(history, best), best.repeat
    count = np.where(own, history.count[at], 0) if len(history.row) else np.zeros(len(rank))
    first, last = (history.first[at], history.last[at]) if len(history.row) else (count, count)
    gap = (last - first) / np.maximum(count - 1, 1)
    partner, confidence, lift = _partners(history, best, pairs)
    place = shares.place[history.start : history.stop][best.row]
    in_segment = place >= 0
    share = shares.overall[best.item]
    share[in_segment] = shares.shares[place[in_segment], best.item[in_segment]]
    paired = ~own & (partner >= 0)
    reason = np.select(
        [own & (count >= GAPS), own, paired, in_segment], ["every", "bought", "basket", "segment"], "popular"
    )
    return pa.record_batch(
        [
            pa.array(best.row + history.start, pa.int32()),
            pa.array(rank, pa.int32()),
            pa.array(best.item, pa.int32()),
            pa.array(np.where(own, "repeat", "new")),
            pa.array(best.score),
            pa.array(reason),
            pa.array(count, pa.int32(), mask=~own),
            pa.array(gap, mask=reason != "every"),
            pa.array(history.before - 1 - last, pa.int32(), mask=~own),
            pa.array(partner, pa.int32(), mask=~paired),
            pa.array(np.where(paired, confidence, share), mask=own),
            pa.array(lift, mask=~paired),
        ],
        schema=LISTED,
    )


def _entries(history: History, best: Candidates) -> Numbers:
    """The place of each repeat in the history; any place for new items."""
    most = int(max(history.item.max(initial=0), best.item.max(initial=0))) + 1
    keys = history.row.astype(np.int64) * most + history.item
    at = np.searchsorted(keys, best.row.astype(np.int64) * most + best.item)
    return np.minimum(at, max(len(keys) - 1, 0))


def _partners(
    history: History, best: Candidates, pairs: tuple[sp.csr_matrix, sp.csr_matrix]
) -> tuple[Numbers, Numbers, Numbers]:
    """Of each new item: the customer's own item whose baskets have it most often (-1: none), that share, and the lift."""
    partner, confidence, lift = np.full(len(best.row), -1), np.zeros(len(best.row)), np.zeros(len(best.row))
    new = np.flatnonzero(~best.repeat)
    starts, ends = (np.searchsorted(history.row, best.row[new], side) for side in ("left", "right"))
    lengths = ends - starts
    if not lengths.sum():
        return partner, confidence, lift
    entry = np.repeat(starts - np.r_[0, np.cumsum(lengths)[:-1]], lengths) + np.arange(lengths.sum())
    listed = np.repeat(np.arange(len(new)), lengths)
    own, other = history.item[entry], best.item[new][listed]
    shares = matrix_values(pairs[0], own, other)
    order = np.lexsort((own, -shares, listed))
    first = order[np.flatnonzero(np.r_[True, listed[order][1:] != listed[order][:-1]])]
    first = first[shares[first] > 0]
    at = new[listed[first]]
    partner[at], confidence[at] = own[first], shares[first]
    lift[at] = matrix_values(pairs[1], own[first], other[first])
    return partner, confidence, lift
