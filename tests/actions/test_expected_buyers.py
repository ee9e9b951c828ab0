"""The range of buyers that is told for an action: as often right as it says, and never a single number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clustera.actions.expected import expected_buyers


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1))
def test_both_ends_are_possible_and_differ(customers, seen, share):
    low, high = expected_buyers(customers, round(share * seen) / seen, seen)
    assert 0 <= low < high <= customers


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_the_ends_are_quantiles_of_scipys_beta_binomial(customers, seen, data):
    bought = data.draw(st.integers(0, seen))
    low, high = expected_buyers(customers, bought / seen, seen)
    known = stats.betabinom(customers, bought + 0.5, seen - bought + 0.5)
    counted = customers * bought / seen
    least, most = min(known.ppf(0.1), np.floor(counted)), max(known.ppf(0.9), np.ceil(counted))
    assert (low, high) == (least, most) if least < most else least in {low, high}


@pytest.mark.parametrize("rate", [0.0, 0.002, 0.02, 0.2, 0.5, 0.9, 0.995, 1.0])
def test_four_of_five_ranges_hold_what_comes(rate):
    draw = np.random.default_rng(5)
    held = []
    for seen, customers in ((20, 50), (60, 60), (300, 100)):
        for bought, came in zip(draw.binomial(seen, rate, 150), draw.binomial(customers, rate, 150), strict=True):
            low, high = expected_buyers(customers, bought / seen, seen)
            held.append(low <= came <= high)
    assert np.mean(held) >= 0.8 - 2 * np.sqrt(0.8 * 0.2 / len(held))


def test_a_rate_of_none_among_a_few_says_little_of_many():
    assert expected_buyers(1000, 0.0, 5)[1] > 100
