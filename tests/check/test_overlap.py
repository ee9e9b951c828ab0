from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from clustera.check.overlap import follow


def table(rows=400, seed=0):
    draw = np.random.default_rng(seed)
    spend, visits = draw.gamma(3, 100, rows), draw.poisson(9, rows)
    score = 0.2 * spend + 3 * visits + draw.normal(0, 4, rows)
    made = {"age": draw.integers(18, 90, rows), "spend": spend.round(2), "visits": visits, "loyalty": score.round(1)}
    return pd.DataFrame(made)


def notes(checked):
    return [finding for finding in checked.findings if finding.code == "follows-from-others"]


def test_a_score_of_other_features_is_noted_with_what_it_is_made_of(checked):
    (note,) = notes(checked(table()))
    assert note.column == "loyalty"
    assert "follows from Spend and Visits" in note.message


def test_the_share_that_is_told_is_that_of_a_regression(checked):
    frame = table()
    others = frame[["age", "spend", "visits"]]
    r2 = LinearRegression().fit(others, frame.loyalty).score(others, frame.loyalty)
    assert f"({100 * r2:.0f} % of its variance)" in notes(checked(frame))[0].message


@pytest.mark.parametrize("seed", range(10))
def test_features_that_are_merely_alike_raise_no_note(checked, seed):
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(300, 1))
    frame = pd.DataFrame((common + 0.5 * draw.normal(size=(300, 5))) * 20 + 100, columns=list("abcde"))
    assert notes(checked(frame)) == []


def test_two_scores_of_the_same_features_are_both_noted():
    plain = np.random.default_rng(0).normal(size=(500, 3))
    values = np.column_stack([plain, plain @ [1, 1, 0], plain @ [0, 1, -1]])
    assert [found[0] for found in follow(np.corrcoef(values.T))] == [4, 3]


def test_few_customers_raise_no_note(checked):
    assert notes(checked(table(rows=60))) == []
