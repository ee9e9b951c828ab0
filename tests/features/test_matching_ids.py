"""The column of a customer table that holds the customers of the log is found by its values, whatever it is called."""

import numpy as np
import pandas as pd
import pytest

from clustera.errors import InputError
from clustera.pipeline import Sources, preview
from clustera.settings import gather_settings


def log_and_table(rng, called):
    who = [f"{name}{at}@mail.example" for at, name in enumerate(rng.permutation(["ann", "bob", "eva", "tom"] * 15))]
    log = pd.DataFrame({
        "Customer Email": rng.choice(who[:50], 400),
        "Order Date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 330, 400), "D"),
        "Total": rng.uniform(5, 90, 400).round(2),
    })  # fmt: skip
    shown = [one.title() if rng.random() < 0.3 else one for one in who]
    table = pd.DataFrame(
        {"Town": rng.choice(["Rome", "Oslo", "Bonn"], 60), called: shown, "Points": rng.permutation(60)}
    )
    return log, table


@pytest.mark.parametrize("called", ["Email", "Contact", "Kontakt", "x"])
def test_values_say_which_column_joins(called):
    log, table = log_and_table(np.random.default_rng(len(called)), called)
    seen = preview(Sources(table, log, None), gather_settings())
    codes = {finding.code: finding for finding in seen.findings}
    assert codes["id-by-orders"].column == called
    assert codes["id-by-orders"].values["shared"] == log["Customer Email"].nunique()
    assert "not-in-customers" not in codes
    assert "Town" in [column.name for column in seen.columns]


def test_a_table_of_other_people_is_refused_with_the_field():
    log, table = log_and_table(np.random.default_rng(3), "Email")
    table = table[["Town"]].assign(Street=[f"{at % 9} Long Road" for at in range(len(table))])
    with pytest.raises(InputError, match="no column that tells customers apart") as caught:
        preview(Sources(table, log, None), gather_settings())
    assert caught.value.field == "id"
