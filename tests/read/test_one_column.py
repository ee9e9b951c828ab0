"""A file of one column whose numbers have decimal commas is not one of two columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustera.engines import Engine
from clustera.read import ReadOptions, read
from clustera.read.spelling import text_spelling


def spelling_of(lines: list[str]):
    return text_spelling("\n".join(lines).encode(), whole=True, options=ReadOptions(), name="t.csv")


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=60), st.sampled_from(["spend", "Umsatz (€)", '"rate"'])
)
def test_numbers_below_one_name_keep_their_commas(cents, name):
    found = spelling_of([name, *(f"{cent / 100 + 0.5:.2f}".replace(".", ",") for cent in cents)])
    assert (found.separator, found.names) == (";", (name.strip('"'),))


@pytest.mark.parametrize("header", ["spend", "visits,spend"])
def test_row_numbers_before_a_comma_and_two_names_are_two_columns(header):
    found = spelling_of([header, *(f"{row},{row * 7 % 90}" for row in range(1, 40))])
    assert (found.separator, len(found.names)) == (",", 2)


def test_no_row_is_lost(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("spend\n" + "".join(f"{row},{row * 37 % 100:02}\n" for row in range(90, 0, -1)))
    with Engine(threads=1) as engine:
        cells = [row["spend"] for row in read(path, engine=engine).rows.arrow().to_pylist()]
    assert cells == [f"{row},{row * 37 % 100:02}" for row in range(90, 0, -1)]
