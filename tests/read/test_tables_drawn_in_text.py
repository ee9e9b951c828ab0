"""Tables as database clients and editors draw them in text."""

from __future__ import annotations

import pytest

from clustera.engines import Engine
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
