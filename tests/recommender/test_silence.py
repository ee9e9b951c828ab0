"""Probabilities count silence: what is told of customers who stopped buying is what comes true, segment by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

import clustera

END = pd.Timestamp("2025-02-28")
DAYS = 92
ITEMS = np.array(["coffee", "tea", "gifts", "books", "garden"])


def shop_log(customers: int, seed: int) -> pd.DataFrame:
    """Customers who buy at a rate of their own until they leave, unseen (Pareto/NBD): 14 months, and the days after them."""
    random = np.random.default_rng(seed)
    start, rows = END - pd.DateOffset(months=14), []
    length = (END - start).days
    for customer in range(customers):
        rate, leaving = random.gamma(1.2, 1 / 40), random.exponential(1 / random.exponential(1 / 700))
        day = float(random.integers(0, length - 20))
        leaving += day
        while day < min(leaving, length + DAYS):
            for _ in range(1 + random.poisson(0.6)):
                item = random.choice(ITEMS, p=np.roll([0.5, 0.2, 0.15, 0.1, 0.05], customer % 5))
                rows.append((f"C{customer:04}", start + pd.Timedelta(days=int(day) + 1), item, random.uniform(5, 50)))
            day += random.exponential(1 / rate)
    return pd.DataFrame(rows, columns=["customer_id", "date", "category", "amount"]).round({"amount": 2})


def test_what_is_told_of_each_segment_comes_true_also_where_customers_fell_silent():
    whole = shop_log(900, seed=21)
    past, later = whole[whole["date"] <= END], whole[whole["date"] > END]
    with clustera.segment(orders=past, as_of="2025-02-28", keep_orders=True) as run:
        found = run.recommend(count=3)
        table = found.table
    assert found.record.days == DAYS
    later = later[later["date"] <= END + pd.Timedelta(days=DAYS)]
    bought = set(zip(later["customer_id"], later["category"], strict=True))
    table["true"] = [pair in bought for pair in zip(table["id"], table["item"], strict=True)]
    last = (END - past.groupby("customer_id")["date"].max()).dt.days
    table["silence"] = pd.cut(table["id"].map(last), [-1, 30, 92, 183, 500])
    for group in ("segment", "silence"):
        told = table.groupby(["kind", group], observed=True).agg(
            said=("probability", "mean"), seen=("true", "mean"), n=("true", "size")
        )
        told = told[told["n"] >= 50]
        assert len(told) >= 5
        band = 0.05 + 2 * np.sqrt(told["seen"] * (1 - told["seen"]) / told["n"])
        assert ((told["said"] - told["seen"]).abs() <= band).all(), told.assign(band=band).to_string()
    silent = table[table["id"].map(last) > 183]
    assert silent["probability"].mean() < 0.12
