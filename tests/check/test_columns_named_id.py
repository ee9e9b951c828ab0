"""A column called "id" that does not tell customers apart is kept like any other, beside the customers' own id."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustera


def made(seed: int) -> tuple[pd.DataFrame, str]:
    random = np.random.default_rng(seed)
    n, name = 60, ["id", "ID", "Id"][seed % 3]
    groups = np.repeat([20.0, 60.0], n // 2)
    table = pd.DataFrame({"customer_id": [f"C{i}" for i in range(n)], "age": random.normal(groups, 2)})
    table[name] = random.normal(groups, 2) if seed % 2 else random.choice(["a", "b", "c"], n)
    return table.assign(_was=random.integers(0, 4, n), _sales=random.normal(groups, 1)), name


@pytest.mark.parametrize("seed", range(4))
def test_its_values_are_kept_under_its_own_name(seed):
    table, name = made(seed)
    asked = {"id": "customer_id", "features": ["age", "_sales", *([name] if seed % 2 else [])]}
    seg = clustera.segment(table, progress=False, **asked)
    (column,) = (column for column in seg.outcome.columns if column.own_name == name)
    assert seg.customers["id"].tolist() == table.customer_id.tolist()
    assert column.title in set(seg.compare_segments(1, 2).label)
    assert seg.predict(table)["segment"].tolist() == seg.customers["segment"].tolist()
    values = seg.customer("C1")["values"]
    assert values[column.name] == table[name][1]
    assert values["_sales"] == pytest.approx(table["_sales"][1])
    others = seg.segments_with(2)
    assert others["mostly_share"].tolist() == [1.0, 1.0]
    assert seg.remake(2).segments["customers"].sum() == len(table)
    if seed % 2:
        same = seg.explain("C1").distances[0][1]
        assert same == pytest.approx(seg.customers["distance"][1], abs=1e-4)


def test_of_a_table_that_describes_customers_of_orders():
    random = np.random.default_rng(1)
    orders = pd.DataFrame(
        {
            "customer": [f"C{i:03d}" for i in random.integers(0, 80, 900)],
            "date": pd.Timestamp("2024-06-30") - pd.to_timedelta(random.integers(0, 300, 900), "D"),
            "amount": random.lognormal(3, 1, 900).round(2),
        }
    )
    known = pd.DataFrame({"customer": [f"C{i:03d}" for i in range(80)], "id": random.choice(["north", "south"], 80)})
    seg = clustera.segment(known, orders=orders, value=False, progress=False)
    assert set(seg.segments_with(3)["segment"]) == {1, 2, 3}
    assert seg.audience('id_ is "north"').count().customers == (known.id == "north").sum()


@pytest.mark.parametrize(
    "asked", [{}, {"id": "_id"}, {"features": ["_row", "_key"], "id": "_id"}, {"exclude": ["_key"]}]
)
def test_names_of_our_own_are_asked_for_as_the_table_has_them(asked):
    random = np.random.default_rng(2)
    groups = np.repeat([20.0, 60.0], 30)
    table = pd.DataFrame({"_id": [f"C{i}" for i in range(60)]})
    table = table.assign(_row=random.normal(groups), _key=random.normal(groups), age=random.normal(groups))
    seg = clustera.segment(table, progress=False, **asked)
    assert seg.customers["id"].tolist() == table["_id"].tolist()
    forms = {column.own_name or column.name for column in seg.outcome.columns if column.role == "feature"}
    assert forms == {"_row", "_key", "age"} - {"age" if "features" in asked else "", *asked.get("exclude", [])}
