"""A second table below the first one is told, and what only looks like one is not."""

from __future__ import annotations

import pytest

NAMES = "id,age,spend,visits\n"
ROWS = [f"C{at},{20 + at * 7 % 50},{100 + at * 37 % 900},{1 + at * 5 % 13}" for at in range(60)]


def told(checked, lines):
    return [found for found in checked(NAMES + "\n".join(lines) + "\n").findings if found.code == "second-table"]


def test_names_of_another_table_below_the_rows_are_told_with_their_row(checked):
    products = [f"P{at},{at * 2.5},{at}," for at in range(12)]
    [found] = told(checked, [*ROWS, "product,price,stock,", *products])
    assert (found.values["row"], found.values["names"], found.count) == (61, "price, stock", 12)


@pytest.mark.parametrize(
    "line",
    [
        "C99,n/a,unknown,3",
        "C99,n/a,unknown,n/a",
        "C99,forty,7,3",
        "C99,closed,moved,deceased",
        "Kundennr,Alter,Umsatz,Besuche",
    ],
)
def test_words_for_no_value_and_a_second_line_of_names_are_no_second_table(checked, line):
    at = 0 if line.startswith("Kund") else 30
    assert told(checked, [*ROWS[:at], line, *ROWS[at:]]) == []
