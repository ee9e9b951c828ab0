"""Is the forecast biased for some segments or lifecycle stages? Out of time, on real and made logs, and with a correction by stage.

For each log and day: what was expected of each segment and of each stage, and what came in the days after (at most half a year).
Then how much of the money was expected in the wrong segment or stage (half of the sum of absolute differences, in shares of
the total, so that an error of the total doesn't count): with the forecast as it is, and with each stage corrected by what its
customers did in the hold-out of the back-test, drawn towards no correction where that is little known, at the same total.

Run it: python benchmarks/value_segments.py
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import clustera
from clustera.value import assess
from clustera.value.forecast import expected_spend_if_alive, purchase_prospects
from clustera.value.holdout import as_customers
from clustera.value.outcome import ValueOutcome
from value_backtest import cdnow, complete_journey

SPREAD = 0.3  # of the logs of corrections, before the hold-out is seen
FEWEST = 30  # customers of a stage in the hold-out, from which on it is corrected
MOST_DAYS = 182
START = 20_000


def made_shop(seed: int, *, pausing: bool) -> pd.DataFrame:
    """Two years of 1,500 customers with paces and lives of their own; where they pause, one gap in seven is longer."""
    rng = np.random.default_rng(seed)
    lines = []
    for customer in range(1500):
        pace, level = rng.gamma(1.3, 1 / 60.0), 60 * np.exp(rng.normal(0, 0.45))
        pace, day = max(pace, 0.0005 if pausing else 0.003), int(rng.integers(0, 500))
        left = day + rng.exponential(420)
        while day <= min(left, 720):
            lines.append((f"C{customer}", START + day, round(level * rng.uniform(0.4, 1.6), 2)))
            gap = rng.exponential(1 / pace) + (rng.exponential(120) if pausing and rng.random() < 0.15 else 0)
            day += max(1, int(gap))
    frame = pd.DataFrame(lines, columns=["customer_id", "day", "amount"])
    return frame.assign(day=pd.to_datetime(frame["day"], unit="D"))


CASES = {
    "grocer": (complete_journey, ("2017-06-30", "2017-07-31", "2017-09-30")),
    "CDNOW": (cdnow, ("1997-06-30", "1997-09-30", "1997-12-31")),
    "made, leaving": (lambda: made_shop(1, pausing=False), ("2025-07-01", "2025-11-08", "2026-03-28")),
    "made, pausing": (lambda: made_shop(1, pausing=True), ("2025-07-01", "2025-11-08", "2026-03-28")),
}


def expected_spend(found: ValueOutcome, days: int) -> np.ndarray:
    """Of each customer within some days, in the order of `found.customers`."""
    known, model, spend = as_customers(found.customers), found.purchase_model, found.spend_model
    ahead = purchase_prospects(model, spend, known, days / 7, found.record.back_test.returning)
    return ahead.active * ahead.pace * expected_spend_if_alive(model, spend, known, days / 7)


def held_against(orders: pd.DataFrame, day: str, days: int, **options: object) -> tuple[pd.DataFrame, ValueOutcome]:
    """Customers of a day with segment and stage, what was expected of them and what came."""
    seg = clustera.segment(orders=orders.rename(columns={"day": "date"}), as_of=day, progress=False, **options)
    at = pd.Timestamp(day)
    found = assess(orders[orders["day"] <= at], as_of=day)
    late = orders[(orders["day"] > at) & (orders["day"] <= at + pd.Timedelta(days=days))]
    said = pd.DataFrame({"id": found.customers["customer_id"].astype(str), "expected": expected_spend(found, days)})
    table = seg.customers[["id", "segment", "name", "stage"]].merge(said, on="id")
    return table.assign(came=table["id"].map(late.groupby("customer_id")["amount"].sum()).fillna(0.0)), found


def stage_corrections(seen: pd.DataFrame) -> dict[str, float]:
    """By stage, by how much more came than its share of what was expected; drawn towards 1 where that is little known."""
    scale, found = seen["came"].sum() / seen["expected"].sum(), {}
    for stage, group in seen.groupby("stage"):
        expected, came = group["expected"].sum() * scale, group["came"].sum()
        if len(group) >= FEWEST and came > 0:
            variance = ((group["came"] - group["expected"] * scale) ** 2).sum() / expected**2
            found[stage] = float(np.exp(np.log(came / expected) * SPREAD**2 / (SPREAD**2 + variance)))
    return found


def misplaced(table: pd.DataFrame, expected: pd.Series, by: str) -> float:
    """Share of the money that was expected of the wrong group."""
    sums = pd.DataFrame({"expected": expected, "came": table["came"], "group": table[by]}).groupby("group").sum()
    shares = sums / sums.sum()
    return float((shares["expected"] - shares["came"]).abs().sum() / 2)


def main() -> None:
    """Print the tables."""
    summary = []
    for name, (load, cuts) in CASES.items():
        orders = load()
        orders = orders.assign(customer_id=orders["customer_id"].astype(str), day=orders["day"].dt.normalize())
        for day in cuts:
            days = min((orders["day"].max() - pd.Timestamp(day)).days, MOST_DAYS)
            table, found = held_against(orders, day, days, k=5)
            test = found.record.back_test
            split = str(pd.Timestamp(test.split_day, unit="D").date())
            hidden = _hold_out(orders, split, test.last_day - test.split_day)
            sys.stdout.write(
                f"\n{name}, {day}: {days} days after it, {test.chosen}\n| | customers | expected | came | difference | of all |\n"
            )
            sys.stdout.write("|---|---|---|---|---|---|\n")
            for by in ("name", "stage"):
                for group, own in table.groupby(by):
                    expected, came = own["expected"].sum(), own["came"].sum()
                    sys.stdout.write(
                        f"| {group} | {len(own):,} | {expected:,.0f} | {came:,.0f} | {came / expected - 1:+.0%} | {came / table['came'].sum():.1%} |\n"
                    )
            corrected = table["expected"]
            if hidden is not None:
                factor = table["stage"].map(stage_corrections(hidden)).fillna(1.0)
                corrected = table["expected"] * factor
            summary.append(
                (
                    name,
                    day,
                    *(misplaced(table, e, by) for by in ("segment", "stage") for e in (table["expected"], corrected)),
                )
            )
    sys.stdout.write(
        "\nMoney expected of the wrong group: as it is, corrected by stage\n| log | day | segments | corrected | stages | corrected |\n|---|---|---|---|---|---|\n"
    )
    for name, day, *shares in summary:
        sys.stdout.write(f"| {name} | {day} | {' | '.join(f'{share:.1%}' for share in shares)} |\n")
    means = np.mean([shares for _, _, *shares in summary], axis=0)
    sys.stdout.write(f"| mean | | {' | '.join(f'{share:.1%}' for share in means)} |\n")


def _hold_out(orders: pd.DataFrame, split: str, days: int) -> pd.DataFrame | None:
    """The hold-out of the back-test, by the stages of its first day; None where the history before it allows no forecast."""
    try:
        return held_against(orders, split, days, k=3, value=False)[0]
    except clustera.InputError:
        return None


if __name__ == "__main__":
    main()
