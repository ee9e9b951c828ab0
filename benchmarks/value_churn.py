"""Do the customers whom the model gives up stay away? A grocer's orders until October 1, 2017, against the 91 days after.

For bands of the churn risk: the share of customers who did not order again within 91 days, beside what the model said for
those 91 days, and how many of the overdue did.

Run it: python benchmarks/value_churn.py
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import clustera
from clustera.days import day_number
from clustera.value.history import histories_until, purchase_days
from clustera.value.holdout import MODELS
from value_backtest import complete_journey

DAY, LATER = pd.Timestamp("2017-10-01"), 91
BANDS = [0, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1]


def table(lines: pd.DataFrame) -> pd.DataFrame:
    """Customers, said and seen, by band of the risk of no order in 91 days."""
    purchases = purchase_days(lines)
    known = histories_until(purchases, day_number(DAY.date()), "week")
    history = [known[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T")]
    model = next(iter(MODELS.values()))().fit(*history)
    said = model.probability_no_purchase(LATER / 7, *history)
    after = lines[(lines["day"] > DAY) & (lines["day"] <= DAY + pd.Timedelta(days=LATER))]
    seen = ~known["customer_id"].isin(after["customer_id"])
    bands = pd.cut(said, BANDS, include_lowest=True)
    return (
        pd.DataFrame({"band": bands, "said": said, "seen": seen})
        .groupby("band", observed=True)
        .agg(customers=("seen", "size"), said=("said", "mean"), seen=("seen", "mean"))
    )


def main() -> None:
    """Print the table, and the overdue."""
    lines = complete_journey()
    lines = lines.assign(day=pd.to_datetime(lines["day"]).dt.normalize())
    sys.stdout.write(f"No order within {LATER} days after {DAY:%Y-%m-%d}\n{table(lines).round(3)}\n")
    orders = lines.rename(columns={"day": "order_date"})
    with clustera.segment(orders=orders, as_of=f"{DAY:%Y-%m-%d}", k=5, progress=False) as seg:
        people = seg.customers
    after = set(
        lines.loc[(lines["day"] > DAY) & (lines["day"] <= DAY + pd.Timedelta(days=LATER)), "customer_id"].astype(str)
    )
    late = people[people["overdue"]]
    again = np.mean(late["id"].isin(after))
    sys.stdout.write(
        f"{len(late)} overdue: {again:.0%} ordered again; mean churn risk {late['churn_risk'].mean():.0%}\n"
    )


if __name__ == "__main__":
    main()
