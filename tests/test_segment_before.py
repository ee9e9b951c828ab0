"""Where a customer was before stands beside where he is now."""

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.errors import InputError
from tests.test_control_groups import orders

LATER, EARLIER = "2024-11-30", "2024-10-31"


@pytest.fixture(scope="module")
def log():
    found = orders(1)
    return found.assign(order_date=found["order_date"] + pd.Timedelta(days=365))


@pytest.fixture(scope="module")
def before(log):
    with clustera.segment(orders=log, as_of=EARLIER, k=4, value=False, progress=False) as made:
        yield made


def counted(customers):
    pairs = customers.dropna(subset=["segment_before"]).groupby(["segment_before", "segment"]).size()
    return {(int(one), int(two)): int(n) for (one, two), n in pairs.items()}


def test_the_pairs_of_a_run_like_an_earlier_one_are_those_of_what_changed(log, before):
    with clustera.segment(orders=log, as_of=LATER, like=before, value=False, progress=False) as seg:
        customers = seg.customers
        assert counted(customers) == {(m.before, m.after): m.count for m in seg.comparison.moves if m.count}
        placed = before.customers.set_index("id")["segment"]
        known = customers["id"].isin(placed.index)
        assert list(customers.loc[known, "segment_before"]) == list(placed[customers.loc[known, "id"]])
        assert customers.loc[~known, "segment_before"].isna().all()
        told = customers.loc[known]
        assert (told["name_before"] == told["segment_before"].map(before.names)).all()


def test_without_an_earlier_run_they_are_those_of_the_last_month(before):
    last = before.outcome.behavior.migration.periods[-1]
    assert counted(before.customers) == {(m.before, m.after): m.count for m in last.moves if m.count}


def test_customers_keep_their_order(before):
    assert list(before.customers["id"]) == list(before.prepared.index)


def test_changes_do_not_run_backward(log, before):
    with pytest.raises(InputError, match="which is later"):
        clustera.segment(orders=log, as_of="2024-08-31", like=before, value=False, progress=False)


def test_a_customer_table_like_an_earlier_one_tells_it_too():
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {"customer_id": range(200), "age": random.normal(40, 9, 200), "income": random.normal(50, 9, 200)}
    )
    with clustera.segment(table, k=3, progress=False) as first:
        assert "segment_before" not in first.customers
        later = table.assign(income=table["income"] + random.normal(0, 5, 200))
        with clustera.segment(later, like=first, progress=False) as second:
            assert list(second.customers["segment_before"]) == list(first.customers["segment"])
