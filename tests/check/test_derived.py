"""Columns that were made from another one count once."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from scipy.stats import somersd

from clustera.check.derived import somers_d

ROWS = 240


def used(checked):
    return [column.name for column in checked.columns if column.role == "feature"]


def people(seed=0, rows=ROWS):
    """Age in years, income, visits and spend, all different matters."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": draw.integers(18, 80, rows),
        "income": draw.lognormal(10, 0.5, rows).round(2),
        "visits": draw.poisson(9, rows) + 1,
        "spend": draw.gamma(3, 100, rows).round(2) + 1,
    })  # fmt: skip


MADE = {
    "log": ("income", lambda t: np.log(t.income).round(4)),
    "square": ("income", lambda t: (t.income**2).round(0)),
    "root": ("income", lambda t: np.sqrt(t.income).round(3)),
    "rank": ("income", lambda t: t.income.rank(method="first")),
    "percentile": ("income", lambda t: t.income.rank(pct=True).round(4)),
    "monthly": ("income", lambda t: (t.income / 12).round(2)),
    "in cents": ("income", lambda t: t.income * 100),
    "standardized": ("income", lambda t: ((t.income - t.income.mean()) / t.income.std()).round(5)),
    "negative": ("income", lambda t: -t.income),
    "decile": ("income", lambda t: pd.qcut(t.income, 10, labels=False) + 1),
    "quintile": ("spend", lambda t: pd.qcut(t.spend, 5, labels=False) + 1),
    "bins": ("age", lambda t: t.age // 10),
    "brackets": ("age", lambda t: (t.age // 10 * 10).map(lambda low: f"{low}-{low + 9}")),
    "bands in words": ("age", lambda t: pd.cut(t.age, [0, 29, 49, 99], labels=["under 30", "30 to 49", "50 and over"])),
    "whole thousands": ("income", lambda t: (t.income / 1000).round(1)),
}


AS_FINE = {"in cents", "negative", "monthly", "root"}  # the first of two stays


@pytest.mark.parametrize("first", [True, False], ids=["behind", "before"])
@pytest.mark.parametrize("how", sorted(MADE))
def test_a_column_made_from_another_is_left_out_and_told(checked, how, first):
    table = people()
    source, make = MADE[how]
    table.insert(len(table.columns) if first else 0, f"{source} {how}", make(table))
    result = checked(table)
    assert set(used(result)) == {"age", "income", "visits", "spend"} if how not in AS_FINE else True
    assert len(used(result)) == 4
    assert [finding.code for finding in result.findings].count("near-duplicate") == 1


@pytest.mark.parametrize(
    ("birth", "written"), [("DOB", "%Y-%m-%d"), ("birth_date", "%d.%m.%Y"), ("Geburtsdatum", "%d.%m.%Y")]
)
def test_age_counts_once_beside_its_birth_date_and_its_group(checked, birth, written):
    table = people()
    days = np.random.default_rng(1).integers(0, 365, len(table))
    table[birth] = [
        (datetime.date(2021, 12, 31) - datetime.timedelta(days=int(age * 365.25 + day))).strftime(written)
        for age, day in zip(table.age, days, strict=True)
    ]
    table["age_group"] = (table.age // 10 * 10).map(lambda low: f"{low}-{low + 9}")
    assert used(checked(table)) == ["age", "income", "visits", "spend"]


def test_a_year_of_birth_beside_an_age_counts_once(checked):
    table = people()
    table["Year_Birth"] = 2024 - table.age - np.random.default_rng(2).integers(0, 2, len(table))
    assert len(used(checked(table))) == 4


@pytest.mark.parametrize("seed", range(8))
def test_columns_that_merely_go_together_all_count(checked, seed):
    draw = np.random.default_rng(seed)
    table = people(seed)
    table["orders"] = draw.poisson(table.visits * 0.8)
    table["income_of_partner"] = (table.income * draw.lognormal(0, 0.1, len(table))).round(2)
    table["rating"] = np.clip((table.spend / 120 + draw.normal(0, 0.5, len(table))).round(), 1, 5)
    table["returns"] = draw.poisson(0.3, len(table))
    assert len(used(checked(table))) == 8


def test_columns_that_were_asked_for_all_count(checked):
    table = people()
    table["log_income"] = np.log(table.income)
    assert used(checked(table, features=("income", "log_income"))) == ["income", "log_income"]


def test_the_agreement_is_that_of_somers():
    draw = np.random.default_rng(3)
    values = np.column_stack([draw.normal(size=80), draw.integers(0, 5, 80), draw.poisson(1, 80)]).astype(float)
    agreement, _ = somers_d(values)
    for row in range(3):
        for column in range(3):
            # scipy's y depends on x: pairs that differ in x are the denominator.
            assert agreement[row, column] == pytest.approx(
                somersd(values[:, row], values[:, column]).statistic, abs=1e-6
            )


def test_values_whose_difference_has_no_number_are_compared_all_the_same():
    values = np.array([[-1e308, 1.0], [1e308, 2.0], [np.nan, 3.0], [0.0, 1.5]])
    agreement, differing = somers_d(values)
    assert agreement[0, 1] == 1
    assert differing[0] == 0.5  # 3 of 6 pairs; one value is not known
