"""Codes such as 02115 of a run, where a later table has typed numbers: read as the run's codes, and told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustera

ROWS = 60


def customers(digits: int, codes: list[int]) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": [f"{row * 7:0{digits}}" for row in range(ROWS)],
            "spend": np.r_[draw.normal(20, 2, 30), draw.normal(90, 2, 30)].round(2),
            "branch": [f"{codes[row % len(codes)]:0{digits}}" for row in range(ROWS)],
        }
    )


@settings(max_examples=4, deadline=None)
@given(
    st.integers(4, 9),
    st.lists(st.integers(100, 9999), min_size=3, max_size=9, unique=True),
    st.sampled_from([int, float, "Int64", str]),
)
def test_later_codes_without_zeros_are_those_of_the_run(digits, codes, kind):
    table = customers(digits, [1, *codes])
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        later = table.copy()
        for name in ("customer_id", "branch"):
            later[name] = later[name].astype(int).astype(kind)
        found, expected = seg.predict(later), seg.predict(table)
        assert found[["id", "segment", "key"]].equals(expected[["id", "segment", "key"]])
        told = [finding for finding in found.attrs["findings"] if "zeros before them" in finding]
        assert len(told) == 2
        assert not any("no customer of the run" in finding for finding in found.attrs["findings"])
        assert not any("zeros before them" in finding for finding in expected.attrs["findings"])


@pytest.mark.parametrize("codes", [["7", "12", "0033"], ["a1", "b02", "03"]])
def test_codes_of_several_lengths_stay_as_they_are(codes):
    table = customers(4, [1, 2]).assign(branch=[codes[row % 3] for row in range(ROWS)])
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        found = seg.predict(table.assign(branch="7"))
        assert not any("zeros before them" in finding for finding in found.attrs["findings"])
