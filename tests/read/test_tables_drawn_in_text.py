"""Tables as database clients and editors draw them in text."""

from __future__ import annotations

import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.mark.parametrize("names", [["id", "age"], ["id", "age", "spend"]])
def test_names_stand_below_a_line_that_is_drawn(tmp_path, engine, names):
    rule = "+" + "+".join("-----" for _ in names) + "+"
    rows = [f"| {' | '.join(f'{at * 7 + place:3}' for place, _ in enumerate(names))} |" for at in range(20)]
    path = tmp_path / "mysql.txt"
    path.write_text("\n".join([rule, f"| {' | '.join(names)} |", rule, *rows, rule]) + "\n")
    assert set(names) <= set(read(path, engine=engine).shown_columns)


@pytest.mark.parametrize("city", ["New York", "Rio de Janeiro"])
def test_columns_of_a_fixed_width_with_blanks_in_cells_are_refused_as_such(tmp_path, engine, city):
    path = tmp_path / "t.txt"
    rows = [("customer", "city", "age"), *((f"C{at}", city if at % 3 else "Rome", 20 + at) for at in range(30))]
    path.write_text("".join(f"{one:<10}{two:<20}{three:>4}\n" for one, two, three in rows))
    with pytest.raises(InputError, match="columns of a fixed width") as refused:
        read(path, engine=engine)
    assert "as text of a fixed width" in str(refused.value.hint)
