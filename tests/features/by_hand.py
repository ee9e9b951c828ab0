"""The features once more, one customer at a time in pandas: the oracle for the SQL."""

import numpy as np
import pandas as pd


def share(part, whole):
    return part / whole if whole else np.nan


def change(after, before):
    if after <= 0 and before <= 0:
        return 0.0
    return (
        share(after - before, after + before)
        if after + before == 0
        else np.clip((after - before) / (after + before), -1, 1)
    )


def one_customer(log, as_of):
    """Everything the catalog knows about one customer's lines (with `day`), but the spending score."""
    cents = (log.amount * 100).round().astype(int)
    bought = log[log.amount > 0]
    days = np.array(sorted(set(bought.day)))
    age = as_of - log.day
    gaps = np.diff(days)
    spent = cents.sum() / 100

    def within(first, last):
        return cents[(age >= first) & (age < last)].sum() / 100

    def breadth(column):
        return bought.groupby(column).amount.sum()

    by_category = breadth("category")
    sales, returned = bought.amount.sum(), -log.amount[log.amount < 0].sum()
    order_days = len(days)
    weekend = sum(pd.Timestamp(int(d), unit="D").day_of_week >= 5 for d in days)
    halves = sum(within(q * 91, (q + 1) * 91) / 2**q for q in range(4)) + within(364, 10**6) / 16
    nothing = np.nan
    return {
        "days_since_last_order": as_of - days[-1] if order_days else nothing,
        "order_days": order_days,
        "spend": spent,
        "average_order_value": share(spent, order_days),
        "tenure": as_of - days[0] if order_days else nothing,
        "median_gap": np.median(gaps) if len(gaps) else nothing,
        "gap_variation": gaps.std() / gaps.mean() if len(gaps) > 1 else nothing,
        "recent_order_days": int((as_of - days < 91).sum()),
        "recent_spend": within(0, 91),
        "current_spend": halves,
        "trend": change(within(0, 91), within(91, 182)),
        "growth": change(within(0, 182), within(182, 364)),
        "largest_day": bought.groupby("day").amount.sum().max() if order_days else 0.0,
        "lines_per_day": share(len(bought), order_days),
        "pieces_per_day": share(bought.quantity.sum(), order_days),
        "weekend_share": share(weekend, order_days),
        "discount_share": share(log.discount.sum(), sales + log.discount.sum()),
        "returns_share": share(returned, sales),
        "margin": spent - log.cost.sum(),
        "margin_share": share(spent - log.cost.sum(), spent),
        "orders": bought.order_id.nunique() or nothing,
        "categories": bought.category.nunique() or nothing,
        "category_mix": share(by_category.sum() ** 2, (by_category**2).sum()) if order_days else nothing,
        "favorite_share": share(by_category.max(), by_category.sum()) if order_days else nothing,
        "products": bought["product"].nunique() or nothing,
        "channels": bought.channel.nunique() or nothing,
        "stores": bought.store.nunique() or nothing,
    }


def all_customers(log, as_of):
    """One row per customer, indexed by the id as text."""
    seen = log[log.day <= as_of]
    table = pd.DataFrame({str(c): one_customer(lines, as_of) for c, lines in seen.groupby("customer_id")}).T
    rank = table.spend.rank(method="min") - 1
    table["spending_score"] = 1 + np.floor(99 * rank / max(len(table) - 1, 1))
    return table.sort_index()
