"""What is said of outliers as a whole is true of them, counted again from the customers' own values."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustera.components.further import first_outliers
from clustera.prepare.outliers import describe_outliers
from clustera.records import FeaturePreparation
from clustera.texts import inline_title


def random_customers(seed):
    """Values, who is an outlier, and features; outliers lie below, above or on either side of the others."""
    rng = np.random.default_rng(seed)
    n, apart, columns = int(rng.integers(40, 300)), int(rng.integers(1, 25)), int(rng.integers(1, 4))
    features = [FeaturePreparation(f"f{j}", f"Feature {j}", "", 0.0, 0, 0.0, None, 0.0, 1.0) for j in range(columns)]
    values = rng.normal(100, 10, (n + apart, columns))
    for j in range(columns):
        down = rng.choice([0.0, 0.2, 0.5, 0.8, 1.0])
        low, beyond = rng.random(apart) < down, rng.random(apart) < rng.choice([0.2, 0.6, 1.0])
        shift = np.where(low, -60, rng.choice([60, 900])) * beyond
        values[n:, j] += shift
    return values, np.arange(n + apart) >= n, features


def beyond(values, outlier, column):
    low, high = np.quantile(values[~outlier, column], [0.05, 0.95])
    return (values[outlier, column] < low).mean(), (values[outlier, column] > high).mean()


@given(st.integers(0, 10**6))
def test_a_side_is_claimed_where_most_outliers_lie_on_it(seed):
    values, outlier, features = random_customers(seed)
    said = first_outliers(describe_outliers(values, outlier, features), features)
    if "In feature" in said:
        column = int(re.search(r"In feature (\d)", said)[1])
        below, above = beyond(values, outlier, column)
        assert below + above == max(sum(beyond(values, outlier, j)) for j in range(len(features)))
        counts = [int(n) for n in re.findall(rf"(\d+) of these {outlier.sum()} customers", said)]
        if len(counts) == 1:
            side = below if "are below" in said else above
            assert side > 0.5
            assert counts == [round(side * outlier.sum())]
        else:
            assert max(below, above) <= 0.5
            assert counts == [round(below * outlier.sum()), round(above * outlier.sum())]
    else:
        assert outlier.sum() == 1 or all(sum(beyond(values, outlier, j)) == 0 for j in range(len(features)))


@given(st.integers(0, 10**6))
def test_best_customers_are_most_of_them_above_the_others_and_hold_twice_their_share(seed):
    values, outlier, features = random_customers(seed)
    values = np.maximum(values, 0)
    adding = [feature.name for feature in features]
    said = first_outliers(describe_outliers(values, outlier, features, additive=adding), features)
    if "customers who bring most" in said:
        held = values[outlier].sum(axis=0) / values.sum(axis=0)
        most = [beyond(values, outlier, j)[1] > 0.5 for j in range(len(features))]
        assert any(most[j] and held[j] >= 2 * outlier.mean() * (1 - 1e-9) for j in range(len(features)))
    first = describe_outliers(values, outlier, features, additive=adding).features[0]
    if first.below > 0.5:
        assert "customers who bring most" not in said


def test_all_four_answers_are_given():
    told = {
        re.sub(r"[\d.]+", "n", first_outliers(describe_outliers(*random_customers(seed)), random_customers(seed)[2]))
        for seed in range(200)
    }
    starts = {" ".join(text.split()[:20]) for text in told}
    assert len(starts) >= 4


def test_a_third_below_is_not_called_most():
    values = np.concatenate([np.linspace(50, 60, 90), [0.0, 1.0, 2.0], [55.0] * 4, [99.0, 98.0]])[:, None]
    feature = FeaturePreparation("spend", "Spend", "", 0.0, 0, 0.0, None, 0.0, 1.0)
    said = first_outliers(describe_outliers(values, np.arange(99) >= 90, [feature]), [feature])
    assert said.startswith(
        f"In {inline_title('Spend')}, 3 of these 9 customers are below the middle 90% of the others, and 2 of these 9 customers above it"
    )
