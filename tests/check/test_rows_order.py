"""Rows of a table keep their order."""

import numpy as np
import pandas as pd

import clustera


def test_customers_without_an_id_stay_in_the_order_of_the_table():
    values = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [20, 0], [0, 20]], 100, axis=0)
    found = clustera.segment(pd.DataFrame(values, columns=["visits", "basket"]), k=3, progress=False)
    assert found.customers.id.astype(int).tolist() == list(range(1, 301))
