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
