"""A feature that hardly any customer has sets no scale of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustera


@pytest.mark.parametrize("seed", range(4))
def test_values_of_few_customers_are_not_measured_in_errors_of_rounding(seed):
    random = np.random.default_rng(seed)
    visits = random.integers(0, 4, 200) * 1000 + random.integers(0, 5, 200)
    points = np.where(random.random(200) < 0.93, np.nan, (random.random(200) * 100).round(2))
    table = pd.DataFrame({"visits": visits, "points": points})
    seg = clustera.segment(table, k=4, keep=["noise-feature"], progress=False)
    assert min(feature.scale for feature in seg.outcome.preparation.features) > 1e-6
    assert seg.customers["distance"].max() < 1e6
    assert seg.predict(table)["segment"].tolist() == seg.customers["segment"].tolist()


@pytest.mark.parametrize("unit", [1e-300, 1e-3, 1e4])
@pytest.mark.parametrize("missing", [False, True])
def test_the_unit_of_a_feature_that_only_few_customers_have_changes_nothing(unit, missing):
    random = np.random.default_rng(3)
    table = pd.DataFrame({"visits": random.normal(np.repeat([10.0, 40.0, 90.0], 60)), "fee": np.zeros(180)})
    table.loc[random.choice(180, 6, replace=False), "fee"] = np.arange(5.0, 11.0)
    if missing:  # the customers of whom all is known have the same fee
        table.loc[table["fee"] > 0, "visits"] = np.nan
    options = {"k": 3, "features": ["visits", "fee"], "unskew": False, "progress": False}
    plain = clustera.segment(table, **options)
    scaled = clustera.segment(table.assign(fee=table["fee"] * unit), **options)
    assert (scaled.customers["segment"] == plain.customers["segment"]).all()
    assert scaled.customers["distance"].tolist() == pytest.approx(plain.customers["distance"].tolist(), rel=1e-5)
