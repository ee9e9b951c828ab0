"""Tables with hundreds of columns."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
import clustera.pipeline
from clustera.cli import app
from clustera.engines import Engine


def wide(rows: int, columns: int) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(rows, columns))
    return pd.DataFrame(values, columns=[f"f{j}" for j in range(columns)])


def test_more_columns_than_anybody_can_look_at_are_refused_with_the_cure(monkeypatch):
    monkeypatch.setattr(sys.modules["clustera.pipeline.inspect"], "MOST_FEATURES", 20)
    with pytest.raises(
        clustera.InputError, match=r"21 columns that would form the segments(.|\n)*features=.'f0', 'f1'"
    ):
        clustera.segment(wide(60, 21), progress=False)


def test_each_further_column_asks_the_engine_for_little_before_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(sys.modules["clustera.pipeline.inspect"], "MOST_FEATURES", 5)
    asked = {20: 0, 120: 0}
    run = Engine.run
    for columns in asked:

        def counted(engine, work, columns=columns):
            asked[columns] += 1
            return run(engine, work)

        monkeypatch.setattr(Engine, "run", counted)
        with pytest.raises(clustera.InputError):
            clustera.segment(wide(30, columns), progress=False)
    assert asked[120] - asked[20] <= 3 * 100


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


@pytest.mark.parametrize("statements", [40, 139])
def test_a_wide_survey_prints_the_few_columns_that_tell_its_segments_apart(tmp_path, monkeypatch, statements):
    random = np.random.default_rng(statements + 2)
    table = pd.DataFrame(
        random.integers(1, 6, (60, statements)), columns=[f"statement {at:02d}" for at in range(1, statements + 1)]
    )
    told = {f"statement {at:02d}": random.integers(1, 3, 60) + 3 * (np.arange(60) % 2) for at in range(7, 13)}
    table.assign(**told).to_csv(tmp_path / "survey.csv", index_label="id")
    monkeypatch.setenv("COLUMNS", "200")
    words = ["segment", tmp_path / "survey.csv", "--k", "2", "--runs", tmp_path / "runs"]
    said = CliRunner().invoke(app, list(map(str, words))).output
    head = next(line for line in said.splitlines() if "segment " in line and "customers" in line)
    assert re.findall(r"Statement \d+", head) == [f"Statement {at:02d}" for at in range(7, 13)]
    assert f"Shown are the 6 features that differ most between segments; the report has all {statements}." in said
    assert max(map(len, said.splitlines())) <= 200
