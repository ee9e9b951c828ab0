from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clustera.cluster.candidates import candidate_numbers, further_candidates
from clustera.cluster.choose import choose
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.judgments import shows_groups, why_no_clear_groups, why_not_found_again
from clustera.cluster.options import ClusterOptions
from clustera.cluster.scores import gap_statistic
from clustera.cluster.sweep import solve_sweep
from clustera.errors import InputError
from clustera.records import KEvidence
from clustera.texts import (
    explain_asked_k,
    explain_chosen_k,
    explain_cost_of_k,
    explain_kept_k,
    explain_refused_k,
    number_qualities,
)


def evidence(k: int, **said: float) -> KEvidence:
    plain = {
        "inertia": 100 / k, "explained": 1 - 1 / k, "silhouette": 0.3, "calinski_harabasz": 50.0, "gap": 0.5,
        "prediction_strength": 0.5, "prediction_strength_se": 0.01, "valley": 1.0, "jaccard": 0.6, "smallest": 0.1,
    }  # fmt: skip
    return KEvidence(k=k, **(plain | said), rank=0.0, admissible=False)


def measured(points: np.ndarray, ks: range) -> tuple[KEvidence, ...]:
    return gather_evidence(points, points, solve_sweep(points, [1, *ks]), seed=0).table


def test_gaps_that_hold_on_other_customers_make_segments_natural():
    table = [evidence(2, valley=0.9), evidence(3, valley=0.2), evidence(4, valley=0.85)]
    selection = choose(table)
    assert (selection.k, selection.verdict) == (3, "clear")


def test_the_finest_k_with_a_gap_everywhere_is_taken_and_coarser_ones_are_offered():
    table = [evidence(2, valley=0.1, silhouette=0.8), evidence(3, valley=0.2), evidence(5, valley=0.3), evidence(6)]
    selection = choose(table)
    assert selection.k == 5
    assert selection.alternatives == (2, 3)


def test_a_shallow_valley_counts_only_where_every_segment_comes_back():
    clear = evidence(3, valley=0.44, jaccard=0.9)
    assert choose([clear, evidence(5, valley=0.7, jaccard=0.85)]).k == 5
    assert choose([clear, evidence(5, valley=0.7, jaccard=0.75)]).k == 3
    assert choose([clear, evidence(5, valley=0.4, jaccard=0.7)]).k == 5
    assert choose([clear, evidence(5, valley=0.4, jaccard=0.5)]).k == 3


def test_a_group_too_small_for_every_half_counts_where_hardly_anybody_stands_around_it():
    coarse = evidence(2, valley=0.05, jaccard=1.0)
    small = {"jaccard": 0.4, "prediction_strength": 0.65, "smallest": 0.012}
    found = choose([coarse, evidence(3, valley=0.7, valley_whole=0.05, **small)])
    assert (found.k, found.verdict) == (3, "clear")
    assert "so small (1.2% of the customers) that it is sometimes missed" in explain_chosen_k(found)
    assert choose([coarse, evidence(3, valley=0.7, valley_whole=0.3, **small)]).k == 2
    assert choose([coarse, evidence(3, valley=0.7, valley_whole=0.05, **(small | {"prediction_strength": 0.5}))]).k == 2
    assert choose([coarse, evidence(3, valley=0.7, valley_whole=0.05, **(small | {"smallest": 0.06}))]).k == 2


def test_more_segments_are_not_preferred_when_their_gaps_are_much_weaker_and_the_parts_are_told():
    selection = choose([evidence(4, valley=0.01, jaccard=1.0), evidence(11, valley=0.5, jaccard=0.63)])
    assert selection.k == 4
    assert "4 groups, which fall into 11 parts" in explain_chosen_k(selection)
    assert selection.evidence[1].refused.code == "weaker"


def test_segments_joined_by_a_path_of_customers_are_not_clear():
    selection = choose([evidence(k, valley=0.3, jaccard=0.95, path_ratio=0.9) for k in (2, 3)])
    assert selection.verdict != "clear"
    assert selection.evidence[0].valley == 0.3


def test_the_range_that_was_looked_at_is_part_of_the_reason():
    assert "2 to 3 segments were looked at." in explain_chosen_k(choose([evidence(2), evidence(3)]))


