"""One cell of a later table does not change how the others of its column are read."""

import numpy as np
import pandas as pd
import pytest

from clustera.check import check, check_like
from clustera.check.options import CheckOptions
from clustera.engines import Engine
from clustera.read import read

ROWS = 60
DRAW = np.random.default_rng(3)
DAYS = pd.Timestamp("2024-02-08") - pd.to_timedelta(DRAW.integers(1, 900, ROWS), unit="D")
CELLS = {
    "first_order_date": DAYS.strftime("%Y%m%d"),
    "birth_year": DRAW.integers(1940, 2005, ROWS).astype(str),
    "visits": np.where(DRAW.random(ROWS) < 0.3, "none", DRAW.integers(1, 9, ROWS).astype(str)),
}


def values_of(checked, name):
    return checked.rows.query(f'select "{name}" as v from {{rows}}')["v"].to_pylist()


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("first_order_date", "n/a"),
        ("first_order_date", "unseen"),
        ("first_order_date", "99-120"),
        ("birth_year", "99-120"),
        ("visits", "0"),
    ],
)
def test_a_single_cell_leaves_the_values_of_the_others(name, cell):
    table = pd.DataFrame(
        {"id": [f"c{i}" for i in range(ROWS)], name: list(CELLS[name]), "spend": DRAW.gamma(2, 9, ROWS)}
    )
    engine = Engine()
    options = CheckOptions(id="id", features=(name, "spend"))
    before = check(read(table, engine=engine), options=options)
    later = table.copy()
    later.loc[0, name] = cell
    again = check_like(read(later, engine=engine), before.columns)
    assert values_of(again, name)[1:] == values_of(before, name)[1:]
    kept = check(read(later, engine=engine), before=before.columns)
    assert values_of(kept, name)[1:] == values_of(before, name)[1:]


def test_a_word_for_no_value_leaves_a_column_of_dates_in_figures():
    table = pd.DataFrame({"first_order_date": ["n/a", *CELLS["first_order_date"][1:]], "spend": DRAW.gamma(2, 9, ROWS)})
    checked = check(read(table, engine=Engine()), options=CheckOptions(features=("first_order_date", "spend")))
    days = values_of(checked, "first_order_date")
    assert days[0] is None
    assert max(days[1:]) - min(days[1:]) == (max(DAYS[1:]) - min(DAYS[1:])).days
