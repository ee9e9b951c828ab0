"""NDCG, recall and coverage: by hand, and against an implementation that is slow and obvious."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clustera.recommender.metrics import judge_lists, summarize_quality
from clustera.recommender.ranking import Candidates, highest_scores, select_best


def judged(lists, later, items, *, count):
    """Lists of item numbers, and sets of what was bought later, as `judge_lists` wants them."""
    entries = [(row, rank, item) for row, items_ in enumerate(lists) for rank, item in enumerate(items_, 1)]
    row, rank, item = np.array(entries).T
    hit = np.array([i in later[r] for r, _, i in entries])
    relevant = np.array([len(bought) for bought in later])
    return judge_lists(row, rank, item, hit, relevant, count=count, items=items)


def test_a_table_computed_by_hand():
    # Customer 0: hits at ranks 1 and 3 of three relevant; 1: hit at rank 2 of one; 2: no hit of two; 3: nothing relevant.
    lists = [[5, 1, 7], [2, 3, 4], [0, 1, 2], [1, 2, 3]]
    later = [{5, 7, 9}, {3}, {8, 9}, set()]
    found = judged(lists, later, 10, count=3)
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert found.ndcg[:3] == pytest.approx([(1 + 1 / 2) / ideal, 1 / math.log2(3), 0.0])
    assert found.ndcg[0] == pytest.approx(0.70392, abs=1e-5)
    assert found.recall[:3] == pytest.approx([2 / 3, 1.0, 0.0])
    assert np.isnan([found.ndcg[3], found.recall[3]]).all()
    assert found.listed.sum() == 7  # 0, 1, 2, 3, 4, 5, 7


def slow_ndcg(items, later, count):
    gain = sum(1 / math.log2(rank + 1) for rank, item in enumerate(items[:count], 1) if item in later)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(later), count) + 1))
    return gain / best


@pytest.mark.parametrize("seed", range(20))
def test_the_same_as_a_slow_implementation(seed):
    random = np.random.default_rng(seed)
    customers, items, count = 30, 25, int(random.integers(1, 12))
    scores = random.integers(0, 6, (customers, items)) / 5.0  # many ties
    ties = random.integers(0, 4, items)
    allowed = random.random((customers, items)) < 0.7
    later = [set(np.flatnonzero((random.random(items) < 0.15) & allowed[row])) for row in range(customers)]
    slow = [
        sorted(np.flatnonzero(allowed[row]), key=lambda i: (-scores[row, i], -ties[i], i))[:count]
        for row in range(customers)
    ]
    row, item = highest_scores(scores, allowed, count)
    best, rank = select_best(Candidates(row, item, scores[row, item], np.zeros(len(row), bool)), ties, count=count)
    assert [list(best.item[best.row == r]) for r in range(customers)] == slow
    relevant = np.array([len(bought) for bought in later])
    hit = np.array([i in later[r] for r, i in zip(best.row, best.item, strict=True)])
    found = judge_lists(best.row, rank, best.item, hit, relevant, count=count, items=items)
    for r in range(customers):
        if later[r]:
            assert found.ndcg[r] == pytest.approx(slow_ndcg(slow[r], later[r], count))
            assert found.recall[r] == pytest.approx(len(set(slow[r]) & later[r]) / len(later[r]))
        else:
            assert np.isnan(found.ndcg[r])


@pytest.mark.parametrize("most", [1, 2, 3])
def test_at_most_so_many_of_a_category_and_the_best_of_those_that_are_left(most):
    random = np.random.default_rng(most)
    groups, count = np.array([0, 0, 0, 1, 1, 2, -1, -1, -1, -1]), 6
    scores = random.random((40, 10))
    row, item = np.nonzero(np.ones_like(scores, bool))
    found = Candidates(row, item, scores[row, item], np.zeros(len(row), bool))
    best, _ = select_best(found, np.zeros(10), count=count, groups=groups, most_of_group=most)
    for customer in range(40):
        kept, seen = [], dict.fromkeys(range(3), 0)
        for one in np.argsort(-scores[customer]):
            group = groups[one]
            if group < 0 or seen[group] < most:
                kept.append(one)
                seen[group] = seen.get(group, 0) + 1
        assert list(best.item[best.row == customer]) == kept[:count]


def test_the_standard_error_of_a_difference_is_that_of_the_pairs():
    lists, later = [[0], [1], [0], [1]], [{0}, {0}, {0}, {1}]
    one = judged(lists, later, 2, count=1)
    simple = judged([[0], [0], [1], [1]], later, 2, count=1)
    score = summarize_quality("list", "x", one, simple, 2)
    difference = np.array([0.0, -1.0, 1.0, 0.0])
    assert (score.customers, score.ndcg, score.difference) == (4, 0.75, 0.0)
    assert score.difference_error == pytest.approx(difference.std(ddof=1) / 2)
    assert score.coverage == 1.0
