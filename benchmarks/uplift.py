"""Simulated campaigns whose responders are known: how often a rule is called that ranks nobody, and how often one that does.

    .venv/bin/python benchmarks/uplift.py            # 400 campaigns a row, half an hour
    .venv/bin/python benchmarks/uplift.py 100

Each is measured by `clustera.campaigns.learn_uplift` and `judge_uplift`, which `clustera campaign uplift` calls. Customers have the columns of
Hillstrom's e-mail test (2008): months since the last purchase, spend of the past year, what was bought, and the channel.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np

from clustera.campaigns import UpliftData, judge_uplift, learn_uplift


@dataclass(frozen=True)
class Mailing:
    """A campaign.

    Args:
        name: What differs between its customers.
        customers: Both groups together.
        control: Share of the control group.
        revenue: What is measured: what each spent (few spend, and some of them very much) instead of who bought.
    """

    name: str
    customers: int = 8_000
    control: float = 0.5
    revenue: bool = False


EQUAL = (
    Mailing("no effect"),
    Mailing("equal effect"),
    Mailing("equal effect", control=0.2),
    Mailing("equal effect", customers=2_000),
    Mailing("equal effect", revenue=True),
)
UNEQUAL = (
    Mailing("by segment"),
    Mailing("within segments"),
    Mailing("within segments", control=0.2),
    Mailing("within segments", customers=20_000),
    Mailing("within segments", customers=20_000, revenue=True),
)


def simulated_mailing(mailing: Mailing, seed: int) -> tuple[UpliftData, np.ndarray]:
    """The customers of a campaign, and by how much the contact raises the chance that each buys."""
    random = np.random.default_rng(seed)
    n = mailing.customers
    recency = random.integers(1, 13, n).astype(float)
    history = random.lognormal(4.9, 1.1, n)
    mens = (random.random(n) < 0.55) * 1.0
    womens = np.where(mens > 0, random.random(n) < 0.2, True) * 1.0
    columns = np.column_stack([recency, history, mens, womens, random.integers(0, 3, n)])
    segment = np.digitize(history, [100, 200, 500])
    rise = {
        "no effect": np.zeros(n),
        "equal effect": np.full(n, 0.045),
        "by segment": 0.03 * segment,
        "within segments": 0.09 * womens * np.where(recency <= 6, 1.4, 0.6),
    }[mailing.name]
    contact = random.random(n) >= mailing.control
    base = np.clip(0.05 + 0.01 * np.log(history) - 0.004 * recency, 0.01, 0.5)
    bought = random.random(n) < base + rise * contact
    amount = random.lognormal(4.0, 1.0, n) if mailing.revenue else 1.0
    return UpliftData(columns, segment, contact, bought * amount, categories=(4,)), rise


def called_rules(mailing: Mailing, campaigns: int) -> Counter[str]:
    """How often which rule is called better than a choice at random; "" where none is."""
    return Counter(judge_uplift(learn_uplift(simulated_mailing(mailing, seed)[0])).best for seed in range(campaigns))


def main() -> None:
    """Print the table."""
    campaigns = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(f"{campaigns:,} campaigns a row\n")
    print("| effect | customers | control group | measured | none called | by segment | learner |")
    print("|---|---|---|---|---|---|---|")
    for mailing in (*EQUAL, *UNEQUAL):
        found = called_rules(mailing, campaigns)
        cells = " | ".join(f"{found[rule] / campaigns:.1%}" for rule in ("", "segment", "DR"))
        print(
            f"| {mailing.name} | {mailing.customers:,} | {mailing.control:.0%} | "
            f"{'revenue' if mailing.revenue else 'buyers'} | {cells} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
