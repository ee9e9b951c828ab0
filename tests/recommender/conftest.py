"""A shop whose customers have habits: staples bought again and again, tastes that come in pairs, a durable good."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

FIRST = pd.Timestamp("2024-01-01")
DAYS = 300
STAPLES = ("bread", "milk", "eggs", "tea")
TASTES = (("wine", "cheese"), ("beer", "crisps"), ("pasta", "sauce"), ("soap", "towels"))


def habitual_log(customers: int = 400, *, seed: int = 0, days: int = DAYS) -> pd.DataFrame:
    """customer_id, order_date, product, category, amount."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        taste = TASTES[random.integers(len(TASTES))]
        gaps = {item: random.integers(6, 60) for item in STAPLES[: random.integers(1, 5)]}
        for item, gap in gaps.items():
            start = random.integers(0, gap)
            rows += [(customer, int(day), item) for day in np.arange(start, days, gap) + random.integers(-2, 3)]
        begins = random.integers(0, days)
        for day in range(begins, days, 35):
            rows += [(customer, day, item) for item in taste if random.random() < 0.7]
        rows.append((customer, int(random.integers(0, days)), "spade"))
        if random.random() < 0.3:
            rows.append((customer, int(random.integers(0, days)), "rare " + str(random.integers(20))))
    log = pd.DataFrame(rows, columns=["customer_id", "day", "product"])
    log["day"] = log["day"].clip(0, days - 1)
    return pd.DataFrame(
        {
            "customer_id": log["customer_id"],
            "order_date": (FIRST + pd.to_timedelta(log["day"], unit="D")).dt.strftime("%Y-%m-%d"),
            "product": log["product"],
            "category": np.where(log["product"].isin(STAPLES), "staples", "others"),
            "amount": 3.0,
        }
    )


@pytest.fixture(scope="session")
def habits() -> pd.DataFrame:
    """400 customers, 300 days."""
    return habitual_log()
