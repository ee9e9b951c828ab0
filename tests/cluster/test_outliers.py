import numpy as np
import pandas as pd
import pytest

import clustera
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


@pytest.fixture(scope="module")
def with_far() -> pd.DataFrame:
    random = np.random.default_rng(0)
    near = random.normal(size=(450, 2)) + np.array([[20, 20], [36, 20], [20, 36]])[np.arange(450) % 3]
    return pd.DataFrame(np.vstack([near, random.uniform(100, 130, (6, 2))]), columns=["visits", "basket"])


def examined(table, **asked):
    return clustera.segment(table, progress=False, **asked).diagnostics().outlier_effect


def test_the_sensitivity_analysis_says_what_a_run_finds_that_leaves_nobody_out(with_far):
    found = examined(with_far)
    with_them = clustera.segment(with_far, outliers=False, progress=False)
    assert (found.k_with, found.verdict_with) == (with_them.k, with_them.verdict) == (4, "clear")
    assert found.k_without == 3


def test_a_number_that_was_asked_for_is_not_said_to_change_with_the_outliers(with_far):
    assert "With them, 4 segments would" in outlier_effect_sentence(examined(with_far, k=4))


def test_the_number_stays_where_no_other_meets_the_wish_with_the_outliers(with_far):
    two_groups = with_far[np.arange(len(with_far)) % 3 != 2].iloc[:300]
    found = examined(pd.concat([two_groups, with_far.tail(6)]), min_size="45%")
    assert found.k_kept
    assert found.k_with == found.k_without == 2
