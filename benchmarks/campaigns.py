"""Simulated campaigns with a known truth: false alarms, power and coverage of intervals, by how one looks.

    .venv/bin/python benchmarks/campaigns.py            # 10,000 campaigns a row, some minutes
    .venv/bin/python benchmarks/campaigns.py 1000

Each simulated campaign is measured by `clustera.campaigns.measure_groups`, the function that `clustera campaign results`
calls, on every day; the ways of looking differ by the bound that its difference has to pass. `tests/campaigns/test_simulated.py` runs it with fewer campaigns, a soak with all.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np

from clustera.campaigns import Responses, bound_at, measure_groups
from clustera.power import POWER_Z, Z95
from clustera.records import Campaign

DAYS = 14
CONTROL = 0.2
PLAN = Campaign(
    name="simulated", run="", day=19_000, days=DAYS, share=CONTROL, randomized=True, seed="", measure="revenue",
    looks="daily", customers=0, contact=0, control=0,
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """How its customers buy.

    Args:
        customers: Of one campaign.
        rate: Purchases of a customer in a day, mean over customers.
        spread: Standard deviation of the logarithm of the customers' own rates; 0 where all are alike.
        tail: Standard deviation of the logarithm of an amount.
    """

    name: str
    customers: int
    rate: float
    spread: float
    tail: float


SHOPS = (
    Shop("all customers alike", 2_000, 0.05, 0.0, 0.3),
    Shop("some buy far more often", 2_000, 0.05, 1.0, 0.6),
    Shop("heavy tails", 5_000, 0.01, 0.8, 1.3),
)
EVERY_DAY = tuple(range(1, DAYS + 1))
WAYS = {
    "one look at the end": ("end", (DAYS,)),
    "every day": ("daily", EVERY_DAY),
    "every other day": ("daily", EVERY_DAY[1::2]),
    "three days of fourteen": ("daily", (3, 9, 14)),
    "every day, no end planned": ("open", EVERY_DAY),
    "every day, each as if it were the only one": ("naive", EVERY_DAY),
}


@dataclass(frozen=True)
class Simulated:
    """What became of many campaigns: shares of them."""

    found: float  # called "works" or "harms" on some day that was looked at
    covered: float  # whose interval at the end holds the true difference
    mean_day: float  # on which it was decided, the last where it was not


def simulate(shop: Shop, measure: str, effect: float, campaigns: int, *, seed: int = 0) -> dict[str, Simulated]:
    """Many campaigns, each looked at in every way of `WAYS`.

    Args:
        shop: How customers buy.
        measure: "buyers" or "revenue".
        effect: Of the contacted: 0.1 = 10 % more purchases a day.
        campaigns: How many.
        seed: Of what is random.
    """
    random = np.random.default_rng(seed)
    plan = replace(PLAN, measure=measure)
    bounds = {
        "end": [Z95] * DAYS,
        "naive": [Z95] * DAYS,
        "open": [bound_at(day, None) for day in EVERY_DAY],
    }
    # Value and standard error of every day, as the results say them; the interval of the last day is theirs too.
    seen = np.full((campaigns, DAYS, 3), np.nan)
    for row in range(campaigns):
        until = _campaign(shop, effect, random)
        for day in EVERY_DAY:
            results = measure_groups(plan, until(day), days=day, has_revenue=measure == "revenue")
            part = results.parts[0]
            found = part.buyers if measure == "buyers" else part.revenue
            if found is not None:
                seen[row, day - 1] = found.value, found.error, results.bound
    truth = true_difference(shop, measure, effect)
    limits = {looks: np.tile(values, (campaigns, 1)) for looks, values in bounds.items()} | {"daily": seen[:, :, 2]}
    return {way: _outcome(seen, limits[looks], days, truth) for way, (looks, days) in WAYS.items()}


def _outcome(seen: np.ndarray, bounds: np.ndarray, days: tuple[int, ...], truth: float) -> Simulated:
    places = np.array(days) - 1
    value, error = seen[:, places, 0], seen[:, places, 1]
    passed = np.abs(value) > bounds[:, places] * error
    first = np.where(passed.any(1), np.array(days)[passed.argmax(1)], days[-1])
    covered = np.abs(value[:, -1] - truth) <= bounds[:, places[-1]] * error[:, -1]
    return Simulated(float(passed.any(1).mean()), float(covered.mean()), float(first.mean()))


def _campaign(shop: Shop, effect: float, random: np.random.Generator):
    """A function from a day to what all customers did up to it."""
    n = shop.customers
    contact = random.random(n) >= CONTROL
    own = shop.rate * np.exp(random.normal(-(shop.spread**2) / 2, shop.spread, n))
    rate = own * np.where(contact, 1 + effect, 1.0)
    counts = random.poisson(rate * DAYS)
    who = np.repeat(np.arange(n), counts)
    day = random.integers(1, DAYS + 1, len(who))
    amount = 30 * random.lognormal(-(shop.tail**2) / 2, shop.tail, len(who))
    before = random.poisson(own * 91).astype(np.float64)
    spent = np.bincount(np.repeat(np.arange(n), before.astype(int)), 30 * random.lognormal(-(shop.tail**2) / 2, shop.tail, int(before.sum())), n)  # fmt: skip

    def until(last: int) -> Responses:
        seen = day <= last
        orders = np.bincount(who[seen], minlength=n)
        return Responses(
            segment=np.ones(n, dtype=np.int64),
            contact=contact,
            bought=orders > 0,
            orders=orders,
            revenue=np.bincount(who[seen], amount[seen], n),
            revenue_before=spent,
            orders_before=before,
        )

    return until


def true_difference(shop: Shop, measure: str, effect: float, *, days: int = DAYS) -> float:
    """What the campaign changes at its end, per contacted customer."""
    if measure == "revenue":
        return 30 * shop.rate * days * effect
    # The mean over the customers' own rates, by Gauss-Hermite quadrature.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    own = shop.rate * np.exp(shop.spread * nodes - shop.spread**2 / 2)
    silent = [np.exp(-own * days * factor) @ weights / weights.sum() for factor in (1 + effect, 1.0)]
    return float(silent[1] - silent[0])


def detectable(shop: Shop, measure: str) -> float:
    """The effect that one look finds in four of five campaigns, by the variance of a large simulation."""
    random = np.random.default_rng(99)
    whole = [_campaign(shop, 0.0, random)(DAYS) for _ in range(40)]
    values = np.concatenate([w.revenue if measure == "revenue" else w.bought.astype(float) for w in whole])
    before = np.concatenate([w.revenue_before if measure == "revenue" else w.orders_before for w in whole])
    left = 1 - np.corrcoef(values, before)[0, 1] ** 2
    error = np.sqrt(left * values.var() / shop.customers * (1 / CONTROL + 1 / (1 - CONTROL)))
    aim = (Z95 + POWER_Z) * error
    low, high = 0.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if true_difference(shop, measure, middle) < aim else (low, middle)
    return high


def main() -> None:
    """Print the table."""
    campaigns = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{campaigns:,} campaigns a row, {DAYS} days, control group {CONTROL:.0%}, 95 % intervals\n")
    print("| shop | decides | looks | false alarms | power | interval holds the truth | mean day of decision |")
    print("|---|---|---|---|---|---|---|")
    for shop in SHOPS:
        for measure in ("buyers", "revenue"):
            null = simulate(shop, measure, 0.0, campaigns)
            real = simulate(shop, measure, detectable(shop, measure), campaigns, seed=1)
            for way in WAYS:
                print(
                    f"| {shop.name} | {measure} | {way} | {null[way].found:.2%} | {real[way].found:.1%} | "
                    f"{null[way].covered:.1%}, {real[way].covered:.1%} | {real[way].mean_day:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
