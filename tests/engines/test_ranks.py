"""Quantiles counted in parts against those of all values, sorted at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera.engines import Engine, quantiles, ranks

PROBABILITIES = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)


def at_once_and_in_parts(table, columns, *, by="", held, monkeypatch):
    with Engine(threads=1) as engine:
        rows = engine.arrow(pa.table(table))
        at_once = quantiles(rows, columns, PROBABILITIES, by=by)
        monkeypatch.setattr(ranks, "HELD_VALUES", held)
        return at_once, quantiles(rows, columns, PROBABILITIES, by=by)


@pytest.mark.parametrize("held", [1, 3, 50, 900])
def test_quantiles_in_parts_are_those_of_all_values_to_the_last_bit(held, monkeypatch):
    random = np.random.default_rng(5)
    table = {
        "group": random.choice([3, 1, 7], 1000, p=[0.7, 0.29, 0.01]),
        "skewed": random.lognormal(0, 4, 1000),
        "tied": random.integers(0, 5, 1000).astype(float),
        "gappy": pa.array(random.normal(0, 1, 1000), mask=random.random(1000) < 0.3),
    }
    at_once, in_parts = at_once_and_in_parts(
        table, ["skewed", "tied", "gappy"], by="group", held=held, monkeypatch=monkeypatch
    )
    assert at_once == in_parts
    assert at_once.keys() == {1, 3, 7}
    own = table["skewed"][table["group"] == 7]
    np.testing.assert_allclose(at_once[7][0], np.quantile(own, PROBABILITIES), rtol=1e-12)


def test_a_column_without_values_has_no_quantiles(monkeypatch):
    table = {"group": [1, 1, 2], "x": pa.array([None, None, 4.0], pa.float64())}
    at_once, in_parts = at_once_and_in_parts(table, ["x"], by="group", held=1, monkeypatch=monkeypatch)
    assert at_once == in_parts == {1: (None,), 2: ((4.0,) * len(PROBABILITIES),)}


@settings(max_examples=40)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-3, 3).map(float), min_size=1))
def test_any_numbers_have_the_ranks_that_sorting_gives_them(values):
    with Engine(threads=1) as engine, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "HELD_VALUES", 2)
        rows = engine.arrow(pa.table({"x": pa.array(values, pa.float64())}))
        # A probability that falls on a rank asks for that value and no other.
        (found,) = quantiles(rows, ["x"], [0.0, 1.0])[None]
        assert found == (min(values), max(values))
        (found,) = quantiles(rows, ["x"], [0.5])[None]
        middle = sorted(values)[(len(values) - 1) // 2 : len(values) // 2 + 1]
        assert middle[0] <= found[0] <= middle[-1]
