"""The streams between two runs: who is in the same segment still is drawn as that, whatever number it has."""

import re

from clustera.components.migration import moves_chart
from clustera.records import Comparison, Move

NAMES = {1: "One", 2: "Two"}


def _streams(*, matched, same_definitions):
    moves = (Move(1, 2, 90), Move(2, 1, 80), Move(2, 2, 10))
    told = {"names_before": NAMES, "names_after": NAMES, "same_definitions": same_definitions}
    found = Comparison("May", "June", 180, 0, 0, moves, matched, (), (), (), (), **told)
    drawn = str(moves_chart(found, lists=False))
    seen = re.findall(r'class="stream (\w+) [^>]*><title>(\w+) to (\w+): (\d+)', drawn)
    return {(before, after, int(count)): kind for kind, before, after, count in seen}


def test_segments_that_match_under_other_numbers_are_drawn_as_the_same():
    drawn = _streams(matched=((1, 2, 0.9), (2, 1, 0.9)), same_definitions=False)
    assert drawn == {("One", "Two", 90): "stayed", ("Two", "One", 80): "stayed", ("Two", "Two", 10): "moved"}


def test_kept_definitions_keep_their_numbers():
    drawn = _streams(matched=(), same_definitions=True)
    assert drawn == {("One", "Two", 90): "moved", ("Two", "One", 80): "moved", ("Two", "Two", 10): "stayed"}
