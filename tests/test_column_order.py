"""Where a column stands in the table decides nothing."""

import numpy as np
import pandas as pd
import pytest

import clustera


def without_groups(seed: int) -> pd.DataFrame:
    """Customers between whom there are no gaps: where the borders lie, the last digit of a sum could decide."""
    random = np.random.default_rng(seed)
    n = 120
    return pd.DataFrame(
        {
            "zeal": random.normal(5, 1, n).round(2),
            "visits": random.poisson(6, n),
            "stars": random.integers(1, 6, n),
            "spend": random.gamma(2, 100, n).round(2),
            "age": random.integers(18, 80, n),
            "basket": random.lognormal(3, 1, n).round(2),
            "color": random.choice(["red", "blue"], n),
        }
    )


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_another_order_of_the_columns_gives_the_same_segments(seed, ids):
    table = without_groups(seed)
    if ids:
        table.insert(3, "customer_id", [f"C{i:04}" for i in range(len(table))])
    random = np.random.default_rng(seed)
    first = clustera.segment(table, progress=False)
    again = clustera.segment(table[random.permutation(table.columns)], progress=False)
    assert again.k == first.k
    shown = ["id", "segment", "key", "outlier", "borderline", "second_segment"]
    pd.testing.assert_frame_equal(again.customers[shown], first.customers[shown])
    features = first.outcome.preparation.features
    assert [feature.name for feature in features] == [c for c in table.columns if c not in ("customer_id", "color")]
