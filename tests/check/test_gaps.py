"""Whether values are missing at random, and units that one column mixes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustera.texts import finding_message


def found(checked, code):
    return [finding for finding in checked.findings if finding.code == code]


def table(rows=400, seed=0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"C{n:05d}" for n in range(rows)],
            "sex": draw.choice(["female", "male"], rows),
            "age": draw.integers(18, 90, rows),
            "income": draw.lognormal(10.5, 0.4, rows).round(2),
            "visits": draw.poisson(6, rows),
        }
    )


def test_gaps_that_go_with_a_category_are_said_with_both_shares_and_rows(checked):
    frame = table()
    men = frame.index[frame["sex"] == "male"]
    frame.loc[men[::2], "income"] = np.nan
    finding = found(checked(frame.to_csv(index=False)), "missing-depends")[0]
    assert (finding.column, finding.severity, finding.count) == ("income", "warning", len(men[::2]))
    assert "in 50% of the rows where Sex is 'male', but in 0% of the others" in finding_message(finding)
    assert [row for row, _ in finding.examples] == [int(n) + 1 for n in men[::2][:3]]


def test_gaps_that_go_with_a_number_are_said_by_its_median(checked):
    frame = table()
    frame.loc[frame["age"] > 70, "income"] = np.nan
    middle = frame["age"].median()
    above = frame.loc[frame["age"] > middle, "income"].isna().mean()
    finding = found(checked(frame.to_csv(index=False)), "missing-depends")[0]
    assert f"in {100 * above:.0f}% of the rows where Age is above {middle:.4g}, but in 0%" in finding_message(finding)


def test_a_sample_of_a_large_table_finds_what_all_rows_tell(checked, monkeypatch):
    frame = table(rows=1_000)
    frame.loc[frame["age"] > 70, "income"] = np.nan
    frame.loc[50:420, "visits"] = np.nan
    frame["orders"] = np.random.default_rng(5).poisson(9, 1_000).astype(float)
    frame.loc[50:420, "orders"] = np.nan
    text = frame.to_csv(index=False)
    told = [finding for code in ("missing-depends", "missing-together") for finding in found(checked(text), code)]
    monkeypatch.setattr("clustera.check.gaps.SAMPLED", 250)
    assert [f for code in ("missing-depends", "missing-together") for f in found(checked(text), code)] == told
    assert {finding.code for finding in told} == {"missing-depends", "missing-together"}


def test_gaps_in_the_same_rows_are_one_finding_with_its_rows(checked):
    frame = table()
    frame.loc[50:120, ["income", "visits"]] = np.nan
    result = checked(frame.to_csv(index=False))
    assert [finding.examples[0] for finding in found(result, "missing-together")] == [(51, "")]
    assert not found(result, "missing-depends")


@pytest.mark.parametrize("seed", range(20))
def test_gaps_by_chance_are_no_finding(checked, seed):
    frame = table(seed=seed)
    draw = np.random.default_rng(seed + 100)
    for column in ("age", "income", "visits"):
        frame.loc[draw.random(len(frame)) < 0.2, column] = np.nan
    codes = {finding.code for finding in checked(frame.to_csv(index=False)).findings}
    assert codes - {"no-values"} == {"sensitive", "missing-values"}


def test_cells_in_two_currencies_are_pointed_out_with_their_rows(checked):
    frame = table()
    frame["income"] = ["€" * (n % 10 == 3) + "$" * (n % 10 != 3) + f"{v:.2f}" for n, v in enumerate(frame["income"])]
    finding = found(checked(frame.to_csv(index=False)), "mixed-units")[0]
    assert "360 x $, 40 x €" in finding_message(finding)
    assert (finding.count, [row for row, _ in finding.examples]) == (40, [4, 14, 24])


def test_months_beside_years_are_pointed_out(checked):
    frame = table()
    frame["tenure"] = [f"{n % 9 + 1} {'years' if n % 4 else 'months'}" for n in range(len(frame))]
    assert found(checked(frame.to_csv(index=False)), "mixed-units")[0].count == 100


@pytest.mark.parametrize("cell", ["${:.2f}", "{:.2f} EUR", "{:.0f}", "USD {:.1f}", "{:.2f}k"])
def test_one_unit_throughout_is_no_finding(checked, cell):
    frame = table()
    frame["income"] = [cell.format(v) for v in frame["income"]]
    assert not found(checked(frame.to_csv(index=False)), "mixed-units")


def test_every_finding_about_cells_shows_rows(checked):
    frame = table()
    frame["income"] = frame["income"].astype(object)
    frame.loc[7, "income"] = ""
    frame.loc[8, "income"] = "-5"
    frame.loc[9, "income"] = "lots"
    frame.loc[10, "sex"] = "FEMALE"
    frame["area"] = ["Surburban" if n == 11 else ("Suburban", "Rural")[n % 2] for n in range(len(frame))]
    frame["joined"] = [f"{1 + n % 12:02d}/{1 + n % 11:02d}/2024" for n in range(len(frame))]
    shown = {finding.code: finding.examples for finding in checked(frame.to_csv(index=False)).findings}
    assert shown["missing-values"] == ((8, ""), (9, "-5"), (10, "lots"))
    assert shown["impossible-values"] == ((9, "-5"),)
    assert shown["mixed-types"] == ((10, "lots"),)
    assert shown["category-spelling"] == ((11, "FEMALE"),)
    assert shown["category-typing"] == ((12, "Surburban"),)
    assert shown["ambiguous-dates"][0] == (1, "01/01/2024")
