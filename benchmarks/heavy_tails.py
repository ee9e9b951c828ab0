"""Tests of revenue where a few customers carry it: false alarms, power and coverage of three of them, looked at every day.

    .venv/bin/python benchmarks/heavy_tails.py          # 2,000 campaigns without an effect, and as many with one
    .venv/bin/python benchmarks/heavy_tails.py 200

Welch's test, as campaigns are measured; the same with amounts cut at the 99th percentile of all buyers' amounts; and a
randomization test: customers are dealt into two groups 500 times, and the quantiles of the studentized difference take the place
of the normal distribution's, on each side by itself (Janssen 1997). Beyond the quantiles that 500 draws tell, the
ratio of the last one to the normal distribution's is kept.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from campaigns import DAYS, EVERY_DAY, SHOPS, _campaign, detectable, true_difference
from clustera.campaigns import bound_at
from clustera.campaigns.estimates import WORTH, contact_difference, explained_share

DRAWS = 500
TOLD = 10 / DRAWS  # the smallest share of draws whose quantile is trusted
SHOP = SHOPS[2]


def adjusted_values(values, own):
    """Revenue freed of what customers spent before, as campaigns are measured, where that explains some of it."""
    before = own.revenue_before
    if explained_share(values, before, own.contact, own.segment) < WORTH:
        return values
    centered = before - before.mean()
    return values - (centered @ values) / (centered @ centered) * centered


def side_factors(values, contact, bound, random):
    """How many times wider the bound is above and below, by dealing the customers into groups at random."""
    values = values - values.mean()
    dealt = (random.random((DRAWS, len(values)), dtype=np.float32) < (~contact).mean()).astype(np.float32)
    columns = np.column_stack([np.ones(len(values)), values, values**2])
    control = (dealt @ columns.astype(np.float32)).T.astype(np.float64)
    means, errors = [], []
    for n, total, squares in (columns.sum(0)[:, None] - control, control):
        means.append(total / n)
        errors.append((squares - total**2 / n) / (n - 1) / n)
    studentized = (means[0] - means[1]) / np.sqrt(errors[0] + errors[1])
    tail = max(float(ndtr(-bound)), TOLD)
    low, high = np.quantile(studentized, [tail, 1 - tail]) / -ndtri(tail)
    return high, -low


def simulate_tests(effect, campaigns, seed):
    """Shares of campaigns with an alarm by each test, and whose interval holds the truth by the first and the last."""
    random, draws = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    truth, found = true_difference(SHOP, "revenue", effect), np.zeros((campaigns, 5))
    for row in range(campaigns):
        until = _campaign(SHOP, effect, random)
        for day in EVERY_DAY:
            own, bound = until(day), bound_at(day, DAYS)
            values = adjusted_values(own.revenue, own)
            welch = contact_difference(values, own.contact, own.segment)
            cap = np.quantile(own.revenue[own.revenue > 0], 0.99)
            cut = replace(
                own,
                revenue_before=np.minimum(
                    own.revenue_before, np.quantile(own.revenue_before[own.revenue_before > 0], 0.99)
                ),
            )
            capped = contact_difference(adjusted_values(np.minimum(own.revenue, cap), cut), own.contact, own.segment)
            limit = welch.limit(bound) * welch.error
            high, low = (1.0, 1.0)
            if day == DAYS or abs(welch.value) > 0.75 * limit:
                high, low = side_factors(values, own.contact, bound, draws)
                found[row, 2] += not -low * limit <= welch.value <= high * limit
            found[row, :2] += welch.passes(bound), capped.passes(bound)
        found[row, 3] = abs(welch.value - truth) <= limit
        found[row, 4] = welch.value - high * limit <= truth <= welch.value + low * limit
    return (found > 0).mean(0)


def main() -> None:
    """Print the table."""
    campaigns = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(
        "| effect | Welch | amounts cut | randomization | interval holds the truth: Welch | randomization |\n|---|---|---|---|---|---|"
    )
    for effect, seed in ((0.0, 100), (detectable(SHOP, "revenue"), 101)):
        print(
            f"| {effect:.2f} | "
            + " | ".join(f"{share:.1%}" for share in simulate_tests(effect, campaigns, seed))
            + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()
