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


SIGNED = ["£{}", "{} €", "-${}", "{}%", "CHF {}", "{} kr", "R$ {}", "({} zł)"]


@st.composite
def amounts(draw):
    """Amounts as one country writes them, and the values they stand for."""
    cents = draw(st.lists(st.integers(10_000, 10**7), min_size=12, max_size=40))
    point = draw(st.sampled_from([",", "."]))
    group = draw(st.sampled_from([".", " ", "'", ""])) if point == "," else ","
    form = draw(st.sampled_from(SIGNED))
    written = [f"{cent / 100:,.2f}".translate({ord(","): group, ord("."): point}) for cent in cents]
    return [form.format(one) for one in written]


@given(amounts(), st.sampled_from(["Omsättning", "Umsatz (€)", None]))
def test_money_with_a_comma_is_one_column(lines, name):
    if not any("," in line for line in lines):
        return
    found = spelling_of([name, *lines] if name else lines)
    assert (found.separator, found.one_column, found.has_header or not name) == (";", "clear", True)


@given(amounts(), amounts(), st.sampled_from([";", "\t", "|"]), st.booleans())
def test_commas_inside_money_part_no_columns_where_another_separator_does(left, right, separator, named):
    names = [separator.join(("spend", "fees"))] if named else []
    found = spelling_of([*names, *(separator.join(pair) for pair in zip(left, right, strict=False))])
    assert (found.separator, len(found.names), found.has_header or not named) == (separator, 2, True)


@pytest.mark.parametrize(("line", "told"), [("{},08", ["commas-in-numbers"]), ("{},08 €", [])])
def test_a_close_call_is_told(tmp_path, line, told):
    path = tmp_path / "t.csv"
    path.write_text("spend\n" + "".join(f"{line.format(row * 7 % 90)}\n" for row in range(40)))
    with Engine(threads=1) as engine:
        assert [finding.code for finding in read(path, engine=engine).findings] == told
