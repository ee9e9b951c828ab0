"""Where chance in one measurement may decide the number of segments, it is measured again; and a close call is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_wine
from tests.cluster.test_choose import evidence

from clustera.cluster.auto import select_k
from clustera.cluster.choose import choose
from clustera.cluster.evidence import Evidence, gather_evidence
from clustera.cluster.growing import AGAIN, search_more_k
from clustera.cluster.judgments import close_calls
from clustera.cluster.options import ClusterOptions
from clustera.cluster.sweep import draft_sweep, solve_sweep
from clustera.records import KEvidence
from clustera.texts import explain_chosen_k

CLEAR = evidence(3, valley=0.1, valley_whole=0.1, jaccard=0.98, prediction_strength=0.95)


def three_groups() -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(center, 1, (60, 2)) for center in ((0, 0), (9, 0), (0, 9))])


def test_a_number_near_its_limits_is_a_close_call():
    assert close_calls([CLEAR, evidence(4, valley=0.7, valley_whole=0.7, jaccard=0.78)]) == [4]
    assert close_calls([CLEAR, evidence(4, valley=0.9, valley_whole=0.9, jaccard=0.85)]) == [4]


def test_numbers_far_from_their_limits_or_below_a_sure_one_are_no_close_calls():
    below = evidence(2, valley=0.7, valley_whole=0.7, jaccard=0.78)
    assert close_calls([below, CLEAR, evidence(4, valley=1.4, valley_whole=1.4, jaccard=0.5)]) == []


def test_without_a_sure_number_those_that_might_show_groups_are_close_calls():
    table = [evidence(k, valley=v, valley_whole=1.0, jaccard=0.85) for k, v in [(2, 0.75), (3, 1.2)]]
    assert close_calls(table) == [2]


def test_more_draws_leave_fewer_close_calls():
    near = evidence(4, valley=0.62, valley_whole=0.62, jaccard=0.72)
    assert close_calls([CLEAR, near]) == [4]
    assert close_calls([CLEAR, replace(near, draws=4)]) == []


def test_the_chosen_number_is_not_told_as_another_one_about_as_good():
    clear = evidence(2, valley=0.43, valley_whole=0.43, path_ratio=0.28, jaccard=0.98, prediction_strength=0.95)
    table = [replace(e, draws=2) for e in (clear, evidence(3, valley=1.4, valley_whole=1.4, jaccard=0.5))]
    assert close_calls(table) == [2]
    chosen = choose(table)
    assert chosen.k == 2
    assert "about-as-good" not in [reason.code for reason in chosen.because]


def test_measured_several_times_the_figures_are_means():
    points = three_groups()
    sweep = solve_sweep(points, [1, 2, 3])
    first, second = (gather_evidence(points, points, sweep, seed=seed) for seed in (0, 1))
    mean = first.averaged([second])
    one, two, both = (some.table[0] for some in (first, second, mean))
    assert both.draws == 2
    assert both.jaccard == pytest.approx((one.jaccard + two.jaccard) / 2)
    shares = [e.path_ratio / (1 + e.path_ratio) for e in (one, two)]
    assert both.path_ratio == pytest.approx(sum(shares) / (2 - sum(shares)))
    assert np.allclose(mean.jaccard[3], (first.jaccard[3] + second.jaccard[3]) / 2)


@pytest.mark.parametrize(("valley", "measured"), [(0.7, 1 + AGAIN), (3.0, 1)])
def test_only_close_calls_are_measured_again(valley, measured):
    points, asked = three_groups(), []
    true = gather_evidence(points, points, solve_sweep(points, [1, 2, 3, 4]), seed=0)

    def judge(solutions, draw) -> Evidence:
        asked.append((draw, sorted(k for k in solutions if k > 1)))
        last = replace(true.table[-1], valley=valley, valley_whole=valley, path_ratio=0.3, jaccard=0.8)
        table = tuple(e for e in (CLEAR, last) if e.k in solutions)
        return replace(true, table=table)

    looked = search_more_k(
        range(3, 5),
        sweep=lambda ks: draft_sweep(points, ks, seed=0),
        judge=judge,
        customers=len(points),
        distinct=len(points),
        options=ClusterOptions(),
    )
    assert [draw for draw, _ in asked] == list(range(measured))
    assert all(ks == [4] for draw, ks in asked if draw)
    assert [e.draws for e in looked.evidence.table] == [1, measured]


def test_two_numbers_that_are_about_as_good_are_told():
    sure = replace(CLEAR, valley=0.4, valley_whole=0.4)
    near = replace(evidence(4, valley=0.69, valley_whole=0.69, jaccard=0.82), draws=4)
    chosen = choose([sure, near])
    assert chosen.k == 4
    assert "3 segments would be about as good" in explain_chosen_k(chosen)
    assert "about as good" not in explain_chosen_k(choose([sure, replace(near, valley=1.5, valley_whole=1.5)]))


def test_more_segments_with_much_weaker_gaps_are_not_about_as_good():
    near = replace(evidence(4, valley=0.78, valley_whole=0.78, jaccard=0.82), draws=4)
    assert "about as good" not in explain_chosen_k(choose([CLEAR, near]))


@pytest.mark.soak
def test_the_seed_does_not_choose_the_number_of_segments_of_178_wines():
    wine = load_wine().data
    points = (wine - wine.mean(axis=0)) / wine.std(axis=0)
    assert {(found.k, found.verdict) for found in (select_k(points, seed=seed) for seed in range(10))} == {
        (3, "stable")
    }


def near_stable(k: int, strength: float) -> KEvidence:
    said = {"valley": 2.0, "valley_whole": 2.0, "jaccard": 0.9, "silhouette": 0.4}
    return evidence(k, prediction_strength=strength, prediction_strength_se=0.02, **said)


def test_segments_that_are_nearly_found_again_are_a_close_call():
    assert close_calls([near_stable(2, 0.77), near_stable(3, 0.6)]) == [2]
    assert close_calls([near_stable(2, 0.98), near_stable(3, 0.84)]) == [3]
    assert (
        close_calls([near_stable(2, 0.77), near_stable(3, 0.98)]) == []
    )  # 3 is stable in any case, and the larger number
    assert close_calls([CLEAR, near_stable(4, 0.84)]) == []  # with clear groups nobody asks


def test_a_stable_number_that_another_draw_would_refuse_is_told_with_the_other():
    sure, close = near_stable(2, 0.98), replace(near_stable(3, 0.85), draws=4)
    chosen = choose([sure, close])
    assert (chosen.k, chosen.verdict) == (3, "stable")
    assert "2 segments would be about as good" in explain_chosen_k(chosen)
    assert "about as good" not in explain_chosen_k(choose([sure, replace(close, prediction_strength=0.98)]))


def test_two_practical_splits_of_the_same_silhouette_are_told():
    table = [evidence(3, silhouette=0.300), evidence(4, silhouette=0.306), evidence(5, silhouette=0.25)]
    chosen = choose(table)
    assert (chosen.k, chosen.verdict) == (4, "practical")
    assert "3 segments would be about as good" in explain_chosen_k(chosen)
    assert "about as good" not in explain_chosen_k(choose([*table[1:], evidence(3, silhouette=0.28)]))


@pytest.mark.parametrize("shape", ["even", "groups"])
def test_the_seed_of_the_search_does_not_choose_the_number(shape):
    points = three_groups() if shape == "groups" else np.random.default_rng(1).uniform(size=(250, 2))
    found = [select_k(points, seed=seed) for seed in range(3)]
    assert len({(one.k, one.verdict) for one in found}) == 1
    assert len({one.evidence[0].prediction_strength for one in found}) == 1  # 2 segments, judged by the same halves
