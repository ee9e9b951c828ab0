"""What counts as bought."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clustera.engines import Engine
from clustera.recommender import read_purchases


@pytest.mark.parametrize("seed", range(3))
def test_what_was_given_back_altogether_up_to_the_day_was_not_bought(seed):
    random = np.random.default_rng(seed)
    kinds, lines = np.array(["sale", "return", "discount"]), 400
    log = pd.DataFrame(
        {
            "customer_id": random.integers(0, 12, lines),
            "product": random.choice(np.array(["tea", "milk", "bread", "eggs", None], dtype=object), lines),
            "day": random.integers(0, 20, lines),
            "kind": kinds[random.choice(3, lines, p=[0.5, 0.4, 0.1])],
        }
    )
    log["amount"] = np.where(log["kind"] == "sale", 1, -1) * random.integers(0, 4, lines)
    named = log[log["product"].notna() & (log["day"] <= 15)]
    worth = named[named["kind"] != "discount"].groupby(["customer_id", "product"])["amount"].sum()
    bought = named[(named["kind"] == "sale") & (named["amount"] > 0)]
    expected = {
        (str(who), what, day)
        for who, what, day in zip(bought["customer_id"], bought["product"], bought["day"], strict=True)
        if worth[who, what] > 0
    }
    assert 0 < len({pair[:2] for pair in expected}) < len(worth)

    with Engine() as engine:
        found = read_purchases(engine.arrow(pa.Table.from_pandas(log)), item="product", as_of=15)
        ids = found.customers.query("select customer, id from {rows}").to_pandas().set_index("customer")["id"]
        events = found.events.query("select customer, item, day from {rows}").to_pandas()
    numbered = zip(events["customer"].map(ids), events["item"], events["day"], strict=True)
    assert {(who, found.items[item], day) for who, item, day in numbered} == expected
