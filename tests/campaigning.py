"""A log of a shop whose campaign has a known effect: what was bought without it, and what it added."""

from __future__ import annotations

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2023-01-01")
LAUNCH = pd.Timestamp("2024-05-01")


def quiet_log(
    customers: int = 3_000, *, seed: int = 1, until: pd.Timestamp = LAUNCH, spread: float = 0.8
) -> pd.DataFrame:
    """Order lines up to the day before `until`: customers buy at rates of their own, all the time alike."""
    random = np.random.default_rng(seed)
    rate = np.exp(random.normal(np.log(1 / 45), spread, customers))  # purchases a day
    days = (until - FIRST).days
    counts = 1 + random.poisson(rate * (days - 1))
    who = np.repeat(np.arange(customers), counts)
    return _lines(who, random.integers(0, days, len(who)), random)


def campaign_log(
    assignments: pd.DataFrame, before: pd.DataFrame, *, days: int = 30, lift: float = 0.0, seed: int = 2
) -> pd.DataFrame:
    """The log of before, and that of the days of a campaign: everybody goes on as before; who is contacted buys once more
    with probability `lift`.

    Args:
        assignments: customer and group.
        before: As `quiet_log` made it.
        days: From the launch on.
        lift: Of the contacted.
        seed: Of what is random.
    """
    random = np.random.default_rng(seed)
    rate = before.groupby("customer_id").size() / (LAUNCH - FIRST).days
    counts = random.poisson(rate.to_numpy() * days)
    who = np.repeat(rate.index.to_numpy(), counts)
    contacted = assignments.loc[assignments["group"] == "contact", "customer"].to_numpy()
    more = contacted[random.random(len(contacted)) < lift]
    everybody = np.concatenate([who.astype(str), more.astype(str)])
    start = (LAUNCH - FIRST).days
    after = _lines(everybody, start + random.integers(0, days, len(everybody)), random)
    return pd.concat([before.assign(customer_id=before["customer_id"].astype(str)), after], ignore_index=True)


def _lines(who: np.ndarray, day: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": random.permutation(len(who)) + 10**6 * (1 + int(random.integers(1, 999))),
            "customer_id": who,
            "order_date": (FIRST + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
            "amount": np.round(random.lognormal(3.4, 0.6, len(who)), 2),
        }
    )
