"""How good lists are: normalized discounted cumulative gain, recall, and how many of the items appear at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustera.recommender.purchases import Numbers
from clustera.records import RecommendationScore


@dataclass(frozen=True, slots=True)
class ListQuality:
    """The lists of some customers judged by what these bought later; NaN where a customer bought nothing relevant."""

    ndcg: Numbers  # by customer
    recall: Numbers
    listed: Numbers  # bool by item: stands in a list

    def joined(self, other: ListQuality) -> ListQuality:
        """Of these customers and others."""
        return ListQuality(
            np.concatenate([self.ndcg, other.ndcg]),
            np.concatenate([self.recall, other.recall]),
            self.listed | other.listed,
        )


def judge_lists(
    row: Numbers, rank: Numbers, item: Numbers, hit: Numbers, relevant: Numbers, *, count: int, items: int
) -> ListQuality:
    """NDCG and recall at `count` of each customer's list.

    Args:
        row: Customer of each listed item, from 0.
        rank: Its rank in the list, from 1.
        item: Which one.
        hit: Whether the customer bought it later.
        relevant: By customer: candidates bought later, in the list or not.
        count: Length of a list.
        items: How many items there are.

    Source: Järvelin & Kekäläinen (2002), ACM Transactions on Information Systems 20(4), with gains of 0 and 1.
    """
    gain = np.bincount(row, hit / np.log2(rank + 1.0), len(relevant))
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, count + 2)))])
    hits = np.bincount(row, hit.astype(np.float64), len(relevant))
    there = relevant > 0
    least = np.maximum(relevant, 1)
    listed = np.zeros(items, bool)
    listed[item] = True
    return ListQuality(
        np.where(there, gain / ideal[np.minimum(least, count)], np.nan),
        np.where(there, hits / least, np.nan),
        listed,
    )


def summarize_quality(
    part: str, model: str, quality: ListQuality, simple: ListQuality, candidates: int
) -> RecommendationScore:
    """Means over customers, with the paired difference from the simple rule and its standard error.

    Args:
        part: "repeat", "new" or "list".
        model: Code of what made the lists.
        quality: Of its lists.
        simple: Of the simple rule's lists, for the same customers.
        candidates: Items that could be recommended.
    """
    there = np.isfinite(quality.ndcg)
    n = int(there.sum())
    if not n:
        return RecommendationScore(part, model, 0, None, None, None, None, None, None)
    difference = (quality.ndcg - simple.ndcg)[there]
    root = float(np.sqrt(n))
    return RecommendationScore(
        part=part,
        model=model,
        customers=n,
        ndcg=float(quality.ndcg[there].mean()),
        ndcg_error=float(quality.ndcg[there].std(ddof=1) / root) if n > 1 else None,
        recall=float(quality.recall[there].mean()),
        coverage=float(quality.listed.sum() / candidates) if candidates else None,
        difference=float(difference.mean()),
        difference_error=float(difference.std(ddof=1) / root) if n > 1 else None,
    )
