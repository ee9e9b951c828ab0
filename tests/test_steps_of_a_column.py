"""The steps that a column comes in are no gaps: whole numbers without groups have none."""

import numpy as np
import pandas as pd
import pytest

import clustera

DRAWN = {
    "uniform ages": lambda random: {"age": random.integers(18, 80, 300)},
    "few visits": lambda random: {"visits": random.integers(1, 9, 300)},
    "one column that dominates": lambda random: {"age": random.integers(18, 80, 300), "score": random.integers(0, 4, 300)},
}  # fmt: skip


@pytest.mark.parametrize("kind", DRAWN)
def test_whole_numbers_without_groups_are_no_clear_groups(kind):
    columns = DRAWN[kind](np.random.default_rng(len(kind)))
    table = pd.DataFrame({"id": [f"C{at}" for at in range(300)], **columns})
    assert clustera.segment(table, threads=1, progress=False).outcome.selection.verdict != "clear"
