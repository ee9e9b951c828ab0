"""A likely range is told as one only where the expected amount lies in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clustera.texts import format_amount, likely_range

AMOUNT = st.floats(0, 1e9)


@given(AMOUNT, AMOUNT, AMOUNT)
def test_a_range_is_told_where_the_expected_amount_lies_in_it(expected, one, other):
    low, high = sorted((one, other))
    said = likely_range(expected, low, high)
    assert (said == f"{format_amount(low)} to {format_amount(high)}") is (low <= expected <= high)
    if high == 0 < expected:
        assert said.startswith("most likely nothing")
    elif not low <= expected <= high:
        assert format_amount(high if expected > high else low) in said