def test_more_numbers_are_looked_at_only_while_the_largest_are_apart_and_nothing_is_asked_for():
    far = [evidence(k, valley=0.1) for k in range(2, 21)]
    assert further_candidates(far, 10_000, 10_000, ClusterOptions()) == range(21, 36)
    assert not further_candidates(far, 10_000, 10_000, ClusterOptions(k_max=20))
    assert not further_candidates(far[:18], 10_000, 10_000, ClusterOptions())
    assert not further_candidates([evidence(k, valley=0.9) for k in range(2, 21)], 10_000, 10_000, ClusterOptions())
    connected = [evidence(k, valley=0.1, path_ratio=0.7) for k in range(2, 21)]  # as in one crowd with 20 features
    assert not further_candidates(connected, 10_000, 10_000, ClusterOptions())
    assert further_candidates([*far, evidence(70, valley=0.1)], 800, 800, ClusterOptions()) == range(71, 81)


def test_shallow_valleys_alone_make_nothing_natural():
    assert choose([evidence(k, valley=0.7, jaccard=0.9) for k in (2, 3, 4)]).verdict != "clear"


def test_the_best_k_with_a_gap_beats_a_better_looking_one_without():
    table = [
        evidence(2, valley=1.1, silhouette=0.9, prediction_strength=1.0, gap=9, calinski_harabasz=999),
        evidence(3, valley=0.4),
    ]
    assert choose(table).k == 3
    assert "there is no gap" in explain_refused_k(choose(table).evidence[0].refused)


def test_without_gaps_the_finest_k_that_comes_back_is_reproducible():
    table = [evidence(k, prediction_strength=s, jaccard=0.9) for k, s in [(2, 0.95), (3, 0.9), (4, 0.7)]]
    selection = choose(table)
    assert (selection.k, selection.verdict) == (3, "stable")


def test_prediction_strength_must_clear_the_bar_by_two_standard_errors():
    table = [
        evidence(2, prediction_strength=0.9, jaccard=0.9),
        evidence(3, prediction_strength=0.82, prediction_strength_se=0.02, jaccard=0.9),
    ]
    assert choose(table).k == 2


def test_without_gaps_and_without_return_segments_are_constructive():
    table = [
        evidence(2, silhouette=0.5),
        evidence(3, silhouette=0.3),
        evidence(4, silhouette=0.35),
        evidence(9, silhouette=0.4),
    ]
    selection = choose(table)
    assert (selection.k, selection.verdict) == (4, "practical")
    assert "practical split" in explain_chosen_k(selection)


def test_the_previous_k_is_kept_while_it_is_admissible():
    table = [evidence(k, prediction_strength=0.9, jaccard=0.9) for k in (2, 3, 4)]
    assert choose(table).k == 4
    assert choose(table, previous=3).k == 3
    assert choose(table, previous=7).k == 4


def test_natural_segments_hidden_by_the_number_of_the_run_before_are_told():
    table = [evidence(k, valley=0.2, jaccard=0.9) for k in (2, 3, 4)]
    assert "4 clear groups; 3 segments were kept" in explain_kept_k(choose(table, previous=3))
    assert choose(table, previous=4).note is choose(table).note is None


def test_no_note_where_the_number_kept_hides_nothing_natural():
    assert choose([evidence(k, prediction_strength=0.9, jaccard=0.9) for k in (2, 3, 4)], previous=3).note is None


def test_a_wish_for_k_is_met_and_its_price_told():
    table = [evidence(2, valley=0.9), evidence(3, valley=0.2, silhouette=0.6, gap=1.0), evidence(4, silhouette=0.31)]
    selection = choose(table, options=ClusterOptions(k=4))
    assert selection.k == 4
    assert explain_asked_k(selection.asked) == "k = 4"
    assert "The data alone would give 3 (clear groups)" in explain_cost_of_k(selection)
    assert "0.31 (not 0.60)" in explain_cost_of_k(selection)


KEPT = [evidence(k, silhouette=s) for k, s in [(2, 0.3), (3, 0.5), (4, 0.3), (5, 0.4)]]


def test_a_wish_for_the_number_of_the_run_before_has_its_price_too():
    selection = choose(KEPT, options=ClusterOptions(k=5), previous=5)
    assert selection.k == 5
    assert "the data alone would give 3" in explain_chosen_k(selection)
    assert "The data alone would give 3 (a practical split)" in explain_cost_of_k(selection)


