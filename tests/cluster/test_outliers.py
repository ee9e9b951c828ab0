import numpy as np
import pytest

from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.outliers import outlier_effect
from clustera.cluster.sweep import solve_sweep
from clustera.texts import outlier_effect_sentence


@pytest.fixture(scope="module")
def groups() -> np.ndarray:
    random = np.random.default_rng(0)
    return random.normal(size=(450, 2)) + np.array([[0, 0], [8, 0], [0, 8]])[np.arange(450) % 3]


def effect(points, outlier):
    kept = points[~outlier]
    sweep = solve_sweep(kept, range(1, 7))
    selection = choose(gather_evidence(kept, kept, sweep, seed=0).table)
    return outlier_effect(points, outlier, points, selection, sweep[selection.k])


def test_a_group_that_was_set_aside_shows_as_one_segment_more(groups):
    points = np.vstack([groups, np.random.default_rng(1).normal(size=(60, 2)) + 20])
    found = effect(points, np.arange(len(points)) >= 450)
    assert (found.k_without, found.k_with) == (3, 4)
    assert "look at them" in outlier_effect_sentence(found)


def test_a_few_at_the_rim_change_nothing(groups):
    rim = np.array([[0.0, 11.0], [11.0, 0.0], [-3.0, -3.0]])
    found = effect(np.vstack([groups, rim]), np.arange(453) >= 450)
    assert found.k_with == found.k_without == 3
    assert found.agreement > 0.99
    assert "changed little" in outlier_effect_sentence(found)
