"""Is the chance to order nothing true? Orders of a grocer and of CDNOW up to several days, against what came after.

For bands of the churn risk: customers, the mean chance that was said, and the share who did order nothing in the days it is
for; the same of the model alone, without customers who come back. Then how many had ordered by the day that was given for
the next order (one half is right), and expected beside actual purchases of those with a chance of one half and more.

Last, made logs whose customers never pause: each buys at a pace of his own and leaves for good after some purchase (BG/NBD). What
was said of those with 70 % and more, with the share that comes back as it is, and only where a likelihood-ratio test finds it (95 %).

Run it: python benchmarks/value_churn.py
"""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pandas as pd

from clustera.days import day_number
from clustera.value import assess, calibration, holdout
from clustera.value.history import PurchaseDays, purchase_days
from value_backtest import cdnow, complete_journey

BANDS = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]
CUTS = {
    "Complete Journey": (
        complete_journey,
        (("2017-05-31", 3), ("2017-06-30", 3), ("2017-07-31", 3), ("2017-08-31", 3), ("2017-10-01", 3)),
    ),
    "CDNOW": (cdnow, (("1997-05-31", 6), ("1997-06-30", 6), ("1997-09-30", 6), ("1997-12-31", 6))),
}


WEEKS, START, SHOWN = 66, 18_993, 3.84
MADE = {"regular": ((2.0, 4.0), (0.8, 8.0)), "frequent": ((1.0, 1.0), (0.5, 6.0))}
RETURNING = calibration.returning_share


def outcomes(purchases: PurchaseDays, day: str, months: int) -> tuple[pd.DataFrame, str]:
    """One row per customer: what was said on the day and what was seen after it; and the share that comes back."""
    as_of = day_number(pd.Timestamp(day).date())
    found = assess(purchases, as_of=as_of, horizon_months=months)
    table, days = found.customers, found.record.churn_days
    later = (purchases.day > as_of) & (purchases.day <= as_of + days)
    first = np.full(len(purchases.customers), np.inf)
    np.minimum.at(first, purchases.customer[later], purchases.day[later])
    bought = np.bincount(purchases.customer[later], minlength=len(first))
    place = pd.Index(purchases.customers).get_indexer(table["customer_id"])
    alone = found.purchase_model.probability_no_purchase(days / 7, *(table[c] for c in ("frequency", "recency", "T")))
    share = found.record.back_test.returning
    # The expectation is for the horizon, what was seen for the days of the hold-out, which may be fewer.
    part = days / (months * 365.25 / 12)
    made = table.assign(
        alone=alone, first=first[place], away=np.isinf(first[place]), bought=bought[place], expected_now=part
    )
    made["expected_now"] *= table["expected_purchases"]
    return made, f"{days} days, {found.record.back_test.chosen}, {share:.0%} of those given up come back"


def leaving_for_good(
    customers: int, pace: tuple[float, float], leaving: tuple[float, float], seed: int
) -> pd.DataFrame:
    """Orders of 66 weeks of customers who never pause; paces are Gamma, chances to leave after an order Beta."""
    rng = np.random.default_rng(seed)
    paces, chances = rng.gamma(pace[0], 1 / pace[1], customers), rng.beta(*leaving, customers)
    lines = []
    for customer, week in enumerate(rng.uniform(0, 33, customers)):
        at = week
        while at < WEEKS:
            lines.append((f"C{customer}", START + int(7 * at)))
            if rng.random() < chances[customer]:
                break
            at += rng.exponential(1 / paces[customer])
    return pd.DataFrame(lines, columns=["customer_id", "day"]).assign(amount=10.0)


def returning_if_shown(seen: calibration.Holdout) -> float:
    """The share that comes back, where a likelihood-ratio test finds that there is one; else 0."""
    share = RETURNING(seen)
    logs = [np.log(np.clip(np.where(seen.stayed_away, r, 1 - r), 1e-9, 1)) for r in (seen.risk(share), seen.risk(0.0))]
    return share if 2 * float((logs[0] - logs[1]).sum()) > SHOWN else 0.0


def print_leaving() -> None:
    """What is said and seen where all who seem to have left have left."""
    sys.stdout.write(
        "\n| made log | customers | rule | share that comes back | said | seen |\n|---|---|---|---|---|---|\n"
    )
    cut = START + 7 * 40
    for name, (pace, leaving) in MADE.items():
        for customers in (300, 1_500):
            for rule, share in (("as it is", RETURNING), ("if shown", returning_if_shown)):
                holdout.returning_share = share
                said, seen, shares = [], [], []
                for seed in range(6):
                    purchases = purchase_days(leaving_for_good(customers, pace, leaving, seed))
                    found = assess(purchases, as_of=cut, horizon_months=6)
                    late = (purchases.day > cut) & (purchases.day <= cut + found.record.churn_days)
                    away = np.bincount(purchases.customer[late], minlength=len(purchases.customers)) == 0
                    risk = found.customers["churn_risk"].to_numpy()
                    here = away[pd.Index(purchases.customers).get_indexer(found.customers["customer_id"])]
                    said += risk[risk >= 0.7].tolist()
                    seen += here[risk >= 0.7].tolist()
                    shares.append(found.record.back_test.returning)
                held = ", ".join(f"{one:.2f}" for one in sorted(shares))
                sys.stdout.write(
                    f"| {name} | {customers:,} | {rule} | {held} | {np.mean(said):.1%} | {np.mean(seen):.1%} |\n"
                )
    holdout.returning_share = RETURNING


def main() -> None:
    """Print the tables."""
    print_leaving()
    for name, (load, cuts) in CUTS.items():
        purchases = purchase_days(load())
        for day, months in cuts:
            table, said = outcomes(purchases, day, months)
            sys.stdout.write(
                f"\n{name}, {day}: {said}\n| chance of no order | customers | said | seen | model alone: customers | said | seen |\n"
            )
            sys.stdout.write("|---|---|---|---|---|---|---|\n")
            for low, high in pairwise(BANDS):
                cells = []
                for column in ("churn_risk", "alone"):
                    risk = table[column]
                    here = table[(risk >= low) & ((risk < high) | (high == 1))]
                    cells += [
                        f"{len(here):,}",
                        *(f"{here[c].mean():.0%}" if len(here) else "" for c in (column, "away")),
                    ]
                sys.stdout.write(f"| {low:.0%} to {high:.0%} | {' | '.join(cells)} |\n")
            dated = table[table["next_order_day"].notna()]
            by_day = np.mean(dated["first"] <= dated["next_order_day"].astype(float))
            low = table[table["churn_risk"] >= 0.5]
            sys.stdout.write(
                f"{by_day:.0%} of {len(dated):,} had ordered by the day of their next order; the {len(low):,} with a chance of one "
                f"half and more: {low['expected_now'].sum():,.0f} purchases expected, {low['bought'].sum():,} seen\n"
            )


if __name__ == "__main__":
    main()
