from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from clustera.check.overlap import follow_others
from clustera.texts import finding_message


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
    assert "follows from Spend and Visits" in finding_message(note)


def test_the_share_that_is_told_is_that_of_a_regression(checked):
    frame = table()
    others = frame[["age", "spend", "visits"]]
    r2 = LinearRegression().fit(others, frame.loyalty).score(others, frame.loyalty)
    assert f"({100 * r2:.0f}% of its variance)" in finding_message(notes(checked(frame))[0])


@pytest.mark.parametrize("seed", range(10))
def test_features_that_are_merely_alike_raise_no_note(checked, seed):
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(300, 1))
    frame = pd.DataFrame((common + 0.5 * draw.normal(size=(300, 5))) * 20 + 100, columns=list("abcde"))
    assert notes(checked(frame)) == []


def test_two_scores_of_the_same_features_are_both_noted():
    plain = np.random.default_rng(0).normal(size=(500, 3))
    values = np.column_stack([plain, plain @ [1, 1, 0], plain @ [0, 1, -1]])
    assert {found[0] for found in follow_others(np.corrcoef(values.T))} == {3, 4}


def test_few_customers_raise_no_note(checked):
    assert notes(checked(table(rows=60))) == []


def wide(columns, rows, total, seed=0):
    """Whole numbers or amounts in many columns beside their total, which stands first, last or in the middle."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame({f"m{at}": draw.gamma(2, 50 * (at + 1), rows).round(2) for at in range(columns)})
    table.insert({"first": 0, "middle": columns // 2, "last": columns}[total], "total", table.sum(axis=1).round(2))
    return table


@pytest.mark.parametrize("total", ["first", "middle", "last"])
@pytest.mark.parametrize("columns", [3, 11, 12, 23, 40, 120])
def test_a_total_follows_from_all_its_parts(checked, columns, total):
    (note,) = notes(checked(wide(columns, max(3 * columns, 60), total)))
    assert note.column == "total"
    assert f"{columns} other features together" in finding_message(note) or columns == 3
    assert "(100% of its variance)" in finding_message(note)


@pytest.mark.parametrize("seed", range(5))
def test_a_ratio_is_noted_with_what_it_is_made_of(checked, seed):
    draw = np.random.default_rng(seed)
    orders, spend = draw.poisson(8, 400) + 1, draw.gamma(3, 100, 400).round(2) + 5
    table = pd.DataFrame({"age": draw.integers(18, 90, 400), "spend": spend, "orders": orders})
    table["aov"] = (spend / orders).round(2)
    (note,) = notes(checked(table))
    assert {"Spend", "AOV", "Orders"} - set(
        finding_message(note).replace(" follows from", " and").split(" (")[0].split(" and ")
    ) == set()


@pytest.mark.parametrize("columns", [12, 40])
def test_many_columns_that_are_no_sum_raise_no_note(checked, columns):
    assert notes(checked(wide(columns, 3 * columns + 20, "last").drop(columns="total"))) == []
