from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clustera.cluster.identity import comparison_of_moves, keep_identities, match_segments
from clustera.records import Move


@given(st.permutations(range(6)))
def test_renumbered_segments_keep_their_identity(order):
    table = np.diag([50, 40, 30, 20, 10, 5])[:, list(order)]
    assert keep_identities(table, [11, 12, 13, 14, 15, 16]) == [11 + i for i in order]


def test_a_new_segment_gets_a_number_never_used():
    table = np.array([[100, 0, 0], [0, 80, 2]])
    assert keep_identities(table, [1, 2], ever=[7]) == [1, 2, 8]


def test_a_segment_that_shares_half_or_less_is_another_one():
    assert match_segments(np.array([[50, 50]])) == []
    assert [(i, j) for i, j, _ in match_segments(np.array([[51, 49]]))] == [(0, 0)]


@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 50)))
def test_no_segment_is_the_same_as_two_others(table):
    pairs = match_segments(table)
    assert len({i for i, _, _ in pairs}) == len({j for _, j, _ in pairs}) == len(pairs)


def test_a_split_is_told_with_its_parts():
    moves = [Move(1, 1, 60), Move(1, 2, 40), Move(2, 3, 80)]
    found = comparison_of_moves(
        moves, before="a", after="b", names_before={1: "A", 2: "B"}, names_after={1: "A", 2: "N", 3: "B"}
    )
    assert found.split == ((1, (1, 2)),)
    assert found.merged == ()
    assert found.new == (2,)


def test_a_merger_is_told_with_its_sources():
    moves = [Move(1, 1, 50), Move(2, 1, 45), Move(3, 2, 30)]
    found = comparison_of_moves(
        moves, before="a", after="b", names_before={1: "A", 2: "B", 3: "C"}, names_after={1: "A", 2: "C"}
    )
    assert found.merged == (((1, 2), 1),)
    assert found.gone == (2,)


def test_everybody_is_counted_once():
    moves = [Move(1, 1, 7), Move(1, 2, 2), Move(2, 2, 4)]
    found = comparison_of_moves(
        moves, before="a", after="b", names_before={1: "A", 2: "B"}, names_after={1: "A", 2: "B"}, only_before=3
    )
    assert found.common == 13
    assert found.stayed == 11 / 13
