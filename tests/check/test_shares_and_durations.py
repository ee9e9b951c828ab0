"""Shares and percents in one column, durations, fractions: read as what they are, or told."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustera
from clustera.check import check
from clustera.engines import Engine
from clustera.read import read

ROWS = 24


def checked_column(name: str, cells: list[str]):
    """The values of a column beside others, its unit and the findings about it."""
    rows = range(len(cells))
    table = pa.table({"id": [f"c{row}" for row in rows], "spend": [row * 7 % 19 for row in rows], name: cells})
    with Engine(threads=1) as engine:
        found = check(read(table, engine=engine))
        [column] = [column for column in found.columns if column.name == name]
        values = found.rows.query("select * from {rows} order by _row").to_pylist() if found.rows else []
    told = {finding.code: finding.values.get("case") for finding in found.findings if finding.column == name}
    return [row.get(name) for row in values], column, told


@settings(max_examples=15)
@given(
    st.lists(st.integers(150, 990), min_size=ROWS, max_size=60, unique=True), st.sampled_from([".", ","]), st.randoms()
)
def test_shares_beside_percents_are_the_same_shares(thousandths, mark, draw):
    signs = [True, False, *(draw.random() < 0.5 for _ in thousandths[2:])]
    cells = [
        f"{one / 10:.1f}%".replace(".", mark) if signed else f"{one / 1000:.3f}".replace(".", mark)
        for one, signed in zip(thousandths, signs, strict=True)
    ]
    values, column, told = checked_column("return rate", cells)
    assert (column.role, column.unit, told.get("mixed-shares")) == ("feature", "%", "shares")
    assert values == pytest.approx([one / 10 for one in thousandths])


def test_small_percents_beside_small_numbers_are_a_warning():
    cells = [f"{row / 100 + 0.01:.2f}" + "%" * (row % 3 > 0) for row in range(ROWS)]
    values, _, told = checked_column("rate", cells)
    assert told["mixed-shares"] == "percents"
    assert values == pytest.approx([row / 100 + 0.01 for row in range(ROWS)])


@settings(max_examples=15)
@given(st.lists(st.integers(0, 5 * 3600), min_size=ROWS, max_size=60, unique=True), st.sampled_from([1, 2]))
def test_durations_are_minutes(seconds, figures):
    cells = [f"{one // 3600:0{figures}}:{one // 60 % 60:02}:{one % 60:02}" for one in seconds]
    values, column, told = checked_column("call duration", cells)
    assert (column.role, column.unit, told.get("durations")) == ("feature", "minutes", "minutes")
    assert values == pytest.approx([one / 60 for one in seconds])


@pytest.mark.parametrize(
    ("name", "cell", "told"),
    [
        ("session", lambda row: f"{row * 3}:{row:02}", {"durations": "minutes"}),
        ("hours worked", lambda row: f"{row % 20}:{row:02}", {"durations": "hours"}),
        ("login", lambda row: f"{row:02}:{row * 2:02}", {"unread-figures": "times"}),
        ("share", lambda row: f"{row}/9", {"unread-figures": "fractions"}),
        ("share", lambda row: f"{row % 3} / 3", {"unread-figures": "fractions"}),
        ("budget", lambda row: f"ca. {row * 50}" if row % 3 else str(row * 50), {"unread-figures": "about"}),
        ("budget", lambda row: f"約{row * 50}", {"unread-figures": "about"}),
        ("budget", lambda row: f"{row * 50}" if row % 3 else "see file", {"unread-figures": "words"}),
        ("tenure", lambda row: f"{row // 12} years {row % 12} months", {"unread-figures": "units"}),
        ("height", lambda row: f"{5 + row % 2}'{row % 12}\"", {"unread-figures": "units"}),
        ("tenure", lambda row: f"{row % 12 + 1}M" if row % 3 else f"{row}Y", {"unread-figures": "units"}),
        ("weight", lambda row: f"{row * 5} mg" if row % 3 else f"{row} g", {"unread-figures": "units"}),
        ("turnover", lambda row: f"{row}.50 Cr" if row % 3 else f"{row} L", {"unread-figures": "units"}),
        ("turnover", lambda row: f"₹{row}.50 Cr" if row % 3 else f"₹{row} Lakh", {"unread-figures": "units"}),
        ("turnover", lambda row: f"{row}.5B" if row % 3 else f"{row}M", {"unread-figures": "units"}),
        ("data", lambda row: f"{row * 50} MB" if row % 2 else f"{row / 10:.1f} GB", {"unread-figures": "units"}),
    ],
)
def test_what_figures_with_colons_and_slashes_are_is_told(name, cell, told):
    assert checked_column(name, ["17", *(cell(row) for row in range(1, ROWS))])[2].items() >= told.items()


@pytest.mark.parametrize("unit", ["m2", " m2", " ft2", " sq ft", " sq. ft.", " m3"])
def test_sizes_are_numbers_and_two_units_of_them_are_told(unit):
    sizes = [30 + row * 7 % 25 for row in range(ROWS)]
    values, column, told = checked_column("size", [f"{size}{unit if size % 4 else ''}" for size in sizes])
    assert (values, column.role) == (sizes, "feature")
    assert not {"ambiguous-numbers", "mixed-units"} & told.keys()
    other = checked_column("size", [f"{size} {'m2' if size % 2 else 'sq ft'}" for size in sizes])[2]
    assert other["mixed-units"] == "signs"
    assert {*checked_column("size", [f"{size}km2" for size in sizes])[0]} <= {None, *(f"{size}km2" for size in sizes)}


def test_three_months_beside_fourteen_years_are_no_millions():
    values, _, told = checked_column(
        "tenure", [f"{row % 12 + 1}M" if row % 8 == 0 else f"{row}Y" for row in range(ROWS)]
    )
    assert values == [row if row % 8 else None for row in range(ROWS)]
    assert "mixed-types" in told


@pytest.mark.parametrize(
    "cell", ["{row}A", "Plan {row}", "{row} Main Street", "+49 170 10{row}", "M-{row}", "c. {row}", "iPhone {row}"]
)
def test_codes_and_addresses_are_not_told_as_unread_figures(cell):
    assert "unread-figures" not in checked_column("x1", [cell.format(row=row + 10) for row in range(ROWS)])[2]


@pytest.mark.parametrize("cells", [["1", "2", "3", "x"], ["36", "38", "40", "S", "M"], ["north", "south", "12"]])
def test_groups_of_which_some_are_figures_are_not_told_as_numbers_beside_words(cells):
    assert "unread-figures" not in checked_column("x1", [cells[row % len(cells)] for row in range(ROWS)])[2]


def test_a_run_reads_later_cells_alike_and_its_query_too():
    draw = np.random.default_rng(0)
    share = draw.choice([0.1, 0.5, 0.9], 90) + draw.uniform(-0.05, 0.05, 90)
    minutes = draw.choice([5, 70], 90) + draw.uniform(-2, 2, 90).round(1)
    table = pd.DataFrame({"id": [f"c{row}" for row in range(90)]})
    table["rate"] = [f"{one:.1%}" if row % 2 else f"{one:.3f}" for row, one in enumerate(share)]
    with clustera.segment(table, k=3, progress=False, threads=1) as seg:
        expected = seg.customers["segment"].tolist()
        bare = table.assign(rate=[f"{one:.3f}" for one in share])
        assert seg.predict(bare)["segment"].tolist() == expected
        assert seg.predict(bare.astype({"rate": float}))["segment"].tolist() == expected
        with duckdb.connect() as duck:
            for customers in (table, bare, bare.astype({"rate": float})):
                duck.register("customers", customers)
                found = dict(duck.execute(seg.sql()).fetch_df()[["id", "segment"]].to_numpy().tolist())
                assert [found[one] for one in table["id"]] == expected
    table["rate"] = [f"{int(one)}:{round(60 * (one % 1)):02}" for one in minutes]
    with clustera.segment(table.rename(columns={"rate": "duration"}), k=2, progress=False, threads=1) as seg:
        later = table.assign(rate=minutes).rename(columns={"rate": "duration"})
        assert seg.predict(later)["segment"].tolist() == seg.customers["segment"].tolist()
        assert "duration must hold minutes" in seg.sql()


@pytest.mark.parametrize("dash", ["$ -", "$-", "-  $", "$ –"])
def test_a_dash_beside_a_currency_is_zero(dash):
    values, column, told = checked_column("balance", [dash if row % 3 else f"$ {row}.50" for row in range(ROWS)])
    assert (column.role, "none-is-zero" in told) == ("feature", True)
    assert values == [0.0 if row % 3 else row + 0.5 for row in range(ROWS)]
