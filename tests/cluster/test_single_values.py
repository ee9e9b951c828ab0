"""Segments that are single values: nothing varies within them."""

import time

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import KMeans, KMeansSweep
from clustera.cluster.evidence import _calinski_harabasz
from clustera.errors import InputError


def test_the_index_of_segments_of_single_values_is_a_number():
    points = np.repeat([[-1e3], [0.0], [1e3]], 20, axis=0)
    labels = np.repeat([0, 1, 2], 20).astype(np.int32)
    assert np.isfinite(_calinski_harabasz(points, labels, 3))
    assert _calinski_harabasz(points, labels, 3) > _calinski_harabasz(points + [[0.0], [1.0]] * 30, labels, 3)


@pytest.mark.parametrize("spread", ["four scales", "wide", "one far value", "few values"])
def test_choosing_takes_seconds_however_the_values_of_the_only_column_are_spread(spread):
    random = np.random.default_rng(42)
    values = {
        "four scales": 10.0 ** random.choice([1, 2.3, 3.6, 5], 250) * random.uniform(0.8, 1.2, 250),
        "wide": random.lognormal(4, 6, 250),
        "one far value": np.append(random.normal(50, 9, 249), 1e9),
        "few values": random.choice([1.0, 2.0, 1e3, 1e6], 250) + random.choice([0, 1e-6], 250),
    }[spread]
    begin = time.process_time()
    clustera.segment(pd.DataFrame({"ort": values}), progress=False)
    assert time.process_time() - begin < 10  # it was minutes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X: KMeans().fit(range(10**9)), "X needs rows and columns, not a range"),
        (lambda X: KMeans(2).fit(X).predict(range(10**9)), "X needs rows and columns, not a range"),
        (lambda X: KMeans(2, init=range(10**9)).fit(X), "init needs rows and columns, not a range"),
        (
            lambda X: KMeans(2).fit(X, sample_weight=range(10**9)),
            "sample_weight has 1,000,000,000 values for 10 samples",
        ),
        (lambda X: KMeansSweep([2]).fit([1.0, 2.0, 3.0]), "X needs rows and columns, not a list"),
        (lambda X: KMeansSweep(range(2, 10**9)).fit(X), "n_clusters has more than 10 numbers"),
    ],
)
def test_numbers_without_rows_are_refused_however_many_they_are(call, message):
    with pytest.raises(InputError, match=message):
        call(np.arange(20.0).reshape(10, 2))
