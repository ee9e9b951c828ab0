"""Counts and rounded answers are judged as if they were measured: their steps are no borders between customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.cluster.auto import select_k
from clustera.cluster.steps import spread_steps


def counts(seed: int) -> np.ndarray:
    """Four clouds of counts."""
    random = np.random.default_rng(seed)
    return np.vstack([random.poisson(c, (150, 2)) for c in [(3, 3), (3, 40), (40, 3), (40, 40)]]).astype(float)


def answers(seed: int) -> np.ndarray:
    """Three groups of people who answer three questions with 1 to 5."""
    random = np.random.default_rng(seed)
    centers = [(1.5, 1.5, 4.5), (4.5, 2.0, 2.0), (3.0, 4.5, 4.5)]
    return np.clip(np.round(np.vstack([random.normal(c, 0.7, (200, 3)) for c in centers])), 1, 5)


def nobody_apart(kind: str, seed: int) -> np.ndarray:
    """Counts or answers of one crowd."""
    random = np.random.default_rng(seed)
    if kind == "counts":
        return random.poisson(random.gamma(2, 2, (600, 1)), (600, 3)).astype(float)
    common = random.normal(size=(600, 1)) * 0.7
    return np.clip(np.round(3 + common + random.normal(size=(600, 4)) * 0.8), 1, 5)


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


@pytest.mark.parametrize("scale", [np.array, np.log1p, np.sqrt], ids=["raw", "log", "root"])
@pytest.mark.parametrize("made", [counts, answers])
def test_the_estimator_finds_the_groups_that_were_drawn_on_any_scale(made, scale):
    # The roots of answers with seed 2 are near the limit of the paths and are called 2: one of 48 draws.
    drawn = [standard(scale(made(seed))) for seed in range(4)]
    found = [len(clustera.KMeans("auto", random_state=0).fit(values).cluster_centers_) for values in drawn]
    assert sum(k == {counts: 4, answers: 3}[made] for k in found) >= 3


@pytest.mark.parametrize("made", [counts, answers])
def test_matrix_and_table_give_the_same_number(made):
    values = made(1)
    table = pd.DataFrame(values, columns=[f"answer_{j}" for j in range(values.shape[1])])
    seg = clustera.segment(table, features=list(table.columns), progress=False)
    found = select_k(standard(values))
    assert (found.k, found.verdict) == (seg.k, seg.verdict)


@pytest.mark.parametrize("scale", [np.array, np.log1p], ids=["raw", "log"])
@pytest.mark.parametrize("kind", ["counts", "answers"])
def test_steps_of_one_crowd_are_not_called_natural(kind, scale):
    assert select_k(standard(scale(nobody_apart(kind, 0)))).verdict != "clear"


def test_measured_values_stay_as_they_are():
    values = np.random.default_rng(0).normal(size=(500, 2))
    assert np.array_equal(spread_steps(values, values), values)


def test_yes_and_no_stay_as_they_are():
    values = np.repeat([[0.0], [1.0]], 100, axis=0)
    assert np.array_equal(spread_steps(values, values), values)


def test_a_count_is_spread_half_way_to_its_neighbors_on_its_own_scale():
    values = np.log1p(np.repeat(np.arange(8.0), 400))[:, None]
    spread = spread_steps(values, values)[:, 0]
    for count in range(1, 7):
        own = spread[values[:, 0] == np.log1p(count)]
        below, above = ((np.log1p(count) + np.log1p(other)) / 2 for other in (count - 1, count + 1))
        assert below <= own.min() < own.max() <= above
        assert np.ptp(own) > 0.95 * (above - below)


def test_a_hole_in_the_data_is_not_filled():
    values = np.repeat([1.0, 2, 3, 4, 40, 41, 42, 43], 50)[:, None]
    spread = spread_steps(values, values)[:, 0]
    assert not ((spread > 5.3) & (spread < 38.7)).any()
