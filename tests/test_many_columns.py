"""Tables with hundreds of columns."""

import sys

import numpy as np
import pandas as pd
import pytest

import clustera
import clustera.pipeline


def wide(rows: int, columns: int) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(rows, columns))
    return pd.DataFrame(values, columns=[f"f{j}" for j in range(columns)])


def test_more_columns_than_anybody_can_look_at_are_refused_with_the_cure(monkeypatch):
    monkeypatch.setattr(sys.modules["clustera.pipeline.inspect"], "MOST_FEATURES", 20)
    with pytest.raises(clustera.InputError, match=r"21 columns that would form the segments(.|\n)*--features f0,f1"):
        clustera.segment(wide(60, 21), progress=False)


def test_histograms_count_every_known_value_of_many_columns():
    frame = wide(50, 70)
    frame.iloc[::7, 40] = np.nan
    seen = clustera.segment(frame, k=2, progress=False).outcome.patterns
    assert [sum(d.counts) for d in seen.distributions] == [50 - d.missing for d in seen.distributions]
    assert seen.distributions[40].missing == 8


def test_rank_correlations_of_many_columns_are_those_of_pandas():
    frame = wide(50, 40)
    frame["f1"] = frame["f0"].round()
    frame.iloc[::5, 3] = np.nan
    seen = clustera.segment(frame, k=2, progress=False).outcome.patterns
    names = [d.name for d in seen.distributions]
    np.testing.assert_allclose(np.array(seen.correlation), frame[names].corr("spearman").to_numpy(), atol=1e-12)
