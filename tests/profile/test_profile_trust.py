"""Trust in words, by the rule that was measured."""

from __future__ import annotations

import pytest

from clustera.profile.trust import judge_trust, trust_statement
from clustera.records import TrustNumbers
from clustera.texts import trust_sentence


def numbers(jaccard: float, valley: float, borderline: float = 0.02) -> TrustNumbers:
    return TrustNumbers(segment=1, jaccard=jaccard, valley=valley, neighbor=2, borderline=borderline)


@pytest.mark.parametrize("verdict", ["clear", "stable"])
@pytest.mark.parametrize(
    ("jaccard", "valley", "expected"),
    [
        (0.75, 0.49, "distinct"),
        (0.75, 0.5, "stable"),
        (0.7499, 0.0, "pattern"),
        (0.6, 1.0, "pattern"),
        (0.5999, 0.0, "unreliable"),
    ],
)
def test_the_statement_follows_the_limits(verdict, jaccard, valley, expected):
    assert trust_statement(numbers(jaccard, valley), verdict) == expected


@pytest.mark.parametrize("jaccard", [0.1, 0.7, 0.99])
@pytest.mark.parametrize("valley", [0.0, 0.9])
def test_drawn_segments_are_neither_praised_nor_warned_off(jaccard, valley):
    told = judge_trust(numbers(jaccard, valley, borderline=0.5), "practical")
    assert told.statement == "practical"
    said = trust_sentence(told, neighbor="Savers")
    assert said.startswith("Practical split")
    assert "istinct" not in said
    assert "not act" not in said


def test_a_reproducible_segment_names_the_neighbor_it_blends_into():
    told = judge_trust(numbers(0.9, 0.8), "stable")
    said = trust_sentence(told, neighbor="Big spenders")
    assert "(90% overlap)" in said
    assert said.endswith("but it blends into Big spenders.")


def test_an_unreliable_segment_is_warned_off():
    said = trust_sentence(judge_trust(numbers(0.5, 0.1), "clear"), neighbor="A")
    assert said.endswith("Do not act on it alone.")


def test_many_borderline_customers_are_said():
    told = judge_trust(numbers(0.9, 0.2, borderline=0.14), "clear")
    assert trust_sentence(told, neighbor="A").endswith("14% of its customers are nearly as close to another segment.")


def test_the_only_segment_has_no_neighbor_to_name():
    told = judge_trust(numbers(0.9, 0.2), "clear")
    assert trust_sentence(told) == "Distinct: found again on other customers (90% overlap)."


def test_measured_numbers_are_handed_on(described, mixed):
    frame = mixed({1: (50, (10,)), 2: (50, (40,))}, ["spend"], (3,))
    one, two = described(frame, features=["spend"], trust={1: (0.81, 0.3), 2: (0.55, 0.6)})
    assert (one.trust.jaccard, one.trust.valley, one.trust.neighbor, one.trust.borderline) == (0.81, 0.3, 2, 0.02)
    assert two.trust.statement == "unreliable"
    assert two.name in trust_sentence(one.trust, neighbor=two.name)
