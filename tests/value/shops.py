"""Orders drawn from a known model, purchase by purchase."""

import numpy as np
import pandas as pd


def orders(seed: int, n: int = 1500, days: int = 720, *, r=0.8, alpha=60.0, leave=0.06, spend=20.0) -> pd.DataFrame:
    """Customers who join over the first half, buy at random (Gamma rates, per day) and leave after any order with one chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        rate, level = rng.gamma(r, 1 / alpha), spend * 3.0 / rng.gamma(4.0)
        day = rng.integers(0, days // 2)
        while day < days:
            rows.append((customer, int(day), round(level * rng.gamma(6.0) / 6.0, 2) + 0.01))
            if rng.random() < leave:
                break
            day += rng.exponential(1 / rate)
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