def test_a_wish_that_the_data_choose_as_well_costs_nothing_whatever_the_run_before_had():
    selection = choose(KEPT, options=ClusterOptions(k=3), previous=5)
    assert explain_cost_of_k(selection) == "Nothing: the data alone give the same number."


def test_the_number_of_the_run_before_is_kept_within_a_wish():
    selection = choose(KEPT, options=ClusterOptions(k="3..8"), previous=5)
    assert (selection.k, "The data alone would give 3" in explain_cost_of_k(selection)) == (5, True)


def test_segments_as_asked_are_not_called_natural_without_a_gap():
    table = [evidence(2, valley=0.9), evidence(3, valley=0.2, silhouette=0.6), evidence(4, valley=0.95)]
    assert choose(table, options=ClusterOptions(k=4)).verdict == "practical"


def test_a_smallest_size_rules_out_fine_ks():
    table = [evidence(2, valley=0.3, smallest=0.4), evidence(3, valley=0.2, silhouette=0.6, gap=1.0, smallest=0.01)]
    selection = choose(table, options=ClusterOptions(min_size="2%"))
    assert selection.k == 2
    assert "3 (clear groups)" in explain_cost_of_k(selection)


def test_a_wish_that_cannot_be_met_says_what_could():
    with pytest.raises(InputError, match=r"smallest segment of 10\.0%"):
        choose([evidence(2), evidence(3)], options=ClusterOptions(min_size=0.3))


@pytest.mark.parametrize(
    ("said", "meant"), [("5", (5, 5)), (5, (5, 5)), ("3..8", (3, 8)), ("3-8", (3, 8)), ((3, 8), (3, 8))]
)
def test_k_is_read_in_its_spellings(said, meant):
    assert ClusterOptions(k=said).k == meant


@pytest.mark.parametrize("said", ["1", "8..3", "many", "2.5", 0, "", True])
def test_a_k_that_means_nothing_is_refused(said):
    with pytest.raises(ValidationError):
        ClusterOptions(k=said)


def test_more_segments_than_customers_are_refused_with_the_most_that_can_be():
    with pytest.raises(
        InputError, match="k is 40, but only 31 different customers are left after checking; ask for k <= 31"
    ):
        candidate_numbers(31, 31, ClusterOptions(k=40))


def test_too_few_customers_are_refused():
    with pytest.raises(InputError, match="Only 9 customers"):
        candidate_numbers(9, 9, ClusterOptions())


def test_separate_groups_are_found_and_called_natural(blobs):
    values = blobs[["age", "income", "spending_score"]].to_numpy()
    points = (values - values.mean(axis=0)) / values.std(axis=0)
    selection = choose(measured(points, range(2, 10)))
    assert (selection.k, selection.verdict) == (4, "clear")


@pytest.mark.parametrize("kind", ["uniform", "one blob", "correlated", "heavy tails"])
@pytest.mark.parametrize("seed", range(4))
def test_structureless_data_are_never_natural(kind, seed):
    random = np.random.default_rng(seed)
    points = {
        "uniform": random.uniform(size=(600, 3)),
        "one blob": random.normal(size=(600, 3)),
        "correlated": random.normal(size=(600, 1)) * 0.8 + random.normal(size=(600, 3)) * 0.6,
        "heavy tails": random.standard_t(4, size=(600, 3)),
    }[kind]
    assert choose(measured(points, range(2, 13))).verdict != "clear"


def test_a_group_of_one_in_eighty_is_found_though_halves_miss_it():
    random = np.random.default_rng(1)
    points = np.vstack([random.normal(size=(1580, 4)), random.normal(size=(20, 4)) + np.array([9, 0, 0, 0])])
    selection = choose(measured(points, range(2, 8)))
    assert (selection.k, selection.verdict) == (2, "clear")
    assert selection.evidence[0].valley > 0.65
    assert selection.evidence[0].smallest == 20 / 1600


def test_gap_of_random_data_is_near_zero_and_of_groups_is_not():
    random = np.random.default_rng(0)
    box = random.uniform(size=(800, 2)) * [3, 1]  # the axes of a square could lie anywhere
    groups = random.normal(size=(800, 2)) * 0.05 + random.integers(0, 2, (800, 1)) * 5
    assert abs(gap_statistic(box, [3], seed=1)[3]) < 0.1
    assert gap_statistic(groups, [2], seed=1)[2] > 1


