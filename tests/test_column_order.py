"""Where a column stands in the table, and what it is called, decides nothing."""

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
    assert (again.k, again.reason) == (first.k, first.reason)
    shown = ["id", "segment", "name", "key", "outlier", "borderline", "second_segment"]
    pd.testing.assert_frame_equal(again.customers[shown], first.customers[shown])
    features = first.outcome.preparation.features
    assert [feature.name for feature in features] == [c for c in table.columns if c not in ("customer_id", "color")]


NAMES = ["alpha", "bravo", "delta", "gamma", "kappa", "omega", "sigma", "theta"]


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_other_names_of_the_columns_give_the_same_segments(seed, ids):
    random = np.random.default_rng(seed)
    n, features = 300, 2 + seed
    group = random.integers(0, 3, n)
    table = pd.DataFrame()
    for name in NAMES[:features]:
        value = random.normal(random.normal(0, 2, 3)[group])
        table[name] = random.choice([value.round(2), (2 * value).round() + 20, random.poisson(np.exp(value / 2))])
    table = table.mask(random.random(table.shape) < 0.03 * (seed % 2))
    if ids:
        table["customer_id"] = np.arange(1000, 1000 + n)
    others = dict(zip(NAMES[:features], random.permutation(NAMES[:features]), strict=True))
    first = clustera.segment(table, progress=False)
    again = clustera.segment(table.rename(columns=others), progress=False)
    assert (again.k, again.reason) == (first.k, first.reason)
    shown = ["id", "segment", "outlier", "borderline", "second_segment"]
    pd.testing.assert_frame_equal(again.customers[shown], first.customers[shown])


def test_noise_is_found_wherever_its_column_stands():
    random = np.random.default_rng(2)
    centers = np.repeat([(20, 30), (50, 30), (35, 70)], 50, axis=0)
    table = pd.DataFrame(random.normal(centers, 4), columns=["visits", "basket"]).round(1)
    table["height"] = random.normal(170, 10, 150).round(1)
    table["children"] = random.integers(0, 6, 150)
    first = clustera.segment(table, progress=False)
    assert set(first.findings[first.findings.code == "noise-feature"].column) == {"height", "children"}
    for names in (["height", "visits", "children", "basket"], ["children", "basket", "visits", "height"]):
        again = clustera.segment(table[names], progress=False)
        noise = again.findings[again.findings.code == "noise-feature"].column
        assert (set(noise), again.reason) == ({"height", "children"}, first.reason)
        pd.testing.assert_frame_equal(again.customers[["segment", "name"]], first.customers[["segment", "name"]])


def test_rules_are_the_same_in_another_order_of_the_columns():
    table = without_groups(3)
    first, again = (
        clustera.segment(table[names], features=names, k=3, progress=False)
        for names in (["zeal", "visits", "spend", "age"], ["spend", "age", "visits", "zeal"])
    )
    assert again.rules().to_dict("records") == first.rules().to_dict("records")


def test_later_spending_chooses_the_same_segments_in_another_order_of_the_features():
    random = np.random.default_rng(5)
    n, names = 400, ["spend", "order_days", "days_since_last_order", "average_order_value"]
    days = pd.Timestamp("2024-06-30") - pd.to_timedelta(random.integers(0, 300, n), "D")
    bought = {
        "customer_id": [f"K{i}" for i in random.integers(0, 60, n)],
        "date": days,
        "amount": random.lognormal(3, 1, n).round(2),
    }
    first, again = (
        clustera.segment(orders=log, features=features, choose_by="future-spend", progress=False)
        for log, features in ((pd.DataFrame(bought), names), (pd.DataFrame(bought).iloc[::-1, ::-1], names[::-1]))
    )
    assert (again.k, again.reason) == (first.k, first.reason)
    assert again.outcome.behavior.usefulness == first.outcome.behavior.usefulness
    pd.testing.assert_frame_equal(
        again.customers[["id", "segment", "name"]], first.customers[["id", "segment", "name"]]
    )
