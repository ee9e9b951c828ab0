"""The control group in the files is the one that the report names."""

import numpy as np
import pandas as pd
import pytest

import clustera


def orders(seed, customers=700):
    random = np.random.default_rng(seed)
    rate = np.exp(random.normal(0, 1, customers))
    who = np.repeat(np.arange(customers), 1 + random.poisson(6 * rate))
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 700, len(who)), unit="D")
    return pd.DataFrame(
        {"customer_id": who, "order_date": days, "amount": np.round(5 + random.gamma(2, 20, len(who)), 2)}
    )


@pytest.fixture(scope="module", params=[1, 2])
def seg(request):
    with clustera.segment(orders=orders(request.param), k=4, value=False, progress=False) as made:
        yield made


def test_each_action_leaves_out_as_many_customers_as_it_says(seg):
    counted = seg.customers.groupby(["segment", "action_code"])["control"].sum()
    said = {(a.segment, a.rule): a.control.customers if a.control else 0 for a in seg.outcome.actions}
    assert {pair: int(n) for pair, n in counted.items()} == {
        pair: n for pair, n in said.items() if pair in counted.index
    }


def test_each_action_is_for_as_many_customers_as_it_says(seg):
    counted = seg.customers.groupby(["segment", "action_code"]).size()
    assert {(a.segment, a.rule): a.customers for a in seg.outcome.actions} == counted.to_dict()


def test_the_customers_keep_their_order(seg):
    assert list(seg.customers["id"]) == list(seg.prepared.index)