def test_evidence_explains_what_its_solution_explains(blobs):
    values = blobs[["age", "income"]].to_numpy()
    sweep = solve_sweep(values, [1, 3])
    (found,) = gather_evidence(values, values, sweep, seed=0).table
    total = np.square(values - values.mean(axis=0)).sum()
    assert found.explained == pytest.approx(1 - sweep[3].inertia / total)
    assert dataclasses.asdict(found)["k"] == 3


def foretelling(*told: tuple[int, float, float], **said: float) -> list[KEvidence]:
    """Evidence with what each k tells of later spending, and the standard error of its distance to the best."""
    return [
        dataclasses.replace(evidence(k, **said), explains_future_spend=share, explains_future_spend_se=error)
        for k, share, error in told
    ]


LATER = ClusterOptions(choose_by="future-spend")


def test_the_fewest_segments_within_two_standard_errors_of_the_best_are_chosen_by_later_spending():
    table = foretelling((2, 0.30, 0.02), (3, 0.41, 0.01), (4, 0.44, 0.015), (5, 0.45, 0.0))
    selection = choose(table, options=LATER, unseen={4: 0.43})
    assert selection.k == 4
    assert "the fewest that predict later spending as well as any number from 3 to 5" in explain_chosen_k(selection)
    assert "explain 44%" in explain_chosen_k(selection)
    assert "43% among customers held out of this choice" in explain_chosen_k(selection)
    assert "5 segments explain 45%, no more than chance can add" in explain_chosen_k(selection)
    assert selection.alternatives == (5, 3)


def test_k_of_the_run_before_is_kept_while_later_spending_can_not_tell_it_from_the_best():
    table = foretelling((2, 0.30, 0.02), (3, 0.44, 0.02), (4, 0.45, 0.0))
    assert choose(table, options=LATER, previous=4).k == 4
    assert choose(table, options=LATER, previous=2).k == 3


def test_a_wish_binds_later_spending_too():
    table = foretelling((2, 0.30, 0.02), (3, 0.41, 0.01), (4, 0.44, 0.015), (5, 0.45, 0.0))
    assert choose(table, options=ClusterOptions(choose_by="future-spend", k="2..3")).k == 3
    table[2] = dataclasses.replace(table[2], smallest=0.01)
    assert choose(table, options=ClusterOptions(choose_by="future-spend", min_size="5%")).k == 5


def test_the_verdict_is_about_the_segments_whatever_chose_their_number():
    gaps = foretelling((3, 0.41, 0.01), (4, 0.45, 0.0))
    gaps[1] = dataclasses.replace(gaps[1], valley=0.2, jaccard=0.9)
    assert choose(gaps, options=LATER).verdict == "clear"
    stable = foretelling((3, 0.41, 0.01), (4, 0.45, 0.0), prediction_strength=0.95, jaccard=0.9)
    assert choose(stable, options=LATER).verdict == "stable"
    selection = choose(foretelling((3, 0.41, 0.01), (4, 0.45, 0.0)), options=LATER)
    assert (selection.k, selection.verdict) == (4, "practical")
    assert "practical split" in explain_chosen_k(selection)


def test_without_later_spending_it_can_not_choose():
    with pytest.raises(InputError, match="later spending can't choose"):
        choose([evidence(2), evidence(3)], options=LATER)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_what_is_told_of_a_number_is_what_the_rules_say_of_it(seed):
    random = np.random.default_rng(seed)
    figures = ("valley", "valley_whole", "jaccard", "prediction_strength", "smallest", "path_ratio")
    levels = np.array([0.02, 0.1, 0.3, 0.62, 0.78, 0.9])
    found = choose([evidence(k, **dict(zip(figures, random.choice(levels, 6), strict=True))) for k in range(2, 8)])
    by_gaps = any(shows_groups(entry) for entry in found.evidence)
    for entry in found.evidence:
        like, against = number_qualities(entry, found), why_no_clear_groups(entry)
        assert like.distinct.good == (by_gaps and (against is None or against.code == "changes"))
        if not by_gaps:
            failed = why_not_found_again(entry)
            assert like.steady.good == (failed is None)
            told = (
                {"not-predicted": "two halves", "unstable": "random samples"}[failed.code]
                if failed
                else "are found again"
            )
            assert told in like.steady.sentence
        assert like.size.good == (entry.smallest >= 0.05)
        assert all(quality.sentence for quality in like if quality.good is False)
